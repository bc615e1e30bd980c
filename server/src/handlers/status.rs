//! `blue/status`: where a repository stands in its realms (docs/protocol.md), the same as `blue status --json` writes,
//! with what is open and not saved. `blue/statusChanged` says when to ask again.
//!
//! What the workspace says is found like the answer to any request. What stands in git and in the notifications is
//! looked at on a thread of its own, after the snapshot is gone: the next edit waits for every snapshot.

use std::path::{Path, PathBuf};

use blue_coordination::{Noted, Notifications};
use blue_ops::history::reader;
use blue_ops::status::{Seen, Status};
use blue_ops::{Ask, Here};
use blue_workspace::{Cancelled, Snapshot};
use crossbeam_channel::Sender;
use serde::Deserialize;
use serde_json::Value;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::Url;
use tower_lsp::lsp_types::notification::Notification;

use crate::event::{Event, Reply, Unanswered};
use crate::from_lsp;
use crate::main_loop::MainLoop;
use crate::work::guarded;

/// The request.
pub(crate) const METHOD: &str = "blue/status";

/// As often it is tried again while changes cancel it.
const TRIES: u32 = 100;

/// To clients that show a status: what was shown may be old. Sent after a second without a change.
pub(crate) enum StatusChanged {}

impl Notification for StatusChanged {
    type Params = ();
    const METHOD: &'static str = "blue/statusChanged";
}

/// What is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StatusParams {
    /// A file or folder of the repository, or of the realm's checkout. Absent: the first that is open.
    uri: Option<Url>,
}

/// What the loop has to know of a question.
pub(crate) struct Asked {
    params: StatusParams,
    reply: Reply<Value>,
    tries: u32,
}

/// The handler: one event before its first await.
pub(crate) fn ask(
    events: &Sender<Event>,
    params: StatusParams,
) -> impl Future<Output = jsonrpc::Result<Value>> + use<> {
    let (reply, answer) = Reply::channel();
    let _ = events.send(Event::Status(Asked {
        params,
        reply,
        tries: 0,
    }));
    answer
}

impl Asked {
    /// The loop reached it.
    pub(crate) fn reached(mut self, this: &mut MainLoop) {
        if self.reply.is_cancelled() {
            return;
        }
        if this.is_loading() {
            this.until_read.push(Event::Status(self));
            return;
        }
        if self.tries == TRIES {
            self.reply.send(Err(Unanswered::Cancelled));
            return;
        }
        let path = match &self.params.uri {
            Some(uri) => from_lsp::path(uri),
            None => first_open(this),
        };
        let Some(path) = path else {
            self.reply.send(Ok(Status::default().document()));
            return;
        };
        let realm_path = this.settings().realm_path.clone();
        let notifications = this.news.database().map(Path::to_owned);
        let snapshot = this.workspace.snapshot();
        let events = this.connection.events.clone();
        this.requests.run(move || {
            let found = guarded(|| seen(&snapshot, &path, realm_path.as_deref()));
            drop(snapshot); // Before anything else: the next edit waits for it.
            match found {
                Some(Ok(Some((here, seen)))) => crate::wire::spawn("status", move || {
                    let status = guarded(|| status(&here, seen, notifications));
                    let status = status.ok_or(Unanswered::Panicked);
                    self.reply.send(status.map(|it| it.document()));
                }),
                Some(Ok(None)) => self.reply.send(Ok(Status::default().document())),
                Some(Err(_)) => {
                    self.tries += 1;
                    let _ = events.send(Event::Status(self));
                }
                None => self.reply.send(Err(Unanswered::Panicked)),
            }
        });
    }
}

/// The first repository or realm that is open, in the order in which the client opened folders.
fn first_open(this: &MainLoop) -> Option<PathBuf> {
    let roots = this.workspace.snapshot().roots();
    let mut folders = this.folders.iter();
    folders.find_map(|folder| {
        let mut roots = roots.iter().map(|(_, root)| root);
        roots
            .find(|root| root.starts_with(folder) || folder.starts_with(root))
            .cloned()
    })
}

/// What `path` lies in, and what the workspace says of it; nothing where it lies in nothing that is open.
fn seen(
    snapshot: &Snapshot,
    path: &Path,
    realm_path: Option<&Path>,
) -> Result<Option<(Here, Seen)>, Cancelled> {
    let Some(seen) = Seen::of(snapshot, path)? else {
        return Ok(None);
    };
    let here = match snapshot.repo_at(path) {
        Some((_, root)) => Here::of_repo(root, realm_path).ok(), // Its config may be gone again.
        None => {
            let realms = snapshot.realm_states(path).into_iter();
            realms.map(|it| Here::of_realm(it.root)).next()
        }
    };
    Ok(here.map(|here| (here, seen)))
}

fn status(here: &Here, seen: Seen, notifications: Option<PathBuf>) -> Status {
    let mut silent = |_: &str| ();
    let mut ask = Ask::reading(&mut silent);
    let mut status = Status::of(here, seen, &mut ask, &mut |_| ());
    if let Some(database) = notifications
        && let Err(why) = add_unread(&mut status, &database)
    {
        tracing::info!(%why, "what there is to be told is not known");
    }
    status
}

fn add_unread(status: &mut Status, database: &Path) -> Result<(), blue_coordination::Error> {
    let Some(repo) = &status.repo else {
        return Ok(());
    };
    let mut known = Notifications::open(database)?;
    for standing in &mut status.realms {
        let reader = reader(&standing.id, &standing.record, repo);
        let unread: Vec<Noted> = known.unread(&reader)?;
        standing.unread = unread;
    }
    Ok(())
}

//! Errands: what the server does to a realm because a person asked for it (`blue.sync`, `blue.acknowledge`,
//! …). Each runs on a thread of its own, the very verb that the command runs; what it is about to push is
//! shown and agreed to first, its progress can be cancelled, and one message says what was done.
//!
//! One at a time: a second one is turned away while the first works, and takes its place while that one waits
//! for an answer, so that a question nobody sees any more holds up nothing.

mod acknowledge;
mod ask_first;
mod change;
mod graph;
mod hindrance;
mod look;
mod person;
mod progress;
mod sync;
pub(crate) mod texts;
mod verb;
mod worktree;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use blue_ops::{Actor, Ask, Here, Programs};
use blue_workspace::{CONFIG, Found, blue_home, discover};
use crossbeam_channel::Sender;
use serde_json::Value;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::{MessageType, NumberOrString, ProgressToken, Url};

use crate::event::{Event, Reply};
use crate::main_loop::MainLoop;
use crate::news::Doing;
use crate::publish::Outgoing;
use crate::work::guarded;
pub(crate) use hindrance::hindrance;
use person::Person;
pub(crate) use verb::{About, Verb};

/// Tells an errand to stop at its next step.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    flag: Arc<AtomicBool>,
    /// Another errand takes its place: there is nothing to say.
    is_superseded: Arc<AtomicBool>,
    /// Wakes it where it waits for a person.
    wake: Sender<()>,
    woken: crossbeam_channel::Receiver<()>,
}

impl Stop {
    fn new() -> Self {
        let (wake, woken) = crossbeam_channel::bounded(1);
        Self {
            flag: Arc::default(),
            is_superseded: Arc::default(),
            wake,
            woken,
        }
    }

    fn stop(&self) {
        self.flag.store(true, Ordering::SeqCst);
        let _ = self.wake.try_send(()); // One is enough.
    }

    fn supersede(&self) {
        self.is_superseded.store(true, Ordering::SeqCst);
        self.stop();
    }

    fn is_superseded(&self) -> bool {
        self.is_superseded.load(Ordering::SeqCst)
    }
}

/// Stops an errand whose request the client cancels: a future that is dropped. The answer takes it off.
struct Cancels(Option<Stop>);

impl Drop for Cancels {
    fn drop(&mut self) {
        if let Some(stop) = &self.0 {
            stop.stop();
        }
    }
}

/// What the loop has to know of a command that was asked for.
pub(crate) struct Asked {
    verb: Verb,
    about: About,
    /// The client's own progress, for which the request stays open until the errand is done.
    token: Option<ProgressToken>,
    stop: Stop,
    reply: Reply<Option<Value>>,
}

/// The handler of `workspace/executeCommand` for one of the verbs. Without a progress of the client's it is
/// answered as soon as the errand has begun: a client may not wait for as long as a person reads.
pub(crate) async fn ask(
    events: &Sender<Event>,
    verb: Verb,
    about: About,
    token: Option<ProgressToken>,
) -> jsonrpc::Result<Option<Value>> {
    let (reply, answer) = Reply::channel();
    let stop = Stop::new();
    let mut cancels = Cancels(Some(stop.clone()));
    let asked = Asked {
        verb,
        about,
        token,
        stop,
        reply,
    };
    let _ = events.send(Event::Errand(asked));
    let answer = answer.await;
    cancels.0 = None;
    answer
}

/// The errands of a server, as its main loop sees them.
#[derive(Default)]
pub(crate) struct Errands {
    running: Option<Running>,
    /// How many there were: each has a number, and its progress a token.
    number: u32,
}

struct Running {
    number: u32,
    title: String,
    token: ProgressToken,
    stop: Stop,
    /// It waits for a person's answer.
    waits: Arc<AtomicBool>,
}

impl Errands {
    /// The client's user has seen enough of a progress.
    pub(crate) fn cancelled(&self, token: &NumberOrString) {
        let running = self.running.iter().filter(|it| it.token == *token);
        running.for_each(|it| it.stop.stop());
    }

    /// An errand has ended.
    pub(crate) fn ended(&mut self, number: u32) {
        self.running.take_if(|it| it.number == number);
    }
}

/// An open document that may not be saved.
pub(crate) struct Buffer {
    path: PathBuf,
    uri: Url,
    text: Arc<str>,
}

/// Everything an errand works with, on its own thread.
pub(crate) struct Scene {
    verb: Verb,
    about: About,
    person: Person,
    progress: progress::Shown,
    /// The repositories that it can be about: with more than one the person is asked.
    roots: Vec<PathBuf>,
    realm_path: Option<PathBuf>,
    /// The documents as they were when the command was reached.
    buffers: Vec<Buffer>,
    stop: Stop,
    events: Sender<Event>,
    doing: Doing,
}

/// Why an errand ended without being done.
enum End {
    /// The person did not want it: nothing was written.
    Declined(&'static str),
    /// Something is wrong.
    Failed {
        /// A sentence, and what to do, without its end.
        why: String,
        /// The realms that something was written to all the same.
        realms: Vec<String>,
    },
}

impl End {
    /// Something is wrong, and nothing was written.
    fn failed(why: String) -> Self {
        let realms = Vec::new();
        End::Failed { why, realms }
    }
}

impl From<blue_ops::Error> for End {
    fn from(why: blue_ops::Error) -> Self {
        let hint = match &why {
            blue_ops::Error::Stopped => return End::Declined("it was stopped"),
            blue_ops::Error::Use { hint, .. } => format!("; {hint}"),
            blue_ops::Error::NotAllowed(_) | blue_ops::Error::Wrong(_) => {
                "; nothing was written".to_owned()
            }
            _ => String::new(),
        };
        End::failed(format!("{}{hint}", with_sources(&why)))
    }
}

fn with_sources(why: &dyn std::error::Error) -> String {
    let mut words = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        words.push_str(&format!(": {why}"));
        source = why.source();
    }
    words
}

impl Asked {
    /// The loop reached it.
    pub(crate) fn reached(self, this: &mut MainLoop) {
        let Asked {
            verb,
            about,
            token,
            stop,
            reply,
        } = self;
        if let Some(running) = &this.errands.running {
            if !running.waits.load(Ordering::SeqCst) {
                let message = format!(
                    "{} is still at work: wait for it, or cancel it, and ask again.",
                    running.title
                );
                this.connection.show(MessageType::INFO, message);
                reply.send(Ok(None));
                return;
            }
            running.stop.supersede();
        }
        this.errands.number += 1;
        let number = this.errands.number;
        let of_client = token.is_some();
        let token =
            token.unwrap_or_else(|| NumberOrString::String(format!("blue-errand-{number}")));
        let roots = roots(this, about.uri.as_ref());
        let title = match roots.as_slice() {
            [root] => format!("Blue: {} {}", verb.word(), name_of(root)),
            _ => format!("Blue: {}", verb.word()),
        };
        let waits = Arc::new(AtomicBool::new(false));
        this.errands.running = Some(Running {
            number,
            title: title.clone(),
            token: token.clone(),
            stop: stop.clone(),
            waits: Arc::clone(&waits),
        });
        let scene = Scene {
            verb,
            about,
            person: Person::new(&this.connection, &this.profile, stop.clone(), waits),
            progress: progress::Shown::new(this.out.clone(), token, title, of_client),
            roots,
            realm_path: this.settings().realm_path.clone(),
            buffers: this.documents.all().map(Buffer::of).collect(),
            stop,
            events: this.connection.events.clone(),
            doing: this.news.doing(),
        };
        let out = this.out.clone();
        let held = match of_client {
            true => Some(reply),
            false => {
                reply.send(Ok(None));
                None
            }
        };
        crate::wire::spawn("errand", move || {
            scene.run(number);
            if let Some(reply) = held {
                // The client's token ends with its request: whatever is said of the progress goes before.
                let answer = Box::new(move || reply.send(Ok(None)));
                let _ = out.send(Outgoing::Then(answer));
            }
        });
    }
}

impl Buffer {
    fn of((path, document): (&Path, &crate::documents::Document)) -> Self {
        Self {
            path: path.to_owned(),
            uri: document.uri.clone(),
            text: Arc::clone(&document.text),
        }
    }
}

fn name_of(root: &Path) -> String {
    let name = root.file_name();
    name.map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The repository that a file lies in, read yet or not; without a file, or with one that lies in none (a text that Blue
/// has shown, say), all that are open.
fn roots(this: &MainLoop, uri: Option<&Url>) -> Vec<PathBuf> {
    let home = blue_home();
    let at = |path: &Path| match discover(path, home.as_deref()) {
        Some(Found::Repo(root)) => Some(root),
        _ => None,
    };
    let path = uri.and_then(crate::from_lsp::path);
    if let Some(root) = path.and_then(|path| at(&path)) {
        return vec![root];
    }
    let mut roots = this.workspace.repo_roots();
    for root in this.folders.iter().filter_map(|folder| at(folder)) {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    // Which was read first is chance, and a question is to look the same each time.
    roots.sort();
    roots
}

impl Scene {
    /// Does it, and says so at the end: once the loop knows that it has ended, so that the next one can follow.
    fn run(mut self, number: u32) {
        let ended = guarded(|| self.work());
        let verb = self.verb.word();
        let (realms, how, kind, said) = match ended {
            Some(Ok((realms, said))) => (realms, "done", MessageType::INFO, Some(said)),
            Some(Err(End::Declined(why))) => {
                let said = format!(
                    "Blue: {}: {why}.{}",
                    self.verb.undone(),
                    self.verb.unwritten()
                );
                let said = (!self.stop.is_superseded()).then_some(said);
                (Vec::new(), "stopped", MessageType::INFO, said)
            }
            Some(Err(End::Failed { why, realms })) => {
                let said = format!("Blue cannot {}: {why}.", self.verb.does());
                (realms, "failed", MessageType::ERROR, Some(said))
            }
            None => {
                let said = format!(
                    "Blue met an error of its own in this {verb}; its log says where. Running it \
                     again finishes what was begun."
                );
                (Vec::new(), "failed", MessageType::ERROR, Some(said))
            }
        };
        self.progress.end(how);
        let _ = self.events.send(Event::ErrandEnded { number, realms });
        if let Some(said) = said {
            self.person.say(kind, said);
        }
    }

    fn work(&mut self) -> Result<(Vec<String>, String), End> {
        self.progress.begin(&self.person);
        let in_repo = match self.verb {
            Verb::Sync => Scene::sync,
            Verb::Acknowledge => Scene::acknowledge,
            Verb::Worktree => Scene::worktree,
            Verb::Check => Scene::check,
            Verb::Refresh => Scene::refresh,
            Verb::Change => Scene::change,
            // Of the realms that are open: it needs no repository.
            Verb::Graph => return self.graph(),
        };
        let root = self.root()?;
        let here = Here::of_repo(root, self.realm_path.as_deref());
        let here = here.map_err(|(path, why)| {
            End::failed(format!("{} cannot be read: {why}", path.display()))
        })?;
        in_repo(self, &here)
    }

    /// The repository that it is about.
    fn root(&self) -> Result<PathBuf, End> {
        match self.roots.as_slice() {
            [] => Err(End::failed(format!(
                "no repository with a {CONFIG} is open here; `blue realm admin join REALM` has one \
                 take part in a realm"
            ))),
            [root] => Ok(root.clone()),
            several => {
                let names: Vec<String> = several.iter().map(|root| name_of(root)).collect();
                let question = format!("To {}: which repository is meant?", self.verb.does());
                let chosen = self.person.choose(&question, &names)?;
                let at = chosen.and_then(|name| names.iter().position(|it| *it == name));
                let root = at.map(|at| several[at].clone());
                root.ok_or(End::Declined("no repository was chosen"))
            }
        }
    }

    /// The realms of the repository that it is about, by name.
    fn places<'h>(&self, here: &'h Here) -> Result<Vec<&'h blue_ops::RealmPlace>, End> {
        let is_meant = |name: &String| self.about.realm.as_ref().is_none_or(|only| only == name);
        let places = here.realms.iter();
        let places: Vec<_> = places.filter(|place| is_meant(&place.name)).collect();
        match places.is_empty() {
            true => Err(End::failed(format!(
                "{} of {} names no realm{}",
                CONFIG,
                here.root.display(),
                match &self.about.realm {
                    Some(name) => format!(" {name}"),
                    None => String::new(),
                }
            ))),
            false => Ok(places),
        }
    }

    /// Ends where somebody stopped it.
    fn goes_on(&self) -> Result<(), End> {
        match self.stop.flag.load(Ordering::SeqCst) {
            true => Err(End::Declined("it was stopped")),
            false => Ok(()),
        }
    }

    /// Has something done that makes no commit.
    fn reading<T>(
        &self,
        work: impl FnOnce(&mut Ask<'_>) -> Result<T, blue_ops::Error>,
    ) -> Result<T, End> {
        let mut progress = |doing: &str| self.progress.report(doing);
        let mut ask = Ask::reading(&mut progress);
        ask.stop = Arc::clone(&self.stop.flag);
        Ok(work(&mut ask)?)
    }

    /// Has something done as `actor`, with its progress shown, until somebody stops it.
    fn asking<T>(&self, (actor, now): (&Actor, i64), work: impl FnOnce(&mut Ask<'_>) -> T) -> T {
        let mut progress = |doing: &str| self.progress.report(doing);
        let mut ask = Ask::new(actor.clone(), Programs::BesideEditor, &mut progress);
        ask.now = now;
        ask.stop = Arc::clone(&self.stop.flag);
        work(&mut ask)
    }
}

//! The main loop: one thread that owns the documents and the workspace, and nothing waits but it.
//! A change is applied when its event is reached, the findings follow: all events that are there are
//! taken first, so that a burst of edits is computed once, for its last text. No delay by the clock.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::lsp_types::{MessageType, NumberOrString, Url};

use crate::client::{Asked, ClientProfile, Connection};
use crate::documents::{Changed, Document, Documents};
use crate::errand::Errands;
use crate::event::{Event, Unanswered};
use crate::from_lsp;
use crate::handlers::initialized::{self, Watched};
use crate::lookout::Lookout;
use crate::news::{Loaded, News};
use crate::progress::Progress;
use crate::publish::{Outgoing, Publisher};
use crate::sessions::{Farewell, Others};
use crate::settings::Settings;
use crate::to_lsp::Style;
use crate::work::{Queue, guarded};
use blue_workspace::{
    Cancelled, FileDiagnostics, LastWhole, Load, Options, PendingChange, Workspace,
};

/// Events that are taken before findings are computed: a flood does not put them off for ever.
const BATCH: usize = 1024;
/// How often the same state is computed again when it came back cancelled without a newer one.
const RETRIES: u32 = 3;
/// So long nothing may change before a client is told to ask for the status again.
const STATUS_QUIET: Duration = Duration::from_secs(1);

/// Where the databases are kept; nothing: what they are for is not there.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    /// `sessions.db`.
    pub(crate) sessions: Option<PathBuf>,
    /// `daemon.db`.
    pub(crate) notifications: Option<PathBuf>,
    /// What is said to other sessions at the end.
    pub(crate) farewell: Farewell,
}

/// What the loop owns.
pub(crate) struct MainLoop {
    pub(crate) connection: Connection,
    pub(crate) profile: Arc<ClientProfile>,
    /// The folders that are open.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) documents: Documents,
    pub(crate) workspace: Workspace,
    pub(crate) requests: Queue,
    pub(crate) watched: Watched,
    pub(crate) lookout: Lookout,
    pub(crate) errands: Errands,
    /// What was asked for while something was being read, and is answered of all of it.
    pub(crate) until_read: Vec<Event>,
    /// What goes to the client in order.
    pub(crate) out: UnboundedSender<Outgoing>,
    progress: Progress,
    /// Those that the client started with.
    first_settings: Settings,
    /// What of settings was complained of.
    complaints: HashSet<String>,
    publisher: Publisher,
    findings: Queue,
    loads: Queue,
    others: Others,
    pub(crate) news: News,
    /// When the client is to be told that what it shows of the status may be old.
    status_due: Option<Instant>,
    /// Counts the states of the workspace.
    generation: u64,
    /// The findings of this state have not been asked for.
    is_stale: bool,
    retries: u32,
    is_started: bool,
    /// The client was asked for its settings and has not answered: how news are to be shown is not known.
    awaits_settings: bool,
    reported_panic: bool,
    /// An event panicked: whether the workspace has the text that edits start from is not known.
    lost_step: bool,
}

impl MainLoop {
    /// `kept`: where the databases are kept.
    pub(crate) fn new(connection: Connection, out: UnboundedSender<Outgoing>, kept: Kept) -> Self {
        Self {
            progress: Progress::new(out.clone()),
            first_settings: Settings::default(),
            complaints: HashSet::new(),
            watched: Watched::default(),
            lookout: Lookout::start(connection.events.clone()),
            errands: Errands::default(),
            until_read: Vec::new(),
            out: out.clone(),
            others: Others::start(kept.sessions, connection.events.clone(), &kept.farewell),
            news: News::start(kept.notifications, connection.clone()),
            connection,
            profile: Arc::default(),
            folders: Vec::new(),
            documents: Documents::default(),
            workspace: Workspace::new(Options::default()),
            requests: Queue::new("request", 1),
            publisher: Publisher::new(Style::default(), out),
            findings: Queue::new("findings", 1),
            loads: Queue::new("load", 2),
            status_due: None,
            generation: 0,
            is_stale: false,
            retries: 0,
            is_started: false,
            awaits_settings: false,
            reported_panic: false,
            lost_step: false,
        }
    }

    /// Works until nobody can send events any more.
    pub(crate) fn run(mut self, events: &Receiver<Event>) {
        loop {
            let deadlines = [self.publisher.deadline(), self.status_due];
            let next = match deadlines.into_iter().flatten().min() {
                Some(deadline) => events.recv_deadline(deadline),
                None => events.recv().map_err(RecvTimeoutError::from),
            };
            match next {
                Ok(event) => self.guard(|this| this.handle(event)),
                Err(RecvTimeoutError::Timeout) => self.guard(|this| {
                    let now = Instant::now();
                    this.publisher.expire(&this.documents, now);
                    if this.status_due.take_if(|due| *due <= now).is_some() {
                        let _ = this.out.send(Outgoing::StatusChanged);
                    }
                }),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            for event in events.try_iter().take(BATCH) {
                self.guard(|this| this.handle(event));
            }
            self.guard(|this| this.progress.show(&this.connection));
            if self.is_stale {
                self.guard(Self::find);
            }
        }
    }

    /// A panic costs the event that it came from.
    fn guard(&mut self, work: impl FnOnce(&mut Self)) {
        if guarded(|| work(self)).is_none() {
            self.lost_step = true;
            self.report_panic();
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Initialize(profile) => self.initialize(profile),
            Event::Initialized => self.start(),
            Event::Opened { uri, version, text } => {
                self.start();
                if let Some(opened) = self.documents.open(uri, version, text) {
                    self.publisher.replaced(&opened.path);
                    self.mutate(|it| it.buffer_opened(&opened.path, opened.text));
                }
            }
            Event::Changed {
                uri,
                version,
                changes,
            } => {
                let changed = self.documents.change(&uri, version, &changes);
                self.changed(changed);
            }
            Event::Saved { uri, text } => self.saved(&uri, text),
            Event::Closed { uri } => {
                if let Some(path) = self.documents.close(&uri) {
                    self.publisher.replaced(&path);
                    self.mutate(|it| it.buffer_closed(&path));
                }
            }
            Event::FilesChanged(uris) => {
                let paths: Vec<_> = uris.iter().filter_map(from_lsp::path).collect();
                if !paths.is_empty() {
                    self.mutate(|it| it.files_changed(&paths));
                }
            }
            Event::ChangedOnDisk(paths) => self.mutate(|it| it.files_changed(&paths)),
            Event::FoldersChanged { added, removed } => self.folders_changed(&added, &removed),
            Event::SettingsChanged(settings) => self.settings_changed(settings),
            Event::Hover(asked) => asked.reached(self, Event::Hover),
            Event::CodeAction(asked) => asked.reached(self, Event::CodeAction),
            Event::Resolve(asked) => asked.reached(self, Event::Resolve),
            Event::Graph(asked) => asked.reached(self),
            Event::Status(asked) => asked.reached(self),
            Event::Errand(asked) => asked.reached(self),
            Event::ErrandEnded { number, realms } => {
                self.errands.ended(number);
                if !realms.is_empty() {
                    self.mutate(|it| it.realms_moved(&realms));
                    self.others.moved(realms);
                }
            }
            Event::ProgressCancelled(token) => {
                self.errands.cancelled(&token);
                self.stop_loading(&token);
            }
            Event::Loaded { cause, loaded } => {
                self.progress.ended_one();
                match loaded {
                    Some(loaded) => self.mutate(|it| it.loaded(loaded)),
                    None => {
                        tracing::error!(cause, "a load panicked");
                        self.report_panic();
                    }
                }
                initialized::watch(self);
                self.read_news();
                for asked in std::mem::take(&mut self.until_read) {
                    self.handle(asked);
                }
            }
            Event::Diagnosed {
                generation,
                outcome,
            } => self.diagnosed(generation, outcome),
            Event::NewsCame => self.status_stirred(),
            Event::ShareDue => self.share(),
            Event::OthersAtWork(changes) => self.others_at_work(changes),
            Event::RealmsMoved(names) => self.mutate(|it| it.realms_moved(&names)),
            Event::RealmsMovedElsewhere(names) => {
                self.mutate(|it| it.realms_moved(&names));
                self.news.moved(names);
            }
            Event::OfSessions(said) => self.connection.show(MessageType::INFO, said),
            Event::Answered(asked, answer) => self.answered(asked, answer),
        }
    }

    fn initialize(&mut self, profile: Arc<ClientProfile>) {
        self.folders.clone_from(&profile.folders);
        self.documents = Documents::new(profile.encoding);
        self.publisher.restyle(Style {
            encoding: profile.encoding,
            related: profile.related,
            code_links: profile.code_links,
            tags: profile.tags.clone(),
            settings: Settings::default(),
        });
        self.first_settings = self.read_settings(&profile.options);
        self.apply_settings(&Value::Null);
        self.profile = profile;
    }

    /// Begins to work, once: when the client says that it is ready, or behaves as if it had.
    fn start(&mut self) {
        if std::mem::replace(&mut self.is_started, true) {
            return;
        }
        for folder in self.folders.clone() {
            self.mutate(|it| it.add_folder(&folder));
        }
        if self.profile.shows_progress {
            self.progress.begin("Blue: reading the workspace");
        }
        initialized::watch(self);
        self.awaits_settings = initialized::ask_settings(self);
    }

    /// A change of the workspace. It ends the jobs that still read the state before.
    fn mutate(&mut self, change: impl FnOnce(&mut Workspace) -> Vec<Load>) {
        // First: a job that ends during the change is one of the state before.
        self.generation += 1;
        self.is_stale = true;
        self.retries = 0;
        self.others.stirred();
        self.status_stirred();
        for load in change(&mut self.workspace) {
            let events = self.connection.events.clone();
            self.progress.started_one();
            self.loads.run(move || {
                let cause = load.cause.clone();
                tracing::debug!(cause, "loading");
                let loaded = guarded(|| load.run());
                let _ = events.send(Event::Loaded { cause, loaded });
            });
        }
    }

    /// What a client shows of the status may be old.
    fn status_stirred(&mut self) {
        if self.profile.shows_status {
            self.status_due = Some(Instant::now() + STATUS_QUIET);
        }
    }

    fn stop_loading(&mut self, token: &NumberOrString) {
        if !self.progress.cancelled(token) {
            return;
        }
        let stopped = self.workspace.stop_loading();
        let names = stopped.iter().filter_map(|root| root.file_name());
        let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
        if !names.is_empty() {
            let message = format!(
                "Blue stopped reading {}: what it has not read is not checked. Opening a file there \
                 has it read again.",
                names.join(", "),
            );
            self.connection.show(MessageType::INFO, message);
        }
    }

    /// Whether something is being read that is not there yet.
    pub(crate) fn is_loading(&self) -> bool {
        !self.progress.is_idle()
    }

    fn changed(&mut self, changed: Option<Changed>) {
        let Some(Changed { path, text, edits }) = changed else {
            return;
        };
        // Also without an edit: the version is another, and the client waits for its diagnostics.
        self.is_stale = true;
        if !edits.is_empty() {
            self.publisher.edited(&path, &edits, Instant::now());
            let known = if self.lost_step { &[] } else { &edits[..] };
            self.mutate(|it| it.buffer_changed(&path, text, known));
        }
    }

    fn saved(&mut self, uri: &Url, text: Option<String>) {
        let Some(path) = from_lsp::path(uri) else {
            return;
        };
        if let Some(changed) = self
            .documents
            .save(uri, text)
            .filter(|it| !it.edits.is_empty())
        {
            self.changed(Some(changed));
        }
        self.publisher.saved(&path, &self.documents, Instant::now());
        self.mutate(|it| it.files_changed(std::slice::from_ref(&path)));
    }

    fn folders_changed(&mut self, added: &[Url], removed: &[Url]) {
        let folders = |uris: &[Url]| uris.iter().filter_map(from_lsp::path).collect::<Vec<_>>();
        let (added, removed) = (folders(added), folders(removed));
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders.extend_from_slice(&added);
        if !self.is_started {
            return;
        }
        for folder in removed {
            self.mutate(|it| it.remove_folder(&folder));
        }
        for folder in added {
            self.mutate(|it| it.add_folder(&folder));
        }
        if self.profile.shows_progress {
            self.progress.begin("Blue: reading the workspace");
        }
        initialized::watch(self);
    }

    fn answered(&mut self, asked: Asked, answer: Result<Value, String>) {
        let are_settings = asked == Asked::Settings;
        self.heard(asked, answer);
        if are_settings && std::mem::take(&mut self.awaits_settings) {
            self.read_news();
        }
    }

    fn heard(&mut self, asked: Asked, answer: Result<Value, String>) {
        match (asked, answer) {
            (Asked::Settings, Ok(answer)) => {
                let section = answer.get(0).cloned();
                self.apply_settings(&section.unwrap_or_default());
            }
            (Asked::Progress, answer) => self.progress.answered(answer.is_ok()),
            (Asked::Apply, Ok(answer)) if answer["applied"] == false => {
                let why = answer["failureReason"]
                    .as_str()
                    .unwrap_or("no reason given");
                tracing::warn!(why, "the client did not make an edit");
            }
            (Asked::WatchFiles | Asked::UnwatchFiles | Asked::Apply | Asked::Show, Ok(_)) => {}
            (asked, Err(why)) => {
                tracing::warn!(?asked, why, "the client did not answer");
                if asked == Asked::WatchFiles {
                    initialized::watch_here(self);
                }
            }
        }
    }

    /// Has the findings of the present state computed, off the loop.
    fn find(&mut self) {
        self.is_stale = false;
        let snapshot = self.workspace.snapshot();
        let generation = self.generation;
        let events = self.connection.events.clone();
        self.findings.run(move || {
            let found = guarded(|| Ok((snapshot.diagnostics()?, snapshot.last_whole()?)));
            drop(snapshot); // Before anything else: the next edit waits for it.
            let outcome = match found {
                Some(found) => found.map_err(|_: Cancelled| Unanswered::Cancelled),
                None => Err(Unanswered::Panicked),
            };
            let _ = events.send(Event::Diagnosed {
                generation,
                outcome,
            });
        });
    }

    fn diagnosed(
        &mut self,
        generation: u64,
        outcome: Result<(Vec<FileDiagnostics>, LastWhole), Unanswered>,
    ) {
        if matches!(outcome, Err(Unanswered::Panicked)) {
            self.report_panic();
        }
        if generation != self.generation {
            return; // Of texts that are no more; those of the present ones are on their way.
        }
        match outcome {
            Ok((files, whole)) => {
                let now = Instant::now();
                self.workspace.keep_last_whole(&whole);
                self.publisher.publish_all(files, &self.documents, now);
                let keeper = self.workspace.keeper();
                self.loads.run(move || keeper.keep());
            }
            Err(Unanswered::Cancelled) if self.retries < RETRIES => {
                self.retries += 1;
                self.is_stale = true;
            }
            Err(Unanswered::Cancelled) => tracing::error!("findings cancelled, by nothing"),
            Err(Unanswered::Panicked) => {}
        }
    }

    /// Tells the user, once: the log has them all.
    fn report_panic(&mut self) {
        if !std::mem::replace(&mut self.reported_panic, true) {
            let message = "Blue met an error of its own and goes on without the result. Its log \
                           says where; please report it.";
            self.connection.show(MessageType::ERROR, message.to_owned());
        }
    }

    /// Tells other sessions what is open here. Where an edit comes in between, it is told after that.
    fn share(&mut self) {
        let snapshot = self.workspace.snapshot();
        let tell = self.others.teller();
        let client = self.profile.name.clone();
        let shares = self.publisher.style().settings.shares != Some(false);
        self.requests.run(move || {
            let open = snapshot.at_work();
            drop(snapshot);
            if let Ok(open) = open {
                tell(client, open, shares);
            }
        });
    }

    fn others_at_work(&mut self, changes: Vec<PendingChange>) {
        if self.workspace.set_others(changes) {
            self.generation += 1;
            self.is_stale = true;
            self.retries = 0;
        }
    }

    /// What is loaded may hold news.
    fn read_news(&self) {
        if self.awaits_settings {
            return; // Nobody is shown what he does not want to see.
        }
        let settings = self.settings();
        let loaded = Loaded {
            roots: self.workspace.repo_roots(),
            records: self.workspace.records(),
        };
        self.news.read(
            loaded,
            settings.realm_path.clone(),
            &self.profile,
            settings.news.unwrap_or_default(),
        );
    }

    /// The document at a URI, and its path.
    pub(crate) fn document(&self, uri: &Url) -> Option<(PathBuf, &Document)> {
        let path = from_lsp::path(uri)?;
        let document = self.documents.get(&path)?;
        Some((path, document))
    }
}

mod settings;
#[cfg(test)]
mod tests;

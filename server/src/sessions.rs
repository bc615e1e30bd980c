//! The server as a session among others: it says what is open here and what of it would change a contract, and
//! looks at what others say.
//!
//! A thread of its own does all of it, since a database may be slow, locked or gone, and a keystroke must not wait.
//! It is woken once where typing begins, and shares what was typed after a second of quiet. While nothing changes there
//! is one cheap read a second and one write in ten.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use blue_coordination::{
    Contract, Edit, Error, Moment, Moved, Session, SessionKey, Sessions, is_running,
};
use blue_workspace::{AtWork, OpenEdit, PendingChange};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::event::Event;

/// So long nothing may change before it is shared.
const QUIET: Duration = Duration::from_secs(1);
/// How often others are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often this session says that it lives.
const BEAT: Duration = Duration::from_secs(10);

/// The main loop's end of it.
pub(crate) struct Others {
    tell: Sender<Told>,
    activity: Arc<Activity>,
}

/// When something last changed here; written at each keystroke, so it is two atomics and no lock.
struct Activity {
    began: Instant,
    /// Milliseconds since `began`.
    last: AtomicU64,
    /// The thread has been woken and will look at `last` itself.
    is_awake: AtomicBool,
}

/// Has the session taken off as the process ends: `exit` runs no destructor, and whoever looks next would have to find the
/// process gone.
#[derive(Clone, Default)]
pub(crate) struct Farewell(Arc<OnceLock<Sender<Told>>>);

impl Farewell {
    /// So long a database may take, within the second in which a server whose client is gone has to be gone as well.
    const PATIENCE: Duration = Duration::from_millis(200);

    pub(crate) fn say(&self) {
        let Some(tell) = self.0.get() else {
            return;
        };
        let (done, is_done) = bounded(1);
        if tell.send(Told::End(done)).is_ok() {
            let _ = is_done.recv_timeout(Self::PATIENCE);
        }
    }
}

enum Told {
    /// The process ends: who waits for it is to be told.
    End(Sender<()>),
    /// Something changes here.
    Stirred,
    /// This server wrote to these realms.
    Moved(Vec<String>),
    /// What is open, as the thread had asked for.
    Open {
        client: String,
        open: Vec<AtWork>,
        shares: bool,
    },
}

impl Others {
    /// Begins to work. Without a folder to keep the database in there are no others.
    pub(crate) fn start(path: Option<PathBuf>, events: Sender<Event>, farewell: &Farewell) -> Self {
        let (tell, told) = unbounded();
        let activity = Arc::new(Activity {
            began: Instant::now(),
            last: AtomicU64::new(0),
            is_awake: AtomicBool::new(false),
        });
        if let Some(path) = path {
            let _ = farewell.0.set(tell.clone()); // Of the one server of a process.
            let activity = Arc::clone(&activity);
            crate::wire::spawn("sessions", move || {
                Watcher::new(path, events, activity).run(&told)
            });
        }
        Self { tell, activity }
    }

    /// Something has changed here.
    pub(crate) fn stirred(&self) {
        let since = self.activity.began.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.activity.last.store(since, Ordering::SeqCst);
        if !self.activity.is_awake.swap(true, Ordering::SeqCst) {
            let _ = self.tell.send(Told::Stirred); // Nobody listens where there is no folder.
        }
    }

    /// Tells other processes that this one wrote to these realms.
    pub(crate) fn moved(&self, realms: Vec<String>) {
        let _ = self.tell.send(Told::Moved(realms)); // Nobody listens where there is no folder.
    }

    /// The answer to [`Event::ShareDue`]: what is open, by the name the client gives itself; `shares`: and what of it would
    /// change contracts.
    pub(crate) fn teller(&self) -> impl FnOnce(String, Vec<AtWork>, bool) + Send + use<> {
        let tell = self.tell.clone();
        move |client, open, shares| {
            let _ = tell.send(Told::Open {
                client,
                open,
                shares,
            });
        }
    }
}

impl Activity {
    fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.last.load(Ordering::SeqCst))
    }
}

/// What the thread holds.
struct Watcher {
    path: PathBuf,
    events: Sender<Event>,
    activity: Arc<Activity>,
    database: Option<Open>,
    /// What this process says of itself.
    sessions: Vec<Session>,
    /// When it began, for others to see.
    started_at: Moment,
    /// The last trouble that was logged: the same is not logged every second.
    trouble: Option<String>,
    /// The person was told that the disk is full.
    told_of_the_disk: bool,
}

/// The database, and what was read of it.
struct Open {
    database: Sessions,
    /// This process's name there.
    process: String,
    /// Its `data_version` when it was last read.
    seen: Option<i64>,
    /// How often each realm was said to have been written to.
    moved: Option<BTreeMap<String, i64>>,
    /// The processes that had something under way then: their end shows in no write.
    busy: Vec<u32>,
}

impl Watcher {
    fn new(path: PathBuf, events: Sender<Event>, activity: Arc<Activity>) -> Self {
        Self {
            path,
            events,
            activity,
            database: None,
            sessions: Vec::new(),
            started_at: Moment::now(),
            trouble: None,
            told_of_the_disk: false,
        }
    }

    fn run(mut self, told: &Receiver<Told>) {
        let (mut look, mut beat) = (Instant::now(), Instant::now());
        let mut share: Option<Instant> = None;
        loop {
            let next = share.into_iter().chain([look, beat]).min().unwrap_or(look);
            match told.recv_deadline(next) {
                Ok(Told::Stirred) => share = Some(self.activity.last() + QUIET),
                Ok(Told::Open {
                    client,
                    open,
                    shares,
                }) => {
                    if self.take(&client, open, shares) {
                        self.try_it(Self::beat);
                        beat = Instant::now() + BEAT;
                    }
                }
                Ok(Told::Moved(realms)) => self.try_it(|_, open| {
                    let mut realms = realms.iter();
                    realms.try_for_each(|realm| open.database.realm_moved(realm))
                }),
                Ok(Told::End(done)) => {
                    self.end();
                    let _ = done.send(()); // Nobody waits any more where it took too long.
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            let now = Instant::now();
            if share.is_some_and(|due| due <= now) {
                share = self.is_quiet_since(now);
            }
            if beat <= now {
                self.try_it(Self::beat);
                beat = now + BEAT;
            }
            if look <= now {
                self.try_it(Self::look);
                look = now + LOOK;
            }
        }
    }

    /// Asks for what is open where it was quiet for long enough; else when to look again.
    fn is_quiet_since(&self, now: Instant) -> Option<Instant> {
        let due = self.activity.last() + QUIET;
        if due > now {
            return Some(due);
        }
        // From here on a change wakes this thread again.
        self.activity.is_awake.store(false, Ordering::SeqCst);
        let _ = self.events.send(Event::ShareDue);
        None
    }

    /// Takes what is open now; whether that is anything new.
    fn take(&mut self, client: &str, open: Vec<AtWork>, shares: bool) -> bool {
        let now = Moment::now();
        let sessions: Vec<Session> = open
            .into_iter()
            .map(|open| {
                let key = SessionKey {
                    process: String::new(),
                    repo: open.repo.to_string(),
                    realm: open.realm.to_string(),
                    realm_at: open.realm_at,
                };
                let before = self.sessions.iter().find(|session| session.key == key);
                let edits = match (shares, &open.edits) {
                    (false, _) => Vec::new(),
                    (true, Some(edits)) => edits.iter().map(edit).collect(),
                    // Half a thought: what was said last stands.
                    (true, None) => before
                        .map(|it| it.exports_modified.clone())
                        .unwrap_or_default(),
                };
                Session {
                    key,
                    pid: std::process::id(),
                    client: client.to_owned(),
                    started_at: self.started_at,
                    last_heartbeat: now,
                    last_activity: now,
                    active_rfc: open.rfc,
                    active_domains: open.domains,
                    exports_modified: edits,
                    imports_watching: open.imports.into_iter().map(contract).collect(),
                }
            })
            .collect();
        let in_short = |sessions: &[Session]| -> Vec<Session> {
            let timeless = |session: &Session| Session {
                last_heartbeat: Moment::default(),
                last_activity: Moment::default(),
                ..session.clone()
            };
            sessions.iter().map(timeless).collect()
        };
        let is_new = in_short(&sessions) != in_short(&self.sessions);
        self.sessions = sessions;
        is_new
    }

    /// Does something with the database; trouble is logged once, and the database opened anew the next time.
    fn try_it(&mut self, work: impl FnOnce(&mut Self, &mut Open) -> Result<(), Error>) {
        let outcome = match self.database.take() {
            Some(open) => Ok(open),
            None => self.open(),
        };
        let outcome = outcome.and_then(|mut open| work(self, &mut open).map(|()| open));
        match outcome {
            Ok(open) => {
                self.database = Some(open);
                self.trouble = None;
            }
            Err(error) => {
                let words = error.to_string();
                if self.trouble.as_ref() != Some(&words) {
                    tracing::warn!(%error, "other sessions are not seen");
                }
                if error.is_of_the_disk() && !std::mem::replace(&mut self.told_of_the_disk, true) {
                    let said = format!(
                        "Blue cannot write {}: its disk takes no more. What is shown is right all the same; who else is at \
                         work, and what happened in the realms, is shown again when there is room.",
                        self.path.display()
                    );
                    let _ = self.events.send(Event::OfSessions(said));
                }
                self.trouble = Some(words);
            }
        }
    }

    fn open(&self) -> Result<Open, Error> {
        let mut database = Sessions::open(&self.path)?;
        if let Some(aside) = database.set_aside() {
            let said = format!(
                "Blue found {} damaged, set it aside as {} and made a new one: it only says who else is at work.",
                self.path.display(),
                aside.display(),
            );
            tracing::warn!("{said}");
            let _ = self.events.send(Event::OfSessions(said));
        }
        let process = database.process_name()?;
        Ok(Open {
            database,
            process,
            seen: None,
            moved: None,
            busy: Vec::new(),
        })
    }

    /// Says that this session lives, with all there is to say of it.
    fn beat(&mut self, open: &mut Open) -> Result<(), Error> {
        if self.sessions.is_empty() {
            return Ok(());
        }
        let now = Moment::now();
        for session in &mut self.sessions {
            session.last_heartbeat = now;
        }
        let name = |session: &Session| {
            let mut session = session.clone();
            session.key.process.clone_from(&open.process);
            session
        };
        let sessions: Vec<Session> = self.sessions.iter().map(name).collect();
        // Who has fallen silent shows in no write, so that it is looked for with each beat.
        open.seen = None;
        open.database.beat(&open.process, &sessions)
    }

    /// Looks at what others say, where somebody has written since.
    fn look(&mut self, open: &mut Open) -> Result<(), Error> {
        let version = open.database.version()?;
        let is_known = open.seen.replace(version) == Some(version);
        if is_known && open.busy.iter().all(|pid| is_running(*pid)) {
            return Ok(());
        }
        let moved = open.database.moved()?;
        if let Some(before) = open.moved.replace(moved.clone()) {
            let is_new = |(name, times): &(String, i64)| before.get(name) != Some(times);
            let names = moved.into_iter().filter(is_new).map(|(name, _)| name);
            let names: Vec<String> = names.collect();
            if !names.is_empty() {
                let _ = self.events.send(Event::RealmsMovedElsewhere(names));
            }
        }
        let live = open.database.live(Moment::now(), is_running)?;
        // In another realm of the same name nothing happens to what is open here.
        let is_here = |key: &SessionKey| {
            let mut own = self.sessions.iter().map(|session| &session.key);
            own.any(|own| (&own.realm, &own.realm_at) == (&key.realm, &key.realm_at))
        };
        let busy = live.iter().filter(|session| {
            session.key.process != open.process
                && !session.exports_modified.is_empty()
                && is_here(&session.key)
        });
        let mut changes = Vec::new();
        open.busy.clear();
        for session in busy {
            open.busy.push(session.pid);
            changes.extend(
                session
                    .exports_modified
                    .iter()
                    .map(|edit| pending(session, edit)),
            );
        }
        let _ = self.events.send(Event::OthersAtWork(changes));
        Ok(())
    }

    fn end(mut self) {
        if let Some(mut open) = self.database.take() {
            // If it fails, whoever looks next finds the process gone.
            let _ = open.database.end(&open.process);
        }
    }
}

fn contract((domain, name): (String, String)) -> Contract {
    Contract { domain, name }
}

fn edit(edit: &OpenEdit) -> Edit {
    let moved = |values: &[(Arc<str>, String)]| {
        let moved = values.iter().map(|(field, value)| Moved {
            field: field.to_string(),
            value: value.clone(),
        });
        moved.collect()
    };
    Edit {
        contract: contract((edit.domain.to_string(), edit.contract.to_string())),
        from: edit.from.clone().unwrap_or_default(),
        to: edit.to.clone(),
        added: moved(&edit.added),
        removed: moved(&edit.removed),
        file: edit.path.to_string(),
    }
}

fn pending(session: &Session, edit: &Edit) -> PendingChange {
    let moved = |values: &[Moved]| {
        let moved = values
            .iter()
            .map(|it| (it.field.as_str().into(), it.value.clone()));
        moved.collect()
    };
    PendingChange {
        realm: session.key.realm.as_str().into(),
        domain: edit.contract.domain.as_str().into(),
        contract: edit.contract.name.as_str().into(),
        to: edit.to.clone(),
        added: moved(&edit.added),
        removed: moved(&edit.removed),
        branch: None,
        code_branch: None,
        followed_by: Vec::new(),
        accepted_by: Vec::new(),
        place: format!(
            "in {}'s {}, which is open in {}",
            session.key.repo, edit.file, session.client
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_end_of_the_process_ends_its_session() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        let live = |path: &Path| {
            let known = Sessions::open(path).unwrap().live(Moment::now(), |_| true);
            known.unwrap().len()
        };
        let (events, _reached) = unbounded();
        let farewell = Farewell::default();
        let others = Others::start(Some(path.clone()), events, &farewell);
        let open = AtWork {
            repo: "aperture".into(),
            realm: "letemcook".into(),
            realm_at: "git.example.com/labs/realm".to_owned(),
            rfc: None,
            domains: vec!["s3-access".to_owned()],
            imports: Vec::new(),
            edits: Some(Vec::new()),
        };
        others.teller()("an editor".to_owned(), vec![open], true);
        while live(&path) == 0 {
            std::thread::yield_now();
        }
        let (done, is_done) = bounded(1);
        others.tell.send(Told::End(done)).unwrap();
        is_done.recv().unwrap();
        assert_eq!(live(&path), 0);
        farewell.say(); // Again: nobody is there, and nobody waits.
    }

    #[test]
    fn what_is_under_way_in_another_realm_of_the_name_is_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        let (here, elsewhere) = ("git.example.com/labs/realm", "git.example.com/ada/realm");
        let mut database = Sessions::open(&path).unwrap();
        for (process, realm_at, to) in [("a", elsewhere, "9.0.0"), ("b", here, "1.5.0")] {
            let now = Moment::now();
            let other = Session {
                key: SessionKey {
                    process: process.to_owned(),
                    repo: "aperture".to_owned(),
                    realm: "letemcook".to_owned(),
                    realm_at: realm_at.to_owned(),
                },
                pid: std::process::id(),
                client: "another editor".to_owned(),
                started_at: now,
                last_heartbeat: now,
                last_activity: now,
                active_rfc: None,
                active_domains: Vec::new(),
                exports_modified: vec![Edit {
                    contract: contract(("s3-access".to_owned(), "s3-permissions".to_owned())),
                    from: "1.4.0".to_owned(),
                    to: Some(to.to_owned()),
                    added: Vec::new(),
                    removed: Vec::new(),
                    file: "jobs/segment.py".to_owned(),
                }],
                imports_watching: Vec::new(),
            };
            database.beat(process, &[other]).unwrap();
        }
        let (events, reached) = unbounded();
        let others = Others::start(Some(path), events, &Farewell::default());
        let open = AtWork {
            repo: "fungal-image-analysis".into(),
            realm: "letemcook".into(),
            realm_at: here.to_owned(),
            rfc: None,
            domains: vec!["s3-access".to_owned()],
            imports: Vec::new(),
            edits: Some(Vec::new()),
        };
        others.teller()("an editor".to_owned(), vec![open], true);
        let told = reached.iter().find_map(|event| match event {
            Event::OthersAtWork(changes) if !changes.is_empty() => Some(changes),
            _ => None,
        });
        let versions = told.unwrap().into_iter().map(|it| it.to);
        assert_eq!(versions.collect::<Vec<_>>(), [Some("1.5.0".to_owned())]);
    }
}

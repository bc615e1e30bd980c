//! What happened in the realms, told once: the server reads a realm's history whenever it has read the realm, keeps
//! what there is to be told in `daemon.db`, and shows of it what no window of this user has shown. What is shown
//! stays in `blue notifications` until it is dismissed or followed; what asks nothing of anybody does not.
//!
//! A realm that this user knows (`index.yaml`) is fetched when a folder of it is opened, and when another process
//! says that it was written to; no other is. All of it stands on a thread of its own: a database or a network may
//! be slow, and a keystroke must not wait.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use blue_coordination::{Moment, Noted, Notifications};
use blue_git::Rewrites;
use blue_ops::history::{learn, reader, words};
use blue_ops::{Ask, Error, Freshness, Here, OpenRealm, RealmAt, RealmPlace, visible};
use blue_realm::{Realm, contract_path};
use blue_workspace::{RealmIdentity, blue_home, is_known_realm};
use crossbeam_channel::{Receiver, Sender, unbounded};
use tower_lsp::lsp_types::request::{ShowDocument, ShowMessageRequest};
use tower_lsp::lsp_types::{
    MessageActionItem, MessageType, ShowDocumentParams, ShowMessageRequestParams,
};

use crate::client::{ClientProfile, Connection, uri_of};
use crate::event::Event;
use crate::settings::NewsAs;

/// A realm that was fetched so lately is not fetched again.
const FRESH: Duration = Duration::from_secs(5);

/// So long somebody may think about an answer; what is put away stays in the list.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// More than these at once are counted, and not shown one by one.
const SHOWN: usize = 3;

const OPEN: &str = "Open the contract";
const DISMISS: &str = "Dismiss";

/// The main loop's end of it.
pub(crate) struct News {
    tell: Sender<Told>,
    doing: Doing,
    database: Option<PathBuf>,
}

/// Held by whoever writes to a realm here until what was done counts as told. What is told is read from the realm, and
/// this server would tell people of what they have just done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doing(Arc<Mutex<()>>);

impl Doing {
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // It guards nothing that could be half done.
    }
}

/// What the server has read.
pub(crate) struct Loaded {
    /// The repositories, by their roots.
    pub(crate) roots: Vec<PathBuf>,
    /// What the realms say officially, by their names: a large realm is not held twice to tell what happened in it.
    pub(crate) records: Vec<(Arc<str>, Arc<Realm>)>,
}

enum Told {
    /// This was read (again).
    Read {
        loaded: Loaded,
        realm_path: Option<PathBuf>,
        profile: Arc<ClientProfile>,
        how: NewsAs,
    },
    /// Another process says that it wrote to these realms.
    Moved(Vec<String>),
}

impl News {
    /// Begins to work; without a file to keep it in there is no news.
    pub(crate) fn start(database: Option<PathBuf>, connection: Connection) -> Self {
        let (tell, told) = unbounded();
        let doing = Doing::default();
        if let Some(database) = database.clone() {
            let doing = doing.clone();
            crate::wire::spawn("news", move || {
                let reporter = Reporter {
                    database,
                    connection,
                    doing,
                    seen: BTreeSet::new(),
                    realms: Vec::new(),
                    trouble: None,
                };
                reporter.run(&told);
            });
        }
        Self {
            tell,
            doing,
            database,
        }
    }

    /// Where it is kept.
    pub(crate) fn database(&self) -> Option<&Path> {
        self.database.as_deref()
    }

    pub(crate) fn doing(&self) -> Doing {
        self.doing.clone()
    }

    pub(crate) fn read(
        &self,
        loaded: Loaded,
        realm_path: Option<PathBuf>,
        profile: &Arc<ClientProfile>,
        how: NewsAs,
    ) {
        let profile = Arc::clone(profile);
        let _ = self.tell.send(Told::Read {
            loaded,
            realm_path,
            profile,
            how,
        });
    }

    pub(crate) fn moved(&self, realms: Vec<String>) {
        let _ = self.tell.send(Told::Moved(realms));
    }
}

/// What the thread holds.
struct Reporter {
    database: PathBuf,
    connection: Connection,
    doing: Doing,
    /// The repositories that were read before.
    seen: BTreeSet<PathBuf>,
    /// The realms of what is open.
    realms: Vec<RealmPlace>,
    /// The last trouble that was logged: the same is not logged each time.
    trouble: Option<String>,
}

impl Reporter {
    fn run(mut self, told: &Receiver<Told>) {
        for told in told {
            match told {
                Told::Read {
                    loaded,
                    realm_path,
                    profile,
                    how,
                } => {
                    for root in loaded.roots {
                        let place = (root, realm_path.as_deref());
                        self.read(place, &loaded.records, (&profile, how));
                    }
                }
                Told::Moved(names) => {
                    let moved = self.realms.iter().filter(|it| names.contains(&it.name));
                    for place in moved.cloned().collect::<Vec<_>>() {
                        self.fetch(place);
                    }
                }
            }
        }
    }

    fn read(
        &mut self,
        (root, realm_path): (PathBuf, Option<&Path>),
        records: &[(Arc<str>, Arc<Realm>)],
        (profile, how): (&Arc<ClientProfile>, NewsAs),
    ) {
        let Ok(here) = Here::of_repo(root.clone(), realm_path) else {
            return; // Its config is gone again.
        };
        let is_first = self.seen.insert(root);
        for place in &here.realms {
            if !self.realms.contains(place) {
                self.realms.push(place.clone());
            }
            let nothing_is_done = self.doing.hold();
            let record = records.iter().find(|(name, _)| **name == *place.name);
            let record = record.map(|(_, record)| &**record);
            let news = fresh(&self.database, (&here, place), record, how);
            drop(nothing_is_done);
            match news {
                Ok(news) if news.is_empty() => {}
                Ok(news) => {
                    let _ = self.connection.events.send(Event::NewsCame);
                    self.show(&here, place, news, (profile, how));
                }
                Err(why) => self.log(&why),
            }
            if is_first {
                self.fetch(place.clone());
            }
        }
    }

    fn log(&mut self, why: &Error) {
        let words = why.to_string();
        if self.trouble.as_ref() != Some(&words) {
            tracing::info!(%why, "what happened in a realm is not known");
        }
        self.trouble = Some(words);
    }

    fn show(
        &self,
        here: &Here,
        place: &RealmPlace,
        news: Vec<Noted>,
        (profile, how): (&Arc<ClientProfile>, NewsAs),
    ) {
        let repo = here.repo.clone().unwrap_or_default();
        if news.len() > SHOWN {
            let last = news.last().map(words).unwrap_or_default();
            let message = format!(
                "{}: {} things happened to what {repo} exports and imports, the last of them: {last}. \
                 `blue notifications` lists them.",
                place.name,
                news.len()
            );
            self.connection
                .show(MessageType::INFO, visible(&message).into_owned());
            return;
        }
        for noted in news {
            let message = format!("{} (for {repo}): {}.", place.name, words(&noted));
            let message = visible(&message).into_owned();
            if how == NewsAs::Plain || !profile.has_answers {
                self.connection.show(MessageType::INFO, message);
                continue;
            }
            let question = Question {
                connection: self.connection.clone(),
                contract: contract_file(place, &noted).filter(|_| profile.shows_documents),
                database: self.database.clone(),
                actor: here.actor().map(|it| it.author.email).unwrap_or_default(),
                repo: repo.clone(),
                noted,
            };
            crate::wire::spawn("notification", move || question.ask(message));
        }
    }

    /// Fetches a realm that this user knows; what came of it is read by the loop.
    fn fetch(&self, place: RealmPlace) {
        let events = self.connection.events.clone();
        if !is_known(&place) {
            return;
        }
        crate::wire::spawn("fetch", move || match fetched(&place) {
            Ok(true) => {
                let _ = events.send(Event::RealmsMoved(vec![place.name]));
            }
            Ok(false) => {}
            Err(why) => tracing::info!(realm = place.name, %why, "not fetched"),
        });
    }
}

/// What no window has shown to a repository's people; from now on it counts as shown. `record`: the realm, where it is
/// read already.
fn fresh(
    database: &Path,
    (here, place): (&Here, &RealmPlace),
    record: Option<&Realm>,
    how: NewsAs,
) -> Result<Vec<Noted>, Error> {
    let mut progress = |_: &str| ();
    let mut ask = Ask::reading(&mut progress);
    let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?;
    if let Some(record) = record {
        realm.knows(record, None);
    }
    let mut known = Notifications::open(database)?;
    learn(&realm, &mut known)?;
    let (NewsAs::Actions | NewsAs::Plain, Some(repo)) = (how, &here.repo) else {
        return Ok(Vec::new());
    };
    let record = realm.realm_at(realm.tip()?)?;
    let unread = known.unread(&reader(&realm.id()?, &record, repo))?;
    let ids: Vec<i64> = unread.iter().map(|it| it.id).collect();
    let claimed = known.claim(&ids, repo, Moment::now())?;
    let is_new = |it: &Noted| claimed.contains(&it.id);
    Ok(unread.into_iter().filter(is_new).collect())
}

/// What a repository's own errand did to a realm is told as it ends, and is no news to it.
pub(crate) fn is_told(here: &Here, place: &RealmPlace) {
    let Some(home) = blue_home() else {
        return;
    };
    let database = home.join("daemon.db");
    if let Err(why) = fresh(&database, (here, place), None, NewsAs::Plain) {
        tracing::info!(%why, "what happened in a realm is not known");
    }
}

/// Whether a realm stands in the index of those that this user has joined or trusts.
fn is_known(place: &RealmPlace) -> bool {
    let identity = match &place.at {
        RealmAt::Path(path) => RealmIdentity::of(&place.name, path),
        RealmAt::Url { url, .. } => RealmIdentity {
            name: place.name.clone(),
            url: Some(blue_git::without_credentials(url)),
            path: String::new(),
        },
    };
    is_known_realm(&identity)
}

/// Fetches; whether anything moved.
fn fetched(place: &RealmPlace) -> Result<bool, Error> {
    let mut progress = |_: &str| ();
    let mut ask = Ask::reading(&mut progress);
    let as_it_is = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask);
    let before = as_it_is.and_then(|realm| realm.branches("")).ok();
    let within = Freshness::Within(FRESH);
    let realm = OpenRealm::open(place, within, Rewrites::Stop, &mut ask)?;
    Ok(before != Some(realm.branches("")?))
}

/// The contract's file, where the realm has a checkout that holds it.
fn contract_file(place: &RealmPlace, noted: &Noted) -> Option<PathBuf> {
    let RealmAt::Path(root) = &place.at else {
        return None;
    };
    let contract = &noted.notification.contract;
    let path = root.join(contract_path(&contract.domain, &contract.name));
    path.is_file().then_some(path)
}

/// A notification with answers, on a thread of its own for as long as it is looked at.
struct Question {
    connection: Connection,
    contract: Option<PathBuf>,
    database: PathBuf,
    actor: String,
    repo: String,
    noted: Noted,
}

impl Question {
    fn ask(self, message: String) {
        let action = |title: &str| MessageActionItem {
            title: title.to_owned(),
            properties: std::collections::HashMap::new(),
        };
        let mut actions = vec![action(DISMISS)];
        if self.contract.is_some() {
            actions.insert(0, action(OPEN));
        }
        let params = ShowMessageRequestParams {
            typ: MessageType::INFO,
            message,
            actions: Some(actions),
        };
        let answer = self
            .connection
            .request::<ShowMessageRequest>(params, PATIENCE);
        let chosen = answer.recv().ok().and_then(Result::ok).flatten();
        match chosen.as_ref().map(|it| it.title.as_str()) {
            Some(OPEN) => self.open(),
            Some(DISMISS) => self.dismiss(),
            _ => {}
        }
    }

    fn open(&self) {
        let Some(uri) = self.contract.as_deref().and_then(uri_of) else {
            return;
        };
        let params = ShowDocumentParams {
            uri,
            external: Some(false),
            take_focus: Some(true),
            selection: None,
        };
        let _ = self.connection.request::<ShowDocument>(params, PATIENCE);
    }

    fn dismiss(&self) {
        let known = Notifications::open(&self.database);
        let done = known.and_then(|mut known| {
            known.dismiss(&[self.noted.id], &self.repo, &self.actor, Moment::now())
        });
        if let Err(why) = done {
            tracing::warn!(%why, "a notification was not dismissed");
        }
    }
}

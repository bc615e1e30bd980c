//! Where a realm is, opened to be written to: a checkout with its remote, a repository without one,
//! or the clone that Blue keeps of an address.

mod beside;
mod rehearsed;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use blue_git::{
    Advanced, Change, CommitId, Fetch, FileChange, Lock, Maker, Pushed, RefUpdate, Repository,
    Rewrites, Why, discover, lock_managed, open_managed, update_managed, without_credentials,
};
use blue_realm::{ParsedFile, Realm};

use crate::ask::{Ask, Moved};
use crate::error::Error;
use crate::sync::{Asking, Checkout};

/// Which realm, as a config or an argument names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmPlace {
    /// Its name.
    pub name: String,
    /// Where.
    pub at: RealmAt,
    /// The branch that is followed; nothing: the default one.
    pub follow: Option<String>,
}

/// Where a realm is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealmAt {
    /// A checkout, or a bare repository, on this disk.
    Path(PathBuf),
    /// An address of which Blue keeps a clone under `home` (`$BLUE_HOME`).
    Url {
        /// Blue's own folder.
        home: PathBuf,
        /// As git takes it; may hold credentials.
        url: String,
    },
}

/// Whether a realm is fetched before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Always; what cannot be fetched is an error.
    Fetched,
    /// What is known here is enough, and nothing is locked: for reading alone. An address of which
    /// nothing is known is an error.
    AsItIs,
    /// Fetched when it was not for that long; what cannot be fetched is taken as it is known.
    Within(Duration),
}

/// A realm that can be read at any commit and written to. While it lives, no other process of Blue
/// writes to the same clone.
pub struct OpenRealm {
    /// Its name.
    pub name: String,
    /// Where its objects are.
    pub repository: Repository,
    /// The remote that everybody fetches from; nothing: this repository is what everybody reads.
    pub remote: Option<String>,
    /// The branch of record, without the remote's name.
    pub main: String,
    /// The folder of the realm in its repository; empty: its root.
    pub under: String,
    /// Why it could not be fetched, where it was to be and what is known of it was taken.
    pub unfetched: Option<blue_git::Error>,
    /// What a verb may do to a checkout of it.
    pub checkout_may: CheckoutMay,
    /// The branches that were moved, in order, as everybody sees them.
    moved: RefCell<Vec<RefUpdate>>,
    /// What was last read of it: files that another commit has with the same bytes are not parsed again.
    read: RefCell<Read>,
    mode: Mode,
    place: RealmPlace,
    rewrites: Rewrites,
    _lock: Option<Lock>,
    /// Where its objects are, of a clone that nobody keeps.
    _folder: Option<tempfile::TempDir>,
}

/// What was last read of a realm.
#[derive(Debug, Clone, Default)]
struct Read {
    realm: Realm,
    /// Where; nothing where that is not known.
    commit: Option<CommitId>,
}

/// Whether what is written is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It is.
    Real,
    /// It is kept in memory, and nothing is pushed or moved.
    Rehearsal,
}

/// What a verb may do to a realm's checkout whose branch everybody reads, for it has no remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutMay {
    /// Nothing: what would move it is refused.
    Stay,
    /// Follow the branch, where nothing in it would be lost: for who asks for this very realm to be changed.
    Move,
}

/// How writing a branch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is there.
    Done,
    /// Somebody moved it meanwhile: look again.
    Moved,
}

impl OpenRealm {
    /// Opens a realm to write to it, fetched as asked.
    ///
    /// # Errors
    /// [`Error::NoRealm`], [`Error::Pinned`], [`Error::Git`].
    pub fn open(
        place: &RealmPlace,
        freshness: Freshness,
        rewrites: Rewrites,
        ask: &mut Ask<'_>,
    ) -> Result<OpenRealm, Error> {
        let was = match rewrites {
            Rewrites::Accept => seen(place),
            Rewrites::Stop => None,
        };
        let mut unfetched = None;
        let (repository, under, lock) = match &place.at {
            RealmAt::Path(path) => {
                let (repository, under) = open_path(path)?;
                let lock = match freshness {
                    Freshness::AsItIs => None,
                    _ => {
                        let path = repository.common_dir().join("blue-sync.lock");
                        Some(blue_git::lock(&path, LOCKED)?)
                    }
                };
                (repository, under, lock)
            }
            RealmAt::Url { home, url } => {
                let (repository, why) = clone_of(home, place, (url, rewrites), freshness, ask)?;
                unfetched = why;
                let lock = match freshness {
                    Freshness::AsItIs => None,
                    _ => Some(lock_managed(home, &place.name)?),
                };
                (repository, String::new(), lock)
            }
        };
        let remote = repository.main_remote()?;
        let main = main_branch(&repository, place, remote.as_deref())?;
        let mut realm = OpenRealm {
            name: place.name.clone(),
            repository,
            remote,
            main,
            under,
            unfetched,
            checkout_may: CheckoutMay::Stay,
            moved: RefCell::default(),
            read: RefCell::default(),
            mode: Mode::Real,
            place: place.clone(),
            rewrites,
            _lock: lock,
            _folder: None,
        };
        if matches!(place.at, RealmAt::Path(_)) && realm.is_stale(freshness) {
            match realm.fetch(ask) {
                Err(Error::Git(why))
                    if is_of_the_network(&why) && freshness != Freshness::Fetched =>
                {
                    realm.unfetched = Some(why);
                }
                done => done?,
            }
        }
        realm.note_rewritten_from(was)?;
        Ok(realm)
    }

    /// The branches that were moved, or would be, each once, in the order of their first move.
    #[must_use]
    pub fn moved(&self) -> Vec<RefUpdate> {
        let mut moved: Vec<RefUpdate> = Vec::new();
        for update in self.moved.borrow().iter() {
            match moved.iter_mut().find(|it| it.branch == update.branch) {
                Some(known) => known.to = update.to,
                None => moved.push(update.clone()),
            }
        }
        moved.retain(|update| update.expected != update.to);
        moved
    }

    /// Who makes the commits that are to be pushed. A rehearsal signs nothing: nobody is asked for a passphrase for
    /// what is only shown.
    pub(crate) fn maker(&self, ask: &Ask<'_>) -> Maker {
        match self.mode {
            Mode::Real => ask.signing_maker(),
            Mode::Rehearsal => ask.maker(),
        }
    }

    /// Whether a commit is one that this rehearsal made and that would be signed: it is taken for signed with the
    /// right key, so that what is done is never more than what was shown.
    pub(crate) fn is_rehearsed(&self, change: &Change, ask: &Ask<'_>) -> bool {
        let actor = &ask.actor;
        let is_own = change.author == actor.author && change.committer == actor.committer;
        let time = self.repository.commit_info(change.commit);
        self.mode == Mode::Rehearsal
            && actor.signing.is_some()
            && is_own
            && time.is_ok_and(|info| info.time == ask.now)
    }

    /// Says in a checkout of code that a sync was made from what is committed nowhere. A rehearsal says nothing.
    pub(crate) fn remembers(&self, checkout: &dyn Checkout, made: CommitId) {
        if self.mode == Mode::Real {
            checkout.makes(made);
        }
    }

    /// Whether remotes may be asked while it is written to.
    pub(crate) fn asking(&self) -> Asking {
        match self.mode {
            Mode::Real => Asking::Remote,
            Mode::Rehearsal => Asking::Nobody,
        }
    }

    /// What is known of it from elsewhere, so that it is not read twice; the commit that says so, if one does.
    pub fn knows(&self, realm: &Realm, commit: Option<CommitId>) {
        let realm = realm.clone();
        self.read.replace(Read { realm, commit });
    }

    fn is_stale(&self, freshness: Freshness) -> bool {
        match freshness {
            Freshness::Fetched => true,
            Freshness::AsItIs => false,
            Freshness::Within(age) => is_older(&self.repository, age),
        }
    }

    /// Fetches what others have written since. Remote-tracking branches move, nothing else.
    ///
    /// # Errors
    /// [`Error::Git`], with [`blue_git::Error::Rewritten`] among them.
    pub fn fetch(&mut self, ask: &mut Ask<'_>) -> Result<(), Error> {
        let (Some(remote), Mode::Real) = (&self.remote, self.mode) else {
            return Ok(());
        };
        let prune: &[&str] = match self.place.at {
            RealmAt::Path(_) => &["sync/", "join/"],
            RealmAt::Url { .. } => &[""],
        };
        let fetch = Fetch {
            remote,
            followed: Some(&self.main),
            rewrites: self.rewrites,
            prune,
        };
        let doing = format!("fetching {}", self.name);
        let repository = &self.repository;
        let fetched = ask.over_the_network(&doing, |network| repository.fetch(&fetch, network));
        self.note_rewritten(fetched.as_ref().err());
        fetched?;
        repository.mark_fetched()?;
        // What was accepted once is accepted.
        self.rewrites = Rewrites::Stop;
        Ok(())
    }

    /// The commit of record.
    ///
    /// # Errors
    /// [`Error::NoRealm`] where the branch of record has none.
    pub fn tip(&self) -> Result<CommitId, Error> {
        let found = self.branches(&self.main)?;
        let found = found.into_iter().find(|(name, _)| *name == self.main);
        found.map(|(_, at)| at).ok_or_else(|| Error::NoRealm {
            place: self.shown(),
            why: format!(": it has no commit on {}", self.main),
        })
    }

    /// The commit of record, where whoever reads the realm's checkout takes another one for it: of a branch that the
    /// config names and the remote does not have, what the branch here tracks is looked at, and never written to.
    ///
    /// # Errors
    /// [`Error::Git`], [`Error::NoRealm`].
    pub(crate) fn unlike_checkout(&self) -> Result<Option<CommitId>, Error> {
        if matches!(self.place.at, RealmAt::Url { .. }) {
            // Nobody checks out the clone that Blue keeps: what its HEAD says means nothing.
            return Ok(None);
        }
        let has_moved = |update: RefUpdate| update.branch == self.main;
        if self.mode == Mode::Rehearsal && self.moved().into_iter().any(has_moved) {
            // What is only in memory nobody else can read.
            return Ok(None);
        }
        let read = self
            .repository
            .record_commit(self.place.follow.as_deref())?;
        let tip = self.tip()?;
        Ok(read.is_some_and(|read| read.commit != tip).then_some(tip))
    }

    /// The branches that everybody sees, whose names begin with `prefix`.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn branches(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, Error> {
        let mut found = match &self.remote {
            Some(remote) => self.repository.remote_branches_of(remote, prefix)?,
            None => self.repository.branches(prefix)?,
        };
        if self.mode == Mode::Rehearsal {
            for update in self.moved() {
                found.retain(|(name, _)| *name != update.branch);
                let is_there = update.to.filter(|_| update.branch.starts_with(prefix));
                found.extend(is_there.map(|at| (update.branch, at)));
            }
            found.sort_by(|one, other| one.0.cmp(&other.0));
        }
        Ok(found)
    }

    /// What the realm says at a commit.
    ///
    /// # Errors
    /// [`Error::NoRealm`] where the commit holds none.
    pub fn realm_at(&self, commit: CommitId) -> Result<Realm, Error> {
        let Read { realm, commit: at } = self.read.borrow().clone();
        if at == Some(commit) {
            return Ok(realm);
        }
        let place = (commit, self.under.as_str());
        let found = blue_workspace::realm_beside(&self.repository, place, &realm)?;
        if let Some(found) = &found {
            self.knows(found, Some(commit));
        }
        found.ok_or_else(|| Error::NoRealm {
            place: self.shown(),
            why: format!(" at {}", commit.short()),
        })
    }

    /// A file at a commit, the very one that was last read where that says the same; `path` in the realm.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub(crate) fn file_at(
        &self,
        commit: CommitId,
        path: &str,
    ) -> Result<Option<Arc<ParsedFile>>, Error> {
        let held = self.path_in_repository(path);
        let bytes = self.repository.file_at(commit, &held)?;
        let read =
            |bytes: Vec<u8>| blue_workspace::read_beside(&self.read.borrow().realm, path, &bytes);
        Ok(bytes.map(read))
    }

    /// Moves a branch that everybody sees from where it was seen; never by force.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::Git`], after which it may or may not be there.
    pub fn publish(&self, update: &RefUpdate, ask: &mut Ask<'_>) -> Result<Published, Error> {
        let published = match &self.remote {
            None => self.move_here(update)?,
            Some(_) if self.mode == Mode::Rehearsal => Published::Done,
            Some(remote) => self.push(remote, update, ask)?,
        };
        if published == Published::Done {
            self.moved.borrow_mut().push(update.clone());
            if self.mode == Mode::Real {
                ask.moved.push(Moved {
                    realm: self.name.clone(),
                    update: update.clone(),
                });
            }
        }
        Ok(published)
    }

    fn refused(&self, update: &RefUpdate, why: String) -> Error {
        Error::Refused {
            realm: self.name.clone(),
            branch: update.branch.clone(),
            why,
        }
    }

    /// The branches of this clone whose names begin with `prefix` and that its remote does not have; none of a realm
    /// without a remote, whose own branches everybody sees.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub(crate) fn unpushed(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, Error> {
        if self.remote.is_none() {
            return Ok(Vec::new());
        }
        let seen = self.branches(prefix)?;
        let mut own = self.repository.branches(prefix)?;
        own.retain(|(name, _)| seen.iter().all(|(other, _)| other != name));
        Ok(own)
    }

    /// Takes a branch of this clone away, from where it was seen; one that is checked out stays.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub(crate) fn take_away_here(&self, branch: &str, tip: CommitId) -> Result<(), Error> {
        let is_out = self.repository.head_branch()?.as_deref() == Some(branch);
        if self.mode == Mode::Real && !is_out {
            self.repository.move_branch(&RefUpdate {
                branch: branch.to_owned(),
                expected: Some(tip),
                to: None,
            })?;
        }
        Ok(())
    }

    /// Of a realm without a remote: its own branch is what everybody reads.
    fn move_here(&self, update: &RefUpdate) -> Result<Published, Error> {
        let checked_out = self.repository.head_branch()?;
        let is_out =
            self.repository.workdir().is_some() && checked_out.as_ref() == Some(&update.branch);
        if is_out && self.checkout_may == CheckoutMay::Stay {
            let why = "it is checked out there, and no checkout is changed behind your back; give \
                       the realm a remote, or merge the branch by hand";
            return Err(self.refused(update, why.to_owned()));
        }
        if self.mode == Mode::Rehearsal {
            return Ok(Published::Done);
        }
        if !is_out {
            return Ok(match self.repository.move_branch(update)? {
                true => Published::Done,
                false => Published::Moved,
            });
        }
        match self.repository.advance_checkout(update)? {
            Advanced::Done => Ok(Published::Done),
            Advanced::Moved => Ok(Published::Moved),
            Advanced::Dirty => {
                let why = "it is checked out there with changes that are not committed; commit them, or \
                           give the realm a remote";
                Err(self.refused(update, why.to_owned()))
            }
        }
    }

    fn push(
        &self,
        remote: &str,
        update: &RefUpdate,
        ask: &mut Ask<'_>,
    ) -> Result<Published, Error> {
        let doing = match update.to {
            Some(_) => format!("pushing {}", update.branch),
            None => format!("taking {} away", update.branch),
        };
        let repository = &self.repository;
        let pushed = ask.uninterrupted(&doing, |network| repository.push(remote, update, network));
        match pushed? {
            Pushed::Done => Ok(Published::Done),
            Pushed::Moved { .. } => Ok(Published::Moved),
            Pushed::Refused { why } => Err(self.refused(update, why)),
        }
    }

    /// Changes of the realm's files as changes of its repository's.
    #[must_use]
    pub fn in_repository(&self, changes: &[FileChange]) -> Vec<FileChange> {
        let changes = changes.iter().map(|change| FileChange {
            path: self.path_in_repository(&change.path),
            content: change.content.clone(),
        });
        changes.collect()
    }

    /// A path of the realm in its repository.
    pub(crate) fn path_in_repository(&self, path: &str) -> String {
        match self.under.as_str() {
            "" => path.to_owned(),
            under => format!("{under}/{path}"),
        }
    }

    /// A path of its repository in the realm; nothing of what lies beside it.
    pub(crate) fn path_in_realm<'p>(&self, path: &'p str) -> Option<&'p str> {
        match self.under.as_str() {
            "" => Some(path),
            under => path.strip_prefix(under)?.strip_prefix('/'),
        }
    }

    /// When it was last fetched by Blue; nothing where that is not known or never happens.
    #[must_use]
    pub fn fetched_at(&self) -> Option<SystemTime> {
        self.remote.as_ref().and(self.repository.fetched_at())
    }

    /// The folder of a checkout; nothing for a clone that Blue keeps.
    #[must_use]
    pub fn checkout(&self) -> Option<&Path> {
        match &self.place.at {
            RealmAt::Path(path) => Some(path),
            RealmAt::Url { .. } => None,
        }
    }

    /// Where everybody fetches it from, without credentials; empty for one that has no remote.
    pub(crate) fn address(&self) -> String {
        let remotes = self.repository.remotes().unwrap_or_default();
        let main = remotes
            .into_iter()
            .find(|it| Some(&it.name) == self.remote.as_ref());
        main.map(|it| it.url).unwrap_or_default()
    }

    /// Where its objects are, for people: its checkout, else the clone that Blue keeps.
    #[must_use]
    pub fn clone_path(&self) -> PathBuf {
        let folder = self.repository.workdir();
        let folder = folder.unwrap_or(self.repository.common_dir());
        // Without the `/` that git ends it with.
        folder.components().collect()
    }

    fn shown(&self) -> String {
        match &self.place.at {
            RealmAt::Path(path) => path.display().to_string(),
            RealmAt::Url { url, .. } => without_credentials(url),
        }
    }
}

/// How long somebody else's sync of the same clone is waited for.
const LOCKED: Duration = Duration::from_secs(30);

fn open_path(path: &Path) -> Result<(Repository, String), Error> {
    let none = |why: &str| Error::NoRealm {
        place: path.display().to_string(),
        why: why.to_owned(),
    };
    if !path.is_dir() {
        return Err(none(": it does not exist"));
    }
    let repository = discover(path)?;
    let repository = repository.ok_or_else(|| {
        none(
            " that can be written to: it is no git repository, so nobody could see what is written",
        )
    })?;
    let under = blue_workspace::folder_in(&repository, path);
    let under = under.ok_or_else(|| none(" in its git repository"))?;
    Ok((repository, under))
}

/// The clone of an address, made or fetched as asked; with why it was not, where what is known was taken instead.
fn clone_of(
    home: &Path,
    place: &RealmPlace,
    (url, rewrites): (&str, Rewrites),
    freshness: Freshness,
    ask: &mut Ask<'_>,
) -> Result<(Repository, Option<blue_git::Error>), Error> {
    let known = open_managed(home, &place.name)?;
    let is_fresh = match (&known, freshness) {
        (None, _) | (_, Freshness::Fetched) => false,
        (_, Freshness::AsItIs) => true,
        (Some(known), Freshness::Within(age)) => !is_older(known, age),
    };
    if let (Some(known), true) = (known, is_fresh) {
        return Ok((known, None));
    }
    if freshness == Freshness::AsItIs {
        return Err(Error::NoRealm {
            place: without_credentials(url),
            why: " that is known here, and nothing is fetched for this; `blue status` fetches it"
                .to_owned(),
        });
    }
    let doing = format!("fetching {}", place.name);
    let fetched = ask.over_the_network(&doing, |network| {
        let source = (url, place.follow.as_deref());
        update_managed(home, &place.name, source, rewrites, network)
    });
    match (fetched, freshness) {
        (Err(Error::Git(why)), Freshness::Within(_)) if is_of_the_network(&why) => {
            match open_managed(home, &place.name)? {
                Some(known) => Ok((known, Some(why))),
                None => Err(Error::Git(why)),
            }
        }
        (done, _) => Ok((done?, None)),
    }
}

fn is_older(repository: &Repository, age: Duration) -> bool {
    let fetched = repository.fetched_at();
    let since = fetched.and_then(|at| SystemTime::now().duration_since(at).ok());
    // A clock that went back says nothing.
    since.is_none_or(|since| since > age)
}

/// Whether a transfer failed for what may be otherwise another time.
#[must_use]
pub fn is_of_the_network(why: &blue_git::Error) -> bool {
    use blue_git::Error as E;
    matches!(
        why,
        E::Unreachable { .. } | E::Denied { .. } | E::TimedOut { .. }
    )
}

/// Where the branch of record was last seen.
fn seen(place: &RealmPlace) -> Option<CommitId> {
    let repository = match &place.at {
        RealmAt::Path(path) => discover(path).ok()??,
        RealmAt::Url { home, .. } => open_managed(home, &place.name).ok()??,
    };
    let remote = repository.main_remote().ok()??;
    let main = main_branch(&repository, place, Some(&remote)).ok()?;
    let branches = repository.remote_branches_of(&remote, &main).ok()?;
    let found = branches.into_iter().find(|(name, _)| *name == main);
    found.map(|(_, at)| at)
}

/// The branch of record.
fn main_branch(
    repository: &Repository,
    place: &RealmPlace,
    remote: Option<&str>,
) -> Result<String, Error> {
    if let Some(name) = &place.follow {
        let record = repository.record_commit(Some(name))?;
        if let Some(Why::Tag { name }) = record.map(|record| record.why) {
            let realm = place.name.clone();
            return Err(Error::Pinned { realm, name });
        }
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
        return Ok(branch.to_owned());
    }
    let found = repository.record_commit(None)?.map(|record| record.why);
    Ok(match (found, remote) {
        (Some(Why::RemoteTracking { name }), Some(remote)) => name
            .strip_prefix(&format!("{remote}/"))
            .unwrap_or(&name)
            .to_owned(),
        (Some(Why::LocalBranch { name }), _) => name,
        _ => repository
            .head_branch()?
            .unwrap_or_else(|| "main".to_owned()),
    })
}

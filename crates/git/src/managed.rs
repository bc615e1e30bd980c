//! Clones that Blue keeps for itself: of a realm that is known by its address alone, at
//! `$BLUE_HOME/realms/{name}` (`realm-format.md`, "Per user"). Bare: nobody works in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{self, Error};
use crate::lock::{Lock, lock};
use crate::network::{Fetch, Network, Rewrites, allowed};
use crate::repository::Repository;

/// Where the clones of a home folder are kept.
#[must_use]
pub fn managed_path(home: &Path, name: &str) -> PathBuf {
    home.join("realms").join(name)
}

/// How long somebody else's work on a clone is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The file in a git directory whose time is that of the last fetch.
const FETCHED: &str = "blue-fetched";

/// Locks a clone against other processes; readers need no lock, they read commits.
///
/// # Errors
/// [`Error::Locked`], [`Error::Write`].
pub fn lock_managed(home: &Path, name: &str) -> Result<Lock, Error> {
    lock(&home.join("realms").join(format!("{name}.lock")), PATIENCE)
}

/// Opens a clone that was made; nothing where there is none, or one that is not as it was made: what a bad disk or a
/// strange hand left of it is no realm, and must not pass for an empty one.
///
/// # Errors
/// [`Error::NotOwned`].
pub fn open_managed(home: &Path, name: &str) -> Result<Option<Repository>, Error> {
    let path = managed_path(home, name);
    if !path.join("HEAD").is_file() {
        return Ok(None);
    }
    match git2::Repository::open_bare(&path) {
        Ok(git) => Ok(is_whole(&git).then_some(Repository { git })),
        Err(why) => match error::opening(&path, why) {
            not_owned @ Error::NotOwned { .. } => Err(not_owned),
            _ => Ok(None),
        },
    }
}

/// Whether a clone still knows where it is from, and has what its branches are at.
fn is_whole(git: &git2::Repository) -> bool {
    let origin = git.find_remote("origin");
    let is_cloned = origin.is_ok_and(|origin| origin.refspecs().next().is_some());
    let Ok(all) = git.references() else {
        return false;
    };
    let mut there = all.map(|one| {
        let one = one.ok()?;
        match one.target() {
            Some(at) => git.find_object(at, None).ok().map(drop),
            // A name for another one.
            None => Some(()),
        }
    });
    is_cloned && there.all(|it| it.is_some())
}

/// Brings a clone up to date, and makes it where there is none: beside its place first, so that
/// there is never half of one.
///
/// # Errors
/// Those of [`Repository::fetch`] and [`lock_managed`].
pub fn update_managed(
    home: &Path,
    name: &str,
    (url, followed): (&str, Option<&str>),
    rewrites: Rewrites,
    network: &mut Network<'_>,
) -> Result<Repository, Error> {
    let url = allowed(url)?;
    let _lock = lock_managed(home, name)?;
    let fetch = Fetch {
        remote: "origin",
        followed,
        rewrites,
        prune: &[""],
    };
    if let Some(known) = open_managed(home, name)? {
        let failed = |why| error::doing("naming the remote".to_owned(), &known.git, why);
        known.git.remote_set_url("origin", url).map_err(failed)?;
        known.fetch(&fetch, network)?;
        known.mark_fetched()?;
        return Ok(known);
    }
    let path = managed_path(home, name);
    let part = home.join("realms").join(format!(".{name}.part"));
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Write { path, source }
    };
    // What a process left behind that was killed.
    if part.exists() {
        fs::remove_dir_all(&part).map_err(unwritable(&part))?;
    }
    if path.exists() {
        // It may hold branches that were never pushed: whoever looks for them finds them there.
        let aside = home.join("realms").join(format!(".{name}.damaged"));
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(unwritable(&aside))?;
        }
        fs::rename(&path, &aside).map_err(unwritable(&aside))?;
    }
    let made = git2::Repository::init_opts(
        &part,
        git2::RepositoryInitOptions::new()
            .bare(true)
            .mkpath(true)
            .external_template(false)
            .initial_head("main"),
    );
    let git = made.map_err(|why| error::opening(&part, why))?;
    git.remote("origin", url)
        .map_err(|why| error::opening(&part, why))?;
    let clone = Repository { git };
    if let Err(why) = clone.fetch(&fetch, network) {
        let _ = fs::remove_dir_all(&part);
        return Err(why);
    }
    clone.mark_fetched()?;
    drop(clone);
    fs::rename(&part, &path).map_err(unwritable(&path))?;
    let git = git2::Repository::open_bare(&path).map_err(|why| error::opening(&path, why))?;
    Ok(Repository { git })
}

impl Repository {
    /// When this repository was last fetched by Blue.
    #[must_use]
    pub fn fetched_at(&self) -> Option<SystemTime> {
        let marked = fs::metadata(self.git.path().join(FETCHED));
        marked.ok()?.modified().ok()
    }

    /// Remembers that it was fetched now.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn mark_fetched(&self) -> Result<(), Error> {
        let path = self.git.path().join(FETCHED);
        fs::write(&path, "").map_err(|source| Error::Write { path, source })
    }
}

//! Linked worktrees: checkouts of other branches beside the main one (`git-and-forges.md`, "Worktrees and coordinated
//! pull requests").
//!
//! Filling one with files takes a while, and may end at any moment. So one is made beside its place and moved there when
//! it is whole, and moved away before it is taken apart: at its place there is all of it or nothing, and what lies beside
//! (`.NAME.part`, `.NAME.gone`) is nobody's work. The caller sees to it that nobody else is at the same one
//! ([`crate::lock`]).

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, RepositoryState, StatusOptions, WorktreePruneOptions};

use crate::error::{self, Error};
use crate::id::CommitId;
use crate::refs::RefUpdate;
use crate::repository::Repository;

/// A checkout that is linked to a repository, as git has it on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its name, that of git's own folder for it under `.git/worktrees/`.
    pub name: String,
    /// Its folder, whether or not it is there.
    pub path: PathBuf,
    /// The branch that is checked out; nothing where HEAD is detached.
    pub branch: Option<String>,
    /// Whether somebody locked it, so that it is not taken away.
    pub is_locked: bool,
}

/// How far the making or the taking away of one has come. After each of them the process may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkStep {
    /// git knows of it; it has no files.
    Named,
    /// So many of its files are written.
    Files {
        /// Written.
        done: usize,
        /// In all.
        total: usize,
    },
    /// All of its files are written, beside its place.
    Filled,
    /// It is at its place.
    Placed,
    /// It is at its place no more; what was in it lies beside.
    Displaced,
    /// git knows of it no more.
    Forgotten,
}

/// Told of each step; says whether it goes on. What was begun stays as it is where it does not.
pub type OnLinkStep<'a> = &'a mut dyn FnMut(LinkStep) -> ControlFlow<()>;

/// What would be lost with a checkout's folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unsaved {
    /// Files that are changed, or new and not ignored; by path.
    pub changed: Vec<String>,
    /// What git is in the midst of: `rebase`, `merge`.
    pub amidst: Option<&'static str>,
    /// Whether repositories of its own (submodules) are checked out in it.
    pub has_submodules: bool,
}

impl Unsaved {
    /// Whether nothing would be lost.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.changed.is_empty() && self.amidst.is_none() && !self.has_submodules
    }
}

impl Repository {
    /// The folder of the repository's main checkout, also asked from one that is linked to it; nothing for a bare
    /// repository, and where git does not know it (a git directory that was put apart from its checkout).
    ///
    /// # Errors
    /// [`Error::NotOwned`], [`Error::Open`].
    pub fn main_checkout(&self) -> Result<Option<PathBuf>, Error> {
        if !self.git.is_worktree() {
            return Ok(self.git.workdir().map(plain));
        }
        let common = self.git.commondir();
        let main = git2::Repository::open(common).map_err(|why| error::opening(common, why))?;
        let Some(folder) = main.workdir() else {
            return Ok(None);
        };
        // git takes the folder around a git directory for its checkout, which it need not be.
        let own = git2::Repository::open(folder).ok();
        let is_its = own.is_some_and(|own| same_folder(own.path(), common));
        Ok(is_its.then(|| plain(folder)))
    }

    /// The checkouts that are linked to this repository, by name. One of which git's record is damaged is none.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn linked(&self) -> Result<Vec<Linked>, Error> {
        let failed = |why| error::doing("listing the worktrees".to_owned(), &self.git, why);
        let names = self.git.worktrees().map_err(failed)?;
        let mut found = Vec::new();
        for name in names.iter_bytes() {
            let Ok(name) = std::str::from_utf8(name) else {
                continue;
            };
            let Ok(worktree) = self.git.find_worktree(name) else {
                continue;
            };
            let head = fs::read_to_string(self.folder_of(name).join("HEAD")).unwrap_or_default();
            let branch = head.trim().strip_prefix("ref: refs/heads/");
            found.push(Linked {
                name: name.to_owned(),
                path: plain(worktree.path()),
                branch: branch.map(str::to_owned),
                is_locked: self.folder_of(name).join("locked").exists(),
            });
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// Checks an existing branch out in a new folder. What an earlier attempt left is taken away first, or finished
    /// where only its last step was missing.
    ///
    /// Filters that git would start a program for (large files) are not run, and neither are hooks.
    ///
    /// # Errors
    /// [`Error::Stopped`], after which [`Repository::tidy_link`] takes the rest away; [`Error::Write`],
    /// [`Error::Git`].
    pub fn link(&self, path: &Path, branch: &str, on_step: OnLinkStep<'_>) -> Result<(), Error> {
        let mut took = |step| match on_step(step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        };
        let part = beside(path, "part");
        if self.named_at(path)?.is_some() && part.join(".git").is_file() && !path.exists() {
            rename(&part, path)?;
            return took(LinkStep::Placed);
        }
        self.tidy_link(path)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable(parent))?;
        }
        let name = self.name_link(&part, branch)?;
        took(LinkStep::Named)?;
        fs::create_dir(&part).map_err(unwritable(&part))?;
        let record = self.folder_of(&name);
        write(
            &part.join(".git"),
            &format!("gitdir: {}\n", record.display()),
        )?;
        self.fill(&part, &mut took)?;
        took(LinkStep::Filled)?;
        write(&record.join("gitdir"), &pointer(path))?;
        rename(&part, path)?;
        took(LinkStep::Placed)
    }

    /// Puts a checkout on git's record, at once as a whole; gives its name there.
    fn name_link(&self, at: &Path, branch: &str) -> Result<String, Error> {
        let common = self.git.commondir();
        let made = common.join("blue-worktree.part");
        if made.exists() {
            fs::remove_dir_all(&made).map_err(unwritable(&made))?;
        }
        fs::create_dir(&made).map_err(unwritable(&made))?;
        write(&made.join("HEAD"), &format!("ref: refs/heads/{branch}\n"))?;
        write(&made.join("commondir"), "../..\n")?;
        write(&made.join("gitdir"), &pointer(at))?;
        let all = common.join("worktrees");
        fs::create_dir_all(&all).map_err(unwritable(&all))?;
        let wanted = branch.replace('/', "-");
        let mut names = std::iter::once(wanted.clone());
        let mut others = (2..).map(|number| format!("{wanted}-{number}"));
        let name = names
            .by_ref()
            .chain(others.by_ref())
            .find(|name| !all.join(name).exists())
            .unwrap_or(wanted);
        rename(&made, &all.join(&name))?;
        Ok(name)
    }

    /// Writes the files of a checkout that has none.
    fn fill(
        &self,
        folder: &Path,
        took: &mut dyn FnMut(LinkStep) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let git = git2::Repository::open(folder).map_err(|why| error::opening(folder, why))?;
        let mut goes_on = Ok(());
        let mut checkout = CheckoutBuilder::new();
        checkout.force().progress(|_, done, total| {
            if goes_on.is_ok() {
                goes_on = took(LinkStep::Files { done, total });
            }
        });
        let done = git.checkout_head(Some(&mut checkout));
        drop(checkout);
        goes_on?;
        done.map_err(|why| error::doing(format!("writing {}", folder.display()), &self.git, why))
    }

    /// Takes a checkout away: its folder, and what git knows of it. Whatever is in it is lost ([`Repository::unsaved`]
    /// is asked first). Its branch stays. Finishes what an earlier attempt began.
    ///
    /// # Errors
    /// [`Error::Stopped`], [`Error::Write`], [`Error::Git`].
    pub fn unlink(&self, path: &Path, on_step: OnLinkStep<'_>) -> Result<(), Error> {
        self.displace(path, on_step)?;
        self.tidy_link(path)?;
        match on_step(LinkStep::Forgotten) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        }
    }

    /// The first step of [`Repository::unlink`]: moves the folder away, so that nobody goes on working in it.
    ///
    /// # Errors
    /// [`Error::Stopped`], [`Error::Write`].
    pub fn displace(&self, path: &Path, on_step: OnLinkStep<'_>) -> Result<(), Error> {
        if path.exists() {
            self.remove_beside(path)?;
            rename(path, &beside(path, "gone"))?;
            if on_step(LinkStep::Displaced).is_break() {
                return Err(Error::Stopped);
            }
        }
        Ok(())
    }

    /// Whether something of a checkout is left that was being made or taken away as the process ended.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn is_half_linked(&self, path: &Path) -> Result<bool, Error> {
        let left = ["part", "gone"].iter();
        let is_left = left.clone().any(|what| beside(path, what).exists());
        let is_named = self.named_at(path)?.is_some() && !path.exists();
        let is_begun = self.named_at(&beside(path, "part"))?.is_some();
        Ok(is_left || is_named || is_begun)
    }

    /// Takes away what is left of a checkout that was being made or taken away as the process ended. One that is whole
    /// stays.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::Git`].
    pub fn tidy_link(&self, path: &Path) -> Result<(), Error> {
        for at in [beside(path, "part"), path.to_owned()] {
            if at == path && at.exists() {
                continue;
            }
            if let Some(name) = self.named_at(&at)? {
                let failed = |why| error::doing(format!("forgetting {name}"), &self.git, why);
                let worktree = self.git.find_worktree(&name).map_err(failed)?;
                let mut all = WorktreePruneOptions::new();
                all.valid(true);
                worktree.prune(Some(&mut all)).map_err(failed)?;
            }
        }
        self.remove_beside(path)?;
        // Only where it is empty now.
        let _ = path.parent().map(fs::remove_dir);
        Ok(())
    }

    fn remove_beside(&self, path: &Path) -> Result<(), Error> {
        for what in ["part", "gone"] {
            let left = beside(path, what);
            if left.exists() {
                fs::remove_dir_all(&left).map_err(unwritable(&left))?;
            }
        }
        Ok(())
    }

    /// The name under which git has a checkout of that folder on record.
    fn named_at(&self, path: &Path) -> Result<Option<String>, Error> {
        let path = real(path);
        let found = self.linked()?.into_iter();
        let mut found = found.filter(|it| real(&it.path) == path);
        Ok(found.next().map(|it| it.name))
    }

    /// git's own folder for a linked checkout.
    fn folder_of(&self, name: &str) -> PathBuf {
        plain(self.git.commondir()).join("worktrees").join(name)
    }

    /// What would be lost with this checkout's folder. What git ignores is not counted.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn unsaved(&self) -> Result<Unsaved, Error> {
        let failed = |why| error::doing("looking for changes".to_owned(), &self.git, why);
        let mut options = StatusOptions::new();
        options.include_untracked(true).include_ignored(false);
        let found = self.git.statuses(Some(&mut options)).map_err(failed)?;
        let changed = found
            .iter()
            .map(|it| String::from_utf8_lossy(it.path_bytes()).into_owned());
        let mut changed: Vec<String> = changed.collect();
        changed.sort();
        Ok(Unsaved {
            changed,
            amidst: amidst(self.git.state()),
            has_submodules: self.git.path().join("modules").exists(),
        })
    }

    /// How many commits of a branch, and of what is checked out in this linked worktree, nothing else keeps: no branch that was fetched
    /// from or pushed to a remote, no other branch, no tag.
    ///
    /// # Errors
    /// [`Error::MissingObject`], [`Error::Git`].
    pub fn commits_only_on(&self, branch: &str) -> Result<usize, Error> {
        let failed = |why| error::doing(format!("counting commits of {branch}"), &self.git, why);
        let own = format!("refs/heads/{branch}");
        let mut walk = self.git.revwalk().map_err(failed)?;
        for start in [own.as_str(), "HEAD"] {
            // The main checkout loses nothing; a branch without a commit has nothing to lose.
            let is_asked = start != "HEAD" || self.git.is_worktree();
            if is_asked && self.git.refname_to_id(start).is_ok() {
                walk.push_ref(start).map_err(failed)?;
            }
        }
        for reference in self.git.references().map_err(failed)? {
            let reference = reference.map_err(failed)?;
            let keeps = reference.is_remote() || reference.is_branch() || reference.is_tag();
            if !keeps || reference.name_bytes() == own.as_bytes() {
                continue;
            }
            if let Ok(commit) = reference.peel_to_commit() {
                walk.hide(commit.id()).map_err(failed)?;
            }
        }
        Ok(walk.count())
    }

    /// Takes a branch away, with what the configuration says it follows, where it is still where it was seen; whether
    /// it was.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn take_branch(&self, branch: &str, seen: CommitId) -> Result<bool, Error> {
        let update = RefUpdate {
            branch: branch.to_owned(),
            expected: Some(seen),
            to: None,
        };
        if !self.move_branch(&update)? {
            return Ok(false);
        }
        let failed = |why| error::doing(format!("forgetting {branch}"), &self.git, why);
        let mut config = self.git.config().map_err(failed)?;
        for key in ["remote", "merge"] {
            match config.remove(&format!("branch.{branch}.{key}")) {
                Err(why) if why.code() != ErrorCode::NotFound => return Err(failed(why)),
                _ => {}
            }
        }
        Ok(true)
    }

    /// Makes a branch that is here follow one that was fetched (`origin/feat/experiments`).
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn set_upstream(&self, branch: &str, upstream: &str) -> Result<(), Error> {
        let found = self.git.find_branch(branch, git2::BranchType::Local);
        let set = found.and_then(|mut branch| branch.set_upstream(Some(upstream)));
        set.map_err(|why| error::doing(format!("following {upstream}"), &self.git, why))
    }

    /// Writes a pattern into the list of what git ignores on this machine alone (`.git/info/exclude`, one for all
    /// checkouts); whether it was not there.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Write`].
    pub fn exclude(&self, pattern: &str) -> Result<bool, Error> {
        let (path, text) = self.excluded()?;
        if text.lines().any(|line| line.trim_end() == pattern) {
            return Ok(false);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(unwritable(folder))?;
        }
        let end = match text.is_empty() || text.ends_with('\n') {
            true => "",
            false => "\n",
        };
        // At its end: what others write there at the same time stays, and so does a link.
        let mut options = fs::File::options();
        let file = options.append(true).create(true).open(&path);
        let line = format!("{end}{pattern}\n");
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(unwritable(&path))?;
        Ok(true)
    }

    /// Takes a pattern out of that list.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Write`].
    pub fn exclude_no_more(&self, pattern: &str) -> Result<(), Error> {
        let (path, text) = self.excluded()?;
        let kept = text.split_inclusive('\n');
        let kept: String = kept.filter(|line| line.trim_end() != pattern).collect();
        match kept == text {
            true => Ok(()),
            false => write(&path, &kept),
        }
    }

    fn excluded(&self) -> Result<(PathBuf, String), Error> {
        let path = plain(self.git.commondir()).join("info/exclude");
        match fs::read_to_string(&path) {
            Ok(text) => Ok((path, text)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok((path, String::new())),
            Err(source) => Err(Error::Read { path, source }),
        }
    }
}

fn amidst(state: RepositoryState) -> Option<&'static str> {
    use RepositoryState as S;
    Some(match state {
        S::Clean => return None,
        S::Merge => "merge",
        S::Revert | S::RevertSequence => "revert",
        S::CherryPick | S::CherryPickSequence => "cherry-pick",
        S::Bisect => "bisect",
        S::Rebase | S::RebaseInteractive | S::RebaseMerge => "rebase",
        S::ApplyMailbox | S::ApplyMailboxOrRebase => "am",
    })
}

/// The name of what lies beside a checkout while it is made or taken apart.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(what);
    path.with_file_name(name)
}

/// What git's record of a checkout says of where it is.
fn pointer(path: &Path) -> String {
    format!("{}\n", path.join(".git").display())
}

/// Without the slash at its end that git writes.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// A path as the system spells it, also where its last part is not there.
fn real(path: &Path) -> PathBuf {
    let at = fs::canonicalize(path);
    at.unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    })
}

fn same_folder(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Writes a file of git's: all of it or nothing.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let part = path.with_extension("blue-part");
    fs::write(&part, text).map_err(unwritable(&part))?;
    rename(&part, path)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(unwritable(to))
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Write { path, source }
}

//! Commits made in objects alone: on a tip that was given, without a checkout, an index or a branch.
//!
//! It exists because whoever writes to a shared repository must not touch what somebody is working
//! on in it: the commit is there first, and a branch is moved to it (or it is pushed) afterwards.

use std::collections::BTreeMap;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, MergeOptions, ObjectType, Oid, Signature, Time};

use crate::error::{self, Error};
use crate::history::Person;
use crate::id::CommitId;
use crate::repository::Repository;
use crate::signing::Signer;

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the root of the repository, with `/`.
    pub path: String,
    /// Its new content; nothing: it goes.
    pub content: Option<Vec<u8>>,
}

/// Who makes a commit, and when.
#[derive(Debug, Clone)]
pub struct Maker {
    /// Who wrote the change.
    pub author: Person,
    /// Who makes the commit of it.
    pub committer: Person,
    /// Seconds since 1970-01-01T00:00:00Z, of both.
    pub time: i64,
    /// What signs it; nothing: it has no signature.
    pub signer: Option<Signer>,
}

/// A commit as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: CommitId,
    /// What it was made on.
    pub parents: Vec<CommitId>,
    /// Who wrote the change.
    pub author: Person,
    /// Who made the commit.
    pub committer: Person,
    /// When it was made: seconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// The whole message; bytes that are not UTF-8 are replaced.
    pub message: String,
}

impl CommitInfo {
    /// The values of a trailer (`Key: value` in the message's last paragraph,
    /// git-interpret-trailers(1)), in order.
    pub fn trailers<'m>(&'m self, key: &'m str) -> impl Iterator<Item = &'m str> {
        let last = self
            .message
            .trim_end()
            .rsplit("\n\n")
            .next()
            .unwrap_or_default();
        last.lines().filter_map(move |line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(key).then(|| value.trim())
        })
    }
}

/// What merging two commits makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// A commit of both.
    Commit(CommitId),
    /// These paths were changed on both sides, each in its own way.
    Conflict(Vec<String>),
}

/// Who git would say makes a commit where there is no repository: as [`Repository::identity`], of the user's own and
/// the machine's configuration.
#[must_use]
pub fn user_identity() -> Option<(Person, Person)> {
    let config = git2::Config::open_default().and_then(|mut config| config.snapshot());
    identity_in(config.ok().as_ref())
}

fn identity_in(config: Option<&git2::Config>) -> Option<(Person, Person)> {
    let said = |role: &str, what: &str| -> Option<String> {
        let variable = format!("GIT_{}_{}", role.to_uppercase(), what.to_uppercase());
        let environment = std::env::var(variable).ok();
        let of = |key: String| config?.get_string(&key).ok();
        let found = environment
            .filter(|value| !value.trim().is_empty())
            .or_else(|| of(format!("{role}.{what}")))
            .or_else(|| of(format!("user.{what}")))?;
        let found = found.trim().to_owned();
        (!found.is_empty()).then_some(found)
    };
    let person = |role: &str| {
        Some(Person {
            name: said(role, "name")?,
            email: said(role, "email")?,
        })
    };
    Some((person("author")?, person("committer")?))
}

impl Repository {
    /// Who git would say makes a commit here now: the environment's `GIT_AUTHOR_…` and
    /// `GIT_COMMITTER_…`, else `author.…`, `committer.…` and `user.…` of the configuration. Nothing
    /// where a name or an e-mail is not known.
    #[must_use]
    pub fn identity(&self) -> Option<(Person, Person)> {
        let config = self.git.config().and_then(|mut config| config.snapshot());
        identity_in(config.ok().as_ref())
    }

    /// Makes a commit on `tip` with these changes; nothing points to it yet. The same arguments make
    /// the same commit. Changes that change nothing make a commit all the same.
    ///
    /// # Errors
    /// [`Error::MissingObject`] for the tip; [`Error::Git`] where a path runs through a file or the
    /// objects cannot be written.
    pub fn commit_on(
        &self,
        tip: CommitId,
        changes: &[FileChange],
        message: &str,
        maker: &Maker,
    ) -> Result<CommitId, Error> {
        let doing = || format!("making a commit on {tip}");
        let failed = |why| error::doing(doing(), &self.git, why);
        let parent = self.find_commit(tip)?;
        let base = parent.tree().map_err(failed)?;
        let tree = self.changed_tree(&base, changes).map_err(failed)?;
        self.write_commit(tree, &[tip], message, maker)
    }

    /// A commit of two, `ours` first, as git merges them, made in objects.
    ///
    /// # Errors
    /// [`Error::MissingObject`], [`Error::Git`].
    pub fn merge_on(
        &self,
        ours: CommitId,
        theirs: CommitId,
        message: &str,
        maker: &Maker,
    ) -> Result<Merged, Error> {
        self.merge_over(ours, theirs, &[], message, maker)
    }

    /// The same with these changes over what git's merge makes: whatever the two sides made of
    /// their paths is settled.
    ///
    /// # Errors
    /// [`Error::MissingObject`], [`Error::Git`].
    pub fn merge_over(
        &self,
        ours: CommitId,
        theirs: CommitId,
        over: &[FileChange],
        message: &str,
        maker: &Maker,
    ) -> Result<Merged, Error> {
        let failed = |why| error::doing(format!("merging {ours} and {theirs}"), &self.git, why);
        let (one, other) = (self.find_commit(ours)?, self.find_commit(theirs)?);
        let options = MergeOptions::new();
        let merged = self.git.merge_commits(&one, &other, Some(&options));
        let mut index = merged.map_err(failed)?;
        for change in over {
            let path = std::path::Path::new(&change.path);
            index.remove_path(path).map_err(failed)?;
            // An entry that is not there is no conflict either.
            let _ = index.conflict_remove(path);
        }
        if index.has_conflicts() {
            let mut paths = Vec::new();
            for conflict in index.conflicts().map_err(failed)? {
                let conflict = conflict.map_err(failed)?;
                let entry = conflict.our.or(conflict.their).or(conflict.ancestor);
                let path = entry.map(|entry| String::from_utf8_lossy(&entry.path).into_owned());
                paths.extend(path);
            }
            paths.sort();
            paths.dedup();
            return Ok(Merged::Conflict(paths));
        }
        let tree = index.write_tree_to(&self.git).map_err(failed)?;
        let tree = self.git.find_tree(tree).map_err(failed)?;
        let tree = self.changed_tree(&tree, over).map_err(failed)?;
        let made = self.write_commit(tree, &[ours, theirs], message, maker);
        made.map(Merged::Commit)
    }

    pub(crate) fn changed_tree(
        &self,
        base: &git2::Tree<'_>,
        changes: &[FileChange],
    ) -> Result<Oid, git2::Error> {
        let mut builder = TreeUpdateBuilder::new();
        // Of two changes of one file the later counts.
        let last: BTreeMap<&str, &FileChange> = changes
            .iter()
            .map(|change| (change.path.as_str(), change))
            .collect();
        for change in last.into_values() {
            match &change.content {
                Some(content) => {
                    let blob = self.git.blob(content)?;
                    builder.upsert(change.path.as_str(), blob, mode_in(base, &change.path));
                }
                // What is not there needs not go.
                None if base.get_path(std::path::Path::new(&change.path)).is_err() => {}
                None => {
                    builder.remove(change.path.as_str());
                }
            }
        }
        builder.create_updated(&self.git, base)
    }

    /// Makes a commit of a tree, signed where its maker signs.
    pub(crate) fn write_commit(
        &self,
        tree: Oid,
        parents: &[CommitId],
        message: &str,
        maker: &Maker,
    ) -> Result<CommitId, Error> {
        let failed = |why| {
            let doing = match parents.first() {
                Some(tip) => format!("making a commit on {tip}"),
                None => "making the first commit".to_owned(),
            };
            error::doing(doing, &self.git, why)
        };
        let bytes = self
            .commit_bytes(tree, parents, message, maker)
            .map_err(failed)?;
        let Some(signer) = &maker.signer else {
            let made = self.git.odb().map_err(failed)?;
            let made = made.write(ObjectType::Commit, &bytes).map_err(failed)?;
            return Ok(CommitId::of(made));
        };
        let signature = signer
            .sign(&bytes)
            .map_err(|why| Error::NotSigned { why })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::NotSigned {
            why: "its message is not UTF-8".to_owned(),
        })?;
        // Each line goes into a header of the commit: one that ends the text would be an empty line there.
        let signed = self
            .git
            .commit_signed(text, signature.trim_end_matches(['\n', '\r']), None);
        signed.map(CommitId::of).map_err(failed)
    }

    /// A commit as it is signed, and kept where it is not.
    fn commit_bytes(
        &self,
        tree: Oid,
        parents: &[CommitId],
        message: &str,
        maker: &Maker,
    ) -> Result<Vec<u8>, git2::Error> {
        let tree = self.git.find_tree(tree)?;
        let found: Result<Vec<_>, _> = parents
            .iter()
            .map(|parent| self.git.find_commit(parent.oid()))
            .collect();
        let found = found?;
        let parents: Vec<&git2::Commit<'_>> = found.iter().collect();
        let signature = |person: &Person| {
            Signature::new(&person.name, &person.email, &Time::new(maker.time, 0))
        };
        let bytes = self.git.commit_create_buffer(
            &signature(&maker.author)?,
            &signature(&maker.committer)?,
            message,
            &tree,
            &parents,
        )?;
        Ok(bytes.to_vec())
    }

    /// What a commit says of itself.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn commit_info(&self, id: CommitId) -> Result<CommitInfo, Error> {
        let commit = self.find_commit(id)?;
        let person = |who: git2::Signature<'_>| Person {
            name: String::from_utf8_lossy(who.name_bytes()).into_owned(),
            email: String::from_utf8_lossy(who.email_bytes()).into_owned(),
        };
        Ok(CommitInfo {
            id,
            parents: commit.parent_ids().map(CommitId::of).collect(),
            author: person(commit.author()),
            committer: person(commit.committer()),
            time: commit.time().seconds(),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
        })
    }

    /// Whether `head` has more than `limit` commits that `base` has not; no more than these are looked at.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn is_further_than(
        &self,
        base: CommitId,
        head: CommitId,
        limit: usize,
    ) -> Result<bool, Error> {
        let failed = |why| error::doing(format!("reading the history of {head}"), &self.git, why);
        let mut walk = self.git.revwalk().map_err(failed)?;
        walk.push(head.oid()).map_err(failed)?;
        walk.hide(base.oid()).map_err(failed)?;
        Ok(walk.nth(limit).is_some())
    }

    /// The commits that `head` has and `base` has not, oldest first; all of `head`'s without one.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn commits_between(
        &self,
        base: Option<CommitId>,
        head: CommitId,
    ) -> Result<Vec<CommitInfo>, Error> {
        let failed = |why| error::doing(format!("reading the history of {head}"), &self.git, why);
        let mut walk = self.git.revwalk().map_err(failed)?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)
            .map_err(failed)?;
        walk.push(head.oid()).map_err(failed)?;
        if let Some(base) = base {
            walk.hide(base.oid()).map_err(failed)?;
        }
        walk.map(|id| self.commit_info(CommitId::of(id.map_err(failed)?)))
            .collect()
    }
}

/// A file that is there keeps its mode.
fn mode_in(tree: &git2::Tree<'_>, path: &str) -> FileMode {
    let entry = tree.get_path(std::path::Path::new(path));
    match entry.map(|entry| entry.filemode()) {
        Ok(0o100_755) => FileMode::BlobExecutable,
        _ => FileMode::Blob,
    }
}

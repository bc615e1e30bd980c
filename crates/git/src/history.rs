//! Who changed what on the way from one commit to another.
//!
//! It exists for ownership: a realm's file may be changed only by those it belongs to, and git's
//! history is the only evidence of who that was.

use std::collections::BTreeSet;

use git2::{Commit, Delta, DiffOptions, ErrorCode, ObjectType, Oid, Sort, Tree};

use crate::error::{self, Error};
use crate::id::CommitId;
use crate::repository::Repository;

/// Who wrote or made a commit, as it says itself: nobody has verified that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// The e-mail; empty where there is none.
    pub email: String,
}

/// A commit and the files that it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub commit: CommitId,
    /// Who wrote the change.
    pub author: Person,
    /// Who made the commit of it.
    pub committer: Person,
    /// The first line of its message.
    pub summary: String,
    /// Relative to the folder that was asked for, with `/`, sorted: added, changed, deleted.
    pub paths: Vec<String>,
}

/// A commit's signature, as git keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSignature {
    /// Armoured, as `ssh-keygen -Y sign` or gpg wrote it.
    pub signature: Vec<u8>,
    /// The bytes that it is of.
    pub signed: Vec<u8>,
}

impl Repository {
    /// The best common ancestor of two commits; `None` where they have none in this clone.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn merge_base(&self, one: CommitId, other: CommitId) -> Result<Option<CommitId>, Error> {
        match self.git.merge_base(one.oid(), other.oid()) {
            Ok(base) => Ok(Some(CommitId::of(base))),
            Err(why) if why.code() == ErrorCode::NotFound && self.is_readable(one, other) => {
                Ok(None)
            }
            // A walk that meets the border of a shallow clone ends there.
            Err(why) if self.is_shallow() && error::is_missing_object(&why) => Ok(None),
            Err(why) => {
                let doing = format!("finding the common ancestor of {one} and {other}");
                Err(error::doing(doing, &self.git, why))
            }
        }
    }

    fn is_readable(&self, one: CommitId, other: CommitId) -> bool {
        [one, other]
            .iter()
            .all(|id| self.git.find_commit(id.oid()).is_ok())
    }

    /// The commits that `head` has and `base` has not, oldest first, each with the files under the
    /// folder `under` (empty: the root) that it changed; commits that changed none are left out.
    ///
    /// A merge changed only what is not what git's own merge of the sides makes: who merges does not
    /// become an author of what others wrote, and does of what they take from the wrong side.
    ///
    /// # Errors
    /// [`Error::MissingObject`], in a shallow clone where the history between the two is cut.
    pub fn changes(
        &self,
        base: CommitId,
        head: CommitId,
        under: &str,
    ) -> Result<Vec<Change>, Error> {
        let doing = || format!("reading the history from {base} to {head}");
        let failed = |why| error::doing(doing(), &self.git, why);
        let mut walk = self.git.revwalk().map_err(failed)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)
            .map_err(failed)?;
        walk.push(head.oid()).map_err(failed)?;
        walk.hide(base.oid()).map_err(failed)?;
        let cut = self.shallow_commits();
        let mut changes = Vec::new();
        for id in walk {
            let id = CommitId::of(id.map_err(failed)?);
            if cut.contains(&id) {
                let what = format!("the history before {id}");
                let path = self.git.path().to_path_buf();
                return Err(Error::MissingObject { what, path });
            }
            let commit = self.find_commit(id)?;
            let paths = self.changed_by(&commit, under).map_err(failed)?;
            if !paths.is_empty() {
                changes.push(change(&commit, paths));
            }
        }
        Ok(changes)
    }

    /// The files under a folder (empty: the root) in which a commit differs from its first parent, relative to the
    /// folder, sorted; all of them for a first commit. Unlike [`Repository::changes`] this is all that a merge
    /// brought to the branch it was made on.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn brought_by(&self, commit: CommitId, under: &str) -> Result<Vec<String>, Error> {
        let made = self.find_commit(commit)?;
        let differing = || {
            let before = match made.parent_count() {
                0 => None,
                _ => Some(made.parent(0)?.tree()?),
            };
            self.differing(before.as_ref(), &made.tree()?, under)
        };
        let doing = || format!("reading what {commit} changed");
        differing().map_err(|why| error::doing(doing(), &self.git, why))
    }

    /// The commits whose parents a shallow clone does not have: what they changed is not known.
    fn shallow_commits(&self) -> BTreeSet<CommitId> {
        let listed = std::fs::read_to_string(self.git.commondir().join("shallow"));
        let listed = listed.unwrap_or_default();
        let ids = listed.lines().filter_map(|line| line.trim().parse().ok());
        ids.collect()
    }

    fn changed_by(&self, commit: &Commit<'_>, under: &str) -> Result<Vec<String>, git2::Error> {
        let tree = commit.tree()?;
        let mut parents = commit.parents();
        let Some(first) = parents.next() else {
            return self.differing(None, &tree, under);
        };
        let mut paths = self.differing(Some(&first.tree()?), &tree, under)?;
        if commit.parent_count() == 1 {
            return Ok(paths);
        }
        for parent in parents {
            paths.extend(self.differing(Some(&parent.tree()?), &tree, under)?);
        }
        paths.sort();
        paths.dedup();
        match commit.parent_count() {
            2 => self.without_merged(commit, &tree, under, &mut paths),
            _ => self.without_brought(commit, &tree, under, &mut paths),
        }
        Ok(paths)
    }

    /// Leaves out the paths that are just what git makes of the two sides. Whatever else a merge holds
    /// is its maker's, though it be one of the sides': to take an older version of a file over a newer
    /// one is to change it.
    fn without_merged(
        &self,
        commit: &Commit<'_>,
        tree: &Tree<'_>,
        under: &str,
        paths: &mut Vec<String>,
    ) {
        let (Ok(ours), Ok(theirs)) = (commit.parent(0), commit.parent(1)) else {
            return;
        };
        let Ok(merged) = self.git.merge_commits(&ours, &theirs, None) else {
            return;
        };
        paths.retain(|path| {
            let full = joined(under, path);
            let made = merged.get_path(std::path::Path::new(&full), 0);
            let made = made.map(|entry| entry.id);
            let kept = blob_in(tree, &full);
            // A path with a conflict has no entry of stage 0, and whoever merged decided.
            let conflict = (1..=3).any(|stage| {
                merged
                    .get_path(std::path::Path::new(&full), stage)
                    .is_some()
            });
            conflict || made != kept
        });
    }

    /// The same for a merge of more than two, which git makes only where no two of them changed one
    /// file: what is left as the first has it, or as another made it since they parted.
    fn without_brought(
        &self,
        commit: &Commit<'_>,
        tree: &Tree<'_>,
        under: &str,
        paths: &mut Vec<String>,
    ) {
        let Ok(first) = commit.parent(0) else {
            return;
        };
        let tree_of = |id: Oid| self.git.find_commit(id).and_then(|it| it.tree()).ok();
        let others: Vec<(Tree<'_>, Option<Tree<'_>>)> = commit
            .parents()
            .skip(1)
            .filter_map(|other| {
                let base = self.git.merge_base(first.id(), other.id()).ok();
                Some((other.tree().ok()?, base.and_then(tree_of)))
            })
            .collect();
        let Some(ours) = tree_of(first.id()) else {
            return;
        };
        paths.retain(|path| {
            let full = joined(under, path);
            let kept = blob_in(tree, &full);
            let made = others.iter().filter(|(other, base)| {
                let was = base.as_ref().and_then(|base| blob_in(base, &full));
                blob_in(other, &full) != was
            });
            let mut made = made.map(|(other, _)| blob_in(other, &full)).peekable();
            let is_brought = match made.peek() {
                None => kept == blob_in(&ours, &full),
                Some(_) => made.all(|it| it == kept),
            };
            !is_brought
        });
    }

    /// The files under a folder that differ between two trees, relative to the folder.
    fn differing(
        &self,
        old: Option<&Tree<'_>>,
        new: &Tree<'_>,
        under: &str,
    ) -> Result<Vec<String>, git2::Error> {
        let prefix = joined(under, "");
        let mut options = DiffOptions::new();
        options
            .ignore_filemode(true)
            .ignore_submodules(true)
            .skip_binary_check(true)
            .disable_pathspec_match(true);
        if !prefix.is_empty() {
            options.pathspec(prefix.trim_end_matches('/'));
        }
        let diff = self
            .git
            .diff_tree_to_tree(old, Some(new), Some(&mut options))?;
        let mut paths = Vec::new();
        for delta in diff.deltas() {
            let file = match delta.status() {
                Delta::Deleted => delta.old_file(),
                _ => delta.new_file(),
            };
            let path = file.path_bytes().map(String::from_utf8_lossy);
            let inside = path.as_deref().and_then(|path| path.strip_prefix(&prefix));
            paths.extend(inside.map(str::to_owned));
        }
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// The signature of a commit; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::MissingObject`].
    pub fn signature_of(&self, commit: CommitId) -> Result<Option<CommitSignature>, Error> {
        match self.git.extract_signature(&commit.oid(), None) {
            Ok((signature, signed)) => Ok(Some(CommitSignature {
                signature: signature.to_vec(),
                signed: signed.to_vec(),
            })),
            // "no signature" and "no such commit" have one code.
            Err(why) if why.code() == ErrorCode::NotFound => {
                self.find_commit(commit)?;
                Ok(None)
            }
            Err(why) => {
                let doing = format!("reading the signature of {commit}");
                Err(error::doing(doing, &self.git, why))
            }
        }
    }

    /// The e-mail that git would write into a commit made here now (`user.email`); `None` where it
    /// is not set.
    #[must_use]
    pub fn user_email(&self) -> Option<String> {
        let config = self.git.config().and_then(|mut config| config.snapshot());
        let email = config.ok()?.get_string("user.email").ok()?;
        let email = email.trim();
        (!email.is_empty()).then(|| email.to_owned())
    }
}

fn change(commit: &Commit<'_>, paths: Vec<String>) -> Change {
    let person = |who: git2::Signature<'_>| Person {
        name: String::from_utf8_lossy(who.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(who.email_bytes()).into_owned(),
    };
    let message = String::from_utf8_lossy(commit.message_bytes());
    let summary = message.lines().find(|line| !line.trim().is_empty());
    Change {
        commit: CommitId::of(commit.id()),
        author: person(commit.author()),
        committer: person(commit.committer()),
        summary: summary.unwrap_or_default().trim().to_owned(),
        paths,
    }
}

/// A path in a folder; a folder's own with a `/` at its end, nothing for the root's.
fn joined(under: &str, path: &str) -> String {
    let steps = under.split('/').filter(|step| !matches!(*step, "" | "."));
    let mut full: String = steps.flat_map(|step| [step, "/"]).collect();
    full.push_str(path);
    full
}

fn blob_in(tree: &Tree<'_>, path: &str) -> Option<Oid> {
    let entry = tree.get_path(std::path::Path::new(path)).ok()?;
    (entry.kind() == Some(ObjectType::Blob)).then(|| entry.id())
}

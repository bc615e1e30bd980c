//! The commits of a realm's branch of record, each with the realm's files that it changed, before and after.

use std::sync::Arc;

use blue_git::{CommitId, CommitInfo};
use blue_realm::{FileKind, ParsedFile, classify};

use crate::error::Error;
use crate::place::OpenRealm;

/// Of a realm that is read for the first time no more commits than these are looked at: what is older is no news.
const FIRST: usize = 200;

/// Of one that was read before, no more than these.
const LATER: usize = 5_000;

/// A commit of the branch of record and what it brought there.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The commit.
    pub commit: CommitInfo,
    /// The realm's files in which it differs from its first parent, by path.
    pub files: Vec<Touched>,
}

/// A file of a realm that a commit changed. It is read from git when it is asked for, and held by whoever asked: the
/// first commit of a large realm has all of its files.
#[derive(Debug, Clone)]
pub struct Touched {
    /// In the realm, with `/`.
    pub path: String,
    before: Option<CommitId>,
    after: CommitId,
}

impl Touched {
    /// As it was; nothing for a new one, and for kinds of files that tell nothing.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn before(&self, realm: &OpenRealm) -> Result<Option<Arc<ParsedFile>>, Error> {
        self.at(realm, self.before)
    }

    /// As it is; nothing for one that is gone, and for kinds of files that tell nothing.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn after(&self, realm: &OpenRealm) -> Result<Option<Arc<ParsedFile>>, Error> {
        self.at(realm, Some(self.after))
    }

    fn at(
        &self,
        realm: &OpenRealm,
        commit: Option<CommitId>,
    ) -> Result<Option<Arc<ParsedFile>>, Error> {
        let tells = matches!(
            classify(&self.path),
            Some(
                FileKind::Contract { .. } | FileKind::Binding { .. } | FileKind::Acceptances { .. }
            )
        );
        match commit {
            Some(commit) if tells => realm.file_at(commit, &self.path),
            _ => Ok(None),
        }
    }
}

/// Tells what was brought to the branch of record since a commit, oldest first, commit by commit: none is held longer
/// than it is told. Without one, or where that commit is not here (the realm is another one now), the last 200 commits.
///
/// A merge of the branch of record into another branch, which then became the record, leaves the older line. So
/// whatever `since` has is left out, and not only what comes after it on one line.
///
/// # Errors
/// [`Error::Git`], and what `tell` gives.
pub fn entries(
    realm: &OpenRealm,
    since: Option<CommitId>,
    tip: CommitId,
    tell: impl FnMut(Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    entries_within(realm, (since, Reach::News), tip, tell)
}

/// How far back a realm is read that was not read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// What is older is no news.
    News,
    /// As far as one that was read before: something is kept of it, and is found again.
    Kept,
}

pub(super) fn entries_within(
    realm: &OpenRealm,
    (since, reach): (Option<CommitId>, Reach),
    tip: CommitId,
    mut tell: impl FnMut(Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    let repository = &realm.repository;
    let since = match since {
        Some(since) if repository.commit_exists(since)? => Some(since),
        _ => None,
    };
    let limit = match (since, reach) {
        (None, Reach::News) => FIRST,
        (Some(_), _) | (None, Reach::Kept) => LATER,
    };
    let mut line = repository.first_parents(tip, limit)?;
    if let Some(since) = since {
        let on_the_line = line.iter().position(|id| *id == since);
        let end = match on_the_line {
            Some(end) => end,
            None => first_known(realm, &line, since)?,
        };
        line.truncate(end);
    }
    for id in line.into_iter().rev() {
        if let Some(entry) = entry(realm, id)? {
            tell(entry)?;
        }
    }
    Ok(())
}

/// How many commits of a line `since` does not have.
fn first_known(realm: &OpenRealm, line: &[CommitId], since: CommitId) -> Result<usize, Error> {
    for (at, id) in line.iter().enumerate() {
        if realm.repository.is_ancestor(*id, since)? {
            return Ok(at);
        }
    }
    Ok(line.len())
}

/// A commit and what it brought; nothing where a shallow clone does not have what was before it.
///
/// # Errors
/// [`Error::Git`].
pub(crate) fn entry(realm: &OpenRealm, id: CommitId) -> Result<Option<Entry>, Error> {
    let repository = &realm.repository;
    let commit = repository.commit_info(id)?;
    let parent = commit.parents.first().copied();
    if let Some(parent) = parent
        && !repository.commit_exists(parent)?
    {
        return Ok(None);
    }
    let touched = |path| Touched {
        path,
        before: parent,
        after: id,
    };
    let paths = repository.brought_by(id, &realm.under)?;
    let files = paths.into_iter().map(touched).collect();
    Ok(Some(Entry { commit, files }))
}

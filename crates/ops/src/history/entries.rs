//! The commits of a realm's branch of record, each with the realm's files that it changed, before and after.

use blue_git::{CommitId, CommitInfo};
use blue_realm::{FileKind, ParsedFile, classify, parse_file};

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

/// A file of a realm that a commit changed. It is held as bytes, and read when it is asked for: the first commit of
/// a large realm has all of its files, which take ten times as much room once they are read.
#[derive(Debug, Clone)]
pub struct Touched {
    /// In the realm, with `/`.
    pub path: String,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
}

impl Touched {
    /// As it was; nothing for a new one, and for kinds of files that tell nothing.
    #[must_use]
    pub fn before(&self) -> Option<ParsedFile> {
        let bytes = self.before.as_ref()?;
        Some(parse_file(&self.path, bytes))
    }

    /// As it is; nothing for one that is gone, and for kinds of files that tell nothing.
    #[must_use]
    pub fn after(&self) -> Option<ParsedFile> {
        let bytes = self.after.as_ref()?;
        Some(parse_file(&self.path, bytes))
    }

    /// Whether it is gone, of the kinds of files that tell something.
    pub(super) fn is_gone(&self) -> bool {
        self.after.is_none()
    }
}

/// What was brought to the branch of record since a commit, oldest first. Without one, or where that commit is not
/// here (the realm is another one now), the last 200 commits.
///
/// A merge of the branch of record into another branch, which then became the record, leaves the older line. So
/// whatever `since` has is left out, and not only what comes after it on one line.
///
/// # Errors
/// [`Error::Git`].
pub fn entries(
    realm: &OpenRealm,
    since: Option<CommitId>,
    tip: CommitId,
) -> Result<Vec<Entry>, Error> {
    let repository = &realm.repository;
    let since = match since {
        Some(since) if repository.commit_exists(since)? => Some(since),
        _ => None,
    };
    let limit = if since.is_some() { LATER } else { FIRST };
    let mut line = repository.first_parents(tip, limit)?;
    if let Some(since) = since {
        let on_the_line = line.iter().position(|id| *id == since);
        let end = match on_the_line {
            Some(end) => end,
            None => first_known(realm, &line, since)?,
        };
        line.truncate(end);
    }
    let mut entries = Vec::new();
    for id in line.into_iter().rev() {
        entries.extend(entry(realm, id)?);
    }
    Ok(entries)
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
    let mut files = Vec::new();
    for path in repository.brought_by(id, &realm.under)? {
        let kind = classify(&path);
        let tells = matches!(
            kind,
            Some(
                FileKind::Contract { .. } | FileKind::Binding { .. } | FileKind::Acceptances { .. }
            )
        );
        let at = |commit: Option<CommitId>| -> Result<Option<Vec<u8>>, Error> {
            let (Some(commit), true) = (commit, tells) else {
                return Ok(None);
            };
            Ok(repository.file_at(commit, &realm.path_in_repository(&path))?)
        };
        let (before, after) = (at(parent)?, at(Some(id))?);
        files.push(Touched {
            path,
            before,
            after,
        });
    }
    Ok(Some(Entry { commit, files }))
}

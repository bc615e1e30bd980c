//! `--base REV`: the commit that a change is held against.

use std::path::Path;
use std::sync::Arc;

use blue_git::{CommitId, Repository};

use crate::failure::Error;

/// The commit at which the work on HEAD began: the best common ancestor of HEAD and `revision`, since
/// what the other branch has got meanwhile is not this change's.
///
/// # Errors
/// [`Error::NoRevision`], [`Error::CutOff`] in a shallow clone that does not reach back so far,
/// [`Error::Unrelated`].
pub(super) fn base_of(path: &Path, revision: &str) -> Result<Arc<str>, Error> {
    let unknown = || Error::NoRevision {
        revision: revision.to_owned(),
        path: path.to_owned(),
    };
    let repository = blue_git::discover(path)?.ok_or_else(unknown)?;
    let cut_off = || Error::CutOff {
        revision: revision.to_owned(),
        path: path.to_owned(),
    };
    let base = match commit(&repository, revision)? {
        Some(base) => base,
        // It may well be one where the whole history is.
        None if repository.is_shallow() => return Err(cut_off()),
        None => return Err(unknown()),
    };
    let Some(head) = commit(&repository, "HEAD")? else {
        return Err(unknown());
    };
    match repository.merge_base(head, base)? {
        Some(base) => Ok(base.to_string().into()),
        None if repository.is_shallow() => Err(cut_off()),
        None => Err(Error::Unrelated {
            revision: revision.to_owned(),
            path: path.to_owned(),
        }),
    }
}

/// The commit of a name; nothing where it names none.
fn commit(repository: &Repository, revision: &str) -> Result<Option<CommitId>, Error> {
    use blue_git::Error::{AmbiguousRevision, MissingObject, UnknownRevision};
    match repository.resolve(revision) {
        Ok(commit) => Ok(Some(commit)),
        Err(UnknownRevision { .. } | AmbiguousRevision { .. }) => Ok(None),
        Err(MissingObject { .. }) if repository.is_shallow() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

//! Importers' words where the branch of record and a sync come together: each side may hold another one of the same
//! binding, and neither is its maintainers' doing who bring them together, or who put one back as the record has it.

use blue_git::{CommitId, CommitInfo};
use blue_realm::{FileKind, classify};
use semver::Version;

use crate::error::Error;
use crate::place::OpenRealm;

/// How far back the branch of record is looked through, in commits.
const MAX_RECORD: usize = 10_000;

/// Whether a merge leaves a binding as one of its sides has it, and just as it has to be: as the branch of record has
/// it, or as the sync has it where its importer follows later versions there and says nothing else. The branch of
/// record must be newer than what the sync had of it, or an older word could be put over a newer one.
pub(super) fn keeps_a_word(
    realm: &OpenRealm,
    (main, commit): (CommitId, &CommitInfo),
    path: &str,
) -> Result<bool, Error> {
    let [ours, theirs] = commit.parents[..] else {
        return Ok(false);
    };
    let repository = &realm.repository;
    if !matches!(classify(path), Some(FileKind::Binding { .. }))
        || !repository
            .first_parents(main, MAX_RECORD)?
            .contains(&theirs)
        || repository.is_ancestor(theirs, ours)?
    {
        return Ok(false);
    }
    let full = realm.path_in_repository(path);
    let at = |commit: CommitId| repository.file_at(commit, &full);
    let made = at(commit.id)?;
    let (own, record) = (at(ours)?, at(theirs)?);
    Ok(made == record || made == own && follows_later(own.as_deref(), record.as_deref()))
}

/// Whether a commit leaves a word just as the newest commit of the branch of record has it that it was made on: what was
/// taken back of it is nobody's word, whoever did it.
pub(super) fn puts_back(
    realm: &OpenRealm,
    (main, commit): (CommitId, &CommitInfo),
    path: &str,
) -> Result<bool, Error> {
    let is_word = matches!(
        classify(path),
        Some(FileKind::Binding { .. } | FileKind::Acceptances { .. })
    );
    if !is_word || commit.parents.len() != 1 {
        return Ok(false);
    }
    let repository = &realm.repository;
    let Some(record) = repository.merge_base(main, commit.id)? else {
        return Ok(false);
    };
    let full = realm.path_in_repository(path);
    Ok(repository.file_at(commit.id, &full)? == repository.file_at(record, &full)?)
}

/// Whether a binding differs from another in nothing but that later versions are followed.
pub(crate) fn follows_later(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    let [one, other] = [one, other].map(|it| std::str::from_utf8(it?).ok().map(apart));
    let (Some((one, followed)), Some((other, before))) = (one, other) else {
        return false;
    };
    let pairs = followed.iter().zip(&before);
    one == other && followed.len() == before.len() && pairs.into_iter().all(|(it, was)| it >= was)
}

/// A binding without what says which versions are followed and since when, and those versions, in their order.
fn apart(text: &str) -> (Vec<&str>, Vec<Option<Version>>) {
    let (mut rest, mut followed) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match line.trim_start().split_once(':') {
            Some(("resolved_at", _)) => {}
            Some(("resolved_version", version)) => {
                let version = version.trim().trim_matches(['"', '\'']);
                followed.push(Version::parse(version).ok());
            }
            _ => rest.push(line),
        }
    }
    (rest, followed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_later() {
        const BINDING: &str = "imports:\n  - contract: s3-permissions\n    version: \">=1.0.0\"\n    resolved_version: 1.4.0\n    resolved_at: 2026-01-05T09:00:00Z\n";
        for (change, expected) in [
            (("1.4.0", "1.4.0"), true),
            (("1.4.0", "1.5.0"), true),
            (("1.4.0", "\"1.5.0\""), true),
            (("2026-01-05", "2026-02-05"), true),
            (("1.4.0", "1.3.9"), false),
            (("1.4.0", "nonsense"), false),
            ((">=1.0.0", ">=2.0.0"), false),
            (("    resolved_version: 1.4.0\n", ""), false),
        ] {
            let changed = BINDING.replace(change.0, change.1);
            let follows = follows_later(Some(changed.as_bytes()), Some(BINDING.as_bytes()));
            assert_eq!(follows, expected, "{change:?}");
        }
        assert!(!follows_later(None, Some(BINDING.as_bytes())));
        assert!(!follows_later(Some(BINDING.as_bytes()), None));
    }
}

//! Importers' words where the branch of record and a sync come together: each side may hold another one of the same
//! binding, and neither is its maintainers' doing who bring them together, or who put one back as the record has it.

use blue_git::{CommitId, CommitInfo};
use blue_realm::{FileKind, Import, Step, classify, edit, parse_file};
use blue_text::apply_edits;
use semver::Version;
use serde_json::json;

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
    let follows = made == own && follows_later(own.as_deref(), record.as_deref());
    let anew = || with_words(path, own.as_deref()?, record.as_deref()?);
    Ok(made == record || follows || made.is_some() && made == anew())
}

/// A binding as the branch of record has it, with what its importer says on a sync that it follows: made on its text anew,
/// for two who write to neighbouring lines mean no two things. The range becomes the sync's where that of the branch of
/// record does not take in what is followed. Nothing where the sync's binding says no more than that of the branch of
/// record.
pub(crate) fn with_words(path: &str, own: &[u8], record: &[u8]) -> Option<Vec<u8>> {
    let parsed = [own, record].map(|bytes| parse_file(path, bytes));
    let [own, on_record] = [parsed[0].as_binding()?, parsed[1].as_binding()?];
    let mut text = std::str::from_utf8(record).ok()?.to_owned();
    let mut says_more = false;
    for import in &on_record.imports {
        let is_of = |it: &&Import| it.contract == import.contract && it.from == import.from;
        let Some(said) = own.imports.iter().find(is_of) else {
            continue;
        };
        let Some(followed) = said.resolved_version.as_ref() else {
            continue;
        };
        if said.resolved_version <= import.resolved_version {
            continue;
        }
        let takes = |import: &Import| {
            let range = import.version.as_ref();
            range.is_none_or(|range| range.matches(followed))
        };
        if !takes(import) && !takes(said) {
            continue;
        }
        let edited = || -> Option<String> {
            let index = import.index;
            let edits = edit::set_resolved_version(&text, index, &followed.to_string()).ok()?;
            let mut made = apply_edits(&text, &edits)?;
            if let Some(at) = &said.resolved_at {
                let keys = ["imports", "resolved_at"].map(Step::Key);
                let route = [keys[0], Step::Index(index), keys[1]];
                let edits = edit::set(&made, &route, &json!(&**at)).ok()?;
                made = apply_edits(&made, &edits)?;
            }
            if !takes(import) {
                let range = said.version_text.as_deref()?;
                let edits = edit::set_import_range(&made, index, range).ok()?;
                made = apply_edits(&made, &edits)?;
            }
            Some(made)
        };
        text = edited()?;
        says_more = true;
    }
    says_more.then(|| text.into_bytes())
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
fn follows_later(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
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

    /// What a person wrote on the branch of record stays, and what the importer said on the sync is said of it.
    #[test]
    fn a_word_is_said_again_of_what_the_branch_of_record_says() {
        const PATH: &str = "domains/s3-access/bindings/fungal-image-analysis.yaml";
        const BEFORE: &str = "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: \">=1.0.0, <2.0.0\"\n    binding: infra/stack.py\n    resolved_version: 1.4.0\n    resolved_at: 2026-01-05T09:00:00Z\n";
        let follows = |text: &str, version: &str| {
            let text = text.replace(
                "resolved_version: 1.4.0",
                &format!("resolved_version: {version}"),
            );
            text.replace("2026-01-05", "2026-02-05")
        };
        let ranged = |text: &str, range: &str| text.replace(">=1.0.0, <2.0.0", range);
        let commented = BEFORE.replace("stack.py", "stack.py # the one");
        let said = |own: &str, record: &str| {
            let made = with_words(PATH, own.as_bytes(), record.as_bytes())?;
            Some(String::from_utf8(made).unwrap())
        };
        assert_eq!(
            said(&follows(BEFORE, "1.5.0"), &commented),
            Some(follows(&commented, "1.5.0"))
        );
        // Both follow, each something else, and have widened the range for it.
        let own = ranged(&follows(BEFORE, "2.1.0"), ">=2.1.0, <3.0.0");
        let record = ranged(&follows(BEFORE, "2.0.0"), ">=2.0.0, <3.0.0");
        assert_eq!(
            said(&own, &record),
            Some(record.replace("2.0.0\n", "2.1.0\n"))
        );
        // A range that does not take it in gives way.
        assert_eq!(said(&own, BEFORE), Some(own.clone()));
        assert_eq!(said(BEFORE, &commented), None);
        assert_eq!(said(&own, "no: binding"), None);
    }

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

//! Whom a change of a contract meets: every importer, with how it stands to the new version
//! (compatibility.md, "Who is affected").

use blue_analysis::relies_on;
use blue_compat::contract::{Document, Judgement, Overall, Weight};
use blue_compat::value::ChangeKind;
use blue_realm::{Import, Realm};
use semver::Version;

/// How an importer stands to the new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// It follows this version, or nothing changes for it.
    Satisfied,
    /// The version is in its range, and newer than the one it follows.
    Stale,
    /// The version is outside its range, or takes away what it relies on.
    Broken,
    /// It has never followed one: there is nothing that could break yet.
    New,
}

impl Stand {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Stand::Satisfied => "satisfied",
            Stand::Stale => "stale",
            Stand::Broken => "broken",
            Stand::New => "new",
        }
    }
}

/// An importer of a contract that changes.
pub(super) struct Affected {
    pub(super) repo: String,
    pub(super) range: Option<String>,
    pub(super) follows: Option<Version>,
    /// The files that have to follow, paths in that repo.
    pub(super) files: Vec<String>,
    pub(super) stand: Stand,
    /// Why, as part of a sentence.
    pub(super) why: String,
}

impl Affected {
    pub(super) fn is_broken(&self) -> bool {
        self.stand == Stand::Broken
    }
}

/// What became of a contract: from which version to which, by what change.
pub(super) struct Change<'a> {
    pub(super) from: Option<&'a Version>,
    pub(super) to: Option<&'a Version>,
    pub(super) judgement: &'a Judgement,
}

/// Every importer of a contract in `realm`, by name.
pub(super) fn affected(
    realm: &Realm,
    domain: &str,
    contract: &str,
    change: &Change<'_>,
) -> Vec<Affected> {
    let importers = realm.importers_of(domain, contract);
    let affected = importers.iter().map(|importer| {
        let import = importer.import;
        let (stand, why) = stand(import, change);
        let files = import.binding.iter().map(|(_, path)| path.to_string());
        Affected {
            repo: importer.repo.to_string(),
            range: import.version_text.as_ref().map(|text| text.to_string()),
            follows: import.resolved_version.clone(),
            files: files.collect(),
            stand,
            why,
        }
    });
    affected.collect()
}

fn stand(import: &Import, change: &Change<'_>) -> (Stand, String) {
    let takes = |version: Option<&Version>| {
        let range = import.version.as_ref().zip(version);
        range.is_some_and(|(range, version)| range.matches(version))
    };
    if import.resolved_version.is_none() && !takes(change.from) {
        return (Stand::New, "it has followed no version yet".to_owned());
    }
    if change.judgement.reasons.is_empty() && change.from == change.to {
        return (Stand::Satisfied, "nothing changes".to_owned());
    }
    if let Some(why) = breaks(import, change.judgement) {
        return (Stand::Broken, why);
    }
    let Some(to) = change.to else {
        return (Stand::Stale, "the contract is changed".to_owned());
    };
    if !takes(Some(to)) {
        return (Stand::Broken, format!("{to} is outside its range"));
    }
    match &import.resolved_version {
        Some(follows) if follows >= to => (Stand::Satisfied, format!("it follows {follows}")),
        Some(follows) => (
            Stand::Stale,
            format!("{to} is in its range, and it follows {follows}"),
        ),
        None => (Stand::Stale, format!("{to} is in its range")),
    }
}

/// What of the change breaks an importer, whichever number the version has.
fn breaks(import: &Import, judgement: &Judgement) -> Option<String> {
    if judgement.verdict != Overall::Breaking {
        return None;
    }
    let mut gone = judgement.value.changes.iter().filter_map(|change| {
        let old = change
            .old
            .as_ref()
            .filter(|_| change.kind != ChangeKind::Added)?;
        relies_on(import, &change.pointer, old).then_some(&change.pointer)
    });
    let mut reasons = judgement.reasons.iter();
    let mut breaking = reasons.by_ref().filter(|it| it.weight == Weight::Breaking);
    let of_value = |pointer: &str| {
        let at = |place: &blue_compat::contract::Place| {
            place.document == Document::Value && place.pointer == pointer
        };
        let mut all = judgement.reasons.iter();
        all.find(|it| {
            it.weight == Weight::Breaking && (at(&it.place) || it.was.as_ref().is_some_and(at))
        })
    };
    if let Some(reason) = gone.find_map(|pointer| of_value(pointer)) {
        return Some(format!("it relies on what changes: {}", reason.text));
    }
    let other = breaking.find(|reason| reason.place.document != Document::Value)?;
    Some(other.text.clone())
}

//! Whom a change of a contract meets: every importer, with how it stands to the new version
//! (compatibility.md, "Who is affected").

use blue_analysis::BreakingChange;
use blue_compat::contract::{Document, Judgement, Overall, Place, Weight};
use blue_realm::{Date, Import, Importer, Realm};
use semver::Version;
use serde_json::Value;

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
    /// Whether its range leaves the new version out.
    pub(super) is_left_out: bool,
    /// What it has accepted of what breaks it: all of it, where this is something.
    pub(super) accepted: Option<Accepted>,
}

/// An importer's word that it agrees to a break.
pub(super) struct Accepted {
    pub(super) reason: String,
    /// The first day on which some of it ends.
    pub(super) until: Option<String>,
}

impl Affected {
    /// Whether it cannot go on, and has not agreed to that.
    pub(super) fn is_broken(&self) -> bool {
        self.stand == Stand::Broken && self.accepted.is_none()
    }
}

/// A contract that changes, to this state.
pub(super) struct Change<'a> {
    pub(super) realm: &'a Realm,
    /// The name that findings call the realm by.
    pub(super) realm_name: &'a str,
    pub(super) domain: &'a str,
    /// Its name, then those it had before.
    pub(super) names: &'a [String],
    pub(super) to: Option<&'a Version>,
    pub(super) value: Option<&'a Value>,
}

/// What the change is, seen from one version.
pub(super) struct Seen<'a> {
    pub(super) from: Option<&'a Version>,
    pub(super) judgement: &'a Judgement,
    /// That version is one that the importer follows and not the one that is compared from.
    pub(super) is_behind: bool,
}

/// How an importer stands to the change, seen from what it follows.
pub(super) fn affected(importer: &Importer<'_>, change: &Change<'_>, seen: &Seen<'_>) -> Affected {
    let import = importer.import;
    let (stand, mut why) = stand(import, change, seen);
    if let (Stand::Broken, true, Some(from)) = (stand, seen.is_behind, seen.from) {
        why = format!("{why} (seen from {from}, which it follows)");
    }
    let accepted = match stand {
        Stand::Broken => accepted(importer, change, seen),
        Stand::Satisfied | Stand::Stale | Stand::New => None,
    };
    let files = import.binding.iter().map(|(_, path)| path.to_string());
    Affected {
        repo: importer.repo.to_string(),
        range: import.version_text.as_ref().map(|text| text.to_string()),
        follows: import.resolved_version.clone(),
        files: files.collect(),
        stand,
        why,
        is_left_out: import.version.is_some()
            && change.to.is_some_and(|to| !takes(import, Some(to))),
        accepted,
    }
}

/// Whether a range takes a version in.
pub(super) fn takes(import: &Import, version: Option<&Version>) -> bool {
    let range = import.version.as_ref().zip(version);
    range.is_some_and(|(range, version)| range.matches(version))
}

fn stand(import: &Import, change: &Change<'_>, seen: &Seen<'_>) -> (Stand, String) {
    if import.resolved_version.is_none() && !takes(import, seen.from) {
        return (Stand::New, "it has followed no version yet".to_owned());
    }
    if let Some(follows) = &import.resolved_version
        && seen.is_behind
        && change.to.is_some_and(|to| follows >= to)
    {
        return (Stand::Satisfied, format!("it follows {follows}"));
    }
    if seen.judgement.reasons.is_empty() && seen.from == change.to {
        return (Stand::Satisfied, "nothing changes".to_owned());
    }
    if let Some(why) = breaks(import, change, seen) {
        return (Stand::Broken, why);
    }
    let Some(to) = change.to else {
        return (Stand::Stale, "the contract is changed".to_owned());
    };
    if !takes(import, Some(to)) {
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
fn breaks(import: &Import, change: &Change<'_>, seen: &Seen<'_>) -> Option<String> {
    let judgement = seen.judgement;
    match judgement.verdict {
        Overall::Compatible => return None,
        // It is breaking until someone accepts it.
        Overall::Unknown => return judgement.undecided().map(|reason| reason.text.clone()),
        Overall::Breaking => {}
    }
    let of_value = |pointer: &str| {
        let at = |place: &Place| place.document == Document::Value && place.pointer == pointer;
        let mut all = judgement.reasons.iter();
        all.find(|it| {
            it.weight == Weight::Breaking && (at(&it.place) || it.was.as_ref().is_some_and(at))
        })
    };
    let all = breaking(change, seen);
    let mut gone = all.relied_on(import);
    if let Some(reason) = gone.find_map(|it| of_value(&it.pointer)) {
        return Some(format!("it relies on what changes: {}", reason.text));
    }
    let mut reasons = judgement.reasons.iter();
    let other =
        reasons.find(|it| it.weight == Weight::Breaking && it.place.document != Document::Value)?;
    Some(other.text.clone())
}

/// What an importer has accepted, where that is all that breaks it.
fn accepted(importer: &Importer<'_>, change: &Change<'_>, seen: &Seen<'_>) -> Option<Accepted> {
    let records = breaking(change, seen).accepted_by(importer, change.realm, today())?;
    let reasons = records.iter().filter_map(|record| record.reason.as_deref());
    let mut reasons: Vec<&str> = reasons.collect();
    reasons.dedup();
    let until = records
        .iter()
        .filter_map(|record| record.until.as_deref())
        .min();
    Some(Accepted {
        reason: match reasons.is_empty() {
            true => "no reason is given".to_owned(),
            false => reasons.join("; "),
        },
        until: until.map(str::to_owned),
    })
}

fn breaking<'a>(change: &Change<'a>, seen: &Seen<'a>) -> BreakingChange<'a> {
    BreakingChange {
        realm: change.realm_name,
        domain: change.domain,
        names: change.names,
        to: change.to,
        value: change.value,
        from: seen.from,
        judgement: seen.judgement,
    }
}

/// The day in UTC.
pub(super) fn today() -> Option<Date> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Some(Date::from_unix(i64::try_from(now.ok()?.as_secs()).ok()?))
}

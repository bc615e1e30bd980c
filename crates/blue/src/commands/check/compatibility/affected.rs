//! Whom a change of a contract meets: every importer, with how it stands to the new version
//! (compatibility.md, "Who is affected").

use blue_analysis::{Code, Print, relies_on};
use blue_compat::contract::{Document, Judgement, Overall, Place, Weight};
use blue_compat::value::{Effect, Matching, ValueChange};
use blue_pattern::{Pattern, Verdict, union_covers};
use blue_realm::{Acceptance, Date, Import, Importer, Realm};
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
    if let Some(why) = breaks(import, change, seen.judgement) {
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

/// The breaking changes of the value that an importer relies on.
fn relied_on<'j>(
    import: &'j Import,
    change: &'j Change<'_>,
    judgement: &'j Judgement,
) -> impl Iterator<Item = &'j ValueChange> {
    let changes = judgement.value.changes.iter();
    changes.filter(move |it| {
        let Some(old) = it.old.as_ref().filter(|_| it.effect == Effect::Removing) else {
            return false;
        };
        relies_on(import, &it.pointer, old) && !is_left(import, change, judgement, it)
    })
}

/// Whether all that an importer uses of a pattern is covered by what is left, where patterns are
/// compared by what they take in.
fn is_left(import: &Import, change: &Change<'_>, judgement: &Judgement, of: &ValueChange) -> bool {
    let (Matching::Covers, Some(uses)) = (judgement.promises.matching, &import.uses) else {
        return false;
    };
    let list = of.pointer.rsplit_once('/').map(|(list, _)| list);
    let list = change
        .value
        .zip(list)
        .and_then(|(value, list)| value.pointer(list));
    let Some(left) = list.and_then(Value::as_array) else {
        return false;
    };
    let left: Vec<Pattern> = left
        .iter()
        .filter_map(Value::as_str)
        .map(Pattern::parse)
        .collect();
    let is_covered = |used: &str| union_covers(&left, &Pattern::parse(used)) == Verdict::Yes;
    uses.iter()
        .all(|used| !used.starts_with('/') && is_covered(used))
}

/// What of the change breaks an importer, whichever number the version has.
fn breaks(import: &Import, change: &Change<'_>, judgement: &Judgement) -> Option<String> {
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
    let mut gone = relied_on(import, change, judgement);
    if let Some(reason) = gone.find_map(|it| of_value(&it.pointer)) {
        return Some(format!("it relies on what changes: {}", reason.text));
    }
    let mut reasons = judgement.reasons.iter();
    let other =
        reasons.find(|it| it.weight == Weight::Breaking && it.place.document != Document::Value)?;
    Some(other.text.clone())
}

/// What an importer has accepted, where that is all that breaks it: its being broken by this contract
/// as a whole, or each of the values it relies on that go.
fn accepted(importer: &Importer<'_>, change: &Change<'_>, seen: &Seen<'_>) -> Option<Accepted> {
    let file = change.realm.acceptances(importer.domain, importer.repo)?;
    let today = today();
    let holds = |record: &&Acceptance| {
        let until = record
            .until
            .as_deref()
            .and_then(|text| Date::parse(text.trim()));
        until.is_none_or(|until| today.is_none_or(|today| today <= until))
    };
    let majors = [seen.from, importer.import.resolved_version.as_ref()];
    let majors: Vec<Option<u64>> = majors.into_iter().map(|it| it.map(|it| it.major)).collect();
    let record_of = |code: Code, field: &str, pattern: &str, repo: &str| -> Option<&Acceptance> {
        let is_it = |record: &&Acceptance| {
            change.names.iter().any(|contract| {
                majors.iter().any(|major| {
                    let print = Print {
                        code,
                        realm: change.realm_name,
                        domain: change.domain,
                        contract,
                        field,
                        pattern,
                        importer: repo,
                        major: *major,
                    };
                    print.fingerprint() == *record.fingerprint
                })
            })
        };
        file.acceptances.iter().filter(holds).find(is_it)
    };
    let whole = record_of(Code::ImportBroken, "", "", importer.repo);
    let undecided = || match seen.judgement.verdict {
        Overall::Unknown => unknown_accepted(change, seen, &file.acceptances).filter(holds),
        Overall::Compatible | Overall::Breaking => None,
    };
    let whole = whole.or_else(undecided);
    let records: Vec<&Acceptance> = match whole {
        Some(record) => vec![record],
        None => {
            let breaking = seen.judgement.reasons.iter();
            let mut breaking = breaking.filter(|it| it.weight == Weight::Breaking);
            let is_of_value = breaking.all(|it| it.place.document == Document::Value);
            let is_in_range = takes(importer.import, change.to);
            let gone = relied_on(importer.import, change, seen.judgement);
            let each = gone.map(|it| {
                let field = it.pointer.split('/').nth(1).unwrap_or_default();
                let field = field.replace("~1", "/").replace("~0", "~");
                let pattern = it.old.as_ref().and_then(Value::as_str)?;
                record_of(Code::ExportBreaking, &field, pattern, "")
            });
            // A version that its range leaves out for the break alone is accepted with it.
            let each: Option<Vec<_>> = each.collect();
            each.filter(|each| is_of_value && (is_in_range || !each.is_empty()))?
        }
    };
    if records.is_empty() {
        return None;
    }
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

/// The record that a verdict which is not decided is accepted by.
fn unknown_accepted<'a>(
    change: &Change<'_>,
    seen: &Seen<'_>,
    records: &'a [Acceptance],
) -> Option<&'a Acceptance> {
    let print_of = |contract: &String| {
        let print = Print {
            code: Code::VerdictUnknown,
            realm: change.realm_name,
            domain: change.domain,
            contract,
            field: "",
            pattern: "",
            importer: "",
            major: seen.from.map(|version| version.major),
        };
        print.fingerprint()
    };
    let prints: Vec<String> = change.names.iter().map(print_of).collect();
    records
        .iter()
        .find(|record| prints.iter().any(|print| *print == *record.fingerprint))
}

/// The day in UTC.
pub(super) fn today() -> Option<Date> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Some(Date::from_unix(i64::try_from(now.ok()?.as_secs()).ok()?))
}

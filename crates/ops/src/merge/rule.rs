//! Whether a sync may be merged: one pure function over the change, the acknowledgements, the
//! approvals, the date and the governance (`git-and-forges.md`, "Acknowledge and merge").

use blue_realm::{Approve, Governance};
use semver::Version;

use super::affected::Affected;
use crate::clock;

/// A change of one contract that waits.
#[derive(Debug, Clone)]
pub struct Change {
    /// The contract's domain.
    pub domain: String,
    /// The contract.
    pub contract: String,
    /// The version that it gets; nothing: it goes, or says none.
    pub to: Option<Version>,
    /// Whether importers have to follow; unknown counts as breaking.
    pub is_breaking: bool,
    /// Who imports it.
    pub importers: Vec<Affected>,
    /// The importers' words.
    pub words: Vec<Word>,
    /// The rules of its domain, as the branch of record has them.
    pub governance: Governance,
}

/// The word of an importer, or of an approver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The importer, or nothing for an approver.
    pub repo: Option<String>,
    /// The e-mail that it was given under.
    pub by: String,
    /// Whether a forge or a good signature says so.
    pub verified: bool,
}

impl Word {
    /// Who gave it: `finn@example.com (unverified)`, or the e-mail alone where a good signature says so.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.verified {
            true => self.by.clone(),
            false => format!("{} (unverified)", self.by),
        }
    }
}

/// What an approver may insist on (`--force`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Force {
    /// Nothing.
    #[default]
    No,
    /// That importers are not waited for any longer, once the grace period has passed.
    AfterGrace,
    /// That nobody is waited for (`--force --now`).
    Now,
}

/// All that a decision hangs on.
#[derive(Debug, Clone)]
pub struct Case {
    /// The changes that are merged together.
    pub changes: Vec<Change>,
    /// The approvers among those who have spoken.
    pub approvals: Vec<Word>,
    /// What one of them insists on.
    pub force: Force,
    /// Since when it has waited, in seconds since 1970; nothing: the branch of record does not say
    /// yet, so the grace period has not begun.
    pub since: Option<i64>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Whether the code that the values were read from is where the exporter's people agreed on it.
    pub source: SourceState,
}

/// How the code that a value was read from stands to the exporter's default branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    /// It is part of it.
    Reachable,
    /// It is not, yet.
    Elsewhere,
    /// It was not committed when it was read.
    Uncommitted,
    /// It cannot be told from here.
    Unknown,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be merged.
    Merge(Because),
    /// It waits for these.
    Wait(Vec<Wait>),
}

/// Why something may be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// Nobody has to follow.
    NobodyIsAsked,
    /// Everyone who was asked has acknowledged.
    Acknowledged,
    /// The grace period of a compatible change has passed.
    GracePassed,
    /// An approver insists.
    Forced,
}

/// What something waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// These importers to acknowledge; until when at the longest, if there is an end.
    Importers {
        /// By name.
        repos: Vec<String>,
        /// Seconds since 1970.
        until: Option<i64>,
    },
    /// An approver.
    Approver,
    /// The code to be where the exporter's people agreed on it.
    Source(SourceState),
}

/// Decides.
#[must_use]
pub fn decide(case: &Case) -> Decision {
    let mut waits = Vec::new();
    if matches!(
        case.source,
        SourceState::Elsewhere | SourceState::Uncommitted
    ) {
        waits.push(Wait::Source(case.source));
    }
    let mut silent: Vec<String> = Vec::new();
    let (mut until, mut needs_approver) = (Some(i64::MIN), false);
    let (mut was_asked, mut was_late, mut forces) = (false, false, false);
    // Whoever is no approver insists in vain: it waits for whom it waits for.
    let force = match case.approvals.is_empty() {
        true => Force::No,
        false => case.force,
    };
    for change in &case.changes {
        let asked = change.importers.iter().filter(|one| one.is_asked());
        let asked: Vec<&Affected> = asked.collect();
        was_asked |= !asked.is_empty();
        let end = grace_end(case, change);
        let has_passed = end.is_some_and(|end| case.now >= end);
        let insists = match force {
            Force::No => false,
            Force::AfterGrace => has_passed,
            Force::Now => true,
        };
        for one in &asked {
            let has_spoken = change
                .words
                .iter()
                .any(|it| it.repo.as_deref() == Some(&one.repo));
            let may_be_late = !change.is_breaking && one.approve == Approve::Breaking;
            if has_spoken {
                continue;
            }
            if may_be_late && has_passed {
                was_late = true;
            } else if insists {
                forces = true;
            } else {
                silent.push(one.repo.clone());
                let ends = may_be_late || force == Force::AfterGrace;
                until = until.zip(end.filter(|_| ends)).map(|(a, b)| a.max(b));
            }
        }
        let unsure = change.words.iter().any(|word| !word.verified);
        needs_approver |= change.is_breaking
            && (change.governance.require_approval() || (unsure && !asked.is_empty()));
    }
    if needs_approver && case.approvals.is_empty() {
        waits.push(Wait::Approver);
    }
    if !silent.is_empty() {
        silent.sort();
        silent.dedup();
        let until = until.filter(|until| *until != i64::MIN);
        waits.push(Wait::Importers {
            repos: silent,
            until,
        });
    }
    if !waits.is_empty() {
        return Decision::Wait(waits);
    }
    Decision::Merge(match (forces, was_asked, was_late) {
        (true, ..) => Because::Forced,
        (_, false, _) => Because::NobodyIsAsked,
        (_, _, true) => Because::GracePassed,
        _ => Because::Acknowledged,
    })
}

/// When the grace period of a change ends; nothing where it has not begun.
fn grace_end(case: &Case, change: &Change) -> Option<i64> {
    let days = change.governance.grace_period_days();
    case.since.map(|since| clock::days_later(since, days))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    fn importer(repo: &str, approve: Approve) -> Affected {
        Affected {
            repo: repo.to_owned(),
            domain: "s3-access".to_owned(),
            index: 0,
            range: None,
            files: Vec::new(),
            follows: Some(Version::new(1, 4, 0)),
            is_broken: false,
            approve,
        }
    }

    fn word(repo: Option<&str>, verified: bool) -> Word {
        Word {
            repo: repo.map(str::to_owned),
            by: "somebody@example.com".to_owned(),
            verified,
        }
    }

    /// A case of one change: `breaking` or not, importers (`!` wants to approve all, `-` has
    /// followed nothing yet), and who of them has spoken (`?` unverified).
    fn case(is_breaking: bool, importers: &[&str], spoken: &[&str]) -> Case {
        let importers = importers.iter().map(|name| {
            let approve = match name.ends_with('!') {
                true => Approve::Always,
                false => Approve::Breaking,
            };
            let mut one = importer(name.trim_end_matches(['!', '-']), approve);
            one.follows = one.follows.filter(|_| !name.ends_with('-'));
            one
        });
        let words = spoken.iter();
        let words = words.map(|name| word(Some(name.trim_end_matches('?')), !name.ends_with('?')));
        Case {
            changes: vec![Change {
                domain: "s3-access".to_owned(),
                contract: "s3-permissions".to_owned(),
                to: None,
                is_breaking,
                importers: importers.collect(),
                words: words.collect(),
                governance: Governance::default(),
            }],
            approvals: Vec::new(),
            force: Force::No,
            since: None,
            now: 100 * DAY,
            source: SourceState::Reachable,
        }
    }

    fn shown(case: &Case) -> String {
        match decide(case) {
            Decision::Merge(because) => format!("{because:?}"),
            Decision::Wait(waits) => {
                let waits = waits.iter().map(|wait| match wait {
                    Wait::Approver => "approver".to_owned(),
                    Wait::Source(state) => format!("{state:?}"),
                    Wait::Importers { repos, until } => {
                        let until = until.map(|until| format!(" until {}", until / DAY));
                        format!("{}{}", repos.join(" "), until.unwrap_or_default())
                    }
                });
                waits.collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn what_may_be_merged() {
        let rows: &[(&str, Case)] = &[
            ("NobodyIsAsked", case(false, &[], &[])),
            ("NobodyIsAsked", case(false, &["new-"], &[])),
            ("fungal", case(false, &["fungal"], &[])),
            ("Acknowledged", case(false, &["fungal"], &["fungal?"])),
            ("b", case(false, &["a", "b", "c-"], &["a"])),
            // Breaking: an approver too, and the grace period stands in for nobody.
            ("approver", case(true, &[], &[])),
            ("approver", case(true, &["fungal"], &["fungal"])),
            ("approver, fungal", case(true, &["fungal"], &[])),
        ];
        for (expected, case) in rows {
            assert_eq!(shown(case), *expected, "{case:?}");
        }
    }

    #[test]
    fn the_grace_period_stands_in_for_silence_on_compatible_changes() {
        let waits = |since: i64, importers: &[&str], is_breaking: bool| {
            let mut case = case(is_breaking, importers, &[]);
            case.since = Some(since * DAY);
            case.approvals = vec![word(None, true)];
            shown(&case)
        };
        assert_eq!(waits(90, &["fungal"], false), "fungal until 104");
        assert_eq!(waits(86, &["fungal"], false), "GracePassed");
        assert_eq!(waits(86, &["fungal!"], false), "fungal");
        assert_eq!(waits(86, &["fungal"], true), "fungal");
    }

    #[test]
    fn an_approver_may_insist() {
        let forced = |force, since: i64, approvals: usize| {
            let mut case = case(true, &["fungal"], &[]);
            case.force = force;
            case.since = Some(since * DAY);
            case.approvals = vec![word(None, false); approvals];
            shown(&case)
        };
        assert_eq!(forced(Force::AfterGrace, 86, 1), "Forced");
        assert_eq!(forced(Force::AfterGrace, 90, 1), "fungal until 104");
        assert_eq!(forced(Force::Now, 100, 1), "Forced");
        // Nobody else does.
        assert_eq!(forced(Force::Now, 100, 0), "approver, fungal");
        let mut compatible = case(false, &["fungal"], &[]);
        compatible.force = Force::Now;
        assert_eq!(shown(&compatible), "fungal");
        // What nobody has to be overruled for is merged as ever, whoever insists.
        let mut agreed = case(false, &["fungal"], &["fungal"]);
        agreed.force = Force::Now;
        assert_eq!(shown(&agreed), "Acknowledged");
    }

    #[test]
    fn without_signatures_a_break_needs_an_approver_whatever_the_realm_says() {
        let mut unsure = case(true, &["fungal"], &["fungal?"]);
        unsure.changes[0].governance.require_approval = Some(false);
        assert_eq!(shown(&unsure), "approver");
        let mut sure = case(true, &["fungal"], &["fungal"]);
        sure.changes[0].governance.require_approval = Some(false);
        assert_eq!(shown(&sure), "Acknowledged");
    }

    #[test]
    fn code_that_nobody_agreed_on_waits() {
        let mut case = case(false, &[], &[]);
        case.source = SourceState::Elsewhere;
        assert_eq!(shown(&case), "Elsewhere");
        case.source = SourceState::Unknown;
        assert_eq!(shown(&case), "NobodyIsAsked");
    }
}

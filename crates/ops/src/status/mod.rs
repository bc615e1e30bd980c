//! Where a repository stands in its realms: how its code differs from what it exports, how it stands to what it
//! imports, which syncs wait, and what it was not told yet. Gathered once, for `blue status` and for an editor that
//! shows the same.
//!
//! First what the loaded world says ([`Seen`]), which a snapshot answers; then what stands in git ([`Status::of`]),
//! for which no snapshot is held.

mod document;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use blue_analysis::{Cancelled, Code, Drift, Finding, Severity};
use blue_coordination::{Noted, RealmId};
use blue_git::{CommitId, Rewrites};
use blue_realm::Realm;
use blue_workspace::{Following, RealmStates, Snapshot};

use crate::ask::Ask;
use crate::error::Error;
use crate::here::Here;
use crate::merge::{Judged, JudgedJoin, Terms, judge, open_joins, open_syncs};
use crate::place::{Freshness, OpenRealm, RealmAt, RealmPlace};
use crate::sync::{Asking, ContractChange, HeldBack, Wanted, behind};

/// What the loaded world says of a repository, or of a realm's own checkout.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The states of its realms.
    states: Vec<RealmStates>,
    drifts: Vec<Drift>,
    followings: Vec<Following>,
    /// Why a realm could not be read, or is behind, and what the code says that no contract gets: a sentence each.
    pub problems: Vec<String>,
    /// How many findings count that are errors.
    pub errors: usize,
    /// How many findings count that are warnings.
    pub warnings: usize,
}

impl Seen {
    /// What is said of what `path` lies in; nothing where that is not loaded.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn of(snapshot: &Snapshot, path: &Path) -> Result<Option<Seen>, Cancelled> {
        let findings = match snapshot.report(path)? {
            Some(report) => report.findings,
            None => match snapshot.realm_report(path)? {
                Some(report) => report.found.findings.clone(),
                None => return Ok(None),
            },
        };
        let counted = |severity| {
            let all = findings.iter();
            all.filter(|it| it.severity == severity && it.counts())
                .count()
        };
        let problems = findings.iter().filter(|it| is_problem(it));
        Ok(Some(Seen {
            states: snapshot.realm_states(path),
            drifts: snapshot.drifts(path)?,
            followings: snapshot.followings(path)?,
            problems: problems.map(|it| problem(it)).collect(),
            errors: counted(Severity::Error),
            warnings: counted(Severity::Warning),
        }))
    }
}

fn is_problem(finding: &Finding) -> bool {
    let is_of_realm = matches!(finding.code, Code::RealmUnreachable | Code::RealmBehind);
    is_of_realm || finding.code == Code::ExportAmbiguous && finding.counts()
}

fn problem(finding: &Finding) -> String {
    match finding.code {
        // No drift of any contract tells of it.
        Code::ExportAmbiguous => format!("{}: {}", finding.place.path, finding.message),
        _ => finding.message.clone(),
    }
}

/// What there is to say of one realm.
#[derive(Debug)]
pub struct Standing {
    /// Its name.
    pub realm: String,
    /// Which realm of that name; empty for one that could not be opened.
    pub id: RealmId,
    /// What it says officially.
    pub record: Arc<Realm>,
    /// How the code differs from the contracts that are exported there; some are empty.
    pub changes: Vec<ContractChange>,
    /// How the code stands to the contracts that are imported there.
    pub followings: Vec<Following>,
    /// The contracts of which a sync would write nothing, or not before it has asked whether this clone is behind.
    pub doubted: Vec<HeldBack>,
    /// The syncs that wait.
    pub open: Vec<Waiting>,
    /// The repos that ask to take part.
    pub joins: Vec<JudgedJoin>,
    /// What the repository was not told yet. Whoever keeps that fills it in.
    pub unread: Vec<Noted>,
    /// How old it is, a sentence that begins with its name; nothing for one that is a checkout.
    pub age: Option<String>,
    /// That its history was written anew, and what to do.
    pub rewritten: Option<String>,
    /// Why it could not be looked at, a sentence that begins with its name.
    pub trouble: Option<String>,
}

impl Standing {
    /// Why a sync may write nothing of a change.
    #[must_use]
    pub fn doubt(&self, change: &ContractChange) -> Option<&str> {
        let mut doubted = self.doubted.iter();
        let own = doubted.find(|it| it.domain == change.domain && it.contract == change.contract);
        own.map(|it| it.why.as_str())
    }

    /// The repository's own sync that waits and brings all of a change, where there is one.
    #[must_use]
    pub fn waits_in(&self, repo: Option<&str>, change: &ContractChange) -> Option<&Waiting> {
        self.open.iter().find(|it| it.brings(repo, change))
    }
}

/// A sync that waits.
#[derive(Debug)]
pub struct Waiting {
    /// What the rule says of it.
    pub judged: Judged,
    /// What it makes of each contract.
    pub changes: Vec<ContractChange>,
}

impl Waiting {
    /// Whether it is this repository's own, and brings all of a change.
    fn brings(&self, repo: Option<&str>, change: &ContractChange) -> bool {
        repo == Some(&*self.judged.open.repo)
            && self.changes.iter().any(|it| {
                (&it.domain, &it.contract) == (&change.domain, &change.contract)
                    && (&it.added, &it.removed, &it.parts)
                        == (&change.added, &change.removed, &change.parts)
            })
    }
}

/// Where a repository stands.
#[derive(Debug, Default)]
pub struct Status {
    /// Its name; nothing in a realm's own checkout, and in no realm.
    pub repo: Option<String>,
    /// Where it stands in each of its realms.
    pub realms: Vec<Standing>,
    /// See [`Seen::problems`].
    pub problems: Vec<String>,
    /// See [`Seen::errors`].
    pub errors: usize,
    /// See [`Seen::warnings`].
    pub warnings: usize,
}

impl Status {
    /// Looks at its realms as they were fetched last. Nothing is written. `opened` is told of each realm that could be
    /// opened; nobody is asked what was told to whom ([`Standing::unread`]).
    pub fn of(
        here: &Here,
        seen: Seen,
        ask: &mut Ask<'_>,
        opened: &mut dyn FnMut(&OpenRealm),
    ) -> Status {
        if let Ok(actor) = here.actor() {
            ask.actor = actor;
        }
        let mut realms = Vec::new();
        for state in &seen.states {
            let mut standing = Standing::seen(state, &seen);
            let mut places = here.realms.iter();
            if let Some(place) = places.find(|place| *place.name == *state.realm)
                && let Err(why) = standing.look((here, place), state.record_commit, ask, opened)
            {
                standing.trouble = Some(format!("{}: {why}", place.name));
            }
            realms.push(standing);
        }
        Status {
            repo: here.repo.clone(),
            realms,
            problems: seen.problems,
            errors: seen.errors,
            warnings: seen.warnings,
        }
    }
}

impl Standing {
    /// What the loaded world says of it.
    fn seen(state: &RealmStates, seen: &Seen) -> Standing {
        let followings = seen.followings.iter();
        let followings = followings.filter(|it| it.realm == state.realm);
        Standing {
            realm: state.realm.to_string(),
            id: RealmId::default(),
            record: state.record.clone(),
            changes: ContractChange::of_drifts(&state.realm, &seen.drifts),
            followings: followings.cloned().collect(),
            doubted: Vec::new(),
            open: Vec::new(),
            joins: Vec::new(),
            unread: Vec::new(),
            age: None,
            rewritten: None,
            trouble: None,
        }
    }

    /// The syncs that wait, and the repos that ask to take part, judged as far as that writes nothing.
    fn look(
        &mut self,
        (here, place): (&Here, &RealmPlace),
        record: Option<CommitId>,
        ask: &mut Ask<'_>,
        opened: &mut dyn FnMut(&OpenRealm),
    ) -> Result<(), Error> {
        let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask)?;
        realm.knows(&self.record, record);
        self.id = realm.id()?;
        opened(&realm);
        if matches!(place.at, RealmAt::Url { .. }) {
            self.age = age(&realm);
        }
        let main = realm.tip()?;
        let record = realm.realm_at(main)?;
        let terms = Terms {
            code: here.repo.as_deref().map(|repo| (repo, &*here.root)),
            ..Terms::default()
        };
        let (open, _) = open_syncs(&realm, main)?;
        for sync in open {
            let proposed = realm.realm_at(sync.tip)?;
            let change = |(domain, name): &(String, String)| {
                let value = |realm: &Realm| realm.contract(domain, name)?.value.clone();
                let (was, is) = (value(&record), value(&proposed));
                ContractChange::between((domain, name), was.as_ref(), is.as_ref())
            };
            self.open.push(Waiting {
                changes: sync.contracts.iter().map(change).collect(),
                judged: judge(&realm, (main, &record), &sync, &terms, ask)?,
            });
        }
        if here.repo.is_some() {
            let wanted = Wanted {
                root: &here.root,
                record: &record,
                changes: &self.changes,
                said: &[],
                remove: &[],
            };
            let (held_back, doubted) = behind(&wanted, Asking::Nobody, ask)?;
            self.doubted = held_back.into_iter().chain(doubted).collect();
        }
        let (joins, _) = open_joins(&realm, (main, &record), ask)?;
        self.joins = joins;
        self.rewritten = realm.rewritten();
        Ok(())
    }
}

/// How old what is known of a realm is, and why no newer state of it could be had, where it was to be fetched.
#[must_use]
pub fn known(realm: &OpenRealm) -> Option<String> {
    let Some(why) = &realm.unfetched else {
        return age(realm);
    };
    let at = match realm.fetched_at() {
        Some(at) => format!("was fetched {}", ago_since(at)),
        None => "was last seen".to_owned(),
    };
    Some(format!(
        "{}: {why}; what is said of it is as it {at}",
        realm.name
    ))
}

/// How old what is known of a realm is, in a sentence without its end; nothing where that was never fetched.
#[must_use]
pub fn age(realm: &OpenRealm) -> Option<String> {
    let fetched = realm.fetched_at()?;
    Some(format!(
        "{} as it was fetched {}",
        realm.name,
        ago_since(fetched)
    ))
}

fn ago_since(fetched: SystemTime) -> String {
    let since = SystemTime::now().duration_since(fetched);
    ago(since.unwrap_or_default())
}

fn ago(since: Duration) -> String {
    let (number, unit) = match since.as_secs() {
        0..60 => return "just now".to_owned(),
        seconds @ 60..3600 => (seconds / 60, "minute"),
        seconds @ 3600..86_400 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{s} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago() {
        for (seconds, said) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_300, "2 hours ago"),
            (200_000, "2 days ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), said);
        }
    }
}

//! What of a set waits already as a sync: there nothing has to be worked out, for the rule of merging says what it
//! waits for, and whoever syncs next would hear just that.

use blue_git::Rewrites;
use blue_ops::merge::{
    Change, Decision, Judged, Outcome, SourceState, Terms, Wait, judge, open_syncs,
};
use blue_ops::{Ask, Freshness, OpenRealm, RealmPlace, clock};
use blue_realm::together::{Block, Move};
use semver::Version;

use crate::realms::{self, Here};

/// A version of a contract that waits as a sync.
pub(super) struct Waiting {
    pub(super) realm: String,
    pub(super) domain: String,
    pub(super) contract: String,
    pub(super) version: Version,
    judged: Judged,
}

/// The syncs that wait in the realms here, as far as they were fetched; why one could not be looked at is a note.
pub(super) fn waiting(
    here: &Here,
    notes: &mut Vec<String>,
    progress: &mut dyn FnMut(&str),
) -> Vec<Waiting> {
    let mut found = Vec::new();
    for place in &here.realms {
        match in_realm(here, place, progress) {
            Ok(all) => found.extend(all),
            // A folder without git has no branches that could wait, and one that is not there is told of elsewhere.
            Err(blue_ops::Error::NoRealm { .. }) => {}
            Err(why) => notes.push(format!(
                "{}: the syncs that wait could not be looked at: {why}",
                place.name
            )),
        }
    }
    found
}

fn in_realm(
    here: &Here,
    place: &RealmPlace,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Waiting>, blue_ops::Error> {
    let mut ask = Ask::reading(progress);
    if let Ok(actor) = realms::actor(here) {
        ask.actor = actor;
    }
    let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask)?;
    let main = realm.tip()?;
    let record = realm.realm_at(main)?;
    let terms = Terms {
        code: here.repo.as_deref().map(|repo| (repo, &*here.root)),
        ..Terms::default()
    };
    let mut found = Vec::new();
    for sync in open_syncs(&realm, main)?.0 {
        let judged = judge(&realm, (main, &record), &sync, &terms, &ask)?;
        let waiting = judged.changes.iter().filter_map(|(_, change)| {
            Some(Waiting {
                realm: place.name.clone(),
                domain: change.domain.clone(),
                contract: change.contract.clone(),
                version: change.to.clone()?,
                judged: judged.clone(),
            })
        });
        found.extend(waiting);
    }
    Ok(found)
}

impl Waiting {
    /// Whether it is what a move of a set makes.
    fn is(&self, one: &Move) -> bool {
        matches!(one, Move::Release { domain, contract, version, .. }
            if **domain == *self.domain && **contract == *self.contract && *version == self.version)
    }

    /// That nobody can tell from here whether the code of a part of a set is where its exporter's people agreed on it.
    pub(super) fn unchecked(&self, set: &[Move]) -> Option<String> {
        let is_refused = matches!(self.judged.outcome, Outcome::Refused(_));
        let is_in = set.iter().any(|one| self.is(one));
        let text = self.judged.unchecked().filter(|_| is_in && !is_refused)?;
        Some(format!("{}: {text}", self.judged.open.branch))
    }

    /// What the rule of merging says it waits for. Who follows it in the same set has spoken.
    pub(super) fn blocks(&self, set: &[Move]) -> Vec<Block> {
        let Some(Move::Release { owner, .. }) = set.iter().find(|one| self.is(one)) else {
            return Vec::new();
        };
        let branch = &self.judged.open.branch;
        let block = |repo: &str, because: String, first: String| Block {
            repo: repo.into(),
            contract: self.contract.as_str().into(),
            version: self.version.clone(),
            because,
            first,
        };
        match &self.judged.outcome {
            Outcome::Refused(why) => why
                .iter()
                .map(|why| block(owner, format!("{branch}: {why}"), "sync again".to_owned()))
                .collect(),
            Outcome::Decided(Decision::Merge(_)) => Vec::new(),
            Outcome::Decided(Decision::Wait(waits)) => {
                let mut blocks = Vec::new();
                for wait in waits {
                    match wait {
                        Wait::Importers { repos, until } => {
                            let silent = repos.iter().filter(|repo| !self.follows(repo, set));
                            blocks.extend(silent.map(|repo| {
                                let because = format!("{branch} waits for its word");
                                let until = until
                                    .map(|until| format!(", or wait until {}", clock::date(until)));
                                let first =
                                    format!("`blue ack` there{}", until.unwrap_or_default());
                                block(repo, because, first)
                            }));
                        }
                        Wait::Approver => {
                            let because = format!("{branch} waits for an approver");
                            let first = format!("`blue realm sync` by {}", self.approvers());
                            blocks.push(block(&self.realm, because, first));
                        }
                        Wait::Source(SourceState::Uncommitted) => blocks.push(block(
                            owner,
                            format!("{branch} was read from code that is not committed"),
                            "commit it, and sync again".to_owned(),
                        )),
                        Wait::Source(_) => blocks.push(block(
                            owner,
                            format!(
                                "{branch} was read from code that is not on its default branch"
                            ),
                            "merge that".to_owned(),
                        )),
                    }
                }
                blocks
            }
        }
    }

    /// Whether an importer follows it in the set.
    fn follows(&self, importer: &str, set: &[Move]) -> bool {
        set.iter().any(|one| {
            matches!(one, Move::Follow { repo, domain, contract, version, leaves_out, .. }
                if **repo == *importer
                    && **domain == *self.domain
                    && **contract == *self.contract
                    && *version == self.version
                    && leaves_out.is_none())
        })
    }

    fn approvers(&self) -> String {
        let changes = self.judged.changes.iter();
        let listed =
            changes.flat_map(|(_, change): &(String, Change)| change.governance.approvers());
        let mut names: Vec<String> = listed.map(ToString::to_string).collect();
        names.dedup();
        match names.as_slice() {
            [] => "an approver, of whom the realm names none".to_owned(),
            names => names.join(" or "),
        }
    }
}

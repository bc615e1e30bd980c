//! How the syncs that wait stand to the code that is checked out, and to one another: which of them it speaks for, what
//! they ask for, and which versions they take.

use blue_git::{CommitId, Merged};
use blue_realm::Realm;

use super::change::ContractChange;
use super::drafts::{Draft, State};
use super::plan::{Planned, Taken, Wish};
use super::run::{Fate, Request};
use crate::ask::Ask;
use crate::error::Error;
use crate::merge::{OpenSync, not_its_own, open_syncs};
use crate::place::OpenRealm;

impl State<'_> {
    /// Whether git can merge a sync as it is.
    pub(super) fn merges(
        &self,
        realm: &OpenRealm,
        open: &OpenSync,
        ask: &Ask<'_>,
    ) -> Result<bool, Error> {
        if realm.repository.is_ancestor(self.main, open.tip)? {
            return Ok(true);
        }
        let merged = realm
            .repository
            .merge_on(self.main, open.tip, "", &ask.maker())?;
        Ok(matches!(merged, Merged::Commit(_)))
    }

    /// Whether the code that is checked out is that of a sync which waits: of the same branch; and where the branch is
    /// checked out that everybody starts from, also of those whose branches ended there, merged or squashed.
    pub(super) fn speaks_for(
        &self,
        realm: &OpenRealm,
        open: &OpenSync,
        changes: &[ContractChange],
    ) -> Result<bool, Error> {
        let Request {
            source, checkout, ..
        } = self.request;
        if open.source_branch == source.branch {
            return Ok(true);
        }
        if !source.is_committed || !checkout.is_default() {
            return Ok(false);
        }
        if self.is_past(open) {
            return Ok(true);
        }
        let asks = Asks::of(realm, self.main, open)?;
        let says = |(domain, name): &(String, String)| {
            let mut mine = changes.iter();
            let mine = mine.find(|it| it.domain == *domain && it.contract == *name);
            mine.is_some_and(|mine| mine.holds(&asks.of_contract(domain, name)))
        };
        Ok(!open.contracts.is_empty() && open.contracts.iter().all(says))
    }

    /// The syncs of this code that were begun on a history which the realm had before it was written anew, and that
    /// cannot be gone on with on the new one. They come last: what they said is made anew before.
    pub(super) fn orphans(&self, realm: &OpenRealm, own: &[OpenSync]) -> Result<Vec<Draft>, Error> {
        let mut orphans: Vec<Draft> = Vec::new();
        for was in realm.rewritten_from() {
            let Ok(record) = realm.realm_at(was) else {
                continue;
            };
            for open in open_syncs(realm, was)?.0 {
                let is_known = own.iter().any(|it| it.branch == open.branch)
                    || orphans.iter().any(|it| it.branch == open.branch);
                let is_merged = realm.repository.is_ancestor(open.tip, self.main)?;
                let is_own = open.repo == self.request.repo
                    && open.source_branch == self.request.source.branch
                    && open.contracts.iter().all(|(d, c)| self.wants((d, c)))
                    && not_its_own(realm, (was, &record), &open).is_empty();
                if is_own && !is_known && !is_merged {
                    orphans.push(Draft::of(&open, Fate::Orphaned, self.request.source));
                }
            }
        }
        Ok(orphans)
    }

    /// A sync of another branch whose code is part of what is checked out, and that brings all that the code says of a
    /// contract: there is nothing to be made beside it. What it brings is taken out.
    pub(super) fn brought_already(
        &self,
        realm: &OpenRealm,
        open: &OpenSync,
        changes: &mut Vec<ContractChange>,
    ) -> Result<Option<Draft>, Error> {
        let Wish { bump, remove, .. } = self.request.wish;
        let is_other = open.source_branch != self.request.source.branch;
        if !is_other || bump.is_some() || !remove.is_empty() || !self.is_past(open) {
            return Ok(None);
        }
        let asks = Asks::of(realm, self.main, open)?;
        let many = changes.len();
        changes.retain(|mine| {
            !open.is_of(&mine.domain, &mine.contract)
                || !asks.of_contract(&mine.domain, &mine.contract).holds(mine)
        });
        Ok((changes.len() < many).then(|| Draft::of(open, Fate::Same, self.request.source)))
    }

    /// The versions of a contract that earlier syncs are about to make, as far as they wait for somebody: what nobody is
    /// asked about is merged by whoever comes next.
    pub(super) fn taken(
        &self,
        realm: &OpenRealm,
        before: Before<'_>,
        (domain, name): (&str, &str),
    ) -> Result<Vec<Taken>, Error> {
        let mut importers = self.record.importers_of(domain, name).into_iter();
        let is_asked = importers.any(|importer| importer.import.resolved_version.is_some());
        let earlier = before.earlier.iter().filter(|_| is_asked);
        let mut taken = Vec::new();
        for open in earlier.filter(|open| open.is_of(domain, name)) {
            let mut drafts = before.drafts.iter();
            let draft = drafts.find(|draft| draft.branch == open.branch);
            if draft.is_some_and(|draft| draft.fate.is_end()) {
                continue;
            }
            let is_of = |it: &&Planned| it.change.domain == domain && it.change.contract == name;
            let anew = draft.filter(|draft| draft.fate == Fate::Updated);
            let anew = anew.and_then(|draft| draft.planned.iter().find(is_of));
            let version = match anew {
                Some(anew) => Some(anew.to.clone()),
                None => {
                    let says = realm.realm_at(open.tip)?;
                    let says = says.contract(domain, name);
                    says.and_then(|it| it.version.clone())
                }
            };
            taken.extend(version.map(|version| Taken {
                version,
                branch: open.branch.clone(),
            }));
        }
        taken.sort_by(|one, other| one.version.cmp(&other.version));
        Ok(taken)
    }

    /// Whether what the code says now stands in for what the sync was made from. What was committed nowhere can only be
    /// gone where it was.
    pub(super) fn supersedes(&self, realm: &OpenRealm, open: &OpenSync) -> Result<bool, Error> {
        if !open.is_uncommitted() {
            return Ok(self.is_past(open));
        }
        let Some(told_by) = open.told_by else {
            return Ok(false);
        };
        for commit in &open.commits {
            if self.request.checkout.has_made(commit.id)
                && realm.repository.is_ancestor(told_by, commit.id)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether all the code that a sync was made from is part of what is checked out.
    fn is_past(&self, open: &OpenSync) -> bool {
        let mut sources = open.sources.iter();
        !open.sources.is_empty() && sources.all(|commit| self.request.checkout.has(commit))
    }
}

/// What comes before a sync: those that were begun earlier, and what is made of these now.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) earlier: &'a [OpenSync],
    pub(super) drafts: &'a [Draft],
}

/// What a sync that waits asks for.
pub(super) struct Asks {
    /// The realm that it began from.
    pub(super) began: Realm,
    /// The realm as it would be.
    pub(super) waiting: Realm,
}

impl Asks {
    pub(super) fn of(realm: &OpenRealm, main: CommitId, open: &OpenSync) -> Result<Asks, Error> {
        let base = realm.repository.merge_base(main, open.tip)?;
        Ok(Asks {
            began: realm.realm_at(base.unwrap_or(main))?,
            waiting: realm.realm_at(open.tip)?,
        })
    }

    pub(super) fn of_contract(&self, domain: &str, name: &str) -> ContractChange {
        let value = |realm: &Realm| realm.contract(domain, name)?.value.clone();
        let (was, is) = (value(&self.began), value(&self.waiting));
        ContractChange::between((domain, name), was.as_ref(), is.as_ref())
    }
}

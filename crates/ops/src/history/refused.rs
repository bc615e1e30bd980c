//! Syncs that were not let in: those that wait and that no agreement can merge, and those whose branch is gone without
//! being merged.
//!
//! No commit of the branch of record says either. The first is found out from the branch, as whoever merges does; for
//! the second this machine remembers what it saw waiting. A branch that its own exporter withdrew here is no refusal
//! (`OpenRealm::withdraws`), and neither is one whose change became the record on another way.

use blue_coordination::{Contract, Kind, Moment, Notification, RealmId, Waiting};
use blue_git::CommitId;
use blue_realm::Realm;

use crate::ask::Ask;
use crate::clock;
use crate::error::Error;
use crate::merge::{OpenSync, Outcome, Terms, judge, open_syncs};
use crate::place::OpenRealm;
use crate::sync::ContractChange;

/// What waits now, and what there is to be told of what was refused: of those that were known before, and of those
/// that wait. One that was judged at this very state of the realm is not judged again.
///
/// # Errors
/// [`Error::Git`], [`Error::NoRealm`].
pub(super) fn refused(
    (realm, id): (&OpenRealm, &RealmId),
    main: CommitId,
    known: &[Waiting],
) -> Result<(Vec<Waiting>, Vec<Notification>), Error> {
    let (open, _) = open_syncs(realm, main)?;
    let is_new = |sync: &&OpenSync| !known.iter().any(|it| is_same(it, sync, main));
    let is_gone = |it: &&Waiting| !open.iter().any(|sync| sync.branch == it.branch);
    let mut told = Vec::new();
    if !open.iter().any(|sync| is_new(&sync)) && !known.iter().any(|it| is_gone(&it)) {
        return Ok((known.to_vec(), told));
    }
    let record = realm.realm_at(main)?;
    let mut waiting = Vec::new();
    for sync in &open {
        let now = match known.iter().find(|it| is_same(it, sync, main)) {
            Some(known) => known.clone(),
            None => {
                let now = seen(realm, &record, main, sync);
                if let Some(why) = why_not(realm, (main, &record), sync)? {
                    told.extend(of((realm, id), &record, &now, (&why, sync_time(sync))));
                }
                now
            }
        };
        waiting.push(now);
    }
    for gone in known.iter().filter(is_gone) {
        let goes_on = |contract: &Contract| {
            let mut others = waiting.iter().flat_map(|it| &it.contracts);
            others.any(|(other, _)| other == contract)
        };
        let tip: Option<CommitId> = gone.tip.parse().ok();
        let is_merged = match tip {
            Some(tip) => realm.repository.is_ancestor(tip, main).unwrap_or(false),
            None => false,
        };
        if is_merged || realm.has_withdrawn(&gone.branch, &gone.tip) {
            continue;
        }
        let says = |contract: &Contract| {
            tip.is_some_and(|tip| is_said(realm, (main, &record), tip, contract).unwrap_or(false))
        };
        let mut gone = gone.clone();
        gone.contracts
            .retain(|(contract, _)| !goes_on(contract) && !says(contract));
        let why = format!("{} was taken away without being merged", gone.branch);
        told.extend(of((realm, id), &record, &gone, (&why, clock::now())));
    }
    Ok((waiting, told))
}

/// Whether the record says all that a sync asked of a contract, on whichever way and as whichever version it came there.
/// The commits of a branch that is gone are in this clone still, as a rule.
fn is_said(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    tip: CommitId,
    contract: &Contract,
) -> Result<bool, Error> {
    let Some(base) = realm.repository.merge_base(main, tip)? else {
        return Ok(false);
    };
    let (domain, name) = (contract.domain.as_str(), contract.name.as_str());
    let value = |realm: &Realm| realm.contract(domain, name)?.value.clone();
    let (was, asked) = (value(&realm.realm_at(base)?), value(&realm.realm_at(tip)?));
    let change = ContractChange::between((domain, name), was.as_ref(), asked.as_ref());
    Ok(!change.is_empty() && change.on(value(record).as_ref()).is_empty())
}

/// Whether a sync was looked at in this very state.
fn is_same(known: &Waiting, sync: &OpenSync, main: CommitId) -> bool {
    known.branch == sync.branch
        && known.tip == sync.tip.to_string()
        && known.judged_at == main.to_string()
}

/// A sync as it is remembered.
fn seen(realm: &OpenRealm, record: &Realm, main: CommitId, sync: &OpenSync) -> Waiting {
    let proposed = realm.realm_at(sync.tip).ok();
    let version = |(domain, name): &(String, String)| {
        let contract = proposed.as_ref()?.contract(domain, name)?;
        record.contract(domain, name)?;
        let named = Contract {
            domain: domain.clone(),
            name: name.clone(),
        };
        Some((named, contract.version.clone()?))
    };
    Waiting {
        branch: sync.branch.clone(),
        tip: sync.tip.to_string(),
        judged_at: main.to_string(),
        repo: sync.repo.clone(),
        contracts: sync.contracts.iter().filter_map(version).collect(),
    }
}

/// Why nobody's agreement merges a sync; nothing where somebody's does. Found out in memory.
fn why_not(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    sync: &OpenSync,
) -> Result<Option<String>, Error> {
    let rehearsal = realm.rehearsal()?;
    let mut silent = |_: &str| ();
    let ask = Ask::reading(&mut silent);
    let judged = judge(&rehearsal, (main, record), sync, &Terms::default(), &ask)?;
    Ok(match judged.outcome {
        // That is no refusal: it is made again.
        Outcome::Refused(_) if judged.is_overtaken => None,
        Outcome::Refused(why) => Some(format!("{}: {}", sync.branch, why.join("; "))),
        Outcome::Decided(_) => None,
    })
}

fn sync_time(sync: &OpenSync) -> i64 {
    let times = sync.commits.iter().map(|it| it.time);
    times.max().unwrap_or_else(clock::now)
}

/// What there is to be told of a sync that was not let in: of each contract whose record is older than that.
fn of(
    (realm, id): (&OpenRealm, &RealmId),
    record: &Realm,
    waiting: &Waiting,
    (why, at): (&str, i64),
) -> Vec<Notification> {
    let is_older = |(contract, version): &&(Contract, semver::Version)| {
        let stands = record.contract(&contract.domain, &contract.name);
        let stands = stands.and_then(|it| it.version.as_ref().filter(|_| it.value.is_some()));
        stands.is_none_or(|stands| stands < version)
    };
    let contracts = waiting.contracts.iter().filter(is_older);
    let told = contracts.map(|(contract, version)| Notification {
        realm: realm.name.clone(),
        realm_id: id.clone(),
        contract: contract.clone(),
        version: version.clone(),
        from_repo: waiting.repo.clone(),
        kind: Kind::Refused,
        changes: why.chars().take(super::notifications::MAX_WORDS).collect(),
        created_at: Moment(at.saturating_mul(1000)),
    });
    told.collect()
}

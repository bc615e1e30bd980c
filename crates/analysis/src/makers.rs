//! What is told where a constant or a function stands that made values of a contract others than they were: of all of
//! them at once.
//!
//! A finding stands where its value does, and is counted there. But who types does so in the constant, often in a file
//! without a site, and is to see there whom it breaks. These are for an editor alone: nothing counts them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::changed_parts::Changed;
use crate::draft::Draft;
use crate::export::in_words;
use crate::finding::{ChangeData, Code, Related};

/// More values than this are counted, not named.
const NAMED: usize = 3;
/// Of so many it is said where they stand.
const MAX_RELATED: usize = 16;

/// What is told at the definitions that made these findings, in files in which they do not stand themselves.
pub(crate) fn at_makers(drafts: &[Draft]) -> Vec<Draft> {
    type Key<'d> = (&'d Changed, (Arc<str>, Arc<str>, Arc<str>));
    let codes = [Code::ExportAdded, Code::ExportRemoved, Code::ExportBreaking];
    let mut made: BTreeMap<Key<'_>, Vec<&Draft>> = BTreeMap::new();
    for draft in drafts {
        if draft.is_accepted() || !codes.contains(&draft.code()) {
            continue;
        }
        let Some(contract) = draft.contract() else {
            continue;
        };
        for maker in draft.makers() {
            let mut places = draft.places().iter();
            if places.all(|place| place.path != maker.place.path) {
                made.entry((maker, contract.clone()))
                    .or_default()
                    .push(draft);
            }
        }
    }
    let told = made
        .into_iter()
        .map(|((maker, (.., contract)), drafts)| told(maker, &contract, &drafts));
    told.flatten().collect()
}

fn told(maker: &Changed, contract: &str, drafts: &[&Draft]) -> Option<Draft> {
    // Of equals the first.
    let gravest = drafts.iter().rev().max_by_key(|draft| draft.severity())?;
    let message = match drafts {
        [only] => only.words().to_owned(),
        several => in_one(maker, contract, several),
    };
    let stands = drafts.iter().flat_map(|draft| {
        let change = draft.changes();
        let message = change.map(in_short).unwrap_or_default();
        draft.places().first().map(|place| Related {
            place: place.clone(),
            message,
        })
    });
    let stands: Vec<Related> = stands.take(MAX_RELATED).collect();
    Some(gravest.told_at(maker, message, stands))
}

/// `` `jobs/*/out.json` became `work/*/out.json` ``.
fn in_short(change: &ChangeData) -> String {
    match (change.removed.first(), change.added.first()) {
        (Some(gone), Some(new)) => format!("`{gone}` became `{new}` here"),
        (Some(gone), None) => format!("`{gone}` is gone from here"),
        (None, Some(new)) => format!("`{new}` is new here"),
        (None, None) => String::new(),
    }
}

/// What becomes of several values, in a sentence.
fn in_one(maker: &Changed, contract: &str, drafts: &[&Draft]) -> String {
    let changes: Vec<&ChangeData> = drafts.iter().filter_map(|draft| draft.changes()).collect();
    let gone: Vec<&String> = changes.iter().flat_map(|it| &it.removed).collect();
    let new: Vec<&String> = changes.iter().flat_map(|it| &it.added).collect();
    let mut broken: Vec<&str> = drafts
        .iter()
        .flat_map(|draft| draft.broken())
        .map(|it| &*it.repo)
        .collect();
    broken.sort_unstable();
    broken.dedup();
    let (values, what) = match gone.is_empty() {
        true => (new, format!("are not in {contract}")),
        false => (gone, "are gone from the code".to_owned()),
    };
    let relies = match broken.as_slice() {
        [] => String::new(),
        [_] => format!(", and {} relies on them", in_words(&broken, "and")),
        several => format!(", and {} rely on them", in_words(several, "and")),
    };
    let bump = |change: &ChangeData| {
        change
            .bump
            .map(|bump| format!(" ({bump})"))
            .unwrap_or_default()
    };
    let makes = changes.iter().find_map(|change| {
        let to = change.to.as_ref()?;
        Some(format!(": syncing that makes {to}{}", bump(change)))
    });
    format!(
        "with `{}` as it is here, {} {what}{relies}{}",
        maker.name,
        listed(&values),
        makes.unwrap_or_default(),
    )
}

fn listed(values: &[&String]) -> String {
    let quoted: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|it| format!("`{it}`"))
        .collect();
    let mut named: Vec<&str> = quoted.iter().map(String::as_str).collect();
    let more = format!("{} more values", values.len().saturating_sub(NAMED));
    match values.len().saturating_sub(NAMED) {
        0 => {}
        1 => named.push("one more value"),
        _ => named.push(&more),
    }
    in_words(&named, "and")
}

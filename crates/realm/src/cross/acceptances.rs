//! Records of accepted breaks that accept nothing: of no contract, by nobody who imports it, past
//! their end. Whether a finding answers to a fingerprint is for whoever makes findings to say.

use std::collections::HashMap;

use super::references::domain_of;
use super::{Beside, Loose, Way};
use crate::date::Date;
use crate::decode::shortened;
use crate::kind::FileKind;
use crate::model::Acceptance;
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::spans::Step;

pub(super) fn of_file(beside: &mut Beside<'_>) {
    let file = beside.file;
    let (FileKind::Acceptances { repo, .. }, Some(held)) = (&file.kind, file.as_acceptances())
    else {
        return;
    };
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for record in &held.acceptances {
        if beside.full() {
            return;
        }
        if let Some(first) = seen.get(&*record.fingerprint) {
            let message = "this break is accepted twice by this file; one record is enough";
            let loose = unmatched(way(record.index, "fingerprint"), message.to_owned());
            let path = file.path.clone();
            beside.tell(loose.relate(path, way(*first, "fingerprint"), "the first".to_owned()));
            continue;
        }
        seen.insert(&record.fingerprint, record.index);
        if !is_fingerprint(&record.fingerprint) {
            let message = format!(
                "`{}` is no fingerprint: Blue prints one with each finding, such as \
                 v1:0123456789abcdef",
                shortened(&record.fingerprint)
            );
            beside.tell(unmatched(way(record.index, "fingerprint"), message));
        }
        ended(beside, record);
        contract_of(beside, repo, record);
    }
}

/// The way to a key of a record, in either form of the file.
fn way(index: usize, key: &'static str) -> Way<'static> {
    let bare = vec![Step::Index(index), Step::Key(key)];
    let under = [Step::Key("acceptances")]
        .into_iter()
        .chain(bare.clone())
        .collect();
    Way::FirstOf(vec![Way::Value(under), Way::Value(bare)])
}

fn unmatched<'a>(way: Way<'a>, message: String) -> Loose<'a> {
    Loose::new(ProblemCode::AcceptanceUnmatched, way, message)
}

/// `v1:` and digits of a hash, with an ordinal for equals (`findings.md`, "Shapes").
fn is_fingerprint(text: &str) -> bool {
    let (print, ordinal) = text.split_once('#').unwrap_or((text, "1"));
    let hash = print
        .strip_prefix('v')
        .and_then(|rest| rest.split_once(':'));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    hash.is_some_and(|(version, hash)| {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        number(version) && !hash.is_empty() && hash.bytes().all(hexadecimal)
    }) && number(ordinal)
}

/// The last day on which it holds is the one it names.
fn ended(beside: &mut Beside<'_>, record: &Acceptance) {
    let until = record.until.as_deref().and_then(Date::parse);
    let (Some(today), Some(until)) = (beside.today, until) else {
        return;
    };
    if today > until {
        let message = format!(
            "this record ended on {until} and accepts nothing any more: take it out, or give it \
             another end"
        );
        beside.tell(unmatched(way(record.index, "until"), message));
    }
}

/// A break that the repo accepts is one of a contract that it imports.
fn contract_of<'a>(beside: &mut Beside<'a>, repo: &'a Name, record: &'a Acceptance) {
    let (Some(contract), Some(domain)) = (&record.contract, domain_of(beside)) else {
        return;
    };
    let key = (domain.name.clone(), contract.clone());
    if beside.facts.is_importer(&key, repo) {
        return;
    }
    let place = way(record.index, "contract");
    if domain.contracts.contains_key(contract) {
        let binding = domain.bindings.get(repo);
        if binding.is_some_and(|binding| binding.model.is_none()) {
            // What it imports cannot be read.
            return;
        }
        let message = format!(
            "`{repo}` does not import `{contract}`, so nothing of it breaks {repo}: take this \
             record out"
        );
        beside.tell(unmatched(place, message));
        return;
    }
    // An import from elsewhere is accepted in the domain of the binding that makes it.
    let elsewhere = beside
        .realm
        .binding(&domain.name, repo)
        .is_some_and(|binding| {
            let mut imports = binding.imports.iter();
            imports.any(|import| import.from.is_some() && import.contract == *contract)
        });
    if elsewhere {
        return;
    }
    super::references::no_contract(beside, domain, contract, place);
    if let Some(loose) = beside.loose.last_mut() {
        loose.code = ProblemCode::AcceptanceUnmatched;
    }
}

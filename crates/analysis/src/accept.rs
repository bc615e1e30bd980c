//! Breaks that those whom they break have agreed to: records in the realm, written by the importers
//! and bound to a finding's fingerprint. Those that are bound to nothing any more are in [`crate::unmatched`].

use std::sync::Arc;

use blue_realm::proposal::judge_since;
use blue_realm::{Acceptance, ContractFile, Date, FileKind, Realm, Step};

use crate::breaks::BreakingChange;
use crate::contract::{ImportModel, place_in};
use crate::db::{Db, RealmInput, RepoInput};
use crate::deprecated::is_over;
use crate::draft::Draft;
use crate::export::in_words;
use crate::finding::{Accepted, Place, Related};

/// Somebody whom a finding breaks, and the domain of the binding that it is broken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) repo: Arc<str>,
    pub(crate) domain: Arc<str>,
}

/// What one of the broken has said of it.
enum Word {
    Accepted(Box<Acceptance>, Place),
    /// It held until that day.
    Ended(Date),
    Nothing,
}

/// The records by which an importer has agreed to what a contract became since the version that it follows: they
/// hold until it follows, whatever they were given for (a value that goes, or all of it). Nothing where one is missing,
/// or what it follows has no file.
pub(crate) fn since_followed<'r>(
    (realm, record): (&str, &'r Realm),
    (domain, contract): (&str, &ContractFile),
    (repo, bound_in): (&str, &str),
) -> Option<Vec<&'r Acceptance>> {
    let importers = record.importers_of(domain, &contract.name);
    let mut own = importers.iter();
    let importer = own.find(|it| **it.repo == *repo && **it.domain == *bound_in)?;
    let followed = importer.import.resolved_version.as_ref()?;
    let names = std::iter::once(&contract.name).chain(&contract.previously);
    let names: Vec<String> = names.map(ToString::to_string).collect();
    let mut files = names.iter();
    let release = files.find_map(|name| record.release(domain, name, followed))?;
    let old = ContractFile {
        version: Some(followed.clone()),
        schema: release.schema.clone(),
        value: release.value.clone(),
        ..contract.clone()
    };
    let judgement = judge_since(record, domain, (Some(&old), contract), None);
    let breaking = BreakingChange {
        realm,
        domain,
        names: &names,
        to: contract.version.as_ref(),
        value: contract.value.as_ref(),
        from: Some(followed),
        judgement: &judgement,
    };
    breaking.accepted_by(importer, record, None)
}

/// What is said of an import that its contract has left behind, with the importer's word that it agreed to that.
pub(crate) fn agreed(db: &dyn Db, repo: RepoInput, model: &ImportModel, draft: Draft) -> Draft {
    let mut realms = repo.realms(db).iter();
    let realm = realms.find(|realm| *realm.name(db) == model.realm);
    let (Some(realm), Some(contract)) = (realm, &model.contract) else {
        return draft;
    };
    let who = Broken {
        repo: repo.name(db).clone(),
        domain: model.bound_in.clone(),
    };
    let of_record = (&*model.realm, &**realm.record(db));
    let by = (&*who.repo, &*who.domain);
    let Some(records) = since_followed(of_record, (&model.domain, contract), by) else {
        return draft;
    };
    let is_ended = |record: &Acceptance| record.last_day().is_some_and(|day| is_over(db, day));
    if records.iter().any(|record| is_ended(record)) {
        return draft;
    }
    let words = records.into_iter().map(|record| {
        let place = record_place(db, *realm, &who, record);
        (who.clone(), Word::Accepted(Box::new(record.clone()), place))
    });
    let words: Vec<(Broken, Word)> = words.collect();
    said_by(draft, &words).accepted(by_all(&words))
}

/// A draft with what the realm's acceptances say of it.
pub(crate) fn accepted(db: &dyn Db, repo: RepoInput, draft: Draft) -> Draft {
    let realms = repo.realms(db);
    let realm = realms
        .iter()
        .find(|realm| Some(realm.name(db)) == draft.realm());
    match realm {
        Some(realm) => accepted_in(db, *realm, draft),
        None => draft,
    }
}

/// The same, of a finding about this realm.
pub(crate) fn accepted_in(db: &dyn Db, realm: RealmInput, draft: Draft) -> Draft {
    if draft.broken().is_empty() {
        return draft;
    }
    let print = draft.print();
    let broken = draft.broken().iter();
    let words: Vec<(Broken, Word)> = broken
        .map(|who| (who.clone(), word(db, realm, who, &print)))
        .collect();
    if words.iter().all(|(_, word)| matches!(word, Word::Nothing)) {
        return draft;
    }
    let everyone = words
        .iter()
        .all(|(_, word)| matches!(word, Word::Accepted(..)));
    let draft = said_by(draft, &words);
    match everyone {
        true => draft.accepted(by_all(&words)),
        false => draft.and_words(&by_some(&words)),
    }
}

/// A draft with where they have said it, and why.
fn said_by(draft: Draft, words: &[(Broken, Word)]) -> Draft {
    words.iter().fold(draft, |draft, (who, word)| match word {
        Word::Accepted(record, place) => {
            let reason = record.reason.as_deref().unwrap_or("no reason is given");
            draft.related(Related {
                place: place.clone(),
                message: format!("{} has accepted it: {reason}", who.repo),
            })
        }
        Word::Ended(_) | Word::Nothing => draft,
    })
}

fn word(db: &dyn Db, realm: RealmInput, who: &Broken, print: &str) -> Word {
    let file = realm.record(db).acceptances(&who.domain, &who.repo);
    let records = file.iter().flat_map(|file| &file.acceptances);
    let mut ended = Word::Nothing;
    for record in records.filter(|record| *record.fingerprint == *print) {
        match record.last_day().filter(|day| is_over(db, *day)) {
            Some(day) => ended = Word::Ended(day),
            None => {
                return Word::Accepted(
                    Box::new(record.clone()),
                    record_place(db, realm, who, record),
                );
            }
        }
    }
    ended
}

/// Where the acceptances of a repository in a domain stand.
pub(crate) fn acceptances_path(domain: &Arc<str>, repo: &Arc<str>) -> String {
    let (domain, repo) = (domain.clone(), repo.clone());
    FileKind::Acceptances { domain, repo }.path()
}

/// Where a record stands, in either form of the file.
pub(crate) fn record_place(
    db: &dyn Db,
    realm: RealmInput,
    who: &Broken,
    record: &Acceptance,
) -> Place {
    let path = acceptances_path(&who.domain, &who.repo);
    let bare = [Step::Index(record.index), Step::Key("fingerprint")];
    let under = [Step::Key("acceptances"), bare[0], bare[1]];
    place_in(db, realm, &path, &[&under, &bare])
}

fn by_all(words: &[(Broken, Word)]) -> Accepted {
    let mut records: Vec<(&Arc<str>, &Acceptance)> = Vec::new();
    for (who, word) in words {
        if let Word::Accepted(record, _) = word {
            records.push((&who.repo, record));
        }
    }
    records.sort_by_key(|(repo, _)| *repo);
    let reason = |record: &Acceptance| record.reason.as_deref().unwrap_or_default().to_owned();
    let reasons: Vec<String> = match records.as_slice() {
        [(_, only)] => vec![reason(only)],
        all => all
            .iter()
            .map(|(repo, record)| format!("{repo}: {}", reason(record)))
            .collect(),
    };
    let until = records
        .iter()
        .filter_map(|(_, record)| record.last_day())
        .min();
    Accepted {
        by: records.iter().map(|(repo, _)| (*repo).clone()).collect(),
        reason: reasons.join("; "),
        until: until.map(|day| day.to_string()),
    }
}

/// What is missing for it to be accepted.
fn by_some(words: &[(Broken, Word)]) -> String {
    let of = |is_it: fn(&Word) -> bool| -> Vec<&str> {
        let of = words.iter().filter(|(_, word)| is_it(word));
        of.map(|(who, _)| &*who.repo).collect()
    };
    let accepted = of(|word| matches!(word, Word::Accepted(..)));
    let missing = of(|word| matches!(word, Word::Nothing));
    let mut parts = Vec::new();
    if !accepted.is_empty() {
        let have = if accepted.len() == 1 { "has" } else { "have" };
        parts.push(format!("{} {have} accepted it", in_words(&accepted, "and")));
    }
    for (who, word) in words {
        if let Word::Ended(day) = word {
            parts.push(format!("what {} accepted ended on {day}", who.repo));
        }
    }
    if !missing.is_empty() {
        let have = if missing.len() == 1 { "has" } else { "have" };
        parts.push(format!("{} {have} not", in_words(&missing, "and")));
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    format!("; {}", in_words(&parts, "and"))
}

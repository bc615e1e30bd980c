//! Records of accepted breaks that are bound to nothing any more: told to the exporter of the contract, as far as they accept
//! what is not there, and to the importer that wrote them, who alone can take them out, once it has followed.

use std::collections::HashSet;
use std::sync::Arc;

use blue_realm::{Acceptance, ContractFile, Import};

use crate::accept::{Broken, acceptances_path, record_place, since_followed};
use crate::contract::{Declared, ExportModel, ImportModel, Importer, exports, imports, shown_file};
use crate::db::{Db, RealmInput, RepoInput};
use crate::deprecated::is_over;
use crate::detectors::Detectors;
use crate::draft::{Draft, Print};
use crate::export::export_unread;
use crate::finding::{Code, Severity};
use crate::realm_findings::{YamlIgnores, realm_findings};

/// An importer may once have followed any major version up to the contract's, which is whatever a realm
/// says: no more than these are looked at, and the one that it follows now.
const MAJORS: u64 = 100;

/// What is said of the records that an importer has written about a contract, and that still hold; what comments in the file
/// silence is counted.
fn of_records(
    db: &dyn Db,
    realm: RealmInput,
    (who, contract): (&Broken, &Arc<str>),
    silenced: &mut u32,
    mut told: impl FnMut(&Acceptance) -> Option<Draft>,
) -> Vec<Draft> {
    let path = acceptances_path(&who.domain, &who.repo);
    let shown = shown_file(db, realm, &path);
    let mut ignores = shown.map(|file| YamlIgnores::of(&file.text));
    let file = realm.record(db).acceptances(&who.domain, &who.repo);
    let mut drafts = Vec::new();
    for record in file.iter().flat_map(|file| &file.acceptances) {
        let is_over = record.last_day().is_some_and(|day| is_over(db, day));
        if is_over || record.contract.as_ref() != Some(contract) {
            continue;
        }
        let Some(draft) = told(record) else {
            continue;
        };
        let is_ignored = ignores.as_mut().is_some_and(|it| it.silence(&draft));
        match is_ignored {
            true => *silenced += 1,
            false => drafts.push(draft),
        }
    }
    drafts
}

fn realm_of(db: &dyn Db, repo: RepoInput, name: &Arc<str>) -> Option<RealmInput> {
    let mut realms = repo.realms(db).iter().copied();
    realms.find(|realm| realm.name(db) == name)
}

/// What is said of records about a repository's contracts that accept nothing that is there. `found`
/// are the fingerprints of what is.
pub(crate) fn unmatched(
    db: &dyn Db,
    repo: RepoInput,
    found: &HashSet<String>,
    silenced: &mut u32,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for model in exports(db, repo).iter() {
        let is_whole = model.is_detected() && export_unread(db, repo, model) == 0;
        let realm = realm_of(db, repo, &model.realm);
        let Some(realm) = realm.filter(|_| is_whole) else {
            continue;
        };
        for importer in &model.importers {
            let about = (&importer.broken(), &model.contract.name);
            drafts.extend(of_records(db, realm, about, silenced, |record| {
                // What is no fingerprint is said of the record by itself.
                let is_print = record.fingerprint.starts_with("v1:");
                let is_bound = !is_print || found.contains(&*record.fingerprint);
                match is_bound {
                    true => None,
                    false => unmatched_record(db, realm, model, importer, record),
                }
            }));
        }
    }
    drafts
}

fn unmatched_record(
    db: &dyn Db,
    realm: RealmInput,
    model: &ExportModel,
    importer: &Importer,
    record: &Acceptance,
) -> Option<Draft> {
    let name = &model.contract.name;
    let who = importer.broken();
    // A change of the realm's own, or the importer's own word about what it has not followed yet.
    let own = realm_findings(db, realm);
    let in_realm = own
        .findings
        .iter()
        .any(|it| *it.fingerprint == *record.fingerprint);
    let newest = model.version().map_or(0, |version| version.major);
    let followed = importer.import.resolved_version.as_ref();
    let majors = (0..=newest.min(MAJORS)).map(Some);
    let majors = majors.chain([followed.map(|version| version.major), None]);
    let of_importer = majors.into_iter().any(|major| {
        let draft = Draft::of_importer(Code::ImportBroken, model, &who.repo, major);
        draft.print() == *record.fingerprint
    });
    // What is merged, and its importer has not followed yet.
    let of_record = (&*model.realm, &**realm.record(db));
    let by = (&*who.repo, &*who.domain);
    let holds = since_followed(of_record, (&model.domain, &model.contract), by);
    let holds = holds.is_some_and(|all| all.iter().any(|it| it.fingerprint == record.fingerprint));
    if in_realm || of_importer || holds {
        return None;
    }
    let major = model.version().map(|version| version.major);
    let now = named(model, &model.declared, major, &record.fingerprint);
    let (severity, message) = match (now, in_the_past(db, realm, model, &record.fingerprint)) {
        (Some(value), _) => (
            Severity::Hint,
            format!(
                "{} has accepted that `{}` goes from `{}` of {name}, but it is still in the code here",
                who.repo, value.text, value.field
            ),
        ),
        // Who wrote it is told, and can take it out.
        (None, Some(_)) if follows_record(&importer.import, &Some(model.contract.clone())) => {
            return None;
        }
        (None, Some(value)) => (
            Severity::Hint,
            format!(
                "{} has accepted that `{}` goes from `{}` of {name}, and it is gone from the contract: \
                 this record can go too",
                who.repo, value.text, value.field
            ),
        ),
        (None, None) => (
            Severity::Hint,
            format!(
                "{} has accepted a break of {name} that neither this code nor this realm makes: if it \
                 is not on another branch, this record can go",
                who.repo
            ),
        ),
    };
    let place = record_place(db, realm, &who, record);
    let draft = Draft::new(Code::AcceptanceUnmatched, place)
        .message(message)
        .about(model)
        .subject("fingerprint", &record.fingerprint)
        .importer(&who.repo)
        .fix("remove-acceptance", "Take the record out".to_owned());
    Some(draft.lowered(severity))
}

/// The value whose removal a fingerprint is of.
fn named<'v>(
    model: &ExportModel,
    values: &'v [Declared],
    major: Option<u64>,
    print: &str,
) -> Option<&'v Declared> {
    values.iter().find(|value| {
        let draft = Draft::of_removal(model, value, major);
        draft.print() == *print
    })
}

/// The same of a value that an older version had.
fn in_the_past(
    db: &dyn Db,
    realm: RealmInput,
    model: &ExportModel,
    print: &str,
) -> Option<Declared> {
    let record = realm.record(db);
    let releases = record.releases(&model.domain, &model.contract.name);
    releases.into_iter().find_map(|(version, release)| {
        let values = model.others.declared(release.value.as_ref());
        named(model, &values, Some(version.major), print).cloned()
    })
}

/// What is said of records that a repository wrote: what it has accepted of a contract that it
/// has followed up to the version of record, and that is gone from there.
pub(crate) fn unmatched_own(db: &dyn Db, repo: RepoInput, silenced: &mut u32) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for model in imports(db, repo).iter() {
        let realm = realm_of(db, repo, &model.realm);
        let (Some(realm), true) = (realm, follows_record(&model.import, &model.contract)) else {
            continue;
        };
        let who = Broken {
            repo: repo.name(db).clone(),
            domain: model.bound_in.clone(),
        };
        let about = (&who, &model.import.contract);
        drafts.extend(of_records(db, realm, about, silenced, |record| {
            unmatched_import(db, (realm, model), &who, record)
        }));
    }
    drafts
}

/// Whether an import follows the version of record.
pub(crate) fn follows_record(import: &Import, contract: &Option<Arc<ContractFile>>) -> bool {
    let version = contract.as_ref().and_then(|it| it.version.as_ref());
    version.is_some() && import.resolved_version.as_ref() == version
}

fn unmatched_import(
    db: &dyn Db,
    (realm, model): (RealmInput, &ImportModel),
    who: &Broken,
    record: &Acceptance,
) -> Option<Draft> {
    let own = realm_findings(db, realm);
    let mut in_realm = own.findings.iter();
    if in_realm.any(|it| *it.fingerprint == *record.fingerprint) {
        return None;
    }
    let name = &model.import.contract;
    let of_record = realm.record(db);
    // What a value is made of is for its exporter to say: elements of its lists, or parts of constants.
    let export = of_record.export_of(&model.domain, name);
    let detectors = export.map(|(_, export)| Detectors::of(export));
    let detectors = detectors.unwrap_or_default();
    let contract = model.contract.as_ref();
    let now = detectors.declared(contract.and_then(|it| it.value.as_ref()));
    let releases = of_record.releases(&model.domain, name);
    let gone = releases.into_iter().find_map(|(version, release)| {
        let values = detectors.declared(release.value.as_ref()).into_iter();
        let mut values = values.filter(|value| {
            let mut now = now.iter();
            !now.any(|it| it.field == value.field && it.pattern == value.pattern)
        });
        values.find(|value| {
            let print = Print {
                code: Code::ExportBreaking,
                realm: &model.realm,
                domain: &model.domain,
                contract: name,
                field: &value.field,
                pattern: &value.text,
                importer: "",
                major: Some(version.major),
            };
            print.fingerprint() == *record.fingerprint
        })
    })?;
    let message = format!(
        "{} has accepted that `{}` goes from `{}` of {name}, and has followed that: this record can go too",
        who.repo, gone.text, gone.field
    );
    let draft = Draft::new(
        Code::AcceptanceUnmatched,
        record_place(db, realm, who, record),
    )
    .message(message)
    .about_import(model, &who.repo)
    .subject("fingerprint", &record.fingerprint)
    .fix("remove-acceptance", "Take the record out".to_owned());
    Some(draft)
}

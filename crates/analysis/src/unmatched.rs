//! Records of accepted breaks that are bound to nothing any more, told to the importer that wrote them: nobody else can take
//! them out. What their exporter is told of them is beside what it is told of breaks.

use std::sync::Arc;

use blue_realm::{Acceptance, ContractFile, Import};

use crate::accept::{Broken, acceptances_path, record_place};
use crate::contract::{ImportModel, declared_values, imports, shown_file};
use crate::db::{Db, RealmInput, RepoInput};
use crate::deprecated::is_over;
use crate::draft::{Draft, Print};
use crate::finding::Code;
use crate::realm_findings::{YamlIgnores, realm_findings};

/// What is said of records that a repository wrote: what it has accepted of a contract that it
/// has followed up to the version of record, and that is gone from there.
pub(crate) fn unmatched_own(db: &dyn Db, repo: RepoInput, silenced: &mut u32) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for model in imports(db, repo).iter() {
        let mut realms = repo.realms(db).iter();
        let realm = realms.find(|realm| *realm.name(db) == model.realm);
        let (Some(realm), true) = (realm, follows_record(&model.import, &model.contract)) else {
            continue;
        };
        let path = acceptances_path(&model.bound_in, repo.name(db));
        let shown = shown_file(db, *realm, &path);
        let mut ignores = shown.map(|file| YamlIgnores::of(&file.text));
        let file = realm.record(db).acceptances(&model.bound_in, repo.name(db));
        for record in file.iter().flat_map(|file| &file.acceptances) {
            let is_over = record.last_day().is_some_and(|day| is_over(db, day));
            if is_over || record.contract.as_ref() != Some(&model.import.contract) {
                continue;
            }
            let Some(draft) = unmatched_import(db, repo, (*realm, model), record) else {
                continue;
            };
            let is_ignored = ignores.as_mut().is_some_and(|it| it.silence(&draft));
            match is_ignored {
                true => *silenced += 1,
                false => drafts.push(draft),
            }
        }
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
    repo: RepoInput,
    (realm, model): (RealmInput, &ImportModel),
    record: &Acceptance,
) -> Option<Draft> {
    let own = realm_findings(db, realm);
    let mut in_realm = own.findings.iter();
    if in_realm.any(|it| *it.fingerprint == *record.fingerprint) {
        return None;
    }
    let name = &model.import.contract;
    let releases = realm.record(db).releases(&model.domain, name);
    let gone = releases.into_iter().find_map(|(version, release)| {
        let values = declared_values(release.value.as_ref()).into_iter();
        let mut values = values.filter(|value| {
            let mut now = model.declared.iter();
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
    let who = Broken {
        repo: repo.name(db).clone(),
        domain: model.bound_in.clone(),
    };
    let message = format!(
        "{} has accepted that `{}` goes from `{}` of {name}, and has followed that: this record can go too",
        who.repo, gone.text, gone.field
    );
    let draft = Draft::new(
        Code::AcceptanceUnmatched,
        record_place(db, realm, &who, record),
    )
    .message(message)
    .about_import(model, &who.repo)
    .subject("fingerprint", &record.fingerprint)
    .fix("remove-acceptance", "Take the record out".to_owned());
    Some(draft)
}

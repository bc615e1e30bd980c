//! Files that a binding of the realm's working tree is about to name and that are not there: told while somebody types the
//! path, where a file is like the one that was meant. On record it is an error of the import's own.

use std::collections::HashSet;
use std::sync::Arc;

use blue_detect::Dialect;
use blue_realm::{BindingFile, Step, binding_path};

use crate::contract::place_in;
use crate::db::{Db, RealmInput, RepoInput};
use crate::draft::{Draft, config_place};
use crate::export::{near_path, spelled};
use crate::finding::{Code, Related, Severity};

/// What is said of them. A memo: nothing of it hangs on what is typed in code.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn proposed_paths(db: &dyn Db, repo: RepoInput) -> Arc<[Draft]> {
    let mut drafts = Vec::new();
    for realm in repo.realms(db).iter() {
        let (record, working) = (realm.record(db), realm.working(db));
        let Some(working) = working.as_ref().filter(|it| !Arc::ptr_eq(it, record)) else {
            continue;
        };
        for domain in working.domains_of(repo.name(db)) {
            let Some(binding) = working.binding(&domain.name, repo.name(db)) else {
                continue;
            };
            let before = record.binding(&domain.name, repo.name(db));
            of_binding(
                db,
                repo,
                (*realm, &domain.name),
                (before, binding),
                &mut drafts,
            );
        }
    }
    drafts.into()
}

fn of_binding(
    db: &dyn Db,
    repo: RepoInput,
    (realm, domain): (RealmInput, &Arc<str>),
    (before, binding): (Option<&Arc<BindingFile>>, &BindingFile),
    drafts: &mut Vec<Draft>,
) {
    let of_record = before.iter().flat_map(|binding| &binding.imports);
    let known: HashSet<&str> = of_record
        .flat_map(|import| import.binding.iter().map(|(_, path)| &**path))
        .collect();
    let files = repo.tree(db).files(db);
    let yaml = binding_path(domain, repo.name(db));
    for import in &binding.imports {
        for (index, path) in &import.binding {
            // Others are read where the record names them.
            let is_read = Dialect::of_path(path).is_some();
            if known.contains(&**path) || !is_read || files.at(path).is_some() {
                continue;
            }
            // It may be about to be written.
            let Some(near) = near_path(path, files.by_path.keys()) else {
                continue;
            };
            let entry = [Step::Key("imports"), Step::Index(import.index)];
            let list = [entry[0], entry[1], Step::Key("binding")];
            let one = [list[0], list[1], list[2], Step::Index(*index)];
            let place = place_in(db, realm, &yaml, &[&one, &list, &entry]);
            let draft = Draft::new(Code::ImportMissingFile, config_place(db, repo))
                .message(format!(
                    "{path}, which the binding to {} is about to name, does not exist here (did you mean `{near}`?)",
                    import.contract
                ))
                .in_realm(realm.name(db))
                .of_contract(Some(domain.clone()), Some(import.contract.clone()))
                .importer(repo.name(db))
                .subject("proposed binding", path)
                .also_at(&place)
                .related(Related {
                    place: place.clone(),
                    message: "the binding names it here".to_owned(),
                });
            let draft = spelled(db, repo, draft, &place, (path, Some(near)));
            drafts.push(draft.lowered(Severity::Warning));
        }
    }
}

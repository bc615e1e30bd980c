//! A repository's own queries: each compiles, and each that a binding names is there. What they find
//! is not looked at by this version, but a broken one is worth knowing before it is.

use std::sync::Arc;

use blue_detect::{compile_query, query_dialect};
use blue_realm::{Detector, Step, binding_path};

use crate::contract::{ExportModel, exports, place_in};
use crate::db::{Db, RealmInput, RepoInput};
use crate::draft::Draft;
use crate::export::spelled;
use crate::finding::{Code, Place, Root};

/// The language's folder and the name of a query, by its path.
fn named(path: &str) -> Option<(&str, &str)> {
    let (language, file) = path.strip_prefix(".blue/queries/")?.split_once('/')?;
    Some((language, file.strip_suffix(".scm")?))
}

/// What is wrong with the queries, and with the names of queries.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn query_findings(db: &dyn Db, repo: RepoInput) -> Arc<[Draft]> {
    let mut drafts = Vec::new();
    for (path, text) in repo.queries(db).iter() {
        let Some((language, name)) = named(path) else {
            continue;
        };
        let Some(dialect) = query_dialect(language) else {
            continue;
        };
        if let Err(problem) = compile_query(dialect, text) {
            let place = Place {
                root: Root::Repo("".into()),
                path: path.clone(),
                span: problem.span,
            };
            drafts.push(
                Draft::new(Code::QueryInvalid, place)
                    .message(format!(
                        "the query {name} does not compile: {}; it is left out, and all else goes on",
                        problem.message
                    ))
                    .subject("query", path),
            );
        }
    }
    let known = repo.queries(db).iter().filter_map(|(path, _)| named(path));
    let known: Vec<&str> = known.map(|(_, name)| name).collect();
    for model in exports(db, repo).iter() {
        let realms = repo.realms(db).iter();
        let realm = realms.copied().find(|realm| *realm.name(db) == model.realm);
        if let Some(realm) = realm {
            missing(db, repo, (realm, model), &known, &mut drafts);
        }
    }
    drafts.into()
}

/// The queries that a binding names, and that are not among the known ones.
fn missing(
    db: &dyn Db,
    repo: RepoInput,
    (realm, model): (RealmInput, &ExportModel),
    known: &[&str],
    drafts: &mut Vec<Draft>,
) {
    for (index, detector) in model.export.detect.iter().enumerate() {
        let Detector::Query { query, .. } = detector else {
            continue;
        };
        if known.contains(&&**query) {
            continue;
        }
        let near = blue_realm::did_you_mean(query, known.iter().copied());
        let hint = near.map(|near| format!(" (did you mean `{near}`?)"));
        let entry = [Step::Key("exports"), Step::Index(model.export.index)];
        let detect = [entry[0], entry[1], Step::Key("detect"), Step::Index(index)];
        let name = [
            detect[0],
            detect[1],
            detect[2],
            detect[3],
            Step::Key("query"),
        ];
        let path = binding_path(&model.domain, repo.name(db));
        let place = place_in(db, realm, &path, &[&name, &detect, &entry]);
        let draft = Draft::new(Code::QueryInvalid, place.clone())
            .message(format!(
                "{} is to be found by the query {query}, which is not in .blue/queries here{}",
                model.contract.name,
                hint.unwrap_or_default(),
            ))
            .about(model)
            .subject("query", query);
        let near = near.map(str::to_owned);
        drafts.push(spelled(db, repo, draft, &place, (query, near)));
    }
}

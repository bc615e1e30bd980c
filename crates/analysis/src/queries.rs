//! A repository's own queries (`.blue/queries/{language}/{name}.scm`): what is wrong with them, and what
//! those that bindings name capture in the source files of their contracts.

use std::sync::Arc;

use blue_detect::{
    Captured, Dialect, FileId, Language, PlacedSite, QueryProblem, RepoQuery, captured,
    compile_query, query_dialect, query_oddities,
};
use blue_realm::{Detector, Step, binding_path};
use blue_text::Span;
use smol_str::SmolStr;

use crate::content::Content;
use crate::contract::{ExportModel, exports, place_in};
use crate::db::{Db, FileTree, RealmInput, RepoInput, parsed, poll, positions, stoppable};
use crate::detectors::QueryDetector;
use crate::draft::Draft;
use crate::export::spelled;
use crate::finding::{Code, Place, Root, Severity};
use crate::leaves::pointer_of;
use crate::program::TreeProgram;
use crate::sites::{Detected, Seen, Shares, lies_in};

/// The language's folder and the name of a query, by its path.
fn named(path: &str) -> Option<(&str, &str)> {
    let (language, file) = path.strip_prefix(".blue/queries/")?.split_once('/')?;
    Some((language, file.strip_suffix(".scm")?))
}

/// What is wrong with the queries, and with the names of queries.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn query_findings(db: &dyn Db, repo: RepoInput) -> Arc<[Draft]> {
    let mut drafts = Vec::new();
    for (path, content) in repo.queries(db).iter() {
        if let Some((language, name)) = named(path) {
            let mut found = Vec::new();
            of_file(path, (language, name), content, &mut found);
            // It is said of the contract that is found by it.
            let models = exports(db, repo);
            let uses = |model: &&Arc<ExportModel>| {
                let mut queries = model.others.queries.iter();
                queries.any(|query| *query.query == *name)
            };
            let user = models.iter().find(uses);
            drafts.extend(found.into_iter().map(|draft| match user {
                Some(model) => draft.about(model),
                None => draft,
            }));
        }
    }
    let readable = repo.queries(db).iter();
    let known = readable.filter_map(|(path, _)| named(path));
    let known = known.filter(|(language, _)| query_dialect(language).is_some());
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

/// What is wrong with the file of a query.
fn of_file(
    path: &Arc<str>,
    (language, name): (&str, &str),
    content: &Content,
    drafts: &mut Vec<Draft>,
) {
    let say = |code: Code, span: Span, message: String| {
        let place = Place {
            root: Root::Repo("".into()),
            path: path.clone(),
            span,
        };
        Draft::new(code, place)
            .message(message)
            .subject("query", path)
    };
    let Some(dialect) = query_dialect(language) else {
        let message = format!(
            "Blue reads no language `{language}`, so the query {name} is left out: queries are for \
             `python` or `typescript`"
        );
        return drafts.push(say(Code::QueryInvalid, Span::empty(0), message));
    };
    let text = match content.unread() {
        None => content.text(),
        Some((code, why)) => {
            let message = format!("the query {name} {why}: it is left out, and all else goes on");
            return drafts.push(say(code, Span::empty(0), message));
        }
    };
    match compile_query(dialect, text) {
        Err(QueryProblem { span, message }) => {
            let message = format!(
                "the query {name} does not compile: {message}; it is left out, and all else goes on"
            );
            drafts.push(say(Code::QueryInvalid, span, message));
        }
        Ok(query) => {
            for QueryProblem { span, message } in query_oddities(&query, text) {
                let message = format!("in the query {name}, {message}");
                let draft = say(Code::QueryInvalid, span, message);
                drafts.push(draft.lowered(Severity::Warning));
            }
        }
    }
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

/// A query for a grammar; nothing where there is none of that name, or where it does not compile.
#[salsa::tracked(returns(clone), no_eq)]
fn compiled(
    db: &dyn Db,
    repo: RepoInput,
    dialect: Dialect,
    query: SmolStr,
) -> Option<Arc<RepoQuery>> {
    let folder = match dialect.language() {
        Language::Python => "python",
        Language::TypeScript => "typescript",
        Language::Json => return None,
    };
    let path = format!(".blue/queries/{folder}/{query}.scm");
    let mut queries = repo.queries(db).iter();
    let (_, content) = queries.find(|(known, _)| **known == *path)?;
    let text = content.as_text()?;
    compile_query(dialect, text).ok().map(Arc::new)
}

/// Whether a query of that name can be used: it is there, and in no language does it fail to compile.
pub(crate) fn is_usable(db: &dyn Db, repo: RepoInput, query: &str) -> bool {
    let files = repo.queries(db).iter();
    let files = files.filter_map(|(path, _)| named(path));
    let mut dialects = files
        .filter(|(_, name)| *name == query)
        .filter_map(|(language, _)| query_dialect(language))
        .peekable();
    let is_there = dialects.peek().is_some();
    is_there && dialects.all(|dialect| compiled(db, repo, dialect, query.into()).is_some())
}

/// Of queries that cannot be used it is not known what they would capture.
pub(crate) fn give_unusable(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    detected: &mut Detected,
) {
    for query in &model.others.queries {
        if !is_usable(db, repo, &query.query) {
            let fields = query.named_fields();
            match fields.is_empty() {
                true => detected.unknown.push("".into()),
                false => detected
                    .unknown
                    .extend(fields.iter().map(|field| pointer_of(Some(field)))),
            }
        }
    }
}

/// The fields that the captures of a query name, in any language.
pub(crate) fn captured_fields(db: &dyn Db, repo: RepoInput, query: &str) -> Vec<SmolStr> {
    let dialects = [Dialect::Python, Dialect::TypeScript];
    let queries = dialects.map(|dialect| compiled(db, repo, dialect, query.into()));
    let fields = queries.iter().flatten().flat_map(|query| query.fields());
    fields.map(SmolStr::from).collect()
}

/// What a query captures in a file.
#[salsa::tracked(returns(clone))]
fn file_captures(
    db: &dyn Db,
    repo: RepoInput,
    tree: FileTree,
    file: FileId,
    query: SmolStr,
) -> Arc<Captured> {
    let none = Arc::<Captured>::default;
    let Some(source) = tree.files(db).get(file) else {
        return none();
    };
    let Some(dialect) = Dialect::of_path(source.path(db)) else {
        return none();
    };
    let Some(text) = source.content(db).as_text() else {
        return none();
    };
    let Some(compiled) = compiled(db, repo, dialect, query.clone()) else {
        return none();
    };
    let positions = positions(db, source);
    let program = TreeProgram::new(db, tree);
    let found = stoppable(db, |stop| {
        let parsed = parsed(db, source, dialect, text, stop)?;
        captured(
            &program,
            (file, &parsed, text),
            (&query, &compiled),
            &positions,
            stop,
        )
    });
    found.map_or_else(none, Arc::new)
}

/// A query that a limit stopped in a file: the query, the file, the limit in words.
pub(crate) type Stopped = (Arc<str>, Arc<str>, &'static str);

/// What the queries of contracts capture in some files, put to the rest of what a tree says
/// of them.
pub(crate) fn give_captures(
    db: &dyn Db,
    repo: RepoInput,
    (tree, ids): (FileTree, impl Iterator<Item = FileId>),
    models: &[Arc<ExportModel>],
    shares: &mut Shares,
) {
    if models.iter().all(|model| model.others.queries.is_empty()) {
        return;
    }
    let files = tree.files(db);
    for (id, file) in ids.filter_map(|id| Some((id, files.get(id)?))) {
        let path = file.path(db);
        for (model, own) in models.iter().zip(&mut shares.detected) {
            if model.others.queries.is_empty() || !lies_in(model, path) {
                continue;
            }
            poll(db);
            for query in &model.others.queries {
                let found = file_captures(db, repo, tree, id, (&*query.query).into());
                give(query, path, &found, own);
                if found.limit.is_some() {
                    let fields = captured_fields(db, repo, &query.query);
                    let fields = fields.iter().filter_map(|field| query.field(field));
                    own.unknown
                        .extend(fields.map(|field| pointer_of(Some(&field))));
                }
            }
        }
    }
}

fn give(query: &QueryDetector, path: &Arc<str>, found: &Captured, own: &mut Detected) {
    for site in &found.sites {
        let captured = site.stated.as_deref().unwrap_or_default();
        let Some(field) = query.field(captured) else {
            continue;
        };
        let seen = Seen {
            path: path.clone(),
            site: Arc::new(PlacedSite {
                stated: Some((&*field).into()),
                ..site.clone()
            }),
            by: Some(format!("what the query {} captures", query.query).into()),
            leaf: None,
        };
        match site.opaque {
            Some(_) => own.opaque.push((field, seen)),
            None => {
                let value = (field, site.pattern.clone());
                own.values.entry(value).or_default().push(seen);
            }
        }
    }
    if let Some(limit) = found.limit {
        let stopped = (query.query.clone(), path.clone(), limit);
        own.stopped.push(stopped);
    }
}

/// What is said of a query that was stopped.
pub(crate) fn stopped(model: &ExportModel, (query, path, limit): &Stopped) -> Draft {
    let place = Place {
        root: Root::Repo("".into()),
        path: path.clone(),
        span: Span::empty(0),
    };
    Draft::new(Code::LimitExceeded, place)
        .message(format!(
            "the query {query} was stopped in {path}, where it has {limit}: what it captures there is \
             not all, and nothing that {} has by it is taken for gone",
            model.contract.name
        ))
        .about(model)
        .subject(query, path)
}

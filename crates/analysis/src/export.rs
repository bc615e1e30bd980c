//! The exporter's findings: what its code says now, held against what its contracts declare. Here
//! is what is said of files and of whose a site is; what is said of values is in [`crate::drift`].

use std::sync::Arc;

use blue_text::Span;

use crate::compared::{Compared, compared};
use crate::contract::{ExportModel, exports, first_line};
use crate::db::{Db, RepoInput, Unread, poll, unreadable};
use crate::draft::{Draft, config_place};
use crate::drift::{Subject, drift};
use crate::finding::{Code, Place, Related, Root, Severity};
use crate::findings::{realm_text, spelled_as, unquoted};
use crate::queries::is_usable;
use crate::sites::{Seen, Shares, Value, lies_in, share_out};

#[derive(Debug)]
pub(crate) struct Exports {
    pub(crate) drafts: Vec<Draft>,
    /// Contracts about which there is nothing to say, and in which words they passed.
    pub(crate) passed: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) notes: Vec<String>,
    /// Files that belong to a contract and were not looked into.
    pub(crate) unchecked: u32,
}

/// The findings of a repository as an exporter: by itself, so that its importers can ask for it
/// whatever else is to be said of it.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn exported(db: &dyn Db, repo: RepoInput) -> Arc<Exports> {
    Arc::new(export_findings(db, repo))
}

fn export_findings(db: &dyn Db, repo: RepoInput) -> Exports {
    let models = exports(db, repo);
    let mut found = Exports {
        drafts: Vec::new(),
        passed: Vec::new(),
        notes: Vec::new(),
        unchecked: 0,
    };
    let shares = share_out(db, repo, repo.tree(db));
    strays(&shares, &models, &mut found.drafts);
    for (index, (model, now)) in models.iter().zip(&shares.detected).enumerate() {
        let name = &model.contract.name;
        say_missing(db, repo, (index, model), &mut found.drafts);
        if model.importers.is_empty() {
            found.notes.push(format!("{name}: nobody imports it yet"));
        }
        if !model.is_detected() {
            found.notes.push(format!(
                "{name}: nothing finds its value in code, since it has no fields like `read` and its \
                 binding names no detector; not checked"
            ));
            continue;
        }
        let unread = say_unread(db, repo, model, &mut found.drafts);
        found.unchecked += unread;
        let elsewhere = shares.unlisted.get(&index);
        let subject = Subject {
            db,
            repo,
            model,
            now,
            elsewhere,
        };
        found.unchecked += drift(subject, unread, &mut found.drafts);
        let mut said = found.drafts.iter().filter(|draft| draft.is_about(model));
        let asked = shares
            .ambiguous
            .keys()
            .any(|(several, _)| several.contains(&index));
        let queries = &mut model.others.queries.iter();
        let asked = asked || queries.any(|query| !is_usable(db, repo, &query.query));
        // What the code has beyond the contract is a difference, however little there is to be done about it.
        let passes = |draft: &Draft| {
            draft.severity() <= Severity::Hint
                && !draft.waits()
                && draft.code() != Code::ExportAdded
        };
        let silent = !asked && said.all(passes);
        if !silent || model.version().is_none() {
            continue;
        }
        match compared(db, repo, model, now) {
            Compared::Passed(text) => found.passed.push((name.clone(), text.into())),
            Compared::Nothing(why) => found.notes.push(format!("{name}: {why}; not checked")),
        }
    }
    found
}

/// What is said of sites that belong to no contract, or to several.
fn strays(shares: &Shares, models: &[Arc<ExportModel>], drafts: &mut Vec<Draft>) {
    for (index, values) in &shares.unlisted {
        for (value, seen) in values {
            drafts.extend(unlisted(&models[*index], value, seen));
        }
    }
    for ((several, value), seen) in &shares.ambiguous {
        drafts.extend(ambiguous(several, models, value, seen));
    }
}

fn unlisted(model: &ExportModel, (field, pattern): &Value, seen: &[Seen]) -> Option<Draft> {
    let (name, first) = (&model.contract.name, seen.first()?);
    let mut paths: Vec<&str> = seen.iter().map(|seen| &*seen.path).collect();
    paths.dedup();
    let files = in_words(&paths, "and");
    let draft = Draft::new(Code::ExportUnlisted, first.place())
        .message(format!(
            "this {}s `{pattern}`, but no export binding names {files}: {name} is judged without it",
            first.site.op.as_str(),
        ))
        .about(model)
        .subject(field, &pattern.to_string())
        .sites(seen.iter().map(Seen::place))
        .fix(
            "add-source-file",
            format!("Add {files} to the source files of {name}"),
        );
    Some(not_a_site(draft))
}

fn ambiguous(
    several: &[usize],
    models: &[Arc<ExportModel>],
    (field, pattern): &Value,
    seen: &[Seen],
) -> Option<Draft> {
    let names: Vec<&str> = several
        .iter()
        .map(|at| &*models[*at].contract.name)
        .collect();
    let draft = Draft::new(Code::ExportAmbiguous, seen.first()?.place())
        .message(format!(
            "`{pattern}` could belong to {}: give one of them a bucket or narrower source files",
            in_words(&names, "or"),
        ))
        .about(&models[several[0]])
        .subject(field, &pattern.to_string())
        .sites(seen.iter().map(Seen::place));
    Some(draft)
}

/// Offers the comment that says of a site that it is none.
pub(crate) fn not_a_site(draft: Draft) -> Draft {
    draft.fix(
        "not-a-site",
        "Say in a comment that this is no site: `blue: not-a-site`".to_owned(),
    )
}

/// `a, b and c`.
pub(crate) fn in_words(names: &[&str], last_word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {last_word} {last}", first.join(", ")),
    }
}

/// Files of a contract that could not be looked into, with the reason.
fn unread_files(db: &dyn Db, repo: RepoInput, model: &ExportModel) -> Vec<Unread> {
    let unread = unreadable(db, repo.tree(db));
    let own = unread.iter().filter(|(path, ..)| lies_in(model, path));
    own.cloned().collect()
}

/// How many files of a contract could not be looked into.
pub(crate) fn export_unread(db: &dyn Db, repo: RepoInput, model: &ExportModel) -> usize {
    unread_files(db, repo, model).len()
}

fn say_unread(db: &dyn Db, repo: RepoInput, model: &ExportModel, drafts: &mut Vec<Draft>) -> u32 {
    let unread = unread_files(db, repo, model);
    for (path, code, why) in &unread {
        let place = Place {
            root: Root::Repo("".into()),
            path: path.clone(),
            span: Span::empty(0),
        };
        drafts.push(
            Draft::new(*code, place)
                .message(format!(
                    "{path} {why}: what it says of {} is not checked",
                    model.contract.name
                ))
                .about(model)
                .subject("", path),
        );
    }
    unread.len() as u32
}

/// A pattern that matches no file: the contract's place among the exports, its own among the source files, and the file
/// that it was likely meant to name.
type Missing = (usize, usize, Option<String>);

/// The patterns of a repository's exports that match no file of it: all paths are gone through, which no keystroke changes.
#[salsa::tracked(returns(clone))]
fn missing_sources(db: &dyn Db, repo: RepoInput) -> Arc<[Missing]> {
    let paths = &repo.tree(db).files(db).by_path;
    let mut missing = Vec::new();
    for (contract, model) in exports(db, repo).iter().enumerate() {
        for (index, pattern) in model.export.source_files.iter().enumerate() {
            poll(db);
            let is_match = |path: &Arc<str>| model.sources.pattern_matches(index, path);
            if !pattern.starts_with('!') && !paths.keys().any(is_match) {
                missing.push((contract, index, near_path(pattern, paths.keys())));
            }
        }
    }
    missing.into()
}

fn say_missing(
    db: &dyn Db,
    repo: RepoInput,
    (contract, model): (usize, &ExportModel),
    drafts: &mut Vec<Draft>,
) {
    let missing = missing_sources(db, repo);
    for (_, index, near) in missing.iter().filter(|(of, ..)| *of == contract) {
        let (index, near) = (*index, near.clone());
        let pattern = &model.export.source_files[index];
        let hint = near
            .as_ref()
            .map(|near| format!(" (did you mean `{near}`?)"));
        let hint = hint.unwrap_or_default();
        let draft = Draft::new(Code::ExportMissingSource, config_place(db, repo))
            .message(format!(
                "`{pattern}` in the source files of {} matches no file here{hint}",
                model.contract.name,
            ))
            .about(model)
            .subject("source_files", pattern)
            .related(Related {
                place: model.patterns.get(index).unwrap_or(&model.binding).clone(),
                message: "the binding names it here".to_owned(),
            });
        let place = model.patterns.get(index).unwrap_or(&model.binding);
        drafts.push(spelled(db, repo, draft, place, (pattern, near)));
    }
}

/// For a file that has no other place: its first line.
pub(crate) fn whole_file(path: Arc<str>, text: &str) -> Place {
    Place {
        root: Root::Repo("".into()),
        path,
        span: first_line(text),
    }
}

/// The file that a path was likely meant to name: one of the same name elsewhere, or of a like name
/// in the same folder. A pattern names none.
pub(crate) fn near_path<'f>(
    path: &str,
    files: impl Iterator<Item = &'f Arc<str>> + Clone,
) -> Option<String> {
    if path.contains(['*', '?', '[']) {
        return None;
    }
    let (folder, name) = split(path);
    let mut moved = files.clone().filter(|file| split(file).1 == name);
    if let (Some(only), None) = (moved.next(), moved.next()) {
        return Some(only.to_string());
    }
    let beside = files
        .map(|file| split(file))
        .filter(|(of, _)| *of == folder);
    let near = blue_realm::did_you_mean(name, beside.map(|(_, name)| name))?;
    Some(match folder {
        "" => near.to_owned(),
        folder => format!("{folder}/{near}"),
    })
}

/// The folder and the name of a file.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Offers the spelling that was likely meant of what a binding writes at `place`: only where it stands
/// there as it is.
pub(crate) fn spelled(
    db: &dyn Db,
    repo: RepoInput,
    draft: Draft,
    place: &Place,
    (written, near): (&str, Option<String>),
) -> Draft {
    let mut realms = repo.realms(db).iter();
    let realm = realms.find(|realm| place.root == Root::Realm(realm.name(db).clone()));
    let text = realm.and_then(|realm| realm_text(db, *realm, &place.path));
    let there = text.as_deref().and_then(|text| place.span.slice(text));
    match (near, there) {
        (Some(near), Some(there)) if unquoted(there) == written => {
            spelled_as(draft, place.clone(), &near)
        }
        _ => draft,
    }
}

//! All findings of a repository or of a realm, settled: severities as settings have them, comments
//! heard, in one order.

use std::collections::HashSet;
use std::sync::Arc;

use blue_realm::config::{ParsedConfig, RealmRef};
use blue_realm::{Level, ParsedFile, Problem, ProblemCode, binding_path, contract_path};
use blue_text::Span;
use rustc_hash::FxHashMap;

use crate::accept::{acceptances_path, accepted};
use crate::checkout::{checkout_findings, realm_name_place, realm_place};
use crate::contract::shown_file;
use crate::db::{Db, RealmInput, RepoInput, World};
use crate::draft::{CONFIG, Draft, LOCAL_CONFIG, config_place};
use crate::excess::excess_findings;
use crate::export::exported;
use crate::finding::{Code, Finding, Place, Related, Root, Severity, TextEdit};
use crate::ignores::Ignores;
use crate::import::import_findings;
use crate::lines::LineMap;
use crate::makers::at_makers;
use crate::proposed_paths::proposed_paths;
use crate::queries::query_findings;
use crate::realm_findings::YamlIgnores;
use crate::unmatched::{unmatched, unmatched_own};

/// In which role a repository passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// It provides the contract.
    Exporter,
    /// It consumes the contract.
    Importer,
    /// It is the realm, in whose files the contract stands.
    Contract,
}

/// A contract about which there is nothing to say, in the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The contract.
    pub contract: Arc<str>,
    /// As what the repository passed.
    pub mode: Mode,
    /// `code matches contract`, `binding at 1.4.0 (current)`, `valid schema, version bump correct`.
    pub text: Arc<str>,
}

/// Everything there is to say of one repository, or of a realm's own files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// In the order of (path, offset, code).
    pub findings: Vec<Arc<Finding>>,
    /// What some of them say as well where a constant or a function stands that made it so: for an editor that has its file
    /// open. They count for nothing.
    pub at_makers: Vec<Arc<Finding>>,
    /// Contracts about which there is nothing to say.
    pub passed: Vec<Passed>,
    /// Words for what is empty: no importers, nothing released.
    pub notes: Vec<String>,
    /// Files that belong to a contract and could not be looked into.
    pub unchecked: u32,
    /// Findings that a comment or a setting silenced.
    pub silenced: u32,
    /// What could not be judged, and why: a sentence each.
    pub could_not: Vec<String>,
}

/// All findings of a repository.
#[salsa::tracked(returns(clone))]
pub(crate) fn repo_findings(db: &dyn Db, repo: RepoInput) -> Arc<Findings> {
    let name = repo.name(db);
    let mut found = Findings::default();
    let mut drafts = config_findings(db, repo);
    for realm in repo.realms(db).iter() {
        let of_record = record_problems(db, repo, *realm);
        drafts.extend(of_record.drafts.iter().cloned());
        found.silenced += of_record.silenced;
    }
    let exported = exported(db, repo);
    let imported = import_findings(db, repo);
    found.unchecked = exported.unchecked + imported.unchecked;
    found.notes.extend(exported.notes.iter().cloned());
    found.notes.extend(imported.notes);
    found
        .passed
        .extend(exported.passed.iter().map(|(contract, text)| Passed {
            contract: contract.clone(),
            mode: Mode::Exporter,
            text: text.clone(),
        }));
    found
        .passed
        .extend(imported.passed.into_iter().map(|(contract, text)| Passed {
            contract,
            mode: Mode::Importer,
            text: text.into(),
        }));
    let is_bound = repo.realms(db).iter().any(|realm| {
        let record = realm.record(db);
        record
            .domains_of(name)
            .any(|domain| record.binding(&domain.name, name).is_some())
    });
    if !is_bound && repo.unreachable(db).is_empty() {
        found.notes.push(format!(
            "no realm knows {name} as an exporter or importer yet: it needs a binding in one"
        ));
    }
    drafts.extend(exported.drafts.iter().cloned());
    drafts.extend(imported.drafts);
    drafts.extend(proposed_paths(db, repo).iter().cloned());
    drafts.extend(excess_findings(db, repo));
    let breaks = drafts
        .iter()
        .filter(|draft| draft.code() == Code::ExportBreaking);
    let breaks: HashSet<String> = breaks.map(Draft::print).collect();
    drafts.extend(unmatched(db, repo, &breaks, &mut found.silenced));
    drafts.extend(unmatched_own(db, repo, &mut found.silenced));
    let mut ignores = Ignores::of(db, repo);
    let mut made: Vec<Draft> = Vec::new();
    let mut keep = |draft: Option<Draft>| match draft.and_then(|draft| settle(db, repo, draft)) {
        Some(draft) => {
            let draft = accepted(db, repo, draft);
            if !draft.makers().is_empty() {
                made.push(draft.clone());
            }
            found.findings.push(Arc::new(draft.finish(name)));
        }
        None => found.silenced += 1,
    };
    for draft in drafts {
        keep(ignores.left_of(draft));
    }
    if is_bound {
        for draft in ignores.unused(db, repo) {
            keep(ignores.left_of(draft));
        }
        // What says that nothing is unused can be silenced by no such comment itself.
        for draft in ignores.unused_of_unused(db, repo) {
            keep(Some(draft));
        }
    }
    let at_makers = at_makers(&made).into_iter();
    found.at_makers = at_makers
        .map(|draft| Arc::new(draft.finish(name)))
        .collect();
    found.findings.sort_by(|a, b| order(a).cmp(&order(b)));
    number_equals(&mut found.findings);
    // A setting may ask more of a contract than its judgement does.
    let findings = &found.findings;
    let asks = |passed: &Passed| {
        let mut of_it = findings.iter().filter(|it| {
            it.contract.as_ref() == Some(&passed.contract)
                && it.code.as_str().starts_with("export-")
        });
        of_it.any(|it| it.severity >= Severity::Warning)
    };
    found
        .passed
        .retain(|passed| passed.mode != Mode::Exporter || !asks(passed));
    Arc::new(found)
}

pub(crate) fn order(finding: &Finding) -> (&Place, Code, &str) {
    (&finding.place, finding.code, &finding.message)
}

/// Fingerprints that would be equal get an ordinal.
pub(crate) fn number_equals(findings: &mut [Arc<Finding>]) {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for finding in findings {
        let times = seen.entry(finding.fingerprint.clone()).or_default();
        *times += 1;
        if *times > 1 {
            let ordinal = format!("#{times}");
            Arc::make_mut(finding).fingerprint.push_str(&ordinal);
        }
    }
}

/// A draft with the severity that settings give it; nothing where they turn it off.
fn settle(db: &dyn Db, repo: RepoInput, draft: Draft) -> Option<Draft> {
    let code = draft.code().as_str();
    let realms = repo.realms(db);
    let realm = realms
        .iter()
        .find(|realm| Some(realm.name(db)) == draft.realm());
    let of_realm = realm
        .and_then(|realm| realm.record(db).realm_file())
        .and_then(|file| level(&file.findings, code));
    let own = level(&repo.config(db).config.findings, code);
    leveled(by_default(draft, repo.defaults(db)), own.or(of_realm))
}

/// A draft with the severity that the host gives its code. One that is milder for a reason of its own
/// stays so.
fn by_default(draft: Draft, defaults: &[(Code, Severity)]) -> Draft {
    let code = draft.code();
    let given = defaults.iter().find(|(known, _)| *known == code);
    match given {
        Some((_, severity)) if draft.severity() == code.default_severity() => {
            draft.lowered(*severity)
        }
        _ => draft,
    }
}

/// A draft with the severity that a setting gives it; nothing where it is turned off.
pub(crate) fn leveled(draft: Draft, set: Option<Level>) -> Option<Draft> {
    match set {
        None => Some(draft),
        Some(level) => Severity::of_level(level).map(|severity| draft.lowered(severity)),
    }
}

pub(crate) fn level(levels: &[(Arc<str>, Level)], code: &str) -> Option<Level> {
    levels
        .iter()
        .rev()
        .find(|(known, _)| **known == *code)
        .map(|(_, level)| *level)
}

fn config_findings(db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
    let config = repo.config(db);
    let mut drafts = config_problems(CONFIG, config);
    if let Some(local) = repo.local(db) {
        drafts.extend(config_problems(LOCAL_CONFIG, local));
    }
    drafts.extend(unknown_repo(db, repo));
    drafts.extend(unknown_realms(db, repo));
    drafts.extend(checkout_findings(db, repo));
    drafts.extend(query_findings(db, repo).iter().cloned());
    for (name, why) in repo.unreachable(db).iter() {
        let place = realm_place(db, repo, name);
        drafts.push(
            Draft::new(Code::RealmUnreachable, place)
                .message(format!("the realm {name} cannot be read: {why}"))
                .in_realm(name)
                .subject("", name),
        );
    }
    drafts
}

fn config_problems(path: &str, config: &ParsedConfig) -> Vec<Draft> {
    let drafts = config.problems.iter().map(|problem| {
        let place = Place {
            root: Root::Repo("".into()),
            path: path.into(),
            span: problem.span,
        };
        of_problem(problem, place, &config.text)
    });
    drafts.collect()
}

/// A repository that a realm does not know: its name may be misspelled.
fn unknown_repo(db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
    // As it is typed, which may be another name than the one it was read with.
    let typed = repo.config(db).config.repo.as_ref();
    let name = typed.unwrap_or(repo.name(db));
    let unknown = repo.realms(db).iter().filter(|realm| {
        let record = realm.record(db);
        !record.has_repo(name) && record.domains_of(name).next().is_none()
    });
    let drafts = unknown.map(|realm| {
        let known: Vec<&str> = realm.record(db).repos().map(|(name, _)| &**name).collect();
        let near = blue_realm::did_you_mean(name, known);
        let hint = near
            .as_ref()
            .map(|near| format!(" (did you mean `{near}`?)"));
        let place = config_place(db, repo);
        let written = place.span.slice(&repo.config(db).text).unwrap_or_default();
        let draft = Draft::new(Code::UnknownReference, place.clone())
            .message(format!(
                "the realm {} has no repo `{name}`{}",
                realm.name(db),
                hint.unwrap_or_default(),
            ))
            .in_realm(realm.name(db))
            .subject("repo", name);
        match near {
            Some(near) if unquoted(written) == &**name => spelled_as(draft, place, near),
            _ => draft,
        }
    });
    drafts.collect()
}

/// Realms that are there, and call themselves something else than the config does.
fn unknown_realms(db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
    // As it is typed, which may be another name than the one it was read with.
    let typed = &repo.config(db).config.realms;
    let of_place = repo.realms(db).iter().enumerate();
    let drafts = of_place.filter_map(|(index, realm)| {
        let own = realm.record(db).name()?;
        let only = typed.len() == 1 && repo.realms(db).len() == 1;
        let named = |it: &&RealmRef| it.name.as_ref() == Some(realm.name(db));
        let reference = typed.iter().find(named).or_else(|| typed.get(index).filter(|_| only));
        let name = reference?.name.as_ref()?;
        if **name == *own {
            return None;
        }
        let place = realm_name_place(db, repo, reference?);
        let written = place.span.slice(&repo.config(db).text).unwrap_or_default();
        let hint = blue_realm::did_you_mean(name, [own]).is_some();
        let hint = if hint { format!(" (did you mean `{own}`?)") } else { String::new() };
        let draft = Draft::new(Code::UnknownReference, place.clone())
            .message(format!(
                "the realm here is called `{own}`, not `{name}`{hint}: what others say of it is found by its name"
            ))
            .in_realm(realm.name(db))
            .subject("realm", name);
        Some(match unquoted(written) == &**name {
            true => spelled_as(draft, place, own),
            false => draft,
        })
    });
    drafts.collect()
}

/// What is wrong in the files of a realm.
#[derive(Debug, Default)]
struct RecordProblems {
    drafts: Vec<Draft>,
    /// Those that comments in the files silence.
    silenced: u32,
}

/// What is wrong in the files of the realm that speak of this repository. By itself, so that who types
/// in source code does not have them judged again.
#[salsa::tracked(returns(clone), no_eq)]
fn record_problems(db: &dyn Db, repo: RepoInput, realm: RealmInput) -> Arc<RecordProblems> {
    let name = repo.name(db);
    let record = realm.record(db);
    let mut paths = vec!["realm.yaml".to_owned()];
    for domain in record.domains_of(name) {
        paths.push(format!("domains/{}/domain.yaml", domain.name));
        paths.push(binding_path(&domain.name, name));
        paths.push(acceptances_path(&domain.name, name));
        let Some(binding) = record.binding(&domain.name, name) else {
            continue;
        };
        let exported = binding.exports.iter().map(|export| &export.contract);
        let imported = binding.imports.iter().map(|import| &import.contract);
        paths.extend(
            exported
                .chain(imported)
                .map(|c| contract_path(&domain.name, c)),
        );
    }
    paths.sort();
    paths.dedup();
    let mut found = RecordProblems::default();
    for path in &paths {
        // Places are given in the text that is shown, which may be a proposal.
        let (Some(file), Some(shown)) = (record.file(path), shown_file(db, realm, path)) else {
            continue;
        };
        let map = (file.text != shown.text).then(|| LineMap::new(&file.text, &shown.text));
        let mut ignores = YamlIgnores::of(&shown.text);
        let contract = file.as_contract();
        let is_ours = contract.is_none_or(|contract| contract.owner.as_ref() == Some(name));
        for mut problem in record.problems_of(path, World::get(db).today(db)) {
            // Who imports the contract is told at what relies on it.
            if problem.code == ProblemCode::SunsetPassed && !is_ours {
                continue;
            }
            if let Some(map) = &map {
                let before = problem.span.slice(&file.text);
                problem.span = map.map(problem.span).span();
                // What is mended in the proposal is not to be mended again.
                if before != problem.span.slice(&shown.text) {
                    problem.suggestion = None;
                }
            }
            for other in &mut problem.related {
                other.span = shown_span(db, realm, &other.path, other.span);
            }
            let draft = realm_draft(realm.name(db), shown, &problem);
            match ignores.silence(&draft) {
                true => found.silenced += 1,
                false => found.drafts.push(draft),
            }
        }
    }
    Arc::new(found)
}

/// A place in a file of the record, in the text of it that is shown.
fn shown_span(db: &dyn Db, realm: RealmInput, path: &str, span: Span) -> Span {
    let (Some(file), Some(shown)) = (realm.record(db).file(path), shown_file(db, realm, path))
    else {
        return span;
    };
    if file.text == shown.text {
        return span;
    }
    LineMap::new(&file.text, &shown.text).map(span).span()
}

pub(crate) fn realm_draft(realm: &Arc<str>, file: &ParsedFile, problem: &Problem) -> Draft {
    let place = Place {
        root: Root::Realm(realm.clone()),
        path: file.path.clone(),
        span: problem.span,
    };
    let draft = of_problem(problem, place, &file.text)
        .in_realm(realm)
        .of_file(&file.kind);
    problem.related.iter().fold(draft, |draft, other| {
        draft.related(Related {
            place: Place {
                root: Root::Realm(realm.clone()),
                path: other.path.clone(),
                span: other.span,
            },
            message: other.message.clone(),
        })
    })
}

pub(crate) fn of_problem(problem: &Problem, place: Place, text: &str) -> Draft {
    let code = match problem.code {
        ProblemCode::RealmSyntax => Code::RealmSyntax,
        ProblemCode::RealmSchema => Code::RealmSchema,
        ProblemCode::UnknownKey => Code::UnknownKey,
        ProblemCode::BadName => Code::BadName,
        ProblemCode::BadVersion => Code::BadVersion,
        ProblemCode::BadRange => Code::BadRange,
        ProblemCode::RangeAmbiguous => Code::RangeAmbiguous,
        ProblemCode::UnknownReference => Code::UnknownReference,
        ProblemCode::MemberPending => Code::MemberPending,
        ProblemCode::ValueSchema => Code::ValueSchema,
        ProblemCode::SchemaInvalid => Code::SchemaInvalid,
        ProblemCode::LimitExceeded => Code::LimitExceeded,
        ProblemCode::PathEscapes => Code::PathEscapes,
        ProblemCode::SourceUnreadable => Code::SourceUnreadable,
        ProblemCode::ConfigInvalid => Code::ConfigInvalid,
        ProblemCode::Cycle => Code::Cycle,
        ProblemCode::EvolutionMissing => Code::EvolutionMissing,
        ProblemCode::EvolutionMismatch => Code::EvolutionMismatch,
        ProblemCode::SunsetPassed => Code::SunsetPassed,
        ProblemCode::AcceptanceUnmatched => Code::AcceptanceUnmatched,
        ProblemCode::NotOwner => Code::NotOwner,
        ProblemCode::VersionNotBumped => Code::VersionNotBumped,
        ProblemCode::VersionTooSmall => Code::VersionTooSmall,
        ProblemCode::VersionRegressed => Code::VersionRegressed,
        ProblemCode::VersionRewritten => Code::VersionRewritten,
        ProblemCode::VerdictUnknown => Code::VerdictUnknown,
        ProblemCode::ExportBreaking => Code::ExportBreaking,
        ProblemCode::ImportBroken => Code::ImportBroken,
    };
    // What it is about is what stands there, in that file: not in which line, nor how it is put.
    let there = problem.span.slice(text).unwrap_or_default();
    let path = place.path.clone();
    let draft = Draft::new(code, place)
        .message(problem.message.clone())
        .subject(&path, there.lines().next().unwrap_or_default());
    let at = draft.places()[0].clone();
    match &problem.suggestion {
        // Where several would be right, a person has to say which.
        Some(_) if code == Code::RangeAmbiguous => ["^", "="].iter().fold(draft, |draft, sign| {
            spelled_as(draft, at.clone(), &format!("{sign}{there}"))
        }),
        Some(suggestion) if is_of_version(code) => {
            let title = format!("Set the version to {suggestion}");
            let text = suggestion.clone();
            draft.fix_by("set-version", title, vec![TextEdit { place: at, text }])
        }
        Some(suggestion) => spelled_as(draft, at, suggestion),
        None => draft,
    }
}

/// What is wrong with a version is not how it is spelled.
fn is_of_version(code: Code) -> bool {
    matches!(
        code,
        Code::VersionNotBumped | Code::VersionTooSmall | Code::VersionRegressed
    )
}

/// Offers what was likely meant in place of what stands there.
pub(crate) fn spelled_as(draft: Draft, place: Place, meant: &str) -> Draft {
    let title = match meant {
        "" => "Take it out".to_owned(),
        meant => format!("Write `{meant}`"),
    };
    let text = meant.to_owned();
    draft.fix_by("fix-spelling", title, vec![TextEdit { place, text }])
}

/// What a scalar of YAML says that is written in quotes without escapes, or in none.
pub(crate) fn unquoted(written: &str) -> &str {
    let inner = |quote: char| written.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(written)
}

/// The text that places of a realm's file are given in.
pub(crate) fn realm_text(db: &dyn Db, realm: RealmInput, path: &str) -> Option<Arc<str>> {
    shown_file(db, realm, path).map(|file| file.text.clone())
}

//! `trust.require_signed_commits`: a commit that changes a contract, a binding or an acceptance must
//! be signed with a key of the repository that the file belongs to (`security.md`).
//!
//! It exists here, not in the analysis, because only other programs can tell a good signature, and
//! only commands start any.

use std::collections::BTreeMap;
use std::sync::Arc;

use blue_analysis::{Code, Made, Place, Root, Severity};
use blue_programs::Verdict;
use blue_realm::{FileKind, Level, Realm, Step, classify, span_of};
use blue_text::Span;
use blue_workspace::{ProposedCommit, RealmStates, proposed_commits};

use crate::commands::check::options::{Args, Side};
use crate::engine::{Loaded, Report};
use crate::failure::Error;
use crate::interruption;

/// Checks the signatures of the proposal of a realm's own checkout, where the realm asks for them,
/// and adds what is wrong to the report.
pub(super) fn with_signatures(
    mut report: Report,
    found: &Loaded,
    start: &std::path::Path,
    args: &Args,
) -> Result<Report, Error> {
    let asked = args.modes.is_empty() || args.modes.contains(&Side::Contract);
    if report.repo.is_some() || !asked {
        return Ok(report);
    }
    for states in found.realm_states(start) {
        let (Some((base, _)), Some(commit)) = (&states.base, states.base_commit) else {
            continue;
        };
        // What is asked for is read from the record: a proposal does not waive it for itself.
        let asks = base.realm_file();
        if !asks.is_some_and(|file| file.trust.require_signed_commits) {
            continue;
        }
        match proposed_commits(&states.root, commit) {
            Ok(commits) => {
                interruption::ends_programs();
                judge(&states, base, &commits, found, &mut report);
            }
            Err(error) => report
                .could_not
                .push(format!("signatures are not checked: {error}")),
        }
    }
    let order = |it: &blue_analysis::Finding| (it.place.clone(), it.code);
    report.findings.sort_by_key(|finding| order(finding));
    Ok(report)
}

fn judge(
    states: &RealmStates,
    base: &Realm,
    commits: &[ProposedCommit],
    found: &Loaded,
    report: &mut Report,
) {
    // One answer a commit and repository: a commit that changes several files is asked about once.
    let mut known: BTreeMap<(String, Arc<str>), Verdict> = BTreeMap::new();
    for commit in commits {
        for path in &commit.change.paths {
            let Some(repo) = belongs_to(base, &states.working, path) else {
                continue;
            };
            let key = (commit.change.commit.to_string(), repo.clone());
            let verdict = known
                .entry(key)
                .or_insert_with(|| signed_by(base, &states.working, &repo, commit));
            let short = commit.change.commit.short();
            match verdict {
                Verdict::Good => {}
                Verdict::NotChecked(why) => {
                    let why = format!("the signature of {short} is not checked: {why}");
                    if !report.could_not.contains(&why) {
                        report.could_not.push(why);
                    }
                }
                Verdict::Bad(why) => {
                    let message = format!(
                        "{short} changes {path} and is not signed with a key of {repo}, which the \
                         realm asks for: {why}"
                    );
                    say(states, base, &short, path, message, found, report);
                }
            }
        }
    }
}

/// The repository whose keys count for a file; nothing for a file that needs no signature.
fn belongs_to(base: &Realm, proposed: &Realm, path: &str) -> Option<Arc<str>> {
    match classify(path)? {
        FileKind::Contract { domain, contract }
        | FileKind::Release {
            domain, contract, ..
        } => {
            // A proposal that takes a contract over is signed by whom it is taken from.
            let of = |realm: &Realm| realm.contract(&domain, &contract)?.owner.clone();
            of(base).or_else(|| of(proposed))
        }
        FileKind::Binding { repo, .. } | FileKind::Acceptances { repo, .. } => Some(repo),
        _ => None,
    }
}

/// Whether a commit is signed with a key that the repository has in the record; of one that only
/// joins now, with the key it brings.
fn signed_by(base: &Realm, proposed: &Realm, repo: &str, commit: &ProposedCommit) -> Verdict {
    let file = match base.has_repo(repo) {
        true => base.repo(repo),
        false => proposed.repo(repo),
    };
    let keys = file.map(|file| file.signing_keys.iter().map(|key| key.to_string()));
    let keys: Vec<String> = keys.into_iter().flatten().collect();
    match &commit.signature {
        None => Verdict::Bad("it has no signature".to_owned()),
        Some(_) if keys.is_empty() => {
            Verdict::Bad(format!("repos/{repo}.yaml has no `signing_keys`"))
        }
        Some(signature) => blue_programs::verify(signature, &keys),
    }
}

fn say(
    states: &RealmStates,
    base: &Realm,
    commit: &str,
    path: &str,
    message: String,
    found: &Loaded,
    report: &mut Report,
) {
    let Some(severity) = severity(base) else {
        report.silenced += 1;
        return;
    };
    let mut place = Place {
        root: Root::Realm(states.realm.clone()),
        path: path.into(),
        span: Span::empty(0),
    };
    let text = found.text_of(&place).unwrap_or_default();
    let first_line = text.find(['\r', '\n']).unwrap_or(text.len());
    let routes = [[Step::Key("version")], [Step::Key("repo")]];
    let span = routes.iter().find_map(|route| span_of(&text, route));
    place.span = span.unwrap_or_else(|| Span::from_range(0..first_line));
    let kind = classify(path);
    let contract = match &kind {
        Some(FileKind::Contract { contract, .. } | FileKind::Release { contract, .. }) => {
            Some(contract.clone())
        }
        _ => None,
    };
    let made = Made {
        code: Code::UnsignedCommit,
        place,
        message,
        repo: None,
        realm: states.realm.clone(),
        domain: kind.as_ref().and_then(|kind| kind.domain().cloned()),
        contract: contract.clone(),
        subject: format!("{commit} {path}"),
    };
    let mut finding = made.finding();
    finding.severity = severity;
    report.findings.push(Arc::new(finding));
    report
        .passed
        .retain(|passed| Some(&passed.contract) != contract.as_ref());
}

/// As the record's `findings` have it; nothing where they turn it off.
fn severity(base: &Realm) -> Option<Severity> {
    let code = Code::UnsignedCommit;
    let levels = base.realm_file().map(|file| &file.findings);
    let set = levels.and_then(|levels| levels.iter().rev().find(|(it, _)| **it == *code.as_str()));
    match set.map(|(_, level)| *level) {
        None => Some(code.default_severity()),
        Some(Level::Off) => None,
        Some(Level::Error) => Some(Severity::Error),
        Some(Level::Warning) => Some(Severity::Warning),
        Some(Level::Info) => Some(Severity::Info),
        Some(Level::Hint) => Some(Severity::Hint),
    }
}

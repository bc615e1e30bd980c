//! What a branch of a sync may hold: the next versions of contracts, and words about them. Everything
//! else, whoever put it there and however it came there, is for people to merge.

use std::collections::BTreeSet;

use blue_git::{CommitId, TreeChanged};
use blue_realm::proposal::{Proposal, problems};
use blue_realm::{Date, FileKind, ProblemCode, Realm, classify};
use blue_workspace::authors_of;
use semver::Version;

use super::open::{OpenSync, trailer};
use crate::error::Error;
use crate::place::OpenRealm;
use crate::proposed::is_error;
use crate::signers::Signers;

/// Whether files of a kind are written by syncs and by importers' words.
pub(crate) fn is_of_sync(kind: &FileKind) -> bool {
    matches!(
        kind,
        FileKind::Contract { .. }
            | FileKind::Release { .. }
            | FileKind::Binding { .. }
            | FileKind::Acceptances { .. }
    )
}

/// What a branch holds that no sync and no importer's word does, whatever becomes of it: files of another
/// kind, and commits that say what only the branch of record says.
pub(super) fn foreign(realm: &OpenRealm, main: CommitId, open: &OpenSync) -> Vec<String> {
    let mut said = Vec::new();
    let paths: BTreeSet<&String> = open.changes.iter().flat_map(|it| &it.paths).collect();
    for path in paths {
        if !classify(path).is_some_and(|kind| is_of_sync(&kind)) {
            said.push(format!(
                "it changes {path}, which no sync does: merge it by hand"
            ));
        }
    }
    said.extend(not_of_record(realm, main, open));
    said
}

/// Commits that say what only the branch of record says, and those that are not made on it.
pub(super) fn not_of_record(realm: &OpenRealm, main: CommitId, open: &OpenSync) -> Vec<String> {
    let mut said = Vec::new();
    for commit in &open.commits {
        let mut keys = trailer::OF_RECORD.iter();
        if let Some(key) = keys.find(|key| commit.trailers(key).next().is_some()) {
            said.push(format!(
                "its commit {} says `{key}`, which only {} says: nothing of it is believed",
                commit.id.short(),
                realm.main
            ));
        }
        // A branch of one's own, taken in for its history, would be one of these.
        let is_known = |parent: &CommitId| {
            open.commits.iter().any(|it| it.id == *parent)
                || realm.repository.is_ancestor(*parent, main).unwrap_or(false)
        };
        if commit.parents.is_empty() || !commit.parents.iter().all(is_known) {
            said.push(format!(
                "its commit {} is not made on {}: merge it by hand",
                commit.id.short(),
                realm.main
            ));
        }
    }
    said
}

/// What differs between the branch of record and what it would be, beside contracts and words about
/// them: in the whole repository, whoever did it and however it came there.
pub(super) fn beside(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    (merged, proposed): (CommitId, &Realm),
) -> Result<Vec<String>, Error> {
    let mut said = Vec::new();
    for change in realm.repository.tree_changes(main, merged)? {
        let own = realm.path_in_realm(&change.path);
        let Some(kind) = own.and_then(classify) else {
            said.push(format!(
                "it changes {}, which no sync does: merge it by hand",
                change.path
            ));
            continue;
        };
        let does = match change.now {
            TreeChanged::Gone => Some("takes away"),
            TreeChanged::Foreign => Some("makes a link of"),
            TreeChanged::Mode => Some("changes the mode of"),
            TreeChanged::File => not_of_a_sync(record, proposed, &kind),
        };
        if let Some(does) = does {
            let path = &change.path;
            said.push(format!(
                "it {does} {path}, which no sync does: merge it by hand"
            ));
        }
    }
    Ok(said)
}

/// What is done to a file of the realm that neither a sync nor an importer's word does.
fn not_of_a_sync(record: &Realm, proposed: &Realm, kind: &FileKind) -> Option<&'static str> {
    match kind {
        FileKind::Contract { domain, contract } => {
            let made = record.file(&kind.path()).is_none();
            let owner = |realm: &Realm| realm.contract(domain, contract)?.owner.clone();
            match (made, owner(record) == owner(proposed)) {
                (true, _) => Some("makes"),
                (_, false) => Some("gives another owner to"),
                _ => None,
            }
        }
        FileKind::Release {
            domain,
            contract,
            version,
        } => {
            let new = proposed.contract(domain, contract);
            let version = version.parse::<Version>().ok();
            let release = version
                .as_ref()
                .and_then(|version| proposed.release(domain, contract, version));
            let is_of_it = new.zip(release).is_some_and(|(new, release)| {
                new.version == version && new.schema == release.schema && new.value == release.value
            });
            (!is_of_it).then_some("releases by")
        }
        FileKind::Binding { domain, repo } => {
            let followed = |realm: &Realm| {
                let mut binding = (**realm.binding(domain, repo)?).clone();
                for import in &mut binding.imports {
                    import.version_text = None;
                    import.version = None;
                    import.resolved_version = None;
                    import.resolved_at = None;
                }
                Some(binding)
            };
            let (was, is) = (followed(record), followed(proposed));
            (was.is_none() || was != is).then_some("changes more than what is followed in")
        }
        FileKind::Acceptances { .. } => None,
        FileKind::Realm
        | FileKind::Repo { .. }
        | FileKind::Domain { .. }
        | FileKind::Governance { .. }
        | FileKind::Foreign => Some("changes"),
    }
}

/// What the realm's own rules say against it: who changed what is another's, versions that are wrong,
/// files that cannot be read.
pub(super) fn of_rules(
    record: &Realm,
    proposed: &Realm,
    (open, signers): (&OpenSync, &Signers),
    today: Date,
) -> Vec<String> {
    let authors = authors_of(&open.changes, &|change| signers.is_verified(change.commit));
    let found = problems(&Proposal {
        base: record,
        proposed,
        authors: &authors,
        today: Some(today),
    });
    let mut said: Vec<String> = found
        .into_iter()
        .map(|(path, it)| told_of(&path, &it.message))
        .collect();
    let paths: BTreeSet<&String> = open.changes.iter().flat_map(|it| &it.paths).collect();
    for path in paths {
        let was = record.problems_of(path, Some(today));
        for problem in proposed.problems_of(path, Some(today)) {
            let is_new = was.iter().all(|was| was.message != problem.message);
            let told = told_of(path, &problem.message);
            if is_error(problem.code) && is_new && !said.contains(&told) {
                said.push(told);
            }
        }
    }
    said
}

/// What is wrong with a file, with its path; said once where the message begins with it.
fn told_of(path: &str, message: &str) -> String {
    match message.starts_with(path) {
        true => message.to_owned(),
        false => format!("{path}: {message}"),
    }
}

/// Why a branch is not one that its exporter goes on with: somebody else wrote to it, or it holds what no
/// sync does. What only a newer record makes wrong is left out.
pub(crate) fn not_its_own(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    open: &OpenSync,
) -> Vec<String> {
    if let Some(why) = &open.trouble {
        return vec![why.clone()];
    }
    let mut said = foreign(realm, main, open);
    let Ok(proposed) = realm.realm_at(open.tip) else {
        said.push("it holds no realm".to_owned());
        return said;
    };
    let found = problems(&Proposal {
        base: record,
        proposed: &proposed,
        authors: &authors_of(&open.changes, &|_| false),
        today: None,
    });
    let not_theirs = found
        .into_iter()
        .filter(|(_, problem)| problem.code == ProblemCode::NotOwner);
    said.extend(not_theirs.map(|(_, problem)| problem.message));
    said
}

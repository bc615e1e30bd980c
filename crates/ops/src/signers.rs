//! Who signed a commit, by the keys that a realm has of its repos: the only evidence of an actor that git itself
//! keeps (`git-and-forges.md`, "Who acknowledges").
//!
//! A key belongs to a repo, not to a person. So a signature says that one of the repo's people wrote what the commit
//! says, and counts for those alone whom the repo lists: it makes nobody a maintainer, and speaks for no other repo.

use std::collections::{BTreeMap, BTreeSet};

use blue_git::{Change, CommitId, CommitSignature};
use blue_programs::{Programs, Verdict};
use blue_realm::Realm;
use blue_realm::proposal::{Author, is_person};
use blue_workspace::Verifier;

use crate::ask::Ask;
use crate::place::OpenRealm;

/// No more signatures than these are looked at in one branch: each starts a program, and whoever may push a branch
/// may sign any number of commits.
const MAX_ASKED: usize = 100;

/// Who signed the commits of a branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers {
    by: BTreeMap<CommitId, BTreeSet<String>>,
}

impl Signers {
    /// Of what some commits changed, held against the keys of the realm of record.
    pub(crate) fn of(
        realm: &OpenRealm,
        record: &Realm,
        changes: &[Change],
        ask: &Ask<'_>,
    ) -> Signers {
        let mut found = Signers::default();
        if ask.programs == Programs::Never || !has_keys(record) {
            return found;
        }
        let mut left = MAX_ASKED;
        for change in changes {
            if realm.is_rehearsed(change, ask) {
                found
                    .by
                    .insert(change.commit, with_keys(record, &author_of(change)));
                continue;
            }
            // What cannot be read was not signed by anybody.
            let Ok(Some(signature)) = realm.repository.signature_of(change.commit) else {
                continue;
            };
            if left == 0 {
                break;
            }
            left -= 1;
            let by = signed_by(record, &author_of(change), &signature, ask);
            found.by.insert(change.commit, by);
        }
        found
    }

    /// Whether somebody of this repo signed it.
    #[must_use]
    pub fn has(&self, commit: CommitId, repo: &str) -> bool {
        self.by.get(&commit).is_some_and(|by| by.contains(repo))
    }

    /// Whether a repo that lists who wrote it signed it.
    #[must_use]
    pub fn is_verified(&self, commit: CommitId) -> bool {
        self.by.get(&commit).is_some_and(|by| !by.is_empty())
    }
}

/// Whether a realm has any key: else nobody can be verified, and nothing is asked.
pub(crate) fn has_keys(record: &Realm) -> bool {
    let mut repos = record.repos().filter_map(|(_, file)| file);
    repos.any(|repo| !repo.signing_keys.is_empty())
}

/// Who wrote a change or took it over, as its commit says.
fn author_of(change: &Change) -> Author {
    Author {
        email: change.author.email.as_str().into(),
        names: vec![change.committer.email.as_str().into()],
        commit: None,
        verified: false,
    }
}

/// The repos that list this author, and with one of whose keys the signature was made.
pub(crate) fn signed_by(
    record: &Realm,
    author: &Author,
    signature: &CommitSignature,
    ask: &Ask<'_>,
) -> BTreeSet<String> {
    let mut by = with_keys(record, author);
    by.retain(|repo| is_good(signature, keys_of(record, repo), ask));
    by
}

/// What tells a workspace whose signatures are good, which starts programs: for commands alone.
#[must_use]
pub fn verifier() -> Verifier {
    Verifier::new(|record, change, signature| {
        let by = with_keys(record, &author_of(change));
        let mut keys = by.iter().map(|repo| keys_of(record, repo));
        keys.any(|keys| blue_programs::verify(signature, &keys) == Verdict::Good)
    })
}

fn keys_of(record: &Realm, repo: &str) -> Vec<String> {
    let file = record.repo(repo);
    let keys = file.iter().flat_map(|file| &file.signing_keys);
    keys.map(ToString::to_string).collect()
}

/// The repos that list this author and have a key.
fn with_keys(record: &Realm, author: &Author) -> BTreeSet<String> {
    let repos = record
        .repos()
        .filter_map(|(name, file)| Some((name, file?)));
    let theirs = repos.filter(|(_, file)| {
        let mut people = file.maintainers.iter();
        !file.signing_keys.is_empty() && people.any(|listed| is_person(author, listed))
    });
    theirs.map(|(name, _)| name.to_string()).collect()
}

/// Asked once an errand: what waits is judged again after each step.
fn is_good(signature: &CommitSignature, keys: Vec<String>, ask: &Ask<'_>) -> bool {
    if ask.programs == Programs::Never {
        return false;
    }
    let asked = (signature.clone(), keys);
    let mut known = ask.verdicts.borrow_mut();
    if let Some((_, is_good)) = known.iter().find(|(it, _)| *it == asked) {
        return *is_good;
    }
    let is_good = blue_programs::verify(&asked.0, &asked.1) == Verdict::Good;
    known.push((asked, is_good));
    is_good
}

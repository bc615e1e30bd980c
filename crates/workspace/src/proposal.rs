//! What a realm's working tree is a proposal to: where it left the branch that everybody follows,
//! and who changed which file since. Read from git, brought to the analysis as plain data.
//!
//! It exists because a working tree alone cannot say whether a version was bumped, or by whom.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use blue_analysis::RealmProposal;
use blue_git::{Change, CommitId, CommitSignature, Error, Record, Repository, Why};
use blue_realm::proposal::Author;
use blue_realm::{Realm, Text};

use crate::load::under;
use crate::realm_files::{Commits, Others};

/// A realm's proposal as git has it, without open buffers.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoadedProposal {
    pub(crate) proposal: RealmProposal,
    /// The commit that it left the followed branch at.
    pub(crate) base_commit: Option<CommitId>,
    /// Who makes what is not committed: git's own `user.email`.
    pub(crate) user: Option<Author>,
}

impl LoadedProposal {
    /// The same, with what the user changes in these files besides.
    pub(crate) fn with_buffers(&self, changed: Vec<Text>) -> RealmProposal {
        let mut proposal = self.proposal.clone();
        if let Some(user) = self.user.as_ref().filter(|_| !changed.is_empty()) {
            add_user(Arc::make_mut(&mut proposal.authors), user, changed);
        }
        proposal
    }
}

/// Tells whether a good signature says who wrote a change, by the keys of the realm of record. Whoever loads a realm
/// brings it along, or nothing: it starts programs.
#[derive(Clone)]
pub struct Verifier(Arc<Tells>);

type Tells = dyn Fn(&Realm, &Change, &CommitSignature) -> bool + Send + Sync;

impl Verifier {
    /// Of a function that tells.
    pub fn new(
        tells: impl Fn(&Realm, &Change, &CommitSignature) -> bool + Send + Sync + 'static,
    ) -> Verifier {
        Verifier(Arc::new(tells))
    }

    fn tells(&self, record: &Realm, change: &Change, signature: &CommitSignature) -> bool {
        (self.0)(record, change, signature)
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier")
    }
}

/// What a realm's own checkout is held against.
#[derive(Default)]
pub(crate) struct Against<'a> {
    /// A revision in place of what everybody follows.
    pub(crate) base: Option<&'a str>,
    /// Who tells good signatures.
    pub(crate) verifier: Option<&'a Verifier>,
}

/// What a checkout is held against.
pub(crate) struct Asked<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) root: &'a Path,
    /// The realm at its commits; nothing where it does not lie in the repository's working tree.
    pub(crate) commits: Option<&'a Commits<'a>>,
    /// The branch or tag that a config follows.
    pub(crate) follow: Option<&'a str>,
    /// What it is held against instead, and who tells good signatures.
    pub(crate) against: &'a Against<'a>,
    /// The commit of record, which is read already.
    pub(crate) record: Option<(CommitId, &'a Arc<Realm>)>,
    /// The working tree.
    pub(crate) working: &'a Realm,
    /// What else is in it.
    pub(crate) others: &'a Others,
}

/// Reads what a realm's checkout is a proposal to. What git cannot tell is said in
/// [`RealmProposal::unjudged`].
pub(crate) fn load(asked: &Asked<'_>) -> LoadedProposal {
    let email = asked.repository.user_email();
    let user = email.map(|email| Author {
        names: Vec::new(),
        email: email.into(),
        commit: None,
        verified: false,
    });
    let mut loaded = LoadedProposal {
        proposal: RealmProposal::default(),
        base_commit: None,
        user,
    };
    match read(asked, &mut loaded) {
        Ok(None) => {}
        Ok(Some(why)) => loaded.proposal.unjudged.push(why.into()),
        Err(error) => {
            let why = format!("versions and owners are not judged: {error}");
            loaded.proposal.unjudged.push(why.into());
        }
    }
    loaded
}

/// Fills in what is proposed; a sentence where that cannot be known.
fn read(asked: &Asked<'_>, loaded: &mut LoadedProposal) -> Result<Option<String>, Error> {
    let repository = asked.repository;
    let Some(head) = repository.head_record()? else {
        return Ok(None);
    };
    let Some(commits) = asked.commits else {
        return Ok(None);
    };
    let (target, name) = match asked.against.base {
        Some(revision) => (repository.resolve(revision)?, revision.to_owned()),
        None => match followed(asked)? {
            Some(record) if record.why == Why::Head && repository.is_shallow() => {
                return Ok(Some(format!(
                    "{}: which branch the change is meant for is not known in this shallow clone; \
                     fetch the whole history (in CI `fetch-depth: 0`), or name it with --base",
                    asked.root.display()
                )));
            }
            // Held against itself every change would pass.
            Some(record) if record.why == Why::Head && repository.has_remote_branches()? => {
                return Ok(Some(format!(
                    "{}: which of the remote's branches the change is meant for is not known; name \
                     it with --base, or say `git remote set-head origin --auto` once",
                    asked.root.display()
                )));
            }
            Some(record) => (record.commit, name_of(&record.why)),
            None => return Ok(None),
        },
    };
    let Some(base) = repository.merge_base(head.commit, target)? else {
        let advice = match repository.is_shallow() {
            true => "this is a shallow clone: fetch the whole history (in CI `fetch-depth: 0`)",
            false => "were its commits written anew?",
        };
        return Ok(Some(format!(
            "the checkout and {name} have no commit in common, so versions and owners are not \
             judged; {advice}"
        )));
    };
    let realm = match asked.record {
        Some((commit, record)) if commit == base => Some(record.clone()),
        _ => commits.realm(base, asked.working)?.map(Arc::new),
    };
    // A realm that is new, or of which this repository never held a file: all of it is proposed.
    let realm = realm.unwrap_or_default();
    loaded.base_commit = Some(base);
    loaded.proposal.base = Some(realm.clone());
    let against = match name == base.to_string() {
        true => base.short().to_string(),
        false => format!("{name} at {}", base.short()),
    };
    loaded.proposal.against = Some(against.into());
    let changes = repository.changes(base, head.commit, commits.under)?;
    let is_verified = |change: &Change| {
        let verifier = asked.against.verifier;
        // What cannot be read was signed by nobody.
        let signature = verifier.map(|_| repository.signature_of(change.commit));
        let signature = signature.and_then(|read| read.ok().flatten());
        let both = verifier.zip(signature);
        both.is_some_and(|(verifier, signature)| verifier.tells(&realm, change, &signature))
    };
    let mut authors = authors_of(&changes, &is_verified);
    if let Some(user) = &loaded.user {
        let uncommitted = commits.uncommitted(head.commit, asked.working, asked.others)?;
        let paths = uncommitted.into_iter().map(Text::from).collect();
        add_user(&mut authors, user, paths);
    }
    loaded.proposal.authors = Arc::new(authors);
    Ok(None)
}

/// What everybody follows: the branch a config names, else the default one.
fn followed(asked: &Asked<'_>) -> Result<Option<Record>, Error> {
    match asked.follow {
        Some(name) => asked.repository.record_commit(Some(name)),
        None => asked.repository.default_branch(),
    }
}

fn name_of(why: &Why) -> String {
    match why {
        Why::RemoteTracking { name } | Why::LocalBranch { name } | Why::Tag { name } => {
            name.clone()
        }
        Why::Head => "HEAD".to_owned(),
    }
}

/// A commit of a proposal that changes a file of the realm, with its signature.
#[derive(Debug, Clone)]
pub struct ProposedCommit {
    /// What it changes, and who says so.
    pub change: Change,
    /// Its signature; nothing where it has none.
    pub signature: Option<CommitSignature>,
}

/// The commits of a realm's checkout since `base`, oldest first. Blocking.
///
/// # Errors
/// [`Error::MissingObject`] where this clone does not have them all.
pub fn proposed_commits(root: &Path, base: CommitId) -> Result<Vec<ProposedCommit>, Error> {
    let Some(repository) = blue_git::discover(root)? else {
        return Ok(Vec::new());
    };
    let (Some(head), Some(under)) = (repository.head_record()?, under(&repository, root)) else {
        return Ok(Vec::new());
    };
    let mut commits = Vec::new();
    for change in repository.changes(base, head.commit, &under)? {
        let signature = repository.signature_of(change.commit)?;
        commits.push(ProposedCommit { change, signature });
    }
    Ok(commits)
}

/// Who changed each file, as the commits say it. Who wrote a change or who took it over into the
/// branch: either may answer for it. `is_verified`: whether a good signature says so.
pub fn authors_of(
    changes: &[Change],
    is_verified: &dyn Fn(&Change) -> bool,
) -> BTreeMap<Text, Vec<Author>> {
    let mut authors: BTreeMap<Text, Vec<Author>> = BTreeMap::new();
    for change in changes {
        let mut names: Vec<Text> = Vec::new();
        if change.committer.email != change.author.email {
            names.push(change.committer.email.as_str().into());
        }
        for path in &change.paths {
            authors
                .entry(path.as_str().into())
                .or_default()
                .push(Author {
                    email: change.author.email.as_str().into(),
                    names: names.clone(),
                    commit: Some(change.commit.short().into()),
                    verified: is_verified(change),
                });
        }
    }
    authors
}

fn add_user(authors: &mut BTreeMap<Text, Vec<Author>>, user: &Author, paths: Vec<Text>) {
    for path in paths {
        let known = authors.entry(path).or_default();
        if !known.contains(user) {
            known.push(user.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(author: &str, committer: &str, path: &str) -> Change {
        let person = |email: &str| blue_git::Person {
            name: "somebody".into(),
            email: email.into(),
        };
        Change {
            commit: CommitId::from_bytes([0xab; 20]),
            author: person(author),
            committer: person(committer),
            summary: String::new(),
            paths: vec![path.into()],
        }
    }

    #[test]
    fn whoever_takes_a_change_over_answers_for_it_too() {
        let changes = [
            change("ada@example.com", "ada@example.com", "realm.yaml"),
            change("carl@elsewhere.example", "bert@example.com", "realm.yaml"),
        ];
        let authors = authors_of(&changes, &|_| false);
        let said: Vec<_> = authors["realm.yaml"]
            .iter()
            .map(|author| {
                (
                    &*author.email,
                    author.names.join(" "),
                    author.commit.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("ada@example.com", String::new(), Some("abababa")),
                (
                    "carl@elsewhere.example",
                    "bert@example.com".to_owned(),
                    Some("abababa")
                )
            ]
        );
    }
}

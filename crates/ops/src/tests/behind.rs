//! Clones of aperture's code that lack the commit that the contract was made from: whether a sync may take out what
//! seems to be gone there, or bring back what is there still.

use std::path::Path;

use git2::{Oid, Repository, Signature, Time};

use super::world::{BINDING, CONTRACT, NOW, World, as_who, change, open, source};
use crate::merge::{Merging, SourceState, Terms, merge_open};
use crate::sync::{
    Asking, ContractChange, Fate, Request, Source, Target, Wanted, Wish, behind, export, given_up,
};

/// A history of aperture's code, with what was pushed of it.
struct Code {
    dir: tempfile::TempDir,
}

impl Code {
    /// `main` at its first commit, and a `feat` from there that nobody has merged.
    fn new() -> Code {
        let dir = tempfile::tempdir().unwrap();
        let code = Code { dir };
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head("main");
        Repository::init_opts(code.origin_path(), &options).unwrap();
        code.commit("main", &[]);
        code
    }

    fn origin_path(&self) -> std::path::PathBuf {
        self.dir.path().join("aperture.git")
    }

    fn origin(&self) -> Repository {
        Repository::open(self.origin_path()).unwrap()
    }

    /// The next commit of a branch of origin, a merge of others too.
    fn commit(&self, branch: &str, merged: &[Oid]) -> Oid {
        let git = self.origin();
        let name = format!("refs/heads/{branch}");
        let at = git.refname_to_id(&name).ok();
        let tree = git.treebuilder(None).unwrap().write().unwrap();
        let tree = git.find_tree(tree).unwrap();
        let by = Signature::new("ada", "ada@example.com", &Time::new(NOW, 0)).unwrap();
        let parents = at
            .iter()
            .chain(merged)
            .map(|id| git.find_commit(*id).unwrap());
        let parents: Vec<_> = parents.collect();
        let parents: Vec<_> = parents.iter().collect();
        // No two of them are equal.
        let words = format!("{branch} {}", parents.len() + self.count());
        git.commit(Some(&name), &by, &by, &words, &tree, &parents)
            .unwrap()
    }

    fn count(&self) -> usize {
        let git = self.origin();
        let mut many = 0;
        git.odb()
            .unwrap()
            .foreach(|_| {
                many += 1;
                true
            })
            .unwrap();
        many
    }

    /// A branch that begins where another one is.
    fn branch(&self, name: &str, at: Oid) {
        let git = self.origin();
        git.branch(name, &git.find_commit(at).unwrap(), true)
            .unwrap();
    }

    fn clone(&self, name: &str) -> Repository {
        let url = self.origin_path();
        Repository::clone(url.to_str().unwrap(), self.dir.path().join(name)).unwrap()
    }
}

fn fetch(clone: &Repository) {
    let mut origin = clone.find_remote("origin").unwrap();
    origin
        .fetch(&["+refs/heads/*:refs/remotes/origin/*"], None, None)
        .unwrap();
}

/// Checks a branch out at a commit, or the commit alone.
fn check_out(clone: &Repository, branch: Option<&str>, at: Oid) {
    match branch {
        None => clone.set_head_detached(at).unwrap(),
        Some(branch) => {
            clone.set_head_detached(at).unwrap();
            clone
                .branch(branch, &clone.find_commit(at).unwrap(), true)
                .unwrap();
            clone.set_head(&format!("refs/heads/{branch}")).unwrap();
        }
    }
}

/// What comes of a change of values in a clone, of a contract that was made from a commit of a branch: `written`, `noted`
/// or why not.
fn said(
    clone: &Path,
    (commit, branch): (Oid, &str),
    change: &ContractChange,
    asking: Asking,
) -> String {
    let world = World::with(&[(CONTRACT, &made_from(commit, branch)), (RELEASE, RELEASED)]);
    let record = world.realm("main");
    let changes = std::slice::from_ref(change);
    let wanted = Wanted {
        root: clone,
        record: &record,
        changes,
        said: &[],
        remove: &["named.json".to_owned()],
    };
    let (held_back, doubted) = as_who("ada", |ask| behind(&wanted, asking, ask)).unwrap();
    match (held_back.as_slice(), doubted.as_slice()) {
        ([], []) => "written".to_owned(),
        ([], [_]) => "noted".to_owned(),
        ([held], []) => held.why.clone(),
        other => panic!("{other:?}"),
    }
}

fn made_from(commit: Oid, branch: &str) -> String {
    let mut files = World::files().iter();
    let (_, text) = files.find(|(path, _)| *path == CONTRACT).unwrap();
    let source = format!("    source: {{commit: {commit}, branch: {branch}}}\n");
    format!("{text}{source}")
}

/// A version of long ago, which read what nobody has read since.
const RELEASE: &str = "domains/s3-access/contracts/s3-permissions/1.2.0.yaml";
const RELEASED: &str =
    "name: s3-permissions\nversion: 1.2.0\nschema: {}\nvalue:\n  read: [old.json]\n";

fn taken_out() -> ContractChange {
    change(&[], &[("read", "calibration/current.json")])
}

const BEHIND: &str = "has commits that are not checked out: fetch and merge it, then sync again";

#[test]
fn only_a_clone_that_is_not_behind_takes_out_what_it_does_not_show() {
    let code = Code::new();
    let clone = code.clone("clone");
    let begin = clone.head().unwrap().target().unwrap();
    let path = clone.workdir().unwrap().to_owned();
    let asked = |commit, branch: &str| said(&path, (commit, branch), &taken_out(), Asking::Remote);
    let unasked =
        |commit, branch: &str| said(&path, (commit, branch), &taken_out(), Asking::Nobody);
    let back = change(&[("read", "old.json")], &[]);
    let brought = |commit| said(&path, (commit, "main"), &back, Asking::Remote);
    // Its own commit is there.
    assert_eq!(brought(begin), "written");
    assert_eq!(asked(begin, "main"), "written");
    // Somebody pushed the code that the contract was made from.
    let newer = code.commit("main", &[]);
    let why = asked(newer, "main");
    assert!(
        why.contains("which this clone does not have, and main"),
        "{why}"
    );
    assert!(why.ends_with(BEHIND), "{why}");
    assert!(brought(newer).ends_with(BEHIND), "{}", brought(newer));
    // Before it is fetched nobody can know it.
    assert_eq!(unasked(newer, "main"), "noted");
    // Fetched and not merged: what came since is judged apart.
    fetch(&clone);
    assert_eq!(asked(newer, "main"), "written");
    check_out(&clone, Some("main"), newer);
    assert_eq!(asked(newer, "main"), "written");
    // It was made from a branch that was squashed: there is no such commit in any clone but one.
    let lost = Oid::from_str(&"4f2a91c8d0".repeat(4)).unwrap();
    assert_eq!(asked(lost, "feat"), "written");
    assert_eq!(unasked(lost, "feat"), "noted");
    // On a feature branch that has all of main, and as CI has it.
    check_out(&clone, None, newer);
    assert_eq!(asked(lost, "feat"), "written");
    // The same, after somebody else pushed.
    code.commit("main", &[]);
    assert!(asked(lost, "feat").ends_with(BEHIND));
    fetch(&clone);
    let why = unasked(lost, "feat");
    assert!(why.contains("and origin/main has commits"), "{why}");
}

#[test]
fn the_branch_that_the_contract_names_counts_where_it_is_checked_out() {
    let code = Code::new();
    let clone = code.clone("clone");
    let begin = clone.head().unwrap().target().unwrap();
    let path = clone.workdir().unwrap().to_owned();
    code.branch("release", begin);
    let newer = code.commit("release", &[]);
    let asked = |branch: &str| said(&path, (newer, branch), &taken_out(), Asking::Remote);
    // main is not behind: what is on release was never on it.
    assert_eq!(asked("release"), "written");
    check_out(&clone, Some("release"), begin);
    let why = asked("release");
    assert!(why.contains("and release has commits"), "{why}");
    // A commit that is here, of a branch that was merged as another one.
    fetch(&clone);
    code.commit("main", &[]);
    check_out(&clone, Some("main"), begin);
    let why = asked("feat");
    assert!(
        why.contains("which what is checked out does not contain, and main has"),
        "{why}"
    );
}

#[test]
fn a_remote_that_says_nothing_is_no_consent() {
    let code = Code::new();
    let clone = code.clone("clone");
    let path = clone.workdir().unwrap().to_owned();
    let newer = code.commit("main", &[]);
    std::fs::rename(code.origin_path(), code.dir.path().join("gone")).unwrap();
    let asked = |change: &ContractChange| said(&path, (newer, "main"), change, Asking::Remote);
    let why = asked(&taken_out());
    assert!(
        why.contains("whether this clone is behind cannot be asked"),
        "{why}"
    );
    assert!(why.contains("cannot be reached"), "{why}");
    // What was there before may only be there still.
    let why = asked(&change(&[("read", "old.json")], &[]));
    assert!(
        why.contains("`old.json` was in 1.2.0, and may only be here"),
        "{why}"
    );
    // What is new needs nobody's consent, nor what a person names.
    assert_eq!(asked(&change(&[("read", "new.json")], &[])), "written");
    assert_eq!(asked(&change(&[], &[("read", "named.json")])), "written");
    // Without a remote there is nothing to be behind of.
    clone.remote_delete("origin").unwrap();
    assert_eq!(asked(&taken_out()), "written");
}

#[test]
fn code_that_was_never_pushed_waits_where_that_can_be_known() {
    let code = Code::new();
    let clone = code.clone("clone");
    let path = clone.workdir().unwrap().to_owned();
    let begin = clone.head().unwrap().target().unwrap();
    let lost = Oid::from_str(&"4f2a91c8d0".repeat(4)).unwrap();
    let stands = |commit: Oid| {
        let world = World::with(&[(BINDING, "repo: fungal-image-analysis\n")]);
        let place = world.checkout("realm");
        let source = Source {
            commit: Some(commit.to_string()),
            ..source("a", "main")
        };
        as_who("ada", |ask| {
            let mut realm = open(&place, ask).unwrap();
            let request = Request {
                repo: "aperture",
                changes: &[change(&[("read", "one.json")], &[])],
                shows: &|_, _, _| true,
                held_back: &[],
                given_up: &[],
                source: &source,
                wish: &Wish::default(),
                checkout: &crate::tests::world::Code::WHOLE,
                target: Target::Remote,
            };
            export(&mut realm, &request, ask).unwrap();
            let terms = Terms {
                code: Some(("aperture", &path)),
                ..Terms::default()
            };
            let merging = merge_open(&mut realm, &terms, &[], ask).unwrap();
            let is_merged = matches!(merging[0], Merging::Merged { .. });
            (merging[0].judged().source, is_merged)
        })
    };
    assert_eq!(stands(begin), (SourceState::Reachable, true));
    assert_eq!(stands(lost), (SourceState::Elsewhere, false));
    // The clone is behind: it may have been pushed.
    let newer = code.commit("main", &[]);
    assert_eq!(stands(lost), (SourceState::Unknown, true));
    assert_eq!(stands(newer), (SourceState::Unknown, true));
    fetch(&clone);
    assert_eq!(stands(newer), (SourceState::Reachable, true));
    std::fs::rename(code.origin_path(), code.dir.path().join("gone")).unwrap();
    assert_eq!(stands(lost), (SourceState::Unknown, true));
}

/// A sync is given up where the branch that it was read from is no more, and this clone had what it was read from.
#[test]
fn a_sync_of_a_branch_that_is_no_more_is_taken_away() {
    let code = Code::new();
    let clone = code.clone("clone");
    let root = clone.workdir().unwrap().to_owned();
    let begin = clone.head().unwrap().target().unwrap();
    code.branch("idea", begin);
    let idea = code.commit("idea", &[]);
    fetch(&clone);
    let never_here = Oid::from_str(&"4f2a91c8d0".repeat(4)).unwrap();
    let found = |commit: Oid| {
        let world = World::new();
        let place = world.checkout("realm");
        let source = Source {
            commit: Some(commit.to_string()),
            ..source("a", "idea")
        };
        let changes = [change(&[("read", "one.json")], &[])];
        as_who("ada", |ask| {
            let mut realm = open(&place, ask).unwrap();
            let mut request = Request {
                repo: "aperture",
                changes: &changes,
                shows: &|_, _, _| true,
                held_back: &[],
                given_up: &[],
                source: &source,
                wish: &Wish::default(),
                checkout: &crate::tests::world::Code::WHOLE,
                target: Target::Remote,
            };
            export(&mut realm, &request, ask).unwrap();
            let record = realm.realm_at(realm.tip().unwrap()).unwrap();
            let found = given_up(&realm, &record, ("aperture", &root), ask).unwrap();
            // On the default branch, which lacks all of it.
            let main = crate::tests::world::source("b", "main");
            request.changes = &[];
            request.given_up = &found.branches;
            request.source = &main;
            request.checkout = &crate::tests::world::Code {
                is_default: true,
                ..crate::tests::world::Code::ANOTHER
            };
            let done = export(&mut realm, &request, ask).unwrap();
            let fates: Vec<Fate> = done.into_iter().map(|it| it.fate).collect();
            (fates, found.notes.len(), world.branches().len() - 1)
        })
    };
    // Somebody may go on with it.
    assert_eq!(found(idea), (vec![], 0, 1));
    let origin = code.origin();
    let mut branch = origin.find_branch("idea", git2::BranchType::Local).unwrap();
    branch.delete().unwrap();
    assert_eq!(found(idea), (vec![Fate::GivenUp], 0, 0));
    // It may not have been pushed yet, by another clone.
    assert_eq!(found(never_here), (vec![], 1, 1));
    // This clone has it still.
    check_out(&clone, Some("idea"), idea);
    check_out(&clone, Some("main"), begin);
    assert_eq!(found(idea), (vec![], 0, 1));
}

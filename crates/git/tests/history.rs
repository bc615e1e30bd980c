//! Who changed what between two commits, and from where everybody starts: whole repositories on
//! disk, made with git2 in a temporary folder.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

use std::fs;
use std::path::Path;

use blue_git::{Behind, CommitId, Error, Repository, Why, discover};
use git2::{Oid, Signature, Time};

const CONTRACT: &str = "domains/s3-access/contracts/s3-permissions.yaml";
const BINDING: &str = "domains/s3-access/bindings/fungal-image-analysis.yaml";

struct World {
    dir: tempfile::TempDir,
    git: git2::Repository,
}

impl World {
    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        let git = git2::Repository::init_opts(dir.path(), options.initial_head("main")).unwrap();
        let mut config = git.config().unwrap();
        config.set_str("core.autocrlf", "false").unwrap();
        config
            .set_str("user.email", "ada@aperture.example")
            .unwrap();
        World { dir, git }
    }

    fn open(&self) -> Repository {
        discover(self.dir.path()).unwrap().unwrap()
    }

    fn tree(&self, files: &[(&str, &str)], parent: Option<&git2::Commit<'_>>) -> Oid {
        let mut index = git2::Index::new().unwrap();
        if let Some(parent) = parent {
            index.read_tree(&parent.tree().unwrap()).unwrap();
        }
        for (path, text) in files {
            if text.is_empty() {
                index.remove(Path::new(path), 0).unwrap();
                continue;
            }
            let entry = git2::IndexEntry {
                ctime: git2::IndexTime::new(0, 0),
                mtime: git2::IndexTime::new(0, 0),
                dev: 0,
                ino: 0,
                mode: 0o100_644,
                uid: 0,
                gid: 0,
                file_size: 0,
                id: self.git.blob(text.as_bytes()).unwrap(),
                flags: 0,
                flags_extended: 0,
                path: path.as_bytes().to_vec(),
            };
            index.add(&entry).unwrap();
        }
        index.write_tree_to(&self.git).unwrap()
    }

    /// A commit by `who@example.com` on `parents`, with these files over the first one's.
    fn commit(&self, who: &str, parents: &[CommitId], files: &[(&str, &str)]) -> CommitId {
        let email = format!("{who}@example.com");
        let who = Signature::new(who, &email, &Time::new(100, 0)).unwrap();
        let parents: Vec<_> = parents
            .iter()
            .map(|id| self.git.find_commit(oid(*id)).unwrap())
            .collect();
        let tree = self.tree(files, parents.first());
        let tree = self.git.find_tree(tree).unwrap();
        let parents: Vec<_> = parents.iter().collect();
        let made = self
            .git
            .commit(None, &who, &who, "change it\n\nmore", &tree, &parents)
            .unwrap();
        made.to_string().parse().unwrap()
    }

    fn point(&self, reference: &str, to: CommitId) {
        self.git.reference(reference, oid(to), true, "").unwrap();
    }

    fn changes(&self, base: CommitId, head: CommitId, under: &str) -> Vec<String> {
        let changes = self.open().changes(base, head, under).unwrap();
        changes
            .iter()
            .map(|change| format!("{}: {}", change.author.name, change.paths.join(" ")))
            .collect()
    }
}

fn oid(id: CommitId) -> Oid {
    Oid::from_str(&id.to_string()).unwrap()
}

const LINES: &str = "a\nb\nc\nd\ne\nf\ng\n";

#[test]
fn changes_are_told_by_author_and_path() {
    let world = World::new();
    let base = world.commit("ada", &[], &[(CONTRACT, "1"), ("README.md", "x")]);
    let second = world.commit("ada", &[base], &[(CONTRACT, "2"), (BINDING, "1")]);
    let third = world.commit("bert", &[second], &[(BINDING, ""), ("README.md", "y")]);
    let empty = world.commit("carl", &[third], &[]);
    let both = format!("ada: {BINDING} {CONTRACT}");
    assert_eq!(
        world.changes(base, empty, ""),
        [both, format!("bert: README.md {BINDING}")]
    );
    assert_eq!(
        world.changes(base, empty, "domains/s3-access/"),
        [
            "ada: bindings/fungal-image-analysis.yaml contracts/s3-permissions.yaml",
            "bert: bindings/fungal-image-analysis.yaml"
        ]
    );
    assert_eq!(world.changes(empty, empty, ""), [""; 0]);
    let changes = world.open().changes(second, empty, "").unwrap();
    assert_eq!(changes[0].commit, third);
    assert_eq!(changes[0].committer.email, "bert@example.com");
    assert_eq!(changes[0].summary, "change it");
    assert_eq!(third.short(), &third.to_string()[..7]);
}

#[test]
fn who_merges_wrote_only_what_the_merge_itself_decided() {
    let world = World::new();
    let base = world.commit("ada", &[], &[(CONTRACT, LINES)]);
    let top = LINES.replace('a', "A");
    let bottom = LINES.replace('g', "G");
    let main = world.commit("ada", &[base], &[(CONTRACT, &top)]);
    let work = world.commit("bert", &[base], &[(CONTRACT, &bottom), (BINDING, "1")]);
    let merged = top.replace('g', "G");

    // As git merges it: both sides' lines in one file, which is like neither side's.
    let clean = world.commit(
        "carl",
        &[main, work],
        &[(CONTRACT, &merged), (BINDING, "1")],
    );
    let by_bert = format!("bert: {BINDING} {CONTRACT}");
    assert_eq!(
        world.changes(main, clean, ""),
        std::slice::from_ref(&by_bert)
    );

    // With a line of the merger's own.
    let more = merged.replace('d', "D");
    let evil = world.commit("carl", &[main, work], &[(CONTRACT, &more), (BINDING, "1")]);
    let by_carl = format!("carl: {CONTRACT}");
    assert_eq!(
        world.changes(main, evil, ""),
        [by_bert.clone(), by_carl.clone()]
    );

    // Where the sides contradict each other, whoever merged decided.
    let other = world.commit("bert", &[base], &[(CONTRACT, &LINES.replace('a', "B"))]);
    let decided = world.commit(
        "carl",
        &[main, other],
        &[(CONTRACT, &LINES.replace('a', "C"))],
    );
    assert_eq!(
        world.changes(main, decided, ""),
        [format!("bert: {CONTRACT}"), by_carl]
    );
}

#[test]
fn a_merge_base_or_none() {
    let world = World::new();
    let base = world.commit("ada", &[], &[(CONTRACT, "1")]);
    let one = world.commit("ada", &[base], &[(CONTRACT, "2")]);
    let other = world.commit("bert", &[base], &[(BINDING, "1")]);
    let alone = world.commit("carl", &[], &[(BINDING, "1")]);
    let repository = world.open();
    assert_eq!(repository.merge_base(one, other).unwrap(), Some(base));
    assert_eq!(repository.merge_base(one, base).unwrap(), Some(base));
    assert_eq!(repository.merge_base(one, alone).unwrap(), None);
    let nowhere: CommitId = "00ff102030405060708090a0b0c0d0e0f0010203".parse().unwrap();
    assert!(repository.merge_base(one, nowhere).is_err());
}

#[test]
fn a_shallow_clone_does_not_guess() {
    let world = World::new();
    let base = world.commit("ada", &[], &[(CONTRACT, "1")]);
    let cut = world.commit("ada", &[base], &[(CONTRACT, "2")]);
    let head = world.commit("bert", &[cut], &[(BINDING, "1")]);
    let main = world.commit("ada", &[base], &[("README.md", "x")]);
    fs::write(world.git.path().join("shallow"), format!("{cut}\n{main}\n")).unwrap();
    let digits = base.to_string();
    let object = world.git.path().join("objects").join(&digits[..2]);
    let object = object.join(&digits[2..]);
    let mut permissions = fs::metadata(&object).unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    fs::set_permissions(&object, permissions).unwrap();
    fs::remove_file(object).unwrap();

    let repository = world.open();
    assert_eq!(repository.merge_base(head, main).unwrap(), None);
    assert_eq!(repository.changes(cut, head, "").unwrap().len(), 1);
    // What the commit at the border changed is not known: not "everything in it".
    let error = repository.changes(main, head, "").unwrap_err();
    assert!(matches!(error, Error::MissingObject { .. }), "{error:?}");
    assert!(error.to_string().contains("fetch-depth: 0"), "{error}");
}

#[test]
fn the_default_branch_is_the_remotes_else_a_local_one_else_head() {
    let world = World::new();
    assert_eq!(world.open().default_branch().unwrap(), None);
    let head = world.commit("ada", &[], &[(CONTRACT, "1")]);
    let main = world.commit("ada", &[head], &[(CONTRACT, "2")]);
    let remote = world.commit("ada", &[main], &[(CONTRACT, "3")]);
    let trunk = world.commit("ada", &[main], &[(CONTRACT, "4")]);
    world.git.set_head_detached(oid(head)).unwrap();
    let expect = |commit, why: &Why| {
        let found = world.open().default_branch().unwrap().unwrap();
        assert_eq!((found.commit, &found.why), (commit, why));
    };
    expect(head, &Why::Head);
    world.point("refs/heads/main", main);
    expect(
        main,
        &Why::LocalBranch {
            name: "main".into(),
        },
    );
    let tracking = |name: &str| Why::RemoteTracking { name: name.into() };
    world.git.remote("forge", "../realm").unwrap();
    world.point("refs/remotes/forge/trunk", trunk);
    expect(trunk, &tracking("forge/trunk"));
    // Of two, neither is known to be everybody's, but what is checked out may say which it is for.
    world.point("refs/remotes/forge/side", remote);
    expect(
        main,
        &Why::LocalBranch {
            name: "main".into(),
        },
    );
    world
        .git
        .find_reference("refs/heads/main")
        .unwrap()
        .delete()
        .unwrap();
    expect(head, &Why::Head);
    world.point("refs/heads/work", head);
    world.git.set_head("refs/heads/work").unwrap();
    let mut config = world.git.config().unwrap();
    config.set_str("branch.work.remote", "forge").unwrap();
    config
        .set_str("branch.work.merge", "refs/heads/trunk")
        .unwrap();
    expect(trunk, &tracking("forge/trunk"));
    world.point("refs/remotes/forge/master", remote);
    expect(remote, &tracking("forge/master"));
    world.git.remote("origin", "../realm").unwrap();
    world.point("refs/remotes/origin/main", remote);
    expect(remote, &tracking("origin/main"));
    world.point("refs/remotes/origin/trunk", trunk);
    world
        .git
        .reference_symbolic(
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/trunk",
            true,
            "",
        )
        .unwrap();
    expect(trunk, &tracking("origin/trunk"));
}

#[test]
fn a_checkout_behind_its_record_or_on_another_branch() {
    let world = World::new();
    let first = world.commit("ada", &[], &[(CONTRACT, "1")]);
    let second = world.commit("ada", &[first], &[(CONTRACT, "2")]);
    let third = world.commit("ada", &[second], &[(CONTRACT, "3")]);
    world.git.remote("origin", "../realm").unwrap();
    world.point("refs/heads/main", first);
    world.point("refs/heads/feat/more", third);
    world.point("refs/remotes/origin/main", third);
    let behind = |head: &str| {
        world.git.set_head(head).unwrap();
        let repository = world.open();
        let record = repository.record_commit(Some("main")).unwrap().unwrap();
        assert_eq!(record.commit, third);
        repository.behind(&record).unwrap()
    };
    assert_eq!(
        behind("refs/heads/main"),
        Some(Behind {
            commits: 2,
            branch: None,
            is_elsewhere: false
        })
    );
    // On another branch, but at the same commit: nothing differs.
    assert_eq!(behind("refs/heads/feat/more"), None);
    let fourth = world.commit("ada", &[second], &[(CONTRACT, "4")]);
    world.point("refs/heads/feat/more", fourth);
    assert_eq!(
        behind("refs/heads/feat/more"),
        Some(Behind {
            commits: 1,
            branch: Some("feat/more".into()),
            is_elsewhere: true
        })
    );
    world.git.set_head_detached(oid(first)).unwrap();
    let repository = world.open();
    let record = repository.record_commit(Some("main")).unwrap().unwrap();
    let found = repository.behind(&record).unwrap().unwrap();
    assert_eq!(
        (found.commits, found.branch, found.is_elsewhere),
        (2, None, true)
    );
    world.point("refs/heads/main", third);
    assert_eq!(behind("refs/heads/main"), None);
}

#[test]
fn a_signature_comes_with_the_bytes_it_is_of() {
    let world = World::new();
    let plain = world.commit("ada", &[], &[(CONTRACT, "1")]);
    let commit = world.git.find_commit(oid(plain)).unwrap();
    let content = commit.raw_header().unwrap().to_owned() + "\n" + commit.message_raw().unwrap();
    let signature = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n";
    let signed = world.git.commit_signed(&content, signature, None).unwrap();
    let signed: CommitId = signed.to_string().parse().unwrap();
    let repository = world.open();
    assert_eq!(repository.signature_of(plain).unwrap(), None);
    let found = repository.signature_of(signed).unwrap().unwrap();
    assert_eq!(
        String::from_utf8(found.signature).unwrap().trim(),
        signature.trim()
    );
    assert_eq!(String::from_utf8(found.signed).unwrap(), content);
    let nowhere: CommitId = "00ff102030405060708090a0b0c0d0e0f0010203".parse().unwrap();
    assert!(repository.signature_of(nowhere).is_err());
}

#[test]
fn the_users_own_email() {
    let world = World::new();
    let email = || world.open().user_email();
    assert_eq!(email().as_deref(), Some("ada@aperture.example"));
    let mut config = world.git.config().unwrap();
    config.set_str("user.email", "  ").unwrap();
    assert_eq!(email(), None);
}

//! Whole repositories on disk, made with git2 in a temporary folder: what counts as the record,
//! what a commit holds, what differs, and what is said when something is missing.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

use std::fs;
use std::path::Path;

use blue_git::{BlobId, CommitId, EntryKind, Error, Repository, Why, discover};
use git2::{Oid, Signature, Time};

const CONTRACT: &str = "domains/s3-access/contracts/s3-permissions.yaml";

fn open(path: &Path) -> Repository {
    discover(path).unwrap().unwrap()
}

fn init(path: &Path) -> git2::Repository {
    let mut options = git2::RepositoryInitOptions::new();
    let git = git2::Repository::init_opts(path, options.initial_head("main")).unwrap();
    // Not the machine's: what line ends a file gets must not depend on who runs the tests.
    git.config()
        .unwrap()
        .set_str("core.autocrlf", "false")
        .unwrap();
    git
}

fn write(git: &git2::Repository, path: &str, text: &str) {
    let path = git.workdir().unwrap().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Commits all of the working tree on HEAD; `seconds` is the time of the commit.
fn commit(git: &git2::Repository, seconds: i64) -> CommitId {
    let mut index = git.index().unwrap();
    index
        .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
        .unwrap();
    index.update_all(["*"], None).unwrap();
    index.write().unwrap();
    let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::new("a", "a@example.com", &Time::new(seconds, 0)).unwrap();
    let parent = git.head().ok().map(|head| head.peel_to_commit().unwrap());
    let parents: Vec<_> = parent.iter().collect();
    let made = git
        .commit(Some("HEAD"), &who, &who, "change", &tree, &parents)
        .unwrap();
    id(made)
}

fn id(oid: Oid) -> CommitId {
    oid.to_string().parse().unwrap()
}

fn oid(id: CommitId) -> Oid {
    Oid::from_str(&id.to_string()).unwrap()
}

fn remove_object(git: &git2::Repository, id: &str) {
    let file = git.path().join("objects").join(&id[..2]).join(&id[2..]);
    // Loose objects are read-only, which some systems take to heart.
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    fs::set_permissions(&file, permissions).unwrap();
    fs::remove_file(file).unwrap();
}

/// A realm with two commits, the first tagged v1.
fn realm(path: &Path) -> (git2::Repository, CommitId, CommitId) {
    let git = init(path);
    write(&git, "realm.yaml", "name: letemcook\n");
    write(&git, CONTRACT, "version: 1.0.0\n");
    let first = commit(&git, 100);
    git.reference("refs/tags/v1", oid(first), false, "")
        .unwrap();
    write(&git, CONTRACT, "version: 1.1.0\n");
    let second = commit(&git, 200);
    (git, first, second)
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let dir = tempfile::tempdir().unwrap();
    assert!(discover(dir.path()).unwrap().is_none());
    assert!(
        discover(&dir.path().join("no/such/folder"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn an_empty_repository_has_no_record() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path());
    let repository = open(dir.path());
    assert_eq!(repository.record_commit(None).unwrap(), None);
    assert_eq!(repository.record_commit(Some("main")).unwrap(), None);
    assert_eq!(repository.head_branch().unwrap().as_deref(), Some("main"));
    assert!(matches!(
        repository.resolve("HEAD"),
        Err(Error::UnknownRevision { .. })
    ));
}

#[test]
fn the_record_is_what_the_remote_has() {
    let dir = tempfile::tempdir().unwrap();
    let (upstream, first, second) = realm(&dir.path().join("upstream"));
    let bare = dir.path().join("realm.git");
    git2::build::RepoBuilder::new()
        .bare(true)
        .clone(upstream.path().to_str().unwrap(), &bare)
        .unwrap();
    let local = git2::Repository::clone(bare.to_str().unwrap(), dir.path().join("clone")).unwrap();
    // The checkout falls behind, and its owner works on.
    local
        .reset(
            &local.find_object(oid(first), None).unwrap(),
            git2::ResetType::Hard,
            None,
        )
        .unwrap();
    write(&local, "notes.md", "mine");
    let mine = commit(&local, 300);

    let repository = open(&dir.path().join("clone/domains"));
    let tracking = Why::RemoteTracking {
        name: "origin/main".into(),
    };
    for follow in [None, Some("main"), Some("refs/heads/main")] {
        let record = repository.record_commit(follow).unwrap().unwrap();
        assert_eq!(
            (record.commit, record.time, record.why),
            (second, 200, tracking.clone()),
            "{follow:?}"
        );
    }
    let record = |follow| {
        let record = repository.record_commit(Some(follow)).unwrap().unwrap();
        (record.commit, record.why)
    };
    assert_eq!(record("v1"), (first, Why::Tag { name: "v1".into() }));
    assert_eq!(record("no-such-branch"), (mine, Why::Head));

    // Another branch is checked out, without an upstream: what is followed stays.
    local
        .branch("work", &local.find_commit(oid(mine)).unwrap(), false)
        .unwrap();
    local.set_head("refs/heads/work").unwrap();
    assert_eq!(record("main"), (second, tracking.clone()));
    let unsaid = repository.record_commit(None).unwrap().unwrap();
    assert_eq!((unsaid.commit, unsaid.why), (second, tracking));
    assert_eq!(
        record("work"),
        (
            mine,
            Why::LocalBranch {
                name: "work".into()
            }
        )
    );
    // An old commit is looked at, on no branch, as CI and submodules leave it.
    local.set_head_detached(oid(first)).unwrap();
    let unsaid = repository.record_commit(None).unwrap().unwrap();
    assert_eq!(unsaid, repository.default_branch().unwrap().unwrap());
    assert_eq!(unsaid.commit, second);
    local.set_head("refs/heads/work").unwrap();
    // Of two remotes without an origin neither is preferred, unless the branch says which.
    local.remote_rename("origin", "one").unwrap();
    assert_eq!(
        record("main").1,
        Why::RemoteTracking {
            name: "one/main".into()
        }
    );
    local
        .remote(
            "two",
            "https://me:secret@git.example.com/realms/letemcook.git",
        )
        .unwrap();
    assert_eq!(
        record("main").1,
        Why::RemoteTracking {
            name: "one/main".into()
        }
    );
    local
        .find_branch("main", git2::BranchType::Local)
        .unwrap()
        .set_upstream(None)
        .unwrap();
    assert_eq!(
        record("main"),
        (
            mine,
            Why::LocalBranch {
                name: "main".into()
            }
        )
    );

    let remotes = repository.remotes().unwrap();
    let two = remotes.iter().find(|remote| remote.name == "two").unwrap();
    assert_eq!(two.url, "https://git.example.com/realms/letemcook.git");
}

#[test]
fn a_linked_worktree_is_a_place_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (git, _, second) = realm(&dir.path().join("main"));
    let side = dir.path().join("side");
    git.worktree("side", &side, None).unwrap();
    assert!(side.join(".git").is_file());
    fs::write(side.join("realm.yaml"), "name: changed\n").unwrap();

    let repository = open(&side.join("domains/s3-access"));
    let real = |path: &Path| fs::canonicalize(path).unwrap();
    assert_eq!(real(repository.workdir().unwrap()), real(&side));
    assert_eq!(repository.head_branch().unwrap().as_deref(), Some("side"));
    assert_eq!(
        repository.record_commit(None).unwrap().unwrap().commit,
        second
    );
    assert_eq!(
        repository.changed_since(second, "").unwrap(),
        ["realm.yaml"]
    );
    assert_eq!(
        open(&dir.path().join("main"))
            .changed_since(second, "")
            .unwrap(),
        [""; 0]
    );

    // The branch moves in the shared folder, HEAD in the worktree's own.
    let before = repository.fingerprint().unwrap();
    commit(&git2::Repository::open(&side).unwrap(), 300);
    assert_ne!(repository.fingerprint().unwrap(), before);
}

#[test]
fn revisions_have_many_spellings() {
    let dir = tempfile::tempdir().unwrap();
    let (git, first, second) = realm(dir.path());
    let who = Signature::new("a", "a@example.com", &Time::new(0, 0)).unwrap();
    let object = git.find_object(oid(first), None).unwrap();
    git.tag("annotated", &object, &who, "first", false).unwrap();
    let repository = open(dir.path());
    let (full, short) = (first.to_string(), first.to_string()[..8].to_owned());
    let rows = [
        (full.as_str(), Some(first)),
        (short.as_str(), Some(first)),
        ("v1", Some(first)),
        ("annotated", Some(first)),
        ("refs/tags/v1", Some(first)),
        ("HEAD~1", Some(first)),
        ("main", Some(second)),
        ("HEAD", Some(second)),
        ("no-such-branch", None),
        ("", None),
        ("-x", None),
        ("main:realm.yaml", None),
        (":/change", None),
        ("main^{/change}", None),
        ("deadbeef", None),
        ("0123456789012345678901234567890123456789", None),
    ];
    for (rev, commit) in rows {
        match (repository.resolve(rev), commit) {
            (Ok(found), Some(commit)) => assert_eq!(found, commit, "{rev}"),
            (Err(Error::UnknownRevision { rev: named, .. }), None) => assert_eq!(named, rev),
            (other, _) => panic!("{rev}: {other:?}"),
        }
    }
    assert!(repository.commit_exists(first).unwrap());
    assert!(
        !repository
            .commit_exists(CommitId::from_bytes([7; 20]))
            .unwrap()
    );
    assert_eq!(
        repository.first_parents(second, 9).unwrap(),
        [second, first]
    );
    assert_eq!(repository.first_parents(second, 1).unwrap(), [second]);
}

#[test]
fn a_commit_is_read_without_its_checkout() {
    let dir = tempfile::tempdir().unwrap();
    let (git, first, second) = realm(dir.path());
    write(&git, CONTRACT, "version: 9.0.0\n");
    let repository = open(dir.path());

    let read = |commit, path| repository.file_at(commit, path).unwrap();
    assert_eq!(read(first, CONTRACT).unwrap(), b"version: 1.0.0\n");
    assert_eq!(read(second, CONTRACT).unwrap(), b"version: 1.1.0\n");
    for path in [
        "",
        "domains",
        "domains/",
        "no/such",
        "realm.yaml/x",
        "../realm.yaml",
        "/realm.yaml/",
    ] {
        assert_eq!(read(first, path), None, "{path}");
    }

    let paths = |under| -> Vec<String> {
        let entries = repository.tree_at(second, under).unwrap();
        entries.into_iter().map(|entry| entry.path).collect()
    };
    assert_eq!(paths(""), [CONTRACT, "realm.yaml"]);
    assert_eq!(
        paths("domains/s3-access/"),
        ["contracts/s3-permissions.yaml"]
    );
    assert_eq!(
        paths("./domains/s3-access/contracts"),
        ["s3-permissions.yaml"]
    );
    assert_eq!(paths("no/such"), [""; 0]);
    assert_eq!(paths("realm.yaml"), [""; 0]);

    let entry = &repository.tree_at(second, "domains").unwrap()[0];
    assert_eq!(entry.kind, EntryKind::File);
    assert_eq!(repository.blob_size(entry.blob).unwrap(), 15);
    assert_eq!(repository.blob(entry.blob).unwrap(), b"version: 1.1.0\n");
}

#[cfg(unix)]
#[test]
fn links_are_named_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let git = init(dir.path());
    write(&git, "real.yaml", "a");
    std::os::unix::fs::symlink("/etc/hostname", dir.path().join("link.yaml")).unwrap();
    let made = commit(&git, 1);
    let repository = open(dir.path());
    let kinds: Vec<_> = repository
        .tree_at(made, "")
        .unwrap()
        .into_iter()
        .map(|entry| entry.kind)
        .collect();
    assert_eq!(kinds, [EntryKind::Symlink, EntryKind::File]);
    assert_eq!(repository.file_at(made, "link.yaml").unwrap(), None);
}

#[test]
fn what_differs_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let git = init(dir.path());
    write(&git, ".gitignore", "*.log\n");
    for name in [
        "same",
        "edited",
        "deleted",
        "staged",
        "undone",
        "uncached",
        "deep/er/edited",
        "deeper",
    ] {
        write(&git, &format!("src/{name}.py"), "before\n");
    }
    let base = commit(&git, 1);
    write(&git, "src/later.py", "committed later\n");
    commit(&git, 2);

    let mut index = git.index().unwrap();
    for name in ["staged", "undone"] {
        write(&git, &format!("src/{name}.py"), "after\n");
        index
            .add_path(Path::new(&format!("src/{name}.py")))
            .unwrap();
    }
    index.remove_path(Path::new("src/uncached.py")).unwrap();
    index.write().unwrap();
    for name in ["edited", "deep/er/edited"] {
        write(&git, &format!("src/{name}.py"), "after\n");
    }
    write(&git, "src/undone.py", "before\n");
    write(&git, "src/same.py", "before\n"); // Touched, not changed.
    write(&git, "src/new/folder/untracked.py", "");
    write(&git, "src/noise.log", "");
    write(&git, "outside.py", "");
    fs::remove_file(dir.path().join("src/deleted.py")).unwrap();
    init(&dir.path().join("src/nested"));

    let repository = open(dir.path());
    let all = [
        "deep/er/edited.py",
        "deleted.py",
        "edited.py",
        "later.py",
        "new/folder/untracked.py",
        "staged.py",
    ];
    for under in ["src", "src/", "./src"] {
        assert_eq!(
            repository.changed_since(base, under).unwrap(),
            all,
            "{under}"
        );
    }
    assert_eq!(
        repository.changed_since(base, "src/deep").unwrap(),
        ["er/edited.py"]
    );
    assert_eq!(
        repository.changed_since(base, "").unwrap().len(),
        all.len() + 1
    );
    assert_eq!(repository.changed_since(base, "no/such").unwrap(), [""; 0]);
}

#[test]
fn a_bare_repository_has_no_files_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (git, _, second) = realm(&dir.path().join("upstream"));
    let bare = dir.path().join("bare.git");
    git2::build::RepoBuilder::new()
        .bare(true)
        .clone(git.path().to_str().unwrap(), &bare)
        .unwrap();
    let repository = open(&bare);
    assert_eq!(repository.workdir(), None);
    assert!(repository.file_at(second, "realm.yaml").unwrap().is_some());
    assert!(matches!(
        repository.changed_since(second, ""),
        Err(Error::Bare { .. })
    ));
}

/// Nobody sees another branch than the one that is checked out; a commit on no branch is none that is written to.
#[test]
fn the_record_of_a_repository_without_a_remote() {
    let dir = tempfile::tempdir().unwrap();
    let (git, first, second) = realm(dir.path());
    let repository = open(dir.path());
    let record = || {
        let record = repository.record_commit(None).unwrap().unwrap();
        (record.commit, record.why)
    };
    assert_eq!(record(), (second, Why::Head));
    git.branch("work", &git.find_commit(oid(first)).unwrap(), false)
        .unwrap();
    git.set_head("refs/heads/work").unwrap();
    assert_eq!(record(), (first, Why::Head));
    git.set_head_detached(oid(first)).unwrap();
    let name = "main".to_owned();
    assert_eq!(record(), (second, Why::LocalBranch { name }));
    // As a new bare repository has it, into which another branch was pushed.
    git.set_head("refs/heads/nobody-made-it").unwrap();
    assert_eq!(record().0, second);
    git.set_head_detached(oid(first)).unwrap();
    // Of another name there is nothing to tell it by.
    let mut branch = git.find_branch("main", git2::BranchType::Local).unwrap();
    branch.rename("trunk", false).unwrap();
    assert_eq!(record(), (first, Why::Head));
    git.set_head("refs/heads/trunk").unwrap();
    assert_eq!(record(), (second, Why::Head));
}

#[test]
fn the_fingerprint_moves_with_the_record_only() {
    let dir = tempfile::tempdir().unwrap();
    let (git, first, second) = realm(dir.path());
    let repository = open(dir.path());
    let mut last = repository.fingerprint().unwrap();
    write(&git, "realm.yaml", "name: x\n");
    assert_eq!(repository.fingerprint().unwrap(), last, "a file on disk");

    type Step = fn(&git2::Repository, Oid, Oid);
    let steps: [(&str, Step); 5] = [
        ("commit", |git, _, _| {
            commit(git, 300);
        }),
        ("fetch", |git, _, second| {
            git.reference("refs/remotes/origin/main", second, false, "")
                .unwrap();
        }),
        ("second fetch within the same tick", |git, first, _| {
            git.reference("refs/remotes/origin/main", first, true, "")
                .unwrap();
        }),
        ("checkout", |git, first, _| {
            git.set_head_detached(first).unwrap()
        }),
        ("remote", |git, _, _| {
            drop(git.remote("origin", "../x").unwrap())
        }),
    ];
    for (what, step) in steps {
        step(&git, oid(first), oid(second));
        let now = repository.fingerprint().unwrap();
        assert_ne!(now, last, "{what}");
        last = now;
    }
    let watched = repository.watch_paths();
    assert!(
        watched
            .iter()
            .any(|path| path.ends_with("HEAD") && path.is_file())
    );
    assert!(
        watched
            .iter()
            .any(|path| path.ends_with("refs/remotes") && path.is_dir())
    );
}

#[test]
fn missing_objects_are_said_and_nothing_panics() {
    let dir = tempfile::tempdir().unwrap();
    let (git, first, second) = realm(dir.path());
    let tree = |commit| git.find_commit(oid(commit)).unwrap().tree().unwrap();
    let blob = tree(second)
        .get_path(Path::new(CONTRACT))
        .unwrap()
        .id()
        .to_string();
    let folder = tree(first)
        .get_path(Path::new("domains/s3-access"))
        .unwrap()
        .id()
        .to_string();
    remove_object(&git, &blob);
    remove_object(&git, &folder);
    let repository = open(dir.path());
    let missing = |result: Result<(), Error>, named: &str| match result {
        Err(Error::MissingObject { what, .. }) => assert!(what.contains(named), "{what}"),
        other => panic!("{named}: {other:?}"),
    };
    missing(repository.file_at(second, CONTRACT).map(drop), &blob);
    missing(
        repository
            .blob_size(blob.parse::<BlobId>().unwrap())
            .map(drop),
        &blob,
    );
    missing(repository.file_at(first, CONTRACT).map(drop), &folder);
    missing(repository.tree_at(first, "").map(drop), &folder);
    missing(repository.changed_since(first, "").map(drop), "comparing");
    // Listing needs no contents.
    assert_eq!(repository.tree_at(second, "").unwrap().len(), 2);

    remove_object(&git, &first.to_string());
    let repository = open(dir.path()); // libgit2 remembers what it has read.
    missing(repository.tree_at(first, "").map(drop), &first.to_string());
    missing(repository.record_commit(Some("v1")).map(drop), "v1");
    missing(repository.resolve("v1").map(drop), "v1");
    missing(
        repository.first_parents(second, 9).map(drop),
        &first.to_string(),
    );
    assert!(!repository.commit_exists(first).unwrap());
}

#[test]
fn a_shallow_clone_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (git, first, second) = realm(dir.path());
    assert!(!open(dir.path()).is_shallow());
    fs::write(git.path().join("shallow"), format!("{second}\n")).unwrap();
    git.find_reference("refs/tags/v1")
        .unwrap()
        .delete()
        .unwrap();
    remove_object(&git, &first.to_string());
    let repository = open(dir.path());
    assert!(repository.is_shallow());
    assert_eq!(repository.first_parents(second, 9).unwrap(), [second]);
    let error = repository.tree_at(first, "").unwrap_err();
    assert!(error.to_string().contains("fetch-depth: 0"), "{error}");
}

#[test]
fn a_damaged_object_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let (git, _, second) = realm(dir.path());
    let blob = git.find_commit(oid(second)).unwrap().tree().unwrap();
    let blob = blob.get_path(Path::new(CONTRACT)).unwrap().id().to_string();
    remove_object(&git, &blob);
    fs::write(
        git.path().join("objects").join(&blob[..2]).join(&blob[2..]),
        "not zlib",
    )
    .unwrap();
    let error = open(dir.path()).file_at(second, CONTRACT).unwrap_err();
    assert!(matches!(error, Error::MissingObject { .. }), "{error:?}");
}

#[test]
fn a_repository_moves_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Repository>();
}

#[test]
fn ids_print_and_parse() {
    let text = "00ff102030405060708090a0b0c0d0e0f0010203";
    let id: CommitId = text.parse().unwrap();
    assert_eq!(id.to_string(), text);
    assert_eq!(id.as_bytes()[1], 0xff);
    for wrong in [
        "",
        "00ff",
        &text[1..],
        "zzff102030405060708090a0b0c0d0e0f0010203",
    ] {
        assert!(wrong.parse::<CommitId>().is_err(), "{wrong}");
    }
}

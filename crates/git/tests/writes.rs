//! Commits made in objects, branches, fetching and pushing between real repositories on disk.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use blue_git::{
    CommitId, Error, Fetch, FileChange, Maker, Merged, Network, Person, Pushed, RefUpdate,
    Repository, Rewrites, discover, open_managed, update_managed,
};

const CONTRACT: &str = "domains/s3-access/contracts/s3-permissions.yaml";

struct World {
    dir: tempfile::TempDir,
}

fn maker(who: &str, time: i64) -> Maker {
    let person = Person {
        name: who.to_owned(),
        email: format!("{who}@example.com"),
    };
    Maker {
        author: person.clone(),
        committer: person,
        time,
        signer: None,
    }
}

fn write(path: &str, text: &str) -> FileChange {
    FileChange {
        path: path.to_owned(),
        content: Some(text.as_bytes().to_vec()),
    }
}

impl World {
    /// A bare remote with one commit on main.
    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let world = World { dir };
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head("main");
        let git = git2::Repository::init_opts(world.remote(), &options).unwrap();
        let tree = git.treebuilder(None).unwrap().write().unwrap();
        let tree = git.find_tree(tree).unwrap();
        let who = git2::Signature::new("ada", "ada@example.com", &git2::Time::new(50, 0)).unwrap();
        let first = git.commit(Some("refs/heads/main"), &who, &who, "begin", &tree, &[]);
        let first = CommitId::from_bytes(first.unwrap().as_bytes().try_into().unwrap());
        let remote = world.open_remote();
        let files = [
            write("realm.yaml", "name: letemcook\n"),
            write(CONTRACT, "version: 1.4.0\n"),
        ];
        let next = remote
            .commit_on(first, &files, "files", &maker("ada", 100))
            .unwrap();
        assert!(
            remote
                .move_branch(&update("main", Some(first), Some(next)))
                .unwrap()
        );
        world
    }

    fn remote(&self) -> PathBuf {
        self.dir.path().join("realm-letemcook.git")
    }

    fn open_remote(&self) -> Repository {
        discover(&self.remote()).unwrap().unwrap()
    }

    fn clone(&self, name: &str) -> Repository {
        let path = self.dir.path().join(name);
        git2::Repository::clone(self.remote().to_str().unwrap(), &path).unwrap();
        discover(&path).unwrap().unwrap()
    }
}

fn update(branch: &str, expected: Option<CommitId>, to: Option<CommitId>) -> RefUpdate {
    RefUpdate {
        branch: branch.to_owned(),
        expected,
        to,
    }
}

fn network<T>(with: impl FnOnce(&mut Network<'_>) -> T) -> T {
    with(&mut Network {
        limit: Duration::from_secs(30),
        stop: Arc::new(AtomicBool::new(false)),
        progress: &mut |_| (),
    })
}

fn fetch(repository: &Repository, rewrites: Rewrites) -> Result<(), Error> {
    let fetch = Fetch {
        remote: "origin",
        followed: None,
        rewrites,
        prune: &["sync/"],
    };
    network(|network| repository.fetch(&fetch, network))
}

fn tip(repository: &Repository, branch: &str) -> Option<CommitId> {
    let found = repository.branches(branch).unwrap();
    found
        .into_iter()
        .find(|(name, _)| name == branch)
        .map(|(_, at)| at)
}

fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with(".git/objects") || path.ends_with(".git/refs") {
            continue;
        }
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn a_commit_touches_no_checkout() {
    let world = World::new();
    let clone = world.clone("realm-letemcook");
    let root = world.dir.path().join("realm-letemcook");
    let before = files(&root);
    let main = clone.resolve("origin/main").unwrap();
    let changes = [
        write(CONTRACT, "version: 1.5.0\n"),
        write(
            "domains/s3-access/contracts/s3-permissions/1.5.0.yaml",
            "value: {}\n",
        ),
        FileChange {
            path: "gone.yaml".into(),
            content: None,
        },
    ];
    let message = "s3-permissions 1.4.0 → 1.5.0\n\nwhy\n\nBlue-Contract: s3-permissions@1.5.0\nBlue-Actor: ada@example.com\n";
    let made = clone
        .commit_on(main, &changes, message, &maker("ada", 200))
        .unwrap();
    assert_eq!(files(&root), before, "nothing but objects");
    assert_eq!(
        clone.file_at(made, CONTRACT).unwrap().unwrap(),
        b"version: 1.5.0\n"
    );
    assert_eq!(
        clone.file_at(made, "realm.yaml").unwrap().unwrap(),
        b"name: letemcook\n"
    );
    let info = clone.commit_info(made).unwrap();
    assert_eq!(
        info.trailers("blue-contract").collect::<Vec<_>>(),
        ["s3-permissions@1.5.0"]
    );
    assert_eq!((info.parents, info.time), (vec![main], 200));
    let again = clone
        .commit_on(main, &changes, message, &maker("ada", 200))
        .unwrap();
    assert_eq!(again, made, "the same arguments, the same commit");
    let without = [FileChange {
        path: CONTRACT.into(),
        content: None,
    }];
    let without = clone
        .commit_on(made, &without, "drop", &maker("ada", 300))
        .unwrap();
    assert_eq!(clone.file_at(without, CONTRACT).unwrap(), None);
}

#[test]
fn a_push_moves_a_branch_only_from_where_it_was_seen() {
    let world = World::new();
    let (one, two) = (world.clone("one"), world.clone("two"));
    let main = one.resolve("origin/main").unwrap();
    let push = |from: &Repository, what: &RefUpdate| {
        network(|network| from.push("origin", what, network)).unwrap()
    };
    let a = one
        .commit_on(main, &[write("a", "a")], "a", &maker("ada", 200))
        .unwrap();
    let b = two
        .commit_on(main, &[write("b", "b")], "b", &maker("bert", 200))
        .unwrap();
    assert_eq!(
        push(&one, &update("main", Some(main), Some(a))),
        Pushed::Done
    );
    assert_eq!(
        one.resolve("origin/main").unwrap(),
        a,
        "the remote-tracking branch follows"
    );
    assert_eq!(
        push(&two, &update("main", Some(main), Some(b))),
        Pushed::Moved { at: Some(a) }
    );
    assert_eq!(tip(&world.open_remote(), "main"), Some(a));
    fetch(&two, Rewrites::Stop).unwrap();
    let Merged::Commit(both) = two.merge_on(a, b, "both", &maker("bert", 300)).unwrap() else {
        panic!("they do not touch each other");
    };
    assert_eq!(
        push(&two, &update("main", Some(a), Some(both))),
        Pushed::Done
    );
    // A branch is made, and taken away again, only where it is as it was seen.
    assert_eq!(
        push(&two, &update("sync/aperture/1", None, Some(b))),
        Pushed::Done
    );
    assert_eq!(
        push(&one, &update("sync/aperture/1", None, Some(a))),
        Pushed::Moved { at: Some(b) }
    );
    fetch(&one, Rewrites::Stop).unwrap();
    assert_eq!(
        one.remote_branches_of("origin", "sync/").unwrap(),
        [("sync/aperture/1".to_owned(), b)]
    );
    assert_eq!(
        push(&two, &update("sync/aperture/1", Some(b), None)),
        Pushed::Done
    );
    assert_eq!(tip(&world.open_remote(), "sync/aperture/1"), None);
    fetch(&one, Rewrites::Stop).unwrap();
    assert_eq!(one.remote_branches_of("origin", "sync/").unwrap(), []);
}

#[test]
fn a_push_into_what_is_checked_out_is_refused() {
    let world = World::new();
    let clone = world.clone("one");
    let far = git2::Repository::clone(
        world.dir.path().join("one").to_str().unwrap(),
        world.dir.path().join("two"),
    )
    .unwrap();
    let far = discover(far.path()).unwrap().unwrap();
    let main = clone.resolve("main").unwrap();
    let made = far
        .commit_on(main, &[write("a", "a")], "a", &maker("ada", 200))
        .unwrap();
    let push = |branch: &str, expected| {
        let update = update(branch, expected, Some(made));
        network(|network| far.push("origin", &update, network)).unwrap()
    };
    assert!(matches!(push("main", Some(main)), Pushed::Refused { .. }));
    assert_eq!(push("sync/aperture/1", None), Pushed::Done);
}

#[test]
fn both_sides_of_a_conflict_are_named() {
    let world = World::new();
    let clone = world.clone("one");
    let main = clone.resolve("origin/main").unwrap();
    let change = |text: &str| {
        clone
            .commit_on(main, &[write(CONTRACT, text)], "c", &maker("ada", 200))
            .unwrap()
    };
    let merged = clone.merge_on(
        change("version: 1.5.0\n"),
        change("version: 2.0.0\n"),
        "m",
        &maker("ada", 300),
    );
    assert_eq!(merged.unwrap(), Merged::Conflict(vec![CONTRACT.to_owned()]));
}

#[test]
fn of_many_pushes_at_once_none_is_lost() {
    let world = World::new();
    let clones: Vec<String> = (0..20).map(|at| format!("clone-{at}")).collect();
    for name in &clones {
        world.clone(name);
    }
    std::thread::scope(|scope| {
        for name in &clones {
            let path = world.dir.path().join(name);
            scope.spawn(move || {
                let clone = discover(&path).unwrap().unwrap();
                loop {
                    fetch(&clone, Rewrites::Stop).unwrap();
                    let main = clone.resolve("origin/main").unwrap();
                    let made = clone
                        .commit_on(main, &[write(name, "here")], name, &maker("ada", 200))
                        .unwrap();
                    let update = update("main", Some(main), Some(made));
                    if network(|network| clone.push("origin", &update, network)).unwrap()
                        == Pushed::Done
                    {
                        break;
                    }
                }
            });
        }
    });
    let remote = world.open_remote();
    let main = tip(&remote, "main").unwrap();
    assert_eq!(remote.first_parents(main, 100).unwrap().len(), 22);
    for name in &clones {
        assert_eq!(
            remote.file_at(main, name).unwrap().unwrap(),
            b"here",
            "{name}"
        );
    }
}

#[test]
fn a_history_that_was_written_anew_is_not_taken_over() {
    let world = World::new();
    let clone = world.clone("one");
    let was = clone.resolve("origin/main").unwrap();
    let remote = world.open_remote();
    let first = remote.first_parents(was, 9).unwrap()[1];
    let anew = remote
        .commit_on(
            first,
            &[write("realm.yaml", "name: other\n")],
            "anew",
            &maker("eve", 300),
        )
        .unwrap();
    assert!(
        remote
            .move_branch(&update("main", Some(was), Some(anew)))
            .unwrap()
    );
    let failed = fetch(&clone, Rewrites::Stop);
    assert!(
        matches!(&failed, Err(Error::Rewritten { branch, .. }) if branch == "main"),
        "{failed:?}"
    );
    assert_eq!(
        clone.resolve("origin/main").unwrap(),
        was,
        "nothing is overwritten"
    );
    fetch(&clone, Rewrites::Accept).unwrap();
    assert_eq!(clone.resolve("origin/main").unwrap(), anew);
}

#[test]
fn a_clone_of_its_own() {
    let world = World::new();
    let home = world.dir.path().join("home");
    let url = format!("file://{}", world.remote().display());
    assert!(open_managed(&home, "letemcook").unwrap().is_none());
    let managed = || {
        network(|network| update_managed(&home, "letemcook", (&url, None), Rewrites::Stop, network))
    };
    // Half of a clone, as a killed process leaves it.
    std::fs::create_dir_all(home.join("realms/.letemcook.part/objects")).unwrap();
    std::fs::create_dir_all(home.join("realms/letemcook/refs")).unwrap();
    let clone = managed().unwrap();
    let main = tip(&world.open_remote(), "main").unwrap();
    assert_eq!(clone.resolve("origin/main").unwrap(), main);
    assert_eq!(clone.default_branch().unwrap().unwrap().commit, main);
    assert!(clone.fetched_at().is_some());
    let remote = world.open_remote();
    let next = remote
        .commit_on(main, &[write("a", "a")], "a", &maker("ada", 200))
        .unwrap();
    assert!(
        remote
            .move_branch(&update("main", Some(main), Some(next)))
            .unwrap()
    );
    assert_eq!(managed().unwrap().resolve("origin/main").unwrap(), next);
    // What cannot be reached leaves what was known.
    std::fs::rename(world.remote(), world.dir.path().join("elsewhere.git")).unwrap();
    let failed = managed();
    assert!(
        matches!(failed, Err(Error::Unreachable { .. } | Error::Open { .. })),
        "{:?}",
        failed.err()
    );
    let kept = open_managed(&home, "letemcook").unwrap().unwrap();
    assert_eq!(kept.resolve("origin/main").unwrap(), next);
}

#[test]
fn addresses_that_run_programs_are_refused() {
    for (url, is_allowed) in [
        ("https://git.example.com/realms/letemcook.git", true),
        ("git@git.example.com:realms/letemcook.git", true),
        ("ssh://git@git.example.com/a", true),
        ("/srv/git/a.git", true),
        ("../realm-letemcook.git", true),
        ("http://[::1]:8080/a", true),
        ("ext::sh -c true", false),
        ("-oProxyCommand=true", false),
        ("ftp://git.example.com/a", false),
        ("", false),
    ] {
        assert_eq!(blue_git::allowed(url).is_ok(), is_allowed, "{url}");
    }
}

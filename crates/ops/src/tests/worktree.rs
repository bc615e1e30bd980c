//! Worktrees across repos: all or none, and killed between any two steps.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use blue_git::{FileChange, LinkStep, Maker, Repository, discover};
use blue_realm::Realm;

use super::world::{NOW, actor, as_who};
use crate::worktree::{Around, Fate, Plan, Start, Wish, create, dry_run, list, removal, remove};
use crate::{Error, Step};

/// The story's repos beside the checkout of their realm.
struct Machine {
    dir: tempfile::TempDir,
    realm: Realm,
}

const REPOS: [&str; 2] = ["aperture", "fungal-image-analysis"];

fn config(repo: &str) -> String {
    format!("realm:\n  name: letemcook\n  path: ../realm-letemcook\nrepo: {repo}\n")
}

impl Machine {
    fn new() -> Machine {
        let repos = REPOS.map(|repo| {
            let text = format!("name: {repo}\npath: ../{repo}\nmaintainers: [ada@example.com]\n");
            (format!("repos/{repo}.yaml"), text)
        });
        let others = [
            ("realm.yaml", "name: letemcook\nversion: 1.0.0\n"),
            (
                "domains/s3-access/domain.yaml",
                "name: s3-access\nmembers: [aperture, fungal-image-analysis, microscope]\n",
            ),
        ];
        let others = others.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let files = repos.into_iter().chain(others);
        let files = files.map(|(path, text)| blue_realm::parse_file(&path, text.as_bytes()));
        let machine = Machine {
            dir: tempfile::tempdir().unwrap(),
            realm: Realm::from_files(files),
        };
        std::fs::create_dir(machine.path("realm-letemcook")).unwrap();
        for repo in REPOS {
            machine.repo(repo, repo);
        }
        machine
    }

    /// A repository with a commit.
    fn repo(&self, folder: &str, repo: &str) -> Repository {
        let config = config(repo);
        let files = [
            (".blue/config.yaml", config.as_str()),
            ("jobs/segment.py", "import boto3\n"),
            ("infra/deep/stack.py", "import aws_cdk\n"),
        ];
        let files = files.map(|(path, text)| FileChange {
            path: path.to_owned(),
            content: Some(text.as_bytes().to_vec()),
        });
        let ada = actor("ada");
        let maker = Maker {
            author: ada.author,
            committer: ada.committer,
            time: NOW,
            signer: None,
        };
        let path = self.path(folder);
        Repository::create(&path, "main", &files, "begin\n", &maker)
            .unwrap()
            .0
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn git(&self, folder: &str) -> git2::Repository {
        git2::Repository::open(self.path(folder)).unwrap()
    }

    fn around<T>(&self, doing: impl FnOnce(&Around<'_>) -> T) -> T {
        let (checkout, here) = (self.path("realm-letemcook"), self.path("aperture"));
        doing(&Around {
            realm: &self.realm,
            name: "letemcook",
            checkout: Some(&checkout),
            here: Some(("aperture", &here)),
        })
    }

    fn create(&self, repos: &[&str]) -> Result<Plan, Error> {
        self.kill(None, repos)
    }

    fn kill(&self, at: Option<(Step, usize)>, repos: &[&str]) -> Result<Plan, Error> {
        let repos: Vec<String> = repos.iter().map(ToString::to_string).collect();
        let wish = wish(&repos);
        as_who("ada", |ask| {
            ask.killed_after = at.map(|(step, _)| step);
            ask.spared.set(at.map_or(0, |(_, spared)| spared));
            self.around(|around| create(around, &wish, ask))
        })
    }

    fn remove(&self, at: Option<(Step, usize)>) -> Result<usize, Error> {
        as_who("ada", |ask| {
            ask.killed_after = at.map(|(step, _)| step);
            ask.spared.set(at.map_or(0, |(_, spared)| spared));
            let removed = self.around(|around| remove(around, &wish(&[]), ask));
            removed.map(|removed| removed.worktrees.len())
        })
    }

    fn worktree(&self, repo: &str) -> PathBuf {
        self.path(repo).join(".worktrees/feat-experiments")
    }

    /// Everything that a run can leave: files (without what git keeps for itself), branches, worktrees, what is
    /// ignored.
    fn told(&self) -> String {
        let mut told = String::new();
        for repo in REPOS {
            let repository = discover(&self.path(repo)).unwrap().unwrap();
            let branches: Vec<_> = repository.branches("").unwrap();
            let branches: Vec<_> = branches.into_iter().map(|(name, _)| name).collect();
            let linked = repository.linked().unwrap().into_iter();
            let linked: Vec<_> = linked.map(|it| (it.name, it.path, it.branch)).collect();
            let ignored = std::fs::read_to_string(repository.common_dir().join("info/exclude"));
            let ignored = ignored.unwrap_or_default();
            let ignored = ignored.lines().filter(|line| line.contains("worktrees"));
            let ignored: Vec<_> = ignored.collect();
            told.push_str(&format!("{repo} {branches:?} {linked:?} {ignored:?}\n"));
            let mut files = Vec::new();
            walk(&self.path(repo), &mut files);
            for file in files {
                told.push_str(&format!("  {}\n", file.display()));
            }
            let parts = repository.common_dir().join("blue-worktree.part");
            assert!(!parts.exists());
        }
        told.replace(&*self.path("").to_string_lossy(), "")
    }
}

fn wish(repos: &[String]) -> Wish<'_> {
    static DOMAINS: LazyLock<Vec<String>> = LazyLock::new(|| vec!["s3-access".to_owned()]);
    Wish {
        rfc: "experiments",
        domains: &DOMAINS,
        repos,
    }
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut inside: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    inside.sort_by_key(std::fs::DirEntry::path);
    for entry in inside {
        match entry.path() {
            path if path.ends_with(".git") && path.is_dir() => {}
            path if path.is_dir() => {
                into.push(path.clone());
                walk(&path, into);
            }
            path => into.push(path),
        }
    }
}

fn names(plan: &Plan) -> Vec<(&str, &Fate)> {
    let worktrees = plan.worktrees.iter();
    worktrees
        .map(|it| (it.repos[0].0.as_str(), &it.fate))
        .collect()
}

fn refused(done: Result<impl std::fmt::Debug, Error>) -> String {
    done.unwrap_err().to_string()
}

#[test]
fn in_every_repo_that_is_here_and_again_in_none() {
    let machine = Machine::new();
    let before = machine.told();
    let shown = machine
        .around(|around| dry_run(around, &wish(&[])))
        .unwrap();
    assert_eq!(machine.told(), before, "a dry run writes nothing");
    let made = machine.create(&[]).unwrap();
    assert_eq!(made, shown);
    for repo in REPOS {
        let at = machine.worktree(repo);
        assert!(at.join(".git").is_file());
        let own = discover(&at).unwrap().unwrap();
        assert_eq!(own.head_branch().unwrap().unwrap(), "feat/experiments");
        assert!(own.unsaved().unwrap().is_nothing());
        let main = discover(&machine.path(repo)).unwrap().unwrap();
        // Not even what git does not ignore is seen of it.
        assert!(main.unsaved().unwrap().is_nothing());
        assert_eq!(own.main_checkout().unwrap().unwrap(), machine.path(repo));
    }
    assert!(matches!(
        &made.worktrees[0].fate,
        Fate::Made(Start::New { name, .. }) if name == "main"
    ));
    assert_eq!(made.absent[0].0, "microscope");
    let after = machine.told();
    let again = machine.create(&[]).unwrap();
    assert!(again.worktrees.iter().all(|it| it.fate == Fate::There));
    assert_eq!(machine.told(), after);
    // What is there is taken as it is, whoever made it, and the rest is made.
    assert_eq!(machine.remove(None).unwrap(), 2);
    machine.create(&["aperture"]).unwrap();
    let both = machine.create(&[]).unwrap();
    let fates: Vec<_> = names(&both).into_iter().map(|(_, fate)| fate).collect();
    assert!(
        matches!(fates[..], [Fate::There, Fate::Made(_)]),
        "{fates:?}"
    );
    assert_eq!(machine.told(), after);
}

#[test]
fn asked_from_a_worktree_it_is_the_same_repository() {
    let machine = Machine::new();
    machine.create(&["aperture"]).unwrap();
    let (checkout, here) = (
        machine.path("realm-letemcook"),
        machine.worktree("aperture"),
    );
    let around = Around {
        realm: &machine.realm,
        name: "letemcook",
        checkout: Some(&checkout),
        here: Some(("aperture", &here)),
    };
    let made = as_who("ada", |ask| create(&around, &wish(&[]), ask)).unwrap();
    assert_eq!(made.worktrees[0].path, machine.worktree("aperture"));
    assert_eq!(made.worktrees[0].fate, Fate::There);
}

#[test]
fn what_is_in_the_way_of_one_stops_all() {
    let said = |machine: &Machine| {
        let before = machine.told();
        let said = refused(machine.create(&[]));
        assert_eq!(machine.told(), before);
        said.replace(&*machine.path("").to_string_lossy(), "")
    };
    // A folder that is no worktree.
    let machine = Machine::new();
    let other = machine.worktree("fungal-image-analysis");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("notes"), "mine").unwrap();
    assert!(said(&machine).contains("is in the way: it is no worktree"));
    // An empty one is in nobody's way.
    std::fs::remove_file(other.join("notes")).unwrap();
    machine.create(&[]).unwrap();
    // A worktree on another branch.
    let git = machine.git("fungal-image-analysis/.worktrees/feat-experiments");
    let head = git.head().unwrap().peel_to_commit().unwrap();
    git.branch("trial", &head, false).unwrap();
    git.set_head("refs/heads/trial").unwrap();
    assert!(said(&machine).contains("is there and on trial, not on feat/experiments"));
    git.set_head_detached(head.id()).unwrap();
    assert!(said(&machine).contains("is there and on no branch"));
    // A branch whose name is a folder of ours.
    let machine = Machine::new();
    let git = machine.git("fungal-image-analysis");
    let head = git.head().unwrap().peel_to_commit().unwrap();
    git.branch("feat", &head, false).unwrap();
    assert!(said(&machine).contains("has a branch `feat`"));
    // No commit.
    let machine = Machine::new();
    std::fs::remove_dir_all(machine.path("fungal-image-analysis/.git")).unwrap();
    git2::Repository::init(machine.path("fungal-image-analysis")).unwrap();
    assert!(said(&machine).contains("has no commit yet"));
    for (repos, expected) in [
        (vec!["microscope"], "microscope: no checkout of it is known"),
        (vec!["aperure"], "`aperure` is no member of s3-access"),
    ] {
        let said = refused(machine.create(&repos));
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_fails_or_is_stopped_half_way_is_undone() {
    // A file where the second repo's folder of worktrees should be.
    let machine = Machine::new();
    std::fs::write(machine.path("fungal-image-analysis/.worktrees"), "").unwrap();
    let before = machine.told();
    machine.create(&[]).unwrap_err();
    assert_eq!(machine.told(), before);
    // Somebody stops it, at any of the moments at which it is told what is being done.
    for moment in 1.. {
        let machine = Machine::new();
        let before = machine.told();
        let (mut told, stop) = (
            0,
            std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)),
        );
        let seen = stop.clone();
        let mut progress = |_: &str| {
            told += 1;
            seen.store(told == moment, Ordering::SeqCst);
        };
        let mut ask = crate::Ask::new(actor("ada"), crate::Programs::OnTerminal, &mut progress);
        ask.stop = stop;
        match machine.around(|around| create(around, &wish(&[]), &mut ask)) {
            Ok(_) => {
                assert!(moment > 4, "{moment}");
                break;
            }
            Err(why) => assert!(matches!(why, Error::Stopped), "{why}"),
        }
        assert_eq!(machine.told(), before, "{moment}");
    }
}

#[test]
fn killed_between_any_two_steps_a_second_run_finishes() {
    let whole = {
        let machine = Machine::new();
        machine.create(&[]).unwrap();
        machine.told()
    };
    let nothing = {
        let machine = Machine::new();
        machine.create(&[]).unwrap();
        machine.remove(None).unwrap();
        machine.told()
    };
    assert_eq!(nothing.matches("feat").count(), 0, "{nothing}");
    let begun = LinkStep::Files { done: 0, total: 0 };
    let linked = [LinkStep::Named, begun, LinkStep::Filled, LinkStep::Placed];
    let making = [Step::Excluded, Step::Branched]
        .into_iter()
        .chain(linked.map(Step::Linked));
    for step in making {
        for spared in 0..2 {
            let machine = Machine::new();
            let killed = machine.kill(Some((step, spared)), &[]);
            assert!(matches!(killed, Err(Error::Stopped)), "{step:?} {killed:?}");
            // What is half made is told, and is nobody's place to work in.
            let here = REPOS.map(|repo| machine.worktree(repo).exists());
            let half = machine.around(|around| list(around, &REPOS.map(str::to_owned)));
            let standing: Vec<_> = half.unwrap().changes.into_values().flatten().collect();
            for it in &standing {
                assert_eq!(it.is_half, !it.path.exists(), "{step:?} {standing:?}");
            }
            assert!(here.iter().filter(|here| **here).count() <= standing.len());
            machine.create(&[]).unwrap();
            assert_eq!(machine.told(), whole, "{step:?} {spared}");
            // Or is taken away.
            let machine = Machine::new();
            machine.kill(Some((step, spared)), &[]).unwrap_err();
            machine.remove(None).unwrap();
            machine.create(&[]).unwrap();
            assert_eq!(machine.told(), whole, "{step:?} {spared}");
        }
    }
    let linked = [LinkStep::Displaced, LinkStep::Forgotten];
    for step in linked
        .map(Step::Linked)
        .into_iter()
        .chain([Step::Unbranched])
    {
        for spared in 0..2 {
            let machine = Machine::new();
            machine.create(&[]).unwrap();
            let killed = machine.remove(Some((step, spared)));
            assert!(matches!(killed, Err(Error::Stopped)), "{step:?} {killed:?}");
            machine.remove(None).unwrap();
            assert_eq!(machine.told(), nothing, "{step:?} {spared}");
            machine.create(&[]).unwrap();
            assert_eq!(machine.told(), whole, "{step:?} {spared}");
        }
    }
}

#[test]
fn work_that_nothing_else_keeps_is_protected() {
    let machine = Machine::new();
    machine.create(&[]).unwrap();
    let at = machine.worktree("fungal-image-analysis");
    let protected = |expected: &str| {
        let before = machine.told();
        for said in [
            refused(machine.remove(None)),
            refused(machine.around(|around| removal(around, &wish(&[])))),
        ] {
            assert!(said.contains(expected), "{said}");
            assert!(said.starts_with("fungal-image-analysis: "), "{said}");
        }
        assert_eq!(machine.told(), before, "not even the others");
    };
    std::fs::write(at.join("infra/new.py"), "").unwrap();
    protected("infra/new.py in");
    std::fs::remove_file(at.join("infra/new.py")).unwrap();
    std::fs::write(at.join("jobs/segment.py"), "import os\n").unwrap();
    protected("jobs/segment.py in");
    // Committed, and nowhere else.
    let own = git2::Repository::open(&at).unwrap();
    let who = git2::Signature::now("ada", "ada@example.com").unwrap();
    let mut index = own.index().unwrap();
    index.add_path(Path::new("jobs/segment.py")).unwrap();
    index.write().unwrap();
    let tree = own.find_tree(index.write_tree().unwrap()).unwrap();
    let head = own.head().unwrap().peel_to_commit().unwrap();
    let made = own
        .commit(Some("HEAD"), &who, &who, "os", &tree, &[&head])
        .unwrap();
    protected("1 commit on feat/experiments in");
    own.set_head_detached(made).unwrap();
    own.reference("refs/heads/feat/experiments", head.id(), true, "back")
        .unwrap();
    protected("1 commit on no branch in");
    own.reference("refs/heads/feat/experiments", made, true, "on")
        .unwrap();
    own.set_head("refs/heads/feat/experiments").unwrap();
    let found = machine
        .around(|around| list(around, &REPOS.map(str::to_owned)))
        .unwrap();
    let only: Vec<_> = found.changes["experiments"]
        .iter()
        .map(|it| it.only_here)
        .collect();
    assert_eq!(only, [0, 1]);
    // A remote has it now.
    let name = "refs/remotes/origin/feat/experiments";
    own.reference(name, made, false, "pushed").unwrap();
    assert_eq!(machine.remove(None).unwrap(), 2);
    assert_eq!(machine.remove(None).unwrap(), 0, "nothing is left to do");
    assert!(!machine.path("aperture/.worktrees").exists());
    // What somebody pushed is where the next one begins.
    let own = machine.git("fungal-image-analysis");
    own.remote(
        "origin",
        "https://git.example.com/fungal-image-analysis.git",
    )
    .unwrap();
    let again = machine.create(&[]).unwrap();
    let Fate::Made(Start::Pushed { name, at }) = &again.worktrees[1].fate else {
        panic!("{again:?}");
    };
    assert_eq!(
        (name.as_str(), at.to_string()),
        ("origin/feat/experiments", made.to_string())
    );
    let branch = own.find_branch("feat/experiments", git2::BranchType::Local);
    let upstream = branch.unwrap().upstream().unwrap();
    assert_eq!(upstream.name().unwrap(), Some("origin/feat/experiments"));
}

#[test]
fn a_branch_that_is_checked_out_elsewhere_stays_there() {
    let machine = Machine::new();
    let git = machine.git("aperture");
    let head = git.head().unwrap().peel_to_commit().unwrap();
    git.branch("feat/experiments", &head, false).unwrap();
    git.set_head("refs/heads/feat/experiments").unwrap();
    let made = machine.create(&[]).unwrap();
    assert_eq!(made.worktrees[0].fate, Fate::Elsewhere);
    assert_eq!(made.worktrees[0].path, machine.path("aperture"));
    assert_eq!(machine.remove(None).unwrap(), 1);
    assert_eq!(git.head().unwrap().shorthand(), Ok("feat/experiments"));
}

#[test]
fn repos_that_share_a_git_repository_share_a_worktree() {
    let machine = Machine::new();
    for repo in REPOS {
        std::fs::remove_dir_all(machine.path(repo)).unwrap();
    }
    let mono = machine.repo("aperture", "aperture");
    let at = mono.resolve("HEAD").unwrap();
    let ada = actor("ada");
    let file = FileChange {
        path: "analysis/.blue/config.yaml".to_owned(),
        content: Some(config("fungal-image-analysis").into_bytes()),
    };
    let maker = Maker {
        author: ada.author,
        committer: ada.committer,
        time: NOW,
        signer: None,
    };
    let made = mono.commit_on(at, &[file], "second\n", &maker).unwrap();
    let update = blue_git::RefUpdate {
        branch: "main".to_owned(),
        expected: Some(at),
        to: Some(made),
    };
    mono.advance_checkout(&update).unwrap();
    let text = "name: fungal-image-analysis\npath: ../aperture\nsubdir: analysis\n";
    let file = blue_realm::parse_file("repos/fungal-image-analysis.yaml", text.as_bytes());
    let machine = Machine {
        realm: machine.realm.with_file(file),
        ..machine
    };
    let made = machine.create(&[]).unwrap();
    let [only] = &made.worktrees[..] else {
        panic!("{made:?}");
    };
    let repos: Vec<_> = only
        .repos
        .iter()
        .map(|(repo, folder)| (repo.as_str(), folder.to_str().unwrap()))
        .collect();
    assert_eq!(
        repos,
        [("aperture", ""), ("fungal-image-analysis", "analysis")]
    );
    assert!(only.path.join("analysis/.blue/config.yaml").is_file());
    assert_eq!(machine.remove(None).unwrap(), 1);
}

/// A realm is written by others: a path in it is no leave to write there.
#[test]
fn a_folder_that_does_not_say_so_is_no_repo() {
    let machine = Machine::new();
    machine.repo("secrets", "secrets");
    let text = "name: fungal-image-analysis\npath: ../secrets\n";
    let file = blue_realm::parse_file("repos/fungal-image-analysis.yaml", text.as_bytes());
    let hostile = Machine {
        realm: machine.realm.with_file(file),
        ..machine
    };
    // The one beside it is found instead, since it says so.
    let made = hostile.create(&[]).unwrap();
    assert_eq!(
        made.worktrees[1].checkout,
        hostile.path("fungal-image-analysis")
    );
    hostile.remove(None).unwrap();
    std::fs::remove_dir_all(hostile.path("fungal-image-analysis")).unwrap();
    let made = hostile.create(&[]).unwrap();
    assert_eq!(names(&made).len(), 1);
    assert!(!hostile.path("secrets/.worktrees").exists());
    let (repo, why) = &made.absent[0];
    assert_eq!(repo, "fungal-image-analysis");
    assert!(why.to_string().contains("does not say"), "{why}");
}

#[test]
fn two_at_once_make_one() {
    let machine = Machine::new();
    let all = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| machine.create(&[])))
            .collect();
        let done: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        done
    });
    let made = all
        .iter()
        .flat_map(|plan| &plan.as_ref().unwrap().worktrees);
    let made = made.filter(|it| matches!(it.fate, Fate::Made(_)));
    assert_eq!(made.count(), 2);
}

//! A realm with a remote on disk, and people who clone it.
#![allow(dead_code)] // Each verb's tests use a part of it.

use std::path::{Path, PathBuf};

use blue_git::{CommitId, FileChange, Maker, Person, RefUpdate, Repository, Rewrites, discover};
use blue_realm::Realm;
use blue_workspace::Following;

use crate::ack::{self, Acknowledged};
use crate::merge::{Merging, Terms, merge_open};
use crate::sync::{
    Checkout, ContractChange, Fate, Request, Source, SyncBranch, Target, Wish, export,
};
use crate::{Actor, Ask, Error, Freshness, OpenRealm, Programs, RealmAt, RealmPlace};

pub(super) const CONTRACT: &str = "domains/s3-access/contracts/s3-permissions.yaml";
pub(super) const BINDING: &str = "domains/s3-access/bindings/fungal-image-analysis.yaml";

/// 2026-01-06T09:00:00Z.
pub(super) const NOW: i64 = 1_767_690_000;

/// The story's realm, as hands wrote it.
const FILES: &[(&str, &str)] = &[
    (
        "realm.yaml",
        "name: letemcook\nversion: 1.0.0\ngovernance:\n  approvers: [rosa@example.com]\n",
    ),
    (
        "repos/aperture.yaml",
        "name: aperture\nmaintainers: [ada@example.com]\n",
    ),
    (
        "repos/fungal-image-analysis.yaml",
        "name: fungal-image-analysis\nmaintainers: [finn@example.com]\n",
    ),
    (
        "domains/s3-access/domain.yaml",
        "name: s3-access\nmembers: [aperture, fungal-image-analysis]\n",
    ),
    (
        "domains/s3-access/bindings/aperture.yaml",
        "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: jobs/**\n",
    ),
    (
        BINDING,
        "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: \">=1.0.0, <2.0.0\" # until we move\n    binding: infra/stack.py\n    resolved_version: 1.4.0\n    resolved_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        CONTRACT,
        "# What aperture's jobs touch.\nname: s3-permissions\nversion: \"1.4.0\" # quoted by hand\nowner: aperture\nschema:\n  type: object\n  required: [read, write]\n  additionalProperties: false\n  properties:\n    read: { type: array, items: { type: string }, uniqueItems: true }\n    write: { type: array, items: { type: string }, uniqueItems: true }\nvalue:\n  # in no order\n  read:\n    - plates/*/raw/*.tiff\n    - calibration/current.json # the only one\n  write: [jobs/*/out.json]\nevolution:\n  - version: 1.4.0\n    changes: the first\n    compatible: true\n",
    ),
];

pub(super) struct World {
    dir: tempfile::TempDir,
}

pub(super) fn actor(who: &str) -> Actor {
    let person = Person {
        name: who.to_owned(),
        email: format!("{who}@example.com"),
    };
    Actor {
        author: person.clone(),
        committer: person,
        signing: None,
    }
}

/// Does something as somebody, at [`NOW`].
pub(super) fn as_who<T>(who: &str, doing: impl FnOnce(&mut Ask<'_>) -> T) -> T {
    let mut progress = |_: &str| ();
    let mut ask = Ask::new(actor(who), Programs::OnTerminal, &mut progress);
    ask.now = NOW;
    doing(&mut ask)
}

impl World {
    /// What is in it.
    pub(super) fn files() -> &'static [(&'static str, &'static str)] {
        FILES
    }

    pub(super) fn new() -> World {
        World::with(&[])
    }

    /// The story's realm with these files over it.
    pub(super) fn with(files: &[(&str, &str)]) -> World {
        let dir = tempfile::tempdir().unwrap();
        let world = World { dir };
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head("main");
        let git = git2::Repository::init_opts(world.remote_path(), &options).unwrap();
        let tree = git.treebuilder(None).unwrap().write().unwrap();
        let tree = git.find_tree(tree).unwrap();
        let who = git2::Signature::new("rosa", "rosa@example.com", &git2::Time::new(50, 0));
        let who = who.unwrap();
        git.commit(Some("refs/heads/main"), &who, &who, "begin", &tree, &[])
            .unwrap();
        let all: Vec<_> = FILES.iter().chain(files).copied().collect();
        world.commit("rosa", &all);
        world
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn remote_path(&self) -> PathBuf {
        self.path("realm-letemcook.git")
    }

    pub(super) fn remote(&self) -> Repository {
        discover(&self.remote_path()).unwrap().unwrap()
    }

    pub(super) fn branches(&self) -> Vec<(String, CommitId)> {
        self.remote().branches("").unwrap()
    }

    pub(super) fn main(&self) -> CommitId {
        self.remote().resolve("refs/heads/main").unwrap()
    }

    /// Somebody pushes a commit to main by hand.
    pub(super) fn commit(&self, who: &str, files: &[(&str, &str)]) -> CommitId {
        let (remote, main) = (self.remote(), self.main());
        let files = files.iter().map(|(path, text)| FileChange {
            path: (*path).to_owned(),
            content: Some(text.as_bytes().to_vec()),
        });
        let files: Vec<_> = files.collect();
        let actor = actor(who);
        let maker = Maker {
            author: actor.author,
            committer: actor.committer,
            time: NOW - 1000,
            signer: None,
        };
        let made = remote.commit_on(main, &files, "by hand", &maker).unwrap();
        let update = RefUpdate {
            branch: "main".to_owned(),
            expected: Some(main),
            to: Some(made),
        };
        assert!(remote.move_branch(&update).unwrap());
        made
    }

    /// A commit by hand; nothing points to it.
    pub(super) fn made(&self, who: &str, on: CommitId, files: &[(&str, Option<&str>)]) -> CommitId {
        self.said(who, on, files, "by hand")
    }

    /// The same on a commit, or as the first of a history of its own.
    pub(super) fn rooted(
        &self,
        who: &str,
        on: Option<CommitId>,
        files: &[(&str, Option<&str>)],
        message: &str,
    ) -> CommitId {
        let on = on.unwrap_or_else(|| {
            let git = git2::Repository::open(self.remote_path()).unwrap();
            let tree = git.treebuilder(None).unwrap().write().unwrap();
            let tree = git.find_tree(tree).unwrap();
            let by = git2::Signature::new(who, "rosa@example.com", &git2::Time::new(60, 0));
            let by = by.unwrap();
            let made = git.commit(None, &by, &by, "another beginning", &tree, &[]);
            made.unwrap().to_string().parse().unwrap()
        });
        self.said(who, on, files, message)
    }

    /// The same with a message.
    pub(super) fn said(
        &self,
        who: &str,
        on: CommitId,
        files: &[(&str, Option<&str>)],
        message: &str,
    ) -> CommitId {
        let files = files.iter().map(|(path, text)| FileChange {
            path: (*path).to_owned(),
            content: text.map(|text| text.as_bytes().to_vec()),
        });
        let files: Vec<_> = files.collect();
        let maker = as_who(who, |ask| ask.maker());
        let remote = self.remote();
        remote.commit_on(on, &files, message, &maker).unwrap()
    }

    /// Somebody pushes a branch, by force where it is there.
    pub(super) fn push(&self, branch: &str, to: CommitId) {
        let (remote, name) = (self.remote(), format!("refs/heads/{branch}"));
        let update = RefUpdate {
            branch: branch.to_owned(),
            expected: remote.resolve(&name).ok(),
            to: Some(to),
        };
        assert!(remote.move_branch(&update).unwrap());
    }

    /// The only branch of a sync.
    pub(super) fn open(&self) -> (String, CommitId) {
        let mut open = self
            .branches()
            .into_iter()
            .filter(|(name, _)| name != "main");
        let only = open.next().unwrap();
        assert_eq!(open.next(), None);
        only
    }

    /// A file of the remote at a branch or commit.
    pub(super) fn text(&self, rev: &str, path: &str) -> Option<String> {
        let remote = self.remote();
        let at = remote.resolve(rev).unwrap();
        let bytes = remote.file_at(at, path).unwrap()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    pub(super) fn realm(&self, rev: &str) -> Realm {
        let remote = self.remote();
        let at = remote.resolve(rev).unwrap();
        blue_workspace::realm_at(&remote, at, "").unwrap().unwrap()
    }

    /// The place of a checkout of the realm, made where there is none.
    pub(super) fn checkout(&self, name: &str) -> RealmPlace {
        self.checkout_from(self.remote_path().to_str().unwrap(), name)
    }

    /// The same of one that is served under another address.
    pub(super) fn checkout_from(&self, url: &str, name: &str) -> RealmPlace {
        let path = self.path(name);
        if !path.exists() {
            git2::Repository::clone(url, &path).unwrap();
        }
        place(&path)
    }
}

pub(super) fn place(path: &Path) -> RealmPlace {
    RealmPlace {
        name: "letemcook".to_owned(),
        at: RealmAt::Path(path.to_owned()),
        follow: None,
    }
}

pub(super) fn open(place: &RealmPlace, ask: &mut Ask<'_>) -> Result<OpenRealm, Error> {
    OpenRealm::open(place, Freshness::Fetched, Rewrites::Stop, ask)
}

/// A change of the story's contract.
pub(super) fn change(added: &[(&str, &str)], removed: &[(&str, &str)]) -> ContractChange {
    let items = |items: &[(&str, &str)]| {
        let items = items.iter();
        items
            .map(|(field, text)| ((*field).to_owned(), (*text).to_owned()))
            .collect()
    };
    ContractChange {
        added: items(added),
        removed: items(removed),
        ..ContractChange::empty("s3-access", "s3-permissions")
    }
}

/// By which fingerprint importers accept that a value of the story's contract goes.
pub(super) fn print_of(field: &str, text: &str) -> String {
    let print = blue_analysis::Print {
        code: blue_analysis::Code::ExportBreaking,
        realm: "letemcook",
        domain: "s3-access",
        contract: "s3-permissions",
        field,
        pattern: text,
        importer: "",
        major: Some(1),
    };
    print.fingerprint()
}

/// aperture's code at a commit of a branch.
pub(super) fn source(commit: &str, branch: &str) -> Source {
    Source {
        commit: Some(commit.repeat(40)),
        branch: Some(branch.to_owned()),
        is_committed: true,
    }
}

/// A checkout of aperture's code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    /// The commits that it has, each by its letter.
    pub(super) has: &'static str,
    /// Whether the default branch is checked out.
    pub(super) is_default: bool,
    /// Whether all syncs of what was not committed were made here.
    pub(super) has_made: bool,
}

impl Code {
    /// One that has all there is of its branch, which is some branch.
    pub(super) const WHOLE: Code = Code {
        has: "abcdef",
        is_default: false,
        has_made: true,
    };
    /// Another clone, that has nothing of what others did.
    pub(super) const ANOTHER: Code = Code {
        has: "",
        is_default: false,
        has_made: false,
    };
}

impl Checkout for Code {
    fn has(&self, commit: &str) -> bool {
        commit.starts_with(|letter| self.has.contains(letter))
    }

    fn is_default(&self) -> bool {
        self.is_default
    }

    fn has_made(&self, _: CommitId) -> bool {
        self.has_made
    }

    fn makes(&self, _: CommitId) {}
}

/// A sync of aperture's code, whose earlier commits are all part of it.
pub(super) fn sync(
    place: &RealmPlace,
    changes: &[ContractChange],
    source: &Source,
    ask: &mut Ask<'_>,
) -> Result<(Vec<SyncBranch>, Vec<Merging>), Error> {
    sync_as("aperture", place, changes, source, ask)
}

pub(super) fn sync_as(
    repo: &str,
    place: &RealmPlace,
    changes: &[ContractChange],
    source: &Source,
    ask: &mut Ask<'_>,
) -> Result<(Vec<SyncBranch>, Vec<Merging>), Error> {
    let mut realm = open(place, ask)?;
    sync_in(&mut realm, repo, (changes, source), ask)
}

/// The same in a realm that is open.
pub(super) fn sync_in(
    realm: &mut OpenRealm,
    repo: &str,
    (changes, source): (&[ContractChange], &Source),
    ask: &mut Ask<'_>,
) -> Result<(Vec<SyncBranch>, Vec<Merging>), Error> {
    let of = (repo, &Code::WHOLE);
    run(realm, of, (changes, source), ask)
}

/// A sync of aperture's code from a checkout.
pub(super) fn sync_of(
    place: &RealmPlace,
    code: Code,
    changes: &[ContractChange],
    source: &Source,
    ask: &mut Ask<'_>,
) -> Result<(Vec<SyncBranch>, Vec<Merging>), Error> {
    let mut realm = open(place, ask)?;
    run(&mut realm, ("aperture", &code), (changes, source), ask)
}

fn run(
    realm: &mut OpenRealm,
    (repo, checkout): (&str, &Code),
    (changes, source): (&[ContractChange], &Source),
    ask: &mut Ask<'_>,
) -> Result<(Vec<SyncBranch>, Vec<Merging>), Error> {
    let request = Request {
        repo,
        changes,
        shows: &|_, _, _| true,
        held_back: &[],
        given_up: &[],
        source,
        wish: &Wish::default(),
        checkout,
        target: Target::Remote,
    };
    let branches = export(realm, &request, ask)?;
    let is_new = |it: &&SyncBranch| matches!(it.fate, Fate::Made | Fate::Updated);
    let new: Vec<String> = branches
        .iter()
        .filter(is_new)
        .map(|it| it.branch.clone())
        .collect();
    let merging = merge_open(realm, &Terms::default(), &new, ask)?;
    Ok((branches, merging))
}

/// fungal-image-analysis says that it follows whatever there is.
pub(super) fn follow_all(
    place: &RealmPlace,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let mut realm = open(place, ask)?;
    follow_in(&mut realm, place, ask)
}

/// The same in a realm that is open.
pub(super) fn follow_in(
    realm: &mut OpenRealm,
    place: &RealmPlace,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let request = ack::Request {
        repo: "fungal-image-analysis",
        contract: None,
        anyway: None,
        widening: ack::Widening::Allowed,
    };
    // What the analysis would say of code that grants all of it.
    let at_path = place.clone();
    let mut followings = move |at: Option<CommitId>| -> Result<Vec<Following>, Error> {
        let RealmAt::Path(path) = &at_path.at else {
            return Ok(Vec::new());
        };
        let repository = discover(path)?.unwrap();
        let at = match at {
            Some(at) => at,
            None => repository.resolve("origin/main")?,
        };
        let realm = blue_workspace::realm_at(&repository, at, "")?.unwrap();
        let contract = realm.contract("s3-access", "s3-permissions").unwrap();
        let importers = realm.importers_of("s3-access", "s3-permissions");
        let import = importers[0].import;
        let version = contract.version.clone().unwrap();
        Ok(vec![Following {
            realm: "letemcook".into(),
            domain: "s3-access".into(),
            bound_in: "s3-access".into(),
            contract: "s3-permissions".into(),
            index: 0,
            in_range: import.version.as_ref().unwrap().matches(&version),
            version: Some(version),
            resolved: import.resolved_version.clone(),
            uncovered: Vec::new(),
            missing: Vec::new(),
            is_readable: true,
        }])
    };
    ack::follow(realm, &request, &mut followings, ask)
}

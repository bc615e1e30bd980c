//! A world on disk, in a folder of its own: repositories made with git2, files written as a person
//! or a tool would, and a workspace that is told of it as an editor tells it.

use std::fs;
use std::path::{Path, PathBuf};

use blue_workspace::{Load, Options, Report, Workspace};
use git2::{Oid, RepositoryInitOptions, Signature, Time};
use tempfile::TempDir;

/// The files of a world: what aperture does and what its contract says agree.
const FILES: &[(&str, &str)] = &[
    (
        "realm/realm.yaml",
        "name: letemcook\nversion: 1.0.0\ngovernance: {admission: open}\n",
    ),
    ("realm/repos/aperture.yaml", "name: aperture\n"),
    (
        "realm/repos/fungal-image-analysis.yaml",
        "name: fungal-image-analysis\n",
    ),
    (
        "realm/domains/s3-access/domain.yaml",
        "name: s3-access\nmembers: [aperture, fungal-image-analysis]\n",
    ),
    (CONTRACT, CONTRACT_TEXT),
    (
        BINDING,
        "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: [\"jobs/*.py\"]\n",
    ),
    (
        "realm/domains/s3-access/bindings/fungal-image-analysis.yaml",
        "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: \">=1.0.0, <2.0.0\"\n    binding: infra/stack.py\n    resolved_version: 1.4.0\n",
    ),
    (
        "aperture/.blue/config.yaml",
        "repo: aperture\nrealm:\n  name: letemcook\n  path: ../realm\n",
    ),
    ("aperture/jobs/segment.py", SEGMENT),
    ("aperture/jobs/calibrate.py", CALIBRATE),
    (
        "fungal-image-analysis/.blue/config.yaml",
        "repo: fungal-image-analysis\nrealm:\n  name: letemcook\n  path: ../realm\n",
    ),
    ("fungal-image-analysis/infra/stack.py", STACK),
];

pub(crate) const CONTRACT: &str = "realm/domains/s3-access/contracts/s3-permissions.yaml";
pub(crate) const BINDING: &str = "realm/domains/s3-access/bindings/aperture.yaml";
pub(crate) const CONTRACT_TEXT: &str = "name: s3-permissions
version: 1.4.0
owner: aperture
schema: {type: object}
value:
  read: [raw/*, calibration/current.json]
  write: [jobs/*/out.json]
evolution: [{version: 1.4.0, changes: first value}]
";
pub(crate) const SEGMENT: &str = "import boto3
s3 = boto3.client('s3')
def segment(plate, job):
    s3.get_object(Bucket='imaging', Key=f'raw/{plate}')
    s3.put_object(Bucket='imaging', Key=f'jobs/{job}/out.json')
";
pub(crate) const CALIBRATE: &str = "import boto3
boto3.client('s3').get_object(Bucket='imaging', Key='calibration/current.json')
";
const STACK: &str = "from aws_cdk import aws_iam as iam
iam.PolicyStatement(actions=['s3:*'], resources=['arn:aws:s3:::imaging/*'])
";

/// Code that writes one more object.
pub(crate) fn writes(key: &str) -> String {
    format!("import boto3\nboto3.client('s3').put_object(Bucket='imaging', Key='{key}')\n")
}

pub(crate) struct World {
    folder: TempDir,
}

impl World {
    /// Files alone.
    pub(crate) fn without_git() -> World {
        let folder = TempDir::new().unwrap();
        let world = World { folder };
        for (path, text) in FILES {
            world.write(path, text);
        }
        world
    }

    /// Each of the three a repository with one commit.
    pub(crate) fn new() -> World {
        let world = World::without_git();
        for repo in ["realm", "aperture", "fungal-image-analysis"] {
            world.init(repo);
            world.commit(repo);
        }
        world
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        // Temporary folders are links on some systems; an editor says the real path.
        fs::canonicalize(self.folder.path()).unwrap().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path} has no {old}");
        self.write(path, text.replace(old, new));
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        match path.is_dir() {
            true => fs::remove_dir_all(path).unwrap(),
            false => fs::remove_file(path).unwrap(),
        }
    }

    pub(crate) fn init(&self, repo: &str) {
        let mut options = RepositoryInitOptions::new();
        let git = git2::Repository::init_opts(self.path(repo), options.initial_head("main"));
        // Not the machine's: what line ends a file gets must not depend on who runs the tests.
        let mut config = git.unwrap().config().unwrap();
        config.set_str("core.autocrlf", "false").unwrap();
    }

    pub(crate) fn git(&self, repo: &str) -> git2::Repository {
        git2::Repository::open(self.path(repo)).unwrap()
    }

    /// Commits all of a working tree.
    pub(crate) fn commit(&self, repo: &str) -> Oid {
        let git = self.git(repo);
        let mut index = git.index().unwrap();
        let all = git2::IndexAddOption::DEFAULT;
        index.add_all(["*"], all, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
        let who = Signature::new("a", "a@example.com", &Time::new(100, 0)).unwrap();
        let parent = git.head().ok().map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<_> = parent.iter().collect();
        git.commit(Some("HEAD"), &who, &who, "change", &tree, &parents)
            .unwrap()
    }

    /// Writes the contract with the commit that its value was read from.
    pub(crate) fn read_from(&self, commit: &str) {
        let entry = format!(
            "evolution:\n  - version: 1.4.0\n    changes: [first]\n    compatible: true\n    source: {{commit: \"{commit}\", branch: main}}\n"
        );
        let (text, _) = CONTRACT_TEXT.split_once("evolution:").unwrap();
        self.write(CONTRACT, format!("{text}{entry}"));
        self.commit("realm");
    }
}

/// Runs jobs, and those that they ask for.
pub(crate) fn run(workspace: &mut Workspace, mut loads: Vec<Load>) {
    while let Some(load) = loads.pop() {
        let loaded = load.run();
        loads.extend(workspace.loaded(loaded));
    }
}

/// A workspace with these folders open.
pub(crate) fn opened(world: &World, folders: &[&str]) -> Workspace {
    opened_with(world, folders, Options::default())
}

pub(crate) fn opened_with(world: &World, folders: &[&str], options: Options) -> Workspace {
    let mut workspace = Workspace::new(options);
    for folder in folders {
        let loads = workspace.add_folder(&world.path(folder));
        run(&mut workspace, loads);
    }
    workspace
}

/// Tells of files that changed, and runs what follows.
pub(crate) fn changed(world: &World, workspace: &mut Workspace, paths: &[&str]) {
    let paths: Vec<PathBuf> = paths.iter().map(|path| world.path(path)).collect();
    let loads = workspace.files_changed(&paths);
    run(workspace, loads);
}

pub(crate) fn report(workspace: &Workspace, path: &Path) -> Option<Report> {
    workspace.snapshot().report(path).unwrap()
}

/// What is said of the repository in a folder: `code path:line` a finding, in order.
pub(crate) fn said(world: &World, workspace: &Workspace, folder: &str) -> Vec<String> {
    let report = report(workspace, &world.path(folder));
    let report = report.unwrap_or_else(|| panic!("{folder} is not loaded"));
    let snapshot = workspace.snapshot();
    let findings = report.findings.iter().map(|finding| {
        let text = snapshot.text_of(&finding.place).unwrap();
        let line = text[..finding.place.span.start as usize]
            .matches('\n')
            .count()
            + 1;
        format!("{} {}:{line}", finding.code, finding.place.path)
    });
    findings.collect()
}

/// The same of one who opens the folder now, with nothing of before.
pub(crate) fn said_anew(world: &World, folder: &str) -> Vec<String> {
    said(world, &opened(world, &[folder]), folder)
}

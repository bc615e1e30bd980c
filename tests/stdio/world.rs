//! The small world of the book's story, on disk: the realm `letemcook`, the exporter `aperture`, the
//! importer `fungal-image-analysis`.

use std::path::{Path, PathBuf};

use git2::{IndexAddOption, Repository, RepositoryInitOptions, Signature, Time};
use tempfile::TempDir;

/// Removed when dropped.
pub(crate) struct World {
    folder: TempDir,
}

/// A source of the exporter: it writes a value that the contract has, and one that it has not.
pub(crate) const PATHS: &str = r#"import boto3

s3 = boto3.client("s3")


def store(body):
    s3.put_object(Bucket="cultivarium-fungal-imaging", Key="plates/out.json", Body=body)
    s3.put_object(Bucket="cultivarium-fungal-imaging", Key="jobs/out.json", Body=body)
"#;

const FILES: &[(&str, &str)] = &[
    (
        "realm/realm.yaml",
        "name: letemcook\nversion: 1.0.0\ncreated_at: 2026-01-05T09:00:00Z\ngovernance: {admission: open}\n",
    ),
    (
        "realm/repos/aperture.yaml",
        "name: aperture\npath: ../aperture\nmaintainers: [ada@letemcook.example]\njoined_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        "realm/repos/fungal-image-analysis.yaml",
        "name: fungal-image-analysis\npath: ../fungal-image-analysis\nmaintainers: [bob@letemcook.example]\njoined_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        "realm/domains/s3-access/domain.yaml",
        "name: s3-access\ncreated_at: 2026-01-05T09:00:00Z\nmembers:\n  - aperture\n  - fungal-image-analysis\n",
    ),
    (
        "realm/domains/s3-access/contracts/s3-permissions.yaml",
        r#"name: s3-permissions
version: 1.4.0
owner: aperture
schema:
  type: object
  required: [write]
  properties:
    read: { type: array, items: { type: string }, uniqueItems: true }
    write: { type: array, items: { type: string }, uniqueItems: true }
    delete: { type: array, items: { type: string }, uniqueItems: true }
value:
  read: []
  write:
    - plates/out.json
  delete: []
evolution:
  - version: 1.4.0
    changes: first value
    compatible: true
"#,
    ),
    (
        "realm/domains/s3-access/bindings/aperture.yaml",
        "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: [\"models/**/*.py\"]\n",
    ),
    (
        "realm/domains/s3-access/bindings/fungal-image-analysis.yaml",
        "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: ^1.0.0\n    binding: infra/stack.py\n    resolved_version: 1.4.0\n",
    ),
    (
        "aperture/.blue/config.yaml",
        "realm:\n  name: letemcook\n  path: ../realm\nrepo: aperture\n",
    ),
    ("aperture/models/paths.py", PATHS),
    (
        "fungal-image-analysis/.blue/config.yaml",
        "realm:\n  name: letemcook\n  path: ../realm\nrepo: fungal-image-analysis\n",
    ),
    (
        "fungal-image-analysis/infra/stack.py",
        r#"from aws_cdk import aws_iam as iam

statement = iam.PolicyStatement(
    actions=["s3:PutObject"],
    resources=["arn:aws:s3:::cultivarium-fungal-imaging/plates/out.json"],
)
"#,
    ),
];

impl World {
    /// Without git.
    pub(crate) fn new() -> Self {
        Self::of(FILES)
    }

    /// A world of these files, and nothing else.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("home")).unwrap();
        let world = Self { folder };
        for (path, text) in files {
            world.write(path, text);
        }
        world
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces what stands once in a file.
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) {
        self.write(path, &replaced(&self.read(path), old, new));
    }

    /// Commits all files of a repository, which is made if there is none.
    pub(crate) fn commit(&self, repo: &str) {
        let root = self.path(repo);
        let made = || {
            let repository = match Repository::open(&root) {
                Ok(known) => known,
                Err(_) => {
                    let mut options = RepositoryInitOptions::new();
                    let options = options.external_template(false).initial_head("main");
                    Repository::init_opts(&root, options)?
                }
            };
            let mut index = repository.index()?;
            index.add_all(["*"], IndexAddOption::DEFAULT, None)?;
            index.write()?;
            let tree = repository.find_tree(index.write_tree()?)?;
            let parent = repository.head().and_then(|head| head.peel_to_commit());
            let parents: Vec<_> = parent.iter().collect();
            let author =
                Signature::new("Ada", "ada@letemcook.example", &Time::new(1_767_603_600, 0))?;
            // What is not committed is hers too, and lines end as they are written, whoever runs the
            // tests.
            let mut config = repository.config()?;
            config.set_str("user.email", "ada@letemcook.example")?;
            config.set_bool("core.autocrlf", false)?;
            repository.commit(Some("HEAD"), &author, &author, "a commit", &tree, &parents)
        };
        made().unwrap();
    }

    /// What stands for `$BLUE_HOME`.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        // Temporary folders are reached over a link on some systems.
        let root: &Path = self.folder.path();
        root.canonicalize().unwrap().join(path)
    }

    /// The exporter, the importer and the realm, side by side.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        ["aperture", "fungal-image-analysis", "realm"]
            .map(|name| self.path(name))
            .to_vec()
    }

    /// The exporter's source.
    pub(crate) fn source(&self) -> PathBuf {
        self.path("aperture/models/paths.py")
    }
}

/// A text with another stretch where `old` stands, which it does once.
pub(crate) fn replaced(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old:?} in {text}");
    text.replace(old, new)
}

//! The demo's repositories as they are at first, when everyone agrees.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::demo::edit;
use crate::demo::repository;
use crate::failure::Error;

pub(crate) const REMOTE: &str = "realm-letemcook.git";
pub(crate) const REALM: &str = "realm-letemcook";
pub(crate) const APERTURE: &str = "aperture";
pub(crate) const FUNGAL: &str = "fungal-image-analysis";

/// Stands for the commit of aperture's code that a contract was read from.
const SOURCE: &str = "{{aperture}}";

type File = (&'static str, &'static str);

macro_rules! files {
    ($root:literal: $($path:literal from $template:literal,)*) => {
        &[$(($path, include_str!(concat!("world/", $root, "/", $template)))),*]
    };
}

const APERTURE_FILES: &[File] = files! { "aperture":
    ".blue/config.yaml" from "config.yaml",
    ".gitignore" from "../gitignore",
    "README.md" from "README.md",
    "jobs/__init__.py" from "jobs/__init__.py",
    "jobs/calibrate.py" from "jobs/calibrate.py",
    "jobs/segment.py" from "jobs/segment.py",
    "jobs/tidy.py" from "jobs/tidy.py",
    "models/__init__.py" from "models/__init__.py",
    "models/paths.py" from "models/paths.py",
    "models/storage.py" from "models/storage.py",
};

const FUNGAL_FILES: &[File] = files! { "fungal-image-analysis":
    ".blue/config.yaml" from "config.yaml",
    ".gitignore" from "../gitignore",
    "README.md" from "README.md",
    "app.py" from "app.py",
    "infra/__init__.py" from "infra/__init__.py",
    "infra/stack.py" from "infra/stack.py",
};

const REALM_FILES: &[File] = files! { "realm-letemcook":
    "realm.yaml" from "realm.yaml",
    "repos/aperture.yaml" from "repos/aperture.yaml",
    "repos/fungal-image-analysis.yaml" from "repos/fungal-image-analysis.yaml",
    "domains/s3-access/domain.yaml" from "domains/s3-access/domain.yaml",
    "domains/s3-access/bindings/aperture.yaml" from "domains/s3-access/bindings/aperture.yaml",
    "domains/s3-access/bindings/fungal-image-analysis.yaml"
        from "domains/s3-access/bindings/fungal-image-analysis.yaml",
    "domains/s3-access/contracts/s3-permissions.yaml"
        from "domains/s3-access/contracts/s3-permissions.yaml",
    "domains/s3-access/contracts/s3-permissions/1.4.0.yaml"
        from "domains/s3-access/contracts/s3-permissions/1.4.0.yaml",
};

/// A world on disk.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) dir: PathBuf,
}

/// Makes the world in `dir`, which is made too unless it is an empty folder.
///
/// # Errors
/// [`Error::NotEmpty`] if something is in `dir`; what was made before another error stays.
pub(crate) fn make(dir: &Path) -> Result<World, Error> {
    fs::create_dir_all(dir).map_err(file("make", dir))?;
    let mut inside = fs::read_dir(dir).map_err(file("read", dir))?;
    if inside.next().is_some() {
        return Err(Error::NotEmpty(dir.to_owned()));
    }
    let dir = std::path::absolute(dir).map_err(file("read", dir))?;
    let world = World { dir };

    let commit = world.repository(APERTURE, APERTURE_FILES, "Outlines of fungi", "")?;
    world.repository(FUNGAL, FUNGAL_FILES, "Machines for aperture's jobs", "")?;
    let message = "aperture exports s3-permissions 1.4.0 to fungal-image-analysis";
    world.repository(REALM, REALM_FILES, message, &commit)?;
    repository::init_bare(&world.path(REMOTE))?;
    let realm = repository::open(&world.path(REALM))?;
    repository::publish(&realm, &world.path(REMOTE))?;
    Ok(world)
}

impl World {
    /// A folder or file of the world.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// Writes a repository's files and commits them; gives the commit's id.
    fn repository(
        &self,
        name: &str,
        files: &[File],
        message: &str,
        source: &str,
    ) -> Result<String, Error> {
        let root = self.path(name);
        let repository = repository::init(&root)?;
        for (path, text) in files {
            write(&root.join(path), &text.replace(SOURCE, source))?;
        }
        let paths: Vec<_> = files.iter().map(|(path, _)| *path).collect();
        let commit = repository::commit(&repository, &paths, message)?;
        Ok(commit.to_string())
    }

    /// Changes a file of a repository as a person does in an editor, and saves it.
    pub(crate) fn edit(&self, repo: &str, path: &str, hunks: &str) -> Result<(), Error> {
        let file_path = self.path(repo).join(path);
        let text = fs::read_to_string(&file_path).map_err(file("read", &file_path))?;
        let edited = edit::apply(&text, hunks).ok_or_else(|| Error::Demo {
            path: format!("{repo}/{path}"),
        })?;
        write(&file_path, &edited)
    }

    /// Commits files of a repository; gives the commit's id.
    pub(crate) fn commit(
        &self,
        repo: &str,
        paths: &[&str],
        message: &str,
    ) -> Result<String, Error> {
        let repository = repository::open(&self.path(repo))?;
        let commit = repository::commit(&repository, paths, message)?;
        Ok(commit.to_string())
    }

    /// Brings a checkout to where its remote is.
    pub(crate) fn pull(&self, repo: &str) -> Result<(), Error> {
        repository::pull(&repository::open(&self.path(repo))?)
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file("make", folder))?;
    }
    fs::write(path, text).map_err(file("write", path))
}

fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const CONTRACT: &str = "domains/s3-access/contracts/s3-permissions.yaml";

    #[test]
    fn the_same_commits_every_time() {
        let ids = || {
            let dir = tempfile::tempdir().unwrap();
            let world = make(dir.path()).unwrap();
            [APERTURE, FUNGAL, REALM, REMOTE].map(|name| {
                let repository = repository::open(&world.path(name)).unwrap();
                repository.head().unwrap().target().unwrap().to_string()
            })
        };
        let first = ids();
        assert_eq!(first, ids());
        assert_eq!(first[2], first[3], "the realm is pushed");
    }

    #[test]
    fn clean_and_followed() {
        let dir = tempfile::tempdir().unwrap();
        let world = make(dir.path()).unwrap();
        for name in [APERTURE, FUNGAL, REALM] {
            let repository = repository::open(&world.path(name)).unwrap();
            assert!(repository.statuses(None).unwrap().is_empty(), "{name}");
        }
        let realm = repository::open(&world.path(REALM)).unwrap();
        let upstream = realm.branch_upstream_name("refs/heads/main").unwrap();
        assert_eq!(&*upstream, b"refs/remotes/origin/main");
        let contract = fs::read_to_string(world.path(REALM).join(CONTRACT)).unwrap();
        let head = repository::open(&world.path(APERTURE)).unwrap();
        let head = head.head().unwrap().target().unwrap().to_string();
        assert!(contract.contains(&head), "{contract}");
        assert!(matches!(make(dir.path()), Err(Error::NotEmpty(_))));
    }

    #[test]
    fn every_template_is_used() {
        fn walk(folder: &Path, found: &mut usize) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => walk(&path, found),
                    false => *found += 1,
                }
            }
        }
        let mut templates = 0;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/world");
        walk(&folder, &mut templates);
        let files = APERTURE_FILES.iter().chain(FUNGAL_FILES).chain(REALM_FILES);
        // `.gitignore` is one template for both repositories.
        assert_eq!(files.count() - 1, templates);
        let paths: BTreeSet<_> = REALM_FILES.iter().map(|(path, _)| *path).collect();
        assert!(paths.contains(CONTRACT));
    }
}

//! Folders of a repository that Python's packages are imported from, though they are not above the file that imports: what
//! a layer of Lambda, a workspace's package or Airflow's plugins put on `sys.path`. Found by the paths alone: the folder
//! above a package (one with an `__init__.py` whose own folder has none), and of packages without one the folders that are
//! called as such a folder mostly is.

use std::collections::{BTreeMap, BTreeSet};

use crate::source_rules::{is_example_path, is_test_path};

/// A package that stands in more folders than this is none that somebody imports from elsewhere.
const MAX_ROOTS: usize = 8;

/// By the name of a package: the folders that it stands in. What stands at the top of the repository is found without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PythonRoots(BTreeMap<String, BTreeSet<String>>);

impl PythonRoots {
    pub(crate) fn of<'p>(paths: impl IntoIterator<Item = &'p str>) -> PythonRoots {
        let paths: BTreeSet<&str> = paths.into_iter().filter(|it| it.ends_with(".py")).collect();
        let packages: BTreeSet<&str> = paths
            .iter()
            .filter_map(|path| path.strip_suffix("/__init__.py"))
            .collect();
        let mut roots = PythonRoots::default();
        let mut before = "";
        for path in &paths {
            let folder = above(path);
            if folder.is_empty() || folder == before || is_test_path(path) || is_example_path(path)
            {
                continue;
            }
            before = folder;
            let mut top = folder;
            while packages.contains(above(top)) {
                top = above(top);
            }
            let (root, name) = top.rsplit_once('/').unwrap_or(("", top));
            if !root.is_empty() && (packages.contains(top) || is_called_a_root(root)) {
                roots
                    .0
                    .entry(name.to_owned())
                    .or_default()
                    .insert(root.to_owned());
            }
        }
        roots.0.retain(|_, roots| roots.len() <= MAX_ROOTS);
        roots
    }

    /// The folders that a package may be imported from by a file in some folder: the nearest first.
    pub(crate) fn of_package(&self, name: &str, folder: &str) -> Vec<&str> {
        let roots = self.0.get(name).into_iter().flatten();
        let mut roots: Vec<&str> = roots.map(String::as_str).collect();
        roots.sort_by_key(|root| std::cmp::Reverse(in_common(root, folder)));
        roots
    }
}

/// Whether folders below are packages, as the name says of it or of the folder above it.
fn is_called_a_root(folder: &str) -> bool {
    let is_one = |name: &str| {
        matches!(
            name,
            "src"
                | "lib"
                | "libs"
                | "packages"
                | "shared"
                | "python"
                | "plugins"
                | "dags"
                | "layers"
        )
    };
    let mut names = folder.rsplit('/');
    names.next().is_some_and(is_one) || names.next().is_some_and(is_one)
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// How many folders two paths have in common, from the top.
fn in_common(one: &str, other: &str) -> usize {
    let pairs = one.split('/').zip(other.split('/'));
    pairs.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_imported_from_the_folder_above_it() {
        let cases = [
            (
                &["layers/common/python/common/__init__.py"][..],
                "common",
                "layers/common/python",
            ),
            (&["libs/core/core/keys.py"], "core", "libs/core"),
            (&["plugins/operators/clean.py"], "operators", "plugins"),
            (
                &["services/a/app/__init__.py", "services/b/app/__init__.py"],
                "app",
                "services/b services/a",
            ),
            // At the top: found without.
            (&["common/__init__.py"], "common", ""),
            (&["tools/scripts/run.py"], "scripts", ""),
            (&["tests/fixtures/boto3/__init__.py"], "boto3", ""),
        ];
        for (paths, name, expected) in cases {
            let roots = PythonRoots::of(paths.iter().copied());
            let found = roots.of_package(name, "services/b/jobs").join(" ");
            assert_eq!(found, expected, "{paths:?}");
        }
    }
}

//! What the configuration of a repository's projects says that imports mean: `paths` and `baseUrl` of
//! `tsconfig.json` (<https://www.typescriptlang.org/tsconfig/#paths>) and the names of its own packages
//! (`name` of `package.json`, for imports between the packages of a monorepo).

use std::collections::BTreeMap;

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use rustc_hash::FxHashSet;
use serde::Deserialize;

use crate::python_roots::PythonRoots;

/// Bytes of a configuration that is read at most.
const MAX_BYTES: usize = 256 << 10;
/// Lists and mappings inside one another: what is deeper is no configuration.
const MAX_DEPTH: usize = 64;
/// A configuration extends another, this many times over.
const MAX_EXTENDS: usize = 8;

/// What the configurations of a tree say, by folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projects {
    /// By the folder that they stand in.
    mappings: BTreeMap<String, Vec<Mapping>>,
    /// Folders of packages, by name.
    packages: BTreeMap<String, String>,
    python: PythonRoots,
}

/// What one `tsconfig.json` says, what it extends included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Mapping {
    /// The folder that imports which are not relative begin at.
    base: Option<String>,
    /// A pattern with at most one `*`, and the paths that it may mean.
    paths: Vec<(String, Vec<String>)>,
}

/// Whether a file may say what imports mean.
pub fn is_project_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "package.json" | "jsconfig.json")
        || (name.starts_with("tsconfig") && name.ends_with(".json"))
}

#[derive(Deserialize)]
struct TsConfig {
    extends: Option<Extends>,
    #[serde(rename = "compilerOptions", default)]
    options: Options,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Extends {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, Default)]
struct Options {
    #[serde(rename = "baseUrl")]
    base_url: Option<String>,
    paths: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
    /// <https://nodejs.org/api/packages.html#subpath-imports>
    #[serde(default)]
    imports: serde_json::Value,
}

/// The paths that an import of a package's own may mean, under whatever condition.
fn targets_of(said: &serde_json::Value, found: &mut Vec<String>) {
    match said {
        serde_json::Value::String(path) => found.push(path.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| targets_of(one, found)),
        serde_json::Value::Object(all) => all.values().for_each(|one| targets_of(one, found)),
        _ => {}
    }
}

impl Projects {
    /// Reads the project files among some texts; what cannot be read says nothing. `paths`: those of all files.
    pub fn read<'t>(
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
        paths: impl IntoIterator<Item = &'t str>,
    ) -> Projects {
        let texts: BTreeMap<&str, &str> = texts
            .into_iter()
            .filter(|(path, _)| is_project_file(path))
            .collect();
        let mut projects = Projects {
            python: PythonRoots::of(paths),
            ..Projects::default()
        };
        for path in texts.keys() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if name == "package.json" {
                let Some(package) = parsed::<Package>(texts[path]) else {
                    continue;
                };
                if let Some(name) = package.name {
                    projects.packages.entry(name).or_insert(folder.to_owned());
                }
                let paths = package.imports.as_object().into_iter().flatten();
                let paths = paths.map(|(pattern, said)| {
                    let mut targets = Vec::new();
                    targets_of(said, &mut targets);
                    let targets = targets.iter().filter_map(|target| inside(folder, target));
                    (pattern.clone(), targets.collect())
                });
                let mapping = Mapping {
                    base: None,
                    paths: paths.collect(),
                };
                if !mapping.paths.is_empty() {
                    let of_folder = projects.mappings.entry(folder.to_owned()).or_default();
                    of_folder.push(mapping);
                }
                continue;
            }
            let mapping = mapping(&texts, path, MAX_EXTENDS);
            if mapping != Mapping::default() {
                let of_folder = projects.mappings.entry(folder.to_owned()).or_default();
                of_folder.push(mapping);
            }
        }
        projects
    }

    /// The folders that a package of Python's may be imported from by a file in some folder, the nearest first.
    pub(crate) fn python_roots(&self, package: &str, folder: &str) -> Vec<&str> {
        self.python.of_package(package, folder)
    }

    /// The paths, without extension, that an import from a folder may mean, in the order in which
    /// they are tried. The import is neither relative nor absolute.
    pub(crate) fn bases(&self, folder: &str, module: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut above = Some(folder);
        while let Some(at) = above {
            for mapping in self.mappings.get(at).into_iter().flatten() {
                mapping.bases(module, &mut found);
            }
            above = match at {
                "" => None,
                at => Some(at.rsplit_once('/').map_or("", |(above, _)| above)),
            };
        }
        self.of_package(module, &mut found);
        let mut seen = FxHashSet::default();
        found.retain(|base| seen.insert(base.clone()));
        found
    }

    fn of_package(&self, module: &str, found: &mut Vec<String>) {
        // `@scope/name/path` or `name/path`: the longest name counts.
        let mut name = module;
        loop {
            if let Some(folder) = self.packages.get(name) {
                let rest = module[name.len()..].trim_start_matches('/');
                for inside in ["src", ""] {
                    let base = [folder, inside, rest].into_iter();
                    found.push(joined(base));
                }
                return;
            }
            match name.rsplit_once('/') {
                Some((shorter, _)) => name = shorter,
                None => return,
            }
        }
    }
}

impl Mapping {
    fn bases(&self, module: &str, found: &mut Vec<String>) {
        let matching = self.paths.iter().filter_map(|(pattern, targets)| {
            let (before, after) = pattern.split_once('*').unwrap_or((pattern, ""));
            if !pattern.contains('*') {
                return (pattern == module).then_some((usize::MAX, "", targets));
            }
            let rest = module.strip_prefix(before)?.strip_suffix(after)?;
            Some((before.len(), rest, targets))
        });
        // An exact name, else the longest beginning.
        let best = matching.max_by_key(|(length, ..)| *length);
        if let Some((_, rest, targets)) = best {
            found.extend(targets.iter().map(|target| target.replacen('*', rest, 1)));
        }
        if let Some(base) = &self.base {
            found.push(joined([base.as_str(), module]));
        }
    }
}

/// What a configuration says: its own words before those it extends.
fn mapping(texts: &BTreeMap<&str, &str>, path: &str, left: usize) -> Mapping {
    let config: Option<TsConfig> = texts.get(path).and_then(|text| parsed(text));
    let Some(config) = config else {
        return Mapping::default();
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut made = Mapping::default();
    let extended = match config.extends {
        Some(Extends::One(one)) => vec![one],
        Some(Extends::Many(many)) => many,
        None => Vec::new(),
    };
    for other in extended.iter().filter(|_| left > 0) {
        // A package's own configuration is not the repository's.
        if !other.starts_with('.') {
            continue;
        }
        let Some(other) = inside(folder, other) else {
            continue;
        };
        let other = match other.ends_with(".json") {
            true => other,
            false => format!("{other}.json"),
        };
        let below = mapping(texts, &other, left - 1);
        made.base = below.base.or(made.base);
        if !below.paths.is_empty() {
            made.paths = below.paths;
        }
    }
    let base = config.options.base_url;
    if let Some(base) = base.and_then(|base| inside(folder, &base)) {
        made.base = Some(base);
    }
    if let Some(paths) = config.options.paths {
        let at = made.base.clone().unwrap_or_else(|| folder.to_owned());
        let targets = |targets: Vec<String>| {
            let targets = targets.iter().filter_map(|target| inside(&at, target));
            targets.collect::<Vec<_>>()
        };
        let paths = paths.into_iter();
        made.paths = paths.map(|(name, to)| (name, targets(to))).collect();
    }
    made
}

/// A path as it is written in a folder; nothing where it leaves the repository.
fn inside(folder: &str, written: &str) -> Option<String> {
    if written.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn joined<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// JSON with comments and trailing commas, as such files are written.
fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    if text.len() > MAX_BYTES || is_deep(text) {
        return None;
    }
    parse_to_serde_value(
        text.trim_start_matches('\u{feff}'),
        &ParseOptions::default(),
    )
    .ok()
}

/// Whether brackets stand deeper than in any configuration: a parser would follow them by its stack.
fn is_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_begins_where_a_configuration_says() {
        let projects = Projects::read(
            [
                (
                    "tsconfig.base.json",
                    r#"{ // of all
                    "compilerOptions": { "paths": { "@lib/*": ["./libs/*/src"], "@env": ["env.ts"], }, },
                }"#,
                ),
                (
                    "apps/web/tsconfig.json",
                    r#"{ "extends": "../../tsconfig.base" }"#,
                ),
                (
                    "apps/api/tsconfig.json",
                    r#"{ "compilerOptions": { "baseUrl": "./src", "paths": { "~/*": ["*"], "~/deep/*": ["far/*"] } } }"#,
                ),
                (
                    "packages/shared/package.json",
                    r#"{ "name": "@letemcook/shared", "imports": ["no mapping"] }"#,
                ),
                ("broken/tsconfig.json", "{ nothing"),
                (
                    "outside/tsconfig.json",
                    r#"{ "compilerOptions": { "baseUrl": "../.." } }"#,
                ),
            ],
            [],
        );
        for (folder, module, expected) in [
            ("apps/web/src", "@lib/paths", vec!["libs/paths/src"]),
            ("apps/web", "@env", vec!["env.ts"]),
            (
                "apps/api/src/jobs",
                "~/keys",
                vec!["apps/api/src/keys", "apps/api/src/~/keys"],
            ),
            (
                "apps/api/src",
                "~/deep/keys",
                vec!["apps/api/src/far/keys", "apps/api/src/~/deep/keys"],
            ),
            ("apps/api/src", "keys", vec!["apps/api/src/keys"]),
            (
                "apps/web",
                "@letemcook/shared/keys",
                vec!["packages/shared/src/keys", "packages/shared/keys"],
            ),
            (
                "apps/web",
                "@letemcook/shared",
                vec!["packages/shared/src", "packages/shared"],
            ),
            ("broken", "keys", vec![]),
            ("outside", "keys", vec![]),
            ("elsewhere", "@lib/paths", vec!["libs/paths/src"]),
        ] {
            assert_eq!(
                projects.bases(folder, module),
                expected,
                "{folder}: {module}"
            );
        }
    }

    #[test]
    fn hostile_configurations_say_nothing() {
        let deep = "[".repeat(100_000);
        let round = r#"{ "extends": "./tsconfig.json", "compilerOptions": { "baseUrl": "src" } }"#;
        let projects = Projects::read(
            [
                ("a/tsconfig.json", deep.as_str()),
                ("b/tsconfig.json", round),
            ],
            [],
        );
        assert_eq!(projects.bases("a", "x"), [""; 0]);
        assert_eq!(projects.bases("b", "x"), ["b/src/x"]);
    }
}

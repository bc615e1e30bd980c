//! `cargo xtask bench`: the benchmarks, which are whatever the crates' manifests declare. There is no
//! second list of them to be kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cargo::{cargo, root};
use crate::process;

/// One `[[bench]]` of a manifest.
#[derive(Debug, PartialEq, Eq)]
struct Bench {
    package: String,
    name: String,
    /// Relative to the package's folder.
    source: PathBuf,
}

/// Prints what benchmarks there are.
pub(crate) fn list() -> Result<()> {
    print_table(&all()?);
    Ok(())
}

/// Runs every benchmark, or the one of that name.
pub(crate) fn run(name: Option<&str>) -> Result<()> {
    let mut benches: Vec<_> = all()?.into_iter().map(|(bench, _)| bench).collect();
    if let Some(name) = name {
        benches.retain(|bench| bench.name == name);
        if benches.is_empty() {
            bail!("no benchmark is called {name}; `cargo xtask bench --list` names them");
        }
    }
    let mut parts = Vec::new();
    for bench in &benches {
        let took = process::run(cargo("bench").args([
            "--package",
            &bench.package,
            "--bench",
            &bench.name,
        ]))?;
        parts.push((bench, took));
    }
    println!();
    for (bench, took) in parts {
        println!(
            "{:<16} {:<16} {:>12}",
            bench.package,
            bench.name,
            process::seconds(took)
        );
    }
    Ok(())
}

/// The benchmarks of all packages, each with what it measures.
fn all() -> Result<Vec<(Bench, String)>> {
    let mut found = Vec::new();
    for folder in packages()? {
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        for bench in of_manifest(&text) {
            let source = folder.join(&bench.source);
            let code = fs::read_to_string(&source).with_context(|| {
                format!("{}: cannot read {}", manifest.display(), source.display())
            })?;
            found.push((bench, purpose(&code).to_owned()));
        }
    }
    Ok(found)
}

/// The folders of the workspace's packages, in the order of their paths.
fn packages() -> Result<Vec<PathBuf>> {
    let crates = root().join("crates");
    let listed =
        fs::read_dir(&crates).with_context(|| format!("cannot read {}", crates.display()))?;
    let mut folders = vec![root().join("server")];
    for entry in listed {
        folders.push(entry?.path());
    }
    folders.retain(|folder| folder.join("Cargo.toml").is_file());
    folders.sort();
    Ok(folders)
}

/// The `[[bench]]` sections of a manifest. Reads the plain `key = "value"` lines that this workspace's
/// manifests are written in, which needs no TOML parser.
fn of_manifest(text: &str) -> Vec<Bench> {
    let mut section = "";
    let mut package = String::new();
    let mut found: Vec<Bench> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            if section == "[[bench]]" {
                found.push(Bench {
                    package: package.clone(),
                    name: String::new(),
                    source: PathBuf::new(),
                });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        match (section, key.trim(), found.last_mut()) {
            ("[package]", "name", _) => value.clone_into(&mut package),
            ("[[bench]]", "name", Some(bench)) => value.clone_into(&mut bench.name),
            ("[[bench]]", "path", Some(bench)) => bench.source = value.into(),
            _ => {}
        }
    }
    for bench in &mut found {
        if bench.source.as_os_str().is_empty() {
            bench.source = Path::new("benches").join(format!("{}.rs", bench.name));
        }
    }
    found
}

/// The first line of a file's own documentation.
fn purpose(code: &str) -> &str {
    let first = code.lines().find_map(|line| line.strip_prefix("//!"));
    first.unwrap_or_default().trim()
}

fn print_table(benches: &[(Bench, String)]) {
    println!("{:<16} {:<16} measures", "package", "bench");
    for (bench, purpose) in benches {
        println!("{:<16} {:<16} {purpose}", bench.package, bench.name);
    }
    if benches.is_empty() {
        println!("none yet");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benches_are_read_from_manifests() {
        let manifest = r#"
[package]
name = "blue-pattern"

[dependencies]
name = { path = "x" }

[[bench]]
name = "subsume"
harness = false

[[bench]]
name = "stdio"
path = "../../tests/bench/stdio.rs"
"#;
        let bench = |name: &str, source: &str| Bench {
            package: "blue-pattern".into(),
            name: name.into(),
            source: source.into(),
        };
        let expected = [
            bench("subsume", "benches/subsume.rs"),
            bench("stdio", "../../tests/bench/stdio.rs"),
        ];
        assert_eq!(of_manifest(manifest), expected);
        assert_eq!(of_manifest("[package]\nname = \"blue-text\"\n"), []);
    }

    #[test]
    fn a_bench_says_what_it_measures() {
        assert_eq!(
            purpose("//! Subsumption of patterns.\n//! More.\nfn main() {}"),
            "Subsumption of patterns."
        );
        assert_eq!(purpose("fn main() {}"), "");
    }
}

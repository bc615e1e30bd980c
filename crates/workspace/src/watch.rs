//! What a client is asked to watch on disk. Its own folders, everywhere in them; and what lies
//! outside of them and matters all the same: a realm's checkout that nobody has opened, the git
//! folder of a linked worktree.

use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// Some files to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The folder that the pattern is relative to; nothing: every folder that is open.
    pub base: Option<PathBuf>,
    /// A glob of the Language Server Protocol 3.17 (`Pattern`).
    pub pattern: String,
}

/// Code, what code imports, and what says which files imports mean.
const SOURCES: &str = "**/*.{py,ts,tsx,mts,cts,js,jsx,mjs,cjs,json}";
const CONFIGS: &str = "**/.blue/{*.yaml,queries/*/*.scm}";
/// What says what is no source.
const IGNORES: &str = "**/.gitignore";
const GIT: &str = "{HEAD,packed-refs,refs/**}";

impl Workspace {
    /// What a client should watch on disk.
    pub fn watches(&self) -> Vec<Watch> {
        let everywhere = |pattern: &str| Watch {
            base: None,
            pattern: pattern.to_owned(),
        };
        let mut watches = vec![
            everywhere(SOURCES),
            everywhere(CONFIGS),
            everywhere("**/{realm.yaml,repos/*.yaml,domains/**/*.yaml}"),
            everywhere(&format!("**/.git/{GIT}")),
            everywhere(IGNORES),
        ];
        let mut add = |base: &Path, patterns: &[&str]| {
            if self.folders.iter().any(|folder| base.starts_with(folder)) {
                return;
            }
            for pattern in patterns {
                let watch = Watch {
                    base: Some(base.to_owned()),
                    pattern: (*pattern).to_owned(),
                };
                if !watches.contains(&watch) {
                    watches.push(watch);
                }
            }
        };
        for repo in &self.repos {
            add(&repo.root, &[SOURCES, CONFIGS, IGNORES]);
            for root in &repo.realm_roots {
                add(root, &["{realm.yaml,repos/*.yaml,domains/**/*.yaml}"]);
            }
            for folder in &repo.git_dirs {
                add(folder, &[GIT]);
            }
        }
        for realm in &self.realms {
            add(
                &realm.root,
                &["{realm.yaml,repos/*.yaml,domains/**/*.yaml}"],
            );
            for folder in &realm.git_dirs {
                add(folder, &[GIT]);
            }
        }
        watches
    }
}

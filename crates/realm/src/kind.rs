//! Which file of a realm is which, from its path alone: the layout of the specification's
//! `realm-format.md`, in one place.

use std::sync::Arc;

/// What a file of a realm is, by its path. Names are as the path has them, checked or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `realm.yaml`.
    Realm,
    /// `repos/{name}.yaml`.
    Repo {
        /// The repo.
        name: Arc<str>,
    },
    /// `domains/{domain}/domain.yaml`.
    Domain {
        /// The domain.
        domain: Arc<str>,
    },
    /// `domains/{domain}/governance.yaml`.
    Governance {
        /// The domain whose governance it is.
        domain: Arc<str>,
    },
    /// `domains/{domain}/contracts/{contract}.yaml`.
    Contract {
        /// The domain.
        domain: Arc<str>,
        /// The contract.
        contract: Arc<str>,
    },
    /// `domains/{domain}/contracts/{contract}/{version}.yaml`.
    Release {
        /// The domain.
        domain: Arc<str>,
        /// The contract.
        contract: Arc<str>,
        /// The version as the path has it.
        version: Arc<str>,
    },
    /// `domains/{domain}/bindings/{repo}.yaml`.
    Binding {
        /// The domain.
        domain: Arc<str>,
        /// The repo that exports and imports by it.
        repo: Arc<str>,
    },
    /// `domains/{domain}/acceptances/{repo}.yaml`.
    Acceptances {
        /// The domain.
        domain: Arc<str>,
        /// The importer that accepts.
        repo: Arc<str>,
    },
    /// No file of the format. [`classify`] never says this; a [`ParsedFile`](crate::ParsedFile)
    /// that was asked for anyway does.
    Foreign,
}

impl FileKind {
    /// The domain whose folder the file is in.
    #[must_use]
    pub fn domain(&self) -> Option<&Arc<str>> {
        match self {
            Self::Domain { domain }
            | Self::Governance { domain }
            | Self::Contract { domain, .. }
            | Self::Release { domain, .. }
            | Self::Binding { domain, .. }
            | Self::Acceptances { domain, .. } => Some(domain),
            Self::Realm | Self::Repo { .. } | Self::Foreign => None,
        }
    }

    /// Where a file of this kind stands, relative to the realm's root; empty for
    /// [`FileKind::Foreign`]. `classify(&kind.path())` is the kind again.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Realm => "realm.yaml".to_owned(),
            Self::Repo { name } => format!("repos/{name}.yaml"),
            Self::Domain { domain } => format!("domains/{domain}/domain.yaml"),
            Self::Governance { domain } => format!("domains/{domain}/governance.yaml"),
            Self::Contract { domain, contract } => contract_path(domain, contract),
            Self::Release {
                domain,
                contract,
                version,
            } => format!("domains/{domain}/contracts/{contract}/{version}.yaml"),
            Self::Binding { domain, repo } => binding_path(domain, repo),
            Self::Acceptances { domain, repo } => {
                format!("domains/{domain}/acceptances/{repo}.yaml")
            }
            Self::Foreign => String::new(),
        }
    }
}

/// Where a contract's file stands, relative to the realm's root.
#[must_use]
pub fn contract_path(domain: &str, contract: &str) -> String {
    format!("domains/{domain}/contracts/{contract}.yaml")
}

/// Where a repo's binding file for a domain stands, relative to the realm's root.
#[must_use]
pub fn binding_path(domain: &str, repo: &str) -> String {
    format!("domains/{domain}/bindings/{repo}.yaml")
}

/// What the file at `path` is, a path relative to the realm's root with `/` between its parts.
/// Nothing: no file of the format (README, CODEOWNERS, a forge's own folder, a path with `..`).
#[must_use]
pub fn classify(path: &str) -> Option<FileKind> {
    let parts: Vec<&str> = path.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return None;
    }
    let (last, folders) = parts.split_last()?;
    let stem = last.strip_suffix(".yaml").filter(|stem| !stem.is_empty())?;
    let kind = match (folders, stem) {
        ([], "realm") => FileKind::Realm,
        (["repos"], name) => FileKind::Repo { name: name.into() },
        (["domains", domain], "domain") => FileKind::Domain {
            domain: (*domain).into(),
        },
        (["domains", domain], "governance") => FileKind::Governance {
            domain: (*domain).into(),
        },
        (["domains", domain, "contracts"], contract) => FileKind::Contract {
            domain: (*domain).into(),
            contract: contract.into(),
        },
        (["domains", domain, "contracts", contract], version) => FileKind::Release {
            domain: (*domain).into(),
            contract: (*contract).into(),
            version: version.into(),
        },
        (["domains", domain, "bindings"], repo) => FileKind::Binding {
            domain: (*domain).into(),
            repo: repo.into(),
        },
        (["domains", domain, "acceptances"], repo) => FileKind::Acceptances {
            domain: (*domain).into(),
            repo: repo.into(),
        },
        _ => return None,
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_format_is_known_and_nothing_else() {
        for path in [
            "realm.yaml",
            "repos/aperture.yaml",
            "domains/s3-access/domain.yaml",
            "domains/s3-access/governance.yaml",
            "domains/s3-access/contracts/s3-permissions.yaml",
            "domains/s3-access/contracts/s3-permissions/1.0.0.yaml",
            "domains/s3-access/bindings/fungal-image-analysis.yaml",
            "domains/s3-access/acceptances/fungal-image-analysis.yaml",
        ] {
            let kind = classify(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(kind.path(), path);
        }
        for path in [
            "",
            "README.md",
            "CODEOWNERS",
            ".github/workflows/blue.yaml",
            "repos/.yaml",
            "repos/team/aperture.yaml",
            "repos/../realm.yaml",
            "domains/s3-access/notes.yaml",
            "domains//domain.yaml",
            "/realm.yaml",
            "realm.yml",
        ] {
            assert_eq!(classify(path), None, "{path}");
        }
    }
}

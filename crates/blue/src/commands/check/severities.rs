//! Which codes weigh more than by themselves in this run: `--strict`, and a default branch in CI
//! (findings.md, the table of codes). What config or realm set comes before.

use std::path::Path;

use blue_analysis::{Code, Severity};
use blue_git::Why;

use crate::commands::check::options::Args;
use crate::failure::Error;

/// The severities of codes in place of their own.
///
/// # Errors
/// Of a git repository that cannot be read ([`Error::History`]).
pub(super) fn defaults(args: &Args, start: &Path) -> Result<Vec<(Code, Severity)>, Error> {
    let mut defaults = Vec::new();
    if args.is_strict() {
        defaults.push((Code::ExportUnseen, Severity::Warning));
        defaults.push((Code::ExportRemoved, Severity::Error));
    }
    // What is on the default branch and not in the realm, importers meet already.
    let is_asked = args.is_ci() && args.base.is_none();
    if is_asked && is_default_branch(start, &|name| std::env::var(name).ok())? {
        defaults.push((Code::ExportAdded, Severity::Warning));
    }
    Ok(defaults)
}

/// Whether what is checked out is the default branch, as far as this clone or GitLab's variables
/// tell: it checks out commits without their branch.
fn is_default_branch(
    path: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<bool, Error> {
    let Some(repository) = blue_git::discover(path)? else {
        return Ok(false);
    };
    let record = repository.default_branch()?;
    let named = record.as_ref().and_then(|record| match &record.why {
        Why::RemoteTracking { name } => name.split_once('/').map(|(_, branch)| branch.to_owned()),
        Why::LocalBranch { name } => Some(name.clone()),
        Why::Tag { .. } | Why::Head => None,
    });
    let default = variable("CI_DEFAULT_BRANCH").or_else(|| named.clone());
    let here = repository.head_branch()?;
    if let Some(here) = here.or_else(|| variable("CI_COMMIT_BRANCH")) {
        return Ok(default == Some(here));
    }
    let tip = record.filter(|_| named.is_some()).map(|it| it.commit);
    let head = repository.head_record()?.map(|it| it.commit);
    Ok(tip.is_some() && tip == head)
}

#[cfg(test)]
mod tests {
    use git2::{Repository, Signature};

    use super::*;

    /// A repository with a commit on `main` and one more on `report`; HEAD is what is told.
    fn repository(head: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let git = Repository::init(dir.path()).unwrap();
        git.set_head("refs/heads/main").unwrap();
        let who = Signature::now("ada", "ada@example.com").unwrap();
        let tree = git.treebuilder(None).unwrap().write().unwrap();
        let tree = git.find_tree(tree).unwrap();
        let commit = |branch: &str, parents: &[&git2::Commit<'_>]| {
            let reference = format!("refs/heads/{branch}");
            let made = git.commit(Some(&reference), &who, &who, branch, &tree, parents);
            git.find_commit(made.unwrap()).unwrap()
        };
        let main = commit("main", &[]);
        let report = commit("report", &[&main]);
        match head {
            "at main" => git.set_head_detached(main.id()).unwrap(),
            "at report" => git.set_head_detached(report.id()).unwrap(),
            branch => git.set_head(&format!("refs/heads/{branch}")).unwrap(),
        }
        dir
    }

    #[test]
    fn the_default_branch() {
        // HEAD, CI_COMMIT_BRANCH, CI_DEFAULT_BRANCH
        for (head, branch, default, expected) in [
            ("main", "", "", true),
            ("report", "", "", false),
            ("at main", "", "", true),
            ("at report", "", "", false),
            ("at report", "main", "", true),
            ("at report", "main", "report", false),
            ("at report", "report", "report", true),
            ("report", "main", "report", true),
        ] {
            let dir = repository(head);
            let variable = |name: &str| {
                let value = match name {
                    "CI_COMMIT_BRANCH" => branch,
                    "CI_DEFAULT_BRANCH" => default,
                    _ => "",
                };
                (!value.is_empty()).then(|| value.to_owned())
            };
            let found = is_default_branch(dir.path(), &variable).unwrap();
            assert_eq!(found, expected, "{head}, {branch}, {default}");
        }
        let none = tempfile::tempdir().unwrap();
        assert!(!is_default_branch(none.path(), &|_| None).unwrap());
    }
}

//! What an open workspace tells other sessions of itself, and what it is told of theirs.
//!
//! It knows no database: the host that has one carries it.

use std::path::PathBuf;
use std::sync::Arc;

use blue_analysis::{Cancelled, OpenEdit, PendingChange, RepoKey};

use crate::discover::blue_home;
use crate::linked::change_of;
use crate::shown::Snapshot;
use crate::trust::RealmIdentity;
use crate::workspace::{RealmState, RepoState, Workspace};

/// A repository that is open, in one of its realms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork {
    /// The repository's name.
    pub repo: Arc<str>,
    /// The realm's name.
    pub realm: Arc<str>,
    /// Where everybody has it from ([`RealmIdentity::address`]): another realm may have that name.
    pub realm_at: String,
    /// The domains there that the repository is a member of.
    pub domains: Vec<String>,
    /// The contracts that it imports there, by domain and name.
    pub imports: Vec<(String, String)>,
    /// The coordinated change that it is at work on: NAME, on a branch `feat/NAME` or in `.worktrees/feat-NAME`.
    pub rfc: Option<String>,
    /// What its open files would make of its contracts there; nothing while nobody can tell, for one of them
    /// is half typed.
    pub edits: Option<Vec<OpenEdit>>,
}

/// What repositories whose open files are whole would make of their contracts.
#[derive(Debug, Clone, Default)]
pub struct LastWhole(Vec<(RepoKey, Vec<OpenEdit>)>);

impl Snapshot {
    /// What the importers beside the open repositories are to be told while these are not whole.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn last_whole(&self) -> Result<LastWhole, Cancelled> {
        let mut found = Vec::new();
        // Alone it has nobody beside it.
        for repo in self.repos.iter().filter(|_| self.repos.len() > 1) {
            if let Some(edits) = self.asked.open_edits(repo.key)? {
                found.push((repo.key, edits));
            }
        }
        Ok(LastWhole(found))
    }

    /// What is open, by repository and realm.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn at_work(&self) -> Result<Vec<AtWork>, Cancelled> {
        let mut found = Vec::new();
        for repo in &*self.repos {
            let edits = self.asked.open_edits(repo.key)?;
            let realms = self
                .realms
                .iter()
                .filter(|realm| repo.realms.contains(&realm.key));
            found.extend(realms.map(|realm| at_work(repo, realm, edits.as_deref())));
        }
        Ok(found)
    }
}

fn at_work(repo: &RepoState, realm: &RealmState, edits: Option<&[OpenEdit]>) -> AtWork {
    let record = &realm.record;
    let domains = record
        .domains_of(&repo.name)
        .map(|domain| domain.name.to_string());
    let domains: Vec<String> = domains.collect();
    let imports = domains.iter().flat_map(|domain| {
        let binding = record.binding(domain, &repo.name);
        let imports = binding.into_iter().flat_map(|binding| &binding.imports);
        imports.filter_map(|import| {
            let of = record.domain_of_import(domain, import)?;
            Some((of.to_owned(), import.contract.to_string()))
        })
    });
    let of_realm = |edits: &[OpenEdit]| {
        let edits = edits.iter().filter(|edit| edit.realm == realm.name);
        edits.cloned().collect()
    };
    AtWork {
        repo: repo.name.clone(),
        realm: realm.name.clone(),
        realm_at: RealmIdentity::of(&realm.name, &realm.root).address(),
        imports: imports.collect(),
        rfc: rfc(repo),
        edits: edits.map(of_realm),
        domains,
    }
}

fn rfc(repo: &RepoState) -> Option<String> {
    let git = blue_git::discover(&repo.root).ok()??;
    let branch = git.head_branch().ok().flatten();
    let of_branch = branch.as_deref().and_then(|it| it.strip_prefix("feat/"));
    // In its worktree one may have left the branch.
    let of_folder = || change_of(&git.workdir()?.components().collect::<PathBuf>());
    of_branch.map(str::to_owned).or_else(of_folder)
}

impl Workspace {
    /// Keeps what was found of a state, for the states that are not whole.
    pub fn keep_last_whole(&mut self, found: &LastWhole) {
        self.host.set_last_whole(&found.0);
    }

    /// Says which changes of contracts other sessions have under way; whether that is anything new.
    pub fn set_others(&mut self, changes: Vec<PendingChange>) -> bool {
        self.others = changes;
        self.tell_what_is_coming()
    }

    /// What is under way elsewhere: in other sessions, then in the realms.
    pub(crate) fn tell_what_is_coming(&mut self) -> bool {
        let waiting = self.realms.iter().flat_map(|realm| &realm.waiting);
        let coming = self.others.iter().chain(waiting).cloned().collect();
        self.host.set_pending(coming)
    }
}

/// The folder for what lives no longer than the login: `$XDG_RUNTIME_DIR/blue`, else `run` in Blue's own folder;
/// nothing for a user without either.
#[must_use]
pub fn runtime_folder() -> Option<PathBuf> {
    let of_system = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let of_system = of_system.filter(|path| path.is_absolute());
    match of_system {
        Some(folder) => Some(folder.join("blue")),
        None => Some(blue_home()?.join("run")),
    }
}

//! A repository or realm as it was at a revision, judged like the one of now: what was to be said of it
//! then is not what a change since then brings.
//!
//! It is held beside the repositories, not among them: nobody else is told what it does, and no place
//! of now is looked up in it.

use std::sync::Arc;

use blue_realm::Realm;
use blue_realm::config::ParsedConfig;
use rustc_hash::FxHashMap;
use salsa::Durability;
use smol_str::SmolStr;

use crate::db::{FileTree, RealmInput, RepoInput};
use crate::findings::{Findings, repo_findings};
use crate::host::{Cancelled, Host, RealmKey, RepoKey, Snapshot};
use crate::realm_findings::realm_findings;

/// What a repository's config said at a revision. Its files are those of the baseline that the
/// repository has for that revision.
#[derive(Debug, Clone)]
pub struct BeforeSpec {
    /// The revision, as the repository's baselines name it.
    pub revision: Arc<str>,
    /// As its config named it.
    pub name: Arc<str>,
    /// The realms it took part in: as they are now, for what moved in them is not the change's.
    pub realms: Vec<RealmKey>,
    /// Its config, with what overrides it on this machine.
    pub config: Arc<ParsedConfig>,
    /// Realms that its config named and that cannot be read, with the reason.
    pub unreachable: Vec<(Arc<str>, Arc<str>)>,
}

impl Host {
    /// Sets what a repository was before; nothing where it was none, or nobody asks.
    pub fn set_before(&mut self, key: RepoKey, spec: Option<BeforeSpec>) {
        let made = spec.and_then(|spec| self.before_input(key, spec));
        match made {
            Some(input) => self.before.insert(key, input),
            None => self.before.remove(&key),
        };
    }

    fn before_input(&mut self, key: RepoKey, spec: BeforeSpec) -> Option<RepoInput> {
        let now = self.repo(key)?;
        let db = &self.db;
        let tree = *now.baselines(db).get(&*spec.revision)?;
        // What was gone from HEAD then is judged from that revision itself.
        let mut baselines: FxHashMap<SmolStr, FileTree> = (**now.baselines(db)).clone();
        baselines.insert(SmolStr::default(), tree);
        let realms = spec.realms.iter().filter_map(|key| self.realm(*key));
        let realms: Arc<[RealmInput]> = realms.collect();
        let input = RepoInput::builder(
            spec.name,
            tree,
            Arc::new(baselines),
            now.parted(db).clone(),
            realms,
            spec.config,
            now.local(db).clone(),
            spec.unreachable.into(),
            now.base(db).clone(),
            now.queries(db).clone(),
            now.checkout(db).clone(),
            now.defaults(db).clone(),
        );
        Some(input.durability(Durability::HIGH).new(db))
    }
}

impl Host {
    /// Sets what a realm said before; nothing where nobody asks.
    pub fn set_realm_before(&mut self, key: RealmKey, before: Option<Arc<Realm>>) {
        let now = self.realm(key);
        let made = now.zip(before).map(|(now, before)| {
            // By itself: what is said of a proposal is said of what changes since.
            let name = now.name(&self.db).clone();
            let input = RealmInput::builder(name, before, None, Arc::default());
            input.durability(Durability::HIGH).new(&self.db)
        });
        match made {
            Some(input) => self.realms_before.insert(key, input),
            None => self.realms_before.remove(&key),
        };
    }
}

impl Snapshot {
    /// All findings of a realm's own files as they were before; nothing where nobody asked.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn realm_findings_before(&self, key: RealmKey) -> Result<Option<Arc<Findings>>, Cancelled> {
        let Some(realm) = self.realms_before.get(&key).copied() else {
            return Ok(None);
        };
        self.ask(|db| realm_findings(db, realm)).map(Some)
    }

    /// All findings of a repository as it was before; nothing where it was none, or nobody asked.
    ///
    /// # Errors
    /// [`Cancelled`] when a change of the inputs came in between.
    pub fn findings_before(&self, key: RepoKey) -> Result<Option<Arc<Findings>>, Cancelled> {
        let Some(repo) = self.before.get(&key).copied() else {
            return Ok(None);
        };
        self.ask(|db| repo_findings(db, repo)).map(Some)
    }
}

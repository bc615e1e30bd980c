//! A whole realm as a value: every file that was read, found by what it is. Cheap to clone and to
//! change in one file (the maps are shared, and copied only along that file's way), because the
//! realm of record, the working tree and open buffers are three realms that differ in a file or two.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use semver::Version;

use crate::cross::{self, Facts, Judged, Memory};
use crate::date::Date;
use crate::decode::Text;
use crate::file::ParsedFile;
use crate::kind::{FileKind, classify};
use crate::limits;
use crate::model::{
    AcceptancesFile, BindingFile, ContractFile, DomainFile, Export, Governance, Import, RealmFile,
    ReleaseFile, RepoFile,
};
use crate::names::Name;
use crate::problem::Problem;
use crate::shelves::Shelves;

/// Files by what their paths name.
pub(crate) type Files<K> = Shelves<K, Arc<ParsedFile>>;

/// A realm. A file that cannot be read is still there: what it defines exists, and is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Realm {
    root: Option<Arc<ParsedFile>>,
    repos: Files<Name>,
    domains: Shelves<Name, Arc<Domain>>,
    files: usize,
    /// Files beyond [`limits::REALM_FILES`], which are not held.
    left_out: usize,
    facts: Lazy,
}

/// What follows from all files together, worked out when it is first asked for and shared by the
/// realm's clones until a file changes; and what those remember that are made from each other.
#[derive(Debug, Clone, Default)]
struct Lazy {
    facts: OnceLock<Arc<Facts>>,
    memory: Arc<Memory>,
}

/// What follows from equal files is equal, known or not.
impl PartialEq for Lazy {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Lazy {}

/// What stands in `domains/{domain}/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The folder's name.
    pub name: Name,
    /// `domain.yaml`.
    pub definition: Option<Arc<ParsedFile>>,
    /// `governance.yaml`.
    pub governance: Option<Arc<ParsedFile>>,
    /// Contracts by name.
    pub contracts: Shelves<Name, Arc<ParsedFile>>,
    /// Released versions, by contract and version as the path has it.
    pub releases: Shelves<(Name, Name), Arc<ParsedFile>>,
    /// Bindings by repo.
    pub bindings: Shelves<Name, Arc<ParsedFile>>,
    /// Acceptances by repo.
    pub acceptances: Shelves<Name, Arc<ParsedFile>>,
    /// Whether an import here may be `from` another domain; once true, it stays so.
    imports_from_elsewhere: bool,
}

/// An importer of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Importer<'a> {
    /// The repo that imports.
    pub repo: &'a Name,
    /// The domain whose binding says so: the contract's own, unless the import has a `from`.
    pub domain: &'a Name,
    /// The import; its `index` is its place in the binding file.
    pub import: &'a Import,
}

impl Realm {
    /// The realm of these files. Of two with one path the later counts; those beyond
    /// [`limits::REALM_FILES`] are left out, which is a problem of `realm.yaml`.
    pub fn from_files(files: impl IntoIterator<Item = ParsedFile>) -> Self {
        Self::from_shared(files.into_iter().map(Arc::new))
    }

    /// The same of files that another realm may have as well.
    pub fn from_shared(files: impl IntoIterator<Item = Arc<ParsedFile>>) -> Self {
        let mut realm = Self::default();
        for file in files {
            realm.insert(file);
        }
        realm
    }

    /// With this file in place of the one at its path, or new.
    #[must_use]
    pub fn with_file(&self, file: ParsedFile) -> Self {
        let mut realm = self.clone();
        realm.insert(Arc::new(file));
        realm
    }

    /// Without the file at this path.
    #[must_use]
    pub fn without_file(&self, path: &str) -> Self {
        let mut realm = self.clone();
        let Some(kind) = classify(path) else {
            return realm;
        };
        if let Some(Some(_)) = realm.put(&kind, None) {
            realm.files -= 1;
        }
        realm
    }

    fn insert(&mut self, file: Arc<ParsedFile>) {
        if file.kind == FileKind::Foreign {
            return;
        }
        if self.files >= limits::REALM_FILES && self.file_of(&file.kind).is_none() {
            self.left_out += 1;
            return;
        }
        let kind = file.kind.clone();
        if let Some(None) = self.put(&kind, Some(file)) {
            self.files += 1;
        }
    }

    /// Puts the file in its place or takes away what is there; what was there before. The outer
    /// `None`: there is no such place.
    fn put(
        &mut self,
        kind: &FileKind,
        file: Option<Arc<ParsedFile>>,
    ) -> Option<Option<Arc<ParsedFile>>> {
        fn swap<K: Ord + Clone>(
            files: &mut Files<K>,
            key: K,
            file: Option<Arc<ParsedFile>>,
        ) -> Option<Arc<ParsedFile>> {
            match file {
                Some(file) => files.insert(key, file),
                None => files.remove(&key),
            }
        }
        self.facts.facts = OnceLock::new();
        match kind {
            FileKind::Foreign => None,
            FileKind::Realm => Some(std::mem::replace(&mut self.root, file)),
            FileKind::Repo { name } => Some(swap(&mut self.repos, name.clone(), file)),
            FileKind::Domain { domain }
            | FileKind::Governance { domain }
            | FileKind::Contract { domain, .. }
            | FileKind::Release { domain, .. }
            | FileKind::Binding { domain, .. }
            | FileKind::Acceptances { domain, .. } => {
                if file.is_none() && !self.domains.contains_key(domain) {
                    return None;
                }
                let new = || Arc::new(Domain::new(domain));
                let held = Arc::make_mut(self.domains.or_insert_with(domain, new)?);
                held.imports_from_elsewhere |= file.as_deref().is_some_and(has_from);
                let before = match kind {
                    FileKind::Domain { .. } => std::mem::replace(&mut held.definition, file),
                    FileKind::Governance { .. } => std::mem::replace(&mut held.governance, file),
                    FileKind::Contract { contract, .. } => {
                        swap(&mut held.contracts, contract.clone(), file)
                    }
                    FileKind::Release {
                        contract, version, ..
                    } => swap(
                        &mut held.releases,
                        (contract.clone(), version.clone()),
                        file,
                    ),
                    FileKind::Binding { repo, .. } => swap(&mut held.bindings, repo.clone(), file),
                    FileKind::Acceptances { repo, .. } => {
                        swap(&mut held.acceptances, repo.clone(), file)
                    }
                    FileKind::Foreign | FileKind::Realm | FileKind::Repo { .. } => None,
                };
                if held.is_empty() {
                    self.domains.remove(domain);
                }
                Some(before)
            }
        }
    }

    /// The file that is of this kind.
    pub(crate) fn file_of(&self, kind: &FileKind) -> Option<&Arc<ParsedFile>> {
        let in_domain = |domain: &Name| self.domains.get(domain);
        match kind {
            FileKind::Foreign => None,
            FileKind::Realm => self.root.as_ref(),
            FileKind::Repo { name } => self.repos.get(name),
            FileKind::Domain { domain } => in_domain(domain)?.definition.as_ref(),
            FileKind::Governance { domain } => in_domain(domain)?.governance.as_ref(),
            FileKind::Contract { domain, contract } => in_domain(domain)?.contracts.get(contract),
            FileKind::Release {
                domain,
                contract,
                version,
            } => in_domain(domain)?
                .releases
                .get(&(contract.clone(), version.clone())),
            FileKind::Binding { domain, repo } => in_domain(domain)?.bindings.get(repo),
            FileKind::Acceptances { domain, repo } => in_domain(domain)?.acceptances.get(repo),
        }
    }

    /// What follows from all files together.
    pub(crate) fn facts(&self) -> &Arc<Facts> {
        let Lazy { facts, memory } = &self.facts;
        facts.get_or_init(|| memory.facts_of(self))
    }

    /// Every file about which there is something to say, with [`Self::problems_of`] it, in the order
    /// of [`Self::files`]: those with a problem, and those whose text may hold a comment that speaks
    /// to Blue. After a file was changed ([`Self::with_file`]) this costs about as much as the files
    /// that can see the difference.
    #[must_use]
    pub fn judged(&self, today: Option<Date>) -> Vec<Judged> {
        self.facts.memory.judged(self, self.facts(), today)
    }

    /// Whether both are one, so that nothing has to be compared: what is equal may be two.
    #[must_use]
    pub fn is(&self, other: &Realm) -> bool {
        let root = (self.root.as_ref(), other.root.as_ref());
        let is_root = match root {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, None) => true,
            _ => false,
        };
        is_root
            && self.repos.is(&other.repos)
            && self.domains.is(&other.domains)
            && self.left_out == other.left_out
    }

    /// The same realm, with the very files of `other` where both say the same: kept once, and
    /// compared by identity.
    #[must_use]
    pub fn sharing(&self, other: &Realm) -> Self {
        if self.is(other) {
            return other.clone();
        }
        let mut shared = other.clone();
        let own: BTreeSet<&Text> = self.files().map(|file| &file.path).collect();
        for file in other.files().filter(|file| !own.contains(&file.path)) {
            shared = shared.without_file(&file.path);
        }
        for file in self.files() {
            if shared.file_of(&file.kind) != Some(file) {
                shared.put(&file.kind, Some(file.clone()));
            }
        }
        shared.files = self.files;
        shared.left_out = self.left_out;
        shared
    }

    /// The file at this path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&Arc<ParsedFile>> {
        self.file_of(&classify(path)?)
    }

    /// Every file: `realm.yaml`, repos, then domain by domain.
    pub fn files(&self) -> impl Iterator<Item = &Arc<ParsedFile>> {
        let domains = self.domains.values().flat_map(|domain| domain.files());
        self.root.iter().chain(self.repos.values()).chain(domains)
    }

    /// How many files it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// `realm.yaml`'s file.
    pub(crate) fn root(&self) -> Option<&Arc<ParsedFile>> {
        self.root.as_ref()
    }

    /// The repos' files, by name.
    pub(crate) fn repo_files(&self) -> &Files<Name> {
        &self.repos
    }

    /// The domains, by name.
    pub(crate) fn domain_map(&self) -> &Shelves<Name, Arc<Domain>> {
        &self.domains
    }

    /// How many files were left out because of [`limits::REALM_FILES`].
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// `realm.yaml`.
    #[must_use]
    pub fn realm_file(&self) -> Option<&Arc<RealmFile>> {
        self.root.as_ref()?.as_realm()
    }

    /// The realm's name; nothing if `realm.yaml` is missing or does not say it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.realm_file()?.name.as_deref()
    }

    /// The rules of decision that hold in a domain: `realm.yaml`'s under the domain's own.
    #[must_use]
    pub fn governance(&self, domain: &str) -> Governance {
        let realm = self.realm_file().map(|file| file.governance.clone());
        let realm = realm.unwrap_or_default();
        let own = self.domains.get(domain).and_then(|domain| {
            let file = domain.governance.as_ref()?.as_governance()?;
            Some(realm.overridden_by(&file.governance))
        });
        own.unwrap_or(realm)
    }

    /// Every domain that has a file, by name.
    pub fn domains(&self) -> impl Iterator<Item = &Arc<Domain>> {
        self.domains.values()
    }

    /// The domain of this name, if it has a file.
    #[must_use]
    pub fn domain(&self, name: &str) -> Option<&Arc<Domain>> {
        self.domains.get(name)
    }

    /// Every repo that has a file, by name; what the file says, if it can be read.
    pub fn repos(&self) -> impl Iterator<Item = (&Name, Option<&Arc<RepoFile>>)> {
        self.repos.iter().map(|(name, file)| (name, file.as_repo()))
    }

    /// A repo's file.
    #[must_use]
    pub fn repo(&self, name: &str) -> Option<&Arc<RepoFile>> {
        self.repos.get(name)?.as_repo()
    }

    /// Whether the repo has joined: it has a file, readable or not.
    #[must_use]
    pub fn has_repo(&self, name: &str) -> bool {
        self.repos.contains_key(name)
    }

    /// A contract.
    #[must_use]
    pub fn contract(&self, domain: &str, name: &str) -> Option<&Arc<ContractFile>> {
        self.domains.get(domain)?.contracts.get(name)?.as_contract()
    }

    /// Every contract of a domain that can be read, by name.
    pub fn contracts(&self, domain: &str) -> impl Iterator<Item = &Arc<ContractFile>> {
        let domain = self.domains.get(domain);
        domain
            .into_iter()
            .flat_map(|domain| domain.contracts.values())
            .filter_map(|file| file.as_contract())
    }

    /// A released version of a contract.
    #[must_use]
    pub fn release(
        &self,
        domain: &str,
        contract: &str,
        version: &Version,
    ) -> Option<&Arc<ReleaseFile>> {
        self.domains
            .get(domain)?
            .releases
            .get(&(contract.into(), version.to_string().into()))?
            .as_release()
    }

    /// The released versions of a contract that can be read, the oldest first.
    #[must_use]
    pub fn releases(&self, domain: &str, contract: &str) -> Vec<(&Version, &Arc<ReleaseFile>)> {
        let Some(domain) = self.domains.get(domain) else {
            return Vec::new();
        };
        let from = (Name::from(contract), Name::from(""));
        let mut releases: Vec<_> = domain
            .releases
            .iter_from(&from)
            .take_while(|((name, _), _)| **name == *contract)
            .filter_map(|(_, file)| {
                let release = file.as_release()?;
                Some((release.version.as_ref()?, release))
            })
            .collect();
        releases.sort_by_key(|(version, _)| *version);
        releases
    }

    /// What a repo exports to and imports from a domain.
    #[must_use]
    pub fn binding(&self, domain: &str, repo: &str) -> Option<&Arc<BindingFile>> {
        self.domains.get(domain)?.bindings.get(repo)?.as_binding()
    }

    /// Every binding of a domain that can be read, by repo.
    pub fn bindings(&self, domain: &str) -> impl Iterator<Item = &Arc<BindingFile>> {
        let domain = self.domains.get(domain);
        domain
            .into_iter()
            .flat_map(|domain| domain.bindings.values())
            .filter_map(|file| file.as_binding())
    }

    /// The breaks that a repo has accepted in a domain.
    #[must_use]
    pub fn acceptances(&self, domain: &str, repo: &str) -> Option<&Arc<AcceptancesFile>> {
        let file = self.domains.get(domain)?.acceptances.get(repo)?;
        file.as_acceptances()
    }

    /// The export binding by which a contract's owner provides it.
    #[must_use]
    pub fn export_of(&self, domain: &str, contract: &str) -> Option<(&Name, &Export)> {
        let owner = self.contract(domain, contract)?.owner.as_ref()?;
        let binding = self.binding(domain, owner)?;
        let export = binding.exports.iter().find(|e| *e.contract == *contract)?;
        Some((&binding.repo, export))
    }

    /// The domain of this realm that an import of a binding in `domain` is about; nothing if it is
    /// about another realm.
    #[must_use]
    pub fn domain_of_import<'a>(&self, domain: &'a str, import: &'a Import) -> Option<&'a str> {
        match &import.from {
            None => Some(domain),
            Some(from) if self.name() == Some(&*from.realm) => Some(&from.domain),
            Some(_) => None,
        }
    }

    /// Everyone in this realm who imports a contract, by domain, repo and place in the file.
    #[must_use]
    pub fn importers_of(&self, domain: &str, contract: &str) -> Vec<Importer<'_>> {
        let mut importers = Vec::new();
        let near = self
            .domains
            .values()
            .filter(|held| *held.name == *domain || held.imports_from_elsewhere);
        for held in near {
            for binding in held.bindings.values().filter_map(|file| file.as_binding()) {
                for import in &binding.imports {
                    let of = self.domain_of_import(&held.name, import);
                    if *import.contract == *contract && of == Some(domain) {
                        importers.push(Importer {
                            repo: &binding.repo,
                            domain: &held.name,
                            import,
                        });
                    }
                }
            }
        }
        importers
    }

    /// The contracts of a domain that can be read and that nobody in this realm imports, by name.
    pub fn not_imported<'a>(&'a self, domain: &'a Name) -> impl Iterator<Item = &'a Name> {
        self.facts().not_imported(self, domain)
    }

    /// The domains that a repo takes part in, as a member or by a binding.
    pub fn domains_of<'a>(&'a self, repo: &'a str) -> impl Iterator<Item = &'a Arc<Domain>> {
        self.domains.values().filter(move |domain| {
            domain.bindings.contains_key(repo)
                || domain
                    .members()
                    .is_some_and(|mut members| members.any(|m| **m == *repo))
        })
    }

    /// All that is wrong with the file at `path`, by itself and beside the others, in the order of
    /// its text. What hangs on the day (a sunset, the end of an acceptance) is told only if it is
    /// known.
    #[must_use]
    pub fn problems_of(&self, path: &str, today: Option<Date>) -> Vec<Problem> {
        let Some(file) = self.file(path) else {
            return Vec::new();
        };
        cross::problems_beside(self, self.facts(), file, today)
    }
}

impl Domain {
    pub(crate) fn new(name: &Name) -> Self {
        Self {
            name: name.clone(),
            definition: None,
            governance: None,
            contracts: Shelves::default(),
            releases: Shelves::default(),
            bindings: Shelves::default(),
            acceptances: Shelves::default(),
            imports_from_elsewhere: false,
        }
    }

    fn is_empty(&self) -> bool {
        self.files().next().is_none()
    }

    /// What `domain.yaml` says.
    #[must_use]
    pub fn file(&self) -> Option<&Arc<DomainFile>> {
        self.definition.as_ref()?.as_domain()
    }

    /// The repos that `domain.yaml` names; nothing if it is missing or cannot be read.
    pub fn members(&self) -> Option<impl Iterator<Item = &Name>> {
        Some(self.file()?.members.iter().map(|member| &member.repo))
    }

    /// Every file of the domain.
    pub fn files(&self) -> impl Iterator<Item = &Arc<ParsedFile>> {
        self.definition
            .iter()
            .chain(&self.governance)
            .chain(self.contracts.values())
            .chain(self.releases.values())
            .chain(self.bindings.values())
            .chain(self.acceptances.values())
    }
}

fn has_from(file: &ParsedFile) -> bool {
    file.as_binding()
        .is_some_and(|binding| binding.imports.iter().any(|import| import.from.is_some()))
}

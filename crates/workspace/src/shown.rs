//! What is said of the loaded world, by file: for an editor, which shows findings where its files
//! are open, and for a command, which reports on one repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blue_analysis::{
    Cancelled, Code, Coverage, Drift, Finding, Findings, Following, Hover, Passed, Place, Root,
    SaidValue, Severity, ShownValue,
};
use blue_git::CommitId;
use blue_realm::Realm;
use blue_realm::config::only_the_realm_lowers;
use blue_text::Span;

use crate::discover::relative;
use crate::workspace::{Options, RealmState, RepoState, nearest};

/// A state of the workspace, to ask.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) asked: blue_analysis::Snapshot,
    pub(crate) repos: Arc<[RepoState]>,
    pub(crate) realms: Arc<[RealmState]>,
    pub(crate) folders: Arc<[PathBuf]>,
    pub(crate) open: Arc<BTreeMap<PathBuf, Arc<str>>>,
    pub(crate) options: Arc<Options>,
}

/// What shows in one file.
#[derive(Debug, Clone)]
pub struct FileDiagnostics {
    /// The file, spelled as the editor opened it where it did.
    pub path: PathBuf,
    /// The text that all spans refer to.
    pub text: Arc<str>,
    /// The name of the repository that it lies in; nothing for a file of a realm.
    pub repo: Option<Arc<str>>,
    /// Whether it is open.
    pub open: bool,
    /// The findings, each at the place where it shows here.
    pub items: Vec<Shown>,
    /// Statements that hold a syntax error now.
    pub broken: Vec<Span>,
}

/// A finding in a file.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Bytes of the file's text.
    pub span: Span,
    /// The finding's own, or what the host's settings make of it.
    pub severity: Severity,
    /// The finding.
    pub finding: Arc<Finding>,
    /// Its related places that are in files known here.
    pub related: Vec<ShownRelated>,
}

/// A place that has to do with a finding.
#[derive(Debug, Clone)]
pub struct ShownRelated {
    /// The file.
    pub path: PathBuf,
    /// The text that the span refers to.
    pub text: Arc<str>,
    /// Bytes.
    pub span: Span,
    /// One sentence.
    pub message: String,
}

/// Everything there is to say of one repository.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its name.
    pub repo: Arc<str>,
    /// Where it is.
    pub root: PathBuf,
    /// The realms it was held against.
    pub realms: Vec<Arc<str>>,
    /// In the order of (path, offset, code).
    pub findings: Vec<Arc<Finding>>,
    /// Contracts about which there is nothing to say.
    pub passed: Vec<Passed>,
    /// Words for what is empty.
    pub notes: Vec<String>,
    /// Files that could not be looked into.
    pub unchecked: u32,
    /// Findings that a comment or a setting silenced.
    pub silenced: u32,
    /// What could not be judged, and why: a sentence each.
    pub could_not: Vec<String>,
}

/// The states of a realm that a change of its contracts leads between.
#[derive(Debug, Clone)]
pub struct RealmStates {
    /// The realm's name.
    pub realm: Arc<str>,
    /// Its checkout.
    pub root: PathBuf,
    /// The branch or tag that is followed, where a config names one.
    pub follow: Option<Arc<str>>,
    /// What it says officially.
    pub record: Arc<Realm>,
    /// The commit at which it says that; nothing where that is the working tree.
    pub record_commit: Option<CommitId>,
    /// Where the working tree left that, and its name in words; nothing where it is not known.
    pub base: Option<(Arc<Realm>, Arc<str>)>,
    /// The commit of that base.
    pub base_commit: Option<CommitId>,
    /// The working tree on disk.
    pub working: Arc<Realm>,
    /// What could not be read, in a sentence each.
    pub unjudged: Vec<Arc<str>>,
}

/// Everything there is to say of a realm's own checkout.
#[derive(Debug, Clone)]
pub struct RealmReport {
    /// The realm's name.
    pub realm: Arc<str>,
    /// Where it is.
    pub root: PathBuf,
    /// What is said of its files, and of the proposal that they are.
    pub found: Arc<Findings>,
    /// How its checkout stands to the record, in words (`is 2 commits behind origin/main`), where that is another state.
    pub stands: Option<Arc<str>>,
}

/// What was seen of a repository, and what could not be.
#[derive(Debug, Clone)]
pub struct CoverageReport {
    /// Its name.
    pub repo: Arc<str>,
    /// Where it is.
    pub root: PathBuf,
    /// The realms it takes part in.
    pub realms: Vec<Arc<str>>,
    /// What was seen.
    pub coverage: Coverage,
}

impl Snapshot {
    /// What was seen of the repository that `path` lies in; nothing where it lies in none that is
    /// loaded.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn coverage(&self, path: &Path) -> Result<Option<CoverageReport>, Cancelled> {
        let Some(repo) = nearest(&self.repos, path) else {
            return Ok(None);
        };
        let realms = self.realms.iter();
        let realms = realms.filter(|realm| repo.realms.contains(&realm.key));
        Ok(Some(CoverageReport {
            repo: repo.name.clone(),
            root: repo.root.clone(),
            realms: realms.map(|realm| realm.name.clone()).collect(),
            coverage: self.asked.coverage(repo.key)?,
        }))
    }

    /// The report on the realm's own checkout that `path` lies in; nothing where it lies in none
    /// that is loaded.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn realm_report(&self, path: &Path) -> Result<Option<RealmReport>, Cancelled> {
        let mut realms = self.realms.iter();
        let Some(realm) = realms.find(|realm| path.starts_with(&realm.root)) else {
            return Ok(None);
        };
        Ok(Some(RealmReport {
            realm: realm.name.clone(),
            root: realm.root.clone(),
            found: Arc::new(self.asked.realm_report(realm.key)?),
            stands: realm.behind.clone(),
        }))
    }

    /// The report on the repository that `path` lies in; nothing where it lies in none that is
    /// loaded.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn report(&self, path: &Path) -> Result<Option<Report>, Cancelled> {
        let Some(repo) = nearest(&self.repos, path) else {
            return Ok(None);
        };
        let found = self.asked.findings(repo.key)?;
        let realms = self
            .realms
            .iter()
            .filter(|realm| repo.realms.contains(&realm.key));
        Ok(Some(Report {
            repo: repo.name.clone(),
            root: repo.root.clone(),
            realms: realms.map(|realm| realm.name.clone()).collect(),
            findings: found.findings.clone(),
            passed: found.passed.clone(),
            notes: found.notes.clone(),
            unchecked: found.unchecked,
            silenced: found.silenced,
            could_not: found.could_not.clone(),
        }))
    }

    /// What was to be said of the repository that `path` lies in at [`Options::base`], by fingerprint:
    /// nothing where it took part in no realm then.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    ///
    /// [`Options::base`]: crate::Options::base
    pub fn before(&self, path: &Path) -> Result<BTreeSet<String>, Cancelled> {
        let Some(repo) = nearest(&self.repos, path) else {
            return Ok(BTreeSet::new());
        };
        let found = self.asked.findings_before(repo.key)?;
        let found = found.iter().flat_map(|found| &found.findings);
        Ok(found.map(|finding| finding.fingerprint.clone()).collect())
    }

    /// What was to be said of the files of the realm that `path` lies in at [`Options::base`], by
    /// fingerprint. What is said of a proposal is not in it.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    ///
    /// [`Options::base`]: crate::Options::base
    pub fn realm_before(&self, path: &Path) -> Result<BTreeSet<String>, Cancelled> {
        let mut realms = self.realms.iter();
        let Some(realm) = realms.find(|realm| path.starts_with(&realm.root)) else {
            return Ok(BTreeSet::new());
        };
        let found = self.asked.realm_findings_before(realm.key)?;
        let found = found.iter().flat_map(|found| &found.findings);
        let mut prints: BTreeSet<String> =
            found.map(|finding| finding.fingerprint.clone()).collect();
        // A version that was wrong before and is wrong again is this change's to set right.
        let now = self.asked.realm_findings(realm.key)?;
        for finding in now.findings.iter().filter(|it| it.judged_from.is_some()) {
            prints.remove(&finding.fingerprint);
        }
        Ok(prints)
    }

    /// How the code of the repository that `path` lies in differs from the contracts that it exports.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn drifts(&self, path: &Path) -> Result<Vec<Drift>, Cancelled> {
        match nearest(&self.repos, path) {
            Some(repo) => self.asked.drifts(repo.key),
            None => Ok(Vec::new()),
        }
    }

    /// The values of its contracts that the code of the repository has that `path` lies in.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn shown_values(&self, path: &Path) -> Result<Vec<ShownValue>, Cancelled> {
        match nearest(&self.repos, path) {
            Some(repo) => self.asked.shown_values(repo.key),
            None => Ok(Vec::new()),
        }
    }

    /// What the constants of the repository that `path` lies in make of the contracts read from them.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn said_values(&self, path: &Path) -> Result<Vec<SaidValue>, Cancelled> {
        match nearest(&self.repos, path) {
            Some(repo) => self.asked.said_values(repo.key),
            None => Ok(Vec::new()),
        }
    }

    /// How the code of the repository that `path` lies in stands to the contracts that it imports.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn followings(&self, path: &Path) -> Result<Vec<Following>, Cancelled> {
        match nearest(&self.repos, path) {
            Some(repo) => self.asked.followings(repo.key),
            None => Ok(Vec::new()),
        }
    }

    /// Whether a sync of a contract waits in a realm that `repo` does not follow there yet.
    pub fn waits(&self, realm: &str, (domain, contract): (&str, &str), repo: &str) -> bool {
        let mut realms = self.realms.iter().filter(|it| *it.name == *realm);
        realms.any(|it| {
            let mut waiting = it.waiting.iter();
            waiting.any(|change| {
                (&*change.domain, &*change.contract) == (domain, contract)
                    && change.followed_as(repo).is_none()
            })
        })
    }

    /// The name and the root of the loaded repository that `path` lies in.
    pub fn repo_at(&self, path: &Path) -> Option<(Arc<str>, PathBuf)> {
        let repo = nearest(&self.repos, path)?;
        Some((repo.name.clone(), repo.root.clone()))
    }

    /// The repositories and realms that are loaded, and where each is.
    pub fn roots(&self) -> Vec<(Root, PathBuf)> {
        let repos = self.repos.iter();
        let repos = repos.map(|repo| (Root::Repo(repo.name.clone()), repo.root.clone()));
        let realms = self.realms.iter();
        let realms = realms.map(|realm| (Root::Realm(realm.name.clone()), realm.root.clone()));
        repos.chain(realms).collect()
    }

    /// The severity that the repository at `path` and a realm give a code; nothing where it is
    /// turned off.
    pub fn severity(&self, path: &Path, realm: &str, code: Code) -> Option<Severity> {
        match nearest(&self.repos, path) {
            Some(repo) => self.asked.severity(repo.key, realm, code),
            None => Some(code.default_severity()),
        }
    }

    /// The states of the realms of the repository that `path` lies in; of a realm's own checkout, of
    /// that one.
    pub fn realm_states(&self, path: &Path) -> Vec<RealmStates> {
        let repo = nearest(&self.repos, path);
        let is_meant = |realm: &&RealmState| match repo {
            Some(repo) => repo.realms.contains(&realm.key),
            None => path.starts_with(&realm.root),
        };
        let realms = self.realms.iter().filter(is_meant);
        let states = realms.map(|realm| {
            let proposal = &realm.proposal.proposal;
            RealmStates {
                realm: realm.name.clone(),
                root: realm.root.clone(),
                follow: realm.follow.clone(),
                record: realm.record.clone(),
                record_commit: realm.record_commit,
                base: proposal.base.clone().zip(proposal.against.clone()),
                base_commit: realm.proposal.base_commit,
                working: realm.disk.clone(),
                unjudged: proposal.unjudged.clone(),
            }
        });
        states.collect()
    }

    /// What is said, in each realm of the repository that `path` lies in, of the contracts that it
    /// exports and imports, as the realm's working tree proposes them.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn contracts_of(&self, path: &Path) -> Result<Vec<RealmReport>, Cancelled> {
        let Some(repo) = nearest(&self.repos, path) else {
            return Ok(Vec::new());
        };
        let mut reports = Vec::new();
        for realm in self
            .realms
            .iter()
            .filter(|realm| repo.realms.contains(&realm.key))
        {
            let bound = bound_contracts(&realm.disk, &repo.name);
            let is_bound = |domain: Option<&Arc<str>>, contract: Option<&Arc<str>>| {
                let pair = domain.zip(contract);
                pair.is_some_and(|(domain, contract)| {
                    bound.iter().any(|(d, c)| d == domain && c == contract)
                })
            };
            let mut found = self.asked.realm_report(realm.key)?;
            found
                .findings
                .retain(|it| is_bound(it.domain.as_ref(), it.contract.as_ref()));
            let named = |name: &str| bound.iter().any(|(_, contract)| **contract == *name);
            found.passed.retain(|passed| named(&passed.contract));
            found
                .notes
                .retain(|note| note.split_once(':').is_none_or(|(name, _)| named(name)));
            reports.push(RealmReport {
                realm: realm.name.clone(),
                root: realm.root.clone(),
                found: Arc::new(found),
                stands: realm.behind.clone(),
            });
        }
        Ok(reports)
    }

    /// The text that a place's span refers to.
    pub fn text_of(&self, place: &Place) -> Option<Arc<str>> {
        self.asked.text_of(place)
    }

    /// The file of a place, where it is one on disk.
    pub fn path_of(&self, place: &Place) -> Option<PathBuf> {
        let root = match &place.root {
            Root::Repo(name) => &self.repos.iter().find(|repo| repo.name == *name)?.root,
            Root::Realm(name) => &self.realms.iter().find(|realm| realm.name == *name)?.root,
        };
        Some(root.join(&*place.path))
    }

    /// The file of a place in a finding of `of`: two checkouts of a repository have one name.
    pub(crate) fn path_in(&self, of: Option<&RepoState>, place: &Place) -> Option<PathBuf> {
        match own(of, place) {
            Some(repo) => Some(repo.root.join(&*place.path)),
            None => self.path_of(place),
        }
    }

    pub(crate) fn text_in(&self, of: Option<&RepoState>, place: &Place) -> Option<Arc<str>> {
        match own(of, place) {
            Some(repo) => self.asked.text_in(repo.key, &place.path),
            None => self.text_of(place),
        }
    }

    /// What shows in each file. Open files that belong to something loaded are always listed, so
    /// that what they showed before goes away; closed ones where they have something to show.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn diagnostics(&self) -> Result<Vec<FileDiagnostics>, Cancelled> {
        let mut files: HashMap<PathBuf, FileDiagnostics> = HashMap::new();
        for (path, text) in self.open.iter() {
            if let Some(broken) = self.broken(path)? {
                let (path, text) = (path.clone(), text.clone());
                let made = FileDiagnostics {
                    path: path.clone(),
                    text,
                    repo: nearest(&self.repos, &path).map(|repo| repo.name.clone()),
                    open: true,
                    items: vec![],
                    broken,
                };
                files.insert(path, made);
            }
        }
        // Of one checkout that repositories follow by several names, the files are shown once.
        let mut shown_realms: Vec<&RealmState> = Vec::new();
        for realm in self
            .realms
            .iter()
            .filter(|realm| self.is_shown(&realm.root))
        {
            if shown_realms.iter().all(|shown| shown.root != realm.root) {
                shown_realms.push(realm);
            }
        }
        for repo in self.repos.iter() {
            for finding in &self.asked.findings(repo.key)?.findings {
                // A realm that is shown itself says what is wrong in its files.
                let of_realm = matches!(&finding.place.root, Root::Realm(name)
                    if shown_realms.iter().any(|realm| realm.name == *name));
                if !of_realm {
                    self.show(finding, Some(repo), &mut files);
                }
            }
            for finding in &self.asked.findings(repo.key)?.at_makers {
                let path = self.path_in(Some(repo), &finding.place);
                if path.is_some_and(|path| self.open.contains_key(&path)) {
                    self.show(finding, Some(repo), &mut files);
                }
            }
        }
        for realm in shown_realms {
            for finding in &self.asked.realm_findings(realm.key)?.findings {
                self.show(finding, None, &mut files);
            }
        }
        let mut files: Vec<_> = files.into_values().collect();
        // By their bytes: paths are slow to compare by their parts.
        files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        Ok(files)
    }

    /// The broken statements of an open file; nothing for one that belongs to nothing loaded.
    fn broken(&self, path: &Path) -> Result<Option<Vec<Span>>, Cancelled> {
        if let Some(repo) = nearest(&self.repos, path)
            && let Some(relative) = relative(path, &repo.root)
        {
            return self.asked.broken_statements(repo.key, &relative).map(Some);
        }
        let in_realm = self
            .realms
            .iter()
            .any(|realm| path.starts_with(&realm.root));
        Ok(in_realm.then(Vec::new))
    }

    /// Whether a realm's own files are shown: it was opened, or one of its files is.
    fn is_shown(&self, root: &Path) -> bool {
        self.folders.iter().any(|folder| folder.starts_with(root))
            || self.open.keys().any(|file| file.starts_with(root))
    }

    /// Puts a finding at its first site of each open file; at its place where none is open.
    fn show(
        &self,
        finding: &Arc<Finding>,
        of: Option<&RepoState>,
        files: &mut HashMap<PathBuf, FileDiagnostics>,
    ) {
        let Some(severity) = self.shown_severity(finding, of) else {
            return;
        };
        let mut at: Vec<(&Place, PathBuf)> = Vec::new();
        for site in &finding.sites {
            let Some(path) = self.path_in(of, site) else {
                continue;
            };
            if self.open.contains_key(&path) && at.iter().all(|(_, known)| *known != path) {
                at.push((site, path));
            }
        }
        if at.is_empty()
            && let Some(path) = self.path_in(of, &finding.place)
        {
            at.push((&finding.place, path));
        }
        for place in &finding.also {
            let Some(path) = self.path_in(of, place) else {
                continue;
            };
            if self.open.contains_key(&path) && at.iter().all(|(_, known)| *known != path) {
                at.push((place, path));
            }
        }
        for (place, path) in at {
            let Some(text) = self.text_in(of, place) else {
                continue;
            };
            let open = self.open.contains_key(&path);
            let repo = match &place.root {
                Root::Repo(name) => Some(name.clone()),
                Root::Realm(_) => None,
            };
            let file = files
                .entry(path.clone())
                .or_insert_with(|| FileDiagnostics {
                    path,
                    text,
                    repo,
                    open,
                    items: Vec::new(),
                    broken: Vec::new(),
                });
            file.items.push(Shown {
                severity,
                span: place.span,
                finding: finding.clone(),
                related: self.related(finding, of),
            });
        }
    }

    /// The severity that a finding is shown with; nothing where the host's settings hide it. What the
    /// repository or the realm says of a code goes before what the settings say.
    fn shown_severity(&self, finding: &Finding, of: Option<&RepoState>) -> Option<Severity> {
        let code = finding.code;
        let mut levels = self.options.levels.iter();
        let set = levels.find(|(of, _)| *of == code).map(|(_, level)| *level);
        let set = set.filter(|_| {
            !only_the_realm_lowers(code.as_str())
                && !self.asked.sets_level(of.map(|repo| repo.key), finding)
        });
        let severity = match set {
            None => finding.severity,
            Some(level) => Severity::of_level(level)?,
        };
        let is_hidden = self.options.hides_hints && severity == Severity::Hint;
        (!is_hidden).then_some(severity)
    }

    fn related(&self, finding: &Finding, of: Option<&RepoState>) -> Vec<ShownRelated> {
        let shown = finding.related.iter().filter_map(|related| {
            Some(ShownRelated {
                path: self.path_in(of, &related.place)?,
                text: self.text_in(of, &related.place)?,
                span: related.place.span,
                message: related.message.clone(),
            })
        });
        shown.collect()
    }

    /// The words about a byte offset of a file.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn hover(&self, path: &Path, offset: u32) -> Result<Option<Hover>, Cancelled> {
        let in_realm = self.realms.iter().find_map(|realm| {
            let relative = relative(path, &realm.root)?;
            blue_realm::classify(&relative)?;
            Some((realm, relative))
        });
        if let Some((realm, relative)) = in_realm {
            return self.asked.realm_hover(realm.key, &relative, offset);
        }
        let Some(repo) = nearest(&self.repos, path) else {
            return Ok(None);
        };
        let Some(relative) = relative(path, &repo.root) else {
            return Ok(None);
        };
        self.asked.hover(repo.key, &relative, offset)
    }
}

/// The contracts that a repository exports and imports, each with its domain.
fn bound_contracts(realm: &Realm, repo: &str) -> Vec<(Arc<str>, Arc<str>)> {
    let mut bound = Vec::new();
    for domain in realm.domains_of(repo) {
        let Some(binding) = realm.binding(&domain.name, repo) else {
            continue;
        };
        let exports = binding.exports.iter();
        bound.extend(exports.map(|export| (domain.name.clone(), export.contract.clone())));
        for import in &binding.imports {
            if let Some(of) = realm.domain_of_import(&domain.name, import) {
                bound.push((of.into(), import.contract.clone()));
            }
        }
    }
    bound
}

/// The repository itself, where a place is in it.
fn own<'r>(of: Option<&'r RepoState>, place: &Place) -> Option<&'r RepoState> {
    of.filter(|repo| place.root == Root::Repo(repo.name.clone()))
}

//! What was seen of a repository and what was not: the counts behind `blue realm coverage`.
//!
//! Findings say what is wrong with what is known. How much is known, and why the rest is not, is
//! another question, and the one that tells whether silence means anything.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use blue_detect::{PlacedSite, Reason, is_test_path};

use crate::contract::{Declared, ExportModel, ImportModel, exports, import_uses, imports};
use crate::db::{Db, FileTree, RepoInput, file_counts, group_unreadable, groups, poll};
use crate::export::export_unread;
use crate::import::held;
use crate::program::group_sites;
use crate::sites::{Detected, Seen, lies_in, share_out};

/// What was seen of a repository, and what could not be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Its source files.
    pub files: FilesSeen,
    /// The sites in them, whether of a contract or not; those of tests are none.
    pub sites: SitesSeen,
    /// Sites with a value that no export binding takes.
    pub outside: u32,
    /// By export binding, in the order of the realm.
    pub exports: Vec<ExportSeen>,
    /// By import binding, in the order of the realm.
    pub imports: Vec<ImportSeen>,
}

/// Source files, by how far they were looked into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesSeen {
    /// Parsed: they hold a word of an SDK, or name a function that leads to one.
    pub parsed: u32,
    /// Not parsed: they hold nothing that is looked for.
    pub quiet: u32,
    /// Parsed, with syntax errors in them: only their intact parts count. By path.
    pub broken: Vec<Arc<str>>,
    /// Not looked into, with the reason in words. By path.
    pub unread: Vec<(Arc<str>, Arc<str>)>,
}

/// Sites, by whether their values are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SitesSeen {
    /// With a value.
    pub resolved: u32,
    /// Without, by the reason.
    pub opaque: BTreeMap<Reason, u32>,
}

impl SitesSeen {
    /// How many there are.
    pub fn all(&self) -> u32 {
        self.resolved + self.not_known()
    }

    /// How many of them say nothing.
    pub fn not_known(&self) -> u32 {
        self.opaque.values().sum()
    }

    fn count(&mut self, site: &PlacedSite) {
        match &site.opaque {
            Some(why) => *self.opaque.entry(why.reason()).or_default() += 1,
            None => self.resolved += 1,
        }
    }
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldValue {
    /// The contract's field.
    pub field: Arc<str>,
    /// As it is written.
    pub value: String,
}

/// An export binding, held against the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSeen {
    /// The realm, the domain and the contract.
    pub realm: Arc<str>,
    /// The domain of the contract.
    pub domain: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
    /// Whether it is looked for: its detectors are of a kind that is read.
    pub is_read: bool,
    /// Source files that its globs name.
    pub files: u32,
    /// Those of them that were not looked into.
    pub unread: u32,
    /// Its sites.
    pub sites: SitesSeen,
    /// How many values the contract declares.
    pub declared: u32,
    /// Those of them that no code was seen to touch.
    pub never_seen: Vec<FieldValue>,
    /// Those of them that cover something that code was seen to touch, while none was seen to touch all of what they say.
    pub wider: Vec<FieldValue>,
    /// Values of the code that the contract does not declare.
    pub not_declared: Vec<FieldValue>,
}

impl ExportSeen {
    /// Whether the binding speaks of code in which nothing was seen.
    pub fn mentions_nothing(&self) -> bool {
        self.is_read && self.sites.all() == 0
    }
}

/// An import binding, held against what its files grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSeen {
    /// The realm.
    pub realm: Arc<str>,
    /// The domain of the contract.
    pub domain: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
    /// The files that it binds.
    pub files: u32,
    /// Those of them that are missing or were not looked into.
    pub unread: u32,
    /// Statements and grant methods in them that allow or deny something.
    pub grants: u32,
    /// Those of them of which resources or actions are not known, by the reason.
    pub opaque: BTreeMap<Reason, u32>,
    /// How many values it uses that a grant can give.
    pub used: u32,
    /// How many of them are granted, or may be.
    pub covered: u32,
    /// Those of them that no grant gives.
    pub not_covered: Vec<FieldValue>,
    /// How many values it uses that no grant can give: of contracts of another shape.
    pub not_grantable: u32,
}

impl ImportSeen {
    /// Whether the binding speaks of files in which nothing was granted.
    pub fn mentions_nothing(&self) -> bool {
        self.used > 0 && self.unread == 0 && self.grants == 0
    }
}

/// What was seen of a repository.
pub(crate) fn coverage(db: &dyn Db, repo: RepoInput) -> Coverage {
    let tree = repo.tree(db);
    let shares = share_out(db, repo, tree);
    let models = exports(db, repo);
    let mut taken: HashSet<(&str, blue_text::Span)> = HashSet::new();
    for detected in &shares.detected {
        taken.extend(detected.values.values().flatten().map(at));
    }
    for seen in shares.ambiguous.values().flatten() {
        taken.insert(at(seen));
    }
    let (sites, outside) = sites_of(db, tree, &taken);
    let exports = models.iter().zip(&shares.detected);
    Coverage {
        files: files_of(db, tree),
        sites,
        outside,
        exports: exports
            .map(|(model, detected)| export_seen(db, repo, model, detected))
            .collect(),
        imports: imports(db, repo)
            .iter()
            .map(|model| import_seen(db, repo, model))
            .collect(),
    }
}

fn at(seen: &Seen) -> (&str, blue_text::Span) {
    (&seen.path, seen.site.span)
}

fn files_of(db: &dyn Db, tree: FileTree) -> FilesSeen {
    let mut seen = FilesSeen::default();
    for group in 0..groups(db, tree) {
        poll(db);
        let counts = file_counts(db, tree, group);
        seen.parsed += counts.parsed;
        seen.quiet += counts.quiet;
        seen.broken.extend(counts.broken.iter().cloned());
        let unread = group_unreadable(db, tree, group);
        seen.unread.extend(
            unread
                .iter()
                .map(|(path, _, why)| (path.clone(), why.clone())),
        );
    }
    seen.broken.sort();
    seen.unread.sort();
    seen
}

fn sites_of(
    db: &dyn Db,
    tree: FileTree,
    taken: &HashSet<(&str, blue_text::Span)>,
) -> (SitesSeen, u32) {
    let files = tree.files(db);
    let (mut seen, mut outside) = (SitesSeen::default(), 0);
    for group in 0..groups(db, tree) {
        for (file, sites) in group_sites(db, tree, group).iter() {
            poll(db);
            let Some(source) = files.get(*file) else {
                continue;
            };
            let path = source.path(db);
            for site in sites.iter() {
                let is_taken = taken.contains(&(&**path, site.span));
                if is_test_path(path) && !is_taken {
                    continue;
                }
                seen.count(site);
                outside += u32::from(site.opaque.is_none() && !is_taken);
            }
        }
    }
    (seen, outside)
}

fn export_seen(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    detected: &Detected,
) -> ExportSeen {
    let mut sites = SitesSeen::default();
    let all = detected.values.values().flatten();
    for seen in all.chain(detected.opaque.iter().map(|(_, seen)| seen)) {
        sites.count(&seen.site);
    }
    let never_seen = model.declared.iter().filter(|it| !detected.has(it));
    let is_said = |it: &Declared| {
        let value = (it.field.clone(), it.pattern.clone());
        detected.values.contains_key(&value) || detected.covers(it)
    };
    let wider = model.declared.iter();
    let wider = wider.filter(|it| detected.has(it) && !is_said(it));
    let added = detected.values.keys();
    let added = added.filter(|(field, pattern)| model.declared(field, pattern).is_none());
    let paths = repo.tree(db).files(db).by_path.keys();
    ExportSeen {
        realm: model.realm.clone(),
        domain: model.domain.clone(),
        contract: model.contract.name.clone(),
        is_read: model.is_detected(),
        files: paths.filter(|path| lies_in(model, path)).count() as u32,
        unread: export_unread(db, repo, model) as u32,
        sites,
        declared: model.declared.len() as u32,
        never_seen: never_seen.map(named).collect(),
        wider: wider.map(named).collect(),
        not_declared: added
            .map(|(field, pattern)| FieldValue {
                field: field.clone(),
                value: pattern.to_string(),
            })
            .collect(),
    }
}

fn named(declared: &Declared) -> FieldValue {
    FieldValue {
        field: declared.field.clone(),
        value: declared.text.to_string(),
    }
}

fn import_seen(db: &dyn Db, repo: RepoInput, model: &ImportModel) -> ImportSeen {
    let mut seen = ImportSeen {
        realm: model.realm.clone(),
        domain: model.domain.clone(),
        contract: model.import.contract.clone(),
        files: model.import.binding.len() as u32,
        unread: 0,
        grants: 0,
        opaque: BTreeMap::new(),
        used: 0,
        covered: 0,
        not_covered: Vec::new(),
        not_grantable: 0,
    };
    let there = |path: &&Arc<str>| repo.tree(db).files(db).at(path).is_some();
    let bound = model.import.binding.iter().map(|(_, path)| path);
    seen.unread = seen.files - bound.filter(there).count() as u32;
    let contract = model.contract.as_ref().filter(|it| it.value.is_some());
    let Some(version) = contract.and_then(|it| it.version.as_ref()) else {
        return seen;
    };
    let (held, _) = held(db, repo, model, version);
    seen.unread += held.unread();
    for grant in held.grants() {
        seen.grants += 1;
        let mut unknown = grant.grant.resources.iter();
        let unknown = unknown.find_map(|resource| resource.opaque.as_ref());
        if let Some(why) = grant.grant.unknown_actions.as_ref().or(unknown) {
            *seen.opaque.entry(why.reason()).or_default() += 1;
        }
    }
    let used = model.declared.iter();
    for value in used.filter(|value| import_uses(&model.import, value)) {
        poll(db);
        if !held.can_be_granted(value) {
            seen.not_grantable += 1;
            continue;
        }
        seen.used += 1;
        match held.is_granted(value) {
            Some(false) => seen.not_covered.push(named(value)),
            _ => seen.covered += 1,
        }
    }
    seen
}

//! Whose site: each site of a tree goes to the contracts it belongs to, by the rules of
//! detection.md, and makes up what the code says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use blue_detect::{FileId, PlacedSite, is_test_path};
use blue_pattern::{Pattern, Verdict, covers, union_covers};

use crate::contract::{Declared, ExportModel, exports};
use crate::db::{Db, FileTree, RepoInput, group, groups, poll};
use crate::detectors::has_field;
use crate::finding::{Place, Root};
use crate::lead_tree::open_files;
use crate::leaves::{Leaf, is_below};
use crate::program::{open_sites, still_group_sites};
use crate::queries::{Stopped, give_captures, give_unusable};
use crate::symbols::{Trouble, give_symbols};

/// A site of a contract, in its file.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: Arc<str>,
    pub(crate) site: Arc<PlacedSite>,
    /// What found it, in words, where that was no S3 detector: `a part of QUEUE_NAMES`.
    pub(crate) by: Option<Arc<str>>,
    /// The part of a constant's value that it is.
    pub(crate) leaf: Option<Arc<Leaf>>,
}

impl Seen {
    /// Its place; the root is filled in when the findings of the repository are made.
    pub(crate) fn place(&self) -> Place {
        Place {
            root: Root::Repo("".into()),
            path: self.path.clone(),
            span: self.site.span,
        }
    }
}

/// A value of a field.
pub(crate) type Value = (Arc<str>, Pattern);

/// The sites of values, each value's in (path, offset) order.
pub(crate) type Values = BTreeMap<Value, Vec<Seen>>;

/// What a tree's code says of one contract.
#[derive(Debug, Default)]
pub(crate) struct Detected {
    pub(crate) values: Values,
    /// Values that keep a declared pattern in use and are another contract's.
    held: Vec<Value>,
    /// Sites of which nothing is known, by field.
    pub(crate) opaque: Vec<(Arc<str>, Seen)>,
    /// Parts of the contract's value of which not all is known, by their pointers: nothing in them is
    /// judged gone.
    pub(crate) unknown: Vec<Arc<str>>,
    /// Constants that cannot be read.
    pub(crate) troubles: Vec<Trouble>,
    /// Queries that a limit stopped.
    pub(crate) stopped: Vec<Stopped>,
}

impl Detected {
    /// Whether a declared value is in use: the code has it, or something it covers.
    pub(crate) fn has(&self, declared: &Declared) -> bool {
        self.held.iter().any(|value| is_of(declared, value)) || self.sites(declared).is_some()
    }

    /// Whether what the code has takes in all of a declared value, where no single one is it.
    pub(crate) fn covers(&self, declared: &Declared) -> bool {
        let of_field = |(field, _): &&Value| *field == declared.field;
        let values = self.values.keys().chain(&self.held).filter(of_field);
        let patterns: Vec<Pattern> = values.map(|(_, pattern)| pattern.clone()).collect();
        union_covers(&patterns, &declared.pattern) == Verdict::Yes
    }

    /// Whether a declared value may be in what is not known.
    pub(crate) fn may_hide(&self, declared: &Declared) -> bool {
        let pointer = declared.pointer();
        self.unknown.iter().any(|above| is_below(&pointer, above))
    }

    /// The sites that keep a declared value in use: its own, else those of what it covers.
    pub(crate) fn sites(&self, declared: &Declared) -> Option<&Vec<Seen>> {
        let key = (declared.field.clone(), declared.pattern.clone());
        let covered = || self.values.iter().find(|(value, _)| is_of(declared, value));
        self.values
            .get(&key)
            .or_else(|| covered().map(|(_, seen)| seen))
    }

    /// All sites of a field, also the opaque ones.
    pub(crate) fn of_field<'d>(&'d self, field: &'d str) -> impl Iterator<Item = &'d Seen> {
        let values = self
            .values
            .iter()
            .filter(move |((of, _), _)| **of == *field);
        let opaque = self.opaque.iter().filter(move |(of, _)| **of == *field);
        values
            .flat_map(|(_, seen)| seen)
            .chain(opaque.map(|(_, seen)| seen))
    }
}

/// Whether a value is a declared one, or covered by it.
pub(crate) fn is_of(declared: &Declared, (field, pattern): &Value) -> bool {
    *field == declared.field && covers(&declared.pattern, pattern) == Verdict::Yes
}

/// Who the sites of a tree belong to.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// What the tree says of each contract, in the order of the contracts.
    pub(crate) detected: Vec<Detected>,
    /// Values in files that no binding names, by the contract they would belong to.
    pub(crate) unlisted: BTreeMap<usize, Values>,
    /// Values that several contracts could take, with these contracts.
    pub(crate) ambiguous: BTreeMap<(Vec<usize>, Value), Vec<Seen>>,
}

/// Gives each site of a tree to the contract of the repository that it belongs to.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn share_out(db: &dyn Db, repo: RepoInput, tree: FileTree) -> Arc<Shares> {
    let open = open_shares(db, repo, tree);
    let mut shares = all_of(&exports(db, repo), &[still_shares(db, repo, tree), open]);
    for (index, model) in exports(db, repo).iter().enumerate() {
        let own = &mut shares.detected[index];
        give_symbols(db, repo, tree, (index, model), own);
        give_unusable(db, repo, model, own);
    }
    // Files are numbered by who came first; what is said must not depend on that.
    let order = |seen: &Seen| (seen.path.clone(), seen.site.span);
    let all = shares
        .detected
        .iter_mut()
        .map(|detected| &mut detected.values);
    let values = all.chain(shares.unlisted.values_mut());
    let lists = values.flat_map(BTreeMap::values_mut);
    for list in lists.chain(shares.ambiguous.values_mut()) {
        list.sort_by_key(order);
    }
    for detected in &mut shares.detected {
        detected.opaque.sort_by_key(|(_, seen)| order(seen));
        detected.stopped.sort();
    }
    Arc::new(shares)
}

/// The same for the files that lie still: a keystroke leaves it as it is.
#[salsa::tracked(returns(clone), no_eq)]
fn still_shares(db: &dyn Db, repo: RepoInput, tree: FileTree) -> Arc<Shares> {
    let groups = 0..groups(db, tree);
    let parts: Vec<_> = groups
        .map(|group| group_shares(db, repo, tree, group))
        .collect();
    Arc::new(all_of(&exports(db, repo), &parts))
}

/// The same for those of a group.
#[salsa::tracked(returns(clone), no_eq)]
fn group_shares(db: &dyn Db, repo: RepoInput, tree: FileTree, number: u32) -> Arc<Shares> {
    let models = exports(db, repo);
    let sites = still_group_sites(db, tree, number);
    let mut shares = shares_of(db, tree, &sites, &models);
    let group = group(db, tree, number);
    let files = group.still.iter().map(|(id, _)| *id);
    give_captures(db, repo, (tree, files), &models, &mut shares);
    Arc::new(shares)
}

/// The same for the open files.
fn open_shares(db: &dyn Db, repo: RepoInput, tree: FileTree) -> Arc<Shares> {
    let models = exports(db, repo);
    let open = open_files(db, tree);
    let ids = || open.iter().map(|(id, _)| *id);
    let sites = open_sites(db, tree, ids());
    let mut shares = shares_of(db, tree, &sites, &models);
    give_captures(db, repo, (tree, ids()), &models, &mut shares);
    Arc::new(shares)
}

fn shares_of(
    db: &dyn Db,
    tree: FileTree,
    sites: &[(FileId, Arc<[PlacedSite]>)],
    models: &[Arc<ExportModel>],
) -> Shares {
    let mut shares = Shares::of(models);
    let files = tree.files(db);
    for (file, sites) in sites {
        poll(db);
        let Some(source) = files.get(*file) else {
            continue;
        };
        for site in sites.iter() {
            let seen = Seen {
                path: source.path(db).clone(),
                site: Arc::new(site.clone()),
                by: None,
                leaf: None,
            };
            share(db, tree, seen, models, &mut shares);
        }
    }
    shares
}

/// Shares of several sets of files, as one.
fn all_of(models: &[Arc<ExportModel>], parts: &[Arc<Shares>]) -> Shares {
    let mut shares = Shares::of(models);
    for (index, own) in shares.detected.iter_mut().enumerate() {
        let parts = parts.iter().map(|part| &part.detected[index]);
        own.values = together(parts.clone().map(|part| &part.values));
        for part in parts {
            own.held.extend_from_slice(&part.held);
            own.opaque.extend_from_slice(&part.opaque);
            own.unknown.extend_from_slice(&part.unknown);
            own.stopped.extend_from_slice(&part.stopped);
        }
    }
    let contracts: BTreeSet<usize> = parts
        .iter()
        .flat_map(|p| p.unlisted.keys().copied())
        .collect();
    for index in contracts {
        let values = together(parts.iter().filter_map(|part| part.unlisted.get(&index)));
        shares.unlisted.insert(index, values);
    }
    shares.ambiguous = together(parts.iter().map(|part| &part.ambiguous));
    shares
}

impl Shares {
    fn of(models: &[Arc<ExportModel>]) -> Shares {
        Shares {
            detected: models.iter().map(|_| Detected::default()).collect(),
            ..Shares::default()
        }
    }
}

/// The sites of values of several groups of files. The maps are sorted already: a sort of them all
/// in one list costs less than looking up each.
fn together<'p, K: Ord + Clone + 'p>(
    parts: impl Iterator<Item = &'p BTreeMap<K, Vec<Seen>>>,
) -> BTreeMap<K, Vec<Seen>> {
    let mut all: Vec<(&K, &Vec<Seen>)> = parts.flatten().collect();
    all.sort_by_key(|(value, _)| *value);
    let same = all.chunk_by(|a, b| a.0 == b.0);
    let lists = same.map(|same| {
        let seen = same.iter().flat_map(|(_, seen)| seen.iter().cloned());
        (same[0].0.clone(), seen.collect())
    });
    lists.collect()
}

fn share(
    db: &dyn Db,
    tree: FileTree,
    seen: Seen,
    models: &[Arc<ExportModel>],
    shares: &mut Shares,
) {
    let mut reaching = reaching(db, tree, &seen, models);
    // What a comment states is of the contract that has such a field.
    if let Some(stated) = &seen.site.stated {
        let has = |(index, _): &(usize, usize)| has_field(&models[*index].contract, stated);
        if reaching.iter().any(has) {
            reaching.retain(has);
        }
    }
    if reaching.is_empty() {
        unlisted(seen, models, shares);
        return;
    }
    let field = |index: usize| field_of(&models[index], &seen.site);
    if let [(only, _)] = reaching.as_slice() {
        if let Some(field) = field(*only) {
            give(&mut shares.detected[*only], field, seen);
        }
        return;
    }
    let declares = |index: usize| {
        field(index)
            .is_some_and(|field| models[index].declared(&field, &seen.site.pattern).is_some())
    };
    let covers = |index: usize| {
        field(index)
            .is_some_and(|field| models[index].covering(&field, &seen.site.pattern).is_some())
    };
    let all = || reaching.iter().map(|(index, _)| *index);
    let declaring: Vec<usize> = all().filter(|index| declares(*index)).collect();
    let covering: Vec<usize> = all().filter(|index| covers(*index)).collect();
    if !declaring.is_empty() {
        // What covers it is in use as well, though the value is another's.
        for index in covering
            .into_iter()
            .filter(|index| !declaring.contains(index))
        {
            if let Some(field) = field(index) {
                let held = &mut shares.detected[index].held;
                held.push((field, seen.site.pattern.clone()));
            }
        }
        give_all(&declaring, seen, models, shares);
        return;
    }
    if !covering.is_empty() {
        give_all(&covering, seen, models, shares);
        return;
    }
    let best = reaching.iter().map(|(_, specificity)| *specificity).max();
    let nearest = reaching
        .iter()
        .filter(|(_, specificity)| Some(*specificity) == best);
    let nearest: Vec<usize> = nearest.map(|(index, _)| *index).collect();
    if nearest.len() > 1 && seen.site.opaque.is_none() {
        let value = (
            field(nearest[0]).unwrap_or_default(),
            seen.site.pattern.clone(),
        );
        let sites = shares.ambiguous.entry((nearest, value)).or_default();
        sites.push(seen);
        return;
    }
    // Of what cannot be known, each of them is judged without it.
    give_all(&nearest, seen, models, shares);
}

fn give_all(to: &[usize], seen: Seen, models: &[Arc<ExportModel>], shares: &mut Shares) {
    for index in to {
        if let Some(field) = field_of(&models[*index], &seen.site) {
            give(&mut shares.detected[*index], field, seen.clone());
        }
    }
}

fn give(share: &mut Detected, field: Arc<str>, seen: Seen) {
    if seen.site.opaque.is_some() {
        share.opaque.push((field, seen));
        return;
    }
    let value = (field, seen.site.pattern.clone());
    share.values.entry(value).or_default().push(seen);
}

/// The field of a contract that a site goes into.
pub(crate) fn field_of(model: &ExportModel, site: &PlacedSite) -> Option<Arc<str>> {
    match &model.detector {
        Some(detector) => detector.field(site),
        None => site.stated.as_deref().map(Into::into),
    }
}

/// Whether a contract may take a site, wherever it stands: by its bucket; without an S3 detector, only
/// what a comment states of a field that the contract has.
pub(crate) fn may_take(model: &ExportModel, site: &PlacedSite) -> bool {
    match (&model.detector, &site.stated) {
        (Some(detector), _) => detector.takes(site.bucket.as_ref()),
        (None, Some(stated)) => model.is_detected() && has_field(&model.contract, stated),
        (None, None) => false,
    }
}

/// The contracts whose source files reach a site, its own place or a call on its wrapper chain, and
/// whose bucket it may be in; with how specific these source files are.
fn reaching(
    db: &dyn Db,
    tree: FileTree,
    seen: &Seen,
    models: &[Arc<ExportModel>],
) -> Vec<(usize, usize)> {
    let files = tree.files(db);
    let through = seen.site.through.iter();
    let through: Vec<&Arc<str>> = through
        .filter_map(|file| files.get(*file))
        .map(|source| source.path(db))
        .collect();
    let mut found = Vec::new();
    for (index, model) in models.iter().enumerate() {
        if !may_take(model, &seen.site) {
            continue;
        }
        let places = std::iter::once(&seen.path).chain(through.iter().copied());
        let specificity = places
            .filter(|path| lies_in(model, path))
            .filter_map(|path| model.sources.specificity(path))
            .max();
        found.extend(specificity.map(|specificity| (index, specificity)));
    }
    found
}

/// Whether a file is one of a contract's sources: a test only where it is named itself.
pub(crate) fn lies_in(model: &ExportModel, path: &str) -> bool {
    model.sources.matches(path) && (!is_test_path(path) || model.sources.names_file(path))
}

/// A site of a detector and bucket that a contract uses, in a file that its binding does not name.
fn unlisted(seen: Seen, models: &[Arc<ExportModel>], shares: &mut Shares) {
    if is_test_path(&seen.path) || seen.site.opaque.is_some() {
        return;
    }
    let of = models.iter().enumerate().find_map(|(index, model)| {
        let detector = model.detector.as_ref()?;
        let field = detector.field(&seen.site)?;
        let surely = detector.surely_takes(seen.site.bucket.as_ref());
        (surely && !lies_in(model, &seen.path)).then_some((index, field))
    });
    let Some((index, field)) = of else { return };
    let value = (field, seen.site.pattern.clone());
    let values = shares.unlisted.entry(index).or_default();
    values.entry(value).or_default().push(seen);
}

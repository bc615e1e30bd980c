//! What a repository's open files are about to make of the contracts that it exports, for those who import them: in the
//! same workspace, and in other sessions.
//!
//! Others are told of the last state that was whole. While a statement is typed it does not parse, and a name that is half
//! written leads nowhere; what such a text would make of a contract is nobody's plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::absence::baseline;
use crate::contract::{ExportModel, exports};
use crate::db::{Db, FileTree, RepoInput, World};
use crate::draft::Draft;
use crate::export::exported;
use crate::finding::Code;
use crate::lead_tree::open_files;
use crate::pending::waiting_syncs;
use crate::sites::share_out;
use crate::whole::half_of;

/// What a repository's open files would make of a contract that it exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEdit {
    /// The repository's name.
    pub repo: Arc<str>,
    /// The realm's name.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The contract's name.
    pub contract: Arc<str>,
    /// Its version in the realm.
    pub from: Option<String>,
    /// The version it would get; nothing where that is not known.
    pub to: Option<String>,
    /// Values that it would gain: field and value.
    pub added: Vec<(Arc<str>, String)>,
    /// Values that it would lose.
    pub removed: Vec<(Arc<str>, String)>,
    /// The first of the open files that make it so, relative to the repository's root: one in which it stands, else one that
    /// is not what it was.
    pub path: Arc<str>,
}

/// What repositories were about to make of their contracts when they were last whole.
pub(crate) type LastWhole = Arc<[(RepoInput, Arc<[OpenEdit]>)]>;

/// What open files of a repository would make of its contracts; nothing while one of them is not whole.
pub(crate) fn open_edits(db: &dyn Db, repo: RepoInput) -> Option<Vec<OpenEdit>> {
    if !is_whole(db, repo) {
        return None;
    }
    let exported = exported(db, repo);
    let drafts = exported.drafts.iter();
    let contracts: BTreeSet<_> = drafts.filter_map(Draft::contract).collect();
    let edits = contracts
        .into_iter()
        .filter_map(|(realm, domain, contract)| under_way(db, repo, realm, domain, contract));
    Some(edits.collect())
}

/// What importers in the same workspace are told of a contract of an exporter, by realm, domain and name.
pub(crate) fn told_edit(
    db: &dyn Db,
    exporter: RepoInput,
    (realm, domain, contract): (Arc<str>, Arc<str>, Arc<str>),
) -> Option<OpenEdit> {
    if is_whole(db, exporter) {
        return under_way(db, exporter, realm, domain, contract);
    }
    let mut known = World::get(db).last_whole(db).iter();
    let (_, edits) = known.find(|(repo, _)| *repo == exporter)?;
    let is_it = |edit: &&OpenEdit| {
        edit.realm == realm && edit.domain == domain && edit.contract == contract
    };
    edits.iter().find(is_it).cloned()
}

/// Whether all open files of a repository are said whole.
#[salsa::tracked(returns(copy))]
fn is_whole(db: &dyn Db, repo: RepoInput) -> bool {
    let (tree, head) = (repo.tree(db), repo.baselines(db).get("").copied());
    let open = open_files(db, tree);
    open.iter()
        .all(|(_, file)| half_of(db, tree, head, *file).is_none())
}

/// How a repository differs from a contract of its own by what is done in its open files. Without places, so that importers
/// are not asked again while lines move.
#[salsa::tracked(returns(clone))]
fn under_way(
    db: &dyn Db,
    repo: RepoInput,
    realm: Arc<str>,
    domain: Arc<str>,
    contract: Arc<str>,
) -> Option<OpenEdit> {
    let models = exports(db, repo);
    let index = models.iter().position(|model| {
        model.realm == realm && model.domain == domain && model.contract.name == contract
    })?;
    let work = Work::of(db, repo, (index, &models[index]));
    if work.open.is_empty() {
        return None;
    }
    let codes = [Code::ExportAdded, Code::ExportRemoved, Code::ExportBreaking];
    let exported = exported(db, repo);
    let drafts = exported.drafts.iter();
    let mut drafts = drafts
        .filter(|draft| codes.contains(&draft.code()) && draft.is_about(&models[index]))
        .filter(|draft| work.makes(draft))
        .peekable();
    drafts.peek()?;
    let mut edit = OpenEdit {
        repo: repo.name(db).clone(),
        realm,
        domain,
        contract,
        from: None,
        to: None,
        added: Vec::new(),
        removed: Vec::new(),
        path: Arc::default(),
    };
    let (mut changed, mut open): (BTreeSet<&Arc<str>>, BTreeSet<&Arc<str>>) = Default::default();
    for draft in drafts {
        let Some(change) = draft.changes() else {
            continue;
        };
        let field: Arc<str> = change.field.as_deref().unwrap_or_default().into();
        let moved = |text: &String| (field.clone(), text.clone());
        edit.added.extend(change.added.iter().map(moved));
        edit.removed.extend(change.removed.iter().map(moved));
        edit.from = edit.from.or_else(|| change.from.clone());
        edit.to = edit.to.or_else(|| change.to.clone());
        let of = |all: &Vec<Arc<str>>, path: &&Arc<str>| all.contains(path);
        let origins = || draft.origins().iter();
        changed.extend(origins().filter(|path| of(&work.changed, path)));
        open.extend(origins().filter(|path| of(&work.open, path)));
    }
    // Where it stands in files that are as they were, it comes from one that is not.
    let named = changed.into_iter().next().or(work.changed.first());
    edit.path = named.or(open.into_iter().next())?.clone();
    edit.added.sort();
    edit.removed.sort();
    let mut syncs = waiting_syncs(db, repo).to_vec().into_iter();
    // What is synced is told as that.
    let is_synced = syncs.any(|sync| {
        (&sync.realm, &sync.domain, &sync.contract) == (&edit.realm, &edit.domain, &edit.contract)
            && sync.holds(&edit.added, &edit.removed)
    });
    (!is_synced).then_some(edit)
}

/// What is being done in the open files of a repository.
struct Work<'db> {
    db: &'db dyn Db,
    repo: RepoInput,
    /// The place of the contract among those that are exported.
    index: usize,
    /// The state of the code that the contract was read from, as far as it is known; else the last commit's.
    older: Option<FileTree>,
    /// Whether it is the very state that the contract was read from.
    is_source: bool,
    /// The open files. Sorted.
    open: Vec<Arc<str>>,
    /// Those that are not what they were then.
    changed: Vec<Arc<str>>,
}

impl<'db> Work<'db> {
    fn of(db: &'db dyn Db, repo: RepoInput, (index, model): (usize, &ExportModel)) -> Work<'db> {
        let mut work = Work {
            db,
            repo,
            index,
            older: baseline(db, repo, model).map(|(_, tree)| tree),
            is_source: model.source_commit.is_some(),
            open: Vec::new(),
            changed: Vec::new(),
        };
        let open = open_files(db, repo.tree(db));
        let open = open.iter().map(|(_, file)| file.path(db).clone());
        work.open = open.collect();
        work.open.sort();
        let changed = work.open.iter().filter(|path| !work.is_still(path));
        work.changed = changed.cloned().collect();
        work
    }

    /// Whether a file is what it was.
    fn is_still(&self, path: &str) -> bool {
        let at = |tree: FileTree| Some(tree.files(self.db).at(path)?.1);
        let (now, then) = (at(self.repo.tree(self.db)), self.older.and_then(at));
        now.zip(then)
            .is_some_and(|(now, then)| now == then || now.content(self.db) == then.content(self.db))
    }

    /// Whether a difference comes of the open files: it stands in one of them, or where nothing was changed, so that it comes
    /// from elsewhere. What the code had all along comes of nothing that is done now.
    fn makes(&self, draft: &Draft) -> bool {
        let origins = draft.origins();
        let is_in = |all: &[Arc<str>]| origins.iter().any(|path| all.contains(path));
        // What is committed by now may have been changed since the contract was read.
        if is_in(&self.changed) || (!self.is_source && is_in(&self.open)) {
            return true;
        }
        let comes_from_elsewhere = origins.iter().any(|path| self.is_still(path));
        !self.changed.is_empty() && comes_from_elsewhere && !self.was_there(draft)
    }

    /// Whether the code had an added value before.
    fn was_there(&self, draft: &Draft) -> bool {
        let (Some(older), Some(change)) = (self.older, draft.changes()) else {
            return false;
        };
        let shares = share_out(self.db, self.repo, older);
        let Some(then) = shares.detected.get(self.index) else {
            return false;
        };
        let has = |text: &String| {
            let mut values = then.values.keys();
            values.any(|(field, pattern)| {
                Some(&**field) == change.field.as_deref() && pattern.to_string() == *text
            })
        };
        change.removed.is_empty() && change.added.iter().all(has)
    }
}

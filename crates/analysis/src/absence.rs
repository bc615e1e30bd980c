//! What the code had at the baseline and has no more, and where that shows now.

use std::sync::Arc;

use blue_text::Span;

use crate::contract::{Declared, ExportModel, exports};
use crate::db::{Db, FileTree, RepoInput};
use crate::draft::config_place;
use crate::finding::{Place, Root};
use crate::host::BaselineStands;
use crate::lead_tree::open_files;
use crate::lines::{LineMap, Stands};
use crate::queries::captured_fields;
use crate::sites::{Detected, Seen, Shares, Value, lies_in, share_out};
use crate::whole::{Half, half};

/// A declared value that was at the baseline and is not now.
pub(crate) struct Removed<'a> {
    pub(crate) declared: &'a Declared,
    /// Where the expressions that had it stand now, in (path, offset) order: those whose files are
    /// still there.
    pub(crate) stands: Vec<Stood>,
    /// The code never had it, as far as can be known: it has something else in its place.
    pub(crate) is_new_here: bool,
    /// The files that it was in at the baseline: those of its expressions, and of the calls that led there.
    pub(crate) files: Vec<Arc<str>>,
    /// Its expressions at the baseline.
    pub(crate) before: Vec<Seen>,
}

/// Where an expression of the baseline stands now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stood {
    pub(crate) path: Arc<str>,
    pub(crate) span: Span,
    /// There is an expression of the same field here, whatever it says: it is the same one.
    pub(crate) same: bool,
}

impl Stood {
    fn place(&self) -> Place {
        Place {
            root: Root::Repo("".into()),
            path: self.path.clone(),
            span: self.span,
        }
    }
}

/// Declared values that the code does not show.
#[derive(Default)]
pub(crate) struct Absent<'a> {
    /// The code had them.
    pub(crate) removed: Vec<Removed<'a>>,
    /// The code had them, and nobody can tell whether it has: it is not said whole where they come from.
    pub(crate) withheld: Vec<(Removed<'a>, Half)>,
    /// The code never had them, as far as can be known.
    pub(crate) unseen: Vec<&'a Declared>,
    /// What the code had was judged from here, in words; nothing without a baseline.
    pub(crate) seen_from: Option<String>,
    /// Why what is judged gone may only be missing here, in words: the contract was made from code that is not part of
    /// what is checked out.
    pub(crate) doubt: Option<String>,
}

/// The declared values that the code does not show. `unread` files of the contract: what they say is
/// not known to be gone, so nothing is.
pub(crate) fn absent<'a>(
    db: &dyn Db,
    repo: RepoInput,
    model: &'a ExportModel,
    now: &Detected,
    unread: u32,
) -> Absent<'a> {
    let mut found = Absent::default();
    let is_wider = |declared: &Declared| model.matches_by_cover() && now.covers(declared);
    let is_there = |declared: &Declared| now.has(declared) || now.may_hide(declared);
    let missing = model.declared.iter();
    let missing = missing.filter(|declared| !is_there(declared) && !is_wider(declared));
    let missing: Vec<&Declared> = missing.collect();
    if missing.is_empty() || unread > 0 {
        return found;
    }
    let captured = captured_by(db, repo, model);
    let detects = |declared: &Declared| {
        let detector = model.detector.as_ref();
        detector.is_some_and(|detector| detector.detects(&declared.field))
            || model.others.reads(&declared.pointer())
            || captured.contains(&declared.field)
    };
    found.doubt = doubt(db, repo, model);
    let Some((from, tree)) = baseline(db, repo, model) else {
        let missing = missing.into_iter().filter(|declared| detects(declared));
        without_baseline(db, repo, model, (now, missing), &mut found);
        return found;
    };
    found.seen_from = Some(from);
    let models = exports(db, repo);
    let shares = share_out(db, repo, tree);
    let own = models
        .iter()
        .position(|other| std::ptr::eq(&**other, model));
    let Some(then) = own.and_then(|own| shares.detected.get(own)) else {
        return found;
    };
    for declared in missing {
        match then.sites(declared) {
            Some(seen) => {
                let removed = Removed {
                    declared,
                    stands: current_places(db, repo, tree, declared, seen, now),
                    is_new_here: false,
                    files: files_of(db, tree, seen),
                    before: seen.clone(),
                };
                match half(db, repo.tree(db), Some(tree), &removed.files) {
                    Some(half) => found.withheld.push((removed, half)),
                    None => found.removed.push(removed),
                }
            }
            None if then.has(declared) => found.removed.push(Removed {
                declared,
                stands: Vec::new(),
                is_new_here: false,
                files: Vec::new(),
                before: Vec::new(),
            }),
            // The contract was changed, and not the code: one of them has to become what the other says.
            None if !in_its_place(declared, now).is_empty() => found.removed.push(Removed {
                declared,
                stands: in_its_place(declared, now),
                is_new_here: true,
                files: Vec::new(),
                before: Vec::new(),
            }),
            None if detects(declared) && !then.may_hide(declared) => found.unseen.push(declared),
            None => {}
        }
    }
    found
}

/// What the code said where it parted from the branch that the contract was read from, if it did: of that, what the
/// contract does not hold was taken out there since, and is nothing that is new here. With which of its contracts it is.
pub(crate) fn when_parted(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
) -> Option<(Arc<Shares>, usize)> {
    let source = model.source_commit.as_deref()?;
    if stands(db, repo, source) != BaselineStands::Parted {
        return None;
    }
    let tree = *repo.baselines(db).get(source)?;
    let models = exports(db, repo);
    let own = models
        .iter()
        .position(|other| std::ptr::eq(&**other, model))?;
    Some((share_out(db, repo, tree), own))
}

/// Why what the code has and the contract has not may be older than the contract, in words: a release held it once, and
/// the contract was made from code that is not part of what is checked out. Nothing where neither is so.
pub(crate) fn may_be_old(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    (field, pattern): &Value,
) -> Option<String> {
    let doubt = doubt(db, repo, model)?;
    let mut realms = repo.realms(db).iter();
    let realm = realms.find(|realm| *realm.name(db) == model.realm)?;
    let name = &model.contract.name;
    let releases = realm.record(db).releases(&model.domain, name);
    let held = releases.into_iter().rev().find(|(_, release)| {
        let declared = model.others.declared(release.value.as_ref());
        let mut declared = declared.iter();
        declared.any(|it| it.field == *field && it.pattern == *pattern)
    });
    let (version, _) = held?;
    Some(format!("{version} held `{pattern}`, and {doubt}"))
}

/// Where the code had a declared value at the baseline, with what to call that (`at HEAD`) and its tree.
pub(crate) fn before(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    declared: &Declared,
) -> Option<(String, FileTree, Vec<Seen>)> {
    let (from, tree) = baseline(db, repo, model)?;
    let models = exports(db, repo);
    let own = models
        .iter()
        .position(|other| std::ptr::eq(&**other, model))?;
    let shares = share_out(db, repo, tree);
    let seen = shares.detected.get(own)?.sites(declared)?;
    Some((from, tree, seen.to_vec()))
}

/// The same where no older state is to be had: what is not there counts as gone.
fn without_baseline<'a>(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    (now, missing): (&Detected, impl Iterator<Item = &'a Declared>),
    found: &mut Absent<'a>,
) {
    // Where they were is not known: it may be any file that somebody types in.
    let open = open_files(db, repo.tree(db));
    let open = open.iter().map(|(_, file)| file.path(db).clone());
    let open: Vec<Arc<str>> = open.filter(|path| lies_in(model, path)).collect();
    let half = half(db, repo.tree(db), None, &open);
    for declared in missing {
        // It may be what an opaque site says.
        if now.opaque.iter().any(|(field, _)| *field == declared.field) {
            found.unseen.push(declared);
            continue;
        }
        let removed = Removed {
            declared,
            stands: in_its_place(declared, now),
            is_new_here: false,
            files: Vec::new(),
            before: Vec::new(),
        };
        match &half {
            Some(half) => found.withheld.push((removed, half.clone())),
            None => found.removed.push(removed),
        }
    }
}

/// The files of expressions in a tree, and of the calls that led to them.
pub(crate) fn files_of(db: &dyn Db, tree: FileTree, seen: &[Seen]) -> Vec<Arc<str>> {
    let through = seen.iter().flat_map(|seen| &seen.site.through);
    let through = through.filter_map(|id| tree.files(db).get(*id));
    let through = through.map(|file| file.path(db).clone());
    let own = seen.iter().map(|seen| seen.path.clone());
    let mut files: Vec<Arc<str>> = own.chain(through).collect();
    files.sort();
    files.dedup();
    files
}

/// Where the code says something else in the very place of a declared value that is no element of a set: of these one
/// comes and another goes, and a place has one value.
fn in_its_place(declared: &Declared, now: &Detected) -> Vec<Stood> {
    let pointer = declared.pointer();
    let is_there = |seen: &&Seen| {
        let leaf = seen.leaf.as_ref();
        leaf.is_some_and(|leaf| *leaf.pointer == *pointer)
    };
    let there = now.of_field(&declared.field).filter(is_there);
    let mut stands: Vec<Stood> = there
        .map(|seen| Stood {
            path: seen.path.clone(),
            span: seen.site.span,
            same: true,
        })
        .collect();
    stands.sort();
    stands.dedup();
    stands
}

/// The fields that the queries of a contract capture values for.
pub(crate) fn captured_by(db: &dyn Db, repo: RepoInput, model: &ExportModel) -> Vec<Arc<str>> {
    let queries = model.others.queries.iter();
    let fields = queries.flat_map(|query| {
        let captured = captured_fields(db, repo, &query.query);
        let named = captured.iter().filter_map(|field| query.field(field));
        let named: Vec<Arc<str>> = named.collect();
        named.into_iter().chain(query.into.clone())
    });
    fields.collect()
}

/// The tree that absence is judged from, and what to call it: the commit that the value was read
/// from, else `--base`, else HEAD. A commit that is named and not to be had (a shallow clone) is not
/// HEAD, where what is gone may be gone as well.
pub(crate) fn baseline(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
) -> Option<(String, FileTree)> {
    let baselines = repo.baselines(db);
    let at = |commit: &str| baselines.get(commit).copied();
    let source = model.source_commit.as_deref();
    let named = source.and_then(|commit| {
        let words = match stands(db, repo, commit) {
            BaselineStands::Parted => {
                "where it parted from the branch that the contract was read from"
            }
            _ => "where the contract was read from",
        };
        Some((words.to_owned(), at(commit)?))
    });
    let base = || {
        let base = repo.base(db).as_ref()?;
        // A commit's id says enough by its beginning.
        let is_id = base.len() == 40 && base.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words = if is_id { &base[..10] } else { &base[..] };
        Some((format!("at {words}"), at(base)?))
    };
    let head = || match source {
        None => Some(("at HEAD".to_owned(), at("")?)),
        Some(_) => None,
    };
    named.or_else(base).or_else(head)
}

fn stands(db: &dyn Db, repo: RepoInput, commit: &str) -> BaselineStands {
    let mut parted = repo.parted(db).iter();
    let found = parted.find(|(it, _)| *it == *commit);
    found.map_or(BaselineStands::Within, |(_, stands)| *stands)
}

/// Absence counts also where the commit that a contract was made from is not here (a shallow clone, a squashed commit):
/// else no continuous integration would see it. But a clone that is behind lacks such a commit too, and what newer
/// code added. Nothing where the repository knows no commit at all.
fn doubt(db: &dyn Db, repo: RepoInput, model: &ExportModel) -> Option<String> {
    let (source, baselines) = (model.source_commit.as_deref()?, repo.baselines(db));
    baselines.get("")?;
    let (is_here, short) = (baselines.contains_key(source), short(source));
    let lacks = match stands(db, repo, source) {
        BaselineStands::Aside => "which what is checked out does not contain",
        _ if !is_here => "which this clone does not have",
        _ => return None,
    };
    Some(format!(
        "the contract was made from commit {short}, {lacks}: if this clone is behind, `git fetch` and merge first"
    ))
}

/// The beginning of a commit's id, as git shows it.
fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// Where the expressions of an older tree stand now. An expression of the same field that stands
/// there now is it, whatever it says: the range stays put while the string is typed.
fn current_places(
    db: &dyn Db,
    repo: RepoInput,
    older: FileTree,
    declared: &Declared,
    before: &[Seen],
    now: &Detected,
) -> Vec<Stood> {
    let mut places: Vec<Stood> = Vec::new();
    let mut map: Option<(&Arc<str>, LineMap<'_>)> = None;
    for seen in before {
        if map.as_ref().is_none_or(|(path, _)| **path != seen.path) {
            let texts = text_in(db, older, &seen.path).zip(text_in(db, repo.tree(db), &seen.path));
            map = texts.map(|(old, new)| (&seen.path, LineMap::new(old, new)));
        }
        let Some((_, map)) = &map else { continue };
        let stands = map.map(seen.site.span);
        let there = |now: &&Seen| now.path == seen.path && now.site.span.meets(stands.span());
        let expression = match stands {
            Stands::Gone(_) => None,
            _ => now
                .of_field(&declared.field)
                .filter(there)
                .map(|now| now.site.span)
                .min(),
        };
        let span = expression.unwrap_or(stands.span());
        places.push(Stood {
            path: seen.path.clone(),
            span,
            same: expression.is_some(),
        });
    }
    places.sort();
    places.dedup();
    places
}

fn text_in<'db>(db: &'db dyn Db, tree: FileTree, path: &str) -> Option<&'db str> {
    let (_, source) = tree.files(db).at(path)?;
    source.content(db).as_text().map(|text| &**text)
}

/// Where a removed value is shown: its expressions' places now, else the field's first site, else
/// the repository's own line in its config.
pub(crate) fn shown_at(
    db: &dyn Db,
    repo: RepoInput,
    removed: &Removed<'_>,
    now: &Detected,
) -> Vec<Place> {
    if !removed.stands.is_empty() {
        return removed.stands.iter().map(Stood::place).collect();
    }
    let first = now.of_field(&removed.declared.field).map(Seen::place).min();
    vec![first.unwrap_or_else(|| config_place(db, repo))]
}

//! The exporter's findings: what its code says now, held against what its contracts declare.

use std::collections::BTreeMap;
use std::sync::Arc;

use blue_compat::bump::{
    Bump, ContractChange, Policy, SchemaChange, Wording, next_version, required_bump,
};
use blue_compat::value::Effect;
use blue_detect::{PlacedSite, is_test_path};
use blue_pattern::{Pattern, Verdict, covers};
use blue_text::Span;
use semver::Version;
use smol_str::SmolStr;

use crate::contract::{Declared, ExportModel, exports, first_line};
use crate::db::{Content, Db, FileTree, RepoInput, SitesByFile, poll, tree_sites};
use crate::draft::{Draft, config_place};
use crate::finding::{ChangeData, Code, Place, Related, Root, Severity};
use crate::lines::LineMap;

/// A site of a contract, in its file.
#[derive(Clone)]
struct Seen {
    path: Arc<str>,
    site: PlacedSite,
}

/// What a tree's code says of one contract: the sites of each value of each field.
#[derive(Default)]
struct Detected {
    values: BTreeMap<(Arc<str>, Pattern), Vec<Seen>>,
    opaque: Vec<(Arc<str>, Seen)>,
}

impl Detected {
    fn has(&self, declared: &Declared) -> Option<&Vec<Seen>> {
        let key = (declared.field.clone(), declared.pattern.clone());
        self.values.get(&key).or_else(|| {
            self.values
                .iter()
                .find(|((field, pattern), _)| {
                    *field == declared.field && covers(&declared.pattern, pattern) == Verdict::Yes
                })
                .map(|(_, seen)| seen)
        })
    }
}

/// A value that was at the baseline and is not now.
struct Removed<'a> {
    declared: &'a Declared,
    /// Where the expression that had it stands now, where that is known.
    stands: Option<(Arc<str>, Span)>,
}

pub(crate) struct Exports {
    pub(crate) drafts: Vec<Draft>,
    /// Contracts about which there is nothing to say.
    pub(crate) passed: Vec<Arc<str>>,
    pub(crate) notes: Vec<String>,
    /// Files that belong to a contract and were not looked into.
    pub(crate) unchecked: u32,
}

/// The findings of a repository as an exporter.
pub(crate) fn export_findings(db: &dyn Db, repo: RepoInput) -> Exports {
    let models = exports(db, repo);
    let mut found = Exports {
        drafts: Vec::new(),
        passed: Vec::new(),
        notes: Vec::new(),
        unchecked: 0,
    };
    let tree = repo.tree(db);
    let shares = share_out(db, tree, &models, &mut found.drafts);
    for (model, detected) in models.iter().zip(shares) {
        let before = found.drafts.len();
        let name = &model.contract.name;
        if model.detector.is_none() {
            found.notes.push(format!(
                "{name}: its detectors are not of a kind that this version reads; not checked"
            ));
            continue;
        }
        let unread = unreadable(db, repo, model, &mut found.drafts);
        found.unchecked += unread;
        missing_sources(db, repo, model, &mut found.drafts);
        if model.importers.is_empty() {
            found.notes.push(format!("{name}: nobody imports it yet"));
        }
        judge(db, repo, model, &detected, unread, &mut found.drafts);
        let silent = found.drafts[before..]
            .iter()
            .all(|d| d.severity() <= Severity::Hint);
        if silent && model.version().is_some() {
            found.passed.push(name.clone());
        }
    }
    found
}

/// Gives each site of the tree to the contract it belongs to.
fn share_out(
    db: &dyn Db,
    tree: FileTree,
    models: &[Arc<ExportModel>],
    drafts: &mut Vec<Draft>,
) -> Vec<Detected> {
    let mut shares: Vec<Detected> = models.iter().map(|_| Detected::default()).collect();
    let files = tree.files(db);
    let sites: Vec<SitesByFile> = tree_sites(db, tree).to_vec();
    for (file, sites) in sites.iter().flat_map(|group| group.iter()) {
        poll(db);
        let Some(source) = files.get(*file) else {
            continue;
        };
        let path = source.path(db);
        for site in sites.iter() {
            let seen = || Seen {
                path: path.clone(),
                site: site.clone(),
            };
            let takers = takers(db, tree, path, site, models);
            match takers.as_slice() {
                [] => unlisted(path, site, models, seen, drafts),
                [taker] => give(&mut shares[*taker], &models[*taker], seen()),
                several => drafts.push(ambiguous(&seen(), several, models)),
            }
        }
    }
    shares
}

fn give(share: &mut Detected, model: &ExportModel, seen: Seen) {
    let Some(field) = model.detector.as_ref().and_then(|d| d.field(&seen.site)) else {
        return;
    };
    if seen.site.opaque.is_some() {
        share.opaque.push((field, seen));
        return;
    }
    share
        .values
        .entry((field, seen.site.pattern.clone()))
        .or_default()
        .push(seen);
}

/// The contracts a site belongs to, by the rules of whose site: its place or a call on its wrapper
/// chain lies in the source files; a known other bucket is out; of several, those that declare or
/// cover the value, else the most specific source files.
fn takers(
    db: &dyn Db,
    tree: FileTree,
    path: &str,
    site: &PlacedSite,
    models: &[Arc<ExportModel>],
) -> Vec<usize> {
    let files = tree.files(db);
    let through: Vec<&Arc<str>> = site
        .through
        .iter()
        .filter_map(|file| files.get(*file))
        .map(|source| source.path(db))
        .collect();
    let reach = |model: &ExportModel| {
        let places = std::iter::once(path).chain(through.iter().map(|path| &***path));
        let reached = places.filter(|path| lies_in(model, path));
        reached
            .filter_map(|path| model.sources.specificity(path))
            .max()
    };
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (index, model) in models.iter().enumerate() {
        let Some(detector) = &model.detector else {
            continue;
        };
        if detector.takes(site.bucket.as_ref())
            && let Some(specificity) = reach(model)
        {
            found.push((index, specificity));
        }
    }
    if found.len() < 2 {
        return found.into_iter().map(|(index, _)| index).collect();
    }
    let declares = |(index, _): &&(usize, usize)| {
        let model = &models[*index];
        let field = model
            .detector
            .as_ref()
            .and_then(|detector| detector.field(site));
        field.is_some_and(|field| {
            model.declared(&field, &site.pattern).is_some()
                || model.covering(&field, &site.pattern).is_some()
        })
    };
    let declaring: Vec<usize> = found
        .iter()
        .filter(declares)
        .map(|(index, _)| *index)
        .collect();
    if !declaring.is_empty() {
        return declaring;
    }
    let best = found.iter().map(|(_, specificity)| *specificity).max();
    found
        .into_iter()
        .filter(|(_, s)| Some(*s) == best)
        .map(|(index, _)| index)
        .collect()
}

/// Whether a file is one of a contract's sources: a test only where it is named itself.
fn lies_in(model: &ExportModel, path: &str) -> bool {
    model.sources.matches(path) && (!is_test_path(path) || model.sources.names_file(path))
}

fn place(seen: &Seen, repo: &Arc<str>) -> Place {
    Place {
        root: Root::Repo(repo.clone()),
        path: seen.path.clone(),
        span: seen.site.span,
    }
}

fn unlisted(
    path: &Arc<str>,
    site: &PlacedSite,
    models: &[Arc<ExportModel>],
    seen: impl Fn() -> Seen,
    drafts: &mut Vec<Draft>,
) {
    if is_test_path(path) || site.opaque.is_some() {
        return;
    }
    let of = models.iter().find(|model| {
        let takes = |detector: &crate::contract::S3Detector| {
            detector.surely_takes(site.bucket.as_ref()) && detector.field(site).is_some()
        };
        model.detector.as_ref().is_some_and(takes) && !lies_in(model, path)
    });
    let Some(model) = of else { return };
    let name = &model.contract.name;
    drafts.push(
        Draft::new(Code::ExportUnlisted, seen_place(&seen()))
            .message(format!(
                "this {}s `{}`, but no export binding names {path}: {name} does not know of it",
                site.op.as_str(),
                site.pattern,
            ))
            .about(model)
            .subject(site.op.as_str(), &site.pattern.to_string())
            .fix(
                "add-source-file",
                format!("Add {path} to the source files of {name}"),
            )
            .fix(
                "not-a-site",
                "Say in a comment that this is no site: `blue: not-a-site`".to_owned(),
            ),
    );
}

/// A place whose root is filled in when the findings of the repository are made.
fn seen_place(seen: &Seen) -> Place {
    place(seen, &"".into())
}

fn ambiguous(seen: &Seen, several: &[usize], models: &[Arc<ExportModel>]) -> Draft {
    let names: Vec<String> = several
        .iter()
        .map(|index| models[*index].contract.name.to_string())
        .collect();
    Draft::new(Code::ExportAmbiguous, seen_place(seen))
        .message(format!(
            "`{}` could belong to {}: give one of them a bucket or narrower source files",
            seen.site.pattern,
            names.join(" or "),
        ))
        .about(&models[several[0]])
        .subject(seen.site.op.as_str(), &seen.site.pattern.to_string())
}

/// Files of a contract that could not be looked into.
fn unreadable(db: &dyn Db, repo: RepoInput, model: &ExportModel, drafts: &mut Vec<Draft>) -> u32 {
    let mut count = 0;
    for source in repo.tree(db).files(db).list.iter().flatten() {
        let Content::Unreadable(why) = source.content(db) else {
            continue;
        };
        let path = source.path(db);
        if !lies_in(model, path) {
            continue;
        }
        count += 1;
        let place = Place {
            root: Root::Repo("".into()),
            path: path.clone(),
            span: Span::empty(0),
        };
        drafts.push(
            Draft::new(Code::SourceUnreadable, place)
                .message(format!(
                    "{path} {why}: what it says of {} is not checked",
                    model.contract.name
                ))
                .about(model)
                .subject("", path),
        );
    }
    count
}

fn missing_sources(db: &dyn Db, repo: RepoInput, model: &ExportModel, drafts: &mut Vec<Draft>) {
    let files = repo.tree(db).files(db);
    for (index, pattern) in model.export.source_files.iter().enumerate() {
        if pattern.starts_with('!') {
            continue;
        }
        poll(db);
        if files
            .by_path
            .keys()
            .any(|path| model.sources.pattern_matches(index, path))
        {
            continue;
        }
        let names = files.by_path.keys().map(|path| &**path);
        let near = blue_realm::did_you_mean(pattern, names);
        let near = near
            .map(|near| format!(" (did you mean `{near}`?)"))
            .unwrap_or_default();
        drafts.push(
            Draft::new(Code::ExportMissingSource, config_place(db, repo))
                .message(format!(
                    "`{pattern}` in the source files of {} matches no file here{near}",
                    model.contract.name,
                ))
                .about(model)
                .subject("source_files", pattern)
                .related(Related {
                    place: model.binding.clone(),
                    message: "the binding names it here".to_owned(),
                }),
        );
    }
}

/// Everything that is said of one contract's values.
fn judge(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    now: &Detected,
    unread: u32,
    drafts: &mut Vec<Draft>,
) {
    for (_, seen) in &now.opaque {
        drafts.push(opaque(seen, model));
    }
    let added: Vec<(&Arc<str>, &Pattern, &Vec<Seen>)> = now
        .values
        .iter()
        .filter(|((field, pattern), _)| model.declared(field, pattern).is_none())
        .map(|((field, pattern), seen)| (field, pattern, seen))
        .collect();
    let (removed, unseen) = absent(db, repo, model, now, unread);
    let fresh = |(field, pattern, _): &&(&Arc<str>, &Pattern, &Vec<Seen>)| {
        model.covering(field, pattern).is_none()
    };
    let effect = if !removed.is_empty() {
        Effect::Removing
    } else if added.iter().any(|value| fresh(&value))
        || (!added.is_empty() && !model.matches_by_cover())
    {
        Effect::Additive
    } else {
        Effect::None
    };
    let next = Next::of(model, effect);
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (gone, value) in removed.iter().enumerate() {
        if let Some(at) = value
            .stands
            .as_ref()
            .and_then(|place| replaced_by(place, value, &added))
            && !merged.iter().any(|(_, added)| *added == at)
        {
            merged.push((gone, at));
        }
    }
    for (index, (field, pattern, seen)) in added.iter().enumerate() {
        if merged.iter().any(|(_, added)| *added == index) {
            continue;
        }
        if let Some(draft) = refused(model, field, pattern, seen) {
            drafts.push(draft);
        } else if let Some(draft) = addition(model, field, pattern, seen, &next) {
            drafts.push(draft);
        }
    }
    for (index, value) in removed.iter().enumerate() {
        let by = merged
            .iter()
            .find(|(gone, _)| *gone == index)
            .map(|(_, at)| &added[*at]);
        drafts.push(removal(db, repo, model, value, by, now, &next));
    }
    for value in unseen {
        drafts.push(
            Draft::new(Code::ExportUnseen, config_place(db, repo))
                .message(format!(
                    "{} declares `{}` in `{}`, which the code shows neither now nor where the \
                     contract was read from",
                    model.contract.name, value.text, value.field,
                ))
                .about(model)
                .subject(&value.field, &value.text)
                .related(Related {
                    place: model.place.clone(),
                    message: "declared in the contract".to_owned(),
                }),
        );
    }
}

/// The version that all of a contract's changes together ask for.
struct Next {
    from: Option<Version>,
    to: Version,
    bump: Bump,
}

impl Next {
    fn of(model: &ExportModel, value: Effect) -> Next {
        let Some(from) = model.version() else {
            return Next {
                from: None,
                to: Version::new(0, 1, 0),
                bump: Bump::Minor,
            };
        };
        let promises = model.contract.compatibility;
        let policy = Policy {
            backwards: promises.backwards,
            forwards: promises.forwards,
        };
        let change = ContractChange {
            value,
            backwards: SchemaChange::Unchanged,
            forwards: SchemaChange::Unchanged,
            wording: Wording::Same,
        };
        let bump = required_bump(change, policy, from);
        Next {
            from: Some(from.clone()),
            to: next_version(from, bump),
            bump,
        }
    }

    fn word(&self) -> &'static str {
        match self.bump {
            Bump::Major => "major",
            Bump::Minor => "minor",
            Bump::Patch => "patch",
            Bump::None => "none",
        }
    }

    fn change(&self, field: &str, verdict: &'static str) -> ChangeData {
        ChangeData {
            field: Some(field.to_owned()),
            from: self.from.as_ref().map(Version::to_string),
            to: Some(self.to.to_string()),
            bump: Some(self.word()),
            verdict: Some(verdict),
            ..ChangeData::default()
        }
    }
}

/// Declared values that the code does not show: those that it showed at the baseline, and those
/// that it never did.
fn absent<'a>(
    db: &dyn Db,
    repo: RepoInput,
    model: &'a ExportModel,
    now: &Detected,
    unread: u32,
) -> (Vec<Removed<'a>>, Vec<&'a Declared>) {
    let missing: Vec<&Declared> = model
        .declared
        .iter()
        .filter(|declared| now.has(declared).is_none())
        .collect();
    // What a file that cannot be read says is not known to be gone.
    if missing.is_empty() || unread > 0 {
        return (Vec::new(), Vec::new());
    }
    let Some(tree) = baseline(db, repo, model) else {
        let (mut removed, mut unseen) = (Vec::new(), Vec::new());
        for declared in missing {
            if now.opaque.iter().any(|(field, _)| *field == declared.field) {
                unseen.push(declared);
            } else {
                removed.push(Removed {
                    declared,
                    stands: None,
                });
            }
        }
        return (removed, unseen);
    };
    let models = exports(db, repo);
    let shares = share_out(db, tree, &models, &mut Vec::new());
    let own = models.iter().position(|other| other.place == model.place);
    let Some(then) = own.and_then(|own| shares.into_iter().nth(own)) else {
        return (Vec::new(), missing);
    };
    let (mut removed, mut unseen) = (Vec::new(), Vec::new());
    for declared in missing {
        match then.has(declared).and_then(|seen| seen.first()) {
            Some(seen) => removed.push(Removed {
                declared,
                stands: current_place(db, repo, tree, seen),
            }),
            None => unseen.push(declared),
        }
    }
    (removed, unseen)
}

/// The tree that absence is judged from.
fn baseline(db: &dyn Db, repo: RepoInput, model: &ExportModel) -> Option<FileTree> {
    let baselines = repo.baselines(db);
    let named = model
        .source_commit
        .as_deref()
        .and_then(|commit| baselines.get(commit));
    let base = repo.base(db).as_ref().and_then(|base| baselines.get(base));
    named
        .or(base)
        .or_else(|| baselines.get(&SmolStr::default()))
        .copied()
}

/// Where an expression of an older tree stands now; nothing when its file is gone.
fn current_place(
    db: &dyn Db,
    repo: RepoInput,
    older: FileTree,
    before: &Seen,
) -> Option<(Arc<str>, Span)> {
    let (_, old) = older.files(db).at(&before.path)?;
    let (_, new) = repo.tree(db).files(db).at(&before.path)?;
    let (Content::Text(old), Content::Text(new)) = (old.content(db), new.content(db)) else {
        return None;
    };
    let span = LineMap::new(old, new).map(before.site.span);
    Some((before.path.clone(), span))
}

/// The added value that took a removed one's place: same field, same file, same line.
fn replaced_by(
    place: &(Arc<str>, Span),
    removed: &Removed<'_>,
    added: &[(&Arc<str>, &Pattern, &Vec<Seen>)],
) -> Option<usize> {
    added.iter().position(|(field, _, seen)| {
        **field == removed.declared.field
            && seen
                .iter()
                .any(|seen| seen.path == place.0 && seen.site.span.meets(place.1))
    })
}

fn names(importers: &[&crate::contract::Importer]) -> String {
    let names: Vec<String> = importers.iter().map(|importer| importer.named()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn relate(draft: Draft, importers: &[&crate::contract::Importer], says: &str) -> Draft {
    importers.iter().fold(draft, |draft, importer| {
        let files: Vec<&str> = importer
            .import
            .binding
            .iter()
            .map(|(_, path)| &**path)
            .collect();
        let files = if files.is_empty() {
            String::new()
        } else {
            format!(" in {}", files.join(", "))
        };
        draft.related(Related {
            place: importer.place.clone(),
            message: format!("{} {says}{files}", importer.named()),
        })
    })
}

fn addition(
    model: &ExportModel,
    field: &Arc<str>,
    pattern: &Pattern,
    seen: &[Seen],
    next: &Next,
) -> Option<Draft> {
    let name = &model.contract.name;
    let covered = model.covering(field, pattern);
    if covered.is_some() && model.matches_by_cover() {
        return None;
    }
    let importers: Vec<_> = model.importers.iter().collect();
    let message = match covered {
        Some(declared) => format!(
            "`{pattern}` is not in `{field}` of {name}, but `{}` covers it: importers need no new \
             grant; syncing it makes {}",
            declared.text, next.to,
        ),
        None if importers.is_empty() => format!(
            "`{pattern}` is not in `{field}` of {name}, which nobody imports yet: syncing it makes \
             {} ({})",
            next.to,
            next.word(),
        ),
        None => format!(
            "`{pattern}` is not in `{field}` of {name}: syncing it makes {} ({}), and {} must follow",
            next.to,
            next.word(),
            names(&importers),
        ),
    };
    let mut change = next.change(field, "compatible");
    change.added.push(pattern.to_string());
    let draft = Draft::new(Code::ExportAdded, seen_place(seen.first()?))
        .message(message)
        .about(model)
        .subject(field, &pattern.to_string())
        .sites(seen.iter().map(seen_place))
        .change(change)
        .fix("sync", format!("Sync {name} as {}", next.to))
        .fix(
            "worktree",
            format!("Make worktrees across {}", model.domain),
        )
        .fix(
            "not-a-site",
            "Say in a comment that this is no site: `blue: not-a-site`".to_owned(),
        );
    let draft = relate(draft, &importers, "imports it");
    Some(if covered.is_some() {
        draft.lowered(Severity::Hint)
    } else {
        draft
    })
}

/// The schema's refusal of an added value.
fn refused(
    model: &ExportModel,
    field: &Arc<str>,
    pattern: &Pattern,
    seen: &[Seen],
) -> Option<Draft> {
    let schema = model.contract.schema.as_ref()?;
    let value = model
        .contract
        .value
        .clone()
        .unwrap_or_else(|| serde_json::json!({}));
    let validator = blue_compat::schema::compile(schema).ok()?;
    let old: Vec<_> = validator
        .violations(&value)
        .into_iter()
        .map(|v| v.message)
        .collect();
    let mut with = value;
    let list = with
        .as_object_mut()?
        .entry(field.to_string())
        .or_insert(serde_json::json!([]));
    list.as_array_mut()?
        .push(serde_json::Value::String(pattern.to_string()));
    let new = validator
        .violations(&with)
        .into_iter()
        .find(|v| !old.contains(&v.message))?;
    let name = &model.contract.name;
    Some(
        Draft::new(Code::ExportSchema, seen_place(seen.first()?))
            .message(format!(
                "the schema of {name} refuses `{pattern}` in `{field}`: {}",
                new.message
            ))
            .about(model)
            .subject(field, &pattern.to_string())
            .sites(seen.iter().map(seen_place))
            .related(Related {
                place: model.place.clone(),
                message: "the contract's schema".to_owned(),
            }),
    )
}

fn opaque(seen: &Seen, model: &ExportModel) -> Draft {
    let why = seen
        .site
        .opaque
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    Draft::new(Code::ExportOpaque, seen_place(seen))
        .message(format!(
            "what this {}s cannot be known from the code: it comes from {why}; {} is judged \
             without it",
            seen.site.op.as_str(),
            model.contract.name,
        ))
        .about(model)
        .subject(
            seen.site.op.as_str(),
            &format!("{}:{}", seen.path, seen.site.pattern),
        )
        .fix(
            "state-value",
            "State the value in a comment: `blue: value FIELD PATTERN`".to_owned(),
        )
        .fix(
            "not-a-site",
            "Say in a comment that this is no site: `blue: not-a-site`".to_owned(),
        )
}

fn removal(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    removed: &Removed<'_>,
    by: Option<&(&Arc<str>, &Pattern, &Vec<Seen>)>,
    now: &Detected,
    next: &Next,
) -> Draft {
    let (name, declared) = (&model.contract.name, removed.declared);
    let (text, field) = (&declared.text, &declared.field);
    let broken: Vec<_> = model
        .importers
        .iter()
        .filter(|i| i.uses(declared))
        .collect();
    let became = by
        .map(|(_, pattern, _)| format!(" (it became `{pattern}`)"))
        .unwrap_or_default();
    let (code, message) = if broken.is_empty() {
        let message = format!(
            "`{text}` is gone from the code{became}, and no importer uses it: taking it out of \
             `{field}` of {name} makes {} ({})",
            next.to,
            next.word(),
        );
        (Code::ExportRemoved, message)
    } else {
        let message = format!(
            "`{text}` is gone from the code{became}, and {} {} on it: taking it out of `{field}` of \
             {name} breaks {} and makes {} ({})",
            names(&broken),
            if broken.len() == 1 { "relies" } else { "rely" },
            if broken.len() == 1 {
                "that importer"
            } else {
                "those importers"
            },
            next.to,
            next.word(),
        );
        (Code::ExportBreaking, message)
    };
    let mut change = next.change(field, "breaking");
    change.removed.push(text.to_string());
    change.witness = blue_pattern::difference_example(&declared.pattern, &[]);
    let mut sites: Vec<Place> = Vec::new();
    if let Some((_, pattern, seen)) = by {
        change.added.push(pattern.to_string());
        sites.extend(seen.iter().map(seen_place));
    }
    let place = sites
        .first()
        .cloned()
        .unwrap_or_else(|| removed_place(db, repo, removed, now));
    let draft = Draft::new(code, place)
        .message(message)
        .about(model)
        .subject(field, text)
        .change(change)
        .fix("sync-major", format!("Sync {name} as {}", next.to))
        .fix("restore", format!("Restore `{text}`"));
    let draft = if sites.is_empty() {
        draft
    } else {
        draft.sites(sites)
    };
    relate(draft, &broken, "relies on it")
}

/// Where a removed value is shown: its expression's place now, else the field's first site, else
/// the repository's own line in its config.
fn removed_place(db: &dyn Db, repo: RepoInput, removed: &Removed<'_>, now: &Detected) -> Place {
    if let Some((path, span)) = removed.stands.clone() {
        return Place {
            root: Root::Repo("".into()),
            path,
            span,
        };
    }
    let field = &removed.declared.field;
    let first = now
        .values
        .iter()
        .filter(|((f, _), _)| f == field)
        .flat_map(|(_, seen)| seen);
    let first = first.min_by(|a, b| (&a.path, a.site.span).cmp(&(&b.path, b.site.span)));
    first
        .map(seen_place)
        .unwrap_or_else(|| config_place(db, repo))
}

/// For a file that has no other place: its first line.
pub(crate) fn whole_file(path: Arc<str>, text: &str) -> Place {
    Place {
        root: Root::Repo("".into()),
        path,
        span: first_line(text),
    }
}

//! The importer's findings: what its policies grant, held against the contracts it imports.

use std::sync::Arc;

use blue_detect::{Bucket, Dialect, Effect, PlacedGrant, Resource};
use blue_pattern::{Pattern, Verdict, covers, intersects, union_covers};
use semver::Version;

use crate::accept::{Broken, agreed};
use crate::contract::{Declared, ImportModel, S3Detector, import_uses, imports};
use crate::db::{Db, RepoInput};
use crate::deprecated::deprecations;
use crate::draft::{Draft, config_place};
use crate::export::{near_path, spelled, whole_file};
use crate::finding::{ChangeData, Code, Place, Related, Root, Severity};
use crate::pending::pending;
use crate::program::placed_grants;

/// A grant in a bound file.
pub(crate) struct Granted {
    pub(crate) path: Arc<str>,
    pub(crate) placed: PlacedGrant,
}

/// What the bound files of one import say.
struct Bound {
    grants: Vec<Granted>,
    /// The first bound file that exists, with its text.
    first: Option<(Arc<str>, Arc<str>)>,
    /// A bound file is in no language whose grants can be read.
    unread: u32,
}

pub(crate) struct Imports {
    pub(crate) drafts: Vec<Draft>,
    /// What can be said of imports about which there is nothing else to say.
    pub(crate) passed: Vec<(Arc<str>, String)>,
    pub(crate) notes: Vec<String>,
    pub(crate) unchecked: u32,
}

/// The findings of a repository as an importer.
pub(crate) fn import_findings(db: &dyn Db, repo: RepoInput) -> Imports {
    let mut found = Imports {
        drafts: Vec::new(),
        passed: Vec::new(),
        notes: Vec::new(),
        unchecked: 0,
    };
    for model in imports(db, repo).iter() {
        let before = found.drafts.len();
        let bound = bound(db, repo, model, &mut found.drafts);
        found.unchecked += bound.unread;
        let Some(contract) = &model.contract else {
            continue;
        };
        let name = &contract.name;
        let Some(version) = contract
            .version
            .as_ref()
            .filter(|_| contract.value.is_some())
        else {
            found.notes.push(format!(
                "{name}: not released yet, there is nothing to follow"
            ));
            continue;
        };
        let held = Held::of(db, repo, model, version, bound);
        found
            .drafts
            .extend(following(&held).or_else(|| pending(&held)));
        uncovered(&held, &mut found.drafts);
        found.drafts.extend(deprecations(&held));
        // What says that it follows more than there is, is told of where it says so.
        let resolved = model.import.resolved_version.as_ref();
        let is_there = resolved.is_none_or(|it| it.cmp_precedence(version).is_le());
        let silent = is_there
            && found.drafts[before..]
                .iter()
                .all(|d| d.severity() <= Severity::Hint);
        if silent {
            found
                .passed
                .push((name.clone(), format!("binding at {version} (current)")));
        }
    }
    found
}

/// An import of a contract that was released, with what its bound files grant; and what is wrong with
/// these.
pub(crate) fn held<'a>(
    db: &'a dyn Db,
    repo: RepoInput,
    model: &'a ImportModel,
    version: &'a Version,
) -> (Held<'a>, Vec<Draft>) {
    let mut drafts = Vec::new();
    let bound = bound(db, repo, model, &mut drafts);
    (Held::of(db, repo, model, version, bound), drafts)
}

/// Whether the bound files tell if the contract is followed: all of them can be read, and something
/// that is used has to be granted.
pub(crate) fn is_followed_by_grants(held: &Held<'_>) -> bool {
    let asks = |detector: &S3Detector| {
        let mut used = held.used.iter();
        used.any(|value| !detector.granted_by(&value.field).is_empty())
    };
    let is_read = held.bound.unread == 0 && held.bound.first.is_some();
    is_read && held.model.detector.as_ref().is_some_and(asks)
}

/// The values in use that no grant covers.
pub(crate) fn uncovered_values(held: &Held<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    uncovered(held, &mut drafts);
    drafts
}

fn bound(db: &dyn Db, repo: RepoInput, model: &ImportModel, drafts: &mut Vec<Draft>) -> Bound {
    let tree = repo.tree(db);
    let files = tree.files(db);
    let mut bound = Bound {
        grants: Vec::new(),
        first: None,
        unread: 0,
    };
    for (index, path) in &model.import.binding {
        let Some((id, source)) = files.at(path) else {
            drafts.push(missing_file(db, repo, model, *index, path));
            continue;
        };
        let content = source.content(db);
        if let Some((code, why)) = content.unread() {
            bound.unread += 1;
            let place = whole_file(path.clone(), "");
            drafts.push(
                Draft::new(code, place)
                    .message(format!(
                        "{path} {why}: what it grants of {} is not checked",
                        model.import.contract
                    ))
                    .about_import(model, repo.name(db))
                    .subject("", path),
            );
        }
        let Some(text) = content.as_text() else {
            continue;
        };
        bound
            .first
            .get_or_insert_with(|| (path.clone(), text.clone()));
        if !is_read(path, text) {
            bound.unread += 1;
            continue;
        }
        for placed in placed_grants(db, tree, id).iter() {
            bound.grants.push(Granted {
                path: path.clone(),
                placed: placed.clone(),
            });
        }
    }
    bound
}

/// Whether a bound file of an import is not read: it may grant anything.
pub(crate) fn is_unread(db: &dyn Db, repo: RepoInput, model: &ImportModel) -> bool {
    let files = repo.tree(db).files(db);
    let paths = model.import.binding.iter().map(|(_, path)| path);
    let mut sources = paths.filter_map(|path| files.at(path));
    sources.any(|(_, source)| {
        let Some(text) = source.content(db).as_text() else {
            return true;
        };
        !is_read(source.path(db), text)
    })
}

/// Whether the grants of a bound file can be read: a program in a language of Blue's, or a template with
/// a policy in it.
fn is_read(path: &str, text: &str) -> bool {
    Dialect::of_program(path).is_some()
        || (blue_detect::is_template(path) && blue_detect::template_grants(text).is_some())
}

fn missing_file(
    db: &dyn Db,
    repo: RepoInput,
    model: &ImportModel,
    index: usize,
    path: &Arc<str>,
) -> Draft {
    let files = repo.tree(db).files(db);
    let near = near_path(path, files.by_path.keys());
    let hint = near
        .as_ref()
        .map(|near| format!(" (did you mean `{near}`?)"));
    let hint = hint.unwrap_or_default();
    let draft = Draft::new(Code::ImportMissingFile, config_place(db, repo))
        .message(format!(
            "{path}, which the binding to {} names, does not exist here{hint}",
            model.import.contract
        ))
        .about_import(model, repo.name(db))
        .subject("binding", path);
    let place = model.paths.get(index).unwrap_or(&model.version_place);
    let draft = draft.also_at(place).related(Related {
        place: place.clone(),
        message: "the binding names it here".to_owned(),
    });
    spelled(db, repo, draft, place, (path, near))
}

/// Whether a grant, by itself, gives an importer a value of its contract.
pub(crate) fn gives(grant: &PlacedGrant, model: &ImportModel, value: &Declared) -> bool {
    reaches(grant, model, &value.field)
        && keys(grant, model).any(|keys| covers(keys, &value.pattern) == Verdict::Yes)
}

/// The keys a grant reaches in buckets that may be the contract's.
fn keys<'a>(grant: &'a PlacedGrant, model: &'a ImportModel) -> impl Iterator<Item = &'a Pattern> {
    grant
        .grant
        .resources
        .iter()
        .filter(|resource| may_be(model, resource.bucket.as_ref()))
        .filter_map(|resource| resource.keys.as_ref())
}

pub(crate) fn may_be(model: &ImportModel, bucket: Option<&Bucket>) -> bool {
    let may_be = |detector: &S3Detector| detector.may_be_granted_in(bucket);
    model.detector.as_ref().is_none_or(may_be)
}

/// Whether the actions of a grant are those that a field of the value asks for.
pub(crate) fn reaches(grant: &PlacedGrant, model: &ImportModel, field: &str) -> bool {
    let asked = model.detector.as_ref().map(|d| d.granted_by(field));
    let reached = grant.grant.fields();
    asked.is_some_and(|asked| asked.iter().any(|field| reached.contains(field)))
}

/// Whether a resource of a grant is wholly unknown, in a bucket that may be the contract's: it may
/// allow anything.
fn is_opaque(grant: &PlacedGrant, model: &ImportModel) -> bool {
    let opaque = |resource: &&Resource| resource.opaque.is_some();
    let mut resources = grant.grant.resources.iter().filter(opaque);
    resources.any(|resource| may_be(model, resource.bucket.as_ref()))
}

fn allows(granted: &Granted) -> bool {
    granted.placed.grant.effect == Effect::Allow
}

/// An import, with what its bound files grant.
pub(crate) struct Held<'a> {
    pub(crate) db: &'a dyn Db,
    pub(crate) repo: RepoInput,
    pub(crate) model: &'a ImportModel,
    /// The contract's.
    pub(crate) version: &'a Version,
    /// The values that the import uses.
    pub(crate) used: Vec<&'a Declared>,
    bound: Bound,
}

impl<'a> Held<'a> {
    fn of(
        db: &'a dyn Db,
        repo: RepoInput,
        model: &'a ImportModel,
        version: &'a Version,
        bound: Bound,
    ) -> Held<'a> {
        let used = model.declared.iter();
        Held {
            db,
            repo,
            model,
            version,
            used: used.filter(|d| import_uses(&model.import, d)).collect(),
            bound,
        }
    }
}

impl Held<'_> {
    /// What the bound files allow and deny.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &PlacedGrant> {
        self.bound.grants.iter().map(|granted| &granted.placed)
    }

    /// How many bound files are there and not read.
    pub(crate) fn unread(&self) -> u32 {
        self.bound.unread
    }

    /// Whether a grant can give a value: not the name of a queue.
    pub(crate) fn can_be_granted(&self, value: &Declared) -> bool {
        let detector = self.model.detector.as_ref();
        detector.is_some_and(|detector| !detector.granted_by(&value.field).is_empty())
    }

    fn allowing(&self) -> impl Iterator<Item = &Granted> {
        self.bound.grants.iter().filter(|granted| allows(granted))
    }

    /// The grants that, each by itself, give a value.
    pub(crate) fn giving(&self, value: &Declared) -> impl Iterator<Item = &Granted> {
        let gives = move |granted: &&Granted| gives(&granted.placed, self.model, value);
        self.allowing().filter(gives)
    }

    /// How many of the values in use a statement covers.
    fn covered_by(&self, granted: &Granted) -> usize {
        let covered = |value: &&&Declared| gives(&granted.placed, self.model, value);
        self.used.iter().filter(covered).count()
    }

    /// The import's statement: the one that covers most of what it uses; of equals, the first in the
    /// order of the binding. One that covers nothing is not the import's.
    pub(crate) fn statement(&self) -> Option<&Granted> {
        self.most_covering(|granted| self.covered_by(granted) > 0)
    }

    /// The statement that a value of a field belongs into: a write does not belong into one that
    /// only reads, while one that covers nothing yet may be its place.
    fn statement_for(&self, field: &str) -> Option<&Granted> {
        let fits = |granted: &Granted| {
            reaches(&granted.placed, self.model, field)
                && keys(&granted.placed, self.model).next().is_some()
        };
        self.most_covering(fits).or_else(|| self.statement())
    }

    fn most_covering(&self, fits: impl Fn(&Granted) -> bool) -> Option<&Granted> {
        let mut best: Option<(&Granted, usize)> = None;
        for granted in self.allowing().filter(|granted| fits(granted)) {
            let count = self.covered_by(granted);
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((granted, count));
            }
        }
        best.map(|(granted, _)| granted)
    }

    /// Whether the resources of a statement are a list, or something with a name, to which one more can be written.
    fn is_list(&self, granted: &Granted) -> bool {
        let files = self.repo.tree(self.db).files(self.db);
        let source = files.at(&granted.path).map(|(_, source)| source);
        let text = source.and_then(|source| source.content(self.db).as_text());
        let written = text.and_then(|text| granted.placed.span.slice(text));
        written.is_some_and(|written| {
            // A string may have letters before it, which say of which kind it is.
            let rest = written.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            !rest.starts_with(['"', '\'', '`'])
        })
    }

    /// Whether the grants give a value; nothing where that cannot be known.
    pub(crate) fn is_granted(&self, value: &Declared) -> Option<bool> {
        let asked = self.model.detector.as_ref()?.granted_by(&value.field);
        if asked.is_empty() || self.bound.unread > 0 || self.bound.first.is_none() {
            return None;
        }
        Some(self.refused(value).is_none())
    }

    /// An example of what no grant gives of a value; nothing where they give all of it, or may.
    fn refused(&self, value: &Declared) -> Option<String> {
        let grants = self.allowing();
        let grants = grants.filter(|g| reaches(&g.placed, self.model, &value.field));
        let grants: Vec<&Granted> = grants.collect();
        if grants.iter().any(|g| is_opaque(&g.placed, self.model)) {
            return None;
        }
        let allowed = grants.iter().flat_map(|g| keys(&g.placed, self.model));
        let allowed: Vec<Pattern> = allowed.cloned().collect();
        match union_covers(&allowed, &value.pattern) {
            Verdict::No { example } => Some(example),
            _ => None,
        }
    }

    /// The place of a statement, else line 1 of the first bound file.
    pub(crate) fn place(&self, statement: Option<&Granted>) -> Place {
        match (statement, &self.bound.first) {
            (Some(granted), _) => granted.place(),
            (None, Some((path, text))) => whole_file(path.clone(), text),
            (None, None) => config_place(self.db, self.repo),
        }
    }

    pub(crate) fn finish(&self, draft: Draft, about_contract: String) -> Draft {
        let draft = draft.about_import(self.model, self.repo.name(self.db));
        match &self.model.contract_place {
            Some(place) => draft.related(Related {
                place: place.clone(),
                message: about_contract,
            }),
            None => draft,
        }
    }
}

impl Granted {
    pub(crate) fn place(&self) -> Place {
        Place {
            root: Root::Repo("".into()),
            path: self.path.clone(),
            span: self.placed.span,
        }
    }
}

/// Whether the binding follows the contract: stale or broken, one of them.
fn following(held: &Held<'_>) -> Option<Draft> {
    let (model, version) = (held.model, held.version);
    let range = model.import.version.as_ref()?;
    let name = &model.import.contract;
    let statement = held.statement();
    let place = held.place(statement);
    let resolved = model.import.resolved_version.as_ref();
    let followed = match resolved {
        Some(resolved) => format!("follows {resolved}"),
        None => "has followed no version yet".to_owned(),
    };
    let draft = if !range.matches(version) {
        let written = model.import.version_text.as_deref().unwrap_or_default();
        let (where_to, then) = match range {
            range if range.is_above(version) => ("above", WIDEN),
            range if range.is_below(version) => ("below", "wait for a version in it, or widen it"),
            _ => ("outside", WIDEN),
        };
        let draft = Draft::new(Code::ImportBroken, place)
            .message(format!(
                "{name} is at {version}, {where_to} the range `{written}` of this binding, which \
                 {followed}: {then}",
            ))
            .breaks([Broken {
                repo: held.repo.name(held.db).clone(),
                domain: model.bound_in.clone(),
            }])
            .fix(
                "widen-range",
                format!("Widen the range to take in {version}"),
            )
            .also_at(&model.version_place)
            .related(Related {
                place: model.version_place.clone(),
                message: "the range stands here".to_owned(),
            });
        agreed(held.db, held.repo, model, draft)
    } else if resolved.is_none_or(|resolved| resolved < version) {
        let note = model.import.note.as_deref();
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        Draft::new(Code::ImportStale, place)
            .message(format!(
                "{name} is at {version}, and this binding {followed}: acknowledge it once what it needs is \
                 granted here{note}",
            ))
            .fix("acknowledge", format!("Acknowledge {name} {version}"))
    } else {
        return None;
    };
    let draft = held.finish(draft, format!("{name} {version} in the realm"));
    let main = statement.map(Granted::place);
    let others = held
        .allowing()
        .filter(|granted| held.covered_by(granted) > 0);
    let others = others
        .map(Granted::place)
        .filter(|place| Some(place) != main.as_ref());
    let draft = others.fold(draft, |draft, place| {
        let message = format!("this grants values of {name}, too");
        draft.related(Related { place, message })
    });
    let change = ChangeData {
        from: resolved.map(Version::to_string),
        to: Some(version.to_string()),
        ..ChangeData::default()
    };
    Some(
        draft
            .change(change)
            .fix(
                "worktree",
                format!("Make worktrees across {}", model.domain),
            )
            .fix("open-contract", format!("Open {name}")),
    )
}

/// What to do about a range that ends before the contract's version.
const WIDEN: &str = "widen it once what it needs is granted here";

/// The values in use that no grant of the bound files covers, or that a Deny takes away.
fn uncovered(held: &Held<'_>, drafts: &mut Vec<Draft>) {
    // What cannot be read may grant anything.
    if held.bound.unread > 0 || held.bound.first.is_none() {
        return;
    }
    let Some(detector) = &held.model.detector else {
        return;
    };
    for value in &held.used {
        // Nothing that IAM knows of lets anybody touch a queue's name.
        if detector.granted_by(&value.field).is_empty() {
            continue;
        }
        crate::db::poll(held.db);
        drafts.extend(uncovered_value(held, value));
    }
}

fn uncovered_value(held: &Held<'_>, value: &Declared) -> Option<Draft> {
    let grants = held.bound.grants.iter();
    let denied = grants.filter(|granted| {
        granted.placed.grant.takes_away() && reaches(&granted.placed, held.model, &value.field)
    });
    let denied: Vec<&Granted> = denied.collect();
    let takes = |granted: &&Granted, some: &dyn Fn(&Pattern) -> bool| {
        keys(&granted.placed, held.model).any(some)
    };
    let (field, text) = (&value.field, &value.text);
    let declared = format!(
        "which {} {} declares in `{field}`",
        held.model.import.contract, held.version,
    );
    let all = |keys: &Pattern| covers(keys, &value.pattern) == Verdict::Yes;
    if let Some(deny) = denied.iter().find(|granted| takes(granted, &all)) {
        let message = format!("a Deny here takes away `{text}`, {declared}");
        return Some(uncovered_draft(held, value, deny.place(), message, None));
    }
    if let Some(example) = held.refused(value) {
        let statement = held.statement_for(field);
        let message =
            format!("no grant here covers `{text}`, {declared}: `{example}` would be refused");
        let place = held.place(statement);
        // A template is not edited, and neither is a statement that lets do other things, or that names one key.
        let takes_it = |granted: &Granted| {
            reaches(&granted.placed, held.model, field)
                && keys(&granted.placed, held.model).next().is_some()
                && held.is_list(granted)
        };
        let is_edited =
            Dialect::of_program(&place.path).is_some() && statement.is_some_and(takes_it);
        let draft = uncovered_draft(held, value, place, message, Some(example));
        return Some(match is_edited {
            true => draft.fix("insert-grant", format!("Insert `{text}` here")),
            false => draft,
        });
    }
    let part = |keys: &Pattern| intersects(keys, &value.pattern);
    let deny = denied.iter().find(|granted| takes(granted, &part))?;
    let message = format!("a Deny here takes away a part of `{text}`, {declared}");
    let draft = uncovered_draft(held, value, deny.place(), message, None);
    Some(draft.lowered(Severity::Hint))
}

fn uncovered_draft(
    held: &Held<'_>,
    value: &Declared,
    place: Place,
    message: String,
    example: Option<String>,
) -> Draft {
    let change = ChangeData {
        field: Some(value.field.to_string()),
        added: vec![value.text.to_string()],
        witness: example,
        ..ChangeData::default()
    };
    let draft = Draft::new(Code::ImportUncovered, place)
        .message(message)
        .subject(&value.field, &value.text)
        .change(change);
    held.finish(draft, format!("{} declares it", held.model.import.contract))
}

//! The importer's findings: what its policies grant, held against the contracts it imports.

use std::sync::Arc;

use blue_compat::range::VersionRange;
use blue_detect::{Bucket, Dialect, Effect, PlacedGrant};
use blue_pattern::{Pattern, Verdict, covers, union_covers};
use semver::Version;

use crate::contract::{Declared, ImportModel, import_uses, imports};
use crate::db::{Content, Db, RepoInput, placed_grants};
use crate::draft::{Draft, config_place};
use crate::export::whole_file;
use crate::finding::{ChangeData, Code, Place, Related, Root, Severity};

/// A grant in a bound file.
struct Granted {
    path: Arc<str>,
    placed: PlacedGrant,
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
        let used: Vec<&Declared> = model
            .declared
            .iter()
            .filter(|d| import_uses(&model.import, d))
            .collect();
        let statement = statement(&bound, model, &used);
        following(
            db,
            repo,
            model,
            version,
            &bound,
            statement,
            &mut found.drafts,
        );
        uncovered(db, repo, model, &used, &bound, statement, &mut found.drafts);
        let silent = found.drafts[before..]
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

fn bound(db: &dyn Db, repo: RepoInput, model: &ImportModel, drafts: &mut Vec<Draft>) -> Bound {
    let tree = repo.tree(db);
    let files = tree.files(db);
    let mut bound = Bound {
        grants: Vec::new(),
        first: None,
        unread: 0,
    };
    for (_, path) in &model.import.binding {
        let Some((id, source)) = files.at(path) else {
            drafts.push(missing_file(db, repo, model, path));
            continue;
        };
        let text = match source.content(db) {
            Content::Text(text) => text,
            Content::Unreadable(why) => {
                bound.unread += 1;
                let place = whole_file(path.clone(), "");
                drafts.push(
                    Draft::new(Code::SourceUnreadable, place)
                        .message(format!(
                            "{path} {why}: what it grants of {} is not checked",
                            model.import.contract
                        ))
                        .about_import(model, repo.name(db))
                        .subject("", path),
                );
                continue;
            }
        };
        bound
            .first
            .get_or_insert_with(|| (path.clone(), text.clone()));
        if Dialect::of_path(path).is_none() {
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

fn missing_file(db: &dyn Db, repo: RepoInput, model: &ImportModel, path: &Arc<str>) -> Draft {
    let files = repo.tree(db).files(db);
    let near = blue_realm::did_you_mean(path, files.by_path.keys().map(|path| &**path));
    let near = near
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default();
    Draft::new(Code::ImportMissingFile, config_place(db, repo))
        .message(format!(
            "{path}, which the binding to {} names, does not exist here{near}",
            model.import.contract
        ))
        .about_import(model, repo.name(db))
        .subject("binding", path)
        .related(Related {
            place: model.place.clone(),
            message: "the binding names it here".to_owned(),
        })
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

fn may_be(model: &ImportModel, bucket: Option<&Bucket>) -> bool {
    match bucket {
        Some(Bucket::Known(name)) => {
            model.buckets.is_empty() || model.buckets.iter().any(|b| **b == **name)
        }
        _ => true,
    }
}

fn reaches(grant: &PlacedGrant, field: &str) -> bool {
    grant.grant.fields().contains(&field)
}

/// Whether a resource of a grant is wholly unknown: it may allow anything.
fn is_opaque(grant: &PlacedGrant) -> bool {
    grant
        .grant
        .resources
        .iter()
        .any(|resource| resource.opaque.is_some())
}

fn allows(granted: &Granted) -> bool {
    granted.placed.grant.effect == Effect::Allow
}

/// The statement that covers most of what the import uses; of equals, the first in the order of
/// the binding.
fn statement<'b>(bound: &'b Bound, model: &ImportModel, used: &[&Declared]) -> Option<&'b Granted> {
    let any = || bound.grants.iter().find(|granted| allows(granted));
    best_statement(bound, model, used, None).or_else(any)
}

/// The statement that covers most of the values in use, of those that reach `field`.
fn best_statement<'b>(
    bound: &'b Bound,
    model: &ImportModel,
    used: &[&Declared],
    field: Option<&str>,
) -> Option<&'b Granted> {
    let mut best: Option<(&Granted, usize)> = None;
    for granted in bound.grants.iter().filter(|granted| allows(granted)) {
        if field.is_some_and(|field| !reaches(&granted.placed, field)) {
            continue;
        }
        let covered = |value: &&&Declared| {
            reaches(&granted.placed, &value.field)
                && keys(&granted.placed, model)
                    .any(|keys| covers(keys, &value.pattern) == Verdict::Yes)
        };
        let count = used.iter().filter(covered).count();
        // With a field to reach, a statement that covers nothing yet is still its place.
        let enough = best.map_or(field.is_some() || count > 0, |(_, most)| count > most);
        if enough {
            best = Some((granted, count));
        }
    }
    best.map(|(granted, _)| granted)
}

fn own_place(db: &dyn Db, repo: RepoInput, bound: &Bound, statement: Option<&Granted>) -> Place {
    match (statement, &bound.first) {
        (Some(granted), _) => Place {
            root: Root::Repo("".into()),
            path: granted.path.clone(),
            span: granted.placed.span,
        },
        (None, Some((path, text))) => whole_file(path.clone(), text),
        (None, None) => config_place(db, repo),
    }
}

/// Whether the binding follows the contract: stale or broken, one of them.
fn following(
    db: &dyn Db,
    repo: RepoInput,
    model: &ImportModel,
    version: &Version,
    bound: &Bound,
    statement: Option<&Granted>,
    drafts: &mut Vec<Draft>,
) {
    let Some(range) = &model.import.version else {
        return;
    };
    let (name, place) = (
        &model.import.contract,
        own_place(db, repo, bound, statement),
    );
    let resolved = model.import.resolved_version.as_ref();
    let written = model.import.version_text.as_deref().unwrap_or_default();
    let change = ChangeData {
        from: resolved.map(Version::to_string),
        to: Some(version.to_string()),
        ..ChangeData::default()
    };
    let draft = if !range.matches(version) {
        let why = outside(range, version);
        Draft::new(Code::ImportBroken, place)
            .message(format!(
                "{name} is at {version}, {why} the range `{written}` of this binding: what is granted \
                 here follows {}",
                resolved.map_or("no version".to_owned(), Version::to_string),
            ))
            .fix("widen-range", format!("Widen the range to take in {version}"))
            .related(Related {
                place: model.version_place.clone(),
                message: "the range stands here".to_owned(),
            })
    } else if resolved.is_none_or(|resolved| resolved < version) {
        let followed = match resolved {
            Some(resolved) => format!("this binding follows {resolved}"),
            None => "this binding has followed no version yet".to_owned(),
        };
        let note = model
            .import
            .note
            .as_deref()
            .map(|note| format!(" ({note})"));
        Draft::new(Code::ImportStale, place)
            .message(format!(
                "{name} is at {version}, and {followed}: acknowledge it once what it needs is \
                 granted here{}",
                note.unwrap_or_default(),
            ))
            .fix("acknowledge", format!("Acknowledge {name} {version}"))
    } else {
        return;
    };
    let draft = match &model.contract_place {
        Some(place) => draft.related(Related {
            place: place.clone(),
            message: format!("{name} {version} in the realm"),
        }),
        None => draft,
    };
    drafts.push(
        draft
            .about_import(model, repo.name(db))
            .subject("", &version.to_string())
            .change(change)
            .fix(
                "worktree",
                format!("Make worktrees across {}", model.domain),
            )
            .fix("open-contract", format!("Open {name}")),
    );
}

fn outside(range: &VersionRange, version: &Version) -> &'static str {
    if range.is_above(version) {
        "above"
    } else if range.is_below(version) {
        "below"
    } else {
        "outside"
    }
}

/// The values in use that no grant of the bound files covers.
fn uncovered(
    db: &dyn Db,
    repo: RepoInput,
    model: &ImportModel,
    used: &[&Declared],
    bound: &Bound,
    statement: Option<&Granted>,
    drafts: &mut Vec<Draft>,
) {
    // What cannot be read may grant anything.
    if bound.unread > 0 || bound.first.is_none() {
        return;
    }
    let opaque = |granted: &Granted| allows(granted) && is_opaque(&granted.placed);
    for value in used {
        let for_field = |granted: &&Granted| reaches(&granted.placed, &value.field);
        if bound.grants.iter().filter(for_field).any(opaque) {
            continue;
        }
        let allowed: Vec<Pattern> = bound
            .grants
            .iter()
            .filter(for_field)
            .filter(|granted| allows(granted))
            .flat_map(|granted| keys(&granted.placed, model).cloned())
            .collect();
        let denied = bound
            .grants
            .iter()
            .filter(for_field)
            .filter(|granted| !allows(granted))
            .any(|granted| {
                keys(&granted.placed, model)
                    .any(|keys| covers(keys, &value.pattern) == Verdict::Yes)
            });
        let example = match union_covers(&allowed, &value.pattern) {
            Verdict::Yes if !denied => continue,
            Verdict::Unknown if !denied => continue,
            Verdict::No { example } => Some(example),
            _ => None,
        };
        drafts.push(uncovered_draft(
            db, repo, model, value, used, bound, statement, example,
        ));
    }
}

fn uncovered_draft(
    db: &dyn Db,
    repo: RepoInput,
    model: &ImportModel,
    value: &Declared,
    used: &[&Declared],
    bound: &Bound,
    statement: Option<&Granted>,
    example: Option<String>,
) -> Draft {
    let (name, field, text) = (&model.import.contract, &value.field, &value.text);
    let message = match &example {
        Some(example) => format!(
            "no grant here lets anybody {field} `{text}`, which {name} declares: `{example}` would \
             be refused"
        ),
        None => format!("a Deny here takes away `{text}`, which {name} declares in `{field}`"),
    };
    let change = ChangeData {
        field: Some(field.to_string()),
        added: vec![text.to_string()],
        witness: example,
        ..ChangeData::default()
    };
    // A write does not belong into a statement that only reads: the statement that grants most of
    // this field, where there is one.
    let statement = best_statement(bound, model, used, Some(field)).or(statement);
    let draft = Draft::new(Code::ImportUncovered, own_place(db, repo, bound, statement))
        .message(message)
        .about_import(model, repo.name(db))
        .subject(field, text)
        .change(change)
        .fix("insert-grant", format!("Insert `{text}` here"));
    match &model.contract_place {
        Some(place) => draft.related(Related {
            place: place.clone(),
            message: format!("{name} declares it"),
        }),
        None => draft,
    }
}

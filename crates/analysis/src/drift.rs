//! What is said of one contract's values: what the code has and the contract has not, what the
//! contract has and the code has no more, and which version all of it together asks for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use blue_compat::bump::{
    Bump, ContractChange, Policy, SchemaChange, Wording, next_version, required_bump, version_line,
};
use blue_compat::value::Effect;
use blue_pattern::{Verdict, covers};
use blue_realm::proposal::{as_released, judge_change};
use blue_realm::{ContractFile, Date};
use semver::Version;

use crate::absence::{Absent, Removed, absent, baseline, may_be_old, shown_at, when_parted};
use crate::changed_parts::changed_parts;
use crate::contract::{Declared, ExportModel, Importer};
use crate::db::{Db, RepoInput, World};
use crate::deprecated::sunset_passed;
use crate::draft::{Draft, config_place};
use crate::export::{in_words, not_a_site};
use crate::finding::{ChangeData, Code, Place, Related, Severity};
use crate::leaves::with;
use crate::opaque::opaque_findings;
use crate::pending::{PendingChange, waiting_syncs};
use crate::queries::stopped;
use crate::sites::{Detected, Seen, Value, Values, is_of};
use crate::symbols::trouble;
use crate::whole::Half;

/// A contract and what the code says of it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) db: &'a dyn Db,
    pub(crate) repo: RepoInput,
    pub(crate) model: &'a ExportModel,
    pub(crate) now: &'a Detected,
    /// What would be the contract's if a binding named its file.
    pub(crate) elsewhere: Option<&'a Values>,
}

/// Values of a contract of which is asked what made them so: it is asked at every keystroke.
const MAX_TRACED: usize = 64;

/// A value with its sites.
type Added<'a> = (&'a Value, &'a Vec<Seen>);

/// Everything that is said of one contract's values; `unread` of its files could not be looked into. How many more could
/// not, since they are not said whole.
pub(crate) fn drift(subject: Subject<'_>, unread: u32, drafts: &mut Vec<Draft>) -> u32 {
    let Subject {
        db,
        repo,
        model,
        now,
        ..
    } = subject;
    let troubles = now.troubles.iter();
    drafts.extend(troubles.filter_map(|it| trouble(db, subject.repo, model, it)));
    drafts.extend(now.stopped.iter().map(|it| stopped(model, it)));
    drafts.extend(opaque_findings(subject));
    let is_declared = |(field, pattern): &Value| model.declared(field, pattern).is_some();
    let added = now.values.iter().filter(|(value, _)| !is_declared(value));
    let mut added: Vec<Added<'_>> = added.collect();
    if !added.is_empty()
        && let Some((then, own)) = when_parted(db, repo, model)
        && let Some(then) = then.detected.get(own)
    {
        added.retain(|(value, _)| !then.values.contains_key(*value));
    }
    let absent = absent(db, repo, model, now, unread);
    let waiting = waiting_syncs(db, repo);
    let taken = taken(model, &waiting, repo.checkout(db).branch.as_deref());
    let next = Next::of(
        model,
        effect(db, model, &added, &absent),
        &unreleased(db, repo, model),
        &taken,
    );
    let merged = merged(&absent.removed, &added);
    let unknown = less_known(&absent, &added);
    for (index, (value, seen)) in added.iter().enumerate() {
        let replaces = merged.iter().any(|(_, added)| *added == index);
        if unknown.contains(&index) {
            continue;
        }
        if model.matches_by_cover() && model.covering(&value.0, &value.1).is_some() {
            continue;
        }
        match refused(model, value, seen) {
            Some(draft) => drafts.push(draft),
            None if replaces => {}
            None => {
                let held_by = held_by(&waiting, model, value);
                let draft = addition(model, value, seen, (&next, held_by));
                let is_traced = index < MAX_TRACED;
                let old = may_be_old(db, repo, model, value);
                let draft = draft.map(|draft| doubted(draft, model, old.as_ref()));
                drafts.extend(draft.map(|draft| match is_traced {
                    true => made_by(subject, draft, (Some((value, seen)), &[])),
                    false => draft,
                }));
            }
        }
    }
    for (index, removed) in absent.removed.iter().enumerate() {
        let is_traced = index < MAX_TRACED;
        let by = merged.iter().find(|(gone, _)| *gone == index);
        let by = by.map(|(_, at)| added[*at]);
        let waits_in = gone_in(&waiting, model, removed.declared);
        let draft = removal(subject, removed, by, (&next, waits_in));
        let draft = match is_traced {
            true => made_by(subject, draft, (by, &removed.before)),
            false => draft,
        };
        drafts.push(doubted(since(draft, &absent), model, absent.doubt.as_ref()));
    }
    for declared in &absent.unseen {
        let place = config_place(db, repo);
        let draft = unseen(model, declared, absent.seen_from.as_deref(), place);
        drafts.push(since(draft, &absent));
    }
    let halves = half_said(model, &absent);
    let count = halves.len() as u32;
    drafts.extend(halves);
    count
}

/// A draft with the constants and functions that made its value another one.
fn made_by(
    subject: Subject<'_>,
    draft: Draft,
    (by, before): (Option<Added<'_>>, &[Seen]),
) -> Draft {
    let Subject {
        db, repo, model, ..
    } = subject;
    let Some((_, older)) = baseline(db, repo, model) else {
        return draft;
    };
    let seen = by.map_or(&[][..], |(_, seen)| seen.as_slice());
    draft.made_by(changed_parts(db, (repo.tree(db), seen), (older, before)))
}

/// Values that are what is left of withheld ones while these are not said whole: the same expression, with more that is not
/// known.
fn less_known(absent: &Absent<'_>, added: &[Added<'_>]) -> Vec<usize> {
    let withheld = absent.withheld.iter().map(|(removed, _)| removed);
    let is_left = |removed: &Removed<'_>, (value, seen): &Added<'_>| {
        let declared = removed.declared;
        let wider = covers(&value.1, &declared.pattern) == Verdict::Yes;
        value.0 == declared.field && wider && seen.iter().any(|seen| stands_at(removed, seen))
    };
    let left = withheld.flat_map(|removed| {
        let all = added.iter().enumerate();
        let left = all.filter(move |(_, added)| is_left(removed, added));
        left.map(|(index, _)| index)
    });
    left.collect()
}

/// What is said instead of values that are withheld: one sentence a place.
fn half_said(model: &ExportModel, absent: &Absent<'_>) -> Vec<Draft> {
    let mut halves: BTreeMap<&Half, Vec<&str>> = BTreeMap::new();
    for (removed, half) in &absent.withheld {
        let values = halves.entry(half).or_default();
        values.push(&removed.declared.text);
    }
    let drafts = halves.into_iter().map(|(half, values)| {
        let quoted: Vec<String> = values.iter().map(|text| format!("`{text}`")).collect();
        let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
        let (are, them) = match values.len() {
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        Draft::new(Code::SourceUnreadable, half.place.clone())
            .message(format!(
                "{}, so that it is not known whether {} {are} gone from the code: {} is not judged for {them}",
                half.what,
                in_words(&quoted, "and"),
                model.contract.name,
            ))
            .about(model)
            .subject("", &half.place.path)
    });
    drafts.collect()
}

/// A draft with what absence was judged from.
fn since(draft: Draft, absent: &Absent<'_>) -> Draft {
    match &absent.seen_from {
        Some(from) => draft.judged_from(format!("the code {from}")),
        None => draft,
    }
}

/// A draft with why what it judges gone may only be missing in this clone, or what it judges new be old.
fn doubted(draft: Draft, model: &ExportModel, doubt: Option<&String>) -> Draft {
    match doubt {
        Some(doubt) => draft.related(Related {
            place: model.place.clone(),
            message: doubt.clone(),
        }),
        None => draft,
    }
}

fn effect(db: &dyn Db, model: &ExportModel, added: &[Added<'_>], absent: &Absent<'_>) -> Effect {
    let counts = |((field, pattern), _): &Added<'_>| {
        !model.matches_by_cover() || model.covering(field, pattern).is_none()
    };
    let stands = |gone: &Removed<'_>| sunset_passed(db, &model.contract, gone.declared).is_none();
    if absent.removed.iter().any(stands) {
        Effect::Removing
    } else if !absent.removed.is_empty() || added.iter().any(counts) {
        // What was announced in time is an addition's work.
        Effect::Additive
    } else {
        Effect::None
    }
}

/// Which added value took the place of which removed one: the same expression, with another value.
fn merged(removed: &[Removed<'_>], added: &[Added<'_>]) -> Vec<(usize, usize)> {
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (gone, removed) in removed.iter().enumerate() {
        let took_over = |((field, _), seen): &Added<'_>| {
            *field == removed.declared.field && seen.iter().any(|seen| stands_at(removed, seen))
        };
        let free = |index: &usize| merged.iter().all(|(_, added)| added != index);
        let mut candidates = (0..added.len()).filter(|index| took_over(&added[*index]));
        if let Some(index) = candidates.find(free) {
            merged.push((gone, index));
        }
    }
    merged
}

/// Whether a site is the very expression that had a removed value.
fn stands_at(removed: &Removed<'_>, seen: &Seen) -> bool {
    let mut stands = removed.stands.iter().filter(|stood| stood.same);
    stands.any(|stood| stood.path == seen.path && stood.span.meets(seen.site.span))
}

/// The versions of a contract that syncs of other branches of the code are about to make, the lowest first, as far as
/// somebody is waited for: a sync from here would come after them. One of this very branch would be changed.
fn taken(model: &ExportModel, waiting: &[PendingChange], branch: Option<&str>) -> Vec<Version> {
    let mut importers = model.importers.iter();
    if !importers.any(|importer| importer.import.resolved_version.is_some()) {
        return Vec::new();
    }
    let others = waiting
        .iter()
        .filter(|change| is_of_contract(change, model) && change.code_branch.as_deref() != branch);
    let versions = others.filter_map(|change| Version::parse(change.to.as_deref()?).ok());
    let mut versions: Vec<Version> = versions.collect();
    versions.sort();
    versions
}

fn is_of_contract(change: &PendingChange, model: &ExportModel) -> bool {
    change.realm == model.realm
        && change.domain == model.domain
        && change.contract == model.contract.name
}

/// What somebody has made of a contract since its version was released, and gave it no version for: the next one has to
/// do for that too.
fn unreleased(db: &dyn Db, repo: RepoInput, model: &ExportModel) -> ContractChange {
    let nothing = ContractChange {
        value: Effect::None,
        backwards: SchemaChange::Unchanged,
        forwards: SchemaChange::Unchanged,
        wording: Wording::Same,
    };
    let mut realms = repo.realms(db).iter();
    let Some(realm) = realms.find(|realm| *realm.name(db) == model.realm) else {
        return nothing;
    };
    let record = realm.record(db);
    let released = as_released(record, &model.domain, &model.contract);
    match released {
        Cow::Borrowed(_) => nothing,
        Cow::Owned(_) => {
            let today = World::get(db).today(db);
            judge_change(record, &model.domain, &model.contract, today).change
        }
    }
}

/// The version that all of a contract's changes together ask for.
struct Next {
    from: Option<Version>,
    to: Version,
    bump: Bump,
}

impl Next {
    fn of(
        model: &ExportModel,
        value: Effect,
        unreleased: &ContractChange,
        taken: &[Version],
    ) -> Next {
        let Some(from) = model.version() else {
            let first = || Version::new(0, 1, 0);
            return Next {
                from: None,
                to: model.contract.version.clone().unwrap_or_else(first),
                bump: Bump::None,
            };
        };
        let promises = model.contract.compatibility;
        let policy = Policy {
            backwards: promises.backwards,
            forwards: promises.forwards,
        };
        let change = ContractChange {
            value: value.max(unreleased.value),
            ..*unreleased
        };
        let bump = required_bump(change, policy, from);
        let mut to = next_version(from, bump);
        for version in taken {
            if bump != Bump::None && version_line(version) == version_line(&to) && *version >= to {
                to = next_version(version, bump);
            }
        }
        Next {
            from: Some(from.clone()),
            to,
            bump,
        }
    }

    fn word(&self) -> Option<&'static str> {
        match self.bump {
            Bump::Major => Some("major"),
            Bump::Minor => Some("minor"),
            Bump::Patch => Some("patch"),
            Bump::None => None,
        }
    }

    /// `2.0.0 (major)`; a first version is no step from another.
    fn in_words(&self) -> String {
        match self.word() {
            Some(word) => format!("{} ({word})", self.to),
            None => format!("{}, its first version", self.to),
        }
    }

    fn change(&self, field: &str, verdict: &'static str) -> ChangeData {
        ChangeData {
            field: Some(field.to_owned()),
            from: self.from.as_ref().map(Version::to_string),
            to: Some(self.to.to_string()),
            bump: self.word(),
            verdict: Some(verdict),
            ..ChangeData::default()
        }
    }
}

fn names(importers: &[&Importer]) -> String {
    let names: Vec<String> = importers.iter().map(|importer| importer.named()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    in_words(&names, "and")
}

fn relate(draft: Draft, importers: &[&Importer], says: &str) -> Draft {
    importers.iter().fold(draft, |draft, importer| {
        let files = importer.import.binding.iter();
        let files: Vec<&str> = files.map(|(_, path)| &**path).collect();
        let files = match files.as_slice() {
            [] => String::new(),
            files => format!(" in {}", in_words(files, "and")),
        };
        draft.related(Related {
            place: importer.place.clone(),
            message: format!("{} {says}{files}", importer.named()),
        })
    })
}

fn addition(
    model: &ExportModel,
    (field, pattern): &Value,
    seen: &[Seen],
    (next, held_by): (&Next, Option<&str>),
) -> Option<Draft> {
    let name = &model.contract.name;
    let covered = model.covering(field, pattern);
    let importers: Vec<&Importer> = model.importers.iter().collect();
    let makes = next.in_words();
    let pending = model.proposal.as_ref();
    let pending = pending.filter(|_| model.proposes(field, pattern));
    let message = match covered {
        _ if let Some(proposal) = pending => format!(
            "`{pattern}` is not in `{field}` of {name} yet: it is pending in the realm's working tree{}",
            as_version(proposal),
        ),
        _ if let Some(branch) = held_by => {
            format!("`{pattern}` is not in `{field}` of {name} yet: it is pending in {branch}",)
        }
        Some(declared) => format!(
            "`{pattern}` is not in `{field}` of {name}, but `{}` covers it: importers need no new \
             grant, and syncing it makes {makes}",
            declared.text,
        ),
        None if importers.is_empty() => format!(
            "`{pattern}` is not in `{field}` of {name}, which nobody imports yet: syncing it makes \
             {makes}",
        ),
        None => format!(
            "`{pattern}` is not in `{field}` of {name}: syncing it makes {makes}, and {} must follow",
            names(&importers),
        ),
    };
    let mut change = next.change(field, "compatible");
    change.added.push(pattern.to_string());
    let draft = Draft::new(Code::ExportAdded, seen.first()?.place())
        .message(message)
        .about(model)
        .subject(field, &pattern.to_string())
        .sites(seen.iter().map(Seen::place))
        .written_in(seen.iter().map(|seen| seen.path.clone()))
        .change(change);
    let draft = match pending {
        Some(_) => draft.fix("open-contract", format!("Open {name}")),
        None => draft.fix("sync", format!("Sync {name} as {}", next.to)),
    };
    let draft = draft.fix(
        "worktree",
        format!("Make worktrees across {}", model.domain),
    );
    let draft = relate(not_a_site(draft), &importers, "imports it");
    let draft = match pending.is_some() || held_by.is_some() {
        true => draft.waiting(),
        false => draft,
    };
    Some(
        match covered.is_some() || pending.is_some() || held_by.is_some() {
            true => draft.lowered(Severity::Hint),
            false => draft,
        },
    )
}

/// The branch of the sync that waits with an added value.
fn held_by<'w>(
    waiting: &'w [PendingChange],
    model: &ExportModel,
    (field, pattern): &Value,
) -> Option<&'w str> {
    let text = pattern.to_string();
    let holds = |change: &&PendingChange| {
        let mut added = change.added.iter();
        is_of_contract(change, model) && added.any(|(of, value)| of == field && *value == text)
    };
    waiting.iter().find(holds)?.branch.as_deref()
}

/// The branch of the sync that waits to take a value out.
fn gone_in<'w>(
    waiting: &'w [PendingChange],
    model: &ExportModel,
    declared: &Declared,
) -> Option<&'w str> {
    let takes = |change: &&PendingChange| {
        let mut removed = change.removed.iter();
        is_of_contract(change, model)
            && removed.any(|(of, value)| *of == declared.field && **value == *declared.text)
    };
    waiting.iter().find(takes)?.branch.as_deref()
}

/// ` as 1.5.0`, where a proposal has another version than nothing.
fn as_version(proposal: &ContractFile) -> String {
    let version = proposal.version.as_ref();
    version.map(|it| format!(" as {it}")).unwrap_or_default()
}

/// The schema's refusal of an added value.
fn refused(model: &ExportModel, (field, pattern): &Value, seen: &[Seen]) -> Option<Draft> {
    let (validator, old) = model.judge()?;
    let value = model.contract.value.clone();
    let value = value.unwrap_or_else(|| serde_json::json!({}));
    let with = match seen.first().and_then(|seen| seen.leaf.as_ref()) {
        Some(leaf) => with(value, &leaf.pointer, leaf.json.clone())?,
        None => {
            let mut with = value;
            let fields = with.as_object_mut()?;
            let list = fields
                .entry(field.to_string())
                .or_insert(serde_json::json!([]));
            list.as_array_mut()?
                .push(serde_json::Value::String(pattern.to_string()));
            with
        }
    };
    let new = validator.violations(&with);
    let new = new
        .into_iter()
        .find(|new| old.iter().all(|old| old.message != new.message))?;
    let name = &model.contract.name;
    let draft = Draft::new(Code::ExportSchema, seen.first()?.place())
        .message(format!(
            "the schema of {name} refuses `{pattern}` in `{field}`: {}",
            new.message
        ))
        .about(model)
        .subject(field, &pattern.to_string())
        .sites(seen.iter().map(Seen::place))
        .change(ChangeData {
            field: Some(field.to_string()),
            added: vec![pattern.to_string()],
            ..ChangeData::default()
        })
        .related(Related {
            place: model.schema.clone(),
            message: "the contract's schema".to_owned(),
        });
    Some(draft)
}

fn unseen(
    model: &ExportModel,
    declared: &Declared,
    seen_from: Option<&str>,
    place: Place,
) -> Draft {
    let why = match seen_from {
        Some(baseline) => format!("the code shows neither now nor {baseline}"),
        None => "the code does not show, as far as it can be known".to_owned(),
    };
    Draft::new(Code::ExportUnseen, place)
        .message(format!(
            "{} declares `{}` in `{}`, which {why}",
            model.contract.name, declared.text, declared.field,
        ))
        .about(model)
        .subject(&declared.field, &declared.text)
        .related(Related {
            place: model.place.clone(),
            message: "declared in the contract".to_owned(),
        })
}

/// What is said of a removed value; `by` took its place.
fn removal(
    subject: Subject<'_>,
    removed: &Removed<'_>,
    by: Option<Added<'_>>,
    (next, waits_in): (&Next, Option<&str>),
) -> Draft {
    let Subject {
        db,
        repo,
        model,
        now,
        elsewhere,
    } = subject;
    let declared = removed.declared;
    let using = model.importers.iter().filter(|i| i.uses(declared));
    let passed = sunset_passed(db, &model.contract, declared);
    let (broken, waiting): (Vec<&Importer>, Vec<&Importer>) =
        using.partition(|importer| passed.is_none() && importer.can_break(model.version()));
    let strays: Vec<&Seen> = elsewhere
        .into_iter()
        .flatten()
        .filter(|(value, _)| is_of(declared, value))
        .flat_map(|(_, seen)| seen)
        .collect();
    let verdict = match passed {
        Some(_) => "compatible",
        None => "breaking",
    };
    let mut change = next.change(&declared.field, verdict);
    change.removed.push(declared.text.to_string());
    if passed.is_none() {
        let covering = now
            .values
            .keys()
            .filter(|(field, _)| *field == declared.field);
        let left: Vec<_> = match model.matches_by_cover() {
            true => covering.map(|(_, pattern)| pattern.clone()).collect(),
            false => Vec::new(),
        };
        change.witness = blue_pattern::difference_example(&declared.pattern, &left);
    }
    let mut sites = shown_at(db, repo, removed, now);
    let stands = removed.stands.iter().map(|stood| &stood.path);
    let mut files: Vec<Arc<str>> = removed.files.iter().chain(stands).cloned().collect();
    if let Some(((_, pattern), seen)) = by {
        change.added.push(pattern.to_string());
        sites.extend(seen.iter().map(Seen::place));
        files.extend(seen.iter().map(|seen| seen.path.clone()));
    }
    let code = match broken.is_empty() {
        true => Code::ExportRemoved,
        false => Code::ExportBreaking,
    };
    let message = match passed {
        Some(day) => after_sunset(model, removed, (by, &strays), (day, &waiting), next),
        None => removal_message(model, removed, by, &strays, (&broken, &waiting), next),
    };
    let message = match waits_in {
        Some(branch) => format!("{message}; that waits in {branch}"),
        None => message,
    };
    let sync = match next.bump {
        Bump::Major => "sync-major",
        _ => "sync",
    };
    let draft = Draft::new(code, config_place(db, repo))
        .message(message)
        .about(model)
        .subject(&declared.field, &declared.text)
        .sites(sites)
        .written_in(files)
        .breaks(broken.iter().map(|importer| importer.broken()))
        .change(change)
        .fix(sync, format!("Sync {} as {}", model.contract.name, next.to))
        .fix("restore", format!("Restore `{}`", declared.text))
        .fix(
            "worktree",
            format!("Make worktrees across {}", model.domain),
        );
    let draft = match broken.is_empty() {
        true => draft,
        false => draft.fix("open-binding", "Open the binding".to_owned()),
    };
    let draft = strays.iter().fold(draft, |draft, seen| {
        draft.related(Related {
            place: seen.place(),
            message: "it is still here, in a file that no export binding names".to_owned(),
        })
    });
    match passed {
        Some(_) => relate(draft, &waiting, "had until then"),
        None => relate(draft, &broken, "relies on it"),
    }
}

fn gone(name: &str, removed: &Removed<'_>, by: Option<Added<'_>>, strays: &[&Seen]) -> String {
    match (by, strays) {
        (Some(((_, pattern), _)), _) if removed.is_new_here => {
            format!("not what the code says (that is `{pattern}`)")
        }
        (Some(((_, pattern), _)), _) => format!("gone from the code (it became `{pattern}`)"),
        (None, [stray, ..]) => format!(
            "gone from the source files of {name} (it is still in {}, which no export binding names)",
            stray.path
        ),
        (None, []) => "gone from the code".to_owned(),
    }
}

/// Of a value whose removal was announced, and whose day has passed.
fn after_sunset(
    model: &ExportModel,
    removed: &Removed<'_>,
    (by, strays): (Option<Added<'_>>, &[&Seen]),
    (day, using): (Date, &[&Importer]),
    next: &Next,
) -> String {
    let declared = removed.declared;
    let (name, text, field) = (&model.contract.name, &declared.text, &declared.field);
    let still = match using {
        [] => "no importer uses it".to_owned(),
        using => format!("{} had until then", names(using)),
    };
    format!(
        "`{text}` is {} after its sunset ({day}), and {still}: taking it out of `{field}` of {name} \
         makes {}",
        gone(name, removed, by, strays),
        next.in_words(),
    )
}

fn removal_message(
    model: &ExportModel,
    removed: &Removed<'_>,
    by: Option<Added<'_>>,
    strays: &[&Seen],
    (broken, waiting): (&[&Importer], &[&Importer]),
    next: &Next,
) -> String {
    let declared = removed.declared;
    let (name, text, field) = (&model.contract.name, &declared.text, &declared.field);
    let gone = gone(name, removed, by, strays);
    let makes = next.in_words();
    let (relies, those) = match broken {
        [] => {
            let nobody = match waiting {
                [] => "no importer uses it".to_owned(),
                waiting => format!(
                    "only {} would use it, with no version followed yet",
                    names(waiting)
                ),
            };
            return format!(
                "`{text}` is {gone}, and {nobody}: taking it out of `{field}` of {name} \
                 makes {makes}"
            );
        }
        [_] => ("relies", "that importer"),
        _ => ("rely", "those importers"),
    };
    format!(
        "`{text}` is {gone}, and {} {relies} on it: taking it out of `{field}` of {name} breaks \
         {those} and makes {makes}",
        names(broken),
    )
}

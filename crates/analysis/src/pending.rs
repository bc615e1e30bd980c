//! What is about to happen to a contract that is imported here: the realm's working tree holds
//! another version of it than the record, its exporter is being changed in a file that is open
//! beside this one, or the host was told of a change elsewhere (another editor's, a branch of the
//! realm that is not merged yet).
//!
//! Nothing has to be done yet, so it is told only of an import that is neither stale nor broken; and
//! it is gone as soon as the change is taken back.

use std::sync::Arc;

use blue_compat::range::VersionRange;
use blue_pattern::Pattern;
use blue_realm::{ContractFile, Import};
use blue_text::Span;
use semver::Version;

use crate::contract::{Declared, ImportModel, import_uses};
use crate::db::{Db, RepoInput, World};
use crate::draft::Draft;
use crate::export::in_words;
use crate::finding::{ChangeData, Code, Place, Root};
use crate::import::Held;
use crate::leaves::parts_of;
use crate::under_way::{OpenEdit, told_edit};

/// More values than this are counted, not named.
const NAMED: usize = 3;

/// A value that is added or taken out: field and pattern.
pub(crate) type Moved = (Arc<str>, String);

/// A change of a contract that is under way where the analysis cannot look: the host says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingChange {
    /// The realm's name.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The contract's name.
    pub contract: Arc<str>,
    /// The version it is to get; nothing where that is not known.
    pub to: Option<String>,
    /// Values that it gains: field and value, as they would stand in the contract.
    pub added: Vec<(Arc<str>, String)>,
    /// Values that it loses.
    pub removed: Vec<(Arc<str>, String)>,
    /// The branch of the realm that holds it, where it is a sync that waits.
    pub branch: Option<Arc<str>>,
    /// The branch of the exporter's code that the sync was read from, as it says.
    pub code_branch: Option<Arc<str>>,
    /// The importers that have said on that branch that they follow it.
    pub followed_by: Vec<Follower>,
    /// The importers that have accepted a break of it on that branch.
    pub accepted_by: Vec<Arc<str>>,
    /// Where it is under way, as the end of the sentence "… is about to become 1.5.0 …": "in aperture's
    /// models/paths.py, which is open in Neovim".
    pub place: String,
}

/// An importer's word that it follows a sync that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Follower {
    /// The importer's name.
    pub repo: Arc<str>,
    /// The range that its binding has on the sync's branch, as it is written: who follows a break widens it there.
    pub range: Option<String>,
}

impl PendingChange {
    /// What an importer says on the branch, if it says there that it follows the change.
    #[must_use]
    pub fn followed_as(&self, repo: &str) -> Option<&Follower> {
        self.followed_by.iter().find(|it| *it.repo == *repo)
    }

    /// Whether it makes all of another change.
    pub(crate) fn holds(&self, added: &[Moved], removed: &[Moved]) -> bool {
        let has = |own: &[Moved], others: &[Moved]| others.iter().all(|it| own.contains(it));
        has(&self.added, added) && has(&self.removed, removed)
    }
}

/// The syncs that wait: nothing that is typed elsewhere makes what is said of an exporter again.
#[salsa::tracked(returns(clone))]
pub(crate) fn waiting_syncs(db: &dyn Db, repo: RepoInput) -> Arc<[PendingChange]> {
    let realms = repo.realms(db);
    let is_here = |name: &Arc<str>| realms.iter().any(|realm| realm.name(db) == name);
    let all = World::get(db).pending(db).iter();
    let waiting = all.filter(|change| change.branch.is_some() && is_here(&change.realm));
    waiting.cloned().collect()
}

/// What is about to become of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Coming {
    from: Option<String>,
    /// Nothing: the version stays.
    to: Option<String>,
    added: Vec<Moved>,
    removed: Vec<Moved>,
    /// The schema becomes another one.
    reshapes: bool,
    /// This importer has said that it follows it.
    followed: Option<Follower>,
    /// This importer has accepted a break of it.
    is_accepted: bool,
}

/// The change that is coming to an import, if one is: of the realm's proposal, else of an exporter beside
/// this repository, else of somewhere else.
pub(crate) fn pending(held: &Held<'_>) -> Option<Draft> {
    let coming = proposed(held).or_else(|| edited(held));
    let alone = coming.map(|it| (it, String::new()));
    let ((coming, by, see), others) = alone.or_else(|| told(held))?;
    let (name, from) = (&held.model.import.contract, held.version);
    let to = coming.to.as_deref().and_then(|to| Version::parse(to).ok());
    let (range, written) = coming.range(&held.model.import);
    let outside = |to: &Version| range.as_ref().is_some_and(|range| !range.matches(to));
    let becomes = match &coming.to {
        Some(to) => format!("{name} {from} is about to become {to} {by}"),
        None => format!("{name} {from} is about to change {by}"),
    };
    let fits = match &to {
        Some(to) if outside(to) => format!(", outside {written}"),
        Some(_) => format!(", in {written}"),
        None => String::new(),
    };
    let draft = Draft::new(Code::ImportPending, held.place(held.statement()))
        .message(format!(
            "{becomes}{fits}: {}{}{others}",
            coming.in_words(),
            coming.asks(held, to.as_ref().is_some_and(outside)),
        ))
        .change(ChangeData {
            from: Some(from.to_string()),
            to: coming.to.clone(),
            added: coming.added.iter().map(|(_, text)| text.clone()).collect(),
            removed: coming
                .removed
                .iter()
                .map(|(_, text)| text.clone())
                .collect(),
            ..ChangeData::default()
        })
        .fix(see.id(), see.title(name));
    let here = match &held.model.proposal {
        Some(_) => format!("{name} as it is proposed"),
        None => held.model.named() + " in the realm",
    };
    Some(held.finish(draft, here))
}

/// Where a change can be looked at.
enum See {
    /// In the contract's file, as it is shown.
    Contract,
    /// In a file of its exporter's, which is open beside this repository: `aperture's jobs/segment.py`.
    Code(String),
    /// In what a branch of the realm changes.
    Branch(Arc<str>),
    /// Nowhere from here: the contract shows what it is now.
    Elsewhere,
}

impl See {
    fn id(&self) -> &'static str {
        match self {
            See::Contract | See::Elsewhere => "open-contract",
            See::Code(_) => "open-exporter",
            See::Branch(_) => "see-change",
        }
    }

    fn title(&self, name: &str) -> String {
        match self {
            See::Contract => format!("See the change: open {name}"),
            See::Code(file) => format!("See the change: open {file}"),
            See::Branch(branch) => format!("See the change: what waits on {branch}"),
            See::Elsewhere => format!("Open {name} as it is now"),
        }
    }
}

impl Coming {
    /// The range that it has to be in, in words too: what the importer says where it follows it, which is merged with
    /// it, goes before what the record says.
    fn range(&self, import: &Import) -> (Option<VersionRange>, String) {
        let now = import.version_text.as_deref().unwrap_or_default();
        let there = self.followed.as_ref().and_then(|it| it.range.as_deref());
        let there = there.filter(|it| *it != now);
        match there.and_then(|it| Some((it, VersionRange::parse(it).ok()?.range))) {
            Some((it, range)) => (
                Some(range),
                format!("the range `{it}` that this binding has there"),
            ),
            None => (
                import.version.clone(),
                format!("the range `{now}` of this binding"),
            ),
        }
    }

    /// Whether it is outside the range, or takes out what is used.
    fn breaks(&self, held: &Held<'_>) -> bool {
        let to = self.to.as_deref().and_then(|to| Version::parse(to).ok());
        let (range, _) = self.range(&held.model.import);
        let is_outside = to.zip(range).is_some_and(|(to, range)| !range.matches(&to));
        let declared = |(field, text): &Moved| Declared::new(field.clone(), usize::MAX, text);
        let mut lost = self.removed.iter();
        is_outside || lost.any(|moved| import_uses(&held.model.import, &declared(moved)))
    }

    fn in_words(&self) -> String {
        let mut parts = Vec::new();
        for (moved, verb) in [(&self.added, "gains"), (&self.removed, "loses")] {
            let mut fields: Vec<&Arc<str>> = moved.iter().map(|(field, _)| field).collect();
            fields.dedup();
            for field in fields {
                let of_field = moved.iter().filter(|(of, _)| of == field);
                let field = field.replace("~1", "/").replace("~0", "~");
                parts.push(format!("`{field}` {verb} {}", values(of_field)));
            }
        }
        if self.reshapes {
            parts.push("its schema changes".to_owned());
        }
        if parts.is_empty() {
            return "its values stay".to_owned();
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        in_words(&parts, "and")
    }

    /// What would have to follow here.
    fn asks(&self, held: &Held<'_>, widen: bool) -> String {
        let declared = |(field, text): &Moved| Declared::new(field.clone(), usize::MAX, text);
        let used = |moved: &&Moved| import_uses(&held.model.import, &declared(moved));
        let missing = self.added.iter().filter(used);
        let missing: Vec<&Moved> = missing
            .filter(|moved| held.is_granted(&declared(moved)) == Some(false))
            .collect();
        let mut lost: Vec<&Moved> = self.removed.iter().filter(used).collect();
        let mut is_over = true;
        if self.followed.is_some() {
            // Its word is that nothing relies on what goes; what grants it still may be in excess.
            is_over = !lost
                .drain(..)
                .any(|moved| held.is_granted(&declared(moved)) == Some(true));
        }
        let mut asks = Vec::new();
        if !missing.is_empty() {
            asks.push(format!("{} must be granted here", values(missing)));
        }
        if !lost.is_empty() {
            asks.push(format!("what relies on {} must go", values(lost)));
        }
        if widen {
            asks.push("the range must be widened".to_owned());
        }
        let asks: Vec<&str> = asks.iter().map(String::as_str).collect();
        let repo = held.repo.name(held.db);
        let accepted = match self.is_accepted && self.followed.is_none() {
            true => format!("; {repo} has accepted a break of it there"),
            false => String::new(),
        };
        match asks.as_slice() {
            [] if self.followed.is_some() && !is_over => format!("; {repo} follows it there"),
            [] if self.followed.is_some() => {
                format!("; {repo} follows it there, and nothing is left to do here")
            }
            [] => format!("{accepted}; nothing has to follow here but an acknowledgement"),
            asks => format!("{accepted}; to follow it, {}", in_words(asks, "and")),
        }
    }
}

fn values<'m>(moved: impl IntoIterator<Item = &'m Moved>) -> String {
    let texts: Vec<String> = moved.into_iter().map(|(_, it)| format!("`{it}`")).collect();
    let mut named: Vec<&str> = texts.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("{} more", texts.len().saturating_sub(NAMED));
    if texts.len() > NAMED {
        named.push(&more);
    }
    in_words(&named, "and")
}

/// What the realm's working tree makes of the contract.
fn proposed(held: &Held<'_>) -> Option<(Coming, String, See)> {
    let (proposal, contract) = (held.model.proposal.as_ref()?, held.model.contract.as_ref()?);
    let version = |contract: &ContractFile| contract.version.as_ref().map(Version::to_string);
    let missing = |from: &[Moved], of: &[Moved]| -> Vec<Moved> {
        let same = |one: &Moved, other: &Moved| {
            one == other || one.0 == other.0 && Pattern::parse(&one.1) == Pattern::parse(&other.1)
        };
        let missing = from.iter().filter(|it| !of.iter().any(|of| same(it, of)));
        missing.cloned().collect()
    };
    let declared = &parts_of(contract.value.as_ref());
    let proposed = &parts_of(proposal.value.as_ref());
    let coming = Coming {
        from: version(contract),
        to: version(proposal).filter(|to| version(contract).as_ref() != Some(to)),
        added: missing(proposed, declared),
        removed: missing(declared, proposed),
        reshapes: proposal.schema != contract.schema,
        ..Coming::default()
    };
    Some((
        coming,
        "in the realm's working tree".to_owned(),
        See::Contract,
    ))
}

/// What its exporter makes of it, in files that are open in the same workspace.
fn edited(held: &Held<'_>) -> Option<(Coming, String, See)> {
    let edit = edited_by(held.db, held.repo, held.model)?;
    let file = format!("{}'s {}", edit.repo, edit.path);
    let by = format!("in {file}, which is open here");
    let coming = Coming {
        from: edit.from,
        to: edit.to,
        added: edit.added,
        removed: edit.removed,
        reshapes: false,
        ..Coming::default()
    };
    Some((coming, by, See::Code(file)))
}

fn edited_by(db: &dyn Db, repo: RepoInput, model: &ImportModel) -> Option<OpenEdit> {
    let owner = model.contract.as_ref()?.owner.as_ref()?;
    if owner == repo.name(db) {
        return None;
    }
    let exporters = World::get(db).repos(db).iter();
    let mut exporters = exporters.filter(|repo| repo.name(db) == owner);
    exporters.find_map(|exporter| {
        let (realm, domain) = (model.realm.clone(), model.domain.clone());
        let name = model.import.contract.clone();
        told_edit(db, *exporter, (realm, domain, name))
    })
}

/// The exporter's file that a change of an imported contract stands in, where it is open beside this repository.
pub(crate) fn open_code(db: &dyn Db, repo: RepoInput, model: &ImportModel) -> Option<Place> {
    let edit = edited_by(db, repo, model)?;
    Some(Place {
        root: Root::Repo(edit.repo),
        path: edit.path,
        span: Span::empty(0),
    })
}

/// The values that an imported contract is about to gain, wherever that is under way but in the realm's working
/// tree: what is granted for them is needed, though the contract does not have them yet.
pub(crate) fn coming_values(db: &dyn Db, repo: RepoInput, model: &ImportModel) -> Vec<Declared> {
    let changes = World::get(db).pending(db).iter();
    let of_this = changes.filter(|change| {
        change.realm == model.realm
            && change.domain == model.domain
            && change.contract == model.import.contract
    });
    let told = of_this.flat_map(|change| change.added.iter().cloned());
    let edited = edited_by(db, repo, model).map(|edit| edit.added);
    told.chain(edited.into_iter().flatten())
        .map(|(field, text)| Declared::new(field, usize::MAX, &text))
        .collect()
}

/// A change that is coming, where it is under way in words, and where it can be looked at.
type Told = (Coming, String, See);

/// What the host says of changes elsewhere, without what the contract has by now: the gravest, and the others by name.
fn told(held: &Held<'_>) -> Option<(Told, String)> {
    let model = held.model;
    let changes = World::get(held.db).pending(held.db).iter();
    let of_this = changes.filter(|change| {
        change.realm == model.realm
            && change.domain == model.domain
            && change.contract == model.import.contract
    });
    let of_this: Vec<&PendingChange> = of_this.collect();
    // Of what is typed and synced, the sync is told.
    let is_synced = |change: &PendingChange| {
        let mut syncs = of_this.iter().filter(|it| it.branch.is_some());
        change.branch.is_none() && syncs.any(|sync| sync.holds(&change.added, &change.removed))
    };
    let of_this = of_this.iter().copied();
    let of_this = of_this.filter(|change| !is_synced(change));
    // What still asks for something here goes first.
    let repo = held.repo.name(held.db);
    let (followed, open): (Vec<&PendingChange>, Vec<&PendingChange>) =
        of_this.partition(|change| change.followed_as(repo).is_some());
    let value = model.contract.as_ref();
    let declared = match open.is_empty() && followed.is_empty() {
        true => Vec::new(),
        false => parts_of(value.and_then(|contract| contract.value.as_ref())),
    };
    let has = |moved: &Moved| declared.contains(moved);
    let is_newer = |to: &String| Version::parse(to).is_ok_and(|to| to > *held.version);
    let news = |change: &PendingChange| {
        let coming = Coming {
            from: Some(held.version.to_string()),
            to: change.to.clone().filter(is_newer),
            added: change.added.iter().filter(|it| !has(it)).cloned().collect(),
            removed: change
                .removed
                .iter()
                .filter(|it| has(it))
                .cloned()
                .collect(),
            reshapes: false,
            followed: change.followed_as(repo).cloned(),
            is_accepted: change.accepted_by.contains(repo),
        };
        let is_nothing =
            coming.added.is_empty() && coming.removed.is_empty() && coming.to.is_none();
        let see = match &change.branch {
            Some(branch) => See::Branch(branch.clone()),
            None => See::Elsewhere,
        };
        (!is_nothing).then(|| (coming, change.place.clone(), see))
    };
    let mut open: Vec<Told> = open.into_iter().filter_map(news).collect();
    // Of what nothing has to be done for, a break is not told behind it.
    open.sort_by_key(|(coming, ..)| !coming.breaks(held));
    let mut all = open.into_iter();
    let Some(first) = all.next() else {
        return Some((followed.into_iter().find_map(news)?, String::new()));
    };
    let others = all.map(|(coming, place, see)| {
        let becomes = match &coming.to {
            Some(to) => to.clone(),
            None => "another change".to_owned(),
        };
        match see {
            See::Branch(branch) => format!("; {becomes} waits too, on {branch}"),
            _ => format!("; {becomes} is coming too, {place}"),
        }
    });
    let others = others.collect();
    Some((first, others))
}

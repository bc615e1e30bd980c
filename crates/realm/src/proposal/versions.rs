//! What a change of a contract asks of its version (`compatibility.md`, "From change to version"),
//! and that what was released stays as it was.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use blue_compat::bump::{ChangeClass, ContractChange, SchemaChange, next_version, required_bump};
use blue_compat::containment::Mode;
use blue_compat::contract::{
    Day, Deprecated, Document, Judgement, Overall, Place, Promises, Side, Target,
    judge as judge_contract,
};
use blue_compat::value::Matching;
use semver::Version;

use super::Proposal;
use super::place::{Told, in_place_of};
use crate::cross::{ContractKey, Loose, Way};
use crate::date::Date;
use crate::file::ParsedFile;
use crate::kind::{FileKind, contract_path};
use crate::model::{
    Compatibility, CompatibilityMode, ContractFile, DeprecationTarget, Evolution, Match,
    ReleaseFile,
};
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::realm::{Domain, Files, Realm};
use crate::shelves::Difference;
use crate::spans::Step;

/// Versions that importers still follow and that one change is held against, at most.
const FOLLOWED: usize = 64;

pub(super) fn judge<'a>(proposal: &Proposal<'a>, told: &mut Told<'a>) {
    let domains = proposal.proposed.domain_map();
    let domains = domains.differences(proposal.base.domain_map(), Arc::ptr_eq);
    for (name, was, is) in &domains {
        for (_, _, file) in differing(*was, *is, |domain| &domain.contracts) {
            let Some((file, contract)) = file.and_then(|file| Some((file, file.as_contract()?)))
            else {
                continue;
            };
            let key = (Name::clone(name), contract.name.clone());
            match before(proposal, &key, contract) {
                Before::Same => {}
                Before::Nothing => first_version(&key, contract, told),
                Before::Unreadable => {}
                Before::Was(was) => {
                    let has = |code| file.problems.iter().any(|problem| problem.code == code);
                    let change = Change {
                        proposal,
                        key: &key,
                        was,
                        is: contract,
                        // What is wrong with it is told where it stands; it says nothing about
                        // the change.
                        schema_is_usable: !has(ProblemCode::SchemaInvalid),
                        value_is_usable: !has(ProblemCode::ValueSchema)
                            || was.schema != contract.schema,
                    };
                    change.judge(told);
                }
            }
        }
    }
    for (name, was, is) in &domains {
        for (contract, _, now) in differing(*was, *is, |domain| &domain.contracts) {
            if now.is_none() {
                taken_away(proposal, &(Name::clone(name), contract.clone()), told);
            }
        }
        for ((contract, _), file, _) in differing(*was, *is, |domain| &domain.releases) {
            let Some(file) = file else { continue };
            if let Some(release) = file.as_release() {
                rewritten(proposal, &file.kind, contract, release, &file.text, told);
            }
        }
    }
}

/// The files of a domain that are not as they were, each as it was and as it is.
pub(super) fn differing<'a, K: Ord>(
    was: Option<&'a Arc<Domain>>,
    is: Option<&'a Arc<Domain>>,
    files: impl Fn(&'a Domain) -> &'a Files<K>,
) -> Vec<Difference<'a, K, Arc<ParsedFile>>> {
    match (was.map(|was| files(was)), is.map(|is| files(is))) {
        (Some(was), Some(is)) => is.differences(was, Arc::ptr_eq),
        (Some(was), None) => was
            .iter()
            .map(|(key, file)| (key, Some(file), None))
            .collect(),
        (None, Some(is)) => is
            .iter()
            .map(|(key, file)| (key, None, Some(file)))
            .collect(),
        (None, None) => Vec::new(),
    }
}

/// What a proposed contract was.
enum Before<'a> {
    /// Exactly that.
    Same,
    /// It is new.
    Nothing,
    /// Something that says nothing.
    Unreadable,
    Was(&'a ContractFile),
}

fn before<'a>(proposal: &Proposal<'a>, key: &ContractKey, contract: &ContractFile) -> Before<'a> {
    let Some(domain) = proposal.base.domain(&key.0) else {
        return Before::Nothing;
    };
    // What is called otherwise now is the same contract still.
    let names = [&key.1]
        .into_iter()
        .chain(contract.previously.iter().filter(|old| {
            let gone = proposal.proposed.domain(&key.0);
            gone.is_none_or(|domain| !domain.contracts.contains_key(*old))
        }));
    let Some(file) = names
        .into_iter()
        .find_map(|name| domain.contracts.get(name))
    else {
        return Before::Nothing;
    };
    let proposed = proposal.proposed.file(&file.path);
    if proposed.is_some_and(|proposed| proposed.text == file.text) {
        return Before::Same;
    }
    match file.as_contract() {
        Some(was) => Before::Was(was),
        None => Before::Unreadable,
    }
}

fn at_version<'a>() -> Way<'a> {
    Way::FirstOf(vec![
        Way::Value(vec![Step::Key("version")]),
        Way::Value(vec![Step::Key("name")]),
    ])
}

/// A contract's first version (`realm-format.md`: 0.1.0 unless said).
fn first_version(key: &ContractKey, contract: &ContractFile, told: &mut Told<'_>) {
    let least = Version::new(0, 1, 0);
    let Some(version) = &contract.version else {
        return;
    };
    if version.cmp_precedence(&least).is_ge() {
        return;
    }
    let message = format!("a contract's first version is {least} or higher, not {version}");
    let loose = Loose::new(ProblemCode::VersionTooSmall, at_version(), message);
    told.tell(
        &contract_path(&key.0, &key.1),
        loose.suggest(Some(least.to_string())),
    );
}

/// A contract, and what it was.
struct Change<'c, 'a> {
    proposal: &'c Proposal<'a>,
    key: &'c ContractKey,
    was: &'a ContractFile,
    is: &'a ContractFile,
    /// Whether the proposed schema is one.
    schema_is_usable: bool,
    /// A value that the schema always refused is a slip, told where it stands: no version makes it
    /// right. One that a new schema refuses is judged with it.
    value_is_usable: bool,
}

/// The version that a change asks for, and why.
struct Asked {
    judgement: Judgement,
    /// The smallest that is right.
    needed: Version,
    /// The smallest, were all that is not decided decided well.
    at_least: Version,
    /// The version that the change is seen from, and who follows it, where it is not the last one.
    since: Option<(Version, Name)>,
}

impl Asked {
    /// Which version the change is seen from, where it is not the last one.
    fn seen_from(&self) -> String {
        match &self.since {
            Some((since, repo)) => format!(" (seen from {since}, which {repo} still follows)"),
            None => String::new(),
        }
    }
}

impl<'a> Change<'_, 'a> {
    fn judge(&self, told: &mut Told<'a>) {
        let Some(from) = &self.was.version else {
            return;
        };
        // What was never released is relied on by nobody.
        if self.was.value.is_none() {
            if !self.regressed(from, told) {
                first_version(self.key, self.is, told);
            }
            return;
        }
        if self.is.version.is_none() {
            // The version went with the value, or cannot be read, which is told where it stands.
            return;
        }
        if self.regressed(from, told) || !self.value_is_usable {
            return;
        }
        let asked = self.asked(&self.was.schema, &self.was.value, from, None);
        self.told(from, &asked, told);
        self.entries_stay(told);
        self.claims(&asked.judgement, told);
        if let Some(version) = &self.is.version
            && version.cmp_precedence(&asked.needed).is_ge()
            && !self.of_what_was_released(from, version, told)
        {
            self.of_those_behind(version, told);
        }
    }

    fn tell(&self, told: &mut Told<'a>, loose: Loose<'a>) {
        told.tell(&contract_path(&self.key.0, &self.key.1), loose);
    }

    /// Versions only grow.
    fn regressed(&self, from: &Version, told: &mut Told<'a>) -> bool {
        let Some(version) = &self.is.version else {
            return false;
        };
        if version.cmp_precedence(from).is_ge() {
            return false;
        }
        let message = format!(
            "version {version} is lower than {from}, which the realm has: importers that follow \
             {from} would never see this one"
        );
        let asked = self.asked(&self.was.schema, &self.was.value, from, None);
        let next = Some(asked.needed.to_string());
        let loose = Loose::new(ProblemCode::VersionRegressed, at_version(), message);
        self.tell(told, loose.suggest(next));
        true
    }

    /// What the change from this schema and value asks for.
    fn asked(
        &self,
        schema: &'a Option<serde_json::Value>,
        value: &'a Option<serde_json::Value>,
        from: &Version,
        since: Option<(Version, Name)>,
    ) -> Asked {
        // A schema that one of the two does not have, or that is over the limits, is told where it
        // stands; it says nothing about a change.
        let both = schema.is_some() && self.is.schema.is_some() && self.schema_is_usable;
        let pick = |schema: &'a Option<serde_json::Value>| schema.as_ref().filter(|_| both);
        let [was_deprecated, is_deprecated] = [self.was, self.is].map(deprecated);
        let old = Side {
            schema: pick(schema),
            value: value.as_ref(),
            deprecated: &was_deprecated,
        };
        let new = Side {
            schema: pick(&self.is.schema),
            value: self.is.value.as_ref(),
            deprecated: &is_deprecated,
        };
        let promises = Promises {
            matching: self.matching(),
            ..promises(self.was.compatibility)
        };
        let judgement = judge_contract(&old, &new, promises, self.proposal.today.and_then(day));
        let mut needed = judgement.smallest_version(from);
        let decided = |schema| match schema {
            SchemaChange::Unknown => SchemaChange::Compatible,
            other => other,
        };
        let hoped = ContractChange {
            backwards: decided(judgement.change.backwards),
            forwards: decided(judgement.change.forwards),
            ..judgement.change
        };
        let mut at_least = next_version(from, required_bump(hoped, promises.policy(), from));
        // Words and order ask for a version only where importers see them.
        let unseen = judgement.value.reordered.is_empty()
            && judgement.class == ChangeClass::Described
            && (!both || self.was.schema == self.is.schema);
        let promised = self.was.compatibility != self.is.compatibility;
        if unseen && !promised {
            (needed, at_least) = (from.clone(), from.clone());
        } else if promised && needed == *from {
            needed = next_version(from, blue_compat::bump::Bump::Patch);
            at_least = needed.clone();
        }
        Asked {
            judgement,
            needed,
            at_least,
            since,
        }
    }

    /// How the exporter's binding has values compared; that of the base, for a proposal does not loosen
    /// what it is judged by.
    fn matching(&self) -> Matching {
        matching_in(self.proposal.base, &self.key.0, &self.was.name)
    }

    fn told(&self, from: &Version, asked: &Asked, told: &mut Told<'a>) {
        let Some(version) = &self.is.version else {
            return;
        };
        let is_small = version.cmp_precedence(&asked.at_least).is_lt();
        if is_small {
            let why = self.why(asked);
            let needed = &asked.needed;
            let (code, message) = match version.cmp_precedence(from).is_eq() {
                true => (
                    ProblemCode::VersionNotBumped,
                    format!(
                        "the version still is {version}, by which alone importers tell versions \
                         apart, but this needs {needed}: {why}"
                    ),
                ),
                false => (
                    ProblemCode::VersionTooSmall,
                    format!("{version} is too small, this needs {needed}: {why}"),
                ),
            };
            let loose = Loose::new(code, at_version(), message);
            let loose = loose.suggest(Some(needed.to_string()));
            self.tell(told, self.with_reason(asked, loose));
        }
        if let Some(undecided) = asked.judgement.undecided()
            && version.cmp_precedence(&asked.needed).is_lt()
            // What breaks for a reason that is known needs no second one.
            && asked.judgement.verdict != Overall::Breaking
        {
            let message = format!(
                "{}{}; it counts as breaking until somebody knows better, so this needs {}",
                undecided.text,
                asked.seen_from(),
                asked.needed
            );
            let way = way_of(&undecided.place);
            self.tell(told, Loose::new(ProblemCode::VerdictUnknown, way, message));
        }
    }

    /// Why the version has to move, as the beginning of a sentence.
    fn why(&self, asked: &Asked) -> String {
        let mut why = match asked.judgement.headline() {
            Some(reason) => reason.text.clone(),
            None if self.was.compatibility != self.is.compatibility => {
                "what the contract promises of its changes is another".to_owned()
            }
            None => "words or order of the contract changed".to_owned(),
        };
        why.push_str(&asked.seen_from());
        let more = asked.judgement.reasons.len().saturating_sub(1);
        match more {
            0 => {}
            1 => why.push_str(", and one more change"),
            more => {
                let _ = write!(why, ", and {more} more changes");
            }
        }
        why
    }

    fn with_reason(&self, asked: &Asked, loose: Loose<'a>) -> Loose<'a> {
        let Some(reason) = asked.judgement.headline() else {
            return loose;
        };
        let path = contract_path(&self.key.0, &self.key.1);
        loose.relate(path, way_of(&reason.place), reason.text.clone())
    }

    /// What stood in the history stays: an entry that became one of another version is told.
    fn entries_stay(&self, told: &mut Told<'a>) {
        let has = |entries: &[Evolution], version: &Version| {
            let mut versions = entries.iter().filter_map(|entry| entry.version.as_ref());
            versions.any(|known| known == version)
        };
        for (was, is) in self.was.evolution.iter().zip(&self.is.evolution) {
            let (Some(before), Some(now)) = (&was.version, &is.version) else {
                continue;
            };
            if has(&self.is.evolution, before) || has(&self.was.evolution, now) {
                continue;
            }
            let message = format!(
                "the entry of {before} says {now} now: an entry stays as it was written, a change \
                 brings a new one"
            );
            let way = Way::Value(vec![
                Step::Key("evolution"),
                Step::Index(is.index),
                Step::Key("version"),
            ]);
            let loose = Loose::new(ProblemCode::EvolutionMismatch, way, message);
            self.tell(told, loose.suggest(Some(before.to_string())));
        }
    }

    /// The newest entry may not call compatible what breaks.
    fn claims(&self, judgement: &Judgement, told: &mut Told<'a>) {
        let newest = self.is.evolution.last();
        let of_version = |entry: &&Evolution| entry.version == self.is.version;
        let Some(entry) = newest.filter(of_version) else {
            return;
        };
        // What stood there before speaks of another change.
        if self.is.version == self.was.version {
            return;
        }
        if entry.compatible != Some(true) || judgement.verdict != Overall::Breaking {
            return;
        }
        let Some(reason) = judgement.headline() else {
            return;
        };
        let message = format!(
            "the entry of {} says `compatible: true`, but the change is breaking: {}",
            self.is
                .version
                .as_ref()
                .map(Version::to_string)
                .unwrap_or_default(),
            reason.text
        );
        let way = Way::Value(vec![
            Step::Key("evolution"),
            Step::Index(entry.index),
            Step::Key("compatible"),
        ]);
        let loose = Loose::new(ProblemCode::EvolutionMismatch, way, message);
        let path = contract_path(&self.key.0, &self.key.1);
        let loose = loose.relate(path, way_of(&reason.place), reason.text.clone());
        self.tell(told, loose.suggest(Some("false".to_owned())));
    }

    /// Where the base changed what its version was released with, importers of that rely on what was released: the next
    /// version has to do for this change too. Whether it was told that it does not.
    fn of_what_was_released(&self, from: &Version, version: &Version, told: &mut Told<'a>) -> bool {
        let base = self.proposal.base;
        let Some(release) = base.release(&self.key.0, &self.was.name, from) else {
            return false;
        };
        let of_schema = differs(&release.schema, &self.was.schema);
        let of_value = differs(&release.value, &self.was.value);
        if version == from || !of_schema && !of_value {
            return false;
        }
        let schema = if of_schema {
            &release.schema
        } else {
            &self.was.schema
        };
        let value = if of_value {
            &release.value
        } else {
            &self.was.value
        };
        let asked = self.asked(schema, value, from, None);
        let is_small = version.cmp_precedence(&asked.needed).is_lt();
        if is_small {
            self.told(from, &asked, told);
        }
        is_small
    }

    /// The emitted relation is not transitive (drop x, add x again with another type): a change is
    /// held against every version, too, that an importer still follows and whose range lets the new
    /// one in. Only the schema: what left the value since may have done so after its sunset.
    fn of_those_behind(&self, version: &Version, told: &mut Told<'a>) {
        if self.was.schema == self.is.schema {
            return;
        }
        let base = self.proposal.base;
        let key = (self.key.0.clone(), self.was.name.clone());
        let mut seen = BTreeSet::new();
        for at in base.facts().imports(&key) {
            let Some(import) = at.import(base) else {
                continue;
            };
            let Some(followed) = &import.resolved_version else {
                continue;
            };
            let lets_in = import
                .version
                .as_ref()
                .is_some_and(|range| range.matches(version));
            let is_other = Some(followed) != self.was.version.as_ref();
            if !lets_in || !is_other || seen.len() >= FOLLOWED || !seen.insert(followed) {
                continue;
            }
            let Some(release) = base.release(&key.0, &key.1, followed) else {
                continue;
            };
            let since = Some((followed.clone(), at.repo.clone()));
            let asked = self.asked(&release.schema, &self.is.value, followed, since);
            if version.cmp_precedence(&asked.needed).is_lt() {
                self.told(followed, &asked, told);
                return;
            }
        }
    }
}

fn way_of<'a>(place: &Place) -> Way<'a> {
    let key = match place.document {
        Document::Value => "value",
        Document::Schema => "schema",
        Document::Deprecated => "deprecated",
    };
    Way::Pointer(vec![Step::Key(key)], place.pointer.clone())
}

fn matching_in(base: &Realm, domain: &str, contract: &str) -> Matching {
    match base
        .export_of(domain, contract)
        .map(|(_, export)| export.matching)
    {
        Some(Match::Covers) => Matching::Covers,
        Some(Match::Exact) | None => Matching::Exact,
    }
}

/// What a contract of `base` becoming `new` means, under the promises and the binding of `base`; of a
/// contract that is not there, under its own promises.
#[must_use]
pub fn judge_change(
    base: &Realm,
    domain: &str,
    new: &ContractFile,
    today: Option<Date>,
) -> Judgement {
    let old = base.contract(domain, &new.name);
    let old = old.map(|old| as_released(base, domain, old));
    judge_since(base, domain, (old.as_deref(), new), today)
}

/// Whether two files say something else; what one of them does not say is not judged.
fn differs(was: &Option<serde_json::Value>, is: &Option<serde_json::Value>) -> bool {
    was.is_some() && is.is_some() && was != is
}

/// A contract with the schema and the value that its version was released with: where somebody changed the one and not
/// the other, importers of the version rely on what was released.
#[must_use]
pub fn as_released<'a>(
    base: &Realm,
    domain: &str,
    contract: &'a ContractFile,
) -> Cow<'a, ContractFile> {
    let version = contract.version.as_ref();
    let release = version.and_then(|version| base.release(domain, &contract.name, version));
    let Some(release) = release else {
        return Cow::Borrowed(contract);
    };
    let (schema, value) = (&release.schema, &release.value);
    let (of_schema, of_value) = (
        differs(schema, &contract.schema),
        differs(value, &contract.value),
    );
    if !of_schema && !of_value {
        return Cow::Borrowed(contract);
    }
    let mut released = contract.clone();
    if of_schema {
        released.schema.clone_from(schema);
    }
    if of_value {
        released.value.clone_from(value);
    }
    Cow::Owned(released)
}

/// The same, seen from another state of the contract than the one of `base`; nothing: it was not there.
#[must_use]
pub fn judge_since(
    base: &Realm,
    domain: &str,
    (old, new): (Option<&ContractFile>, &ContractFile),
    today: Option<Date>,
) -> Judgement {
    fn side<'a>(contract: &'a ContractFile, deprecated: &'a [Deprecated<'a>]) -> Side<'a> {
        Side {
            schema: contract.schema.as_ref(),
            value: contract.value.as_ref(),
            deprecated,
        }
    }
    let of_old = old.map(deprecated).unwrap_or_default();
    let of_new = deprecated(new);
    let was = old.map(|old| side(old, &of_old)).unwrap_or_default();
    let promised = Promises {
        matching: matching_in(base, domain, &new.name),
        ..promises(old.unwrap_or(new).compatibility)
    };
    judge_contract(&was, &side(new, &of_new), promised, today.and_then(day))
}

fn promises(compatibility: Compatibility) -> Promises {
    Promises {
        backwards: compatibility.backwards,
        forwards: compatibility.forwards,
        mode: match compatibility.mode {
            CompatibilityMode::Emitted => Mode::Emitted,
            CompatibilityMode::Literal => Mode::Literal,
        },
        matching: Matching::Exact,
    }
}

fn deprecated(contract: &ContractFile) -> Vec<Deprecated<'_>> {
    let entries = contract.deprecated.iter();
    entries
        .map(|entry| Deprecated {
            what: match &entry.target {
                DeprecationTarget::Value(value) => Target::Value(value),
                DeprecationTarget::Pointer(pointer) => Target::Pointer(pointer),
            },
            sunset: entry.sunset_day().and_then(day),
        })
        .collect()
}

fn day(date: Date) -> Option<Day> {
    date.to_string().parse().ok()
}

/// The name that a contract of the base has in the proposed realm; nothing if it is gone.
fn name_now<'a>(proposed: &'a Realm, domain: &Name, contract: &'a Name) -> Option<&'a Name> {
    let held = proposed.domain(domain)?;
    if held.contracts.contains_key(contract) {
        return Some(contract);
    }
    let key = (domain.clone(), contract.clone());
    proposed.facts().renamed(&key)?.first()
}

/// A contract that is gone breaks each of those who import it still.
fn taken_away<'a>(proposal: &Proposal<'a>, key: &ContractKey, told: &mut Told<'a>) {
    let (base, proposed) = (proposal.base, proposal.proposed);
    if name_now(proposed, &key.0, &key.1).is_some() {
        return;
    }
    let still = proposed.facts().imports(key);
    if still.is_empty() {
        return;
    }
    let kind = FileKind::Contract {
        domain: key.0.clone(),
        contract: key.1.clone(),
    };
    let Some((file, way)) = in_place_of(base, proposed, &kind) else {
        return;
    };
    let repos: BTreeSet<&Name> = still.iter().map(|at| &at.repo).collect();
    let names: Vec<&str> = repos.iter().take(5).map(|repo| &***repo).collect();
    let more = match repos.len().saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "the contract `{}` is taken away, which breaks everyone who imports it: {}{more}",
        key.1,
        names.join(", ")
    );
    let mut loose = Loose::new(ProblemCode::ExportBreaking, way, message);
    for at in still.iter().take(10) {
        let path = crate::kind::binding_path(&at.domain, &at.repo);
        let route = vec![
            Step::Key("imports"),
            Step::Index(at.index),
            Step::Key("contract"),
        ];
        loose = loose.relate(
            path,
            Way::Value(route),
            format!("{} imports it here", at.repo),
        );
    }
    told.tell(&file.path, loose);
}

/// A released version says what it said.
fn rewritten<'a>(
    proposal: &Proposal<'a>,
    kind: &FileKind,
    contract: &Name,
    was: &ReleaseFile,
    text: &str,
    told: &mut Told<'a>,
) {
    let (Some(domain), Some(version)) = (kind.domain(), &was.version) else {
        return;
    };
    let Some(now) = name_now(proposal.proposed, domain, contract) else {
        // It went with its contract.
        return;
    };
    let same = |file: &crate::file::ParsedFile| match file.as_release() {
        Some(is) => is.schema == was.schema && is.value == was.value,
        None => *file.text == *text,
    };
    let path = kind.path();
    if let Some(file) = proposal.proposed.file(&path) {
        if *file.text == *text || same(file) {
            return;
        }
        let span = super::changed::first_changed_lines(text, &file.text).unwrap_or_default();
        let message = format!(
            "{version} of `{contract}` was released with something else here: what importers of \
             it rely on is never changed; release this as a version of its own"
        );
        let way = Way::Span(span);
        told.tell(
            &path,
            Loose::new(ProblemCode::VersionRewritten, way, message),
        );
        return;
    }
    let renamed = FileKind::Release {
        domain: domain.clone(),
        contract: now.clone(),
        version: version.to_string().into(),
    };
    if proposal
        .proposed
        .file(&renamed.path())
        .is_some_and(|file| same(file))
    {
        return;
    }
    let message = format!(
        "{path}, which says what {version} was released with, is taken away: importers of \
         {version} could not be judged any more"
    );
    let loose = Loose::new(ProblemCode::VersionRewritten, at_version(), message);
    told.tell(&contract_path(domain, now), loose);
}

//! All findings of a realm's own files: what is wrong in them, and what is wrong with the proposal
//! that they are beside what the realm says officially. The same whether a person types in the files
//! or the realm's own CI checks them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use blue_detect::{Says, directives_in};
use blue_realm::config::only_the_realm_lowers;
use blue_realm::proposal::{Author, Proposal, problems};
use blue_realm::{
    Date, FileKind, Judged, Level, ParsedFile, Problem, ProblemCode, Realm, Text, classify,
    contract_path,
};
use blue_text::Span;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::accept::{Broken, accepted_in};
use crate::db::{Db, RealmInput, World, poll};
use crate::draft::Draft;
use crate::finding::{Code, Finding, Place, Root};
use crate::findings::{Findings, level, leveled, number_equals, order, realm_draft};

/// What a realm's working tree is a proposal to, and who made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RealmProposal {
    /// What the realm said where the proposal began; nothing where that is not known.
    pub base: Option<Arc<Realm>>,
    /// What the base is, in words: `origin/main at 60979ee`.
    pub against: Option<Arc<str>>,
    /// Who changed which file.
    pub authors: Arc<BTreeMap<Text, Vec<Author>>>,
    /// What could not be judged, and why, in a sentence.
    pub unjudged: Vec<Arc<str>>,
}

/// All findings of a realm's own files, as its working tree (or else its record) has them. What there is
/// besides is said by [`realm_report`](crate::realm_report): nobody asks for it at a keystroke, and it
/// grows with the realm.
#[salsa::tracked(returns(clone))]
pub(crate) fn realm_findings(db: &dyn Db, realm: RealmInput) -> Arc<Findings> {
    let name = realm.name(db);
    let shown = realm.working(db).as_ref().unwrap_or(realm.record(db));
    let proposal = realm.proposal(db);
    let today = World::get(db).today(db);
    let mut changes = changes(shown, proposal, today);
    // What may be silenced is not for the proposal itself to say.
    let settled_by = proposal.base.as_ref().unwrap_or(realm.record(db));
    let levels = settled_by.realm_file().map(|file| &*file.findings);
    let levels: Levels = levels.unwrap_or_default().into();
    let mut found = Findings::default();
    let rewritten = rewritten(&changes);
    let mut judged = shown.judged(today);
    let also = judged_besides(shown, &judged, &changes);
    judged.extend(also);
    let before = db.beside().told.get(&realm).map(|told| told.clone());
    let mut now = ToldFiles::default();
    for judged in judged {
        poll(db);
        let path = judged.file.path.clone();
        let of_change = changes.remove(&path).unwrap_or_default();
        let is_rewritten = rewritten.contains(&*path);
        // Nearly all files are told the same as before a keystroke in one of them. A verdict that is
        // not decided is told by what others accept.
        let mut problems = judged.problems.iter();
        let is_decided = problems.all(|one| one.code != ProblemCode::VerdictUnknown);
        let lies_still = of_change.is_empty() && !is_rewritten && is_decided;
        let known = before.as_ref().and_then(|before| before.get(&path));
        let told = match known.filter(|known| lies_still && known.is_of(name, &judged, &levels)) {
            Some(known) => known.clone(),
            None => {
                let asked = Asked {
                    db,
                    realm,
                    settled_by,
                    name,
                    levels: &levels,
                    against: proposal.against.as_ref(),
                };
                asked.told(judged, of_change, is_rewritten)
            }
        };
        found.silenced += told.silenced;
        found.findings.extend_from_slice(&told.findings);
        if lies_still {
            now.insert(path, told);
        }
    }
    db.beside().told.insert(realm, Arc::new(now));
    found.findings.sort_by(|a, b| order(a).cmp(&order(b)));
    number_equals(&mut found.findings);
    found.could_not = proposal
        .unjudged
        .iter()
        .map(|why| why.to_string())
        .collect();
    Arc::new(found)
}

/// A verdict that is not decided counts as breaking until those whom it may break accept it.
fn undecided(
    db: &dyn Db,
    realm: RealmInput,
    base: &Realm,
    file: &ParsedFile,
    draft: Draft,
) -> Draft {
    let (Some(domain), Some(contract)) = subject_of(&file.kind) else {
        return draft;
    };
    let was = base.contract(domain, contract);
    let from = was.and_then(|contract| contract.version.as_ref());
    let importers = base.importers_of(domain, contract).into_iter();
    // Whoever has never been satisfied has nothing that could break.
    let can_break = importers.filter(|importer| {
        let range = importer.import.version.as_ref().zip(from);
        let satisfied = range.is_some_and(|(range, version)| range.matches(version));
        importer.import.resolved_version.is_some() || satisfied
    });
    let broken = can_break.map(|importer| Broken {
        repo: importer.repo.clone(),
        domain: importer.domain.clone(),
    });
    let broken = broken.collect();
    accepted_in(
        db,
        realm,
        draft.of_verdict(from.map(|version| version.major), broken),
    )
}

/// What was told of the files of a realm that were not changed, by path.
pub(crate) type ToldFiles = FxHashMap<Text, Told>;

/// What is told of one file for what is wrong in it: the same while the file, its problems and the
/// settings are.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    name: Arc<str>,
    judged: Judged,
    levels: Levels,
    findings: Arc<[Arc<Finding>]>,
    silenced: u32,
}

impl Told {
    fn is_of(&self, name: &Arc<str>, judged: &Judged, levels: &Levels) -> bool {
        Arc::ptr_eq(&self.judged.file, &judged.file)
            && Arc::ptr_eq(&self.judged.problems, &judged.problems)
            && self.name == *name
            && (Arc::ptr_eq(&self.levels, levels) || self.levels == *levels)
    }
}

/// Severities by code.
type Levels = Arc<[(Arc<str>, Level)]>;

/// What is asked of each file.
struct Asked<'a> {
    db: &'a dyn Db,
    realm: RealmInput,
    settled_by: &'a Realm,
    name: &'a Arc<str>,
    levels: &'a Levels,
    against: Option<&'a Arc<str>>,
}

impl Asked<'_> {
    /// What is told of a file: for what is wrong in it, and with the change of it.
    fn told(&self, judged: Judged, of_change: Vec<Problem>, is_rewritten: bool) -> Told {
        let (name, file) = (self.name, &judged.file);
        let mut problems = judged.problems.to_vec();
        // What the change is told says the same with its reason.
        let again = |one: &Problem| {
            let mut told = of_change.iter();
            told.any(|other| (other.code, other.span) == (one.code, one.span))
        };
        problems.retain(|one| !again(one));
        if is_rewritten {
            // The contract differs from what was released because that was changed.
            problems.retain(|one| one.code != ProblemCode::VersionNotBumped);
        }
        let own = problems.len();
        problems.extend(of_change);
        without_consequences(&mut problems);
        let mut ignores = YamlIgnores::of(&file.text);
        let drafts = problems.iter().enumerate().map(|(index, one)| {
            let draft = realm_draft(name, file, one);
            let draft = match draft.code() {
                Code::VerdictUnknown => {
                    undecided(self.db, self.realm, self.settled_by, file, draft)
                }
                _ => draft,
            };
            match self.against {
                Some(against) if index >= own => draft.judged_from(against.clone()),
                _ => draft,
            }
        });
        let (silenced, kept): (Vec<Draft>, Vec<Draft>) =
            drafts.partition(|draft| ignores.silence(draft));
        let mut silenced = silenced.len() as u32;
        let mut findings = Vec::new();
        for draft in kept.into_iter().chain(ignores.unused(name, file)) {
            let at = level(self.levels, draft.code().as_str());
            match leveled(draft, at) {
                Some(draft) => findings.push(Arc::new(draft.finish_realm())),
                None => silenced += 1,
            }
        }
        Told {
            name: name.clone(),
            levels: self.levels.clone(),
            findings: findings.into(),
            silenced,
            judged,
        }
    }
}

/// The contracts of which a released version's file was changed.
fn rewritten(changes: &BTreeMap<Text, Vec<Problem>>) -> BTreeSet<String> {
    let is_rewrite = |one: &Problem| one.code == ProblemCode::VersionRewritten;
    let files = changes
        .iter()
        .filter(|(_, problems)| problems.iter().any(is_rewrite));
    let contracts = files.filter_map(|(path, _)| match classify(path)? {
        FileKind::Release {
            domain, contract, ..
        } => Some(contract_path(&domain, &contract)),
        _ => None,
    });
    contracts.collect()
}

/// Leaves out what is told of a contract only because of something else that is told: one fault is
/// one finding.
fn without_consequences(problems: &mut Vec<Problem>) {
    let has = |problems: &[Problem], code| problems.iter().any(|one| one.code == code);
    // A history cannot agree with a version that is wrong.
    if has(problems, ProblemCode::VersionRegressed) {
        problems.retain(|one| {
            !matches!(
                one.code,
                ProblemCode::EvolutionMissing | ProblemCode::EvolutionMismatch
            )
        });
    }
    // The entry that is missing is the one that was changed.
    if has(problems, ProblemCode::EvolutionMismatch) {
        problems.retain(|one| one.code != ProblemCode::EvolutionMissing);
    }
}

/// The files with which only the change is wrong.
fn judged_besides(
    shown: &Realm,
    judged: &[Judged],
    changes: &BTreeMap<Text, Vec<Problem>>,
) -> Vec<Judged> {
    if changes.is_empty() {
        return Vec::new();
    }
    let known: HashSet<&Text> = judged.iter().map(|judged| &judged.file.path).collect();
    let others = changes.keys().filter(|path| !known.contains(path));
    let files = others.filter_map(|path| shown.file(path).cloned());
    let problems = Arc::default();
    files
        .map(|file| Judged {
            file,
            problems: Arc::clone(&problems),
        })
        .collect()
}

/// What is wrong with the change itself, by file.
fn changes(
    shown: &Realm,
    proposal: &RealmProposal,
    today: Option<Date>,
) -> BTreeMap<Text, Vec<Problem>> {
    let mut by_file: BTreeMap<Text, Vec<Problem>> = BTreeMap::new();
    let Some(base) = &proposal.base else {
        return by_file;
    };
    let asked = Proposal {
        base,
        proposed: shown,
        authors: &proposal.authors,
        today,
    };
    for (path, problem) in problems(&asked) {
        by_file.entry(path).or_default().push(problem);
    }
    by_file
}

/// What a file of the realm is about, for its findings.
pub(crate) fn subject_of(kind: &FileKind) -> (Option<&Arc<str>>, Option<&Arc<str>>) {
    let contract = match kind {
        FileKind::Contract { contract, .. } | FileKind::Release { contract, .. } => Some(contract),
        _ => None,
    };
    (kind.domain(), contract)
}

/// The ignore comments of a YAML file of the realm.
pub(crate) struct YamlIgnores(Vec<YamlIgnore>);

struct YamlIgnore {
    code: SmolStr,
    comment: Span,
    applies_to: Span,
    used: bool,
}

impl YamlIgnores {
    pub(crate) fn of(text: &str) -> YamlIgnores {
        if !text.contains("blue:") || !text.contains("ignore[") {
            return YamlIgnores(Vec::new());
        }
        let comments = blue_realm::comments(text);
        let is_comment = |at: usize| comments.iter().any(|comment| comment.range().contains(&at));
        let directives = directives_in(text, is_comment).into_iter();
        let ignores = directives.filter_map(|directive| match directive.says {
            Says::Ignore { code, .. } => Some(YamlIgnore {
                code,
                comment: directive.comment,
                applies_to: directive.applies_to,
                used: false,
            }),
            _ => None,
        });
        YamlIgnores(ignores.collect())
    }

    /// Whether a comment silences a draft that stands in this file.
    pub(crate) fn silence(&mut self, draft: &Draft) -> bool {
        let code = draft.code();
        let Some(place) = draft.places().first() else {
            return false;
        };
        if is_kept(code) {
            return false;
        }
        let mut silenced = false;
        for ignore in &mut self.0 {
            if *ignore.code == *code.as_str() && ignore.applies_to.meets(place.span) {
                (ignore.used, silenced) = (true, true);
            }
        }
        silenced
    }

    /// What is said of comments that silenced nothing. A code that only a code repository's findings
    /// have may be silenced there.
    fn unused(&self, realm: &Arc<str>, file: &ParsedFile) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for ignore in self.0.iter().filter(|ignore| !ignore.used) {
            let code = &ignore.code;
            let why = match Code::parse(code) {
                None => format!("no finding has the code `{code}`: this comment silences nothing"),
                Some(known) if is_kept(known) => format!(
                    "`{code}` can be lowered only in realm.yaml's `findings`: this comment silences \
                     nothing"
                ),
                Some(known) if is_of_realm(known) => format!(
                    "there is no `{code}` here to silence: take the comment out, or it will hide \
                     the next one"
                ),
                Some(_) => continue,
            };
            let place = Place {
                root: Root::Realm(realm.clone()),
                path: file.path.clone(),
                span: ignore.comment,
            };
            let draft = Draft::new(Code::IgnoreUnused, place)
                .message(why)
                .in_realm(realm)
                .of_file(&file.kind)
                .subject(&file.path, code)
                .fix("remove-ignore", "Take the comment out".to_owned());
            drafts.push(draft);
        }
        drafts
    }
}

/// What no comment in a file may silence: the file's author is the one who causes it.
fn is_kept(code: Code) -> bool {
    only_the_realm_lowers(code.as_str()) || matches!(code, Code::UnsignedCommit | Code::RealmSyntax)
}

/// The codes that are about a realm's files by themselves.
fn is_of_realm(code: Code) -> bool {
    use Code::{
        BadName, BadRange, BadVersion, Cycle, EvolutionMismatch, EvolutionMissing, MemberPending,
        PathEscapes, RangeAmbiguous, RealmSchema, SchemaInvalid, UnknownKey, UnknownReference,
        ValueSchema,
    };
    matches!(
        code,
        BadName
            | BadRange
            | BadVersion
            | Cycle
            | EvolutionMismatch
            | EvolutionMissing
            | MemberPending
            | PathEscapes
            | RangeAmbiguous
            | RealmSchema
            | SchemaInvalid
            | UnknownKey
            | UnknownReference
            | ValueSchema
    )
}

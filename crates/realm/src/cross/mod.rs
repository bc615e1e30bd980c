//! What is wrong with a file only beside the others, or only on a certain day. A file that is there
//! and cannot be read defines what its path says, so that one broken file does not make a dozen
//! others look wrong; and what only such a file could tell is not judged.
//!
//! A realm may have 100,000 files, each of which is asked for its problems: what follows from all of
//! them together is worked out once ([`Facts`]), and no rule looks at all files for one.

mod acceptances;
mod bindings;
mod cycles;
mod deprecated;
mod facts;
mod governance;
mod history;
mod judged;
mod of_domain;
mod references;

use blue_text::Span;

use crate::date::Date;
use crate::decode::Text;
use crate::file::{ParsedFile, at_least_one_char};
use crate::kind::FileKind;
use crate::limits;
use crate::names::did_you_mean;
use crate::problem::{Problem, ProblemCode, RelatedPlace};
use crate::realm::Realm;
use crate::spans::{Spans, Step};

pub use deprecated::Elements;
pub(crate) use facts::{ContractKey, Facts};
pub(crate) use governance::Permissions;
pub use judged::Judged;
pub(crate) use judged::Memory;

/// The way to a value, or to its key.
#[derive(Debug, Clone)]
pub(crate) enum Way<'a> {
    /// To the value.
    Value(Vec<Step<'a>>),
    /// To the key under which the value stands.
    Key(Vec<Step<'a>>),
    /// To what a JSON pointer (RFC 6901) leads to below a value; where that is gone, to the nearest
    /// above it.
    Pointer(Vec<Step<'a>>, String),
    /// These bytes.
    Span(Span),
    /// The first of these that leads anywhere.
    FirstOf(Vec<Way<'a>>),
}

impl Way<'_> {
    /// The bytes at its end; nothing if it leads nowhere.
    pub(crate) fn span(&self, spans: &Spans<'_>) -> Option<Span> {
        match self {
            Self::Value(route) if route.is_empty() => None,
            Self::Value(route) => spans.value(route),
            Self::Key(route) => spans.key(route),
            Self::Pointer(route, pointer) if pointer.is_empty() => spans.key(route),
            Self::Pointer(route, pointer) => spans.pointer(route, pointer).or_else(|| {
                let above = pointer.rsplit_once('/').map_or("", |(above, _)| above);
                Self::Pointer(route.clone(), above.to_owned()).span(spans)
            }),
            Self::Span(span) => Some(*span),
            Self::FirstOf(ways) => ways.iter().find_map(|way| way.span(spans)),
        }
    }
}

/// A problem before it has a span.
#[derive(Debug, Clone)]
pub(crate) struct Loose<'a> {
    pub code: ProblemCode,
    pub way: Way<'a>,
    pub message: String,
    pub suggestion: Option<String>,
    /// Places in files of the realm: path, way, what they have to do with it.
    pub related: Vec<(Text, Way<'a>, String)>,
}

impl<'a> Loose<'a> {
    pub(crate) fn new(code: ProblemCode, way: Way<'a>, message: String) -> Self {
        Self {
            code,
            way,
            message,
            suggestion: None,
            related: Vec::new(),
        }
    }

    pub(crate) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    pub(crate) fn relate(mut self, path: impl Into<Text>, way: Way<'a>, message: String) -> Self {
        self.related.push((path.into(), way, message));
        self
    }

    /// With its spans: its own in `file`, which `spans` knows, the others' in `realm`.
    pub(crate) fn place(
        self,
        realm: &Realm,
        file: &ParsedFile,
        spans: Option<&Spans<'_>>,
    ) -> Problem {
        let span = spans.and_then(|spans| self.way.span(spans));
        let span = at_least_one_char(&file.text, span.unwrap_or_default());
        let mut problem = Problem::new(self.code, span, &self.message).suggest(self.suggestion);
        for (path, way, message) in self.related {
            let Some(other) = realm.file(&path) else {
                continue;
            };
            let span = Spans::new(&other.text).and_then(|spans| way.span(&spans));
            problem.related.push(RelatedPlace {
                path,
                span: at_least_one_char(&other.text, span.unwrap_or_default()),
                message: crate::problem::escaped(&message),
            });
        }
        problem
    }
}

/// A file, the realm it is judged beside, and what was found so far.
pub(crate) struct Beside<'a> {
    pub realm: &'a Realm,
    pub facts: &'a Facts,
    pub file: &'a ParsedFile,
    pub today: Option<Date>,
    loose: Vec<Loose<'a>>,
    /// How many more names may be held against a wrong one.
    comparisons: usize,
}

impl<'a> Beside<'a> {
    fn tell(&mut self, loose: Loose<'a>) {
        if !self.full() {
            self.loose.push(loose);
        }
    }

    /// True if nothing more will be kept, so that looking for more is a waste.
    fn full(&self) -> bool {
        self.loose.len() >= limits::PROBLEMS
    }

    /// The name that was most likely meant. Beyond [`limits::COMPARISONS`] of one file nothing is
    /// suggested any more: a realm of 100,000 repos must not cost as much for each wrong name.
    fn near<'n, N: AsRef<str> + ?Sized + 'n>(
        &mut self,
        name: &str,
        others: impl Iterator<Item = &'n N>,
    ) -> Option<String> {
        let left = self.comparisons;
        let mut looked_at = 0;
        let others = others
            .map(AsRef::as_ref)
            .take(left)
            .inspect(|_| looked_at += 1);
        let near = did_you_mean(name, others).map(str::to_owned);
        self.comparisons = left.saturating_sub(looked_at);
        near
    }
}

/// All problems of `file`, by itself and beside the rest of `realm`, in the order of its text.
pub(crate) fn problems_beside(
    realm: &Realm,
    facts: &Facts,
    file: &ParsedFile,
    today: Option<Date>,
) -> Vec<Problem> {
    let mut all = file.problems.clone();
    all.extend(problems(realm, facts, file, today));
    all.sort_by_key(|problem| (problem.span.start, problem.span.end, problem.code));
    all
}

/// The problems of `file` beside the rest of `realm`.
fn problems(realm: &Realm, facts: &Facts, file: &ParsedFile, today: Option<Date>) -> Vec<Problem> {
    let mut beside = Beside {
        realm,
        facts,
        file,
        today,
        loose: Vec::new(),
        comparisons: limits::COMPARISONS,
    };
    if file.kind == FileKind::Realm {
        too_much(&mut beside);
    }
    references::undefined_domain(&mut beside);
    references::of_file(&mut beside);
    governance::of_file(&mut beside);
    history::of_file(&mut beside);
    deprecated::of_file(&mut beside);
    bindings::of_file(&mut beside);
    acceptances::of_file(&mut beside);
    cycles::of_file(&mut beside);
    let loose = beside.loose;
    if loose.is_empty() {
        return Vec::new();
    }
    let spans = Spans::new(&file.text);
    let place = |loose: Loose<'_>| loose.place(realm, file, spans.as_ref());
    loose.into_iter().map(place).collect()
}

/// Limits that only the realm as a whole can meet.
fn too_much(beside: &mut Beside<'_>) {
    let left_out = beside.realm.left_out();
    if left_out > 0 {
        let most = limits::REALM_FILES;
        let message = format!(
            "the realm has more than {most} files: the last by name are left out ({left_out} or more)"
        );
        beside.tell(Loose::new(
            ProblemCode::LimitExceeded,
            Way::Value(vec![]),
            message,
        ));
    }
    if beside.facts.cycles.gave_up {
        let message =
            "the repos of this realm depend on each other in so many ways that not every \
                       circle through several domains was looked for"
                .to_owned();
        beside.tell(Loose::new(
            ProblemCode::LimitExceeded,
            Way::Value(vec![]),
            message,
        ));
    }
}

//! One file of a realm, read: its text, what it says, and what is wrong with it. A pure function of
//! path and bytes: whatever the bytes are, it answers, and what they cost is bounded by `limits`.

use std::sync::Arc;

use blue_text::Span;

use crate::decode::{At, Found, Problems, audit};
use crate::kind::{FileKind, classify};
use crate::limits;
use crate::model::{
    AcceptancesFile, BindingFile, ContractFile, DomainFile, GovernanceFile, Model, RealmFile,
    ReleaseFile, RepoFile,
};
use crate::open_quote::open_quote;
use crate::problem::{Problem, ProblemCode};
use crate::read;
use crate::spans::{Layout, Part};
use crate::yaml::{self, Limit, ReadError, Yaml};

/// A file of a realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedFile {
    /// Relative to the realm's root, with `/` between its parts.
    pub path: Arc<str>,
    /// What its path says it is.
    pub kind: FileKind,
    /// Its text; of bytes that are not UTF-8, with replacement characters; cut off at
    /// [`limits::FILE_BYTES`](crate::limits::FILE_BYTES).
    pub text: Arc<str>,
    /// What it says; nothing if it is not YAML, or not of the shape at its root.
    pub model: Option<Model>,
    /// What is wrong with it by itself, by place. What is wrong only beside other files:
    /// [`Realm::problems_of`](crate::Realm::problems_of).
    pub problems: Vec<Problem>,
}

macro_rules! model_as {
    ($($(#[$doc:meta])* $name:ident: $variant:ident($type:ty);)*) => {
        impl ParsedFile {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> Option<&Arc<$type>> {
                match &self.model {
                    Some(Model::$variant(file)) => Some(file),
                    _ => None,
                }
            })*
        }
    };
}

model_as! {
    /// As `realm.yaml`.
    as_realm: Realm(RealmFile);
    /// As a repo's file.
    as_repo: Repo(RepoFile);
    /// As `domain.yaml`.
    as_domain: Domain(DomainFile);
    /// As a domain's `governance.yaml`.
    as_governance: Governance(GovernanceFile);
    /// As a contract.
    as_contract: Contract(ContractFile);
    /// As a released version.
    as_release: Release(ReleaseFile);
    /// As a binding.
    as_binding: Binding(BindingFile);
    /// As acceptances.
    as_acceptances: Acceptances(AcceptancesFile);
}

/// Reads the file at `path`, relative to the realm's root. A path that is no file of the format
/// gives [`FileKind::Foreign`], no model and no problems.
#[must_use]
pub fn parse_file(path: &str, bytes: &[u8]) -> ParsedFile {
    let kind = classify(path).unwrap_or(FileKind::Foreign);
    let mut model = None;
    let (text, problems) = read_text(bytes, kind == FileKind::Foreign, |root, problems| {
        let root = At::root(root, "the file");
        if kind != FileKind::Foreign {
            audit(&root, problems);
            model = read::model(&kind, &root, problems);
        }
    });
    ParsedFile {
        path: path.into(),
        kind,
        text,
        model,
        problems,
    }
}

/// The file at `path` where that is a symbolic link. It is never followed, since it may lead anywhere on
/// the machine of whoever reads the realm (`security.md`): it has no text, and one problem.
#[must_use]
pub fn linked_file(path: &str) -> ParsedFile {
    ParsedFile {
        path: path.into(),
        kind: classify(path).unwrap_or(FileKind::Foreign),
        text: "".into(),
        model: None,
        problems: vec![Problem {
            code: ProblemCode::PathEscapes,
            span: Span::default(),
            message: "this is a symbolic link, which is not followed: put the file itself here"
                .to_owned(),
            suggestion: None,
            related: Vec::new(),
        }],
    }
}

/// Bytes to text, text to a tree, and what `decode` found in the tree to problems with spans.
/// `skip`: the text alone is wanted.
pub(crate) fn read_text(
    bytes: &[u8],
    skip: bool,
    decode: impl FnOnce(&Yaml, &mut Problems),
) -> (Arc<str>, Vec<Problem>) {
    let over = bytes.len() > limits::FILE_BYTES;
    let bytes = bytes.get(..limits::FILE_BYTES).unwrap_or(bytes);
    let (text, unreadable) = match std::str::from_utf8(bytes) {
        Ok(text) => (Arc::from(text), None),
        Err(error) => {
            let text: Arc<str> = String::from_utf8_lossy(bytes).into();
            (text, Some(error.valid_up_to()))
        }
    };
    if skip {
        return (text, Vec::new());
    }
    if over {
        let message = format!("the file is larger than {} bytes", limits::FILE_BYTES);
        let problem = at_byte(&text, 0, ProblemCode::LimitExceeded, message);
        return (text, vec![problem]);
    }
    if let Some(valid) = unreadable {
        let message = format!("byte {valid} of the file is not UTF-8");
        let problem = at_byte(&text, valid, ProblemCode::SourceUnreadable, message);
        return (text, vec![problem]);
    }
    let document = match yaml::read(&text) {
        Ok(document) => document,
        Err(error) => {
            let problem = syntax(&text, &error);
            return (text, vec![problem]);
        }
    };
    let mut problems = Problems::default();
    decode(&document.root, &mut problems);
    let problems = placed(&text, problems.found, document.more);
    (text, problems)
}

/// Gives each problem its span, and puts them in the order of the text.
pub(crate) fn placed(text: &str, found: Vec<Found>, second_document: bool) -> Vec<Problem> {
    if found.is_empty() && !second_document {
        return Vec::new();
    }
    let layout = Layout::new(text);
    let span = |found: &Found| {
        let layout = layout.as_ref()?;
        if let Some(span) = layout.find(&found.route, &found.part) {
            return Some(span);
        }
        // The two parsers read the text differently here: the nearest node that both know.
        (0..found.route.len())
            .rev()
            .find_map(|depth| layout.find(found.route.get(..depth)?, &Part::Key))
    };
    let mut problems: Vec<Problem> = found
        .into_iter()
        .map(|found| {
            let span = at_least_one_char(text, span(&found).unwrap_or_default());
            Problem::new(found.code, span, &found.message).suggest(found.suggestion)
        })
        .collect();
    if second_document {
        let span = layout.as_ref().and_then(Layout::second_document);
        let span = at_least_one_char(text, span.unwrap_or_default());
        let message = "a second document begins here; only the first counts";
        problems.push(Problem::new(ProblemCode::RealmSyntax, span, message));
    }
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end, problem.code));
    problems
}

fn syntax(text: &str, error: &ReadError) -> Problem {
    let start = if error.message.starts_with("control characters") {
        // Told by the parser without a place.
        text.find(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
    } else {
        None
    };
    let place = || {
        let chars = error.chars.unwrap_or_default();
        // It is counted without a byte order mark.
        let chars = chars + usize::from(text.starts_with('\u{feff}'));
        text.char_indices()
            .nth(chars)
            .map_or(text.len(), |(byte, _)| byte)
    };
    let start = start.unwrap_or_else(place);
    let (code, message) = match error.limit {
        Some(Limit::Depth) => (
            ProblemCode::LimitExceeded,
            format!(
                "lists and mappings lie more than {} levels deep here",
                limits::DEPTH
            ),
        ),
        Some(Limit::Aliases) => (
            ProblemCode::LimitExceeded,
            format!(
                "with its aliases written out, the file has more than {} nodes or {} bytes",
                limits::NODES,
                limits::SCALAR_BYTES
            ),
        ),
        None => (
            ProblemCode::RealmSyntax,
            format!("not YAML: {}", error.message),
        ),
    };
    let mut problem = at_byte(text, start, code, message);
    if error.limit.is_none() {
        explain(text, &mut problem);
    }
    problem
}

/// The slips that YAML's own words explain worst: a quote that is not closed, a glob that is not quoted, and a tab.
fn explain(text: &str, problem: &mut Problem) {
    if let Some(span) = open_quote(text, problem.span.start as usize) {
        problem.message = "not YAML: this quote is not closed".to_owned();
        problem.span = span;
        return;
    }
    let start = problem.span.start as usize;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..]
        .find(['\n', '\r'])
        .map_or(text.len(), |at| start + at);
    let line = &text[line_start..line_end];
    let indent = line.len() - line.trim_start().len();
    if line[..indent].contains('\t') {
        problem.message = "not YAML: a tab in the indentation; YAML wants spaces".to_owned();
        return;
    }
    let item = line.trim_start().trim_start_matches("- ").trim_start();
    let value = item
        .split_once(": ")
        .map_or(item, |(_, value)| value)
        .trim();
    let glob = value.len() > 1 && value.starts_with('*') && !value.contains(['"', '\'']);
    if !glob {
        return;
    }
    let Some(at) = line.rfind(value) else { return };
    problem.message = "not YAML: a glob that begins with `*` must be quoted".to_owned();
    problem.span = Span::from_range(line_start + at..line_start + at + value.len());
    problem.suggestion = Some(format!("\"{value}\""));
}

fn at_byte(text: &str, byte: usize, code: ProblemCode, message: String) -> Problem {
    let span = at_least_one_char(text, Span::from_range(byte..byte));
    Problem::new(code, span, &message)
}

/// An empty span takes the character after it; where that is a line's end or the text's, the one
/// before it: a place with nothing to show is one that an editor does not show.
pub(crate) fn at_least_one_char(text: &str, span: Span) -> Span {
    if !span.is_empty() {
        return span;
    }
    let mut start = (span.start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let after = text[start..].chars().next();
    let before = text[..start].chars().next_back();
    let ends_line = |c: Option<char>| c.is_none_or(|c| c == '\n' || c == '\r');
    let range = match (before, after) {
        (_, Some(after)) if !ends_line(Some(after)) => start..start + after.len_utf8(),
        (Some(before), _) if !ends_line(Some(before)) => start - before.len_utf8()..start,
        (_, Some(after)) => start..start + after.len_utf8(),
        (Some(before), None) => start - before.len_utf8()..start,
        (None, None) => 0..0,
    };
    Span::from_range(range)
}

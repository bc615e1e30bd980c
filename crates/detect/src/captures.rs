//! A repository's own queries (`.blue/queries/{language}/{name}.scm`): what is wrong with one, and the
//! values that one captures in a file.
//!
//! A query says where a value stands; what it is worth is folded as at any site, except that nobody
//! looks for wrappers. The repository is not trusted: a query has a limit of steps and of captures,
//! and both count work, not time, so that the answer is the same everywhere.

use std::ops::ControlFlow;
use std::sync::Arc;

use blue_pattern::Pattern;
use blue_text::Span;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use streaming_iterator::StreamingIterator;
use tree_sitter::{Node, Query, QueryCursor, QueryCursorOptions, QueryErrorKind, Tree};

use crate::apis::Op;
use crate::constants::{JsonKind, of_text};
use crate::directives::Says;
use crate::eval::{Evaluator, Scope, why_of};
use crate::facts::{Expr, Facts, Positions};
use crate::language::Dialect;
use crate::placed::PlacedSite;
use crate::program::Program;
use crate::value::{FileId, FuncRef, Value, Why};
use crate::walk::{Wanted, expressions_of};

/// Matches that may be under way at once: a query of many optional parts has more than it is worth.
const MAX_UNDER_WAY: u32 = 1_024;
/// Times that tree-sitter asks whether to go on, in one file: it does so every hundred steps.
const MAX_ASKED: u32 = 20_000;
/// Captures in one file.
const MAX_CAPTURES: usize = 2_000;

/// Why a query cannot be used, in words, and where. Bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryProblem {
    /// What stands there.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
}

/// A query that compiles.
#[derive(Debug)]
pub struct RepoQuery {
    query: Query,
    /// What each capture is.
    captures: Vec<Capture>,
    /// What `#set!` says of each pattern.
    settings: Vec<Settings>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Capture {
    /// `@value.field`; `@value` has no field of its own.
    Value(Option<SmolStr>),
    /// For the predicates.
    Other,
}

#[derive(Debug, Clone, Default)]
struct Settings {
    field: Option<SmolStr>,
    op: Option<Op>,
}

/// What a query captures in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The values, in the order of the text. The field that a capture names is in
    /// [`PlacedSite::stated`]; an empty one for a capture without a field.
    pub sites: Vec<PlacedSite>,
    /// The limit that was met, in words: there may be more.
    pub limit: Option<&'static str>,
}

/// The grammar that a folder of queries is for; nothing for a language that Blue does not read.
pub fn query_dialect(folder: &str) -> Option<Dialect> {
    match folder {
        "python" => Some(Dialect::Python),
        "typescript" => Some(Dialect::TypeScript),
        _ => None,
    }
}

/// Compiles a query for a grammar.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn compile_query(dialect: Dialect, text: &str) -> Result<RepoQuery, QueryProblem> {
    let query = Query::new(&dialect.grammar(), text).map_err(|error| problem(&error, text))?;
    let captures = query.capture_names().iter().map(|name| capture(name));
    let captures = captures.collect();
    let settings = (0..query.pattern_count()).map(|pattern| {
        let mut settings = Settings::default();
        for property in query.property_settings(pattern) {
            let value = property.value.as_deref().unwrap_or_default();
            match &*property.key {
                "field" if !value.is_empty() => settings.field = Some(value.into()),
                "op" => settings.op = op_named(value),
                _ => {}
            }
        }
        settings
    });
    Ok(RepoQuery {
        settings: settings.collect(),
        captures,
        query,
    })
}

fn capture(name: &str) -> Capture {
    match name.strip_prefix("value") {
        Some("") => Capture::Value(None),
        Some(field) => match field.strip_prefix('.') {
            Some(field) if !field.is_empty() => Capture::Value(Some(field.into())),
            _ => Capture::Other,
        },
        None => Capture::Other,
    }
}

fn op_named(word: &str) -> Option<Op> {
    [Op::Read, Op::Write, Op::Delete, Op::List]
        .into_iter()
        .find(|op| op.as_str() == word)
}

/// What a query that does not compile has wrong.
fn problem(error: &tree_sitter::QueryError, text: &str) -> QueryProblem {
    let start = error.offset.min(text.len());
    let is_word = |c: &char| c.is_alphanumeric() || "_-.?!".contains(*c);
    let rest = text.get(start..).unwrap_or_default();
    let word: usize = rest.chars().take_while(is_word).map(char::len_utf8).sum();
    let one = rest.chars().next().filter(|c| *c != '\n');
    let word = word.max(one.map_or(0, char::len_utf8));
    let what = rest.get(..word).unwrap_or_default();
    let message = match error.kind {
        QueryErrorKind::Syntax if what.is_empty() => "it ends before it is complete".to_owned(),
        QueryErrorKind::Syntax => "the syntax is wrong here".to_owned(),
        QueryErrorKind::NodeType => format!("the grammar has no node `{what}`"),
        QueryErrorKind::Field => format!("the grammar has no field `{what}`"),
        QueryErrorKind::Capture => format!("nothing is captured as `{what}`"),
        QueryErrorKind::Structure => "no code can have this structure".to_owned(),
        QueryErrorKind::Predicate | QueryErrorKind::Language => error.message.clone(),
    };
    QueryProblem {
        span: Span::new(start as u32, (start + word) as u32),
        message,
    }
}

impl RepoQuery {
    /// The fields that its captures name, each once.
    pub fn fields(&self) -> Vec<&str> {
        let of_captures = self.captures.iter().filter_map(|capture| match capture {
            Capture::Value(field) => field.as_deref(),
            Capture::Other => None,
        });
        let of_settings = self.settings.iter().filter_map(|it| it.field.as_deref());
        let mut fields: Vec<&str> = of_captures.chain(of_settings).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

/// What is odd about a query that compiles, sorted by place: captures and predicates that mean nothing
/// to Blue, and a query that captures no value.
pub fn query_oddities(query: &RepoQuery, text: &str) -> Vec<QueryProblem> {
    let mut found = Vec::new();
    let named = query.query.capture_names().iter().zip(&query.captures);
    for (name, capture) in named.clone() {
        let used = words(text, '@', name);
        if *capture == Capture::Other && !name.starts_with('_') && used.len() < 2 {
            let span = used.first().copied().unwrap_or_default();
            let message = format!(
                "`@{name}` is no capture that Blue knows, and no predicate asks for it: a value is \
                 `@value.FIELD`, and what only serves the query begins with `_`"
            );
            found.push(QueryProblem { span, message });
        }
    }
    if !named
        .clone()
        .any(|(_, capture)| matches!(capture, Capture::Value(_)))
    {
        found.push(QueryProblem {
            span: Span::empty(0),
            message: "it captures no value: name one `@value.FIELD`".to_owned(),
        });
    }
    for pattern in 0..query.query.pattern_count() {
        let unknown = query.query.general_predicates(pattern).iter();
        let unknown = unknown.map(|predicate| predicate.operator.to_string());
        let properties = query.query.property_predicates(pattern).iter();
        let properties = properties.map(|(_, is)| if *is { "is?" } else { "is-not?" }.to_owned());
        for name in unknown.chain(properties) {
            let span = words(text, '#', &name).first().copied();
            let message = format!(
                "`#{name}` is no predicate that Blue knows: there are `#eq?`, `#any-of?` and \
                 `#match?`, each also with `not-`, and `#set!`"
            );
            found.push(QueryProblem {
                span: span.unwrap_or_default(),
                message,
            });
        }
        for property in query.query.property_settings(pattern) {
            let value = property.value.as_deref().unwrap_or_default();
            let is_known = match &*property.key {
                "field" => !value.is_empty(),
                "op" => op_named(value).is_some(),
                _ => false,
            };
            if !is_known {
                let span = words(text, ' ', &property.key).first().copied();
                let message = format!(
                    "`{} {value}` is no setting that Blue knows: there are `field NAME` and `op \
                     read|write|delete|list`",
                    property.key
                );
                found.push(QueryProblem {
                    span: span.unwrap_or_default(),
                    message,
                });
            }
        }
    }
    found.sort_by_key(|problem| problem.span);
    found.dedup();
    found
}

/// Where a text has a word behind a sigil, the sigil with it.
fn words(text: &str, sigil: char, word: &str) -> Vec<Span> {
    let sought = format!("{sigil}{word}");
    let ends = |at: usize| {
        let after = text[at + sought.len()..].chars().next();
        !after.is_some_and(|c| c.is_alphanumeric() || "_-.?!".contains(c))
    };
    text.match_indices(&sought)
        .filter(|(at, _)| ends(*at))
        .map(|(at, _)| Span::new(at as u32, (at + sought.len()) as u32))
        .collect()
}

/// A node that a query captures as a value.
struct Caught<'t> {
    node: Node<'t>,
    field: SmolStr,
    op: Op,
}

/// What a query captures in a file of a program. `tree` is the file's; `stop` is asked now and then and
/// must not panic: nothing comes back when it said so.
pub fn captured(
    program: &dyn Program,
    (file, tree, text): (FileId, &Tree, &str),
    (name, query): (&str, &RepoQuery),
    positions: &Positions,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Captured> {
    let dialect = Dialect::of_path(&program.path(file))?;
    let mut found = Captured::default();
    let caught = caught(query, tree, text, &mut found.limit, stop)?;
    let mut eval = Evaluator::new(program);
    let root = tree.root_node();
    let mut cursor = root.walk();
    for statement in root.named_children(&mut cursor) {
        let inside = |it: &&Caught<'_>| {
            let range = statement.byte_range();
            range.contains(&it.node.start_byte()) && it.node.end_byte() <= range.end
        };
        let here: Vec<&Caught<'_>> = caught.iter().filter(inside).collect();
        if here.is_empty() {
            continue;
        }
        let wanted = Wanted {
            nodes: here.iter().map(|it| it.node.id()).collect(),
            ..Wanted::default()
        };
        let said = expressions_of(statement, text, dialect, wanted);
        let start = statement.start_byte() as u32;
        let item = positions.items.iter().position(|(at, _)| *at == start);
        let facts = match item {
            Some(item) => program.interface(file).items[item].clone(),
            None => Arc::new(Facts::default()),
        };
        for it in here {
            program.poll();
            let (expr, func) = match said.found.get(&it.node.id()) {
                Some(said) => said.clone(),
                // A bare word: a name in the grammar's sense, the inside of a string.
                None if it.node.named_child_count() == 0 => {
                    (Expr::Text(text[it.node.byte_range()].into()), None)
                }
                None => (Expr::Unknown(it.node.kind().into()), None),
            };
            let func = func.map(|func| FuncRef {
                file,
                facts: facts.clone(),
                func,
            });
            let scope = Scope {
                file,
                facts: facts.clone(),
                item: item.filter(|_| func.is_none()),
                frame: func.as_ref().map(|func| eval.open_frame(func)),
            };
            let values = eval.root(&expr, &scope);
            let statement = statement_around(it.node, statement);
            for value in values.iter() {
                place(value, it, (name, statement), &mut found.sites);
            }
        }
    }
    drop_silenced(&mut found.sites, positions);
    found
        .sites
        .sort_by(|a, b| (a.span, &a.stated, &a.pattern).cmp(&(b.span, &b.stated, &b.pattern)));
    found.sites.dedup_by(|a, b| {
        (a.span, &a.stated, &a.pattern, a.op) == (b.span, &b.stated, &b.pattern, b.op)
    });
    Some(found)
}

/// The nodes that a query captures as values.
fn caught<'t>(
    query: &RepoQuery,
    tree: &'t Tree,
    text: &str,
    limit: &mut Option<&'static str>,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Vec<Caught<'t>>> {
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MAX_UNDER_WAY);
    let (mut asked, mut stopped) = (0u32, false);
    let mut progress = |_: &tree_sitter::QueryCursorState| {
        asked += 1;
        stopped = stop();
        match stopped || asked > MAX_ASKED {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let mut found = Vec::new();
    let mut seen: FxHashSet<(usize, u32, usize)> = FxHashSet::default();
    {
        let options = QueryCursorOptions::new().progress_callback(&mut progress);
        let root = tree.root_node();
        let bytes = text.as_bytes();
        let mut matches = cursor.matches_with_options(&query.query, root, bytes, options);
        while let Some(matched) = matches.next() {
            let settings = &query.settings[matched.pattern_index];
            for capture in matched.captures {
                let Capture::Value(field) = &query.captures[capture.index as usize] else {
                    continue;
                };
                let node = capture.node;
                if !seen.insert((node.id(), capture.index, matched.pattern_index)) {
                    continue;
                }
                let field = field.clone().or_else(|| settings.field.clone());
                found.push(Caught {
                    node,
                    field: field.unwrap_or_default(),
                    op: settings.op.unwrap_or(Op::Read),
                });
            }
            if found.len() > MAX_CAPTURES {
                *limit = Some("more than 2,000 captures");
                break;
            }
        }
    }
    if stopped {
        return None;
    }
    if asked > MAX_ASKED {
        *limit = Some("more than 2,000,000 steps");
    } else if cursor.did_exceed_match_limit() {
        *limit = Some("more than 1,024 matches under way at once");
    }
    Some(found)
}

/// The innermost statement around a node.
fn statement_around(node: Node<'_>, outermost: Node<'_>) -> Span {
    let mut at = Some(node);
    while let Some(inner) = at {
        let kind = inner.kind();
        if kind.ends_with("_statement") || kind.ends_with("_declaration") {
            return span_of(inner);
        }
        at = inner.parent();
    }
    span_of(outermost)
}

fn span_of(node: Node<'_>) -> Span {
    Span::new(node.start_byte() as u32, node.end_byte() as u32)
}

/// The sites of a captured value: of each element where it is a list.
fn place(value: &Value, it: &Caught<'_>, about: (&str, Span), sites: &mut Vec<PlacedSite>) {
    if let Value::List(elements) = value {
        let all = elements.iter().flat_map(crate::value::Values::iter);
        for element in all.filter(|element| !matches!(element, Value::List(_))) {
            place(element, it, about, sites);
        }
        return;
    }
    let said = match value {
        Value::Text(text) => of_text(text),
        Value::Int(_) | Value::Number(_) => of_text(&value.to_text()),
        Value::Bool(_) | Value::Null => JsonKind::Unknown(Why::Syntax("missing value".into())),
        other => JsonKind::Unknown(why_of(other)),
    };
    let (pattern, opaque) = match said {
        JsonKind::Text(text) => (Pattern::parse(&text), None),
        JsonKind::Unknown(why) => (Pattern::parse("*"), Some(why)),
        _ => return,
    };
    let (name, statement) = about;
    sites.push(PlacedSite {
        op: it.op,
        pattern,
        bucket: None,
        span: span_of(it.node),
        statement,
        through: Vec::new(),
        how: vec![format!("captured by the query {name}")],
        opaque,
        stated: Some(it.field.clone()),
    });
}

/// Takes out what a comment says is no site, and what cannot be known where a comment states it.
fn drop_silenced(sites: &mut Vec<PlacedSite>, positions: &Positions) {
    sites.retain(|site| {
        !positions.directives.iter().any(|directive| {
            let is_here = directive.applies_to.contains(site.span.start);
            is_here
                && match directive.says {
                    Says::NotASite => true,
                    Says::Value { .. } => site.opaque.is_some(),
                    Says::Ignore { .. } => false,
                }
        })
    });
}

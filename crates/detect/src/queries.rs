//! A repository's own queries (`.blue/queries/{language}/{name}.scm`): whether they can be used.

use blue_text::Span;
use tree_sitter::{Query, QueryErrorKind};

use crate::language::Dialect;

/// Why a query cannot be used, in words, and where. Bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryProblem {
    /// What stands there.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
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
pub fn compile_query(dialect: Dialect, text: &str) -> Result<(), QueryProblem> {
    let Err(error) = Query::new(&dialect.grammar(), text) else {
        return Ok(());
    };
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
    Err(QueryProblem {
        span: Span::new(start as u32, (start + word) as u32),
        message,
    })
}

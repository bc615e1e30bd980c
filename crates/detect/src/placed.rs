//! Sites with their places in the text, after what comments say of them.

use blue_pattern::Pattern;
use blue_text::Span;

use crate::apis::Op;
use crate::directives::Says;
use crate::facts::{FactPositions, Positions, SpanTree};
use crate::grants::{Grant, Resource};
use crate::sites::{ArgPath, Bucket, Site};
use crate::value::{FileId, Why};

/// A site in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedSite {
    /// What it does.
    pub op: Op,
    /// The folded value.
    pub pattern: Pattern,
    /// The bucket, where that is known.
    pub bucket: Option<Bucket>,
    /// The key argument at the call nearest the user's code. Bytes of the file.
    pub span: Span,
    /// The statement around it.
    pub statement: Span,
    /// The files of the calls on its wrapper chain, without its own.
    pub through: Vec<FileId>,
    /// The steps that folded the value, in words.
    pub how: Vec<String>,
    /// Why nothing of the value is known.
    pub opaque: Option<Why>,
    /// The field of the contract, where a comment states it or a query captures it, instead of an
    /// operation.
    pub stated: Option<smol_str::SmolStr>,
}

/// A grant in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedGrant {
    /// What it allows or denies.
    pub grant: Grant,
    /// The argument that names the resources. Bytes of the file.
    pub span: Span,
    /// The whole call.
    pub call: Span,
    /// Each element of the argument, where it is written as a list.
    elements: Vec<Span>,
}

impl PlacedGrant {
    /// A grant of a template, which has its places by itself.
    pub(crate) fn of_template(
        grant: Grant,
        span: Span,
        call: Span,
        elements: Vec<Span>,
    ) -> PlacedGrant {
        PlacedGrant {
            grant,
            span,
            call,
            elements,
        }
    }

    /// The characters that make one of its resources: an element of the list, where it is written
    /// as one.
    pub fn element(&self, resource: &Resource) -> Option<Span> {
        self.elements.get(resource.element? as usize).copied()
    }
}

fn span_of(positions: &Positions, item: u32, call: u32, arg: Option<&ArgPath>) -> Option<Span> {
    let (start, spans) = positions.items.get(item as usize)?;
    let relative = match arg {
        None => spans.calls.get(call as usize)?.call,
        Some(arg) => tree_of(spans, call, arg)?.span,
    };
    relative.shifted(i64::from(*start))
}

/// The argument, or as far as the path to it leads.
fn tree_of<'p>(spans: &'p FactPositions, call: u32, arg: &ArgPath) -> Option<&'p SpanTree> {
    let mut at = spans.calls.get(call as usize)?.args.get(arg.arg as usize)?;
    for step in &arg.path {
        match at.children.get(*step as usize) {
            Some(child) => at = child,
            None => break,
        }
    }
    Some(at)
}

fn elements_of(positions: &Positions, grant: &Grant) -> Option<Vec<Span>> {
    let (start, spans) = positions.items.get(grant.item as usize)?;
    let tree = tree_of(spans, grant.call, grant.arg.as_ref()?)?;
    let shifted = |child: &SpanTree| child.span.shifted(i64::from(*start));
    tree.children.iter().map(shifted).collect()
}

/// Sites of a file with their places: those on a line that says `not-a-site` are gone, those that
/// a comment states are there. In the order of the text.
pub fn place_sites(sites: &[Site], positions: &Positions) -> Vec<PlacedSite> {
    let silenced: Vec<Span> = positions
        .directives
        .iter()
        .filter(|directive| directive.says == Says::NotASite)
        .map(|directive| directive.applies_to)
        .collect();
    let stated = stated_lines(positions);
    let mut placed = Vec::new();
    for site in sites {
        let Some(span) = span_of(positions, site.item, site.call, site.arg.as_ref()) else {
            continue;
        };
        let call = span_of(positions, site.item, site.call, None).unwrap_or(span);
        if silenced
            .iter()
            .any(|line| line.contains(span.start) || line.contains(call.start))
        {
            continue;
        }
        // What a comment states takes the place of what cannot be known.
        let is_stated = |line: &Span| line.contains(span.start) || line.contains(call.start);
        if site.opaque.is_some() && stated.iter().any(is_stated) {
            continue;
        }
        let statement = positions.items[site.item as usize].1.calls[site.call as usize].statement;
        let offset = i64::from(positions.items[site.item as usize].0);
        placed.push(PlacedSite {
            op: site.op,
            pattern: site.pattern.clone(),
            bucket: site.bucket.clone(),
            span,
            statement: statement.shifted(offset).unwrap_or(span),
            through: site.through.clone(),
            how: site.how.clone(),
            opaque: site.opaque.clone(),
            stated: None,
        });
    }
    for directive in &positions.directives {
        if let Says::Value { field, pattern } = &directive.says {
            placed.push(stated_site(field, pattern, directive.line));
        }
    }
    placed.sort_by(|a, b| (a.span, a.op, &a.pattern).cmp(&(b.span, b.op, &b.pattern)));
    placed.dedup_by(|a, b| {
        (a.span, a.op, &a.pattern, &a.bucket) == (b.span, b.op, &b.pattern, &b.bucket)
    });
    placed
}

/// The lines that comments state values for; of several comments above one line, each speaks of it.
fn stated_lines(positions: &Positions) -> Vec<Span> {
    let directives = &positions.directives;
    let of = |line: Span| {
        let mut own = directives.iter().filter(|it| it.line.start == line.start);
        own.find(|it| it.applies_to.start != it.line.start)
    };
    let stated = directives
        .iter()
        .filter(|it| matches!(it.says, Says::Value { .. }));
    let lines = stated.map(|directive| {
        let mut line = directive.applies_to;
        while let Some(next) = of(line) {
            line = next.applies_to;
        }
        line
    });
    lines.collect()
}

fn stated_site(field: &str, pattern: &str, line: Span) -> PlacedSite {
    let op = match field {
        "write" => Op::Write,
        "delete" => Op::Delete,
        "list" => Op::List,
        _ => Op::Read,
    };
    PlacedSite {
        op,
        pattern: Pattern::parse(pattern),
        bucket: None,
        span: line,
        statement: line,
        through: Vec::new(),
        how: vec!["stated by a comment".to_owned()],
        opaque: None,
        stated: Some(field.into()),
    }
}

/// Grants of a file with their places, in the order of the text.
pub fn place_grants(grants: &[Grant], positions: &Positions) -> Vec<PlacedGrant> {
    let mut placed: Vec<PlacedGrant> = grants
        .iter()
        .filter_map(|grant| {
            let call = span_of(positions, grant.item, grant.call, None)?;
            let told = grant.arg.as_ref().or(grant.told.as_ref());
            let span = span_of(positions, grant.item, grant.call, told);
            Some(PlacedGrant {
                grant: grant.clone(),
                span: span.unwrap_or(call),
                call,
                elements: elements_of(positions, grant).unwrap_or_default(),
            })
        })
        .collect();
    placed.sort_by_key(|placed| placed.span);
    placed
}

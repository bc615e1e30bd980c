//! The sites of a file that is open, by parts: a keystroke resolves the statements around it, not the
//! file. What it changes elsewhere in the file (a name that others read, a caller) is known to the
//! database by name, and has the parts that asked for it resolved again.
//!
//! Where a part begins is told by what the statements say, so that a statement more or less moves no
//! other part.

use std::sync::Arc;

use blue_detect::{Facts, FileId, Interface, Lead, Site, Statements};

use crate::by_name::Looked;
use crate::db::{Db, FileTree, SourceFile, interface, source_at};
use crate::lead_tree::statement_leads;
use crate::program::statement_sites;
use crate::told::{Found, Slice};

/// A part ends after one in so many statements.
const ONE_IN: u64 = 16;
/// Statements of a part at most.
const MOST: usize = 64;

/// All sites of a file, with a slice of what there is to be told.
pub(crate) fn sites_by_parts<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, source): (FileId, SourceFile),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Site> {
    let (mut sites, mut asked) = (Vec::new(), Vec::new());
    let mut first = 0;
    for (part, end) in (0..).zip(ends(db, source).iter()) {
        let found = part_sites(db, tree, (file, part), looked, slice);
        for site in found.found.iter() {
            let mut site = site.clone();
            site.item += first;
            sites.push(site);
        }
        asked.extend_from_slice(&found.asked);
        first = *end;
    }
    Found::new(sites, asked)
}

/// The sites of a part; statements are counted from its first.
#[salsa::tracked(returns(clone))]
fn part_sites<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, part): (FileId, u32),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Site> {
    let Some(source) = source_at(db, tree, file) else {
        return Found::new(Vec::new(), Vec::new());
    };
    let items = statements(db, source, part);
    let statements = Statements {
        items: &items,
        first: &|| first(db, source, part) as usize,
    };
    statement_sites(db, tree, (file, &statements), looked, slice)
}

/// All functions of a file that lead to a call of the tables.
pub(crate) fn leads_by_parts<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, source): (FileId, SourceFile),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    let (mut leads, mut asked) = (Vec::new(), Vec::new());
    for part in 0..ends(db, source).len() as u32 {
        let found = part_leads(db, tree, (file, part), looked, slice);
        leads.extend_from_slice(&found.found);
        asked.extend_from_slice(&found.asked);
    }
    leads.sort_unstable();
    leads.dedup();
    Found::new(leads, asked)
}

#[salsa::tracked(returns(clone))]
fn part_leads<'db>(
    db: &'db dyn Db,
    tree: FileTree,
    (file, part): (FileId, u32),
    looked: Looked<'db>,
    slice: Slice<'db>,
) -> Found<Lead> {
    let Some(source) = source_at(db, tree, file) else {
        return Found::new(Vec::new(), Vec::new());
    };
    let items = statements(db, source, part);
    statement_leads(db, tree, (file, &items), looked, slice)
}

/// The statements of a part; none of one that is no more.
#[salsa::tracked(returns(clone))]
fn statements(db: &dyn Db, file: SourceFile, part: u32) -> Arc<[Arc<Facts>]> {
    let ends = ends(db, file);
    let Some(end) = ends.get(part as usize) else {
        return Arc::new([]);
    };
    let range = first(db, file, part) as usize..*end as usize;
    let items = interface(db, file);
    items.items.get(range).unwrap_or_default().into()
}

/// The place of the first statement of a part.
#[salsa::tracked(returns(copy))]
fn first(db: &dyn Db, file: SourceFile, part: u32) -> u32 {
    let before = part.checked_sub(1);
    before.map_or(0, |before| {
        let ends = ends(db, file);
        ends.get(before as usize).copied().unwrap_or_default()
    })
}

/// Where the parts of a file end: the place of the statement after the last, by part.
#[salsa::tracked(returns(clone))]
fn ends(db: &dyn Db, file: SourceFile) -> Arc<[u32]> {
    ends_in(&interface(db, file)).into()
}

fn ends_in(interface: &Interface) -> Vec<u32> {
    let mut ends: Vec<u32> = Vec::new();
    let mut length = 0;
    for (at, facts) in interface.items.iter().enumerate() {
        length += 1;
        let is_last = at + 1 == interface.items.len();
        // The low bits of the hash of a short text are not mixed well.
        let is_end = facts.id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        if is_last || length == MOST || is_end.is_multiple_of(ONE_IN) {
            ends.push(at as u32 + 1);
            length = 0;
        }
    }
    ends
}

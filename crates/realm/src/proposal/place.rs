//! Where what is wrong with a change stands: in a file of the proposed realm, whatever was deleted.

use std::collections::BTreeMap;

use crate::cross::{Loose, Way};
use crate::decode::Text;
use crate::file::ParsedFile;
use crate::kind::{FileKind, binding_path, contract_path};
use crate::limits;
use crate::problem::Problem;
use crate::realm::Realm;
use crate::spans::{Spans, Step};

/// What was told, by file.
pub(super) struct Told<'a> {
    proposed: &'a Realm,
    loose: BTreeMap<Text, Vec<Loose<'a>>>,
}

impl<'a> Told<'a> {
    pub(super) fn new(proposed: &'a Realm) -> Self {
        Self {
            proposed,
            loose: BTreeMap::new(),
        }
    }

    /// Tells a problem of the file at `path`, which the proposed realm has.
    pub(super) fn tell(&mut self, path: &str, loose: Loose<'a>) {
        let of_file = self.loose.entry(path.into()).or_default();
        if of_file.len() < limits::PROBLEMS {
            of_file.push(loose);
        }
    }

    /// By path, and in each file by place.
    pub(super) fn in_order(self) -> Vec<(Text, Problem)> {
        let mut placed = Vec::new();
        for (path, loose) in self.loose {
            let Some(file) = self.proposed.file(&path) else {
                continue;
            };
            let spans = Spans::new(&file.text);
            let place = |loose: Loose<'_>| loose.place(self.proposed, file, spans.as_ref());
            let mut problems: Vec<Problem> = loose.into_iter().map(place).collect();
            problems.sort_by_key(|problem| (problem.span.start, problem.span.end, problem.code));
            placed.extend(problems.into_iter().map(|problem| (path.clone(), problem)));
        }
        placed
    }
}

/// The file and the place in it that speak for what was deleted from the proposed realm: of a
/// released version its contract's, of a contract its exporter's binding, of what is in a domain its
/// `domain.yaml`, of everything else `realm.yaml`; where that is gone too, the next of these.
pub(super) fn in_place_of<'a>(
    base: &Realm,
    proposed: &'a Realm,
    kind: &FileKind,
) -> Option<(&'a ParsedFile, Way<'a>)> {
    let key = |key| Way::Value(vec![Step::Key(key)]);
    let mut paths: Vec<(String, Way<'a>)> = Vec::new();
    if let FileKind::Release {
        domain, contract, ..
    } = kind
    {
        paths.push((contract_path(domain, contract), key("version")));
    }
    if let FileKind::Contract { domain, contract } = kind
        && let Some(held) = base.contract(domain, contract)
        && let Some(owner) = &held.owner
    {
        let exports = Way::Key(vec![Step::Key("exports")]);
        let way = Way::FirstOf(vec![exports, key("repo")]);
        paths.push((binding_path(domain, owner), way));
    }
    if let Some(domain) = kind.domain() {
        paths.push((format!("domains/{domain}/domain.yaml"), key("name")));
    }
    paths.push(("realm.yaml".to_owned(), key("name")));
    let mut found = paths.into_iter().filter_map(|(path, way)| {
        let file = proposed.file(&path)?;
        Some((&**file, way))
    });
    let last = || Some((&**proposed.files().next()?, Way::Value(Vec::new())));
    found.next().or_else(last)
}

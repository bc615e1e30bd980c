//! Circles of repos through several domains (`realm-format.md`, "Cycles"). Edges run from exporter
//! to importer, each labelled with the contract's domain; a circle that passes through two or more
//! domains has no order in which its repos can follow each other. Inside one domain two repos may
//! export to each other.
//!
//! A circle of two labels changes its label at some repo `v`: it enters by one domain and leaves by
//! another, and the rest of it is a way back that does not meet `v` again. So each repo is asked for
//! the shortest such way, which finds a circle through every repo that has one without counting
//! all circles (there may be exponentially many).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::facts::{Facts, target};
use super::{Beside, Loose, Way};
use crate::decode::Text;
use crate::kind::{FileKind, binding_path, classify};
use crate::limits;
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::realm::{Domain, Realm};
use crate::spans::Step;

/// The circles of a realm.
#[derive(Debug, Default)]
pub(crate) struct Cycles {
    /// By the path of the binding that is told: the importer's at whose repo the circle, begun with
    /// its first repo by name, closes.
    by_binding: HashMap<Text, Vec<Cycle>>,
    /// The domains of these bindings.
    told_in: HashSet<Name>,
    /// Whether [`limits::CYCLE_STEPS`] ended the search.
    pub gave_up: bool,
}

/// A circle: each repo exports, in the domain beside it, to the next, the last to the first.
#[derive(Debug, Clone)]
struct Cycle {
    steps: Vec<(Name, Name)>,
    /// The imports by which each step is made.
    imports: Vec<Vec<ImportPlace>>,
}

/// Where an import stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ImportPlace {
    path: Text,
    index: usize,
}

impl ImportPlace {
    fn way<'a>(&self) -> Way<'a> {
        Way::Value(vec![
            Step::Key("imports"),
            Step::Index(self.index),
            Step::Key("contract"),
        ])
    }
}

/// Domains by which one repo exports to another, with the imports.
type Labels = BTreeMap<Name, Vec<ImportPlace>>;

/// Repos as numbers in the order of their names.
#[derive(Default)]
struct Graph {
    repos: Vec<Name>,
    out: Vec<BTreeMap<usize, Labels>>,
    into: Vec<BTreeSet<usize>>,
}

pub(crate) fn find(realm: &Realm, facts: &Facts) -> Cycles {
    let graph = graph(realm, facts);
    let parts = parts(&graph);
    let mut steps = limits::CYCLE_STEPS;
    let mut seen = BTreeSet::new();
    let mut cycles = Cycles::default();
    for v in 0..graph.repos.len() {
        let Some(way) = shortest_through(&graph, &parts, v, &mut steps) else {
            continue;
        };
        let cycle = turned(way);
        let nodes: Vec<usize> = cycle.iter().map(|(repo, _)| *repo).collect();
        if seen.insert(nodes) {
            add(&graph, &cycle, &mut cycles);
        }
    }
    cycles.gave_up = steps == 0;
    cycles
}

/// Domains whose edges are looked up to see whether a new edge closes a circle, at most: beyond that
/// the search is as cheap.
const LOOK_UPS: usize = 10_000;

/// Whether none of these edges, which are new, closes a circle: then there are none beside those that
/// there were. No domain looks elsewhere.
pub(super) fn closes_none(facts: &Facts, added: &[&(Name, Name)]) -> bool {
    let mut left = LOOK_UPS;
    for (from, to) in added {
        let mut seen: HashSet<&Name> = HashSet::from([to]);
        let mut open = vec![to];
        while let Some(node) = open.pop() {
            for shows in facts.shows().values() {
                let Some(fewer) = left.checked_sub(1) else {
                    return false;
                };
                left = fewer;
                let start = (node.clone(), Name::from(""));
                let edges = shows.edges.iter_from(&start);
                for ((_, next), _) in edges.take_while(|((exporter, _), _)| exporter == node) {
                    if next == from {
                        return false;
                    }
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
        }
    }
    true
}

fn graph(realm: &Realm, facts: &Facts) -> Graph {
    let mut edges: BTreeMap<(Name, Name), Labels> = BTreeMap::new();
    for domain in realm.domains() {
        let Some(shows) = facts.domain(&domain.name) else {
            continue;
        };
        for (edge, places) in shows.edges.iter() {
            let labels = edges.entry(edge.clone()).or_default();
            // After those from a domain before this one by name.
            let label = labels.entry(domain.name.clone()).or_default();
            let path: Text = binding_path(&domain.name, &edge.1).into();
            label.extend(places.iter().map(|index| ImportPlace {
                path: path.clone(),
                index: *index,
            }));
        }
        if shows.looks_elsewhere() {
            edges_elsewhere(realm, facts, domain, &mut edges);
        }
    }
    let names: BTreeSet<Name> = edges
        .keys()
        .flat_map(|(from, to)| [from.clone(), to.clone()])
        .collect();
    let repos: Vec<Name> = names.into_iter().collect();
    let mut out = vec![BTreeMap::new(); repos.len()];
    let mut into = vec![BTreeSet::new(); repos.len()];
    for ((from, to), labels) in edges {
        let number = |name| repos.binary_search(name).unwrap_or_default();
        let (from, to) = (number(&from), number(&to));
        out[from].insert(to, labels);
        into[to].insert(from);
    }
    Graph { repos, out, into }
}

/// Who follows whom by the imports of a domain of which some name one.
fn edges_elsewhere(
    realm: &Realm,
    facts: &Facts,
    domain: &Domain,
    edges: &mut BTreeMap<(Name, Name), Labels>,
) {
    for (repo, file) in domain.bindings.iter() {
        let Some(binding) = file.as_binding() else {
            continue;
        };
        for import in &binding.imports {
            let Some(key) = target(realm, &domain.name, import) else {
                continue;
            };
            let Some(exporter) = facts.exporter(&key).filter(|from| *from != repo) else {
                continue;
            };
            let labels = edges.entry((exporter.clone(), repo.clone())).or_default();
            labels.entry(key.0).or_default().push(ImportPlace {
                path: file.path.clone(),
                index: import.index,
            });
        }
    }
}

/// The strongly connected part that each repo is in (Kosaraju, without recursion). Only inside one
/// are there circles.
fn parts(graph: &Graph) -> Vec<usize> {
    let count = graph.repos.len();
    let mut order = Vec::with_capacity(count);
    let mut visited = vec![false; count];
    for root in 0..count {
        if std::mem::replace(&mut visited[root], true) {
            continue;
        }
        let mut stack = vec![(root, graph.out[root].keys())];
        while let Some((node, next)) = stack.last_mut() {
            match next.next() {
                Some(to) if !std::mem::replace(&mut visited[*to], true) => {
                    stack.push((*to, graph.out[*to].keys()));
                }
                Some(_) => {}
                None => {
                    order.push(*node);
                    stack.pop();
                }
            }
        }
    }
    let mut part = vec![usize::MAX; count];
    for root in order.into_iter().rev() {
        if part[root] != usize::MAX {
            continue;
        }
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if part[node] == usize::MAX {
                part[node] = root;
                stack.extend(
                    graph.into[node]
                        .iter()
                        .filter(|to| part[**to] == usize::MAX),
                );
            }
        }
    }
    part
}

/// A step of a circle: the exporter, and the domain by which it exports to the next.
type NumberedStep = (usize, Name);

/// The shortest circle that enters `v` by one domain and leaves it by another; of equals the first
/// by the names of its repos.
fn shortest_through(
    graph: &Graph,
    parts: &[usize],
    v: usize,
    steps: &mut usize,
) -> Option<Vec<NumberedStep>> {
    let here = |other: &&usize| parts[**other] == parts[v];
    let out: Vec<usize> = graph.out[v].keys().filter(here).copied().collect();
    let into: Vec<usize> = graph.into[v].iter().filter(here).copied().collect();
    let leaving: BTreeSet<&Name> = out.iter().flat_map(|w| graph.out[v][w].keys()).collect();
    let entering: BTreeSet<&Name> = into.iter().flat_map(|u| graph.out[*u][&v].keys()).collect();
    let is_one_domain = leaving.len() + entering.len() <= 2 && leaving == entering;
    if is_one_domain || leaving.is_empty() || entering.is_empty() {
        return None;
    }
    let mut best: Option<Vec<NumberedStep>> = None;
    for w in &out {
        let before = ways_from(graph, parts, *w, v, steps);
        for u in into.iter().filter(|u| before.contains_key(u)) {
            let Some((enter, leave)) = differing(&graph.out[*u][&v], &graph.out[v][w]) else {
                continue;
            };
            let way = circle(graph, &before, [v, *w, *u], [enter, leave]);
            if best.as_ref().is_none_or(|best| way.len() < best.len()) {
                best = Some(way);
            }
        }
    }
    best
}

/// The repos that are reached from `w` without `v`, each with the one before it on a shortest way.
fn ways_from(
    graph: &Graph,
    parts: &[usize],
    w: usize,
    v: usize,
    steps: &mut usize,
) -> HashMap<usize, usize> {
    let mut before = HashMap::from([(w, w)]);
    let mut queue = VecDeque::from([w]);
    while let Some(node) = queue.pop_front() {
        // An edge that is in no circle costs nothing: whether the search ends does not hang on it.
        for to in graph.out[node].keys().filter(|to| parts[**to] == parts[v]) {
            let Some(left) = steps.checked_sub(1) else {
                return before;
            };
            *steps = left;
            if *to != v && !before.contains_key(to) {
                before.insert(*to, node);
                queue.push_back(*to);
            }
        }
    }
    before
}

/// Two domains, the one by which a circle enters and the one by which it leaves, that differ.
fn differing(entering: &Labels, leaving: &Labels) -> Option<(Name, Name)> {
    leaving.keys().find_map(|leave| {
        let enter = entering.keys().find(|enter| *enter != leave)?;
        Some((enter.clone(), leave.clone()))
    })
}

/// `v` to `w`, along the way to `u`, and back to `v`.
fn circle(
    graph: &Graph,
    before: &HashMap<usize, usize>,
    [v, w, u]: [usize; 3],
    [enter, leave]: [Name; 2],
) -> Vec<NumberedStep> {
    let mut way = vec![(u, enter)];
    let mut node = u;
    while node != w {
        let Some(&from) = before.get(&node) else {
            break;
        };
        let label = graph.out[from][&node].keys().next().cloned();
        way.push((from, label.unwrap_or_default()));
        node = from;
    }
    way.push((v, leave));
    way.reverse();
    way
}

/// The same circle, begun with its first repo.
fn turned(mut cycle: Vec<NumberedStep>) -> Vec<NumberedStep> {
    let least = cycle.iter().enumerate().min_by_key(|(_, (repo, _))| *repo);
    let start = least.map_or(0, |(index, _)| index);
    cycle.rotate_left(start);
    cycle
}

fn add(graph: &Graph, cycle: &[NumberedStep], cycles: &mut Cycles) {
    let nexts = cycle.iter().cycle().skip(1);
    let imports: Vec<Vec<ImportPlace>> = cycle
        .iter()
        .zip(nexts)
        .map(|((from, domain), (to, _))| {
            let labels = graph.out[*from].get(to);
            let places = labels.and_then(|labels| labels.get(domain));
            places.map(|places| places.to_vec()).unwrap_or_default()
        })
        .collect();
    let Some(closing) = imports.last().and_then(|places| places.first()) else {
        return;
    };
    let told_at = closing.path.clone();
    if let Some(domain) = classify(&told_at).as_ref().and_then(FileKind::domain) {
        cycles.told_in.insert(domain.clone());
    }
    let steps = cycle
        .iter()
        .map(|(repo, domain)| (graph.repos[*repo].clone(), domain.clone()));
    cycles.by_binding.entry(told_at).or_default().push(Cycle {
        steps: steps.collect(),
        imports,
    });
}

/// Imports beside the first of one step that are pointed at, at most.
const RELATED: usize = 10;

impl Cycles {
    /// Whether there are none for sure.
    pub(super) fn are_none(&self) -> bool {
        self.by_binding.is_empty() && !self.gave_up
    }

    /// Whether a circle is told at a file of this domain.
    pub(super) fn are_told_in(&self, domain: &str) -> bool {
        self.told_in.contains(domain)
    }
}

pub(super) fn of_file<'a>(beside: &mut Beside<'a>) {
    let facts = beside.facts;
    let cycles = facts.cycles.by_binding.get(&beside.file.path);
    for cycle in cycles.into_iter().flatten() {
        if beside.full() {
            return;
        }
        if let Some(loose) = told(cycle) {
            beside.tell(loose);
        }
    }
}

fn told<'a>(cycle: &Cycle) -> Option<Loose<'a>> {
    let (first, _) = cycle.steps.first()?;
    let mut spelled = String::new();
    for (repo, domain) in &cycle.steps {
        spelled.push_str(&format!("{repo} → ({domain}) → "));
    }
    let domains: BTreeSet<&Name> = cycle.steps.iter().map(|(_, domain)| domain).collect();
    let message = format!(
        "{spelled}{first} is a circle through {} domains, in which nobody can follow first: merge \
         the domains, turn one dependency round, or let all depend on a third repo (hub and spoke)",
        domains.len()
    );
    let (closing, others) = cycle.imports.split_last()?;
    let place = closing.first()?;
    let mut loose = Loose::new(ProblemCode::Cycle, place.way(), message);
    let nexts = cycle.steps.iter().cycle().skip(1);
    for (((from, domain), (to, _)), places) in cycle.steps.iter().zip(nexts).zip(others) {
        for place in places.iter().take(RELATED) {
            let message = format!("{to} imports from {from} here, in {domain}");
            loose = loose.relate(place.path.clone(), place.way(), message);
        }
    }
    let (last, domain) = cycle.steps.last()?;
    for place in closing.iter().skip(1).take(RELATED) {
        let message = format!("{first} imports from {last} here too, in {domain}");
        loose = loose.relate(place.path.clone(), place.way(), message);
    }
    Some(loose)
}

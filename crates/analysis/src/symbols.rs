//! Constants that contracts are read from (`detect: - symbol: QUEUE_NAMES`): where one is defined among
//! a contract's source files, what it says, and what is said where it cannot be read.

use std::sync::Arc;

use blue_detect::{
    Constant, Dialect, FileId, Json, JsonKind, Op, PlacedSite, Says, ValuePlace, Why, constant,
    place_value,
};
use blue_pattern::Pattern;
use blue_realm::{Step, binding_path};
use blue_text::Span;
use smol_str::SmolStr;

use crate::contract::{ExportModel, exports, place_in};
use crate::db::{
    Db, FileTree, RepoInput, SourceFile, definitions, group, groups, interface, positions,
};
use crate::detectors::SymbolDetector;
use crate::draft::{Draft, config_place};
use crate::export::{in_words, spelled};
use crate::finding::{Code, Place, Root, Severity};
use crate::leaves::{Leaf, detected_leaves, field_of};
use crate::program::TreeProgram;
use crate::sites::{Detected, Seen, lies_in};

/// Why a constant cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No source file of the contract defines it.
    Missing(usize),
    /// Several do.
    Several(usize, Vec<Place>),
    /// What it stands for is no value, and why.
    NoValue(usize, Place, Why),
}

/// What the constant of a contract says in a tree.
#[salsa::tracked(returns(clone))]
pub(crate) fn symbol_value(
    db: &dyn Db,
    repo: RepoInput,
    tree: FileTree,
    model: usize,
    symbol: usize,
) -> Arc<Constant> {
    let models = exports(db, repo);
    let model = &models[model];
    let symbol = &model.others.symbols[symbol].symbol;
    let files = tree.files(db);
    let mut defining: Vec<FileId> = Vec::new();
    for number in 0..groups(db, tree) {
        for id in group_definers(db, tree, number, (&**symbol).into()).iter() {
            let Some(file) = files.get(*id) else { continue };
            if lies_in(model, file.path(db)) {
                defining.push(*id);
            }
        }
    }
    // Files are numbered by who came first; what is said must not depend on that.
    defining.sort_by_key(|id| files.get(*id).map(|file| file.path(db).clone()));
    Arc::new(constant(&TreeProgram::new(db, tree), &defining, symbol))
}

/// The files of a group that bind a part of a dotted name.
#[salsa::tracked(returns(clone))]
fn group_definers(db: &dyn Db, tree: FileTree, number: u32, dotted: SmolStr) -> Arc<[FileId]> {
    let files = tree.files(db);
    let group = group(db, tree, number);
    let names: Vec<&str> = dotted.split('.').collect();
    let mut found: Vec<FileId> = Vec::new();
    for (id, content) in group.still.iter() {
        let Some(file) = files.get(*id) else { continue };
        if binds(db, file, content.text(), &names) {
            found.push(*id);
        }
    }
    for (id, file) in group.open.iter() {
        if is_definer(db, *file, dotted.clone()) {
            found.push(*id);
        }
    }
    found.sort_unstable();
    found.into()
}

/// Whether an open file does: what it says apart from that touches no other memo.
#[salsa::tracked(returns(copy))]
fn is_definer(db: &dyn Db, file: SourceFile, dotted: SmolStr) -> bool {
    let names: Vec<&str> = dotted.split('.').collect();
    let text = file.content(db).as_text();
    text.is_some_and(|text| binds(db, file, text, &names))
}

fn binds(db: &dyn Db, file: SourceFile, text: &str, names: &[&str]) -> bool {
    let mut names = names.iter();
    names.any(|name| text.contains(name) && !definitions(db, file, (*name).into()).is_empty())
}

/// What the constants of a contract say in a tree, put to the rest of what the tree says of it.
pub(crate) fn give_symbols(
    db: &dyn Db,
    repo: RepoInput,
    tree: FileTree,
    (index, model): (usize, &ExportModel),
    detected: &mut Detected,
) {
    for (number, symbol) in model.others.symbols.iter().enumerate() {
        match &*symbol_value(db, repo, tree, index, number) {
            Constant::Missing => {
                detected.troubles.push(Trouble::Missing(number));
                detected.unknown.push(symbol.into.clone());
            }
            Constant::Several(places) => {
                let places = places.iter().filter_map(|it| Some(placed(db, tree, it)?.0));
                let trouble = Trouble::Several(number, places.collect());
                detected.troubles.push(trouble);
                detected.unknown.push(symbol.into.clone());
            }
            Constant::Value(Json {
                kind: JsonKind::Unknown(why),
                place,
                ..
            }) => {
                if let Some((place, None)) = placed(db, tree, place) {
                    let trouble = Trouble::NoValue(number, place, why.clone());
                    detected.troubles.push(trouble);
                    detected.unknown.push(symbol.into.clone());
                }
            }
            Constant::Value(said) => {
                let value = model.contract.value.as_ref();
                let declared = value.and_then(|value| value.pointer(&symbol.into));
                let read = detected_leaves(said, declared, &symbol.into);
                for (leaf, place) in read.leaves {
                    give_leaf(db, tree, symbol, leaf, &place, detected);
                }
                for (pointer, why, place) in read.unknown {
                    give_unknown(db, tree, symbol, (pointer, why), &place, detected);
                }
            }
        }
    }
}

fn give_leaf(
    db: &dyn Db,
    tree: FileTree,
    symbol: &SymbolDetector,
    leaf: Leaf,
    place: &ValuePlace,
    detected: &mut Detected,
) {
    let Some((place, stated)) = placed(db, tree, place) else {
        return;
    };
    if stated == Some(Comment::NotASite) {
        return;
    }
    let pattern = Pattern::parse(&leaf.text);
    let value = (leaf.field.clone(), pattern.clone());
    let mut seen = seen(symbol, place, pattern, leaf.field.clone(), None);
    seen.leaf = Some(Arc::new(leaf));
    detected.values.entry(value).or_default().push(seen);
}

fn give_unknown(
    db: &dyn Db,
    tree: FileTree,
    symbol: &SymbolDetector,
    (pointer, why): (Arc<str>, Why),
    place: &ValuePlace,
    detected: &mut Detected,
) {
    let Some((place, stated)) = placed(db, tree, place) else {
        return;
    };
    // What a comment states takes the place of what cannot be known.
    if stated.is_some() {
        return;
    }
    let field = field_of(&pointer);
    let seen = seen(symbol, place, Pattern::parse("*"), field.clone(), Some(why));
    detected.opaque.push((field, seen));
    detected.unknown.push(pointer);
}

fn seen(
    symbol: &SymbolDetector,
    place: Place,
    pattern: Pattern,
    field: Arc<str>,
    opaque: Option<Why>,
) -> Seen {
    Seen {
        path: place.path,
        site: Arc::new(PlacedSite {
            op: Op::Read,
            pattern,
            bucket: None,
            span: place.span,
            statement: place.span,
            through: Vec::new(),
            how: vec![format!("a part of {}", symbol.symbol)],
            opaque,
            stated: Some((&*field).into()),
        }),
        by: Some(format!("a part of {}", symbol.symbol).into()),
        leaf: None,
    }
}

/// What a comment says of the line that a part of a value stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comment {
    /// That it is no part of the value.
    NotASite,
    /// What it is.
    States,
}

/// Where a part of a value stands, and what a comment says of its line.
fn placed(db: &dyn Db, tree: FileTree, place: &ValuePlace) -> Option<(Place, Option<Comment>)> {
    let file = tree.files(db).get(place.file)?;
    let positions = positions(db, file);
    let span = place_value(place, &positions).unwrap_or(Span::empty(0));
    let mut said = positions.directives.iter();
    let said = said.find_map(|directive| {
        let comment = match directive.says {
            Says::NotASite => Comment::NotASite,
            Says::Value { .. } => Comment::States,
            Says::Ignore { .. } => return None,
        };
        let is_here = directive.applies_to.contains(span.start);
        is_here.then_some(comment)
    });
    let place = Place {
        root: Root::Repo("".into()),
        path: file.path(db).clone(),
        span,
    };
    Some((place, said))
}

/// Whether a comment says of the line that a part of a value stands on that it is no part of it.
pub(crate) fn is_no_part(db: &dyn Db, tree: FileTree, place: &ValuePlace) -> bool {
    placed(db, tree, place).is_some_and(|(_, said)| said == Some(Comment::NotASite))
}

/// What is said of constants that cannot be read.
pub(crate) fn trouble(
    db: &dyn Db,
    repo: RepoInput,
    model: &ExportModel,
    trouble: &Trouble,
) -> Option<Draft> {
    let name = &model.contract.name;
    match trouble {
        Trouble::Missing(number) => Some(missing(db, repo, model, *number)),
        Trouble::NoValue(number, place, why) => {
            let detector = &model.others.symbols[*number];
            let symbol = &detector.symbol;
            let draft = Draft::new(Code::ExportOpaque, place.clone())
                .message(format!(
                    "`{symbol}`, which {name} is read from, is no constant whose value can be known \
                     (it comes from {why}): {} is not checked",
                    part_of(detector, "it"),
                ))
                .about(model)
                .subject("symbol", symbol)
                .fix(
                    "state-value",
                    "State the value in a comment: `blue: value FIELD PATTERN`".to_owned(),
                );
            Some(draft.lowered(Severity::Warning))
        }
        Trouble::Several(number, places) => {
            let symbol = &model.others.symbols[*number].symbol;
            let mut paths: Vec<&str> = places.iter().map(|place| &*place.path).collect();
            paths.dedup();
            let stem = paths.first().map(|path| module_name(path));
            let draft = Draft::new(Code::ExportAmbiguous, places.first()?.clone())
                .message(format!(
                    "`{symbol}`, which {name} is read from, is defined in {}: put the module in front \
                     of it in the binding, as in `{}.{symbol}`, or narrow the source files",
                    in_words(&paths, "and"),
                    stem.unwrap_or_default(),
                ))
                .about(model)
                .subject("symbol", symbol)
                .sites(places.iter().cloned());
            Some(draft)
        }
    }
}

/// The part of a contract's value that a constant is read for.
fn part_of(detector: &SymbolDetector, whole: &str) -> String {
    match &*detector.into {
        "" => whole.to_owned(),
        into => format!("`{}` of {whole}", field_of(into)),
    }
}

/// The name by which a file is imported.
fn module_name(path: &str) -> &str {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    let stem = stem.strip_suffix("/index").unwrap_or(stem);
    stem.rsplit('/').next().unwrap_or(stem)
}

/// Names that are looked through for the one that was meant.
const MAX_NAMES: usize = 2_000;

fn missing(db: &dyn Db, repo: RepoInput, model: &ExportModel, number: usize) -> Draft {
    let detector = &model.others.symbols[number];
    let (symbol, name) = (&detector.symbol, &model.contract.name);
    let files = repo.tree(db).files(db);
    let mut known: Vec<SmolStr> = Vec::new();
    for file in files.list.iter().flatten() {
        let path = file.path(db);
        if known.len() < MAX_NAMES && Dialect::of_path(path).is_some() && lies_in(model, path) {
            let interface = interface(db, *file);
            let defined = interface.items.iter().flat_map(|facts| &facts.definitions);
            known.extend(defined.map(|definition| definition.name.clone()));
        }
    }
    known.sort_unstable();
    known.dedup();
    let near = blue_realm::did_you_mean(symbol, known.iter().map(SmolStr::as_str));
    let hint = near.map(|near| format!(" (did you mean `{near}`?)"));
    let message = format!(
        "{name} is to be read from the constant `{symbol}`, which none of its source files defines{}: \
         {} is not checked",
        hint.unwrap_or_default(),
        part_of(detector, "it"),
    );
    let mut realms = repo.realms(db).iter();
    let Some(realm) = realms.find(|realm| *realm.name(db) == model.realm) else {
        return Draft::new(Code::UnknownReference, config_place(db, repo)).message(message);
    };
    let entry = [Step::Key("exports"), Step::Index(model.export.index)];
    let detect = [
        entry[0],
        entry[1],
        Step::Key("detect"),
        Step::Index(detector.index),
    ];
    let key = [
        detect[0],
        detect[1],
        detect[2],
        detect[3],
        Step::Key("symbol"),
    ];
    let path = binding_path(&model.domain, repo.name(db));
    let place = place_in(db, *realm, &path, &[&key, &detect, &entry]);
    let draft = Draft::new(Code::UnknownReference, place.clone())
        .message(message)
        .about(model)
        .subject("symbol", symbol);
    let near = near.map(str::to_owned);
    spelled(db, repo, draft, &place, (symbol, near))
}

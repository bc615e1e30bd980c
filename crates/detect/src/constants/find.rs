//! From a name to the expression it stands for: a constant by its dotted name among the files of a
//! contract, and a reference inside one through imports, classes and collections.

use std::sync::Arc;

use super::*;
use crate::facts::{Facts, ImportItem};

/// A step through names, imports and attributes more than this is a circle of imports.
const MAX_STEPS: u32 = 100;

/// What a dotted name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// Nothing in any of the files.
    Missing,
    /// Several things; where each is defined.
    Several(Vec<ValuePlace>),
    /// A value.
    Value(Json),
}

/// The constant of a dotted name: `QUEUE_NAMES`, an attribute of a class or an entry of an object
/// (`Paths.PREFIX`), each with the module in front where that tells it from another
/// (`config.QUEUES`). It is looked for in `files`, which may define it or import it.
pub fn constant(program: &dyn Program, files: &[FileId], dotted: &str) -> Constant {
    let mut reader = Reader {
        eval: Evaluator::new(program),
        program,
        left: MAX_PARTS,
        depth: 0,
        reading: Vec::new(),
    };
    let parts: Vec<&str> = dotted.split('.').collect();
    let mut found: Vec<(ValuePlace, Expr, At)> = Vec::new();
    for (split, name) in parts.iter().enumerate() {
        let (module, attributes) = (&parts[..split], &parts[split + 1..]);
        for file in files {
            program.poll();
            if !is_module(&program.path(*file), module)
                || program.definitions(*file, name).is_empty()
            {
                continue;
            }
            let Some(at) = reader.definition_at(*file, name) else {
                continue;
            };
            let expr = attributes
                .iter()
                .fold(Expr::Name((*name).into()), |on, name| {
                    Expr::Attr(Box::new(on), (*name).into())
                });
            let origin = match reader.follow(&expr, &at) {
                Follow::To(target) => target.at.place.clone(),
                Follow::Stop(_) => at.place.clone(),
                Follow::Not if attributes.is_empty() => at.place.clone(),
                // No attribute of that name is written: it may be inherited, or come from a call.
                Follow::Not => match reader.folded(&expr, &at).kind {
                    JsonKind::Unknown(Why::Syntax(_) | Why::External(_)) => continue,
                    _ => at.place.clone(),
                },
            };
            if found.iter().all(|(known, ..)| *known != origin) {
                found.push((origin, expr, at));
            }
        }
    }
    match found.as_slice() {
        [] => Constant::Missing,
        [(origin, expr, at)] => {
            let at = At {
                place: origin.clone(),
                ..at.clone()
            };
            Constant::Value(reader.named(expr, &at))
        }
        several => Constant::Several(several.iter().map(|(place, ..)| place.clone()).collect()),
    }
}

/// Whether a path is that of a module, as far as its name tells: `config` is `config.py`,
/// `src/config.ts` and `config/__init__.py`.
fn is_module(path: &str, module: &[&str]) -> bool {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let mut parts: Vec<&str> = stem.split('/').collect();
    if matches!(parts.last(), Some(&"__init__" | &"index")) && parts.len() > 1 {
        parts.pop();
    }
    parts.ends_with(module)
}

impl Reader<'_> {
    /// Where a name of a module is bound last, with the whole module around it.
    fn definition_at(&self, file: FileId, name: &str) -> Option<At> {
        let definitions = self.program.definitions(file, name);
        let (facts, index) = definitions.last()?;
        let item = self.item_of(file, facts)?;
        Some(At {
            scope: Scope::of_module(file, &Arc::new(Facts::default())),
            place: ValuePlace {
                file,
                item: item as u32,
                slot: Slot::Definition(*index),
                path: Vec::new(),
            },
        })
    }

    fn item_of(&self, file: FileId, facts: &Arc<Facts>) -> Option<usize> {
        let interface = self.program.interface(file);
        let items = &interface.items;
        let same = items.iter().position(|it| Arc::ptr_eq(it, facts));
        same.or_else(|| items.iter().position(|it| it.id == facts.id))
    }

    /// The definition that a name of a module has, seen from `before` (a statement of it) or from
    /// outside: nothing where which one holds depends on the way the program took.
    fn definition(&mut self, file: FileId, name: &str, before: Option<usize>) -> Option<Target> {
        let file = self.eval.definer(file, name)?;
        let definitions = self.program.definitions(file, name);
        let mut last: Option<(usize, Arc<Facts>, u32)> = None;
        let several = definitions.len() > 1;
        for (facts, index) in definitions.iter() {
            let item = self.item_of(file, facts)?;
            if several && before.is_some_and(|before| item >= before) {
                continue;
            }
            if facts.definitions[*index as usize].conditional && several {
                return None;
            }
            last = Some((item, facts.clone(), *index));
        }
        let (item, facts, index) = last?;
        Some(Target {
            expr: facts.definitions[index as usize].value.clone(),
            at: At {
                scope: Scope {
                    file,
                    facts,
                    frame: None,
                    item: Some(item),
                },
                place: ValuePlace {
                    file,
                    item: item as u32,
                    slot: Slot::Definition(index),
                    path: Vec::new(),
                },
            },
            name: Some(name.into()),
        })
    }

    /// Follows a reference to what it names, through names and imports as far as they go.
    pub(super) fn follow(&mut self, expr: &Expr, at: &At) -> Follow {
        self.follow_far(expr, at, MAX_STEPS)
    }

    fn follow_far(&mut self, expr: &Expr, at: &At, steps: u32) -> Follow {
        let Some(steps) = steps.checked_sub(1) else {
            return Follow::Stop(Why::Cycle);
        };
        let target = match expr {
            Expr::Own(index) => {
                let definition = &at.scope.facts.definitions[*index as usize];
                Some(Target {
                    expr: definition.value.clone(),
                    at: at.slot(Slot::Definition(*index)),
                    name: None,
                })
            }
            Expr::Name(name) => {
                let before = at.scope.item.filter(|_| at.scope.frame.is_none());
                self.definition(at.scope.file, name, before)
            }
            Expr::Import(index) => {
                let import = at.scope.facts.imports[*index as usize].clone();
                let module = self.program.module(at.scope.file, &import.module);
                match (&import.item, module) {
                    (ImportItem::Named(name), Some(file)) => self.definition(file, name, None),
                    _ => None,
                }
            }
            Expr::Attr(object, name) => match self.attribute(object, name, at, steps) {
                Ok(target) => target,
                Err(stop) => return stop,
            },
            Expr::Index(object, index) => {
                let step = match self.eval.root(index, &at.scope).iter().as_slice() {
                    [Value::Text(text)] => text.known(),
                    [Value::Int(number)] => Some(number.to_string()),
                    _ => None,
                };
                let Some(step) = step else {
                    return Follow::Not;
                };
                match self.container(object, at, steps) {
                    Ok(Some(container)) => entry(&container, &step),
                    Ok(None) => None,
                    Err(stop) => return stop,
                }
            }
            _ => None,
        };
        let Some(target) = target else {
            return Follow::Not;
        };
        // A name for a name. What is changed in place by this name is this name's.
        let is_reference = matches!(
            target.expr,
            Expr::Own(_) | Expr::Name(_) | Expr::Import(_) | Expr::Attr(..) | Expr::Index(..)
        );
        if is_reference && !self.is_changed(&target) {
            return match self.follow_far(&target.expr, &target.at, steps) {
                Follow::Not => Follow::To(Box::new(target)),
                further => further,
            };
        }
        Follow::To(Box::new(target))
    }

    fn is_changed(&self, target: &Target) -> bool {
        let interface = self.program.interface(target.at.place.file);
        let mut changes = interface.items.iter().flat_map(|facts| &facts.changes);
        target
            .name
            .as_ref()
            .is_some_and(|name| changes.any(|(changed, _)| changed == name))
    }

    /// What an object is that something is taken of.
    fn container(&mut self, object: &Expr, at: &At, steps: u32) -> Result<Option<Target>, Follow> {
        match object {
            Expr::Class(_) | Expr::Map(_) | Expr::List(_) => Ok(Some(Target {
                expr: object.clone(),
                at: at.clone(),
                name: None,
            })),
            _ => match self.follow_far(object, at, steps) {
                Follow::To(target) if self.is_changed(&target) => Err(Follow::Stop(syntax(
                    "part of a value that is changed in place",
                ))),
                Follow::To(target) => Ok(Some(*target)),
                Follow::Not => Ok(None),
                stop @ Follow::Stop(_) => Err(stop),
            },
        }
    }

    fn attribute(
        &mut self,
        object: &Expr,
        name: &str,
        at: &At,
        steps: u32,
    ) -> Result<Option<Target>, Follow> {
        // A module's name: `config.QUEUES`.
        if let [Value::Module(file)] = self.eval.root(object, &at.scope).iter().as_slice() {
            return Ok(self.definition(*file, name, None));
        }
        let Some(container) = self.container(object, at, steps)? else {
            return Ok(None);
        };
        let scalar = matches!(
            container.expr,
            Expr::Text(_) | Expr::Int(_) | Expr::Number(_)
        );
        if scalar && name == "value" {
            return Ok(Some(container));
        }
        Ok(match &container.expr {
            Expr::Class(class) => {
                let attributes = &container.at.scope.facts.classes[*class as usize].attributes;
                let index = attributes.iter().rposition(|(known, _)| known == name);
                index.map(|index| Target {
                    expr: attributes[index].1.clone(),
                    at: container.at.slot(Slot::Attribute(*class, index as u32)),
                    name: None,
                })
            }
            _ => entry(&container, name),
        })
    }
}

/// An entry of a literal collection; nothing where a spread may say otherwise.
fn entry(container: &Target, step: &str) -> Option<Target> {
    let (index, value) = match &container.expr {
        Expr::Map(entries) => {
            let is_it = |key: &Option<Expr>| match key {
                Some(Expr::Text(key)) => key == step,
                Some(Expr::Int(key)) => key.to_string() == step,
                // It may be this very key.
                _ => true,
            };
            let index = entries.iter().rposition(|(key, _)| is_it(key))?;
            entries[index]
                .0
                .as_ref()
                .filter(|key| matches!(key, Expr::Text(_) | Expr::Int(_)))?;
            (index, &entries[index].1)
        }
        Expr::List(elements) => {
            let index: usize = step.parse().ok()?;
            let before = elements.get(..=index)?;
            if before.iter().any(|it| matches!(it, Expr::Spread(_))) {
                return None;
            }
            (index, &elements[index])
        }
        _ => return None,
    };
    Some(Target {
        expr: value.clone(),
        at: container.at.child(index),
        name: None,
    })
}

//! Methods of something whose class cannot be told: a plugin that is looked up by its name, a parameter
//! without a type. Which methods of the repository such a call may mean, by their name and by what they
//! do with what they are given.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::apis::api_table;
use crate::callees::fits;
use crate::crowds::{top_in_crowd, top_of};
use crate::eval::Scope;
use crate::facts::{ArgKind, Call, Expr, Facts, Function, ParamKind};
use crate::sites::Finder;
use crate::taint::Taint;
use crate::value::{Closure, External, FileId, FuncRef, Part, Value, Values, Why};
use crate::wrappers::is_everybodys;

/// A method of something unknown may be that of as many classes.
const MAX_NAMESAKES: usize = 3;
/// One that all classes with a method of that name have alike may be that of as many as these.
const MAX_ALIKE: usize = 16;
/// More methods of one name than this are not looked at.
const MAX_METHODS: usize = 64;

/// A method by that name, wherever a class has one.
#[derive(Clone)]
pub(crate) struct Namesake {
    func: FuncRef,
    path: Arc<str>,
    /// Whether it calls the SDK itself.
    calls_sdk: bool,
    /// The places of the parameters that it gives to the SDK as keys.
    keys: Vec<usize>,
}

impl Namesake {
    fn function(&self) -> &Function {
        self.func.function()
    }

    /// Whether its parameters at the key's places are named as another one's are.
    fn takes_keys_of(&self, other: &Namesake) -> bool {
        let named = |of: &Namesake, at: usize| {
            let param = of.function().params.get(at)?;
            Some(param.name.to_lowercase().replace('_', ""))
        };
        let mut keys = other.keys.iter();
        keys.all(|at| named(self, *at).is_some() && named(self, *at) == named(other, *at))
    }
}

impl Finder<'_> {
    /// The methods that a call may mean that is made on something unknown.
    pub(crate) fn namesakes_meant(
        &mut self,
        object: &Expr,
        name: &SmolStr,
        call: &Call,
        scope: &Scope,
    ) -> Vec<Closure> {
        let on = self.eval.root(object, scope);
        let folder = on.iter().find_map(|value| loaded(value)?.folder());
        let is_loaded = folder.is_some();
        if !on.iter().all(is_unknown) || is_everybodys(name) && !is_loaded {
            return Vec::new();
        }
        let all = self.namesakes(name, scope.file);
        let is_meant = |it: &&Namesake| {
            let is_there = |folder: &String| it.path.contains(folder.as_str());
            folder.as_ref().is_none_or(is_there) && fits(call, &it.func, &it.path)
        };
        let fitting: Vec<&Namesake> = all.iter().filter(is_meant).collect();
        let calling = fitting.iter().filter(|it| it.calls_sdk);
        let calling: Vec<&Namesake> = calling.copied().collect();
        let meant: Vec<&Namesake> = match all.as_ref() {
            [_] => fitting,
            _ if is_loaded || is_distinctive(name) && are_alike(&fitting, &calling) => {
                match fitting.len() {
                    0..=MAX_ALIKE => fitting,
                    _ => calling,
                }
            }
            // Whatever calls it takes these arguments for the same things.
            _ if is_distinctive(name) && take_the_same(&fitting, call) => fitting,
            // Several are named as an SDK names its own: the one that calls the SDK itself.
            several if is_of_the_sdk(name) => {
                match several.iter().filter(|it| it.calls_sdk).count() {
                    1 => calling,
                    _ => Vec::new(),
                }
            }
            // Of a few that do the same with different keys, any.
            few if few.len() <= MAX_NAMESAKES && few.iter().all(|it| it.calls_sdk) => calling,
            _ => Vec::new(),
        };
        if meant.len() > MAX_ALIKE {
            return Vec::new();
        }
        let meant = meant.into_iter();
        meant
            .map(|it| Closure {
                func: it.func.clone(),
                this: None,
                outer: None,
                given: None,
            })
            .collect()
    }

    /// Every method of a name, with what its syntax says that it does; in a crowd those of the program that a file is in.
    fn namesakes(&mut self, name: &SmolStr, from: FileId) -> Rc<[Namesake]> {
        let top = top_in_crowd(self.program, &self.program.path(from));
        let asked = (name.clone(), top);
        if let Some((known, read)) = self.functions.namesakes.get(&asked)
            && self.program.read_again(*read)
        {
            return known.clone();
        }
        self.program.note();
        let methods = self.program.methods(name);
        let is_of_program =
            |file: FileId| asked.1.is_empty() || top_of(&self.program.path(file)) == asked.1;
        let methods: Vec<_> = methods.iter().filter(|it| is_of_program(it.0)).collect();
        let found: Rc<[Namesake]> = match methods.len() {
            0..=MAX_METHODS => methods.into_iter().map(|it| self.namesake(it)).collect(),
            _ => Rc::default(),
        };
        let known = (found.clone(), self.program.noted());
        self.functions.namesakes.insert(asked, known);
        found
    }

    fn namesake(&self, (file, facts, func): &(FileId, Arc<Facts>, u32)) -> Namesake {
        let table = api_table(self.language(*file));
        let around = self.around(*file);
        let mut taint = Taint::new(facts);
        let mut keys = Vec::new();
        let mut calls_sdk = false;
        for index in facts.functions[*func as usize].calls.clone() {
            let call = &facts.calls[index as usize];
            let Some(name) = call.callee_name() else {
                continue;
            };
            calls_sdk |= table.may_hold(name, call, facts, &around);
            for (key, _) in table.keys(name, call, facts, &around) {
                let own = taint.of(key).into_iter().filter(|(of, _)| of == func);
                keys.extend(own.map(|(_, at)| at as usize));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Namesake {
            func: FuncRef {
                file: *file,
                facts: facts.clone(),
                func: *func,
            },
            path: self.program.path(*file),
            calls_sdk,
            keys,
        }
    }
}

/// Whether all methods that a call may mean take the same keys, and some of them give these to the SDK.
fn are_alike(fitting: &[&Namesake], calling: &[&Namesake]) -> bool {
    let Some(one) = calling.iter().find(|it| !it.keys.is_empty()) else {
        return false;
    };
    fitting.iter().all(|it| it.takes_keys_of(one))
}

/// Whether all methods that a call may mean name alike what it gives them.
fn take_the_same(fitting: &[&Namesake], call: &Call) -> bool {
    let positional = call.args.iter().filter(|arg| arg.keyword.is_none());
    let given = positional.count();
    let named = |it: &Namesake| {
        let params = it.function().params.iter().take(given);
        let plain =
            params.map(|param| (param.kind == ParamKind::Plain).then(|| param.name.clone()));
        plain.collect::<Option<Vec<_>>>()
    };
    let is_plain = call.args.iter().all(|arg| arg.kind == ArgKind::Plain);
    let Some((first, others)) = fitting.split_first().filter(|_| is_plain) else {
        return false;
    };
    let expected = named(first);
    expected.is_some() && others.iter().all(|it| named(it) == expected)
}

/// Whether a name is of two words or more: what a method is called that is not everybody's.
pub(crate) fn is_distinctive(name: &str) -> bool {
    let inner = name.trim_start_matches('_');
    inner.contains('_') || inner.chars().any(char::is_uppercase)
}

/// Something of which nobody can tell what it is, and which may be an object of the repository.
pub(crate) fn is_unknown(value: &Value) -> bool {
    match value {
        Value::Hole(Why::External(_)) => false,
        Value::Hole(_) => true,
        value => loaded(value).is_some(),
    }
}

/// What is looked up by a name as the program runs.
struct Loaded<'v> {
    /// The name of the module that it is of, where that is said.
    module: Option<&'v Values>,
}

impl Loaded<'_> {
    /// The folder that holds the module: what is known of its name, as far as its last dot.
    fn folder(&self) -> Option<String> {
        let Value::Text(text) = self.module?.first() else {
            return None;
        };
        let Some(Part::Literal(known)) = text.parts.first() else {
            return None;
        };
        let (folder, _) = known.trim_start_matches('.').rsplit_once('.')?;
        Some(format!("{}/", folder.replace('.', "/")))
    }
}

/// `import_module(f"stores.{kind}").Store()`, `getattr(module, name)()`, an entry point that is loaded.
fn loaded(value: &Value) -> Option<Loaded<'_>> {
    const LOADERS: [&str; 9] = [
        "importlib.import_module()",
        "import_module()",
        "__import__()",
        "importlib.metadata.entry_points()",
        "pkg_resources.load_entry_point()",
        "pkg_resources.iter_entry_points()",
        "django.utils.module_loading.import_string()",
        "werkzeug.utils.import_string()",
        "pydoc.locate()",
    ];
    let Value::External(external) = value else {
        return None;
    };
    let path = external.path.as_str();
    if let Some(loader) = LOADERS.iter().find(|loader| path.starts_with(**loader)) {
        let module = made_by(external, loader).and_then(|it| it.args.positional.first());
        return Some(Loaded {
            module: module.filter(|_| loader.contains("import_module")),
        });
    }
    if !path.starts_with("getattr()") {
        return None;
    }
    match made_by(external, "getattr()")?
        .args
        .positional
        .first()?
        .first()
    {
        // Of a module of the repository, by a name that is not known.
        Value::Module(_) | Value::Hole(_) => Some(Loaded { module: None }),
        module => loaded(module),
    }
}

/// The call by that path that something came of.
fn made_by<'v>(external: &'v External, path: &str) -> Option<&'v External> {
    let mut at = external;
    loop {
        // An attribute of what a call returned has the arguments of the call.
        let made = at.path.rfind(')').map(|end| &at.path[..=end]);
        if made == Some(path) {
            return Some(at);
        }
        at = at.on.as_deref()?;
    }
}

/// Whether a method is named as one of the S3 client's own, and as little else is.
fn is_of_the_sdk(method: &str) -> bool {
    matches!(
        method,
        "put_object"
            | "get_object"
            | "head_object"
            | "delete_object"
            | "delete_objects"
            | "copy_object"
            | "list_objects"
            | "upload_fileobj"
            | "download_fileobj"
            | "putObject"
            | "getObject"
            | "headObject"
            | "deleteObject"
            | "copyObject"
            | "listObjects"
    )
}

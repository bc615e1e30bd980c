//! What is read off objects: attributes of modules and of whatever else has some, entries of collections.

use super::*;
use crate::builtins::addresses::{self, AddressPart};
use crate::builtins::paths;
use crate::language::Language;
use crate::transpiled::EXPORTS;
use crate::value::External;
use crate::value::MAX_ALTERNATIVES;

/// Calls of a function, that are looked at for what it makes.
const MAX_MADE_BY: usize = 4;

impl Evaluator<'_> {
    /// `object.name`, where it is not called.
    pub(crate) fn attribute(&mut self, object: &Value, name: &str, from: FileId) -> Values {
        match object {
            Value::Module(file) => self.module_attribute(*file, name),
            Value::External(external)
                if external.path == "django.conf.settings"
                    && let Some(values) = self.django_setting(name, from) =>
            {
                values
            }
            Value::External(external)
                if frameworks::is_flask_configuration(&external.path)
                    && let Some(values) = self.flask_setting(name, from) =>
            {
                values
            }
            Value::External(external) if is_environment(&external.path) => {
                Values::hole(Why::Environment(name.into()))
            }
            Value::External(external)
                if is_parsed(&external.path)
                    && let Some(values) = self
                        .option(name, from)
                        .or_else(|| self.option(name, parsed_in(external)?)) =>
            {
                values
            }
            Value::Hole(Why::Parameter(param) | Why::Field(param))
                if is_options(param)
                    && let Some(values) = self.option(name, from) =>
            {
                values
            }
            Value::External(external)
                if let Some(values) = crate::listings::said_of(external, name)
                    .or_else(|| crate::receivers::said_of(external, name))
                    .or_else(|| crate::builtins::schemas::said_of(external, name)) =>
            {
                values
            }
            Value::External(external) => {
                // What a compiler makes of a default import.
                if name == "default" {
                    return Values::one(object.clone());
                }
                if let Some(part) = AddressPart::named(name)
                    && let Some(values) =
                        addresses::part_of(&external.path, &external.args.positional, part)
                {
                    return values;
                }
                if matches!(external.path.as_str(), "os" | "path" | "path.posix") && name == "sep" {
                    return Values::one(Value::text("/"));
                }
                if matches!(external.path.as_str(), "os" | "os.path") && name == "extsep" {
                    return Values::one(Value::text("."));
                }
                let path = format!("{}.{name}", external.path);
                if external.path.contains('(') {
                    return crate::builtins::external_attribute(external, name);
                }
                match self.program.module(from, &path) {
                    Some(file) => Values::one(Value::Module(file)),
                    None => Values::one(Value::external(path)),
                }
            }
            Value::Class(class) => match self.class_attribute(class, name) {
                Some(values) => values.flat_map(|value| match value {
                    Value::Func(closure) if is_static_getter(closure) => {
                        self.call_closure(closure, &Args::default())
                    }
                    other => Values::one(other.clone()),
                }),
                None => crate::builtins::records::manager(class, name)
                    .unwrap_or_else(|| Values::hole(Why::Syntax("attribute".into()))),
            },
            // `self.__class__(…)`, `new this.constructor(…)`
            Value::Instance { .. } if matches!(name, "__class__" | "constructor") => {
                Values::one(functional::class_of(object))
            }
            Value::Instance { class, args } => {
                let values = self.instance_attribute(class, args, name, object);
                match args {
                    Some(_) => values,
                    None => given_where_made(&values, name),
                }
            }
            Value::Map(map) => map_entry(map, name).flat_map(|value| match value {
                Value::Func(closure) => {
                    let closure = called_on(closure, object);
                    match closure.func.function().kind {
                        FunctionKind::Property => self.call_closure(&closure, &Args::default()),
                        _ => Values::one(Value::Func(closure)),
                    }
                }
                other => Values::one(other.clone()),
            }),
            // An enum's member is its value.
            Value::Text(_) | Value::Int(_) if name == "value" => Values::one(object.clone()),
            Value::Text(text) if name == "length" => crate::builtins::places::length(text),
            Value::Text(text) => match paths::attribute(text, name) {
                Some(part) => part.into(),
                None => Values::hole(Why::Syntax("attribute".into())),
            },
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("attribute".into())),
        }
    }

    /// The default of an option of the command line, as the file says it to Commander or to yargs:
    /// `.option("-p, --key-prefix <prefix>", "where", "inbox")`, `.option("keyPrefix", { default: "inbox" })`.
    fn option_of_javascript(&mut self, name: &str, file: FileId) -> Option<Values> {
        let calls = self.program.calls(file, "option");
        for (facts, _, index) in calls.iter() {
            let args = &facts.calls[*index as usize].args;
            let Some(Expr::Text(flags)) = args.first().map(|arg| &arg.value) else {
                continue;
            };
            if flags != name && !is_flag(flags, name) {
                continue;
            }
            let scope = Scope::of_module(file, facts);
            let mut given = args.iter().skip(1).map(|arg| self.eval(&arg.value, &scope));
            let default = given.find_map(|given| match given.first() {
                Value::Map(settings) => settings.get("default").cloned(),
                _ => None,
            });
            let default = default.or_else(|| {
                let last = args.get(2..)?.last()?;
                Some(self.eval(&last.value, &scope))
            });
            return default.filter(|it| it.known().is_some());
        }
        None
    }

    /// The default of an option of the command line, as the file says it to `argparse`.
    fn option(&mut self, name: &str, file: FileId) -> Option<Values> {
        if self.language_of(file) == Language::TypeScript {
            return self.option_of_javascript(name, file);
        }
        let calls = self.program.calls(file, "add_argument");
        let mut found = Vec::new();
        for (facts, _, index) in calls.iter() {
            let args = &facts.calls[*index as usize].args;
            if option_name(args).is_none_or(|option| option != name) {
                continue;
            }
            // Commands of one program may have options of one name.
            let said = self.said_of_option(args, &Scope::of_module(file, facts))?;
            found.extend(said.iter().cloned());
        }
        (!found.is_empty()).then(|| Values::collect(found))
    }

    /// What an option may be given, where it is one of a few; else its default.
    fn said_of_option(&mut self, args: &[Arg], scope: &Scope) -> Option<Values> {
        let mut named = |name: &str| {
            let mut args = args.iter();
            let arg = args.find(|arg| arg.keyword.as_deref() == Some(name))?;
            Some(self.eval(&arg.value, scope))
        };
        if let Some(choices) = named("choices")
            && let Value::List(choices) = choices.first()
            && choices.len() <= MAX_ALTERNATIVES
            && choices.iter().all(|choice| choice.known().is_some())
        {
            return Some(Values::collect(
                choices.iter().flat_map(|it| it.iter().cloned()),
            ));
        }
        let default = named("default")?;
        let says = |value: &Value| !matches!(value, Value::Null | Value::Hole(_));
        default.iter().any(says).then_some(default)
    }

    /// What a function makes, wherever the repository calls it; of what is not known where nobody does, or too many.
    fn made_by(&mut self, function: &Closure) -> Values {
        let name = &function.func.function().name;
        let files = self.program.callers(name);
        let mut made: Vec<Value> = Vec::new();
        let mut calls = 0;
        for file in files.iter() {
            for (facts, _, index) in self.program.calls(*file, name).iter() {
                let call = &facts.calls[*index as usize];
                let scope = Scope::of_module(*file, facts);
                let callee = self.eval(&call.callee, &scope);
                let is_it =
                    |value: &Value| matches!(value, Value::Func(it) if it.func == function.func);
                if !callee.iter().any(is_it) {
                    continue;
                }
                calls += 1;
                if calls <= MAX_MADE_BY {
                    let args = self.args(&call.args, &scope);
                    made.extend(self.call_closure(function, &args).iter().cloned());
                }
            }
        }
        if (1..=MAX_MADE_BY).contains(&calls) {
            return Values::collect(made);
        }
        let unknown = Args {
            open: Some(Why::Field("ReturnType".into())),
            ..Args::default()
        };
        self.call_closure(function, &unknown)
    }

    pub(super) fn module_attribute(&mut self, file: FileId, name: &str) -> Values {
        if let Some(values) = self.module_name(file, name) {
            return values;
        }
        // `module.exports = store`: the module is what it exports, and its own default.
        match self.module_name(file, "default") {
            None if name == "default" => return Values::one(Value::Module(file)),
            Some(exported) if exported.iter().all(|value| may_have(value, name)) => {
                return exported.flat_map(|value| self.attribute(value, name, file));
            }
            _ => {}
        }
        // `const store = module.exports = {}; store.save = function …`
        if let Some(own) = self.module_name(file, EXPORTS)
            && let Some(own) = own.known()
            && let Some(found) = self.attached_to(file, &own, name)
        {
            return found;
        }
        // A package's module that its `__init__.py` does not name.
        match self.program.module(file, &format!(".{name}")) {
            Some(file) => Values::one(Value::Module(file)),
            None => Values::hole(Why::External(name.into())),
        }
    }

    /// A function that a later statement gives a name of the module: `store.save = function …`.
    pub(super) fn attached(&mut self, object: &Expr, name: &str, scope: &Scope) -> Option<Values> {
        let Expr::Name(object) = object else {
            return None;
        };
        self.attached_to(scope.file, object, name)
    }

    pub(super) fn attached_to(&mut self, file: FileId, object: &str, name: &str) -> Option<Values> {
        let dotted = format!("{object}.{name}");
        if self.program.definitions(file, &dotted).is_empty() {
            return None;
        }
        self.module_name(file, &dotted)
    }

    /// An entry that a later statement gives a dict of a module: `PATHS["raw"] = "raw/v1"`. It is asked for by
    /// itself, since entries may be made of one another.
    pub(super) fn later_entry(
        &mut self,
        object: &Expr,
        entry: &str,
        scope: &Scope,
    ) -> Option<Values> {
        let (file, name) = self.module_of(object, scope)?;
        let name = crate::walk_bind::entry_name(&name, entry);
        if self.program.definitions(file, &name).is_empty() {
            return None;
        }
        self.module_name(file, &name)
    }

    /// The module that binds what an expression names, and the name there.
    fn module_of(&mut self, object: &Expr, scope: &Scope) -> Option<(FileId, SmolStr)> {
        match object {
            Expr::Name(name) => {
                let file = self.definer(scope.file, name)?;
                let definitions = self.program.definitions(file, name);
                let (facts, index) = definitions.last()?;
                let Expr::Import(import) = &facts.definitions[*index as usize].value else {
                    return Some((file, name.clone()));
                };
                let import = &facts.imports[*import as usize];
                let ImportItem::Named(name) = &import.item else {
                    return None;
                };
                let target = self.program.module(file, &import.module)?;
                Some((self.definer(target, name)?, name.clone()))
            }
            Expr::Attr(module, name) => match self.eval(module, scope).first() {
                Value::Module(file) => Some((self.definer(*file, name)?, name.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn index(&mut self, object: &Value, index: &Values, from: FileId) -> Values {
        match object {
            Value::List(elements) => match index.first() {
                Value::Int(at) => {
                    let length = elements.len() as i64;
                    let at = if *at < 0 { length + at } else { *at };
                    let found = usize::try_from(at).ok().and_then(|at| elements.get(at));
                    found
                        .cloned()
                        .unwrap_or_else(|| Values::hole(Why::Syntax("index".into())))
                }
                _ => each(object),
            },
            Value::Map(map) => match number_or_known(index) {
                Some(key) => map_entry(map, &key),
                None => map
                    .entry_of(index)
                    .unwrap_or_else(|| Values::hole(why_of(index.first()))),
            },
            Value::Class(class) => match index.known() {
                Some(name) => {
                    let missing = match is_enumeration(class) {
                        true => "missing member",
                        false => "index",
                    };
                    self.class_attribute(class, name.as_str())
                        .unwrap_or_else(|| Values::hole(Why::Syntax(missing.into())))
                }
                None => {
                    let member = is_enumeration(class).then(|| self.member_of(class, index));
                    let member = member.flatten();
                    member.unwrap_or_else(|| Values::hole(why_of(index.first())))
                }
            },
            // `Format = Literal["csv", "json"]`
            Value::External(external)
                if matches!(
                    &*external.path,
                    "typing.Literal" | "typing_extensions.Literal"
                ) =>
            {
                match index.first() {
                    Value::List(_) => index.clone(),
                    _ => Values::one(Value::List(Shared::new(vec![index.clone()]))),
                }
            }
            // `ReturnType<typeof createStore>`: something that it makes.
            Value::External(external) if external.path == crate::walk_types::RETURN_TYPE => index
                .flat_map(|function| match (function, made_of(function)) {
                    (Value::Func(closure), _) | (_, Some(closure)) => self.made_by(closure),
                    _ => Values::hole(Why::Syntax("type".into())),
                }),
            // `SettingsDep = Annotated[Settings, Depends(get_settings)]`, `MaybeStore = Optional[Store]`
            Value::External(external)
                if matches!(
                    &*external.path,
                    "typing.Annotated" | "typing_extensions.Annotated" | "typing.Optional"
                ) =>
            {
                match index.first() {
                    Value::List(elements) if !elements.is_empty() => {
                        let mut given = elements[1..].iter();
                        let given = given.find_map(|it| {
                            let given = self.depended_on(it.clone());
                            matches!(given.first(), Value::Instance { .. }).then_some(given)
                        });
                        given.unwrap_or_else(|| elements[0].clone())
                    }
                    _ => index.clone(),
                }
            }
            // `options["prefix"]` of a command that is given its options.
            Value::Hole(Why::Parameter(param))
                if is_options(param)
                    && let Some(name) = index.known()
                    && let Some(values) = self.option(&name, from) =>
            {
                values
            }
            Value::External(external) if external.path == "os.environ" => {
                Values::hole(Why::Environment(index.known().unwrap_or_default().into()))
            }
            Value::External(external)
                if let Value::Int(at) = index.first()
                    && let Some(part) = AddressPart::at(*at)
                    && let Some(values) =
                        addresses::part_of(&external.path, &external.args.positional, part) =>
            {
                values
            }
            // One of what was listed.
            Value::External(external)
                if index.known().is_none()
                    && let Some(values) = crate::listings::elements(external) =>
            {
                values
            }
            // Destructured: `const { x } = require("y")`.
            Value::Instance { .. } | Value::Module(_) | Value::External(_) => match index.known() {
                Some(name) => self.attribute(object, &name, from),
                None => Values::hole(why_of(index.first())),
            },
            Value::Text(text) if let Some(character) = character_at(text, index) => {
                Values::one(Value::text(&character))
            }
            Value::Hole(why) => Values::hole(why.clone()),
            _ => Values::hole(Why::Syntax("index".into())),
        }
    }
}

/// `key[0]`, `key[-1]`, where what stands there is known.
fn character_at(text: &Text, index: &Values) -> Option<String> {
    let [Value::Int(at)] = index.iter().as_slice() else {
        return None;
    };
    let ends = match at {
        0.. => text.parts.first(),
        _ => text.parts.last(),
    };
    let Part::Literal(literal) = ends? else {
        return None;
    };
    let found = match at {
        0.. => literal.chars().nth(usize::try_from(*at).ok()?),
        _ => literal.chars().rev().nth(usize::try_from(-at - 1).ok()?),
    };
    found.map(String::from)
}

/// Whether what a module exports whole may have an attribute of that name.
fn may_have(exported: &Value, name: &str) -> bool {
    match exported {
        Value::Instance { .. } | Value::Class(_) => true,
        Value::Map(map) => map.get(name).is_some(),
        _ => false,
    }
}

/// An entry of an object that is a function, called on that object where it asks for it.
fn called_on(closure: &Closure, object: &Value) -> Closure {
    let mut closure = closure.clone();
    if closure.this.is_none() && closure.func.function().reads_receiver {
        closure.this = Some(Box::new(object.clone()));
    }
    closure
}

/// `static get root() { … }`: read on the class.
fn is_static_getter(closure: &Closure) -> bool {
    closure.func.function().kind == FunctionKind::Property && closure.this.is_none()
}

/// A field of an object that nobody is seen to make: what its constructor is given, or a class below
/// says, is known where there is one. So it is of what an object in it was made with (`self.store = Store(prefix=prefix)`).
fn given_where_made(values: &Values, name: &str) -> Values {
    let is_given = |why: &Why| match why {
        Why::Parameter(_) => true,
        Why::Syntax(kind) => kind == "attribute",
        _ => false,
    };
    values.map(|value| match value {
        Value::Hole(why) if is_given(why) => Value::Hole(Why::Field(name.into())),
        Value::Text(text) => {
            let mut text = text.clone();
            for part in &mut text.parts {
                if let Part::Hole(why) = part
                    && let why @ Why::Parameter(_) = why.of_path_mut()
                {
                    *why = Why::Field(name.into());
                }
            }
            if let Some(by @ Chooser::Parameter(_)) = text.chosen.as_deref_mut() {
                *by = Chooser::Field(name.into());
            }
            Value::Text(text)
        }
        Value::Instance {
            class,
            args: Some(args),
        } => {
            let mut args: Args = (**args).clone();
            let keywords = args.keywords.iter_mut().map(|(_, values)| values);
            for values in args.positional.iter_mut().chain(keywords) {
                *values = given_where_made(values, name);
            }
            Value::Instance {
                class: class.clone(),
                args: Some(Shared::new(args)),
            }
        }
        other => other.clone(),
    })
}

/// `object[start:end]`: of a string or a list, where the ends are known.
pub(super) fn sliced(object: &Value, start: &Values, end: &Values) -> Values {
    let end_of = |values: &Values| match values.first() {
        Value::Int(at) => Some(Some(*at)),
        Value::Null => Some(None),
        _ => None,
    };
    let (Some(start), Some(end)) = (end_of(start), end_of(end)) else {
        return match object {
            Value::Text(text) if let Some(cut) = starts_and_ends(text, start, end).next() => {
                crate::builtins::strings::without_scheme(text, cut).into()
            }
            // Some of the elements: as the elements of a loop they are the same.
            Value::List(_) => Values::one(object.clone()),
            Value::External(external) if crate::listings::elements(external).is_some() => {
                Values::one(object.clone())
            }
            other => Values::hole(why_of(other)),
        };
    };
    match object {
        Value::Text(text) => crate::builtins::strings::slice(text, start, end).into(),
        Value::List(elements) => Values::one(crate::builtins::list_slice(elements, start, end)),
        Value::External(external) if crate::listings::elements(external).is_some() => {
            Values::one(object.clone())
        }
        Value::Hole(why) => Values::hole(why.clone()),
        other => Values::hole(why_of(other)),
    }
}

/// What is left of a string between places in it.
fn starts_and_ends(text: &Text, start: &Values, end: &Values) -> impl Iterator<Item = Text> {
    let pairs = start
        .iter()
        .flat_map(|start| end.iter().map(move |end| (start, end)));
    pairs.filter_map(|(start, end)| crate::builtins::places::between(text, start, end))
}

/// The key that an index is: `match[1]` as well as `match["1"]`.
fn number_or_known(index: &Values) -> Option<String> {
    match index.first() {
        Value::Int(at) => Some(at.to_string()),
        _ => index.known(),
    }
}

/// Whether something holds the variables of the environment: Node's, Bun's, Vite's and SvelteKit's.
pub(super) fn is_environment(path: &str) -> bool {
    matches!(
        path,
        "process.env"
            | "Bun.env"
            | "import.meta.env"
            | "$env/dynamic/private.env"
            | "$env/dynamic/public.env"
            | "$env/static/private"
            | "$env/static/public"
    )
}

/// The keyword under which the options of a command line keep the file that read them, which says what they are.
pub(super) const READ_IN: &str = "=read in";

/// The file that reads a command line.
fn parsed_in(options: &External) -> Option<FileId> {
    match options.args.keyword(READ_IN)?.first() {
        Value::Module(file) => Some(*file),
        _ => None,
    }
}

/// Names of what holds the options of a command line.
fn is_options(name: &str) -> bool {
    matches!(
        name,
        "args" | "opts" | "options" | "parsed_args" | "cli_args" | "arguments" | "argv"
    )
}

/// Whether something is what was given on the command line, by its path: argparse's, Commander's, yargs'.
fn is_parsed(path: &str) -> bool {
    let ends = [".parse_args()", ".opts()", ".argv", ".parseSync()"];
    ends.iter().any(|end| path.ends_with(end))
        || path.starts_with("yargs") && path.ends_with(".parse()")
}

/// Whether the flags of an option set the property of that name: `-p, --key-prefix <prefix>` is `keyPrefix`.
fn is_flag(flags: &str, name: &str) -> bool {
    let Some((_, long)) = flags.split_once("--") else {
        return false;
    };
    let long = long.split([' ', ',', '=']).next().unwrap_or_default();
    let mut words = long.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    let camel = words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    });
    camel == name
}

/// The attribute under which `argparse` keeps an option.
pub(crate) fn option_name(args: &[Arg]) -> Option<SmolStr> {
    let text = |value: &Expr| match value {
        Expr::Text(text) => Some(text.clone()),
        _ => None,
    };
    let named = args
        .iter()
        .find(|arg| arg.keyword.as_deref() == Some("dest"));
    if let Some(dest) = named {
        return text(&dest.value);
    }
    let plain = args.iter().filter(|arg| arg.keyword.is_none());
    let names: Vec<SmolStr> = plain.filter_map(|arg| text(&arg.value)).collect();
    let long = names.iter().find(|name| name.starts_with("--"));
    let name = long.or_else(|| names.first())?;
    Some(name.trim_start_matches('-').replace('-', "_").into())
}

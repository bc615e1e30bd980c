//! Settings that a library reads from the environment or the command line, with the defaults that the call gives which
//! asks for one: django-environ, environs, Starlette's `Config`, python-decouple, environ-config, env-var, convict.

use crate::maps::MapValue;
use crate::value::{Args, External, Value, Values};

/// What something is that reads variables, by its path.
const READERS: [&str; 4] = [
    "environ.Env()",
    "environs.Env()",
    "starlette.config.Config()",
    "decouple.Config()",
];

/// What a function says of a setting by default; `None` for others, and where it says nothing.
pub(super) fn call(path: &str, args: &Args) -> Option<Values> {
    match path {
        "decouple.config" | "environ.var" => args.keyword("default").cloned(),
        _ => None,
    }
}

/// The same of a call of what reads variables: `env("PREFIX", default="raw")`.
pub(crate) fn called(reader: &External, args: &Args) -> Option<Values> {
    if !READERS.contains(&reader.path.as_str()) {
        return None;
    }
    let by_position = || match reader.path.as_str() {
        "environs.Env()" => args.positional.get(1),
        // The kind comes first.
        _ => args.positional.get(2),
    };
    args.keyword("default").or_else(by_position).cloned()
}

/// The same of a method of it: `env.str("PREFIX", "raw")`; and of `config.get("storage.prefix")`.
pub(super) fn method(object: &External, name: &str, args: &Args) -> Option<Values> {
    let path = object.path.as_str();
    if path == "convict()" || path == "convict.default()" {
        return of_convict(object, name, args);
    }
    if path.starts_with("env-var.") && name.starts_with("as") {
        let mut chain = std::iter::successors(Some(object), |of| of.on.as_deref()).take(MAX_CHAIN);
        let default = chain.find(|of| of.path.ends_with(".default()"))?;
        return default.args.positional.first().cloned();
    }
    if !READERS.contains(&path) || !matches!(name, "str" | "get_value" | "path" | "url") {
        return None;
    }
    args.keyword("default")
        .or_else(|| args.positional.get(1))
        .cloned()
}

/// Methods that follow one another.
const MAX_CHAIN: usize = 12;

/// What a schema of convict's has as the default under a path of names.
fn of_convict(config: &External, name: &str, args: &Args) -> Option<Values> {
    if !matches!(name, "get" | "default") {
        return None;
    }
    let path = args.positional.first()?.known()?;
    let mut at = config.args.positional.first()?.clone();
    for name in path.split('.') {
        at = entry(&at, name)?.clone();
    }
    match entry(&at, "default") {
        Some(default) => Some(default.clone()),
        None => Some(defaults(&at)?),
    }
}

/// The defaults of all settings below one.
fn defaults(of: &Values) -> Option<Values> {
    let Value::Map(settings) = of.first() else {
        return None;
    };
    let mut made = MapValue::default();
    for (name, setting) in &settings.entries {
        let default = entry(setting, "default").cloned();
        if let Some(default) = default.or_else(|| defaults(setting)) {
            made.put(name, default);
        }
    }
    Some(Values::one(Value::Map(crate::shared::Shared::new(made))))
}

fn entry<'v>(of: &'v Values, name: &str) -> Option<&'v Values> {
    match of.first() {
        Value::Map(map) => map.get(name),
        _ => None,
    }
}

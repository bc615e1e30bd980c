//! Settings that a schema reads from the environment, with the defaults that it has for them: zod's
//! `z.object({ PREFIX: z.string().default("raw") }).parse(process.env)`, envalid's `cleanEnv(process.env, { PREFIX:
//! str({ default: "raw" }) })`, T3's `createEnv({ server: { PREFIX: z.string().default("raw") } })`.

use crate::maps::MapValue;
use crate::shared::Shared;
use crate::value::{Args, External, Value, Values, Why};

/// Methods that follow one another in a schema.
const MAX_METHODS: usize = 12;

/// What a setting is: what the schema is given for it, or what it is by default; of one that is an enumeration, each of
/// its texts.
pub(crate) fn said_of(settings: &External, name: &str) -> Option<Values> {
    let field = fields_of(settings, name)?.get(name)?.first();
    let given = match (called(settings), settings.args.positional.first()) {
        ("parse" | "safeParse" | "parseAsync", Some(given)) => match given.first() {
            Value::Map(given) => given.get(name),
            _ => None,
        },
        _ => None,
    };
    if let Value::External(field) = field
        && chain(field).any(|it| called(it) == "object")
    {
        return Some(Values::one(Value::External(Shared::new(parsed(
            field, given,
        )))));
    }
    let is_open = |value: &Value| match value {
        Value::Hole(why) => !matches!(why, Why::Or(..)),
        value => matches!(value, Value::External(_)),
    };
    if let Some(given) = given.filter(|given| !given.iter().any(is_open)) {
        return Some(given.clone());
    }
    if let Value::Map(option) = field {
        return option.get("default").filter(|it| is_known(it)).cloned();
    }
    let Value::External(field) = field else {
        return None;
    };
    let mut texts = None;
    for method in chain(field) {
        let first = method.args.positional.first();
        match called(method) {
            "default" | "catch" | "prefault" => return first.filter(|it| is_known(it)).cloned(),
            "enum" => texts = texts.or_else(|| texts_in(first?)),
            _ => {
                if let Some(Value::Map(options)) = first.map(Values::first)
                    && let Some(default) = options.get("default")
                {
                    return Some(default.clone()).filter(is_known);
                }
            }
        }
    }
    texts
}

/// What a schema within another one makes of what it is given.
fn parsed(schema: &Shared<External>, given: Option<&Values>) -> External {
    External {
        path: format!("{}.parse()", schema.path).into(),
        args: Args {
            positional: given.into_iter().cloned().collect(),
            ..Args::default()
        },
        on: Some(schema.clone()),
    }
}

/// The fields of the schema that settings were read by.
fn fields_of<'e>(settings: &'e External, name: &str) -> Option<&'e MapValue> {
    let given = |of: &'e External, at: usize| match of.args.positional.get(at)?.first() {
        Value::Map(map) => Some(&**map),
        _ => None,
    };
    let is_of = |module: &str| settings.path.starts_with(module);
    match called(settings) {
        "parse" | "safeParse" | "parseAsync" if is_of("zod") => {
            let mut objects = chain(settings).filter(|it| {
                matches!(
                    called(it),
                    "object" | "strictObject" | "looseObject" | "extend"
                )
            });
            objects.find_map(|object| given(object, 0).filter(|fields| fields.get(name).is_some()))
        }
        "cleanEnv" if is_of("envalid") => given(settings, 1),
        // `const { values } = parseArgs({ options: { prefix: { type: "string", default: "raw" } } })`
        _ if matches!(
            settings.path.as_str(),
            "node:util.parseArgs().values" | "util.parseArgs().values"
        ) =>
        {
            match given(settings, 0)?.get("options")?.first() {
                Value::Map(options) => Some(&**options),
                _ => None,
            }
        }
        "createEnv" if is_of("@t3-oss/env") => {
            let parts = given(settings, 0)?;
            let mut parts = ["server", "client", "shared"]
                .iter()
                .filter_map(|part| parts.get(part));
            parts.find_map(|part| match part.first() {
                Value::Map(map) if map.get(name).is_some() => Some(&**map),
                _ => None,
            })
        }
        _ => None,
    }
}

/// A call and those that it was made on, the last one first.
fn chain(last: &External) -> impl Iterator<Item = &External> {
    std::iter::successors(Some(last), |of| of.on.as_deref()).take(MAX_METHODS)
}

/// The name of what was called last, also of what `safeParse` says that it read.
fn called(external: &External) -> &str {
    let path = external
        .path
        .strip_suffix(".data")
        .unwrap_or(&external.path);
    let name = path.strip_suffix("()").unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default()
}

fn is_known(values: &Values) -> bool {
    values.known().is_some()
}

fn texts_in(list: &Values) -> Option<Values> {
    let Value::List(elements) = list.first() else {
        return None;
    };
    let all = elements.iter().all(is_known);
    let texts = elements.iter().flat_map(|it| it.iter().cloned());
    (all && !elements.is_empty()).then(|| Values::collect(texts))
}

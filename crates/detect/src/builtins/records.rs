//! Objects that an object-relational mapper reads, by the class that a query names: Django's `Plate.objects.get(pk=pk)`
//! (<https://docs.djangoproject.com/en/stable/ref/models/querysets/>), SQLAlchemy's `session.get(Plate, id)` and
//! `select(Plate)` (<https://docs.sqlalchemy.org/en/20/orm/queryguide/>). What is read is an object of the class of which
//! no more is known.

use crate::shared::Shared;
use crate::value::{Args, ClassRef, External, Value, Values};

/// What a query stands for. No source has such a name.
const ROWS: &str = "?.rows()";

/// What a query's method gives that reads one object.
const READS_ONE: [&str; 23] = [
    "get",
    "aget",
    "first",
    "afirst",
    "last",
    "alast",
    "one",
    "one_or_none",
    "scalar",
    "scalar_one",
    "scalar_one_or_none",
    "earliest",
    "latest",
    "create",
    "acreate",
    "first_or_404",
    "get_or_404",
    "one_or_404",
    "get_or_none",
    "get_by_id",
    "fetchone",
    "next",
    "pop",
];

/// Those that give another query, or all that it reads.
const READS_SEVERAL: [&str; 32] = [
    "all",
    "filter",
    "filter_by",
    "where",
    "exclude",
    "order_by",
    "reverse",
    "distinct",
    "limit",
    "offset",
    "options",
    "execution_options",
    "join",
    "outerjoin",
    "group_by",
    "having",
    "annotate",
    "only",
    "defer",
    "using",
    "iterator",
    "aiterator",
    "select_related",
    "prefetch_related",
    "select_for_update",
    "with_for_update",
    "yield_per",
    "scalars",
    "unique",
    "partitions",
    "fetchall",
    "fetchmany",
];

/// What a class of the repository is asked of: `Plate.objects`, Flask-SQLAlchemy's `Plate.query`.
pub(crate) fn manager(class: &ClassRef, name: &str) -> Option<Values> {
    matches!(name, "objects" | "query").then(|| rows(class))
}

/// What a function gives that is called with a class: `select(Plate)`, `get_object_or_404(Plate, pk=pk)`.
pub(super) fn call(path: &str, args: &Args) -> Option<Values> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let Value::Class(class) = args.positional.first()?.first() else {
        return asked(args.positional.first()?.first()).and_then(|class| match name {
            "get_object_or_404" | "aget_object_or_404" => Some(object(&class)),
            _ => None,
        });
    };
    match name {
        "select" if args.positional.len() == 1 => Some(rows(class)),
        "get_object_or_404" | "aget_object_or_404" => Some(object(class)),
        "get_list_or_404" | "aget_list_or_404" => Some(rows(class)),
        _ => None,
    }
}

/// The same of a method, of a query or of a session.
pub(super) fn method(of: &Value, name: &str, args: &Args) -> Option<Values> {
    if let Some(class) = asked(of) {
        return match name {
            "get_or_create" | "update_or_create" => {
                let pair = vec![object(&class), Values::one(Value::Bool(true))];
                Some(Values::one(Value::List(Shared::new(pair))))
            }
            name if READS_ONE.contains(&name) => Some(object(&class)),
            name if READS_SEVERAL.contains(&name) => Some(rows(&class)),
            _ => None,
        };
    }
    if !matches!(of, Value::External(_) | Value::Hole(_)) {
        return None;
    }
    match (name, args.positional.as_slice()) {
        ("get" | "get_one", [first, _, ..]) => match first.first() {
            Value::Class(class) => Some(object(class)),
            _ => None,
        },
        ("query", [only]) => match only.first() {
            Value::Class(class) => Some(rows(class)),
            _ => None,
        },
        ("scalar", [query, ..]) => asked(query.first()).map(|class| object(&class)),
        ("scalars" | "execute" | "exec" | "stream" | "stream_scalars", [query, ..]) => {
            asked(query.first()).map(|class| rows(&class))
        }
        _ => None,
    }
}

/// What somebody has who goes through what a query reads.
pub(crate) fn elements(of: &External) -> Option<Values> {
    match of.args.positional.first()?.first() {
        Value::Class(class) if of.path == ROWS => Some(object(class)),
        _ => None,
    }
}

/// The class that a query asks for.
fn asked(of: &Value) -> Option<ClassRef> {
    let Value::External(of) = of else {
        return None;
    };
    match of.args.positional.first()?.first() {
        Value::Class(class) if of.path == ROWS => Some(class.clone()),
        _ => None,
    }
}

fn rows(of: &ClassRef) -> Values {
    let args = Args {
        positional: vec![Values::one(Value::Class(of.clone()))],
        ..Args::default()
    };
    Values::one(Value::External(Shared::new(External {
        path: ROWS.into(),
        args,
        on: None,
    })))
}

fn object(of: &ClassRef) -> Values {
    Values::one(Value::Instance {
        class: of.clone(),
        args: None,
    })
}

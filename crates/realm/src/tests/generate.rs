//! Files that a JSON Schema allows, made from it.

use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::{Map, Value, json};

/// Values that `schema`, a part of `root`, allows: with the words that Blue's schemas use.
pub(super) fn instance(root: &'static Value, schema: &'static Value) -> BoxedStrategy<Value> {
    if let Some(name) = text(schema, "$ref").and_then(|to| to.strip_prefix("#/$defs/")) {
        return instance(root, &root["$defs"][name]);
    }
    if let Some(value) = schema.get("const") {
        return Just(value.clone()).boxed();
    }
    let choices = schema.get("anyOf").or_else(|| {
        // `oneOf` of what must be there is a matter of the mapping.
        let choices = schema.get("oneOf")?;
        choices[0].get("const").is_some().then_some(choices)
    });
    if let Some(choices) = choices.and_then(Value::as_array) {
        let each = choices.iter().map(|choice| instance(root, choice));
        return proptest::strategy::Union::new(each).boxed();
    }
    if let Some(examples) = schema.get("examples").and_then(Value::as_array) {
        return prop::sample::select(examples.clone()).boxed();
    }
    match schema.get("type") {
        Some(Value::Array(types)) => {
            let each = types
                .iter()
                .map(|name| typed(root, schema, name.as_str().unwrap()));
            proptest::strategy::Union::new(each).boxed()
        }
        Some(name) => typed(root, schema, name.as_str().unwrap()),
        None => anything(),
    }
}

fn typed(root: &'static Value, schema: &'static Value, name: &str) -> BoxedStrategy<Value> {
    match name {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => (0u32..2000).prop_map(Value::from).boxed(),
        "number" => (-1000i32..1000)
            .prop_map(|n| json!(f64::from(n) / 4.0))
            .boxed(),
        "string" => string(schema),
        "array" => match schema.get("items") {
            Some(items) => prop::collection::vec(instance(root, items), 0..4)
                .prop_map(Value::from)
                .boxed(),
            None => prop::collection::vec(anything(), 0..3)
                .prop_map(Value::from)
                .boxed(),
        },
        "object" => object(root, schema),
        other => panic!("no values of the type {other} can be made"),
    }
}

fn string(schema: &Value) -> BoxedStrategy<Value> {
    let pattern = text(schema, "pattern").unwrap_or("[a-z*! ~#:]{1,8}");
    let bare = pattern.trim_start_matches('^').trim_end_matches('$');
    string_regex(bare).unwrap().prop_map(Value::from).boxed()
}

fn anything() -> BoxedStrategy<Value> {
    prop::sample::select(vec![
        json!(null),
        json!(1),
        json!("no"),
        json!([1]),
        json!({"a": {}}),
    ])
    .boxed()
}

fn object(root: &'static Value, schema: &'static Value) -> BoxedStrategy<Value> {
    let empty = json!({});
    let properties = schema
        .get("properties")
        .unwrap_or(&empty)
        .as_object()
        .cloned();
    let known: Vec<String> = properties.unwrap_or_default().keys().cloned().collect();
    let required = names(schema.get("required"));
    let entries: Vec<BoxedStrategy<Option<(String, Value)>>> = known
        .iter()
        .map(|name| {
            let value = instance(root, &schema["properties"][name]);
            let key = name.clone();
            let entry = value.prop_map(move |value| (key.clone(), value));
            match required.contains(name) {
                true => entry.prop_map(Some).boxed(),
                false => prop::option::weighted(0.7, entry).boxed(),
            }
        })
        .collect();
    let own = prop::option::weighted(0.1, "[a-z]{1,4}".prop_map(Value::from))
        .prop_map(|value| Some(("x-own".to_owned(), value?)));
    let own = match schema.get("patternProperties") {
        Some(_) => own.boxed(),
        None => Just(None).boxed(),
    };
    let which = any::<prop::sample::Index>();
    (entries, own, table(root, schema, &known), which)
        .prop_map(move |(entries, own, table, which)| {
            let mut object: Map<String, Value> = table;
            object.extend(entries.into_iter().flatten().chain(own));
            exclude(schema, &mut object, which);
            depend(schema, &mut object);
            Value::Object(object)
        })
        .boxed()
}

/// Entries of a table: keys of which the schema says only how their values are.
fn table(
    root: &'static Value,
    schema: &'static Value,
    known: &[String],
) -> BoxedStrategy<Map<String, Value>> {
    let Some(values) = schema
        .get("additionalProperties")
        .filter(|values| values.is_object())
    else {
        return Just(Map::new()).boxed();
    };
    let words: Vec<String> = names(schema.pointer("/propertyNames/enum"));
    let words: Vec<String> = words
        .into_iter()
        .filter(|word| !known.contains(word))
        .collect();
    let key = match words.is_empty() {
        true => "[a-z/*]{1,6}".boxed(),
        false => prop::sample::select(words).boxed(),
    };
    prop::collection::vec((key, instance(root, values)), 0..3)
        .prop_map(|entries| entries.into_iter().collect())
        .boxed()
}

/// Of keys that exclude one another, one.
fn exclude(schema: &Value, object: &mut Map<String, Value>, which: prop::sample::Index) {
    let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else {
        return;
    };
    let keys: Vec<String> = choices
        .iter()
        .flat_map(|choice| names(choice.get("required")))
        .collect();
    let there: Vec<&String> = keys
        .iter()
        .filter(|key| object.contains_key(*key))
        .collect();
    let Some(kept) = (!there.is_empty()).then(|| (*which.get(&there)).clone()) else {
        // Nothing to choose from: the first, as a word or a mapping that stands alone.
        let key = keys.first().cloned().unwrap_or_default();
        let value = match key.as_str() {
            "realm" => json!({"name": "letemcook"}),
            _ => json!("jobs/*/result.json"),
        };
        object.insert(key, value);
        return;
    };
    object.retain(|key, _| !keys.contains(key) || *key == kept);
}

/// A key that wants another to be there goes where that is not.
fn depend(schema: &Value, object: &mut Map<String, Value>) {
    let Some(wants) = schema.get("dependentRequired").and_then(Value::as_object) else {
        return;
    };
    for (key, others) in wants {
        if !names(Some(others))
            .iter()
            .all(|other| object.contains_key(other))
        {
            object.remove(key);
        }
    }
}

fn names(list: Option<&Value>) -> Vec<String> {
    let names = list.and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text<'s>(schema: &'s Value, key: &str) -> Option<&'s str> {
    schema.get(key)?.as_str()
}

//! What queries of a repository's own capture, and what is said of those that are wrong.
#![allow(clippy::unwrap_used)] // what builds the cases may fail as the cases do

use std::sync::Arc;

use blue_detect::{Dialect, MemoryProgram, captured, compile_query, query_dialect, query_oddities};

/// What a query captures in the first file: `LINE field op pattern`.
fn caught(query: &str, files: &[(&str, &str)]) -> Vec<String> {
    let texts = files
        .iter()
        .map(|(path, text)| (Arc::from(*path), Arc::from(*text)));
    let program = MemoryProgram::new(texts);
    let file = program.files().next().unwrap();
    let text = program.text(file).clone();
    let dialect = Dialect::of_path(files[0].0).unwrap();
    let query = compile_query(dialect, query).unwrap();
    let tree = dialect.parse(&text, None, &mut || false).unwrap();
    let positions = program.summary(file).positions.clone();
    let found = captured(
        &program,
        (file, &tree, &text),
        ("topics", &query),
        &positions,
        &mut || false,
    )
    .unwrap();
    let lines = found.sites.iter().map(|site| {
        let line = text[..site.span.start as usize].matches('\n').count() + 1;
        let field = site.stated.as_deref().unwrap_or_default();
        let why = site.opaque.as_ref().map(|why| format!(" (opaque: {why})"));
        let why = why.unwrap_or_default();
        format!("{line} {field} {} {}{why}", site.op.as_str(), site.pattern)
    });
    let limit = found.limit.map(|limit| format!("limit: {limit}"));
    lines.chain(limit).collect()
}

const SENDS: &str = r#"
(call
  function: (attribute attribute: (identifier) @_method)
  arguments: (argument_list . (_) @value.topics)
  (#any-of? @_method "send" "produce"))
"#;

#[test]
fn a_captured_expression_is_folded() {
    let code = r#"from topics import AUDIT
import os
ORDERS = "orders"
PREFIX = f"{os.environ['STAGE']}."

def publish(producer, topic):
    producer.send(ORDERS + ".created", b"")
    producer.send(AUDIT, b"")
    producer.send(f"{PREFIX}billing", b"")
    producer.send(topic, b"")
    producer.produce(["a", "b"])
    producer.send("not this")  # blue: not-a-site
    producer.flush("nor this")
    for name in ("x", "y"):
        producer.send(f"{name}.done")
"#;
    let files = [("events.py", code), ("topics.py", "AUDIT = \"audit\"\n")];
    assert_eq!(
        caught(SENDS, &files),
        [
            "7 topics read orders.created",
            "8 topics read audit",
            "9 topics read *.billing",
            "10 topics read * (opaque: the parameter `topic`)",
            "11 topics read a",
            "11 topics read b",
            "15 topics read x.done",
            "15 topics read y.done",
        ]
    );
}

#[test]
fn predicates_settings_and_captures_inside_strings() {
    let code = "enqueue(\"a\", 1)\nenqueue('b', 2)\nother(\"c\", 3)\nenqueue_all(\"d\", 4)\n";
    let cases = [
        (
            r#"(call function: (identifier) @_f arguments: (argument_list (string) @value.q)
                (#eq? @_f "enqueue"))"#,
            vec!["1 q read a", "2 q read b"],
        ),
        (
            r#"(call function: (identifier) @_f arguments: (argument_list (string) @value.q)
                (#match? @_f "^enqueue"))"#,
            vec!["1 q read a", "2 q read b", "4 q read d"],
        ),
        (
            r#"(call function: (identifier) @_f arguments: (argument_list (string) @value)
                (#not-any-of? @_f "other" "enqueue") (#set! field queues) (#set! op write))"#,
            vec!["4 queues write d"],
        ),
        (
            r#"(call function: (identifier) @_f arguments: (argument_list (string (string_content) @value.q))
                (#not-match? @_f "^enq"))"#,
            vec!["3 q read c"],
        ),
        (
            r#"(call function: (identifier) @value.name arguments: (argument_list (integer) @_n)
                (#not-eq? @_n "1"))"#,
            vec![
                "2 name read * (opaque: `enqueue`, from outside this repository)",
                "3 name read * (opaque: `other`, from outside this repository)",
                "4 name read * (opaque: `enqueue_all`, from outside this repository)",
            ],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(caught(query, &[("jobs.py", code)]), expected, "{query}");
    }
}

#[test]
fn objects_of_typescript() {
    let query = r#"
(call_expression
  function: (member_expression property: (property_identifier) @_send)
  arguments: (arguments (object
    (pair key: (property_identifier) @_key value: (_) @value.topics)))
  (#eq? @_send "send") (#eq? @_key "topic"))
"#;
    let code = r#"import { Topic } from "./topics";
await producer.send({ topic: Topic.Orders, messages });
await producer.send({ topic: `${Topic.Orders}.dead`, messages: [] });
export const later = async (name: string) => producer.send({ topic: name });
"#;
    let topics = "export enum Topic { Orders = \"orders\" }\n";
    for path in ["src/events.ts", "src/events.tsx"] {
        assert_eq!(
            caught(query, &[(path, code), ("src/topics.ts", topics)]),
            [
                "2 topics read orders",
                "3 topics read orders.dead",
                "4 topics read * (opaque: the parameter `name`)",
            ]
        );
    }
}

#[test]
fn what_is_wrong_with_a_query() {
    let dialect = query_dialect("python").unwrap();
    assert_eq!(query_dialect("cobol"), None);
    let broken = compile_query(dialect, "(call functoin: (_) @value.x)").unwrap_err();
    assert_eq!(broken.message, "the grammar has no field `functoin`");
    let cases = [
        ("(string) @value.x", vec![]),
        ("(string) @value", vec![]),
        (
            "(string) @vale.x",
            vec![
                "..: it captures no value: name one `@value.FIELD`",
                "@vale.x: `@vale.x` is no capture that Blue knows, and no predicate asks for it: a \
                 value is `@value.FIELD`, and what only serves the query begins with `_`",
            ],
        ),
        ("((string) @value.x (#eq? @value.x \"a\"))", vec![]),
        (
            "((string) @value.x (#equals? @value.x \"a\"))",
            vec![
                "#equals?: `#equals?` is no predicate that Blue knows: there are `#eq?`, `#any-of?` \
                 and `#match?`, each also with `not-`, and `#set!`",
            ],
        ),
        (
            "((string) @value (#set! feild queues))",
            vec![
                " feild: `feild queues` is no setting that Blue knows: there are `field NAME` and \
                 `op read|write|delete|list`",
            ],
        ),
    ];
    for (text, expected) in cases {
        let query = compile_query(dialect, text).unwrap();
        let said = query_oddities(&query, text);
        let said: Vec<String> = said
            .iter()
            .map(|problem| {
                let there = &text[problem.span.range()];
                let there = if there.is_empty() { ".." } else { there };
                format!("{there}: {}", problem.message)
            })
            .collect();
        assert_eq!(said, expected, "{text}");
    }
}

/// A query that would be at work for hours ends, and the same way each time.
#[test]
fn a_hostile_query_ends() {
    let query = format!(
        "(module {}) @value.x",
        "(expression_statement (_)*)* ".repeat(24)
    );
    let code = "f(1)\n".repeat(700);
    let first = caught(&query, &[("a.py", &code)]);
    assert!(first.last().unwrap().starts_with("limit: "), "{first:?}");
    let every = caught("(_) @value.x", &[("a.py", &code)]);
    assert_eq!(every.last().unwrap(), "limit: more than 2,000 captures");
}

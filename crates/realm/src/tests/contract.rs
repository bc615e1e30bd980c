//! Contracts and releases with faults.

use expect_test::expect;

use super::check_file;

const PATH: &str = "domains/s3-access/contracts/s3-permissions.yaml";

#[test]
fn each_fault_is_told_and_costs_itself_alone() {
    let file = check_file(
        PATH,
        "name: s3-permission
version: v1.2
onwer: aperture
compatibility: { backwards: maybe, mode: literally }
schema: { type: object }
value: { read: [a] }
deprecated:
  - { value: a, pointer: /read/0 }
  - { pointer: read/0 }
  - { value: a, sunset: 2026-02-30 }
validation:
  exporter: ../../bin/sh
  ci_only: [/bin/sh, ok.sh]
evolution:
  - version: 1.0.0
  - changes: nothing
x-team: imaging
",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:1 realm-schema: `owner` is missing
              name: s3-permission
              ^^^^
            domains/s3-access/contracts/s3-permissions.yaml:1:7 bad-name: `name` is `s3-permission`, but by its path this is `s3-permissions` -> s3-permissions
              name: s3-permission
                    ^^^^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:2:10 bad-version: `v1.2` is not a semantic version such as 1.2.0: unexpected character 'v' while parsing major version number -> 1.2.0
              version: v1.2
                       ^^^^
            domains/s3-access/contracts/s3-permissions.yaml:3:1 unknown-key: unknown key `onwer`; did you mean `owner`? -> owner
              onwer: aperture
              ^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:4:29 realm-schema: `backwards` must be true or false, not text
              compatibility: { backwards: maybe, mode: literally }
                                          ^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:4:42 realm-schema: `mode` must be one of emitted, literal, not `literally` -> literal
              compatibility: { backwards: maybe, mode: literally }
                                                       ^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:8:26 realm-schema: an entry has `value` or `pointer`, one of the two
                - { value: a, pointer: /read/0 }
                                       ^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:9:16 realm-schema: a JSON pointer begins with `/` -> /read/0
                - { pointer: read/0 }
                             ^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:10:25 realm-schema: `sunset` must be a date such as 2026-01-31
                - { value: a, sunset: 2026-02-30 }
                                      ^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:12:13 path-escapes: `../../bin/sh` leaves the repo
                exporter: ../../bin/sh
                          ^^^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:13:13 path-escapes: `/bin/sh` is absolute: paths are relative to the repo -> bin/sh
                ci_only: [/bin/sh, ok.sh]
                          ^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:16:5 realm-schema: `version` is missing
                - changes: nothing
                  ^^^^^^^
        "#]],
    );
    let contract = file.as_contract().unwrap();
    assert_eq!(&*contract.name, "s3-permissions");
    assert_eq!(contract.version, None);
    assert_eq!(contract.deprecated.len(), 1);
    assert_eq!(contract.deprecated[0].index, 2);
    assert_eq!(&*contract.validation.ci_only[0], "ok.sh");
    assert_eq!(contract.evolution.len(), 2);
    assert_eq!(contract.extra["x-team"], "imaging");
    assert!(contract.value.is_some());
}

#[test]
fn carriage_returns_and_characters_of_many_bytes_before_the_place() {
    check_file(
        PATH,
        "\u{feff}# Pilze 🍄 und Schlüssel\r\nname: s3-permissions\r\nowner: \"Bléndé 🍄\" # 🍄\r\nschema: {}\r\nversion: '🍄'\r\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:8 bad-name: `Bléndé 🍄` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first -> bl-nd
              owner: "Bléndé 🍄" # 🍄
                     ^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:5:10 bad-version: `🍄` is not a semantic version such as 1.2.0: unexpected character '🍄' while parsing major version number
              version: '🍄'
                       ^^^
        "#]],
    );
}

#[test]
fn keys_that_stand_twice_tags_and_numbers_that_json_has_not() {
    let file = check_file(
        PATH,
        "name: s3-permissions
owner: aperture
schema: {}
version: 1.0.0
\"owner\": fungal-image-analysis
value:
  read: [!secret a, .inf]
  ? [x, y]
  : 1
  \"re\\u0061d\": []
",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:5:1 realm-syntax: the key `owner` stands here for the second time; the first counts
              "owner": fungal-image-analysis
              ^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:7:18 realm-schema: tags (`!…`) mean nothing here
                read: [!secret a, .inf]
                               ^
            domains/s3-access/contracts/s3-permissions.yaml:7:21 realm-schema: JSON has no such number: only finite ones
                read: [!secret a, .inf]
                                  ^^^^
            domains/s3-access/contracts/s3-permissions.yaml:8:5 realm-schema: a key must be text, not a list
                ? [x, y]
                  ^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:10:3 realm-syntax: the key `read` stands here for the second time; the first counts
                "re\u0061d": []
                ^^^^^^^^^^^
        "#]],
    );
    let contract = file.as_contract().unwrap();
    assert_eq!(contract.owner.as_deref(), Some("aperture"));
}

#[test]
fn not_yaml() {
    check_file(
        PATH,
        "name: s3-permissions\nowner: [aperture\nschema: {}\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:7 realm-syntax: not YAML: did not find expected ',' or ']', while parsing a flow sequence
              schema: {}
                    ^
        "#]],
    );
    check_file(
        PATH,
        "name: s3-permissions\n\towner: aperture\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 realm-syntax: not YAML: a tab in the indentation; YAML wants spaces
              	owner: aperture
              ^
        "#]],
    );
    check_file(
        PATH,
        "name: a: b\n",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:1:8 realm-syntax: not YAML: mapping values are not allowed in this context
          name: a: b
                 ^
    "#]],
    );
    check_file(
        PATH,
        "name: *nowhere\n",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:1:7 realm-syntax: not YAML: a glob that begins with `*` must be quoted -> "*nowhere"
          name: *nowhere
                ^^^^^^^^
    "#]],
    );
    check_file(
        PATH,
        "value:\n  read:\n    - *.py\n",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:7 realm-syntax: not YAML: a glob that begins with `*` must be quoted -> "*.py"
              - *.py
                ^^^^
    "#]],
    );
    check_file(
        PATH,
        "a\u{1}b",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:2 realm-syntax: not YAML: control characters are not allowed
              ab
               ^
        "#]],
    );
    check_file(
        PATH,
        "é: \"unfinished",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:4 realm-syntax: not YAML: this quote is not closed
              é: "unfinished
                 ^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn not_a_mapping_not_one_document_not_anything() {
    check_file(
        PATH,
        "",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:1 realm-schema: the file must be a mapping, not empty
        "#]],
    );
    check_file(
        PATH,
        "# only words\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:1 realm-schema: the file must be a mapping, not empty
              # only words
              ^
        "#]],
    );
    check_file(
        PATH,
        "- a\n- b\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:1 realm-schema: the file must be a mapping, not a list
              - a
              ^^^…
        "#]],
    );
    check_file(
        PATH,
        "name: s3-permissions\nowner: aperture\nschema: {}\n--- \nname: other\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:4:1 realm-syntax: a second document begins here; only the first counts
              ---
              ^^^
        "#]],
    );
}

#[test]
fn a_contract_before_its_first_release() {
    check_file(
        PATH,
        "name: s3-permissions\nowner: aperture\nschema: {}\n",
        expect![[""]],
    );
    check_file(
        PATH,
        "name: s3-permissions\nowner: aperture\nschema: {type: object}\nvalue:\n",
        expect![[""]],
    );
    check_file(
        PATH,
        "name: s3-permissions\nowner:\nvalue: {}\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:1 realm-schema: `version` is missing
              name: s3-permissions
              ^^^^
            domains/s3-access/contracts/s3-permissions.yaml:1:1 realm-schema: `schema` is missing
              name: s3-permissions
              ^^^^
            domains/s3-access/contracts/s3-permissions.yaml:2:1 realm-schema: `owner` has no value
              owner:
              ^^^^^
        "#]],
    );
}

#[test]
fn a_released_version() {
    let path = "domains/s3-access/contracts/s3-permissions/1.0.0.yaml";
    check_file(
        path,
        "version: 1.0.1\nschema: {}\nvalue: {}\nnote: x\n",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions/1.0.0.yaml:1:10 bad-version: `version` is 1.0.1, but by its path this is 1.0.0 -> 1.0.0
              version: 1.0.1
                       ^^^^^
            domains/s3-access/contracts/s3-permissions/1.0.0.yaml:4:1 unknown-key: unknown key `note`; keys of your own begin with `x-`
              note: x
              ^^^^
        "#]],
    );
    let path = "domains/s3-access/contracts/s3-permissions/latest.yaml";
    check_file(
        path,
        "schema: {}\nvalue: {}\n",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions/latest.yaml:1:1 bad-version: the file is named `latest`, which is no semantic version
          schema: {}
          ^^^^^^^^^^…
    "#]],
    );
}

#[test]
fn references_out_of_the_schema_are_refused_where_they_stand() {
    check_file(
        PATH,
        "name: s3-permissions
owner: aperture
schema:
  $defs:
    key: { type: string }
    named: { $id: \"https://example.com/named.json\", type: object }
  properties:
    a: { $ref: \"#/$defs/key\" }
    b: { $ref: \"https://example.com/named.json\" }
    c: { $ref: \"https://example.com/other.json#/a\" }
    $ref: { $ref: file:///etc/passwd }
    d: { const: { $ref: anything.json } }
",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:10:16 schema-invalid: `$ref` leads out of this document, and Blue fetches nothing: put the schema it means under `$defs`
                  c: { $ref: "https://example.com/other.json#/a" }
                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:11:19 schema-invalid: `$ref` leads out of this document, and Blue fetches nothing: put the schema it means under `$defs`
                  $ref: { $ref: file:///etc/passwd }
                                ^^^^^^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn the_value_is_held_against_the_schema_at_the_very_node() {
    let file = check_file(
        PATH,
        "name: s3-permissions
owner: aperture
version: 1.0.0
schema:
  type: object
  required: [read, write]
  additionalProperties: false
  properties:
    read: { type: array, items: { type: string, minLength: 2 }, uniqueItems: true }
    write: { type: array }
    a/b~c: { type: integer }
value:
  read:
  - raw/*
  - 7
  - \"a\"
  - raw/*
  a/b~c: é
  delete: []
  list: []
",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:12:1 value-schema: the schema refuses this: "write" is a required property
              value:
              ^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:15:5 value-schema: the schema refuses this: 7 is not of type "string"
                - 7
                  ^
            domains/s3-access/contracts/s3-permissions.yaml:16:5 value-schema: the schema refuses this: "a" is shorter than 2 characters
                - "a"
                  ^^^
            domains/s3-access/contracts/s3-permissions.yaml:17:5 value-schema: the schema refuses this: ["raw/*",7,"a","raw/*"] has non-unique elements
                - raw/*
                  ^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:18:10 value-schema: the schema refuses this: "é" is not of type "integer"
                a/b~c: é
                       ^
            domains/s3-access/contracts/s3-permissions.yaml:19:3 value-schema: the schema refuses this: Additional properties are not allowed ('delete', 'list' were unexpected)
                delete: []
                ^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:20:3 value-schema: the schema refuses this: Additional properties are not allowed ('delete', 'list' were unexpected)
                list: []
                ^^^^
        "#]],
    );
    assert!(file.as_contract().unwrap().value.is_some());
}

#[test]
fn a_schema_that_is_none() {
    let schema = |schema: &str, expected| {
        let text = format!("name: s3-permissions\nowner: aperture\nschema:\n  {schema}\n");
        check_file(PATH, &text, expected);
    };
    schema(
        "properties: { read: { type: arr } }",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:4:31 schema-invalid: not a JSON Schema: "arr" is not valid under any of the schemas listed in the 'anyOf' keyword
            properties: { read: { type: arr } }
                                        ^^^
    "#]],
    );
    schema(
        "pattern: \"(?=x)\"",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:4:12 schema-invalid: not a JSON Schema: "(?=x)" is not a "regex"
            pattern: "(?=x)"
                     ^^^^^^^
    "#]],
    );
    schema(
        "[1]",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:1 schema-invalid: not a JSON Schema: [1] is not of types "boolean", "object"
          schema:
          ^^^^^^
    "#]],
    );
    schema(
        "$ref: \"#/$defs/a~1b\"",
        expect![[r##"
        domains/s3-access/contracts/s3-permissions.yaml:4:9 schema-invalid: a reference leads nowhere: Pointer '/$defs/a~1b' does not exist
            $ref: "#/$defs/a~1b"
                  ^^^^^^^^^^^^^^
    "##]],
    );
    schema(
        "{ $defs: { a: { $anchor: x } }, allOf: [{ $ref: \"#x\" }, { $ref: \"#y\" }] }",
        expect![[r##"
            domains/s3-access/contracts/s3-permissions.yaml:4:67 schema-invalid: a reference leads nowhere: Anchor 'y' does not exist
                { $defs: { a: { $anchor: x } }, allOf: [{ $ref: "#x" }, { $ref: "#y" }] }
                                                                                ^^^^
        "##]],
    );
    schema(
        "$schema: https://example.com/dialect",
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:4:12 schema-invalid: `$schema` names an unknown dialect: https://example.com/dialect
            $schema: https://example.com/dialect
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#]],
    );
    schema("true", expect![[""]]);
}

#[test]
fn null_is_a_value_where_the_schema_has_it() {
    let text = "name: s3-permissions\nowner: aperture\nversion: 1.0.0\nschema: {}\nvalue: null\n";
    let file = check_file(PATH, text, expect![[""]]);
    assert_eq!(
        file.as_contract().unwrap().value,
        Some(serde_json::Value::Null)
    );
}

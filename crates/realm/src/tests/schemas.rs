//! The JSON Schemas and the readers say the same: keys, words, and what is a right file.

use std::collections::{BTreeMap, BTreeSet};

use blue_text::apply_edits;
use jsonschema::Validator;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::seen::{self, Way};
use super::{STORY, files, generate};
use crate::config::parse_config;
use crate::edit;
use crate::{FileFormat, Problem, ProblemCode, Realm, classify, key_docs, parse_file, yaml};

/// The formats that this crate reads, with where a file of it may stand.
const READ: &[(FileFormat, &str)] = &[
    (FileFormat::Realm, "realm.yaml"),
    (FileFormat::Repo, "repos/aperture.yaml"),
    (FileFormat::Domain, "domains/s3-access/domain.yaml"),
    (FileFormat::Governance, "domains/s3-access/governance.yaml"),
    (
        FileFormat::Contract,
        "domains/s3-access/contracts/s3-permissions.yaml",
    ),
    (
        FileFormat::Release,
        "domains/s3-access/contracts/s3-permissions/1.2.0.yaml",
    ),
    (
        FileFormat::Binding,
        "domains/s3-access/bindings/aperture.yaml",
    ),
    (
        FileFormat::Acceptance,
        "domains/s3-access/acceptances/aperture.yaml",
    ),
    (FileFormat::Config, ""),
];

fn validator(format: FileFormat) -> Validator {
    jsonschema::draft202012::new(format.json_schema()).unwrap()
}

fn problems(path: &str, text: &str) -> Vec<Problem> {
    match path {
        "" => parse_config(text.as_bytes()).problems,
        _ => parse_file(path, text.as_bytes()).problems,
    }
}

/// A value as a file.
fn written(value: &Value) -> String {
    let edits = edit::set("", &[], value).unwrap();
    apply_edits("", &edits).unwrap()
}

#[test]
fn the_schemas_are_schemas() {
    for format in FileFormat::ALL {
        let schema = format.json_schema();
        jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{format:?}: {error}"));
        assert_eq!(schema["$id"], format!("urn:blue:schema:{}", format.name()));
        assert!(schema["description"].is_string(), "{format:?}");
    }
}

#[test]
fn the_files_of_the_story_are_valid() {
    let mut seen = BTreeSet::new();
    for (path, text) in files(STORY) {
        let format = FileFormat::of(&classify(&path).unwrap()).unwrap();
        let value = yaml::read(&text).unwrap().root.to_json();
        let validator = validator(format);
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{path}");
        seen.insert(format);
    }
    assert_eq!(seen.len(), READ.len() - 1, "{seen:?}");
}

/// Whatever a schema allows, the reader finds well formed; and while it reads many such files, it
/// asks for the schema's keys and words, all of them and no others.
#[test]
fn what_a_schema_allows_the_reader_takes_and_it_knows_the_same_keys() {
    for (format, path) in READ {
        let mut runner = TestRunner::deterministic();
        let schema = format.json_schema();
        let validator = validator(*format);
        let made = generate::instance(schema, schema);
        seen::take();
        for _ in 0..300 {
            let value = made.new_tree(&mut runner).unwrap().current();
            assert!(validator.is_valid(&value), "{format:?} {value}");
            let text = written(&value);
            let wrong: Vec<Problem> = problems(path, &text)
                .into_iter()
                .filter(is_of_the_shape)
                .collect();
            assert_eq!(wrong, [], "{format:?}\n{text}");
        }
        let (keys, words) = seen::take();
        let mut documented = Documented::default();
        documented.walk(schema, schema, &mut Vec::new());
        assert_eq!(keys, documented.keys, "keys of {format:?}");
        let mut asked: BTreeMap<Way, BTreeSet<String>> = BTreeMap::new();
        for (way, words) in words {
            asked
                .entry(documented.way_of(way))
                .or_default()
                .extend(words);
        }
        assert_eq!(asked, documented.words, "words of {format:?}");
    }
}

/// A problem that a schema can speak of.
fn is_of_the_shape(problem: &Problem) -> bool {
    let shape = matches!(
        problem.code,
        ProblemCode::RealmSyntax
            | ProblemCode::RealmSchema
            | ProblemCode::UnknownKey
            | ProblemCode::BadVersion
            | ProblemCode::BadRange
            | ProblemCode::ConfigInvalid
    );
    // What no schema can say: names that differ, versions that are those of a path.
    let by_path =
        problem.message.contains("by its path") || problem.message.contains("named twice");
    shape && !by_path
}

/// The keys of every mapping of a schema, and the words of every scalar.
#[derive(Default)]
struct Documented {
    keys: BTreeMap<Way, BTreeSet<String>>,
    words: BTreeMap<Way, BTreeSet<String>>,
}

impl Documented {
    /// The way with `*` where the schema has it: for any key of a table.
    fn way_of(&self, way: Way) -> Way {
        let fits = |known: &&Way| {
            known.len() == way.len()
                && known
                    .iter()
                    .zip(&way)
                    .all(|(known, key)| known == "*" || known == key)
        };
        self.words.keys().find(fits).cloned().unwrap_or(way)
    }

    fn walk(&mut self, root: &Value, schema: &Value, way: &mut Way) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.strip_prefix("#/$defs/").unwrap();
            return self.walk(root, &root["$defs"][name], way);
        }
        for choice in schema["anyOf"].as_array().into_iter().flatten() {
            self.walk(root, choice, way);
        }
        for choice in schema["oneOf"].as_array().into_iter().flatten() {
            // `s3` alone stands for the detector: it is no word of a list.
            if let Some(word) = choice["const"].as_str().filter(|word| *word != "s3") {
                self.words
                    .entry(way.clone())
                    .or_default()
                    .insert(word.to_owned());
            }
        }
        if schema["items"].is_object() {
            self.walk(root, &schema["items"], way);
        }
        if schema["additionalProperties"].is_object() {
            way.push("*".to_owned());
            self.walk(root, &schema["additionalProperties"], way);
            way.pop();
        }
        let closed = schema["additionalProperties"] == json!(false);
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            if closed {
                self.keys
                    .entry(way.clone())
                    .or_default()
                    .insert(key.clone());
                way.push(key.clone());
                self.walk(root, value, way);
                way.pop();
            }
        }
    }
}

/// What the schema can tell is wrong, and is wrong to the reader too.
#[test]
fn what_is_wrong_is_wrong_to_both() {
    for (format, text) in [
        (FileFormat::Realm, "name: Let em cook\n"),
        (FileFormat::Realm, "version: 1.0.0\n"),
        (FileFormat::Realm, "name: letemcook\nversion: '1.0'\n"),
        (
            FileFormat::Realm,
            "name: letemcook\ncreated_at: 2026-01-05T09:00:00+02:00\n",
        ),
        (
            FileFormat::Realm,
            "name: letemcook\ngovernance: {admission: invited}\n",
        ),
        (
            FileFormat::Realm,
            "name: letemcook\ngovernance: {breaking_changes: {grace_period_days: -1}}\n",
        ),
        (
            FileFormat::Realm,
            "name: letemcook\ntrust: {permissions: {'**': [owner]}}\n",
        ),
        (
            FileFormat::Realm,
            "name: letemcook\nfindings: {import-exces: off}\n",
        ),
        (
            FileFormat::Realm,
            "name: letemcook\nfindings: {import-excess: loud}\n",
        ),
        (FileFormat::Realm, "- name: letemcook\n"),
        (FileFormat::Repo, "name: aperture\nsubdir: /etc\n"),
        (FileFormat::Repo, "name: aperture\nmaintainers: rosa\n"),
        (FileFormat::Domain, "name: s3-access\nmembers: [Aperture]\n"),
        (FileFormat::Domain, "name: s3-access\nowner: aperture\n"),
        (
            FileFormat::Governance,
            "governance: {admission: open}\nadmission: open\n",
        ),
        (FileFormat::Contract, "name: s3-permissions\nschema: {}\n"),
        (
            FileFormat::Contract,
            "name: s3-permissions\nowner: aperture\nschema: {}\nvalue: 1\n",
        ),
        (
            FileFormat::Contract,
            "name: s3-permissions\nowner: aperture\nschema: {}\ndeprecated: [{since: 1.0.0}]\n",
        ),
        (
            FileFormat::Contract,
            "name: s3-permissions\nowner: aperture\nschema: {}\nevolution: [{changes: []}]\n",
        ),
        (
            FileFormat::Contract,
            "name: s3-permissions\nowner: aperture\nschema: []\n",
        ),
        (FileFormat::Release, "value: 1\n"),
        (
            FileFormat::Binding,
            "repo: aperture\nexports: [{contract: s3-permissions}]\n",
        ),
        (
            FileFormat::Binding,
            "repo: aperture\nexports: [{contract: x, source_files: a, detect: [{symbol: A, query: b}]}]\n",
        ),
        (
            FileFormat::Binding,
            "repo: aperture\nexports: [{contract: x, source_files: a, detect: [{s3: {buckets: a}}]}]\n",
        ),
        (
            FileFormat::Binding,
            "repo: aperture\nimports: [{contract: x, version: ^1, binding: a, from: s3}]\n",
        ),
        (FileFormat::Acceptance, "- contract: s3-permissions\n"),
        (FileFormat::Config, "repo: aperture\n"),
        (
            FileFormat::Config,
            "repo: aperture\nrealm: {name: a}\nrealms: []\n",
        ),
        (
            FileFormat::Config,
            "repo: aperture\nrealm: {name: a}\nfindings: {export-breaking: off}\n",
        ),
    ] {
        let value = yaml::read(text).unwrap().root.to_json();
        assert!(!validator(format).is_valid(&value), "{format:?} {text}");
        let (_, path) = READ.iter().find(|(known, _)| *known == format).unwrap();
        // Some of it only the realm as a whole tells.
        let realm = Realm::from_files([parse_file(path, text.as_bytes())]);
        let told = [problems(path, text), realm.problems_of(path, None)].concat();
        assert_ne!(told, [], "{format:?} {text}");
    }
}

/// Every key of every schema has its documentation, which says where a default is what it is.
#[test]
fn every_key_is_documented() {
    for format in FileFormat::ALL {
        let schema = format.json_schema();
        let mut documented = Documented::default();
        documented.walk(schema, schema, &mut Vec::new());
        for (way, keys) in documented.keys {
            let list = way.is_empty() && format == FileFormat::Acceptance;
            for key in keys.iter().filter(|_| !list) {
                let doc = doc_of(format, &way, key);
                let doc = doc.unwrap_or_else(|| panic!("{format:?} {way:?} {key}"));
                assert!(
                    doc.markdown.ends_with('.'),
                    "{}: {}",
                    doc.title,
                    doc.markdown
                );
                assert!(
                    !doc.markdown.contains('\n'),
                    "{}: {}",
                    doc.title,
                    doc.markdown
                );
                assert!(doc.words.iter().all(|(_, meaning)| meaning.ends_with('.')));
            }
        }
    }
}

/// The documentation of a key on a way without indexes: one is tried at every list.
fn doc_of(format: FileFormat, way: &Way, key: &str) -> Option<crate::KeyDoc> {
    use crate::Step;
    let mut routes: Vec<Vec<Step<'_>>> = vec![Vec::new()];
    for name in way.iter().map(String::as_str).chain([key]) {
        routes = routes
            .into_iter()
            .flat_map(|route| {
                let plain = [route.clone(), vec![Step::Key(name)]].concat();
                let item = [route, vec![Step::Index(0), Step::Key(name)]].concat();
                [plain, item]
            })
            .filter(|route| key_docs(format, route).is_some())
            .collect();
    }
    key_docs(format, routes.first()?)
}

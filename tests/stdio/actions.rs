//! Code actions: each is asked for where its finding stands, made as an editor makes it, and the
//! finding is gone then.

use serde_json::{Value, json};

use crate::client::{full_capabilities, uri};
use crate::editor::{Editor, utf16};
use crate::shown::{NOTHING, Units};
use crate::story_world::{CONTRACT, IMPORT, REPORT, SEGMENT, STACK, world};
use crate::world::{World, replaced};

const CONFIG: &str = "aperture/.blue/config.yaml";
const EXPORT: &str = "realm/domains/s3-access/bindings/aperture.yaml";
const DOMAIN: &str = "realm/domains/s3-access/domain.yaml";

/// A text with one change in it, in a file; the finding that follows; the action that mends it, by a
/// part of its title; what stands in the text then, and how many findings of that code.
struct Case {
    path: &'static str,
    old: &'static str,
    new: &'static str,
    code: &'static str,
    title: &'static str,
    then: &'static str,
    left: usize,
}

const fn case(
    path: &'static str,
    (old, new): (&'static str, &'static str),
    code: &'static str,
    title: &'static str,
    then: &'static str,
) -> Case {
    Case {
        path,
        old,
        new,
        code,
        title,
        then,
        left: 0,
    }
}

impl Case {
    /// As many findings of the code are left as it has further to say.
    const fn leaving(mut self, left: usize) -> Self {
        self.left = left;
        self
    }
}

const PUT: &str = "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${JOBS}/${jobId}/out.json`, Body: body }));\n";

const CASES: &[Case] = &[
    case(
        SEGMENT,
        (
            "  return manifest;\n",
            "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: \"new.json\" }));\n  return manifest;\n",
        ),
        "export-added",
        "not-a-site",
        "\n  // blue: not-a-site: say why\n  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: \"new.json\" }));\n",
    ),
    case(
        SEGMENT,
        (
            "  return manifest;\n",
            "  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: body }));\n  return manifest;\n",
        ),
        "export-opaque",
        "not-a-site",
        "\n  // blue: not-a-site: say why\n",
    ),
    case(
        SEGMENT,
        ("/out.json`, Body", "/result.json`, Body"),
        "export-breaking",
        "Restore `jobs/*/out.json`: put back what stood here at HEAD",
        PUT,
    ),
    case(
        SEGMENT,
        (PUT, ""),
        "export-breaking",
        "Restore `jobs/*/out.json`: put back what stood here at HEAD",
        PUT,
    ),
    case(
        STACK,
        (", f\"{OBJECTS}/jobs/*/report.json\"", ""),
        "import-uncovered",
        "Insert `jobs/*/report.json` here",
        "    resources=[f\"{OBJECTS}/jobs/*/out.json\", f\"{OBJECTS}/jobs/*/report.json\"],\n",
    ),
    case(
        STACK,
        (
            "write = iam",
            "# blue: ignore[import-stale, import-uncovered] for now\nwrite = iam",
        ),
        "ignore-unused",
        "Take `import-stale` out",
        "\n# blue: ignore[import-uncovered] for now\n",
    )
    .leaving(1),
    case(
        STACK,
        (
            "write = iam",
            "# blue: ignore[import-stale] for now\nwrite = iam",
        ),
        "ignore-unused",
        "Take the comment out",
        "\n)\nwrite = iam",
    ),
    case(
        STACK,
        (
            "write = iam",
            "# blue: ignore[import-stal] for now\nwrite = iam",
        ),
        "ignore-unused",
        "Write `import-stale`",
        "\n# blue: ignore[import-stale] for now\n",
    )
    .leaving(1),
    case(
        CONTRACT,
        (
            "    - jobs/*/report.json\n",
            "    - jobs/*/report.json\n    - jobs/*/log.txt\n",
        ),
        "version-not-bumped",
        "Set the version to 1.5.0",
        "version: 1.5.0\nowner",
    ),
    case(
        CONTRACT,
        ("version: 1.4.0\nowner", "version: 1.5.0\nowner"),
        "evolution-missing",
        "Add an entry for 1.5.0",
        "  - version: 1.5.0\n    changes:\n",
    ),
    case(
        CONTRACT,
        ("owner: aperture", "owner: apertura"),
        "unknown-reference",
        "Write `aperture`",
        "owner: aperture\n",
    ),
    case(
        CONTRACT,
        ("owner: aperture", "owner: \"apertura\""),
        "unknown-reference",
        "Write `aperture`",
        "owner: \"aperture\"\n",
    ),
    case(
        IMPORT,
        ("\">=1.0.0, <2.0.0\"", "1.2.0"),
        "range-ambiguous",
        "Write `=1.2.0`",
        "version: =1.2.0\n",
    ),
    case(
        IMPORT,
        ("\">=1.0.0, <2.0.0\"", "'1.2.0'"),
        "range-ambiguous",
        "Write `^1.2.0`",
        "version: '^1.2.0'\n",
    ),
    case(
        EXPORT,
        ("source_files:", "source_file:"),
        "unknown-key",
        "Write `source_files`",
        "    source_files: [",
    ),
    case(
        EXPORT,
        ("\"lib/**/*.ts\"", "\"/lib/**/*.ts\""),
        "path-escapes",
        "Write `lib/**/*.ts`",
        "\"lib/**/*.ts\"]",
    ),
    case(
        DOMAIN,
        ("fungal-image-analysis]", "Fungal-image-analysis]"),
        "bad-name",
        "Write `fungal-image-analysis`",
        "fungal-image-analysis]",
    ),
];

impl Editor {
    /// The actions at what stands once in a text.
    fn actions_at(&mut self, path: &str, text: &str, over: &str, context: Value) -> Vec<Value> {
        let at = text.find(over).unwrap();
        let position = |at| {
            let (line, character) = self.units.position(text, at);
            json!({"line": line, "character": character})
        };
        let range = json!({"start": position(at), "end": position(at + over.len())});
        self.actions_in(path, range, context)
    }

    pub(crate) fn actions_in(&mut self, path: &str, range: Value, context: Value) -> Vec<Value> {
        let params = json!({
            "textDocument": {"uri": uri(&self.path(path))},
            "range": range,
            "context": context,
        });
        let id = self.client.request("textDocument/codeAction", params);
        let answer = self.client.answer(id)["result"].take();
        answer.as_array().unwrap().clone()
    }

    /// Has an action's edit made: of open documents as the text, of others on disk. The text of
    /// `path` then.
    fn make(&mut self, action: &Value, path: &str, text: &str, version: i64) -> String {
        let mut action = action.clone();
        if action.get("edit").is_none() {
            let id = self.client.request("codeAction/resolve", action);
            action = self.client.answer(id)["result"].take();
        }
        self.apply(&action["edit"], path, text, version)
    }

    fn apply(&mut self, edit: &Value, path: &str, text: &str, version: i64) -> String {
        let mut files: Vec<(String, Vec<Value>)> = Vec::new();
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            let document = &change["textDocument"];
            let own = uri(&self.path(path)) == document["uri"].as_str().unwrap();
            assert_eq!(document["version"].is_number(), own, "{edit}");
            let edits = change["edits"].as_array().unwrap().clone();
            files.push((document["uri"].as_str().unwrap().to_owned(), edits));
        }
        for (file, edits) in edit["changes"].as_object().into_iter().flatten() {
            files.push((file.clone(), edits.as_array().unwrap().clone()));
        }
        assert!(!files.is_empty(), "an action that does nothing: {edit}");
        let mut after = text.to_owned();
        for (file, edits) in files {
            if file == uri(&self.path(path)) {
                after = self.units.edited(text, &edits);
                let whole = json!([{"text": after}]);
                let path = self.path(path);
                self.client.change(&path, version, whole);
                continue;
            }
            let root = uri(&self.path(""));
            let other = file.strip_prefix(&root).unwrap().to_owned();
            let other = other.trim_start_matches('/').to_owned();
            let made = self.units.edited(&self.world.read(&other), &edits);
            self.world.write(&other, &made);
            self.changed_on_disk(&[&other]);
        }
        after
    }
}

pub(crate) fn nothing() -> Value {
    json!({"diagnostics": []})
}

pub(crate) fn titled<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let mut titled = actions
        .iter()
        .filter(|it| it["title"].as_str().unwrap().contains(title));
    titled
        .next()
        .unwrap_or_else(|| panic!("no {title:?} among {actions:#?}"))
}

fn of_code(last: &Value, code: &str) -> usize {
    let all = last["diagnostics"].as_array().unwrap();
    all.iter().filter(|it| it["code"] == code).count()
}

#[test]
fn an_action_mends_its_finding() {
    for case in CASES {
        let mut editor = Editor::start(world(), utf16());
        let text = replaced(&editor.world.read(case.path), case.old, case.new);
        let path = editor.path(case.path);
        editor.client.open(&path, 1, &text);
        let last = editor
            .client
            .published_that(&path, |last| of_code(last, case.code) > 0);
        let mut all = last["diagnostics"].as_array().unwrap().iter();
        let found = all.find(|it| it["code"] == case.code).unwrap();
        let context = json!({"diagnostics": [found], "only": ["quickfix"]});
        let actions = editor.actions_in(case.path, found["range"].clone(), context);
        let action = titled(&actions, case.title);
        assert_eq!(action["diagnostics"], json!([found]), "{}", case.title);
        let after = editor.make(action, case.path, &text, 2);
        assert!(after.contains(case.then), "{}: {after}", case.title);
        editor.client.published(&path, 2);
        editor.client.published_that(&path, |last| {
            last["version"] == 2 && of_code(last, case.code) == case.left
        });
    }
}

#[test]
fn a_value_is_stated_where_the_code_does_not_say_it() {
    let mut editor = Editor::start(world(), utf16());
    let opaque = PUT.replace("`${JOBS}/${jobId}/out.json`", "body");
    let text = replaced(&editor.world.read(SEGMENT), PUT, &opaque);
    let path = editor.path(SEGMENT);
    editor.client.open(&path, 1, &text);
    editor
        .client
        .published_that(&path, |last| of_code(last, "export-opaque") == 1);
    let actions = editor.actions_at(SEGMENT, &text, "body, Body", nothing());
    titled(&actions, "`blue: value write PATTERN`");
    let action = titled(&actions, "`blue: value write jobs/*/out.json`");
    let after = editor.make(action, SEGMENT, &text, 2);
    assert!(after.contains("\n  // blue: value write jobs/*/out.json\n  await"));
    assert_eq!(editor.shown(SEGMENT, 2, &after), NOTHING);
}

#[test]
fn paths_that_bindings_misspell_are_mended_in_the_realm() {
    let cases = [
        (
            IMPORT,
            "fungal-image-analysis/.blue/config.yaml",
            "import-missing-file",
            ("binding: infra/stack.py", "binding: infra/stak.py"),
            "Write `infra/stack.py`",
        ),
        (
            EXPORT,
            CONFIG,
            "export-missing-source",
            ("\"lib/**/*.ts\"", "\"jobs/segmnt.ts\""),
            "Write `jobs/segment.ts`",
        ),
    ];
    for (binding, config, code, (old, new), title) in cases {
        let world = world();
        world.edit(binding, old, new);
        world.commit("realm");
        let mut editor = Editor::start(world, utf16());
        let text = editor.world.read(config);
        let path = editor.path(config);
        editor.client.open(&path, 1, &text);
        editor
            .client
            .published_that(&path, |last| of_code(last, code) == 1);
        let repo = text.lines().last().unwrap().strip_prefix("repo: ").unwrap();
        if code == "import-missing-file" {
            // Where the binding says it, too.
            let written = editor.world.read(binding);
            let there = editor.path(binding);
            editor.client.open(&there, 1, &written);
            editor
                .client
                .published_that(&there, |last| of_code(last, code) == 1);
            let actions = editor.actions_at(binding, &written, "infra/stak.py", nothing());
            titled(&actions, title);
            let closed = json!({"textDocument": {"uri": uri(&there)}});
            editor.client.notify("textDocument/didClose", closed);
        }
        let actions = editor.actions_at(config, &text, repo, nothing());
        editor.make(titled(&actions, title), config, &text, 2);
        let mended = title.trim_start_matches("Write `").trim_end_matches('`');
        assert!(editor.world.read(binding).contains(mended));
        // A proposal: the record has it once it is committed.
        editor.world.commit("realm");
        editor.changed_on_disk(&["realm/.git/refs/heads/main"]);
        editor
            .client
            .published_that(&path, |last| of_code(last, code) == 0);
    }
}

#[test]
fn a_contract_is_opened() {
    for shows in [true, false] {
        let mut capabilities = full_capabilities();
        capabilities["window"]["showDocument"]["support"] = json!(shows);
        let mut editor = Editor::with(behind(), Units::Utf16, capabilities);
        let text = editor.world.read(STACK);
        let path = editor.path(STACK);
        editor.client.open(&path, 1, &text);
        editor
            .client
            .published_that(&path, |last| of_code(last, "import-stale") == 1);
        let over = "[f\"{OBJECTS}/jobs/*/out.json\"";
        for context in [
            json!({"diagnostics": [], "only": ["quickfix"]}),
            json!({"diagnostics": [], "only": ["source.blue"]}),
        ] {
            let actions = editor.actions_at(STACK, &text, over, context);
            let action = titled(&actions, "Open s3-permissions").clone();
            let id = editor
                .client
                .request("workspace/executeCommand", action["command"].clone());
            assert_eq!(editor.client.answer(id)["result"], Value::Null);
        }
        let contract = editor.path(CONTRACT);
        if shows {
            let params = editor.client.wants("window/showDocument");
            assert_eq!(params["uri"], uri(&contract));
            assert_eq!(params["selection"]["start"]["line"], 1);
        } else {
            let place = format!("{}:2", contract.display());
            editor.client.until(|client| {
                let mut said = client.messages_shown.iter();
                said.find(|it| it.contains(&place)).map(|_| ())
            });
        }
    }
}

/// The story's world, in which the importer has followed an older version.
fn behind() -> World {
    let world = world();
    world.edit(IMPORT, "resolved_version: 1.4.0", "resolved_version: 1.3.0");
    world.commit("realm");
    world
}

#[test]
fn what_is_asked_for_is_what_is_offered() {
    let mut editor = Editor::start(behind(), utf16());
    let text = editor.world.read(STACK);
    let gap = ", f\"{OBJECTS}/jobs/*/report.json\"";
    let text = replaced(&text, gap, "");
    let path = editor.path(STACK);
    editor.client.open(&path, 1, &text);
    let last = editor
        .client
        .published_that(&path, |last| of_code(last, "import-uncovered") == 1);
    let all = last["diagnostics"].as_array().unwrap();
    // Both statements: the first is stale, the second lacks something.
    let over = &text[text.find("actions=").unwrap()..];
    let found = |code: &str| {
        let mut all = all.iter();
        all.find(|it| it["code"] == code).unwrap().clone()
    };
    let open = "Open s3-permissions";
    let insert = "Insert `jobs/*/report.json` here";
    let follow = "Acknowledge s3-permissions 1.4.0";
    let follow_all = "Acknowledge s3-permissions in letemcook";
    let worktrees = "Make worktrees across s3-access";
    for (context, expected) in [
        (
            json!({"diagnostics": []}),
            vec![follow, worktrees, open, insert, open, follow_all],
        ),
        (
            json!({"diagnostics": [], "only": ["quickfix"]}),
            vec![follow, worktrees, open, insert],
        ),
        (
            json!({"diagnostics": [], "only": ["source.blue.acknowledge"]}),
            vec![follow_all],
        ),
        (
            json!({"diagnostics": [], "only": ["source.blue.openContract"]}),
            vec![open],
        ),
        (
            json!({"diagnostics": [], "only": ["source"]}),
            vec![open, follow_all],
        ),
        (
            json!({"diagnostics": [], "only": ["refactor", "source.bluer"]}),
            vec![],
        ),
        (
            json!({"diagnostics": [found("import-uncovered")], "only": ["quickfix"]}),
            vec![insert],
        ),
        // Those of others say nothing of ours.
        (
            json!({"diagnostics": [{"range": found("import-stale")["range"], "message": "x"}],
                   "only": ["quickfix"]}),
            vec![follow, worktrees, open, insert],
        ),
    ] {
        let actions = editor.actions_at(STACK, &text, over, context.clone());
        let mut titles: Vec<_> = actions
            .iter()
            .map(|it| it["title"].as_str().unwrap())
            .collect();
        let mut expected = expected;
        titles.sort_unstable();
        expected.sort_unstable();
        assert_eq!(titles, expected, "{context}");
    }
    // Elsewhere there is nothing to mend.
    let elsewhere = editor.actions_at(
        STACK,
        &text,
        "from aws_cdk",
        json!({"diagnostics": [], "only": ["quickfix"]}),
    );
    assert_eq!(elsewhere, Vec::<Value>::new());
}

#[test]
fn a_break_leads_to_whom_it_breaks() {
    let mut editor = Editor::start(world(), utf16());
    let text = replaced(&editor.world.read(SEGMENT), "/out.json`", "/result.json`");
    let path = editor.path(SEGMENT);
    editor.client.open(&path, 1, &text);
    let last = editor
        .client
        .published_that(&path, |last| of_code(last, "export-breaking") == 1);
    let found = last["diagnostics"][0].clone();
    let context = json!({"diagnostics": [found], "only": ["quickfix"]});
    let actions = editor.actions_in(SEGMENT, found["range"].clone(), context);
    let titles = actions.iter().map(|it| it["title"].as_str().unwrap());
    assert_eq!(
        titles.collect::<Vec<_>>(),
        [
            "Sync s3-permissions as 2.0.0",
            "Restore `jobs/*/out.json`: put back what stood here at HEAD",
            "Make worktrees across s3-access",
            "Open the binding of fungal-image-analysis",
        ]
    );
    let open = titled(&actions, "Open the binding")["command"].clone();
    editor.client.request("workspace/executeCommand", open);
    let shown = editor.client.wants("window/showDocument");
    assert_eq!(shown["uri"], uri(&editor.path(IMPORT)));
}

/// A contract that names no bucket: in which one a value lies is seen in the exporter's code.
#[test]
fn a_key_of_one_bucket_is_not_granted_in_another() {
    let detect = "    detect:\n      - s3: { bucket: cultivarium-fungal-imaging }\n";
    for (bucket, is_offered) in [("BUCKET", true), ("process.env.OTHER", false)] {
        let world = world();
        world.edit(EXPORT, detect, "");
        let own = "Bucket: BUCKET, Key: `${JOBS}/${jobId}/report.json`";
        world.edit(REPORT, own, &own.replace("BUCKET", bucket));
        world.commit("realm");
        world.commit("aperture");
        let mut editor = Editor::start(world, utf16());
        let gap = ", f\"{OBJECTS}/jobs/*/report.json\"";
        let text = replaced(&editor.world.read(STACK), gap, "");
        let path = editor.path(STACK);
        editor.client.open(&path, 1, &text);
        editor
            .client
            .published_that(&path, |last| of_code(last, "import-uncovered") == 1);
        let over = "[f\"{OBJECTS}/jobs/*/out.json\"]";
        let actions = editor.actions_at(STACK, &text, over, nothing());
        let mut titles = actions.iter().map(|it| it["title"].as_str().unwrap());
        let found = titles.any(|it| it == "Insert `jobs/*/report.json` here");
        assert_eq!(found, is_offered, "{bucket}: {actions:#?}");
    }
}

#[test]
fn clients_that_can_less() {
    let old = ", f\"{OBJECTS}/jobs/*/report.json\"";
    let insert = "Insert `jobs/*/report.json` here";
    let over = "[f\"{OBJECTS}/jobs/*/out.json\"]";
    // No literals: an action is a command, which has the edit made.
    for (literals, documents, resolves) in [
        (true, false, true),
        (true, true, false),
        (false, true, false),
        (false, false, false),
    ] {
        let mut capabilities = full_capabilities();
        let text_document = &mut capabilities["textDocument"]["codeAction"];
        if !literals {
            *text_document = json!({});
        }
        if !resolves {
            text_document["resolveSupport"] = Value::Null;
        }
        capabilities["workspace"]["workspaceEdit"]["documentChanges"] = json!(documents);
        let mut editor = Editor::with(world(), Units::Utf16, capabilities);
        let text = replaced(&editor.world.read(STACK), old, "");
        let path = editor.path(STACK);
        editor.client.open(&path, 1, &text);
        editor
            .client
            .published_that(&path, |last| of_code(last, "import-uncovered") == 1);
        let actions = editor.actions_at(STACK, &text, over, nothing());
        let action = titled(&actions, insert).clone();
        let edit = if literals {
            assert_eq!(action.get("edit").is_some(), !resolves, "{action}");
            let id = editor.client.request("codeAction/resolve", action.clone());
            let resolved = editor.client.answer(id)["result"].take();
            resolved["edit"].clone()
        } else {
            let params = json!({"command": action["command"], "arguments": action["arguments"]});
            let id = editor.client.request("workspace/executeCommand", params);
            assert_eq!(editor.client.answer(id)["result"], Value::Null);
            editor.client.wants("workspace/applyEdit")["edit"].clone()
        };
        assert_eq!(edit.get("documentChanges").is_some(), documents, "{edit}");
        let after = editor.apply(&edit, STACK, &text, 2);
        assert_eq!(after, editor.world.read(STACK));
        assert_eq!(editor.shown(STACK, 2, &after), NOTHING);
    }
    // Neither literals nor edits: only what can be done.
    let mut editor = Editor::with(world(), Units::Utf16, json!({}));
    let text = replaced(&editor.world.read(STACK), old, "");
    let path = editor.path(STACK);
    editor.client.open(&path, 1, &text);
    editor
        .client
        .published_that(&path, |last| of_code(last, "import-uncovered") == 1);
    let actions = editor.actions_at(STACK, &text, over, nothing());
    let titles: Vec<_> = actions.iter().map(|it| it["title"].clone()).collect();
    assert_eq!(titles, ["Open s3-permissions"]);
}

#[test]
fn an_action_of_an_older_text_does_nothing() {
    let mut editor = Editor::start(world(), utf16());
    let gap = ", f\"{OBJECTS}/jobs/*/report.json\"";
    let text = replaced(&editor.world.read(STACK), gap, "");
    let path = editor.path(STACK);
    editor.client.open(&path, 1, &text);
    editor
        .client
        .published_that(&path, |last| of_code(last, "import-uncovered") == 1);
    let over = "[f\"{OBJECTS}/jobs/*/out.json\"]";
    let actions = editor.actions_at(STACK, &text, over, nothing());
    let action = titled(&actions, "Insert").clone();
    editor
        .client
        .change(&path, 2, json!([{"text": format!("\n{text}")}]));
    let id = editor.client.request("codeAction/resolve", action.clone());
    let resolved = editor.client.answer(id)["result"].take();
    assert_eq!(resolved.get("edit"), None, "{resolved}");
    // As a command it says so.
    let params = json!({"command": "blue.fix", "arguments": [action["data"]]});
    let id = editor.client.request("workspace/executeCommand", params);
    assert_eq!(editor.client.answer(id)["result"], Value::Null);
    editor.client.until(|client| {
        let mut said = client.messages_shown.iter();
        said.find(|it| it.contains("older text")).map(|_| ())
    });
    for params in [
        json!({"command": "blue.unheardOf"}),
        json!({"command": "blue.fix"}),
        json!({"command": "blue.showContract", "arguments": [7]}),
    ] {
        let id = editor.client.request("workspace/executeCommand", params);
        assert_eq!(editor.client.answer(id)["error"]["code"], -32602);
    }
}

#[test]
fn a_file_is_added_to_the_source_files() {
    for (list, kept) in [
        (
            "    source_files: [\"jobs/**/*.ts\", \"lib/**/*.ts\"]\n",
            "    source_files: [\"jobs/**/*.ts\", \"lib/**/*.ts\"",
        ),
        (
            "    source_files:\n      - jobs/**/*.ts # jobs\n      - lib/**/*.ts\n",
            "    source_files:\n      - jobs/**/*.ts # jobs\n      - lib/**/*.ts\n",
        ),
        // One that stands alone becomes the first of a list.
        (
            "    source_files: jobs/**/*.ts # jobs\n",
            "    source_files: # jobs\n      - jobs/**/*.ts\n",
        ),
    ] {
        let world = world();
        let old = "    source_files: [\"jobs/**/*.ts\", \"lib/**/*.ts\"]\n";
        world.edit(EXPORT, old, list);
        world.commit("realm");
        let mut editor = Editor::start(world, utf16());
        assert_eq!(editor.open(SEGMENT), NOTHING);
        let stray = "aperture/tools/[id].ts";
        let text = editor.world.read(SEGMENT).replace("out.json", "new.json");
        let path = editor.path(stray);
        editor.client.open(&path, 1, &text);
        editor
            .client
            .published_that(&path, |last| of_code(last, "export-unlisted") > 0);
        let actions = editor.actions_at(stray, &text, "`${JOBS}/${jobId}/new.json`", nothing());
        let title = "Add tools/[id].ts to the source files of s3-permissions";
        editor.make(titled(&actions, title), stray, &text, 2);
        let binding = editor.world.read(EXPORT);
        let added = binding.contains("tools/[[]id].ts");
        assert!(added, "{binding}");
        assert!(binding.contains(kept), "{binding}");
        // It is a proposal now: what is proposed is not offered again; committed it is the record.
        let actions = editor.actions_at(stray, &text, "`${JOBS}/${jobId}/new.json`", nothing());
        assert!(
            actions.iter().all(|it| it["title"] != title),
            "{actions:#?}"
        );
        editor.world.commit("realm");
        editor.changed_on_disk(&["realm/.git/refs/heads/main"]);
        editor.client.published_that(&path, |last| {
            of_code(last, "export-unlisted") == 0 && of_code(last, "export-added") > 0
        });
    }
}

#[test]
fn a_grant_is_inserted_in_typescript() {
    let stack = "fungal-image-analysis/infra/stack.ts";
    let text = r#"import * as iam from "aws-cdk-lib/aws-iam";
import * as s3 from "aws-cdk-lib/aws-s3";

export function grant(scope: any, role: iam.Role) {
  const bucket = s3.Bucket.fromBucketName(scope, "Images", "cultivarium-fungal-imaging");
  role.addToPolicy(new iam.PolicyStatement({
    actions: ["s3:GetObject"],
    resources: [bucket.arnForObjects("jobs/*/manifest.json")],
  }));
  role.addToPolicy(new iam.PolicyStatement({
    actions: ["s3:PutObject"],
    resources: [
      bucket.bucketArn,
      bucket.arnForObjects("jobs/*/out.json"), // written by the jobs
    ],
  }));
}
"#;
    let world = world();
    world.write(stack, text);
    world.edit(IMPORT, "infra/stack.py", "infra/stack.ts");
    world.commit("realm");
    let mut editor = Editor::start(world, utf16());
    let path = editor.path(stack);
    editor.client.open(&path, 1, text);
    editor
        .client
        .published_that(&path, |last| of_code(last, "import-uncovered") == 1);
    let actions = editor.actions_at(stack, text, "bucket.bucketArn,", nothing());
    let action = titled(&actions, "Insert `jobs/*/report.json` here");
    let after = editor.make(action, stack, text, 2);
    let old = "      bucket.arnForObjects(\"jobs/*/out.json\"), // written by the jobs\n";
    let new = "      bucket.arnForObjects(\"jobs/*/report.json\"),\n";
    assert_eq!(after, replaced(text, old, &format!("{old}{new}")));
    assert_eq!(editor.shown(stack, 2, &after), NOTHING);
}

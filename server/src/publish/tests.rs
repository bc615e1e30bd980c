//! What is sent, step by step.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tower_lsp::lsp_types::TextDocumentContentChangeEvent;

use super::*;
use crate::sample::shown;
use crate::settings::Settings;
use blue_workspace::{Code, ShownRelated};

const URI: &str = "file:///aperture/models/p%20q.py";
const PATH: &str = "/aperture/models/p q.py";
/// Another file of the same repository.
const BESIDE: &str = "/aperture/models/storage.py";

struct Scene {
    documents: Documents,
    publisher: Publisher,
    sent: UnboundedReceiver<Outgoing>,
    start: Instant,
}

impl Scene {
    fn new(style: Style) -> Self {
        let (out, sent) = unbounded_channel();
        Self {
            documents: Documents::new(style.encoding),
            publisher: Publisher::new(style, out),
            sent,
            start: Instant::now(),
        }
    }

    fn at(&self, millis: u64) -> Instant {
        self.start + Duration::from_millis(millis)
    }

    fn open(&mut self, version: i32, text: &str) {
        let uri = Url::parse(URI).unwrap();
        let opened = self.documents.open(uri, version, text.to_owned()).unwrap();
        self.publisher.replaced(&opened.path);
    }

    fn close(&mut self) {
        let path = self.documents.close(&Url::parse(URI).unwrap()).unwrap();
        self.publisher.replaced(&path);
    }

    fn edit(&mut self, version: i32, text: &str, millis: u64) {
        let uri = Url::parse(URI).unwrap();
        let change = TextDocumentContentChangeEvent {
            range: None,
            range_length: None,
            text: text.to_owned(),
        };
        let changed = self.documents.change(&uri, version, &[change]).unwrap();
        self.publisher
            .edited(&changed.path, &changed.edits, self.at(millis));
    }

    /// The facts: each word of `found` has a finding of that name, each of `broken` is a statement.
    fn facts(&self, found: &[&str], broken: &[&str]) -> FileDiagnostics {
        let document = self.documents.get(Path::new(PATH));
        let text = document.map_or_else(|| "a b c".into(), |it| Arc::clone(&it.text));
        let span = |word: &&str| {
            let start = text.find(word).unwrap();
            Span::from_range(start..start + word.len())
        };
        let item = |word: &&str| shown(Code::ExportAdded, word, span(word));
        FileDiagnostics {
            path: PATH.into(),
            items: found.iter().map(item).collect(),
            broken: broken.iter().map(span).collect(),
            open: document.is_some(),
            text,
            repo: Some("aperture".into()),
        }
    }

    /// The facts of another file of the repository, which nobody has open; nothing where it has none.
    fn beside(&self, found: &[&str]) -> Option<FileDiagnostics> {
        let mut facts = self.facts(&[], &[]);
        facts.path = BESIDE.into();
        (facts.text, facts.open) = ("a b c".into(), false);
        let item = |word: &&str| {
            let start = facts.text.find(word).unwrap();
            shown(
                Code::ExportOpaque,
                word,
                Span::from_range(start..start + word.len()),
            )
        };
        facts.items = found.iter().map(item).collect();
        (!found.is_empty()).then_some(facts)
    }

    /// What is said of both files.
    fn both(&mut self, found: &[&str], broken: &[&str], beside: &[&str], millis: u64) {
        let facts = std::iter::once(self.facts(found, broken)).chain(self.beside(beside));
        let now = self.at(millis);
        self.publisher
            .publish_all(facts.collect(), &self.documents, now);
    }

    /// The messages of the other file that were sent since the last call.
    fn sent_beside(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while let Ok(Outgoing::Diagnostics(it)) = self.sent.try_recv() {
            let messages = it.diagnostics.into_iter().map(|it| it.message);
            let messages: Vec<_> = messages.collect();
            if it.uri.path() == BESIDE {
                all.push(messages.join(", "));
            }
        }
        all
    }

    fn found(&mut self, found: &[&str], broken: &[&str], millis: u64) {
        let facts = self.facts(found, broken);
        let now = self.at(millis);
        self.publisher
            .publish_all(vec![facts], &self.documents, now);
    }

    /// What was sent since the last call: version and messages of each.
    fn sent(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Ok(Outgoing::Diagnostics(it)) = self.sent.try_recv() {
            assert_eq!(it.uri.as_str(), URI);
            let messages: Vec<_> = it.diagnostics.iter().map(|it| it.message.clone()).collect();
            all.push(json!([it.version, messages.join(", ")]));
        }
        all
    }
}

#[test]
fn each_version_once() {
    let mut scene = Scene::new(Style::default());
    scene.found(&[], &[], 0);
    assert_eq!(scene.sent(), [] as [Value; 0], "closed, and nothing to say");
    scene.found(&["a"], &[], 0);
    assert_eq!(scene.sent(), [json!([null, "says a"])]);
    scene.open(7, "a b c");
    scene.found(&["a"], &[], 0);
    scene.found(&["a"], &[], 0);
    assert_eq!(
        scene.sent(),
        [json!([7, "says a"])],
        "open: its version, once"
    );
    scene.edit(8, "a b cd", 0);
    scene.found(&["a"], &[], 0);
    assert_eq!(
        scene.sent(),
        [json!([8, "says a"])],
        "the same findings, a new version"
    );
    scene.edit(9, "a b cd", 0);
    scene.found(&["a"], &[], 0);
    assert_eq!(
        scene.sent(),
        [json!([9, "says a"])],
        "the same text, a new version"
    );
    scene.found(&["b"], &[], 0);
    assert_eq!(scene.sent(), [json!([9, "says b"])], "the world changed");
    scene.close();
    scene.found(&["b"], &[], 0);
    assert_eq!(scene.sent(), [json!([null, "says b"])]);
    scene.found(&[], &[], 0);
    scene.found(&[], &[], 0);
    assert_eq!(scene.sent(), [json!([null, ""])]);
}

#[test]
fn what_is_no_part_any_more_is_withdrawn() {
    let mut scene = Scene::new(Style::default());
    scene.open(1, "a b");
    scene.found(&["a"], &[], 0);
    scene
        .publisher
        .publish_all(Vec::new(), &scene.documents, scene.start);
    scene
        .publisher
        .publish_all(Vec::new(), &scene.documents, scene.start);
    assert_eq!(scene.sent(), [json!([1, "says a"]), json!([1, ""])]);
}

#[test]
fn held_until_it_is_quiet() {
    let mut scene = Scene::new(Style::default());
    scene.open(1, "a b c");
    scene.found(&["a"], &[], 0);
    scene.edit(2, "a( b c", 100);
    scene.found(&[], &["a( b"], 110);
    assert_eq!(scene.sent(), [json!([1, "says a"]), json!([2, "says a"])]);
    assert_eq!(scene.publisher.deadline(), Some(scene.at(2100)));
    scene.edit(3, "a( b cd", 1100);
    assert_eq!(
        scene.publisher.deadline(),
        None,
        "its facts are on their way"
    );
    scene.found(&[], &["a( b"], 1110);
    assert_eq!(scene.publisher.deadline(), Some(scene.at(3100)));
    scene.publisher.expire(&scene.documents, scene.at(3099));
    assert_eq!(scene.sent(), [json!([3, "says a"])]);
    scene.publisher.expire(&scene.documents, scene.at(3100));
    assert_eq!(
        scene.sent(),
        [json!([3, ""])],
        "two seconds without an edit"
    );
    assert_eq!(scene.publisher.deadline(), None);
    scene.edit(4, "a() b c", 4000);
    scene.found(&["a"], &[], 4010);
    assert_eq!(scene.sent(), [json!([4, "says a"])]);
}

#[test]
fn held_until_it_is_saved() {
    let mut scene = Scene::new(Style::default());
    scene.open(1, "a b c");
    scene.found(&["a"], &[], 0);
    scene.edit(2, "a( b c", 100);
    scene.found(&[], &["a( b"], 110);
    scene
        .publisher
        .saved(Path::new(PATH), &scene.documents, scene.at(120));
    assert_eq!(
        scene.sent(),
        [json!([1, "says a"]), json!([2, "says a"]), json!([2, ""])]
    );
    // Saved before the facts of the last edit are there.
    scene.edit(3, "a b c", 200);
    scene.found(&["a"], &[], 210);
    scene.edit(4, "a( b c", 220);
    scene
        .publisher
        .saved(Path::new(PATH), &scene.documents, scene.at(230));
    scene.found(&[], &["a( b"], 240);
    assert_eq!(scene.sent(), [json!([3, "says a"]), json!([4, ""])]);
}

#[test]
fn what_comes_of_half_a_statement_elsewhere_waits_as_well() {
    let mut scene = Scene::new(Style::default());
    scene.open(1, "a b c");
    scene.both(&["a"], &[], &[], 0);
    // The helper that it calls is told of no caller now.
    scene.edit(2, "a( b c", 100);
    scene.both(&[], &["a( b"], &["b"], 110);
    scene.edit(3, "a() b c", 200);
    scene.both(&["a"], &[], &[], 210);
    assert_eq!(scene.sent_beside(), [""; 0], "it was half a statement");
    // What is whole is so.
    scene.edit(4, "a(1) b c", 300);
    scene.both(&["a"], &[], &["b", "c"], 310);
    assert_eq!(scene.sent_beside(), ["says b, says c"]);
    scene.edit(5, "a(1 b c", 400);
    scene.both(&["a"], &["a(1 b"], &["c"], 410);
    scene.edit(6, "a(12 b c", 500);
    scene.both(&["a"], &["a(12 b"], &[], 510);
    assert_eq!(scene.sent_beside(), [""; 0], "what it showed stays");
    // Two seconds without an edit: the facts, there as well.
    scene.publisher.expire(&scene.documents, scene.at(2510));
    assert_eq!(scene.sent_beside(), [""]);
    scene.both(&["a"], &["a(12 b"], &["c"], 2520);
    assert_eq!(scene.sent_beside(), ["says c"]);
    // Typed on, and closed.
    scene.edit(7, "a(123 b c", 3000);
    scene.both(&["a"], &["a(123 b"], &["b"], 3010);
    assert_eq!(scene.sent_beside(), [""; 0]);
    scene.close();
    scene.both(&["a"], &[], &["b"], 3020);
    assert_eq!(scene.sent_beside(), ["says b"]);
}

#[test]
fn held_until_it_is_closed() {
    let mut scene = Scene::new(Style::default());
    scene.open(1, "a b c");
    scene.found(&["a"], &[], 0);
    scene.edit(2, "a( b c", 100);
    scene.found(&[], &["a( b"], 110);
    scene.close();
    scene.found(&[], &[], 120);
    assert_eq!(scene.sent().last(), Some(&json!([null, ""])));
    assert_eq!(scene.publisher.deadline(), None);
}

#[test]
fn a_diagnostic_whole() {
    let settings = Settings::read(&json!({"docsUrl": "https://letemcook.example/findings"})).0;
    let everything = Style {
        related: true,
        code_links: true,
        settings,
        ..Style::default()
    };
    let mut scene = Scene::new(everything);
    scene.open(1, "🍄a");
    let mut facts = scene.facts(&["a"], &[]);
    facts.items[0].related.push(ShownRelated {
        path: "/fungal-image-analysis/stack.py".into(),
        text: "é = 1".into(),
        span: Span::new(3, 4),
        message: "granted here".to_owned(),
    });
    let facts = vec![facts];
    scene
        .publisher
        .publish_all(facts, &scene.documents, scene.start);
    let Ok(Outgoing::Diagnostics(sent)) = scene.sent.try_recv() else {
        panic!("nothing was sent");
    };
    let position = |character: u32| json!({"line": 0, "character": character});
    assert_eq!(
        serde_json::to_value(&sent.diagnostics[0]).unwrap(),
        json!({
            "range": {"start": position(2), "end": position(3)},
            "severity": 3,
            "code": "export-added",
            "codeDescription": {"href": "https://letemcook.example/findings/export-added"},
            "source": "blue",
            "message": "says a",
            "relatedInformation": [{
                "location": {
                    "uri": "file:///fungal-image-analysis/stack.py",
                    "range": {"start": position(2), "end": position(3)},
                },
                "message": "granted here",
            }],
            "data": {"fingerprint": "a", "fixes": []},
        })
    );
    scene.publisher.restyle(Style::default());
    let facts = vec![scene.facts(&["a"], &[])];
    scene
        .publisher
        .publish_all(facts, &scene.documents, scene.start);
    let Ok(Outgoing::Diagnostics(sent)) = scene.sent.try_recv() else {
        panic!("another style, but nothing was sent");
    };
    assert_eq!(sent.diagnostics[0].code_description, None);
    assert_eq!(sent.diagnostics[0].related_information, None);
}

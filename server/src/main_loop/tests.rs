//! The loop alone, with events that no client can send: work that panicked, results too late.

use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower_lsp::jsonrpc::{Request, Result};
use tower_lsp::lsp_types::{HoverParams, InitializeParams, InitializeResult};
use tower_lsp::{ClientSocket, LanguageServer, LspService};

use super::*;
use crate::handlers::hover;
use crate::sample::shown;
use blue_workspace::FileDiagnostics;

const DEADLINE: Duration = Duration::from_secs(30);

struct Nobody;

#[tower_lsp::async_trait]
impl LanguageServer for Nobody {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult::default())
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

/// A loop on a thread of its own; its events, what it sends and what it publishes.
struct Scene {
    events: Sender<Event>,
    socket: ClientSocket,
    published: UnboundedReceiver<Outgoing>,
}

impl Scene {
    fn start() -> Self {
        let (events, reached) = unbounded();
        let (out, published) = unbounded_channel();
        let mut client = None;
        let (_, socket) = LspService::new(|it| {
            client = Some(it);
            Nobody
        });
        let connection = Connection {
            client: client.unwrap(),
            runtime: tokio::runtime::Handle::current(),
            events: events.clone(),
        };
        std::thread::spawn(move || MainLoop::new(connection, out, Kept::default()).run(&reached));
        Self {
            events,
            socket,
            published,
        }
    }

    fn send(&self, event: Event) {
        self.events.send(event).unwrap();
    }

    /// A hover over what is not open: the loop lives, and has reached all events before.
    async fn round_trip(&self) {
        let params: HoverParams = serde_json::from_value(serde_json::json!({
            "textDocument": {"uri": "file:///nowhere.py"},
            "position": {"line": 0, "character": 0},
        }))
        .unwrap();
        let answer = tokio::time::timeout(DEADLINE, hover::ask(&self.events, params));
        assert_eq!(answer.await.unwrap(), Ok(None));
    }

    async fn said(&mut self) -> Request {
        let next = tokio::time::timeout(DEADLINE, self.socket.next());
        next.await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn panics_are_reported_once() {
    let mut scene = Scene::start();
    let panicked = || Event::Diagnosed {
        generation: 99,
        outcome: Err(Unanswered::Panicked),
    };
    let load = || Event::Loaded {
        cause: "a folder".to_owned(),
        loaded: None,
    };
    scene.send(panicked());
    let message = scene.said().await;
    assert_eq!(message.method(), "window/showMessage");
    for event in [load(), panicked(), load()] {
        scene.send(event);
    }
    scene.round_trip().await;
    tokio::task::yield_now().await;
    assert!(scene.socket.next().now_or_never().is_none(), "said twice");
}

#[tokio::test]
async fn results_of_another_state_are_dropped() {
    let mut scene = Scene::start();
    let found = |generation, name: &str| Event::Diagnosed {
        generation,
        outcome: Ok((
            vec![FileDiagnostics {
                path: "/aperture/models/paths.py".into(),
                text: "a = 1".into(),
                repo: Some("aperture".into()),
                open: false,
                items: vec![shown(
                    blue_workspace::Code::ExportAdded,
                    name,
                    blue_text::Span::new(0, 1),
                )],
                broken: Vec::new(),
            }],
            LastWhole::default(),
        )),
    };
    scene.send(found(7, "too new"));
    scene.send(found(0, "present"));
    scene.send(found(u64::MAX, "too old"));
    scene.round_trip().await;
    let mut said = Vec::new();
    while let Ok(Outgoing::Diagnostics(it)) = scene.published.try_recv() {
        said.extend(it.diagnostics.into_iter().map(|it| it.message));
    }
    assert_eq!(said, ["says present"]);
}

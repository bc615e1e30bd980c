//! The front and the pumps against a server that does everything wrong, over real pipes.

use std::io::{PipeReader, PipeWriter, Write};
use std::sync::Mutex;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{InitializeParams, InitializeResult};
use tower_lsp::{Client, LanguageServer};

use super::frame::FrameReader;
use super::*;

/// Longer than anything here takes on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(30);

struct Faulty {
    client: Client,
    notes: Mutex<Vec<i64>>,
    dropped: Sender<()>,
}

#[tower_lsp::async_trait]
impl LanguageServer for Faulty {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult::default())
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

/// Says when the future that holds it is dropped.
struct Dropped(Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl Faulty {
    async fn panic_at_once(&self) -> Result<()> {
        panic!("at once")
    }

    async fn panic_later(&self) -> Result<()> {
        tokio::task::yield_now().await;
        panic!("later")
    }

    async fn wait(&self) -> Result<()> {
        let _dropped = Dropped(self.dropped.clone());
        std::future::pending().await
    }

    async fn note(&self, number: i64) {
        assert_ne!(number, 13, "thirteen");
        self.notes.lock().unwrap().push(number);
    }

    async fn note_late(&self, number: i64) {
        tokio::task::yield_now().await;
        self.notes.lock().unwrap().push(number);
    }

    /// The notes seen before its first await.
    async fn notes(&self) -> Result<Vec<i64>> {
        let seen = self.notes.lock().unwrap().clone();
        tokio::task::yield_now().await;
        Ok(seen)
    }

    async fn ask(&self, times: i64) {
        for _ in 0..times {
            let client = self.client.clone();
            tokio::spawn(async move { client.register_capability(Vec::new()).await });
        }
    }
}

struct Session {
    to_server: Option<PipeWriter>,
    from_server: Receiver<Value>,
    ended: Receiver<i32>,
    dropped: Receiver<()>,
}

impl Session {
    fn start() -> Self {
        let (session, from_server) = Self::start_unread();
        let (tell, messages) = unbounded();
        std::thread::spawn(move || {
            let mut frames = FrameReader::new(from_server);
            while let Ok(Some(body)) = frames.next() {
                let _ = tell.send(serde_json::from_slice(frames.bytes(body)).unwrap());
            }
        });
        Self {
            from_server: messages,
            ..session
        }
    }

    /// A session whose client does not read.
    fn start_unread() -> (Self, PipeReader) {
        let (stdin, to_server) = std::io::pipe().unwrap();
        let (from_server, stdout) = std::io::pipe().unwrap();
        let (end, ended) = unbounded();
        let (drop, dropped) = unbounded();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let life = Arc::new(Lifecycle::new(Box::new(move |code| {
                let _ = end.send(code);
            })));
            let service = LspService::build(|client| Faulty {
                client,
                notes: Mutex::default(),
                dropped: drop,
            })
            .custom_method("test/panicAtOnce", Faulty::panic_at_once)
            .custom_method("test/panicLater", Faulty::panic_later)
            .custom_method("test/wait", Faulty::wait)
            .custom_method("test/note", Faulty::note)
            .custom_method("test/noteLate", Faulty::note_late)
            .custom_method("test/notes", Faulty::notes)
            .custom_method("test/ask", Faulty::ask)
            .finish();
            serve(stdin, stdout, service, &runtime, &life);
        });
        let session = Self {
            to_server: Some(to_server),
            from_server: crossbeam_channel::never(),
            ended,
            dropped,
        };
        (session, from_server)
    }

    fn initialized() -> Self {
        let mut session = Self::start();
        session.request(0, "initialize", json!({"capabilities": {}}));
        assert_eq!(session.answer(0)["result"]["capabilities"], json!({}));
        session
    }

    fn raw(&mut self, bytes: &str) {
        let sent = self.to_server.as_mut().unwrap().write_all(bytes.as_bytes());
        sent.unwrap();
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }

    fn request(&mut self, id: i64, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The answer to a request; other messages before it are passed over.
    fn answer(&self, id: i64) -> Value {
        loop {
            let message = self.from_server.recv_timeout(DEADLINE).unwrap();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    fn end(&self) -> i32 {
        self.ended.recv_timeout(DEADLINE).unwrap()
    }
}

#[test]
fn panics_are_answers() {
    let mut session = Session::initialized();
    for (id, method) in [(1, "test/panicAtOnce"), (2, "test/panicLater")] {
        session.request(id, method, Value::Null);
        assert_eq!(session.answer(id)["error"]["code"], -32603, "{method}");
    }
    for number in [1, 13, 2] {
        session.notify("test/note", json!(number));
    }
    session.notify("test/noteLate", json!(3));
    session.request(3, "test/notes", Value::Null);
    assert_eq!(session.answer(3)["result"], json!([1, 2]));
}

#[test]
fn a_request_sees_what_was_sent_before_it() {
    let mut session = Session::initialized();
    let burst = 300;
    for number in 100..100 + burst {
        session.notify("test/note", json!(number));
        session.request(number, "test/notes", Value::Null);
    }
    for number in 100..100 + burst {
        let seen = &session.answer(number)["result"];
        assert_eq!(seen.as_array().unwrap().len() as i64, number - 99);
        assert_eq!(seen[(number - 100) as usize], number);
    }
}

#[test]
fn cancelling_needs_no_free_slot() {
    let mut session = Session::initialized();
    for id in 1..=200 {
        session.request(id, "test/wait", Value::Null);
    }
    for id in 1..=200 {
        session.notify("$/cancelRequest", json!({"id": id}));
    }
    for _ in 1..=200 {
        let answer = session.from_server.recv_timeout(DEADLINE).unwrap();
        assert_eq!(answer["error"]["code"], -32800);
        session.dropped.recv_timeout(DEADLINE).unwrap();
    }
}

#[test]
fn a_client_that_never_answers() {
    let mut session = Session::initialized();
    session.notify("test/ask", json!(300));
    for id in 1..=300 {
        session.request(id, "test/wait", Value::Null);
    }
    session.request(1000, "test/notes", Value::Null);
    assert_eq!(session.answer(1000)["result"], json!([]));
}

#[test]
fn bad_frames_cost_themselves_only() {
    let mut session = Session::initialized();
    session.raw("Content-Length: 3\r\n\r\n{x}");
    session.raw("Content-Type: nonsense\r\nContent-Length: 2\r\n\r\n[]garbage");
    session.send(&json!({"jsonrpc": "2.0", "id": 99, "error": {"code": 1}}));
    session.request(1, "test/notes", Value::Null);
    assert_eq!(session.answer(1)["result"], json!([]));
    session.request(2, "test/nothing", Value::Null);
    assert_eq!(session.answer(2)["error"]["code"], -32601);
    session.request(3, "test/note", json!("a word"));
    assert_eq!(session.answer(3)["error"]["code"], -32600);
}

#[test]
fn before_initialize() {
    let mut session = Session::start();
    session.notify("test/note", json!(1));
    session.request(1, "test/notes", Value::Null);
    assert_eq!(session.answer(1)["error"]["code"], -32002);
    session.request(2, "initialize", json!({"capabilities": {}}));
    session.request(3, "test/notes", Value::Null);
    assert_eq!(session.answer(3)["result"], json!([]));
}

#[test]
fn exit_codes() {
    // what is sent, whether stdin is closed behind it, the code
    let shutdown = json!({"jsonrpc": "2.0", "id": 7, "method": "shutdown", "params": null});
    let exit = json!({"jsonrpc": "2.0", "method": "exit", "params": null});
    for (messages, closed, code) in [
        (vec![&shutdown, &exit], false, 0),
        (vec![&shutdown, &exit, &shutdown], false, 0),
        (vec![&exit], false, 1),
        (vec![&exit, &shutdown], false, 1),
        (vec![&shutdown], true, 0),
        (vec![&shutdown, &exit], true, 0),
        (vec![&exit], true, 1),
        (vec![], true, 1),
    ] {
        let mut session = Session::initialized();
        for message in &messages {
            session.send(message);
        }
        if closed {
            session.to_server = None;
        }
        assert_eq!(session.end(), code, "{messages:?} {closed}");
        if messages.first() == Some(&&shutdown) {
            assert_eq!(session.answer(7)["result"], Value::Null);
        }
    }
}

#[test]
fn a_waiting_request_does_not_keep_the_server() {
    let mut session = Session::initialized();
    session.request(1, "test/wait", Value::Null);
    session.to_server = None;
    assert_eq!(session.end(), 1);
}

#[test]
fn a_client_that_takes_no_answers() {
    let (mut session, from_server) = Session::start_unread();
    drop(from_server);
    session.request(0, "initialize", json!({"capabilities": {}}));
    assert_eq!(session.end(), 1);
}

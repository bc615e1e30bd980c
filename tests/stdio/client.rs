//! A client of the language server, as an editor starts it: `blue lsp` over its stdin and stdout.
//! Nothing sleeps here: what is waited for is a message, with a deadline.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longer than anything here takes on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// When everything here happens, as far as it is written down.
pub(crate) const NOW: &str = "2026-01-06T09:00:00Z";

/// What an editor with every capability says of itself.
pub(crate) fn full_capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "workspace": {
            "configuration": true,
            "workspaceFolders": true,
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "applyEdit": true,
            "workspaceEdit": {"documentChanges": true},
        },
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true, "versionSupport": true},
            "hover": {"contentFormat": ["markdown"]},
            "codeAction": {
                "codeActionLiteralSupport": {
                    "codeActionKind": {"valueSet": ["quickfix", "source"]},
                },
                "dataSupport": true,
                "disabledSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            },
        },
        "window": {"workDoneProgress": true, "showDocument": {"support": true}},
    })
}

/// A running server. Killed when dropped.
pub(crate) struct Client {
    pub(crate) process: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What it answers when it is asked for its settings.
    pub(crate) settings: Value,
    /// What it answers when the server asks which of some answers it is; nothing: it puts the question away.
    pub(crate) chooses: Option<String>,
    /// Whether the questions of the server to the person are answered.
    pub(crate) answers_questions: bool,
    /// Whether the server's own requests are answered.
    pub(crate) answers: bool,
    /// The server's own requests, and what it told beside all this, by method.
    pub(crate) asked: HashMap<String, usize>,
    /// The publications of each file, in order.
    pub(crate) published: HashMap<String, Vec<Value>>,
    /// What the server asked to have done, in order: the methods with their parameters.
    pub(crate) wanted: Vec<(String, Value)>,
    /// Messages to the person.
    pub(crate) messages_shown: Vec<String>,
    /// What the server said of its progress, in order.
    pub(crate) progress: Vec<Value>,
    /// The last question to the person, with its number, until it was answered by name.
    question: Option<(i64, Value)>,
    answered: HashMap<i64, Value>,
    next_id: i64,
}

impl Client {
    /// Starts a server that knows nothing of the person who runs the test.
    pub(crate) fn start(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blue"));
        command.arg("lsp").stderr(Stdio::null());
        Self::start_by(command, home)
    }

    /// Starts a server by a command that becomes it.
    pub(crate) fn start_by(mut command: Command, home: &Path) -> Self {
        let mut process = command
            .env("BLUE_HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env("GIT_COMMITTER_DATE", NOW)
            .env_remove("BLUE_REALM_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (tell, messages) = channel();
        std::thread::spawn(move || {
            let mut stdout = stdout;
            while let Some(message) = read_message(&mut stdout) {
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            stdin: process.stdin.take(),
            process,
            messages,
            settings: Value::Null,
            chooses: None,
            answers_questions: true,
            answers: true,
            asked: HashMap::new(),
            published: HashMap::new(),
            wanted: Vec::new(),
            messages_shown: Vec::new(),
            progress: Vec::new(),
            question: None,
            answered: HashMap::new(),
            next_id: 1,
        }
    }

    /// Starts a server and opens folders in it.
    pub(crate) fn open_folders(home: &Path, folders: &[PathBuf], capabilities: Value) -> Self {
        let mut client = Self::start(home);
        client.initialize(folders, capabilities);
        client
    }

    /// Opens folders.
    pub(crate) fn initialize(&mut self, folders: &[PathBuf], capabilities: Value) {
        let folders: Vec<_> = folders
            .iter()
            .map(|folder| json!({"uri": uri(folder), "name": folder.file_name().unwrap().to_str()}))
            .collect();
        let id = self.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "capabilities": capabilities,
                "workspaceFolders": folders,
            }),
        );
        assert!(self.answer(id)["result"]["capabilities"].is_object());
        self.notify("initialized", json!({}));
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).and_then(|()| stdin.flush()).unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn request(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    pub(crate) fn open(&mut self, path: &Path, version: i64, text: &str) {
        let document = json!({
            "uri": uri(path), "languageId": "python", "version": version, "text": text,
        });
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub(crate) fn change(&mut self, path: &Path, version: i64, changes: Value) {
        self.notify(
            "textDocument/didChange",
            json!({
                "textDocument": {"uri": uri(path), "version": version},
                "contentChanges": changes,
            }),
        );
    }

    pub(crate) fn hover(&mut self, path: &Path, line: u32, character: u32) -> i64 {
        self.request(
            "textDocument/hover",
            json!({
                "textDocument": {"uri": uri(path)},
                "position": {"line": line, "character": character},
            }),
        )
    }

    /// Closes stdin.
    pub(crate) fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// The answer to a request, with what comes before it taken note of.
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        self.until(|client| client.answered.remove(&id))
    }

    /// The publication of a version of a document.
    pub(crate) fn published(&mut self, path: &Path, version: i64) -> Value {
        let uri = uri(path);
        self.until(|client| {
            let last = client.published.get(&uri)?.last()?;
            (last["version"] == version).then(|| last["diagnostics"].clone())
        })
    }

    /// The publication that says of a document, open or not, what is asked for.
    pub(crate) fn published_that(&mut self, path: &Path, holds: impl Fn(&Value) -> bool) -> Value {
        let uri = uri(path);
        self.until(|client| {
            let last = client.published.get(&uri)?.last()?;
            holds(last).then(|| last.clone())
        })
    }

    /// What was published of a document so far, all that was sent before a request's answer included.
    pub(crate) fn last_published(&mut self, path: &Path) -> Option<Value> {
        self.round_trip();
        self.published.get(&uri(path))?.last().cloned()
    }

    /// A request and its answer: the server lives, and has reached what was sent before.
    pub(crate) fn round_trip(&mut self) {
        let id = self.hover(Path::new("/nowhere/at-all.py"), 0, 0);
        assert_eq!(self.answer(id)["result"], Value::Null);
    }

    /// Waits until the server has asked `times` times for something.
    pub(crate) fn is_asked(&mut self, method: &str, times: usize) {
        self.until(|client| (client.asked.get(method) >= Some(&times)).then_some(()));
    }

    /// Waits until the server has asked for something; with which parameters.
    pub(crate) fn wants(&mut self, method: &str) -> Value {
        self.until(|client| {
            let mut wanted = client.wanted.iter();
            wanted
                .find(|(of, _)| of == method)
                .map(|(_, params)| params.clone())
        })
    }

    /// Waits for a question to the person, which is not answered by itself, and gives this answer; the question.
    pub(crate) fn answers_next(&mut self, title: &str) -> Value {
        assert!(!self.answers_questions);
        let (id, question) = self.until(|client| client.question.take());
        self.send(&json!({"jsonrpc": "2.0", "id": id, "result": {"title": title}}));
        question
    }

    /// Waits until the server says this kind of a progress.
    pub(crate) fn progresses(&mut self, kind: &str) {
        self.until(|client| {
            let mut said = client.progress.iter();
            said.find(|it| it["value"]["kind"] == kind).map(|_| ())
        });
    }

    /// Takes note of messages until something holds.
    pub(crate) fn until<T>(&mut self, mut found: impl FnMut(&mut Self) -> Option<T>) -> T {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(left) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {
                    let last = self.published.values().filter_map(|all| all.last());
                    let last: Vec<_> = last.map(|it| format!("{it:#}")).collect();
                    panic!("the server did not say it in time, but {}", last.join("\n"));
                }
                Err(RecvTimeoutError::Disconnected) => panic!("the server is gone"),
            }
        }
    }

    fn take(&mut self, message: Value) {
        let id = message["id"].as_i64();
        match (message["method"].as_str(), id) {
            (Some(method), Some(id)) => {
                *self.asked.entry(method.to_owned()).or_default() += 1;
                self.wanted
                    .push((method.to_owned(), message["params"].clone()));
                let is_question = method == "window/showMessageRequest";
                if is_question {
                    self.question = Some((id, message["params"].clone()));
                }
                if self.answers && (self.answers_questions || !is_question) {
                    let result = match method {
                        "workspace/configuration" => json!([self.settings]),
                        "workspace/applyEdit" => json!({"applied": true}),
                        "window/showDocument" => json!({"success": true}),
                        "blue/showDrawing" | "blue/save" => json!(true),
                        "window/showMessageRequest" => match &self.chooses {
                            Some(title) => json!({"title": title}),
                            None => Value::Null,
                        },
                        _ => Value::Null,
                    };
                    self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
                }
            }
            (Some("textDocument/publishDiagnostics"), None) => {
                let params = message["params"].clone();
                let uri = params["uri"].as_str().unwrap().to_owned();
                self.published.entry(uri).or_default().push(params);
            }
            (Some("window/showMessage"), None) => {
                let text = message["params"]["message"].as_str().unwrap();
                self.messages_shown.push(text.to_owned());
            }
            (Some("$/progress"), None) => self.progress.push(message["params"].clone()),
            (Some(method), None) => *self.asked.entry(method.to_owned()).or_default() += 1,
            (None, Some(id)) => {
                let again = self.answered.insert(id, message);
                assert!(again.is_none(), "two answers to request {id}");
            }
            (None, None) => panic!("an answer to nothing: {message}"),
        }
    }

    /// Waits for the process's end; how long it took, and the answers that had not been waited for.
    pub(crate) fn end(mut self) -> (ExitStatus, Duration, HashMap<i64, Value>) {
        let start = Instant::now();
        // Its stdout ends with it: all that it said is read.
        loop {
            let left = DEADLINE.saturating_sub(start.elapsed());
            match self.messages.recv_timeout(left) {
                Ok(message) => {
                    let id = message["id"].as_i64();
                    if let (None, Some(id)) = (message["method"].as_str(), id) {
                        self.answered.insert(id, message);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the server did not end"),
            }
        }
        let answered = std::mem::take(&mut self.answered);
        (self.process.wait().unwrap(), start.elapsed(), answered)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The next message, or nothing at the end of the stream.
fn read_message(from: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// Diagnostics with `[WORLD]` for the folder that a test's world is in.
pub(crate) fn anywhere(diagnostics: &Value, root: &Path) -> Value {
    let text = diagnostics.to_string().replace(&uri(root), "[WORLD]");
    serde_json::from_str(&text).unwrap()
}

/// The `file:` URI of a path, percent escapes where they are needed.
pub(crate) fn uri(path: &Path) -> String {
    let path = path.to_str().unwrap().replace('\\', "/");
    let mut uri = String::from(if path.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

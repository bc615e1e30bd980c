//! Repositories over http on loopback, as git itself serves them: `git http-backend`, which is part of git, started for each
//! request as the CGI program that it is.
//!
//! It exists because a push over a wire takes another way through libgit2 than one into a folder. It knows what git's
//! clients say, and nothing else of HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// A server of all bare repositories in a folder, for as long as the tests run.
pub(crate) struct Server {
    address: SocketAddr,
    gate: Arc<Mutex<Option<Held>>>,
}

/// The server's end of a gate.
struct Held {
    arrived: Sender<()>,
    go: Receiver<()>,
}

/// The next push stands before a closed gate.
pub(crate) struct Gate {
    arrived: Receiver<()>,
    go: Sender<()>,
}

impl Gate {
    /// Waits until a push is here.
    pub(crate) fn arrived(&self) {
        self.arrived.recv().expect("a push comes");
    }

    /// Lets it through.
    pub(crate) fn open(self) {
        let _ = self.go.send(());
    }
}

impl Server {
    /// Serves what is in `root`; everybody may push.
    pub(crate) fn start(root: &Path) -> Server {
        let backend = backend();
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let gate: Arc<Mutex<Option<Held>>> = Arc::default();
        let (root, gates) = (root.to_owned(), gate.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (backend, root, gates) = (backend.clone(), root.clone(), gates.clone());
                std::thread::spawn(move || {
                    // A client that hangs up is its own affair.
                    let _ = answer(stream, &backend, &root, &gates);
                });
            }
        });
        Server { address, gate }
    }

    pub(crate) fn url(&self, repository: &str) -> String {
        format!("http://{}/{repository}", self.address)
    }

    /// Stops the next push before git is told of it.
    pub(crate) fn close_gate(&self) -> Gate {
        let ((arrived, is_here), (go, gone)) = (channel(), channel());
        let held = Held { arrived, go: gone };
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Gate {
            arrived: is_here,
            go,
        }
    }
}

/// git's own program.
fn backend() -> PathBuf {
    let asked = Command::new("git").arg("--exec-path").output();
    let asked = asked.expect("these tests need git: install it");
    let folder = String::from_utf8(asked.stdout).expect("git's folder is readable");
    let path =
        Path::new(folder.trim()).join(format!("git-http-backend{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "these tests need `git http-backend`, a part of git that is missing here: there is no {}; install \
         git whole",
        path.display()
    );
    path
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

fn answer(
    mut stream: TcpStream,
    backend: &Path,
    root: &Path,
    gate: &Mutex<Option<Held>>,
) -> std::io::Result<()> {
    let request = read(&stream)?;
    if request.method == "POST" && request.path.ends_with("/git-receive-pack") {
        let held = gate.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(held) = held {
            let _ = held.arrived.send(());
            let _ = held.go.recv();
        }
    }
    let said = run(&request, backend, root)?;
    let end = said
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .unwrap_or(said.len());
    let (head, body) = said.split_at(end);
    let head = String::from_utf8_lossy(head);
    let status = head.lines().find_map(|line| line.strip_prefix("Status: "));
    let mut out = format!("HTTP/1.1 {}\r\n", status.unwrap_or("200 OK"));
    for line in head.lines().filter(|line| !line.starts_with("Status: ")) {
        out.push_str(&format!("{line}\r\n"));
    }
    let body = body.get(4..).unwrap_or_default();
    out.push_str(&format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    ));
    stream.write_all(out.as_bytes())?;
    stream.write_all(body)
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let first = lines.first().cloned().unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(key, value)| (key.to_lowercase(), value.trim().to_owned()));
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    if request.header("expect") == "100-continue" {
        (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if request.header("transfer-encoding") == "chunked" {
        request.body = chunks(&mut reader)?;
    } else {
        let length = request.header("content-length").parse().unwrap_or(0);
        reader.take(length).read_to_end(&mut request.body)?;
    }
    Ok(request)
}

fn chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim(), 16).unwrap_or(0);
        reader.by_ref().take(size).read_to_end(&mut body)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// What the program says: headers, an empty line, the answer.
fn run(request: &Request, backend: &Path, root: &Path) -> std::io::Result<Vec<u8>> {
    let mut command = Command::new(backend);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("GIT_") {
            command.env_remove(variable);
        }
    }
    let mut child = command
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", root.join("no-gitconfig"))
        // Who is named may push.
        .env("REMOTE_USER", "somebody")
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", request.header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.header("content-encoding"))
        .env("GIT_PROTOCOL", request.header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let input = child.stdin.take();
    let body = request.body.clone();
    let write = std::thread::spawn(move || input.map(|mut input| input.write_all(&body)));
    let output = child.wait_with_output()?;
    let _ = write.join();
    Ok(output.stdout)
}

//! Everything between the bytes and the handlers: what tower-lsp 0.20 has to be shielded from, and
//! what has to be shielded from it (measured; docs/architecture.md). Knows nothing of documents.

mod frame;
mod front;
mod lifecycle;
mod pipes;

use std::io::{Read, Write};
use std::sync::Arc;

use tower_lsp::{ClientSocket, LanguageServer, LspService, Server};

pub(crate) use front::message as panic_message;
pub(crate) use lifecycle::{End, Lifecycle};
pub(crate) use pipes::watch_client;

/// Slots for messages that are worked on at the same time. A request that waits holds one; with few
/// of them, waiting requests would stop the reading of the client's answers.
const SLOTS: usize = 4096;

/// Serves until the client is gone or says `exit`, and calls the lifecycle's end with the exit code
/// then. To be run on `runtime`.
pub(crate) fn serve<B: LanguageServer>(
    stdin: impl Read + Send + 'static,
    stdout: impl Write + Send + 'static,
    (service, socket): (LspService<B>, ClientSocket),
    runtime: &tokio::runtime::Runtime,
    life: &Arc<Lifecycle>,
) {
    let (to_server, from_client) = tokio::io::duplex(pipes::PIPE);
    let (to_client, from_server) = tokio::io::duplex(pipes::PIPE);
    let (on, pump) = (runtime.handle().clone(), Arc::clone(life));
    spawn("stdin", move || {
        pipes::pump_in(stdin, to_server, &on, &pump)
    });
    let (on, pump) = (runtime.handle().clone(), Arc::clone(life));
    spawn("stdout", move || {
        pipes::pump_out(from_server, stdout, on, &pump)
    });

    let front = front::Front::new(service, Arc::clone(life));
    let server = Server::new(from_client, to_client, socket).concurrency_level(SLOTS);
    runtime.block_on(server.serve(front));
    // Nothing more will be said. The last of it may still be on its way through the pump.
    life.end_when_drained();
}

/// A plain thread with a name. One that the system refuses is logged: its work does not happen.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    let builder = std::thread::Builder::new().name(format!("blue-{name}"));
    if let Err(error) = builder.spawn(work) {
        tracing::error!(name, %error, "cannot start a thread");
    }
}

#[cfg(test)]
mod tests;

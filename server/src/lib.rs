//! The language server: `blue lsp` (docs/architecture.md, "tower-lsp 0.20 needs a front").
//!
//! From the wire inwards: `wire` makes of bytes one call a message, in order; `backend` makes of
//! a message one event; `main_loop` owns the documents and the workspace and reaches one event
//! after the other; queues of plain threads compute; `publish` says what was found. This crate is the
//! only one that knows the types of the protocol, and knows nothing of what findings mean.
//!
//! Logs go to `tracing`, whose subscriber the caller sets; stdout belongs to the protocol.

mod backend;
mod client;
mod documents;
mod errand;
mod event;
mod flicker;
mod from_lsp;
mod handlers;
mod lookout;
mod main_loop;
mod news;
mod progress;
mod publish;
#[cfg(test)]
mod sample;
mod sessions;
mod settings;
mod to_lsp;
mod wire;
mod work;

use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use tower_lsp::LspService;
use tower_lsp::lsp_types::notification::{Notification, WorkDoneProgressCancel};

/// Serves over this process's stdin and stdout until the client is gone or says `exit`, and ends the
/// process then: with 0 after a shutdown request, else with 1 (LSP 3.17, "exit"). Returns only if
/// the server cannot be started.
#[must_use]
pub fn run() -> ExitCode {
    log_panics();
    let end = Box::new(|code| std::process::exit(code));
    match serve(std::io::stdin(), std::io::stdout(), end) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start the server");
            ExitCode::FAILURE
        }
    }
}

/// Serves over any two streams; `end` is called once, with the exit code.
fn serve(
    stdin: impl Read + Send + 'static,
    stdout: impl Write + Send + 'static,
    end: wire::End,
) -> std::io::Result<()> {
    // One thread: its tasks only hand things on, and every change of threads costs a keystroke time.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let farewell = sessions::Farewell::default();
    let at_end = farewell.clone();
    let life = Arc::new(wire::Lifecycle::new(Box::new(move |code| {
        at_end.say();
        errand::texts::forget_own();
        end(code);
    })));
    let service = LspService::build(|client| {
        backend::Backend::start(client, runtime.handle(), Arc::clone(&life), farewell)
    });
    let service = service
        .custom_method(
            WorkDoneProgressCancel::METHOD,
            backend::Backend::progress_cancelled,
        )
        .custom_method(handlers::graph::METHOD, backend::Backend::graph)
        .custom_method(handlers::status::METHOD, backend::Backend::status)
        .finish();
    wire::serve(stdin, stdout, service, &runtime, &life);
    Ok(())
}

/// A panic goes to the log, with its place; what it costs is for those who catch it to say.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let message = wire::panic_message(panic.payload());
        tracing::error!(place, message, "panic");
    }));
}

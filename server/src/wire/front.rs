//! The service in front of tower-lsp's. Its `call` runs once a message, in the order of the wire:
//! the only place where tower-lsp 0.20 lets one see that order. What happens there, and why it must:
//!
//! - a notification runs to its end, so that the next message finds it done;
//! - a request is polled once, which puts its event behind those of the messages before it, and goes
//!   on as a task of its own: it neither holds up the reading of messages nor takes a panic with it;
//! - `exit` ends the process; the router below would only stop answering.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::future::{BoxFuture, FutureExt, ready};
use tower_lsp::ExitedError;
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_service::Service;

use super::lifecycle::Lifecycle;

/// What the service below answers with.
type Answer = Result<Option<Response>, ExitedError>;

/// See the file's head.
pub(crate) struct Front<S> {
    inner: S,
    life: Arc<Lifecycle>,
    exiting: bool,
}

impl<S> Front<S> {
    pub(crate) fn new(inner: S, life: Arc<Lifecycle>) -> Self {
        Self {
            inner,
            life,
            exiting: false,
        }
    }
}

impl<S> Service<Request> for Front<S>
where
    S: Service<Request, Response = Option<Response>, Error = ExitedError>,
    S::Future: Send + 'static,
{
    type Response = Option<Response>;
    type Error = ExitedError;
    type Future = BoxFuture<'static, Answer>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ExitedError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if self.exiting {
            return nothing();
        }
        match request.method() {
            "shutdown" => self.life.shutdown_seen(),
            "exit" => {
                self.exiting = true;
                // Waiting here would hold up the answers that are waited for.
                let life = Arc::clone(&self.life);
                super::spawn("exit", move || life.end_when_settled());
                return nothing();
            }
            _ => {}
        }
        let method = request.method().to_owned();
        match request.id().cloned() {
            None => {
                run_now(&method, self.inner.call(request));
                nothing()
            }
            Some(id) => {
                self.life.owe();
                let life = Arc::clone(&self.life);
                let answer = answer(id, method, self.inner.call(request));
                let settle = move |answer: Option<Response>| {
                    if answer.is_none() {
                        life.settle();
                    }
                    Ok(answer)
                };
                answer.map(settle).boxed()
            }
        }
    }
}

fn nothing() -> BoxFuture<'static, Answer> {
    ready(Ok(None)).boxed()
}

/// Runs a notification's handler to its end. One that awaits is a mistake of ours: the rest of it
/// would run out of order, so it does not run.
fn run_now(method: &str, handler: impl Future<Output = Answer>) {
    match AssertUnwindSafe(handler).catch_unwind().now_or_never() {
        Some(Ok(_)) => {}
        Some(Err(panic)) => {
            tracing::error!(
                method,
                panic = message(&*panic),
                "a notification's handler panicked"
            );
        }
        None => tracing::error!(method, "a notification's handler awaited"),
    }
}

/// The first poll of a request's handler now, the rest as a task.
fn answer<F>(id: Id, method: String, handler: F) -> BoxFuture<'static, Option<Response>>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let guarded = AssertUnwindSafe(handler).catch_unwind();
    let outcome = guarded.map(move |outcome| match outcome {
        Ok(answer) => answer.unwrap_or_default(),
        Err(panic) => {
            tracing::error!(
                method,
                panic = message(&*panic),
                "a request's handler panicked"
            );
            Some(Response::from_error(id, Error::internal_error()))
        }
    });
    let mut outcome: Pin<Box<_>> = Box::pin(outcome);
    let mut context = Context::from_waker(Waker::noop());
    match outcome.as_mut().poll(&mut context) {
        Poll::Ready(answer) => ready(answer).boxed(),
        // Panics are caught inside the task, so joining it fails only at the runtime's end.
        Poll::Pending => tokio::spawn(outcome).map(Result::unwrap_or_default).boxed(),
    }
}

/// The words of a panic.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("of a type that has no words")
}

//! All that can wake the server, in one closed enum: what the client says (in the order of the wire),
//! what a job found, what the client answered. The main loop is the only reader.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::{NumberOrString, TextDocumentContentChangeEvent, Url};

use crate::client::{Asked, ClientProfile};
use crate::errand;
use crate::handlers::{code_action, graph, hover, status};
use blue_workspace::{FileDiagnostics, LastWhole, Loaded, PendingChange};

/// See the file's head.
pub(crate) enum Event {
    /// Who the client is; before every other event.
    Initialize(Arc<ClientProfile>),
    /// The client is ready to be asked: work may begin.
    Initialized,
    Opened {
        uri: Url,
        version: i32,
        text: String,
    },
    Changed {
        uri: Url,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    },
    Saved {
        uri: Url,
        /// The whole text, if the client sends it.
        text: Option<String>,
    },
    Closed {
        uri: Url,
    },
    /// Files that were made, changed or deleted on disk.
    FilesChanged(Vec<Url>),
    /// The same, as this server has seen it itself.
    ChangedOnDisk(Vec<PathBuf>),
    FoldersChanged {
        added: Vec<Url>,
        removed: Vec<Url>,
    },
    /// The settings changed; a client that lets itself be asked for them does not send them.
    SettingsChanged(Value),
    Hover(hover::Asked),
    CodeAction(code_action::Asked),
    Resolve(code_action::Resolved),
    Graph(graph::Asked),
    Status(status::Asked),
    /// A command that does something to a realm.
    Errand(errand::Asked),
    /// It has ended.
    ErrandEnded {
        number: u32,
        /// The realms that it may have moved, by name.
        realms: Vec<String>,
    },
    /// The user does not want to wait for a progress any more.
    ProgressCancelled(NumberOrString),
    /// A load is done; without a result if it panicked.
    Loaded {
        cause: String,
        loaded: Option<Loaded>,
    },
    /// The findings of a state of the workspace.
    Diagnosed {
        /// Which state: a result for an older one than the present is dropped.
        generation: u64,
        outcome: Result<(Vec<FileDiagnostics>, LastWhole), Unanswered>,
    },
    /// There is something to be told of a realm that was not there before.
    NewsCame,
    /// It was quiet for long enough to tell other sessions what is open here.
    ShareDue,
    /// The changes of contracts that other sessions have under way, all of them.
    OthersAtWork(Vec<PendingChange>),
    /// Somebody else wrote to these realms, or they were fetched.
    RealmsMoved(Vec<String>),
    /// Another process says that it wrote to these realms.
    RealmsMovedElsewhere(Vec<String>),
    /// The database of sessions was damaged, and where it is now, or cannot be written: a sentence for people.
    OfSessions(String),
    /// The client answered a request of ours, or never did.
    Answered(Asked, Result<Value, String>),
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// A newer text came before it was found.
    Cancelled,
    /// The work panicked; the panic is in the log.
    Panicked,
}

impl From<Unanswered> for jsonrpc::Error {
    fn from(why: Unanswered) -> Self {
        match why {
            // Clients ask again by themselves, and show nothing.
            Unanswered::Cancelled => Self::new(jsonrpc::ErrorCode::ContentModified),
            Unanswered::Panicked => Self::internal_error(),
        }
    }
}

/// Where the answer to a request goes: exactly one. Dropped without one, it is an internal error.
pub(crate) struct Reply<T>(oneshot::Sender<Result<T, Unanswered>>);

impl<T> Reply<T> {
    /// The reply, and what the request's handler waits for. Dropping that cancels the request.
    pub(crate) fn channel() -> (Self, impl Future<Output = jsonrpc::Result<T>>) {
        let (sender, receiver) = oneshot::channel();
        let answer = async move {
            let outcome = receiver.await.unwrap_or(Err(Unanswered::Panicked));
            outcome.map_err(jsonrpc::Error::from)
        };
        (Self(sender), answer)
    }

    /// True when nobody waits any more, so that work not begun need not begin.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.is_closed()
    }

    pub(crate) fn send(self, outcome: Result<T, Unanswered>) {
        // Fails when the request was cancelled meanwhile; its answer is sent already.
        let _ = self.0.send(outcome);
    }
}

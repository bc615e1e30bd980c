//! What tower-lsp calls: each method makes one event of its message. Nothing here awaits before the
//! event is sent, and notifications never await (see [`crate::wire`]).

use std::sync::{Arc, OnceLock};

use crossbeam_channel::unbounded;
use serde_json::Value;
use tokio::runtime::Handle;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    CodeAction, CodeActionParams, CodeActionResponse, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    ExecuteCommandParams, Hover, HoverParams, InitializeParams, InitializeResult,
    InitializedParams, WorkDoneProgressCancelParams, WorkspaceFolder,
};
use tower_lsp::{Client, LanguageServer};

use crate::client::{ClientProfile, Connection};
use crate::event::Event;
use crate::handlers::graph::{self, GraphParams};
use crate::handlers::status::{self, StatusParams};
use crate::handlers::{code_action, command, hover, initialize};
use crate::main_loop::{Kept, MainLoop};
use crate::publish;
use crate::sessions::Farewell;
use crate::wire::{self, Lifecycle};

/// The sending end of the main loop.
pub(crate) struct Backend {
    connection: Connection,
    /// Who the client is, once it has said so.
    profile: OnceLock<Arc<ClientProfile>>,
    life: Arc<Lifecycle>,
}

impl Backend {
    /// Starts the main loop and the sending of diagnostics.
    pub(crate) fn start(
        client: Client,
        runtime: &Handle,
        life: Arc<Lifecycle>,
        farewell: Farewell,
    ) -> Self {
        let (events, reached) = unbounded();
        let (out, published) = tokio::sync::mpsc::unbounded_channel();
        runtime.spawn(publish::send_all(published, client.clone()));
        let kept = Kept {
            sessions: blue_workspace::runtime_folder().map(|it| it.join("sessions.db")),
            notifications: blue_workspace::blue_home().map(|it| it.join("daemon.db")),
            farewell,
        };
        let connection = Connection {
            client,
            runtime: runtime.clone(),
            events,
        };
        let backend = Self {
            connection: connection.clone(),
            profile: OnceLock::new(),
            life,
        };
        wire::spawn("main-loop", move || {
            MainLoop::new(connection, out, kept).run(&reached);
        });
        backend
    }

    /// `window/workDoneProgress/cancel`, which tower-lsp 0.20 does not know.
    pub(crate) async fn progress_cancelled(&self, params: WorkDoneProgressCancelParams) {
        self.send(Event::ProgressCancelled(params.token));
    }

    /// `blue/graph`.
    pub(crate) async fn graph(&self, params: GraphParams) -> Result<Value> {
        graph::ask(&self.connection.events, params).await
    }

    /// `blue/status`.
    pub(crate) async fn status(&self, params: StatusParams) -> Result<Value> {
        status::ask(&self.connection.events, params).await
    }

    fn send(&self, event: Event) {
        if self.connection.events.send(event).is_err() {
            tracing::error!("an event was dropped: the main loop has ended");
        }
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let profile = Arc::new(ClientProfile::new(&params));
        let result = initialize::result(&profile);
        if let Some(process) = params.process_id {
            wire::watch_client(process, Arc::clone(&self.life));
        }
        let _ = self.profile.set(Arc::clone(&profile)); // A second `initialize` does not get here.
        self.send(Event::Initialize(profile));
        Ok(result)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.send(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        self.send(Event::Opened {
            uri: document.uri,
            version: document.version,
            text: document.text,
        });
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.send(Event::Changed {
            uri: params.text_document.uri,
            version: params.text_document.version,
            changes: params.content_changes,
        });
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.send(Event::Saved {
            uri: params.text_document.uri,
            text: params.text,
        });
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.send(Event::Closed {
            uri: params.text_document.uri,
        });
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris = params.changes.into_iter().map(|change| change.uri);
        self.send(Event::FilesChanged(uris.collect()));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let uris = |folders: Vec<WorkspaceFolder>| {
            let uris = folders.into_iter().map(|folder| folder.uri);
            uris.collect()
        };
        self.send(Event::FoldersChanged {
            added: uris(params.event.added),
            removed: uris(params.event.removed),
        });
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.send(Event::SettingsChanged(params.settings));
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        hover::ask(&self.connection.events, params).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        code_action::ask(&self.connection.events, params).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        code_action::resolve(&self.connection.events, action).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let profile = self.profile.get().map(Arc::clone).unwrap_or_default();
        command::run(&self.connection, &profile, params).await
    }
}

//! What tower-lsp calls: each method makes one event of its message. Nothing here awaits before the
//! event is sent, and notifications never await (see [`crate::wire`]).

use std::sync::Arc;

use crossbeam_channel::{Sender, unbounded};
use tokio::runtime::Handle;
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, Hover, HoverParams, InitializeParams, InitializeResult,
    InitializedParams, WorkspaceFolder,
};
use tower_lsp::{Client, LanguageServer};

use crate::client::{ClientProfile, Connection};
use crate::event::Event;
use crate::handlers::{hover, initialize};
use crate::main_loop::MainLoop;
use crate::publish;
use crate::wire::{self, Lifecycle};

/// The sending end of the main loop.
pub(crate) struct Backend {
    events: Sender<Event>,
    life: Arc<Lifecycle>,
}

impl Backend {
    /// Starts the main loop and the sending of diagnostics.
    pub(crate) fn start(client: Client, runtime: &Handle, life: Arc<Lifecycle>) -> Self {
        let (events, reached) = unbounded();
        let (out, published) = tokio::sync::mpsc::unbounded_channel();
        runtime.spawn(publish::send_all(published, client.clone()));
        let connection = Connection {
            client,
            runtime: runtime.clone(),
            events: events.clone(),
        };
        wire::spawn("main-loop", move || {
            MainLoop::new(connection, out).run(&reached);
        });
        Self { events, life }
    }

    fn send(&self, event: Event) {
        if self.events.send(event).is_err() {
            tracing::error!("an event was dropped: the main loop has ended");
        }
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let profile = ClientProfile::new(&params);
        let result = initialize::result(profile.encoding);
        if let Some(process) = params.process_id {
            wire::watch_client(process, Arc::clone(&self.life));
        }
        self.send(Event::Initialize(Box::new(profile)));
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
        hover::ask(&self.events, params).await
    }
}

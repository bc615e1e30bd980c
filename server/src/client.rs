//! The client: what it can do, and the asking of it. Nobody waits for its answers: each request is a
//! task of its own, its answer an event.

use std::path::PathBuf;
use std::time::Duration;

use blue_text::Encoding;
use crossbeam_channel::{Receiver, Sender};
use serde::Deserialize as _;
use serde_json::Value;
use tokio::runtime::Handle;
use tower_lsp::Client;
use tower_lsp::lsp_types::request::Request;
use tower_lsp::lsp_types::{DiagnosticTag, InitializeParams, MarkupKind, MessageType, Url};

use crate::event::Event;
use crate::from_lsp;
use crate::handlers::graph::Format;

/// After this an answer that has not come is taken for none. Long: a person may have to click.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the client told of itself when it started the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientProfile {
    /// What it calls itself, for people: "Neovim 0.12.0".
    pub(crate) name: String,
    pub(crate) encoding: Encoding,
    pub(crate) folders: Vec<PathBuf>,
    /// `initializationOptions`.
    pub(crate) options: Value,
    /// Diagnostics may have related places.
    pub(crate) related: bool,
    /// Diagnostics may link to a page about their code.
    pub(crate) code_links: bool,
    /// The tags of diagnostics that it shows in a way of its own.
    pub(crate) tags: Vec<DiagnosticTag>,
    /// It can be asked to watch files.
    pub(crate) watches_files: bool,
    /// It watches files below a folder that the server names.
    pub(crate) watches_relative: bool,
    /// It can be asked for settings.
    pub(crate) has_settings: bool,
    /// Hovers may be Markdown.
    pub(crate) markdown: bool,
    /// It shows the progress of work that the server began.
    pub(crate) shows_progress: bool,
    /// Code actions may be more than commands.
    pub(crate) action_literals: bool,
    /// It shows actions that cannot be done, and why.
    pub(crate) shows_disabled: bool,
    /// It asks for an action's edit when the action is chosen.
    pub(crate) resolves_edits: bool,
    /// Edits may say of which version of a document they are.
    pub(crate) document_changes: bool,
    /// It makes edits that the server asks for.
    pub(crate) applies_edits: bool,
    /// It shows documents that the server asks for.
    pub(crate) shows_documents: bool,
    /// Messages may have answers to choose from.
    pub(crate) has_answers: bool,
    /// It saves documents that the server asks for: one of Blue's own clients.
    pub(crate) saves: bool,
    /// It shows where its repositories stand: one of Blue's own clients.
    pub(crate) shows_status: bool,
    /// How it shows drawings, where it does: one of Blue's own clients.
    pub(crate) drawings: Option<Format>,
}

impl ClientProfile {
    /// Everything optional that is absent is off.
    pub(crate) fn new(params: &InitializeParams) -> Self {
        let capabilities = &params.capabilities;
        let workspace = capabilities.workspace.as_ref();
        let text = capabilities.text_document.as_ref();
        let diagnostics = text.and_then(|text| text.publish_diagnostics.as_ref());
        let hover = text.and_then(|text| text.hover.as_ref());
        let window = capabilities.window.as_ref();
        let actions = text.and_then(|text| text.code_action.as_ref());
        let resolved = actions.and_then(|it| it.resolve_support.as_ref());
        let edits = workspace.and_then(|it| it.workspace_edit.as_ref());
        let documents = window.and_then(|it| it.show_document.as_ref());
        let of_blue = capabilities.experimental.as_ref();
        let of_blue = of_blue.and_then(|it| it.get("blue"));
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files);
        Self {
            name: name(params),
            encoding: from_lsp::encoding(capabilities),
            folders: folders(params),
            options: params.initialization_options.clone().unwrap_or_default(),
            related: diagnostics.and_then(|it| it.related_information) == Some(true),
            code_links: diagnostics.and_then(|it| it.code_description_support) == Some(true),
            tags: diagnostics
                .and_then(|it| it.tag_support.as_ref())
                .map(|support| support.value_set.clone())
                .unwrap_or_default(),
            watches_files: watched.and_then(|it| it.dynamic_registration) == Some(true),
            watches_relative: watched.and_then(|it| it.relative_pattern_support) == Some(true),
            has_settings: workspace.and_then(|it| it.configuration) == Some(true),
            markdown: hover
                .and_then(|it| it.content_format.as_ref())
                .is_some_and(|kinds| kinds.contains(&MarkupKind::Markdown)),
            shows_progress: window.and_then(|it| it.work_done_progress) == Some(true),
            action_literals: actions.is_some_and(|it| it.code_action_literal_support.is_some()),
            shows_disabled: actions.and_then(|it| it.disabled_support) == Some(true),
            resolves_edits: actions.and_then(|it| it.data_support) == Some(true)
                && resolved.is_some_and(|it| it.properties.iter().any(|name| name == "edit")),
            document_changes: edits.and_then(|it| it.document_changes) == Some(true),
            applies_edits: workspace.and_then(|it| it.apply_edit) == Some(true),
            shows_documents: documents.is_some_and(|it| it.support),
            has_answers: window.is_some_and(|it| it.show_message.is_some()),
            saves: of_blue.and_then(|it| it.get("save")) == Some(&Value::Bool(true)),
            shows_status: of_blue.and_then(|it| it.get("status")) == Some(&Value::Bool(true)),
            drawings: of_blue
                .and_then(|it| it.get("drawings"))
                .and_then(|format| Format::deserialize(format).ok())
                .filter(|format| matches!(format, Format::Svg | Format::Text)),
        }
    }
}

fn name(params: &InitializeParams) -> String {
    let Some(info) = &params.client_info else {
        return "another editor".to_owned();
    };
    match &info.version {
        Some(version) => format!("{} {version}", info.name),
        None => info.name.clone(),
    }
}

/// The folders that are open: `workspaceFolders`, from clients that know none `rootUri`, from still
/// older ones `rootPath`.
#[allow(deprecated)] // Clients that send nothing else exist.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let from_folders = params.workspace_folders.as_deref().unwrap_or_default();
    let mut folders: Vec<PathBuf> = from_folders
        .iter()
        .filter_map(|folder| from_lsp::path(&folder.uri))
        .collect();
    if folders.is_empty() {
        let root = params.root_uri.as_ref().and_then(from_lsp::path);
        let root = root.or_else(|| params.root_path.as_ref().map(PathBuf::from));
        folders.extend(root.filter(|root| root.is_absolute()));
    }
    folders
}

/// Which request of ours an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To watch files.
    WatchFiles,
    /// To stop watching those of before.
    UnwatchFiles,
    /// For its settings.
    Settings,
    /// To show a progress.
    Progress,
    /// To make an edit.
    Apply,
    /// To show a document.
    Show,
}

/// The connection, as the main loop uses it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) runtime: Handle,
    pub(crate) events: Sender<Event>,
}

impl Connection {
    /// Sends a request; its answer comes as [`Event::Answered`].
    pub(crate) fn ask<R>(&self, asked: Asked, params: R::Params)
    where
        R: Request + 'static,
        R::Params: Send + 'static,
        R::Result: Send + 'static,
    {
        let Self {
            client,
            runtime,
            events,
        } = self.clone();
        runtime.spawn(async move {
            // The time limit is on the task, not on the request: tower-lsp 0.20 panics when an answer
            // comes whose future is gone.
            let request = tokio::spawn(async move { client.send_request::<R>(params).await });
            let answer = match tokio::time::timeout(PATIENCE, request).await {
                Ok(Ok(Ok(result))) => serde_json::to_value(result).map_err(|e| e.to_string()),
                Ok(Ok(Err(error))) => Err(error.to_string()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("no answer".to_owned()),
            };
            let _ = events.send(Event::Answered(asked, answer));
        });
    }

    /// Sends a request whose answer somebody waits for, on a thread of their own; after `patience` it is that
    /// there is none.
    pub(crate) fn request<R>(
        &self,
        params: R::Params,
        patience: Duration,
    ) -> Receiver<Result<R::Result, String>>
    where
        R: Request + 'static,
        R::Params: Send + 'static,
        R::Result: Send + 'static,
    {
        let (tell, told) = crossbeam_channel::bounded(1);
        let client = self.client.clone();
        self.runtime.spawn(async move {
            // As in `ask`: nobody drops a request that may be answered yet.
            let request = tokio::spawn(async move { client.send_request::<R>(params).await });
            let answer = match tokio::time::timeout(patience, request).await {
                Ok(Ok(answer)) => answer.map_err(|error| error.to_string()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("no answer".to_owned()),
            };
            let _ = tell.send(answer); // Nobody waits any more.
        });
        told
    }

    /// Shows a message, without waiting.
    pub(crate) fn show(&self, kind: MessageType, message: String) {
        let client = self.client.clone();
        self.runtime
            .spawn(async move { client.show_message(kind, message).await });
    }
}

/// The URI of a path, as this server spells it.
pub(crate) fn uri_of(path: &std::path::Path) -> Option<Url> {
    Url::from_file_path(path).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower_lsp::lsp_types::ClientCapabilities;

    use super::*;

    #[test]
    #[cfg(unix)]
    fn folders_of_every_kind_of_client() {
        let folder = |name: &str| json!({"uri": format!("file:///home/ada/{name}"), "name": name});
        for (params, expected) in [
            (json!({}), vec![]),
            (json!({"workspaceFolders": null, "rootUri": null}), vec![]),
            (
                json!({"workspaceFolders": [folder("aperture"), folder("realm")],
                    "rootUri": "file:///other"}),
                vec!["/home/ada/aperture", "/home/ada/realm"],
            ),
            (
                json!({"workspaceFolders": [], "rootUri": "file:///home/ada/aperture"}),
                vec!["/home/ada/aperture"],
            ),
            (
                json!({"rootUri": "file:///home/ada/aperture", "rootPath": "/x"}),
                vec!["/home/ada/aperture"],
            ),
            (
                json!({"rootPath": "/home/ada/aperture"}),
                vec!["/home/ada/aperture"],
            ),
            (json!({"rootPath": "aperture"}), vec![]),
            (
                json!({"workspaceFolders": [{"uri": "vscode-remote://x/a", "name": "a"}]}),
                vec![],
            ),
        ] {
            let mut params = params;
            params["capabilities"] = json!({});
            let parsed: InitializeParams = serde_json::from_value(params.clone()).unwrap();
            let found = ClientProfile::new(&parsed).folders;
            let expected: Vec<PathBuf> = expected.into_iter().map(PathBuf::from).collect();
            assert_eq!(found, expected, "{params}");
        }
    }

    #[test]
    fn capabilities_are_off_when_absent() {
        let off = ClientProfile::new(&InitializeParams::default());
        assert!(!off.related && !off.code_links && !off.watches_files && !off.has_settings);
        let capabilities: ClientCapabilities = serde_json::from_value(json!({
            "workspace": {"configuration": true, "didChangeWatchedFiles": {"dynamicRegistration": true}},
            "textDocument": {"publishDiagnostics": {"relatedInformation": true, "codeDescriptionSupport": true,
                                                    "tagSupport": {"valueSet": [1, 2]}},
                             "hover": {"contentFormat": ["plaintext", "markdown"]}},
            "window": {"workDoneProgress": true},
        }))
        .unwrap();
        let on = ClientProfile::new(&InitializeParams {
            capabilities,
            ..InitializeParams::default()
        });
        assert!(on.related && on.code_links && on.watches_files && on.has_settings);
        assert!(on.markdown && on.shows_progress);
        assert!(off.tags.is_empty());
        assert_eq!(
            on.tags,
            [DiagnosticTag::UNNECESSARY, DiagnosticTag::DEPRECATED]
        );
    }
}

//! `initialized`: what the client is asked for when work begins, as far as it lets itself be asked.

use serde_json::json;
use tower_lsp::lsp_types::notification::{DidChangeWatchedFiles, Notification};
use tower_lsp::lsp_types::request::{
    RegisterCapability, UnregisterCapability, WorkspaceConfiguration,
};
use tower_lsp::lsp_types::{
    ConfigurationItem, ConfigurationParams, Registration, RegistrationParams, Unregistration,
    UnregistrationParams,
};

use crate::client::Asked;
use crate::main_loop::MainLoop;

/// What the client was asked to watch.
#[derive(Default)]
pub(crate) struct Watched {
    globs: Vec<String>,
    /// The number of that request; 0 before the first.
    registration: u32,
}

fn id(registration: u32) -> String {
    format!("blue-watched-files-{registration}")
}

/// Has the files watched that matter now, if they are others than before.
pub(crate) fn watch(this: &mut MainLoop) {
    if !this.profile.watches_files {
        return;
    }
    let globs = this.workspace.watch_globs();
    if globs == this.watched.globs {
        return;
    }
    let method = DidChangeWatchedFiles::METHOD;
    let before = this.watched.registration;
    if !globs.is_empty() {
        let watchers = globs.iter().map(|glob| json!({"globPattern": glob}));
        let new = Registration {
            id: id(before + 1),
            method: method.to_owned(),
            register_options: Some(json!({"watchers": watchers.collect::<Vec<_>>()})),
        };
        let params = RegistrationParams {
            registrations: vec![new],
        };
        this.connection
            .ask::<RegisterCapability>(Asked::WatchFiles, params);
    }
    if !this.watched.globs.is_empty() {
        let old = Unregistration {
            id: id(before),
            method: method.to_owned(),
        };
        let params = UnregistrationParams {
            unregisterations: vec![old],
        };
        this.connection
            .ask::<UnregisterCapability>(Asked::UnwatchFiles, params);
    }
    this.watched = Watched {
        globs,
        registration: before + 1,
    };
}

/// Asks for the settings; false if the client does not let itself be asked.
pub(crate) fn ask_settings(this: &MainLoop) -> bool {
    if !this.profile.has_settings {
        return false;
    }
    let item = ConfigurationItem {
        scope_uri: None,
        section: Some("blue".to_owned()),
    };
    let params = ConfigurationParams { items: vec![item] };
    this.connection
        .ask::<WorkspaceConfiguration>(Asked::Settings, params);
    true
}

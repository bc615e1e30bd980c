//! `initialized`: what the client is asked for when work begins, as far as it lets itself be asked.

use blue_workspace::{Watch, Watching};
use serde_json::{Value, json};
use tower_lsp::lsp_types::notification::{DidChangeWatchedFiles, Notification};
use tower_lsp::lsp_types::request::{
    RegisterCapability, UnregisterCapability, WorkspaceConfiguration,
};
use tower_lsp::lsp_types::{
    ConfigurationItem, ConfigurationParams, Registration, RegistrationParams, Unregistration,
    UnregistrationParams,
};

use crate::client::{Asked, uri_of};
use crate::main_loop::MainLoop;

/// What the client was asked to watch.
#[derive(Default)]
pub(crate) struct Watched {
    watches: Vec<Watch>,
    /// The number of that request; 0 before the first.
    registration: u32,
    /// It does not do it.
    is_refused: bool,
}

fn id(registration: u32) -> String {
    format!("blue-watched-files-{registration}")
}

/// A watch as the client takes it. One that stands on a folder of its own is a path with the pattern
/// behind it for clients that know no relative patterns (LSP 3.17, `GlobPattern`).
fn watcher(watch: &Watch, relative: bool) -> Option<Value> {
    let pattern = &watch.pattern;
    let Some(base) = &watch.base else {
        return Some(json!({"globPattern": pattern}));
    };
    if relative {
        let glob = json!({"baseUri": uri_of(base)?, "pattern": pattern});
        return Some(json!({"globPattern": glob}));
    }
    let base = base.to_str()?.replace('\\', "/");
    let is_plain = !base.contains(['*', '?', '[', ']', '{', '}']);
    is_plain.then(|| json!({"globPattern": format!("{}/{pattern}", base.trim_end_matches('/'))}))
}

/// Has the files watched that matter now, if they are others than before: by the client, and by this server where that
/// one does not.
pub(crate) fn watch(this: &mut MainLoop) {
    let watching = match this.profile.watches_files && !this.watched.is_refused {
        true => Watching::Client,
        false => Watching::Nobody,
    };
    this.lookout.at(this.workspace.sights(watching));
    if watching == Watching::Client {
        ask_to_watch(this);
    }
}

/// The client does not watch what it was asked to.
pub(crate) fn watch_here(this: &mut MainLoop) {
    this.watched.is_refused = true;
    watch(this);
}

fn ask_to_watch(this: &mut MainLoop) {
    let watches = this.workspace.watches();
    if watches == this.watched.watches {
        return;
    }
    let method = DidChangeWatchedFiles::METHOD;
    let before = this.watched.registration;
    if !watches.is_empty() {
        let relative = this.profile.watches_relative;
        let watchers = watches.iter().filter_map(|watch| watcher(watch, relative));
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
    if !this.watched.watches.is_empty() {
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
    this.watched.watches = watches;
    this.watched.registration = before + 1;
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

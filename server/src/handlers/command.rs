//! `workspace/executeCommand`: what the server does that is no edit, and edits for clients whose
//! actions are commands.

use blue_workspace::FilePlace;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::request::{ApplyWorkspaceEdit, ShowDocument};
use tower_lsp::lsp_types::{
    ApplyWorkspaceEditParams, Command, ExecuteCommandParams, MessageType, Range,
    ShowDocumentParams, Url,
};

use super::asked::Stands;
use super::code_action::{self, Chosen, argument};
use crate::client::Asked;
use crate::client::{ClientProfile, Connection};
use crate::from_lsp;

/// Shows a contract: its file, and where in it.
pub(crate) const SHOW_CONTRACT: &str = "blue.showContract";

/// Makes the edit of an action, for clients that know actions as commands alone.
pub(crate) const FIX: &str = "blue.fix";

/// What [`SHOW_CONTRACT`] is given.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    uri: Url,
    range: Option<Range>,
}

/// The command that shows a place.
pub(crate) fn show(stands: &Stands, title: &str, place: &FilePlace) -> Option<Command> {
    let shown = Shown {
        uri: stands.file(&place.path)?.0,
        range: Some(code_action::range(stands, place)),
    };
    Some(Command {
        title: title.to_owned(),
        command: SHOW_CONTRACT.to_owned(),
        arguments: Some(vec![json!(shown)]),
    })
}

/// Runs a command. Its answer is empty: what it does is asked of the client.
pub(crate) async fn run(
    connection: &Connection,
    profile: &ClientProfile,
    params: ExecuteCommandParams,
) -> jsonrpc::Result<Option<Value>> {
    let wrong = |what: &str| {
        let message = format!("{} takes {what}", params.command);
        Err(jsonrpc::Error::invalid_params(message))
    };
    match params.command.as_str() {
        SHOW_CONTRACT => match argument::<Shown>(&params.arguments) {
            Some(shown) => show_document(connection, profile, shown),
            None => return wrong("the place it shows: {\"uri\", \"range\"}"),
        },
        FIX => match argument::<Chosen>(&params.arguments) {
            Some(chosen) => fix(connection, profile, chosen).await?,
            None => return wrong("what an action of this server gave it"),
        },
        other => {
            let message = format!("there is no command {other}");
            return Err(jsonrpc::Error::invalid_params(message));
        }
    }
    Ok(None)
}

fn show_document(connection: &Connection, profile: &ClientProfile, shown: Shown) {
    if !profile.shows_documents {
        let place = from_lsp::path(&shown.uri).map(|path| path.display().to_string());
        let place = place.unwrap_or_else(|| shown.uri.to_string());
        let line = shown
            .range
            .map(|range| format!(":{}", range.start.line + 1));
        let message = format!("The contract is in {place}{}", line.unwrap_or_default());
        connection.show(MessageType::INFO, message);
        return;
    }
    let params = ShowDocumentParams {
        uri: shown.uri,
        external: Some(false),
        take_focus: Some(true),
        selection: shown.range,
    };
    connection.ask::<ShowDocument>(Asked::Show, params);
}

async fn fix(
    connection: &Connection,
    profile: &ClientProfile,
    chosen: Chosen,
) -> jsonrpc::Result<()> {
    let title = chosen.title().to_owned();
    match code_action::edit_of(&connection.events, chosen).await? {
        Some(edit) if profile.applies_edits => {
            let params = ApplyWorkspaceEditParams {
                label: Some(title),
                edit,
            };
            connection.ask::<ApplyWorkspaceEdit>(Asked::Apply, params);
        }
        _ => {
            let message = format!("\"{title}\" is of an older text: ask for the actions again.");
            connection.show(MessageType::INFO, message);
        }
    }
    Ok(())
}

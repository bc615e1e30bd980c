//! `workspace/executeCommand`: what the server does that is no edit, and edits for clients whose
//! actions are commands.

use blue_workspace::{FilePlace, Run, RunVerb};
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
use crate::errand::{self, About, Verb};
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

/// The command that does something to a realm.
pub(crate) fn run_errand(stands: &Stands, title: &str, run: &Run) -> Option<Command> {
    let verb = match run.verb {
        RunVerb::Sync => Verb::Sync,
        RunVerb::Acknowledge => Verb::Acknowledge,
        RunVerb::Worktree => Verb::Worktree,
        RunVerb::Change => Verb::Change,
    };
    let about = About {
        uri: Some(stands.file(&stands.path)?.0),
        realm: Some(run.realm.to_string()),
        domain: Some(run.domain.to_string()),
        contract: Some(run.contract.to_string()),
        rfc: None,
    };
    Some(Command {
        title: title.to_owned(),
        command: verb.command().to_owned(),
        arguments: Some(vec![json!(about)]),
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
    if let Some(verb) = errand_of(&params.command) {
        let about = match params.arguments.as_slice() {
            [] | [Value::Null] => Some(About::default()),
            _ => argument(&params.arguments),
        };
        let token = params.work_done_progress_params.work_done_token.clone();
        return match about {
            Some(about) => errand::ask(&connection.events, verb, about, token).await,
            None => wrong("what it is about: {\"uri\", \"realm\", \"contract\"}"),
        };
    }
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

/// The errand that a command asks for.
fn errand_of(command: &str) -> Option<Verb> {
    Verb::ALL.into_iter().find(|verb| verb.command() == command)
}

/// All commands there are.
pub(crate) fn all() -> Vec<String> {
    let errands = Verb::ALL.into_iter().map(Verb::command);
    let all = errands.chain([SHOW_CONTRACT, FIX]);
    all.map(str::to_owned).collect()
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

//! `textDocument/codeAction` and `codeAction/resolve`, and the command that stands for an action with
//! clients that take nothing else (LSP 3.17, "Code Action Request").
//!
//! Edits are made when somebody chooses an action, where the client can ask for them then: until
//! then an action is the words for it, and what finds it again.

use std::path::PathBuf;
use std::sync::Arc;

use blue_text::LineIndex;
use blue_workspace::{ActionKind, Cancelled, FileAction, FileEdit, FilePlace, Snapshot};
use crossbeam_channel::Sender;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::{
    CodeAction, CodeActionContext, CodeActionDisabled, CodeActionKind, CodeActionOrCommand,
    CodeActionParams, CodeActionResponse, Command, Diagnostic, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Url, WorkspaceEdit,
};

use super::asked::{self, Stands};
use super::command;
use crate::errand;
use crate::event::Event;
use crate::from_lsp;
use crate::to_lsp;

/// Opens a contract of the file.
const OPEN_CONTRACT: &str = "source.blue.openContract";

/// Brings to a realm what the file's repository exports.
const SYNC: &str = "source.blue.sync";

/// Says in a realm that the file's repository follows what it imports.
const ACKNOWLEDGE: &str = "source.blue.acknowledge";

/// The kinds of actions there are.
pub(crate) fn kinds() -> Vec<CodeActionKind> {
    let of_blue = [OPEN_CONTRACT, SYNC, ACKNOWLEDGE].map(CodeActionKind::new);
    let mut kinds = vec![CodeActionKind::QUICKFIX];
    kinds.extend(of_blue);
    kinds
}

/// What the loop has to know of a request for actions.
pub(crate) type Asked = asked::Asked<Option<CodeActionResponse>>;

/// What the loop has to know of a request for one action's edit. The answer: the edit; nothing where
/// there is no such action any more.
pub(crate) type Resolved = asked::Asked<Option<WorkspaceEdit>>;

/// What finds an action again: where it was offered, and which one it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Chosen {
    uri: Url,
    /// Of the document it was offered for.
    version: Option<i32>,
    range: Range,
    id: String,
    title: String,
    fingerprint: Option<String>,
}

impl Chosen {
    pub(crate) fn title(&self) -> &str {
        &self.title
    }
}

/// The handler of `textDocument/codeAction`.
pub(crate) fn ask(
    events: &Sender<Event>,
    params: CodeActionParams,
) -> impl Future<Output = jsonrpc::Result<Option<CodeActionResponse>>> + use<> {
    let (uri, range, context) = (params.text_document.uri, params.range, params.context);
    let of = uri.clone();
    let find: asked::Find<Option<CodeActionResponse>> = Arc::new(move |snapshot, stands| {
        let found = found(snapshot, stands, range)?;
        let hindrances = hindrances(snapshot, stands, &found)?;
        let found = found.into_iter().zip(hindrances);
        let offered = found.filter_map(|(action, hindrance)| {
            let fingerprint = action.fingerprint.as_deref();
            let mends = mends(&context, fingerprint)?;
            let chosen = Chosen {
                uri: uri.clone(),
                version: stands.file(&stands.path)?.1,
                range,
                id: action.id.to_owned(),
                title: action.title.clone(),
                fingerprint: fingerprint.map(str::to_owned),
            };
            let mends = (mends, hindrance);
            offered(stands, action, &context, mends, chosen)
        });
        Ok(Some(offered.collect()))
    });
    let (asked, answer) = Asked::new(of, find);
    let _ = events.send(Event::CodeAction(asked));
    answer
}

/// The handler of `codeAction/resolve`. An action that is not there any more comes back as it is: it
/// does nothing.
pub(crate) async fn resolve(
    events: &Sender<Event>,
    mut action: CodeAction,
) -> jsonrpc::Result<CodeAction> {
    let data = action.data.clone().unwrap_or_default();
    let Ok(chosen) = serde_json::from_value::<Chosen>(data) else {
        return Ok(action);
    };
    action.edit = edit_of(events, chosen).await?;
    Ok(action)
}

/// The edit of an action that was chosen.
pub(crate) fn edit_of(
    events: &Sender<Event>,
    chosen: Chosen,
) -> impl Future<Output = jsonrpc::Result<Option<WorkspaceEdit>>> + use<> {
    let uri = chosen.uri.clone();
    let find: asked::Find<Option<WorkspaceEdit>> = Arc::new(move |snapshot, stands| {
        // Positions of another text: whoever asks again gets the action of this one.
        if chosen.version != stands.file(&stands.path).and_then(|it| it.1) {
            return Ok(None);
        }
        let found = found(snapshot, stands, chosen.range)?;
        let mut same = found.into_iter().filter(|action| {
            (action.id, &action.title, &action.fingerprint)
                == (&*chosen.id, &chosen.title, &chosen.fingerprint)
        });
        Ok(same.next().and_then(|action| edit(stands, &action.edits)))
    });
    let (asked, answer) = Resolved::new(uri, find);
    let _ = events.send(Event::Resolve(asked));
    answer
}

fn found(snapshot: &Snapshot, stands: &Stands, range: Range) -> Result<Vec<FileAction>, Cancelled> {
    let lines = LineIndex::new(&stands.text);
    let at = |position| {
        let position = from_lsp::position(position);
        lines.offset(&stands.text, position, stands.encoding)
    };
    let (start, end) = (at(range.start), at(range.end));
    let span = blue_text::Span::new(start.min(end), end.max(start));
    snapshot.actions(&stands.path, span)
}

/// Why each of some actions cannot be done now; nothing where it can.
fn hindrances(
    snapshot: &Snapshot,
    stands: &Stands,
    actions: &[FileAction],
) -> Result<Vec<Option<String>>, Cancelled> {
    let why = |action: &FileAction| match &action.runs {
        Some(run) => errand::hindrance(snapshot, &stands.path, run),
        None => Ok(None),
    };
    actions.iter().map(why).collect()
}

/// The client's diagnostics that an action mends; nothing where the client asks about others alone.
fn mends(context: &CodeActionContext, fingerprint: Option<&str>) -> Option<Vec<Diagnostic>> {
    let print = |it: &Diagnostic| Some(it.data.as_ref()?.get("fingerprint")?.as_str()?.to_owned());
    let ours = || context.diagnostics.iter().filter(|it| print(it).is_some());
    let Some(fingerprint) = fingerprint else {
        return Some(Vec::new());
    };
    let same = ours().filter(|it| print(it).as_deref() == Some(fingerprint));
    let same: Vec<Diagnostic> = same.cloned().collect();
    (!same.is_empty() || ours().next().is_none()).then_some(same)
}

fn kind(action: &FileAction) -> CodeActionKind {
    match action.kind {
        ActionKind::QuickFix => CodeActionKind::QUICKFIX,
        ActionKind::OpenContract => CodeActionKind::new(OPEN_CONTRACT),
        ActionKind::Sync => CodeActionKind::new(SYNC),
        ActionKind::Acknowledge => CodeActionKind::new(ACKNOWLEDGE),
    }
}

/// Whether the client wants actions of a kind: `source.blue` takes in `source.blue.openContract`.
fn is_wanted(context: &CodeActionContext, kind: &CodeActionKind) -> bool {
    let Some(only) = &context.only else {
        return true;
    };
    only.iter().any(|wanted| {
        let rest = kind.as_str().strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('.') || wanted.as_str().is_empty()
        })
    })
}

fn offered(
    stands: &Stands,
    action: FileAction,
    context: &CodeActionContext,
    (mends, hindrance): (Vec<Diagnostic>, Option<String>),
    chosen: Chosen,
) -> Option<CodeActionOrCommand> {
    let kind = kind(&action);
    if !is_wanted(context, &kind) {
        return None;
    }
    let profile = &stands.profile;
    let data = json!(chosen);
    let command = match (&action.opens, &action.runs) {
        (Some(place), _) => Some(command::show(stands, &action.title, place)?),
        (None, Some(run)) => Some(command::run_errand(stands, &action.title, run)?),
        (None, None) => None,
    };
    let disabled = hindrance.map(|reason| CodeActionDisabled { reason });
    if disabled.is_some() && !(profile.action_literals && profile.shows_disabled) {
        return None;
    }
    if !profile.action_literals {
        return match command {
            Some(command) => Some(CodeActionOrCommand::Command(command)),
            None if profile.applies_edits => Some(CodeActionOrCommand::Command(Command {
                title: action.title,
                command: command::FIX.to_owned(),
                arguments: Some(vec![data]),
            })),
            None => None,
        };
    }
    let later = profile.resolves_edits && !action.edits.is_empty();
    let edit = match later || action.edits.is_empty() {
        true => None,
        false => Some(edit(stands, &action.edits)?),
    };
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: action.title,
        kind: Some(kind),
        diagnostics: (!mends.is_empty()).then_some(mends),
        edit,
        command: command.filter(|_| disabled.is_none()),
        is_preferred: action.is_preferred.then_some(true),
        disabled,
        data: later.then_some(data),
    }))
}

/// Edits of files, as the client takes them.
fn edit(stands: &Stands, edits: &[FileEdit]) -> Option<WorkspaceEdit> {
    let mut files: Vec<(PathBuf, Arc<str>, Vec<TextEdit>)> = Vec::new();
    for edit in edits {
        let made = TextEdit::new(range(stands, &edit.place), edit.new.clone());
        let place = &edit.place;
        match files.iter_mut().find(|(path, ..)| *path == place.path) {
            Some((_, _, edits)) => edits.push(made),
            None => files.push((place.path.clone(), place.text.clone(), vec![made])),
        }
    }
    let mut result = WorkspaceEdit::default();
    let mut versioned = Vec::new();
    for (path, _, edits) in files {
        let (uri, version) = stands.file(&path)?;
        if stands.profile.document_changes {
            versioned.push(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            });
        } else {
            let changes = result.changes.get_or_insert_default();
            changes.insert(uri, edits);
        }
    }
    if !versioned.is_empty() {
        result.document_changes = Some(DocumentChanges::Edits(versioned));
    }
    Some(result)
}

pub(crate) fn range(stands: &Stands, place: &FilePlace) -> Range {
    let lines = LineIndex::new(&place.text);
    to_lsp::range(&lines, &place.text, place.span, stands.encoding)
}

/// The arguments of a command, as some type.
pub(crate) fn argument<T: serde::de::DeserializeOwned>(arguments: &[Value]) -> Option<T> {
    serde_json::from_value(arguments.first()?.clone()).ok()
}

//! `textDocument/hover`.

use crossbeam_channel::Sender;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::{Hover, HoverParams, MarkupKind, Position, Url};

use crate::event::{Event, Reply, Unanswered};
use crate::from_lsp;
use crate::main_loop::MainLoop;
use crate::to_lsp;
use crate::work::guarded;

/// The handler: one event before its first await, so that it stands behind the changes before it.
pub(crate) fn asked(
    events: &Sender<Event>,
    params: HoverParams,
) -> impl Future<Output = jsonrpc::Result<Option<Hover>>> + use<> {
    let place = params.text_document_position_params;
    let (reply, answer) = Reply::channel();
    let _ = events.send(Event::Hover {
        uri: place.text_document.uri,
        position: place.position,
        reply,
    });
    answer
}

/// The loop reached it: the snapshot is of exactly the changes before it.
pub(crate) fn reached(
    this: &mut MainLoop,
    uri: &Url,
    position: Position,
    reply: Reply<Option<Hover>>,
) {
    if reply.is_cancelled() {
        return;
    }
    let Some((path, document)) = this.document(uri) else {
        reply.send(Ok(None)); // Not open, or no file: nothing is known of it.
        return;
    };
    let encoding = this.documents.encoding();
    let text = std::sync::Arc::clone(&document.text);
    let lines = document.buffer.lines();
    let offset = lines.offset(&text, from_lsp::position(position), encoding);
    let kind = match this.profile.markdown {
        true => MarkupKind::Markdown,
        false => MarkupKind::PlainText,
    };
    let snapshot = this.workspace.snapshot();
    this.requests.run(move || {
        if reply.is_cancelled() {
            return;
        }
        let found = guarded(|| snapshot.hover(&path, offset));
        drop(snapshot); // Before the answer: the next edit waits for it.
        reply.send(match found {
            Some(Ok(hover)) => Ok(hover.map(|it| to_lsp::hover(it, &text, encoding, kind))),
            Some(Err(_)) => Err(Unanswered::Cancelled),
            None => Err(Unanswered::Panicked),
        });
    });
}

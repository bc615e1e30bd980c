//! `textDocument/hover`.

use std::sync::Arc;

use crossbeam_channel::Sender;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::{Hover, HoverParams, MarkupKind, Position, Url};

use crate::event::{Event, Reply, Unanswered};
use crate::from_lsp;
use crate::main_loop::MainLoop;
use crate::to_lsp;
use crate::work::guarded;

/// A hover is tried again while changes elsewhere (files being read, another document) cancel it:
/// its own text is still the one that was asked about. As often as this.
const TRIES: u32 = 100;

/// What the loop has to know of one.
pub(crate) struct Asked {
    uri: Url,
    position: Position,
    reply: Reply<Option<Hover>>,
    /// The version it is about, once the loop has reached it.
    version: Option<i32>,
    tries: u32,
}

/// The handler: one event before its first await, so that it stands behind the changes before it.
pub(crate) fn ask(
    events: &Sender<Event>,
    params: HoverParams,
) -> impl Future<Output = jsonrpc::Result<Option<Hover>>> + use<> {
    let place = params.text_document_position_params;
    let (reply, answer) = Reply::channel();
    let asked = Asked {
        uri: place.text_document.uri,
        position: place.position,
        reply,
        version: None,
        tries: 0,
    };
    let _ = events.send(Event::Hover(asked));
    answer
}

/// The loop reached it: the snapshot is of exactly the changes before it.
pub(crate) fn reached(this: &mut MainLoop, mut asked: Asked) {
    if asked.reply.is_cancelled() {
        return;
    }
    let Some((path, document)) = this.document(&asked.uri) else {
        asked.reply.send(Ok(None)); // Not open, or no file: nothing is known of it.
        return;
    };
    let version = *asked.version.get_or_insert(document.version);
    if version != document.version || asked.tries == TRIES {
        asked.reply.send(Err(Unanswered::Cancelled));
        return;
    }
    let encoding = this.documents.encoding();
    let text = Arc::clone(&document.text);
    let position = from_lsp::position(asked.position);
    let offset = document.buffer.lines().offset(&text, position, encoding);
    let kind = match this.profile.markdown {
        true => MarkupKind::Markdown,
        false => MarkupKind::PlainText,
    };
    let snapshot = this.workspace.snapshot();
    let events = this.connection.events.clone();
    this.requests.run(move || {
        if asked.reply.is_cancelled() {
            return;
        }
        let found = guarded(|| snapshot.hover(&path, offset));
        drop(snapshot); // Before the answer: the next edit waits for it.
        match found {
            Some(Ok(hover)) => {
                let hover = hover.map(|it| to_lsp::hover(it, &text, encoding, kind));
                asked.reply.send(Ok(hover));
            }
            Some(Err(_)) => {
                asked.tries += 1;
                let _ = events.send(Event::Hover(asked));
            }
            None => asked.reply.send(Err(Unanswered::Panicked)),
        }
    });
}

//! `textDocument/hover`.

use std::sync::Arc;

use blue_text::LineIndex;
use crossbeam_channel::Sender;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::{Hover, HoverParams, MarkupKind};

use super::asked;
use crate::event::Event;
use crate::from_lsp;
use crate::to_lsp;

/// What the loop has to know of one.
pub(crate) type Asked = asked::Asked<Option<Hover>>;

/// The handler: one event before its first await, so that it stands behind the changes before it.
pub(crate) fn ask(
    events: &Sender<Event>,
    params: HoverParams,
) -> impl Future<Output = jsonrpc::Result<Option<Hover>>> + use<> {
    let place = params.text_document_position_params;
    let position = from_lsp::position(place.position);
    let find: asked::Find<Option<Hover>> = Arc::new(move |snapshot, stands| {
        let (text, encoding) = (&stands.text, stands.encoding);
        let offset = LineIndex::new(text).offset(text, position, encoding);
        let kind = match stands.profile.markdown {
            true => MarkupKind::Markdown,
            false => MarkupKind::PlainText,
        };
        let hover = snapshot.hover(&stands.path, offset)?;
        Ok(hover.map(|it| to_lsp::hover(it, text, encoding, kind)))
    });
    let (asked, answer) = Asked::new(place.text_document.uri, find);
    let _ = events.send(Event::Hover(asked));
    answer
}

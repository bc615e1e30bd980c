//! A request about a document: what all of them have in common. The loop takes its snapshot when it
//! reaches it, so that the answer is of exactly the changes before it; a thread of its own finds the
//! answer; changes elsewhere that cancel it have it asked again.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use blue_text::Encoding;
use blue_workspace::{Cancelled, Snapshot};
use tower_lsp::lsp_types::Url;

use crate::client::{ClientProfile, uri_of};
use crate::event::{Event, Reply, Unanswered};
use crate::main_loop::MainLoop;
use crate::work::guarded;

/// A request is tried again while changes elsewhere (files being read, another document) cancel it:
/// its own text is still the one that was asked about. As often as this.
const TRIES: u32 = 100;

/// Finds the answer, or is cancelled.
pub(crate) type Find<T> = Arc<dyn Fn(&Snapshot, &Stands) -> Result<T, Cancelled> + Send + Sync>;

/// What the loop has to know of one.
pub(crate) struct Asked<T> {
    uri: Url,
    reply: Reply<T>,
    find: Find<T>,
    /// The version it is about, once the loop has reached it.
    version: Option<i32>,
    tries: u32,
}

/// How things stand where the loop reached a request.
pub(crate) struct Stands {
    pub(crate) path: PathBuf,
    /// The document's text.
    pub(crate) text: Arc<str>,
    pub(crate) encoding: Encoding,
    pub(crate) profile: Arc<ClientProfile>,
    /// How the client spells the documents it has open, and their versions.
    open: HashMap<PathBuf, (Url, i32)>,
}

impl Stands {
    /// A file as the client spells it, and its version where it is open.
    pub(crate) fn file(&self, path: &std::path::Path) -> Option<(Url, Option<i32>)> {
        match self.open.get(path) {
            Some((uri, version)) => Some((uri.clone(), Some(*version))),
            None => Some((uri_of(path)?, None)),
        }
    }
}

impl<T: Default + Send + 'static> Asked<T> {
    /// What to enqueue, and what to wait for. A document that is not open has the answer of none.
    pub(crate) fn new(
        uri: Url,
        find: Find<T>,
    ) -> (
        Self,
        impl Future<Output = tower_lsp::jsonrpc::Result<T>> + use<T>,
    ) {
        let (reply, answer) = Reply::channel();
        let asked = Self {
            uri,
            reply,
            find,
            version: None,
            tries: 0,
        };
        (asked, answer)
    }

    /// The loop reached it.
    pub(crate) fn reached(mut self, this: &mut MainLoop, again: fn(Self) -> Event) {
        if self.reply.is_cancelled() {
            return;
        }
        let Some((path, document)) = this.document(&self.uri) else {
            self.reply.send(Ok(T::default())); // Not open, or no file: nothing is known of it.
            return;
        };
        let version = *self.version.get_or_insert(document.version);
        if version != document.version || self.tries == TRIES {
            self.reply.send(Err(Unanswered::Cancelled));
            return;
        }
        let stands = Stands {
            path,
            text: Arc::clone(&document.text),
            encoding: this.documents.encoding(),
            profile: Arc::clone(&this.profile),
            open: this.documents.versions(),
        };
        let snapshot = this.workspace.snapshot();
        let events = this.connection.events.clone();
        this.requests.run(move || {
            if self.reply.is_cancelled() {
                return;
            }
            let found = guarded(|| (self.find)(&snapshot, &stands));
            drop(snapshot); // Before the answer: the next edit waits for it.
            match found {
                Some(Ok(found)) => self.reply.send(Ok(found)),
                Some(Err(_)) => {
                    self.tries += 1;
                    let _ = events.send(again(self));
                }
                None => self.reply.send(Err(Unanswered::Panicked)),
            }
        });
    }
}

//! The person in front of the client, as an errand talks to them: questions with answers to choose from,
//! texts too long for a message, and what there is to say.
//!
//! An errand has a thread of its own, and so may wait for an answer; nothing else ever does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use blue_ops::visible;
use crossbeam_channel::{Receiver, select};
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::request::{
    Request, ShowDocument, ShowMessageRequest, WorkDoneProgressCreate,
};
use tower_lsp::lsp_types::{
    MessageActionItem, MessageType, ProgressToken, ShowDocumentParams, ShowMessageRequestParams,
    Url, WorkDoneProgressCreateParams,
};

use super::{End, Stop, texts};
use crate::client::{ClientProfile, Connection, uri_of};
use crate::handlers::graph::Format;

/// So long a question waits: a person may have to read.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// So long a client may take for what no person has to answer.
const OF_CLIENT: Duration = Duration::from_secs(10);

/// See the file's head.
pub(super) struct Person {
    connection: Connection,
    profile: Arc<ClientProfile>,
    stop: Stop,
    /// Set while an answer is waited for.
    waits: Arc<AtomicBool>,
}

/// `blue/save`, which Blue's own clients know (they say so in `experimental`): saves documents.
enum Save {}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaveParams {
    uris: Vec<Url>,
}

impl Request for Save {
    type Params = SaveParams;
    /// Whether all of them are saved.
    type Result = bool;
    const METHOD: &'static str = "blue/save";
}

/// `blue/showDrawing`, which Blue's own clients know (they say so in `experimental`): shows a drawing.
enum ShowDrawing {}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Drawing {
    /// What it is of.
    pub(super) title: String,
    pub(super) format: Format,
    /// The drawing, in that format.
    pub(super) text: String,
}

impl Request for ShowDrawing {
    type Params = Drawing;
    /// Whether it is shown.
    type Result = bool;
    const METHOD: &'static str = "blue/showDrawing";
}

impl Person {
    pub(super) fn new(
        connection: &Connection,
        profile: &Arc<ClientProfile>,
        stop: Stop,
        waits: Arc<AtomicBool>,
    ) -> Self {
        Self {
            connection: connection.clone(),
            profile: Arc::clone(profile),
            stop,
            waits,
        }
    }

    pub(super) fn agrees_to_progress(&self, token: &ProgressToken) -> bool {
        if !self.profile.shows_progress {
            return false;
        }
        let token = token.clone();
        let params = WorkDoneProgressCreateParams { token };
        let answer = self
            .connection
            .request::<WorkDoneProgressCreate>(params, OF_CLIENT);
        matches!(self.wait(&answer), Some(Ok(())))
    }

    /// Asks which of some answers it is; nothing for a question that was put away.
    pub(super) fn choose(
        &self,
        question: &str,
        answers: &[impl AsRef<str>],
    ) -> Result<Option<String>, End> {
        let action = |title: &str| MessageActionItem {
            title: title.to_owned(),
            properties: std::collections::HashMap::new(),
        };
        let params = ShowMessageRequestParams {
            typ: MessageType::INFO,
            message: visible(question).into_owned(),
            actions: Some(answers.iter().map(|it| action(it.as_ref())).collect()),
        };
        self.waits.store(true, Ordering::SeqCst);
        let answer = self
            .connection
            .request::<ShowMessageRequest>(params, PATIENCE);
        let answer = self.wait(&answer);
        if answer.is_some() {
            self.waits.store(false, Ordering::SeqCst);
        }
        match answer {
            Some(Ok(chosen)) => Ok(chosen.map(|it| it.title)),
            Some(Err(why)) => Err(End::failed(format!(
                "this editor did not ask you ({why}), and nothing is pushed that you have not seen; \
                 the command `blue` does it in a terminal"
            ))),
            None => Err(End::Declined("it was stopped")),
        }
    }

    /// Shows a long text in a document of its own; where the client shows none: nothing.
    pub(super) fn show_text(&self, name: &str, text: &str) -> Option<()> {
        if !self.profile.shows_documents {
            return None;
        }
        let path =
            texts::write(name, text).inspect_err(|why| tracing::warn!(%why, "no text is shown"));
        let params = ShowDocumentParams {
            uri: uri_of(&path.ok()?)?,
            external: Some(false),
            take_focus: Some(false),
            selection: None,
        };
        let answer = self.connection.request::<ShowDocument>(params, OF_CLIENT);
        match self.wait(&answer) {
            Some(Ok(shown)) if shown.success => Some(()),
            _ => None,
        }
    }

    /// Has a text that was shown say something else, where it is open still.
    pub(super) fn shows_now(&self, name: &str, text: &str) {
        if self.profile.shows_documents
            && let Err(why) = texts::write(name, text)
        {
            tracing::warn!(%why, "a text that is shown stays as it was");
        }
    }

    /// Shows a drawing in a place of its own, where the client has one; whether it did.
    pub(super) fn show_drawing(&self, drawing: Drawing) -> bool {
        let answer = self.connection.request::<ShowDrawing>(drawing, OF_CLIENT);
        matches!(self.wait(&answer), Some(Ok(true)))
    }

    /// How the client shows drawings, where it does.
    pub(super) fn drawings(&self) -> Option<Format> {
        self.profile.drawings
    }

    /// Whether the client can save documents.
    pub(super) fn can_save(&self) -> bool {
        self.profile.saves
    }

    /// Has documents saved; whether they are.
    pub(super) fn save(&self, uris: Vec<Url>) -> bool {
        let params = SaveParams { uris };
        let answer = self.connection.request::<Save>(params, OF_CLIENT);
        matches!(self.wait(&answer), Some(Ok(true)))
    }

    pub(super) fn say(&self, kind: MessageType, said: String) {
        self.connection.show(kind, visible(&said).into_owned());
    }

    /// The answer; nothing where the errand is stopped meanwhile.
    fn wait<T>(&self, answer: &Receiver<Result<T, String>>) -> Option<Result<T, String>> {
        select! {
            recv(answer) -> answer => Some(answer.unwrap_or_else(|_| Err("no answer".to_owned()))),
            recv(self.stop.woken) -> _ => None,
        }
    }
}

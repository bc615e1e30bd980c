//! The progress of an errand (LSP 3.17, "Work Done Progress"): the client's own, or one that it is asked to
//! show. A client that shows none is not asked.

use std::cell::{Cell, RefCell};

use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::lsp_types::{
    ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressEnd, WorkDoneProgressReport,
};

use super::person::Person;
use crate::publish::Outgoing;

/// See the file's head.
pub(super) struct Shown {
    out: UnboundedSender<Outgoing>,
    token: ProgressToken,
    title: String,
    /// The client gave the token itself.
    of_client: bool,
    is_shown: Cell<bool>,
    /// What was last said: the same is not said twice.
    said: RefCell<String>,
}

impl Shown {
    pub(super) fn new(
        out: UnboundedSender<Outgoing>,
        token: ProgressToken,
        title: String,
        of_client: bool,
    ) -> Self {
        Self {
            out,
            token,
            title,
            of_client,
            is_shown: Cell::new(false),
            said: RefCell::default(),
        }
    }

    pub(super) fn begin(&self, person: &Person) {
        if !self.of_client && !person.agrees_to_progress(&self.token) {
            return;
        }
        self.is_shown.set(true);
        self.say(WorkDoneProgress::Begin(WorkDoneProgressBegin {
            title: self.title.clone(),
            cancellable: Some(true),
            message: None,
            percentage: None,
        }));
    }

    pub(super) fn report(&self, doing: &str) {
        if self.said.replace(doing.to_owned()) == doing {
            return;
        }
        self.say(WorkDoneProgress::Report(WorkDoneProgressReport {
            cancellable: Some(true),
            message: Some(doing.to_owned()),
            percentage: None,
        }));
    }

    pub(super) fn end(&self, how: &str) {
        let message = Some(how.to_owned());
        self.say(WorkDoneProgress::End(WorkDoneProgressEnd { message }));
        self.is_shown.set(false);
    }

    fn say(&self, progress: WorkDoneProgress) {
        if !self.is_shown.get() {
            return;
        }
        let value = ProgressParamsValue::WorkDone(progress);
        let token = self.token.clone();
        let _ = self
            .out
            .send(Outgoing::Progress(ProgressParams { token, value }));
    }
}

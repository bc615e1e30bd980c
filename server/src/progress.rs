//! The progress of reading the workspace (LSP 3.17, "Work Done Progress"): asked for once there is
//! something to wait for, begun when the client has agreed, ended when nothing is left to wait for.

use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
};

use crate::client::{Asked, Connection};
use crate::publish::Outgoing;

/// See the file's head.
pub(crate) struct Progress {
    out: UnboundedSender<Outgoing>,
    stage: Stage,
    title: &'static str,
    /// Loads that are not done.
    left: usize,
    /// Loads that are done since the progress was asked for.
    done: usize,
    /// What was last said: `done` and `left`.
    said: (usize, usize),
    /// How many progresses there were: each has a token of its own.
    number: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody wants one.
    Off,
    /// To be asked for, if there is something to wait for.
    Wanted,
    /// The client was asked.
    Asked,
    /// The client agreed.
    Agreed,
    /// The client shows it.
    Shown,
}

impl Progress {
    pub(crate) fn new(out: UnboundedSender<Outgoing>) -> Self {
        Self {
            out,
            stage: Stage::Off,
            title: "",
            left: 0,
            done: 0,
            said: (0, 0),
            number: 0,
        }
    }

    pub(crate) fn started_one(&mut self) {
        self.left += 1;
    }

    pub(crate) fn ended_one(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.done += 1;
    }

    /// No load is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.left == 0
    }

    /// The loads that are there now are to be shown.
    pub(crate) fn begin(&mut self, title: &'static str) {
        if self.stage == Stage::Off {
            self.stage = Stage::Wanted;
            self.title = title;
            self.done = 0;
        }
    }

    /// The client answered.
    pub(crate) fn answered(&mut self, agreed: bool) {
        if self.stage == Stage::Asked {
            self.stage = if agreed { Stage::Agreed } else { Stage::Off };
        }
    }

    /// The client's user has seen enough: true if that is of the progress that is shown, which ends.
    pub(crate) fn cancelled(&mut self, token: &NumberOrString) -> bool {
        let is_shown = self.stage == Stage::Shown && *token == self.token();
        if is_shown {
            let message = Some("stopped".to_owned());
            self.say(WorkDoneProgress::End(WorkDoneProgressEnd { message }));
            self.stage = Stage::Off;
        }
        is_shown
    }

    /// Says what there is to say by now.
    pub(crate) fn show(&mut self, connection: &Connection) {
        match (self.stage, self.left) {
            (Stage::Wanted | Stage::Agreed, 0) => self.stage = Stage::Off,
            (Stage::Wanted, _) => {
                self.number += 1;
                let token = self.token();
                let params = WorkDoneProgressCreateParams { token };
                connection.ask::<WorkDoneProgressCreate>(Asked::Progress, params);
                self.stage = Stage::Asked;
            }
            (Stage::Agreed, _) => {
                self.say(WorkDoneProgress::Begin(WorkDoneProgressBegin {
                    title: self.title.to_owned(),
                    cancellable: Some(true),
                    message: None,
                    percentage: None,
                }));
                self.stage = Stage::Shown;
                self.said = (self.done, self.left);
            }
            (Stage::Shown, 0) => {
                self.say(WorkDoneProgress::End(WorkDoneProgressEnd { message: None }));
                self.stage = Stage::Off;
            }
            (Stage::Shown, left) if self.said != (self.done, left) => {
                self.said = (self.done, left);
                let message = format!("{} of {} parts", self.done, self.done + left);
                self.say(WorkDoneProgress::Report(WorkDoneProgressReport {
                    cancellable: None,
                    message: Some(message),
                    percentage: None,
                }));
            }
            (Stage::Off | Stage::Asked | Stage::Shown, _) => {}
        }
    }

    fn token(&self) -> NumberOrString {
        NumberOrString::String(format!("blue-progress-{}", self.number))
    }

    fn say(&self, progress: WorkDoneProgress) {
        let value = ProgressParamsValue::WorkDone(progress);
        let token = self.token();
        let _ = self
            .out
            .send(Outgoing::Progress(ProgressParams { token, value }));
    }
}

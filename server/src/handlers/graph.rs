//! `blue/graph`: who depends on whom in the realms that are open (docs/protocol.md). For clients that draw it
//! themselves it is data, the same as `blue realm graph --json` writes; for others it is drawn already.
//!
//! What is asked for is of the states that are loaded. While one is being read the question waits: half a graph is
//! a wrong answer.

use std::collections::BTreeSet;
use std::path::PathBuf;

use blue_ops::drawing::{self, Look, Named};
use blue_ops::{Error, visible};
use blue_workspace::{RealmStates, Snapshot};
use crossbeam_channel::{Receiver, Sender};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types::Url;

use crate::event::Event;
use crate::from_lsp;
use crate::main_loop::MainLoop;

/// The request.
pub(crate) const METHOD: &str = "blue/graph";

/// What is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GraphParams {
    /// A file or folder: the realms of its repository, or the realm that it lies in. Absent: all that are open.
    pub(crate) uri: Option<Url>,
    /// Only this realm.
    pub(crate) realm: Option<String>,
    /// Only these domains, where some are named.
    pub(crate) domains: Vec<String>,
    /// How it is drawn.
    pub(crate) format: Format,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Data.
    #[default]
    Json,
    /// Lines.
    Text,
    Mermaid,
    Dot,
    Svg,
}

impl Format {
    /// The answer: an object for [`Format::Json`], else a text.
    pub(crate) fn draw(self, graphs: &[Named]) -> Value {
        match self {
            Format::Json => json!(drawing::document(graphs)),
            Format::Text => {
                let realms = graphs.iter();
                let lines = realms.map(|it| drawing::in_lines(it, &Look::PLAIN));
                Value::String(lines.collect())
            }
            Format::Mermaid => Value::String(drawing::mermaid(graphs)),
            Format::Dot => Value::String(drawing::dot(graphs)),
            Format::Svg => Value::String(drawing::svg(graphs)),
        }
    }
}

/// The graphs that were asked for, or why there are none.
pub(crate) type Graphs = Result<Vec<Named>, Error>;

/// What the loop has to know of a question.
pub(crate) struct Asked {
    params: GraphParams,
    answer: Answer,
}

/// Where the graphs go.
enum Answer {
    Request(oneshot::Sender<Graphs>),
    Errand(Sender<Graphs>),
}

impl Answer {
    fn send(self, graphs: Graphs) {
        // Nobody waits any more where it was cancelled.
        let _ = match self {
            Answer::Request(to) => to.send(graphs).is_ok(),
            Answer::Errand(to) => to.send(graphs).is_ok(),
        };
    }
}

/// The handler of the request: one event before its first await.
pub(crate) fn ask(
    events: &Sender<Event>,
    params: GraphParams,
) -> impl Future<Output = jsonrpc::Result<Value>> + use<> {
    let format = params.format;
    let (answer, graphs) = oneshot::channel();
    let answer = Answer::Request(answer);
    let _ = events.send(Event::Graph(Asked { params, answer }));
    async move {
        match graphs.await {
            Ok(Ok(graphs)) => Ok(format.draw(&graphs)),
            Ok(Err(why)) => Err(jsonrpc::Error::invalid_params(in_words(&why))),
            Err(_) => Err(jsonrpc::Error::internal_error()),
        }
    }
}

/// The same for an errand, which waits for it on its own thread.
pub(crate) fn ask_for_errand(events: &Sender<Event>, params: GraphParams) -> Receiver<Graphs> {
    let (answer, graphs) = crossbeam_channel::bounded(1);
    let answer = Answer::Errand(answer);
    let _ = events.send(Event::Graph(Asked { params, answer }));
    graphs
}

/// An error with what to do about it.
fn in_words(why: &Error) -> String {
    match why {
        Error::Use { message, hint } => format!("{message}; {hint}"),
        other => other.to_string(),
    }
}

impl Asked {
    /// The loop reached it.
    pub(crate) fn reached(self, this: &mut MainLoop) {
        if this.is_loading() {
            this.until_read.push(Event::Graph(self));
            return;
        }
        // Taken here, so that no snapshot is held while it is drawn: these are shared, not copied.
        let states = states(&this.workspace.snapshot(), self.params.uri.as_ref());
        let Self { params, answer } = self;
        crate::wire::spawn("graph", move || {
            answer.send(graphs(states, &params));
        });
    }
}

/// The realms at a place, or all that are loaded; each once.
fn states(snapshot: &Snapshot, uri: Option<&Url>) -> Vec<RealmStates> {
    let places: Vec<PathBuf> = match uri {
        Some(uri) => from_lsp::path(uri).into_iter().collect(),
        None => snapshot.roots().into_iter().map(|(_, root)| root).collect(),
    };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for state in places.iter().flat_map(|place| snapshot.realm_states(place)) {
        if seen.insert(state.root.clone()) {
            found.push(state);
        }
    }
    found
}

fn graphs(mut states: Vec<RealmStates>, params: &GraphParams) -> Graphs {
    let known: Vec<String> = states.iter().map(|it| it.realm.to_string()).collect();
    if let Some(realm) = &params.realm {
        states.retain(|it| *it.realm == **realm);
    }
    if states.is_empty() {
        return Err(match (&params.realm, known.is_empty()) {
            (Some(realm), false) => Error::Use {
                message: format!("no realm `{}` is open here", visible(realm)),
                hint: format!("there are: {}", known.join(", ")),
            },
            _ => Error::Use {
                message: "no realm can be read here".to_owned(),
                hint: "where a `.blue/config.yaml` names one, its finding says why; `blue realm admin join REALM` \
                       has a repository take part in one"
                    .to_owned(),
            },
        });
    }
    drawing::graphs(&states, &params.domains)
}

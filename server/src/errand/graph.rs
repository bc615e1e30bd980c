//! `blue.showGraph`: what `blue realm graph` draws, of the realms that are open, shown where the client shows
//! drawings, else as a document.

use blue_ops::drawing::Named;
use blue_realm::Standing;
use crossbeam_channel::select;
use tower_lsp::lsp_types::Url;

use super::person::Drawing;
use super::{End, Scene, texts};
use crate::handlers::graph::{Format, GraphParams, Graphs, ask_for_errand};

impl Scene {
    pub(super) fn graph(&self) -> Result<(Vec<String>, String), End> {
        self.progress.report("reading the realms");
        let graphs = match self.asked(self.about.uri.clone())? {
            // Of a file that has to do with no realm (a text that Blue has shown, say): of all that are open.
            Err(_) if self.about.uri.is_some() => self.asked(None)??,
            graphs => graphs?,
        };
        self.goes_on()?;
        self.progress.report("drawing");
        let names: Vec<&str> = graphs.iter().map(|(realm, _)| realm.as_str()).collect();
        let title = format!("The graph of {}", blue_realm::listed(&names));
        let said: Vec<String> = graphs.iter().map(in_short).collect();
        let said = said.join(" ");
        let is_shown = match self.person.drawings() {
            Some(format) => {
                let text = drawn(format, &graphs);
                self.person.show_drawing(Drawing {
                    title,
                    format,
                    text,
                })
            }
            None => {
                let name = texts::named("graph", "txt");
                let text = drawn(Format::Text, &graphs);
                self.person.show_text(&name, &text).is_some()
            }
        };
        self.goes_on()?;
        Ok((
            Vec::new(),
            match is_shown {
                true => said,
                false => {
                    format!("{said} This editor shows no drawing; `blue realm graph` prints it.")
                }
            },
        ))
    }

    fn asked(&self, uri: Option<Url>) -> Result<Graphs, End> {
        let params = GraphParams {
            uri,
            realm: self.about.realm.clone(),
            domains: self.about.domain.iter().cloned().collect(),
            format: Format::Text,
        };
        let answer = ask_for_errand(&self.events, params);
        select! {
            recv(answer) -> graphs => graphs.map_err(|_| End::failed("the server is ending".to_owned())),
            recv(self.stop.woken) -> _ => Err(End::Declined("it was stopped")),
        }
    }
}

fn drawn(format: Format, graphs: &[Named]) -> String {
    match format.draw(graphs) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A realm's graph in a sentence or two, with what there is to do next.
fn in_short((realm, graph): &Named) -> String {
    let imports = || graph.contracts.iter().flat_map(|it| &it.importers);
    let counted = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        more => format!("{more} {one}s"),
    };
    let all = format!(
        "{realm}: {} between {}",
        counted(graph.contracts.len(), "contract"),
        counted(graph.repos.len(), "repo"),
    );
    let waits = |standing: Standing| imports().filter(|it| it.standing == standing).count();
    let behind: Vec<String> = [Standing::Broken, Standing::Stale, Standing::New]
        .into_iter()
        .filter(|standing| waits(*standing) > 0)
        .map(|standing| format!("{} {}", waits(standing), standing.word()))
        .collect();
    match (imports().count(), behind.is_empty()) {
        (0, _) => format!("{all}; nobody imports anything yet (`blue realm admin import`)."),
        (1, true) => format!("{all}; its import is current."),
        (imports, true) => format!("{all}; all {imports} imports are current."),
        (1, false) => {
            let standing = behind.join("");
            let standing = standing.trim_start_matches("1 ");
            format!("{all}; its import is {standing}. Next: its repo acknowledges.")
        }
        (imports, false) => format!(
            "{all}; of {imports} imports {}. Next: their repos acknowledge.",
            behind.join(", "),
        ),
    }
}

//! `blue.showChange`: what the syncs that wait would make of a contract, as a document.

use blue_git::Rewrites;
use blue_ops::{Freshness, Here, OpenRealm, waiting_branches};

use super::ask_first::branches_in_full;
use super::{End, Scene, texts};

impl Scene {
    pub(super) fn change(&self, here: &Here) -> Result<(Vec<String>, String), End> {
        let (Some(domain), Some(contract)) = (&self.about.domain, &self.about.contract) else {
            return Err(End::failed("it was not said of which contract".to_owned()));
        };
        let mut said = Vec::new();
        for place in self.places(here)? {
            let waiting = self.reading(|ask| {
                let realm = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask)?;
                waiting_branches(&realm, domain, contract)
            })?;
            let names: Vec<&str> = waiting.iter().map(|it| &*it.branch).collect();
            if names.is_empty() {
                said.push(format!(
                    "{}: no sync of {contract} waits there any more.",
                    place.name
                ));
                continue;
            }
            let mut text = format!(
                "{contract} in {}: what waits to be merged. Nothing is written by looking at it.\n",
                place.name
            );
            text.push_str(&branches_in_full(&waiting));
            let name = texts::named(&format!("change-{}", place.name), "diff");
            let is_shown = self.person.show_text(&name, &text).is_some();
            let waits = format!("{}: {contract} waits on {}", place.name, names.join(", "));
            said.push(match is_shown {
                true => format!("{waits}."),
                false => format!(
                    "{waits}. This editor shows no document; `blue status` says what it is."
                ),
            });
        }
        Ok((Vec::new(), said.join(" ")))
    }
}

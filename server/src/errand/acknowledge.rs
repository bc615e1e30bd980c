//! `blue.acknowledge`: what `blue ack` does in the same repository.

use blue_ops::Here;
use blue_ops::ack::{Acknowledged, Widening};
use blue_ops::errand::{self, AckAsked};
use blue_ops::sync::Target;
use blue_ops::words;

use super::ask_first::sentences;
use super::{End, Scene};

impl Scene {
    pub(super) fn acknowledge(&self, here: &Here) -> Result<(Vec<String>, String), End> {
        self.realms_are_there(here)?;
        self.save_first(&here.root)?;
        let asked = AckAsked {
            contract: self.about.contract.clone(),
            anyway: None,
            widening: Widening::Allowed,
        };
        let repo = here.repo.as_deref().unwrap_or_default();
        let (mut realms, mut said) = (Vec::new(), Vec::new());
        for place in self.places(here)? {
            let in_words = |said: &Vec<Acknowledged>| told(said, repo, Target::Nowhere);
            let came = self.ask_first(here, place, &in_words, &mut |realm, ask| {
                errand::acknowledge(realm, here, &asked, ask)
            })?;
            realms.push(place.name.clone());
            let mut lines = told(&came.done, repo, Target::Remote);
            let on_a_sync = came.done.iter().any(|it| it.on.is_some());
            match (came.moved.is_empty(), lines.is_empty()) {
                (true, true) if came.done.is_empty() => {
                    let what = match &self.about.contract {
                        Some(contract) => format!("no {contract}"),
                        None => "nothing".to_owned(),
                    };
                    lines.push(format!("{repo} imports {what} from {}", place.name));
                }
                (true, true) => {
                    lines.push(format!(
                        "{}: {repo} follows all that it imports",
                        place.name
                    ));
                }
                (false, _) if on_a_sync => {
                    let next = "Whoever syncs next merges it when the rule says so";
                    lines.push(next.to_owned());
                }
                _ => {}
            }
            said.push(sentences(&lines));
        }
        Ok((realms, said.join(" ")))
    }
}

fn told(said: &[Acknowledged], repo: &str, target: Target) -> Vec<String> {
    let lines = said
        .iter()
        .filter_map(|said| words::word(said, repo, target));
    lines.map(|line| line.text).collect()
}

//! `blue.sync`: what `blue realm sync` does in the same repository.

use blue_ops::errand::{self, SyncAsked, Synced};
use blue_ops::sync::{Target, Wish};
use blue_ops::{ExportedCode, Here, words};

use super::ask_first::sentences;
use super::{End, Scene};

impl Scene {
    pub(super) fn sync(&self, here: &Here) -> Result<(Vec<String>, String), End> {
        self.realms_are_there(here)?;
        self.save_first(&here.root)?;
        let asked = SyncAsked {
            wish: Wish {
                contract: self.about.contract.clone(),
                ..Wish::default()
            },
            ..SyncAsked::default()
        };
        let repo = here.repo.as_deref().unwrap_or_default();
        // Read once: what is pushed is what was shown, whatever is typed meanwhile.
        let mut code: Option<ExportedCode> = None;
        let (mut realms, mut said) = (Vec::new(), Vec::new());
        for place in self.places(here)? {
            let in_words = |done: &Synced| planned(done, repo);
            let came = self.ask_first(here, place, &in_words, &mut |realm, ask| {
                errand::sync(realm, here, &asked, &mut code, ask)
            })?;
            realms.push(place.name.clone());
            said.push(sentences(&told(&came.done, repo)));
        }
        Ok((realms, said.join(" ")))
    }
}

/// What is going to be written.
fn planned(done: &Synced, repo: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for branch in &done.branches {
        if branch.is_taken_away() {
            let words = words::fate(branch, &done.realm, done.target);
            lines.push(format!("{}: {words}", branch.branch));
        }
        lines.extend(branch.planned.iter().flat_map(words::contract));
    }
    let is_new = !done.branches.is_empty();
    let source = done
        .source
        .as_ref()
        .filter(|source| is_new && !source.is_committed);
    lines.extend(source.map(|_| "The code is not committed yet, and the sync says so".to_owned()));
    lines.extend(rest(done, repo, Target::Nowhere));
    lines
}

/// What was written, and what comes next.
fn told(done: &Synced, repo: &str) -> Vec<String> {
    if done.is_nothing() {
        let words = format!(
            "{}: nothing to do, {repo}'s code says what the realm says",
            done.realm
        );
        let notes = done.notes.iter().cloned();
        return std::iter::once(words).chain(notes).collect();
    }
    let mut lines: Vec<String> = Vec::new();
    for branch in &done.branches {
        let words = words::fate(branch, &done.realm, done.target);
        let versions = branch.planned.iter().filter_map(|planned| {
            let lines = words::contract(planned);
            lines.into_iter().next()
        });
        let versions: Vec<String> = versions.collect();
        lines.push(match versions.is_empty() {
            true => format!("{}: {words}", branch.branch),
            false => format!(
                "{} on {}: {words}",
                blue_realm::listed(&versions),
                branch.branch
            ),
        });
    }
    lines.extend(rest(done, repo, done.target));
    lines
}

/// What a sync does beside what is exported, or would do in a rehearsal.
fn rest(done: &Synced, repo: &str, target: Target) -> Vec<String> {
    let said = done.said.iter();
    let said = said.filter_map(|said| words::word(said, repo, target));
    let merging = done.merging.iter();
    let merging = merging.flat_map(|merging| words::merging(merging, &done.main, target));
    let joining = done.joining.iter();
    let joining = joining.flat_map(|joining| words::joining(joining, &done.main, target));
    let held_back = words::held_back(&done.held_back).into_iter();
    let lines = held_back.chain(said).chain(merging).chain(joining);
    let lines = lines.map(|line| line.text);
    let untaken = done.untaken.iter().cloned();
    lines.chain(untaken).chain(done.notes.clone()).collect()
}

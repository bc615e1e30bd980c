//! What stands between a person's wish and a push: the verb is rehearsed, what it would write is shown and
//! agreed to, and only what was agreed to is done.

use std::path::Path;

use blue_git::Rewrites;
use blue_ops::moved_branches;
use blue_ops::{Actor, Ask, Error, Freshness, Here, MovedBranch, OpenRealm, RealmAt, RealmPlace};

use super::{End, Scene, texts};

/// What agrees to a push.
const PUSH: &str = "Push";
/// What does not.
const NOTHING: &str = "Do not push";
/// What has buffers saved first.
const SAVE: &str = "Save first";
/// What goes on without what is not saved.
const GO_ON: &str = "Go on without it";
/// The same of several.
const GO_ON_WITHOUT_THEM: &str = "Go on without them";

/// What a text says of itself before it is agreed to.
const BEFORE: &str = "nothing of this is pushed before you agree to it";

/// More files than this are counted, not named.
const NAMED: usize = 3;

/// A verb in a realm that is open.
pub(super) type Steps<'a, T> = dyn FnMut(&mut OpenRealm, &mut Ask<'_>) -> Result<T, Error> + 'a;

/// What a verb came to.
pub(super) struct Came<T> {
    /// What it says it did, or would do where nothing has to be pushed for it.
    pub(super) done: T,
    /// The branches that moved.
    pub(super) moved: Vec<MovedBranch>,
}

impl Scene {
    /// Does something in a realm, once it was agreed to. Where nothing would be pushed, nobody is asked.
    /// Between question and answer nothing is locked: where others wrote meanwhile so that it would be
    /// something else, that is asked about as well.
    pub(super) fn ask_first<T>(
        &self,
        here: &Here,
        place: &RealmPlace,
        in_words: &dyn Fn(&T) -> Vec<String>,
        steps: &mut Steps<'_, T>,
    ) -> Result<Came<T>, End> {
        let by = (&here.actor()?, blue_ops::clock::now());
        let mut agreed: Option<String> = None;
        loop {
            let (realm, rehearsed) = self.rehearsed(by, place, steps)?;
            if rehearsed.moved.is_empty() {
                return Ok(rehearsed);
            }
            let words = in_words(&rehearsed.done);
            let words_and_keys = with_signing(&words, by.0);
            let text = text(self.title(here, place), &words_and_keys, &rehearsed.moved);
            if agreed.as_ref() == Some(&text) {
                let _doing = self.doing.hold();
                let done = self.done(by, realm, steps);
                crate::news::is_told(here, place);
                let came = match &done {
                    Ok(_) => "this was pushed",
                    Err(_) => "this was agreed to, and could not be pushed whole",
                };
                self.person
                    .shows_now(&self.shown_as(here), &told(&text, came));
                return done;
            }
            drop(realm);
            self.agree(here, place, (&words, &text), &rehearsed.moved)?;
            agreed = Some(text);
        }
    }

    fn title(&self, here: &Here, place: &RealmPlace) -> String {
        let repo = here.repo.as_deref().unwrap_or_default();
        format!("Blue: {} {repo} in {}", self.verb.word(), place.name)
    }

    fn rehearsed<T>(
        &self,
        by: (&Actor, i64),
        place: &RealmPlace,
        steps: &mut Steps<'_, T>,
    ) -> Result<(OpenRealm, Came<T>), End> {
        let found = self.asking(by, |ask| {
            let realm = OpenRealm::open(place, Freshness::Fetched, Rewrites::Stop, ask)?;
            let main = realm.tip()?;
            let mut rehearsal = realm.rehearsal()?;
            let done = steps(&mut rehearsal, ask)?;
            let moved = moved_branches(&rehearsal, main)?;
            Ok::<_, Error>((realm, Came { done, moved }))
        });
        Ok(found?)
    }

    fn done<T>(
        &self,
        by: (&Actor, i64),
        mut realm: OpenRealm,
        steps: &mut Steps<'_, T>,
    ) -> Result<Came<T>, End> {
        self.asking(by, |ask| {
            let main = realm.tip()?;
            let outcome = steps(&mut realm, ask);
            let moved = moved_branches(&realm, main)?;
            match outcome {
                Ok(done) => Ok(Came { done, moved }),
                Err(why) if moved.is_empty() => Err(End::from(why)),
                // Each branch is whole; what is left is found again.
                Err(why) => {
                    let names: Vec<&str> = moved.iter().map(|it| &*it.branch).collect();
                    Err(End::Failed {
                        why: format!(
                            "{why}; {} moved in {} before it ended",
                            blue_realm::listed(&names),
                            realm.name
                        ),
                        realms: vec![realm.name.clone()],
                    })
                }
            }
        })
    }

    /// Shows what would be pushed, and asks once.
    fn agree(
        &self,
        here: &Here,
        place: &RealmPlace,
        (words, text): (&[String], &str),
        moved: &[MovedBranch],
    ) -> Result<(), End> {
        self.progress.report("waiting for your answer");
        let name = self.shown_as(here);
        let is_shown = self.person.show_text(&name, text).is_some();
        let branches: Vec<String> = moved.iter().map(in_short).collect();
        let more = match is_shown {
            true => " The whole text is in the document that was opened.",
            false => "",
        };
        let question = format!(
            "Push to {}? {} It moves {}.{more}",
            place.name,
            sentences(words),
            branches.join(", "),
        );
        match self.person.choose(&question, &[PUSH, NOTHING])? {
            Some(answer) if answer == PUSH => Ok(()),
            _ => {
                self.person
                    .shows_now(&name, &told(text, "nothing of this was pushed"));
                Err(End::Declined("you did not agree to the push"))
            }
        }
    }

    /// The name of the text that shows what is to be pushed.
    fn shown_as(&self, here: &Here) -> String {
        let repo = here.repo.as_deref().unwrap_or_default();
        texts::named(&format!("{}-{}", self.verb.word(), file_name(repo)), "diff")
    }

    /// Ends where a realm that has a place of its own is not there, before anything is asked about it.
    pub(super) fn realms_are_there(&self, here: &Here) -> Result<(), End> {
        for place in self.places(here)? {
            if let RealmAt::Path(path) = &place.at
                && !path.is_dir()
            {
                self.reading(|ask| OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, ask))?;
            }
        }
        Ok(())
    }

    /// Says what of the repository is not saved, and has it saved where that is wanted: what is read is on
    /// disk.
    pub(super) fn save_first(&self, root: &Path) -> Result<(), End> {
        let unsaved = self.unsaved(root);
        if unsaved.is_empty() {
            return Ok(());
        }
        let mut names: Vec<String> = unsaved.iter().map(|(name, _)| name.clone()).collect();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        let (verb, go_on) = match unsaved.len() {
            1 => ("has", GO_ON),
            _ => ("have", GO_ON_WITHOUT_THEM),
        };
        let question = format!(
            "{} {verb} edits that are not saved, and Blue reads what is on disk.",
            names.join(", ")
        );
        let answers: &[&str] = match self.person.can_save() {
            true => &[SAVE, go_on],
            false => &[go_on],
        };
        match self.person.choose(&question, answers)?.as_deref() {
            Some(GO_ON | GO_ON_WITHOUT_THEM) => Ok(()),
            Some(SAVE) => {
                let uris = unsaved.into_iter().map(|(_, uri)| uri).collect();
                match self.person.save(uris) {
                    true => Ok(()),
                    false => Err(End::Declined("the editor could not save everything")),
                }
            }
            _ => Err(End::Declined("there are edits that are not saved")),
        }
    }

    /// The open files of a repository that say something else than the disk, by their names in it.
    fn unsaved(&self, root: &Path) -> Vec<(String, tower_lsp::lsp_types::Url)> {
        let mut unsaved = Vec::new();
        for buffer in &self.buffers {
            let Ok(inside) = buffer.path.strip_prefix(root) else {
                continue;
            };
            let on_disk = std::fs::read(&buffer.path).unwrap_or_default();
            if on_disk != buffer.text.as_bytes() {
                unsaved.push((inside.display().to_string(), buffer.uri.clone()));
            }
        }
        unsaved.sort();
        unsaved
    }
}

/// A branch that moves, in a few words.
fn in_short(moved: &MovedBranch) -> String {
    match (moved.goes, moved.is_new) {
        (true, _) => format!("{} (taken away)", moved.branch),
        (_, true) => format!("{} (new)", moved.branch),
        _ => moved.branch.clone(),
    }
}

/// What is said, and what signs it: a rehearsal signs nothing.
fn with_signing(words: &[String], actor: &Actor) -> Vec<String> {
    let mut words = words.to_vec();
    words.extend(blue_ops::words::signed_with(actor));
    words
}

/// A text with what came of it.
fn told(text: &str, came: &str) -> String {
    text.replacen(BEFORE, came, 1)
}

/// All that is to be written: the branches, the commits' messages, the lines.
fn text(title: String, words: &[String], moved: &[MovedBranch]) -> String {
    let mut text = format!("{title}: {BEFORE}.\n\n");
    for line in words {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(&branches_in_full(moved));
    text
}

/// The commits' messages and the lines of each branch.
pub(super) fn branches_in_full(moved: &[MovedBranch]) -> String {
    let mut text = String::new();
    for one in moved {
        text.push_str(&format!("\n=== {}\n", in_short(one)));
        for commit in &one.commits {
            text.push('\n');
            for line in commit.message.trim_end().lines() {
                text.push_str(&format!("    {line}\n"));
            }
        }
        if !one.diff.is_empty() {
            text.push('\n');
            text.push_str(&one.diff);
        }
    }
    text
}

/// Lines as one paragraph: a message of an editor has no lines.
pub(super) fn sentences(lines: &[String]) -> String {
    let mut said = String::new();
    for line in lines {
        let is_part = line.starts_with(' ');
        let line = line.trim();
        match line.chars().next() {
            None => continue,
            // What belongs to the line before.
            Some(_) if is_part => said.push_str(if said.ends_with('.') { " " } else { ", " }),
            Some(_) if said.is_empty() => {}
            Some(_) if said.ends_with('.') => said.push(' '),
            Some(_) => said.push_str(". "),
        }
        said.push_str(line);
    }
    if !said.is_empty() && !said.ends_with(['.', '?', '!']) {
        said.push('.');
    }
    said
}

/// A name as a file has it everywhere.
fn file_name(name: &str) -> String {
    let fits = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
    name.chars()
        .map(|it| if fits(it) { it } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_paragraph() {
        let lines = [
            "s3-permissions 1.4.0 → 1.5.0 (compatible)",
            "  + write: jobs/*/log.txt",
            "  - read: a",
            "  affects fungal-image-analysis in infra/stack.py",
            "",
        ];
        let lines: Vec<String> = lines.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(
            sentences(&lines),
            "s3-permissions 1.4.0 → 1.5.0 (compatible), + write: jobs/*/log.txt, - read: a, affects \
             fungal-image-analysis in infra/stack.py."
        );
        assert_eq!(sentences(&[]), "");
        assert_eq!(file_name("fungal/../x y"), "fungal----x-y");
    }
}

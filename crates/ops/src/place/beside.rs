//! What is kept beside a realm's clone, in its git directory, of what no commit says: the syncs that were withdrawn here,
//! and that the remote's history was written anew. All of it may be lost: then something is told once more, or left to
//! people.

use blue_git::CommitId;

use super::{Mode, OpenRealm};
use crate::error::Error;

/// The file, beside a clone's objects, of a history that was found to be written anew.
const REWRITTEN: &str = "blue-rewritten";

/// The file, beside a clone's objects, of where the branch of record was before that was taken over.
const REWRITTEN_FROM: &str = "blue-rewritten-from";

/// So many times back nothing waits any more.
const MAX_REWRITTEN: usize = 10;

/// In the git directory of a clone: the syncs that were withdrawn here, a branch and its commit a line.
const WITHDRAWN: &str = "blue-withdrawn";

/// Who was not told of it after so many more never was here.
const MAX_WITHDRAWN: usize = 100;

/// As a shell takes a word that may be anybody's.
fn quoted(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-:@".contains(it);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

impl OpenRealm {
    /// What takes a branch away that everybody sees, for a shell: in the realm's checkout, where there is one.
    pub(crate) fn taking_away(&self, branch: &str) -> String {
        let branch = quoted(branch);
        match (&self.remote, self.checkout()) {
            (None, _) => format!("git branch -D {branch}"),
            (Some(remote), Some(_)) => format!("git push {} --delete {branch}", quoted(remote)),
            (Some(_), None) => format!("git push {} --delete {branch}", quoted(&self.address())),
        }
    }

    /// Says on this machine that its own exporter withdraws a sync, so that nobody here is told of a refusal. It is
    /// written before the branch goes; what cannot be written is told, which does no harm.
    pub(crate) fn withdraws(&self, branch: &str, tip: CommitId) {
        if self.mode == Mode::Rehearsal {
            return;
        }
        let mut lines = self.withdrawn();
        let line = format!("{branch} {tip}");
        if !lines.contains(&line) {
            lines.push(line);
        }
        let old = lines.len().saturating_sub(MAX_WITHDRAWN);
        let text = lines[old..].join("\n") + "\n";
        let _ = std::fs::write(self.repository.common_dir().join(WITHDRAWN), text);
    }

    /// Whether a branch was withdrawn here.
    pub(crate) fn has_withdrawn(&self, branch: &str, tip: &str) -> bool {
        let line = format!("{branch} {tip}");
        self.withdrawn().contains(&line)
    }

    fn withdrawn(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.repository.common_dir().join(WITHDRAWN));
        let text = text.unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Keeps that the remote's history was written anew, until a fetch takes it over or finds it mended: whoever fetches
    /// nothing could not tell. What cannot be written is told by the next fetch again.
    pub(super) fn note_rewritten(&self, why: Option<&Error>) {
        let path = self.repository.common_dir().join(REWRITTEN);
        let _ = match why {
            Some(Error::Git(why @ blue_git::Error::Rewritten { was, .. })) => {
                std::fs::write(path, format!("{was}\n{why}\n"))
            }
            // Nothing was seen.
            Some(_) => Ok(()),
            None => std::fs::remove_file(path),
        };
    }

    /// That the remote's history was found to be written anew, in a sentence; nothing where what was last seen of it is
    /// not the branch of record any more.
    #[must_use]
    pub fn rewritten(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.repository.common_dir().join(REWRITTEN)).ok()?;
        let (was, why) = text.split_once('\n')?;
        let tip = self.tip().ok()?;
        (tip.to_string() == was).then(|| why.trim_end().to_owned())
    }

    /// Keeps where the branch of record was before a history was taken over that was written anew: what was begun there
    /// can be told from what strangers made. What cannot be written is left to people.
    pub(super) fn note_rewritten_from(&self, was: Option<CommitId>) -> Result<(), Error> {
        let Some(was) = was else { return Ok(()) };
        if self.repository.is_ancestor(was, self.tip()?)? {
            return Ok(());
        }
        let mut known = self.rewritten_from();
        if !known.contains(&was) {
            known.push(was);
            let old = known.len().saturating_sub(MAX_REWRITTEN);
            let lines: Vec<String> = known[old..].iter().map(ToString::to_string).collect();
            let path = self.repository.common_dir().join(REWRITTEN_FROM);
            let _ = std::fs::write(path, lines.join("\n") + "\n");
        }
        Ok(())
    }

    /// Where the branch of record was before its history was written anew, as often as that was taken over here.
    pub(crate) fn rewritten_from(&self) -> Vec<CommitId> {
        let text = std::fs::read_to_string(self.repository.common_dir().join(REWRITTEN_FROM));
        let text = text.unwrap_or_default();
        let known = text.lines().filter_map(|line| line.parse().ok());
        let is_here = |commit: &CommitId| self.repository.commit_exists(*commit).unwrap_or(false);
        known.filter(is_here).collect()
    }
}

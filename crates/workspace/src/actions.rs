//! What can be done at a place of a file, as edits of files on disk: the analysis' actions, brought
//! from its roots and paths to those of this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use blue_analysis::{Action, ActionKind, Cancelled, Finding, Place, Run};
use blue_text::Span;

use crate::discover::relative;
use crate::shown::Snapshot;
use crate::workspace::{RepoState, nearest};

/// One thing a person can do.
#[derive(Debug, Clone)]
pub struct FileAction {
    /// `not-a-site`, `insert-grant`, ….
    pub id: &'static str,
    /// What the editor's menu says.
    pub title: String,
    /// Which menu it is in.
    pub kind: ActionKind,
    /// What it writes; those of one file stand together, in order and without overlap.
    pub edits: Vec<FileEdit>,
    /// What it opens.
    pub opens: Option<FilePlace>,
    /// What it does to a realm.
    pub runs: Option<Run>,
    /// Whether it is what most would do.
    pub is_preferred: bool,
    /// Of the finding that it mends.
    pub fingerprint: Option<String>,
}

/// Other text in a stretch of a file.
#[derive(Debug, Clone)]
pub struct FileEdit {
    /// What goes.
    pub place: FilePlace,
    /// What comes.
    pub new: String,
}

/// A stretch of a file.
#[derive(Debug, Clone)]
pub struct FilePlace {
    /// The file.
    pub path: PathBuf,
    /// The text that the span refers to.
    pub text: Arc<str>,
    /// Bytes of the text.
    pub span: Span,
}

impl Snapshot {
    /// What can be done about the findings at `span` (bytes) of a file, in the order of their places,
    /// and then in the file as a whole.
    ///
    /// # Errors
    /// [`Cancelled`] when the workspace changed meanwhile.
    pub fn actions(&self, path: &Path, span: Span) -> Result<Vec<FileAction>, Cancelled> {
        let mut found: Vec<(Span, FileAction)> = Vec::new();
        let realm = self
            .realms
            .iter()
            .find(|realm| path.starts_with(&realm.root));
        for repo in self.repos.iter() {
            let told = self.asked.findings(repo.key)?;
            for finding in told.findings.iter().chain(&told.at_makers) {
                self.of_finding(Some(repo), finding, (path, span), &mut found)?;
            }
        }
        if let Some(realm) = realm {
            for finding in self.asked.realm_findings(realm.key)?.findings.iter() {
                self.of_finding(None, finding, (path, span), &mut found)?;
            }
        }
        found.sort_by_key(|(span, _)| *span);
        let mut actions: Vec<FileAction> = Vec::new();
        for (_, action) in found {
            // A realm's finding may be one of a repository's that it speaks of, too.
            let is_new = |known: &FileAction| {
                (known.id, &known.title, &known.fingerprint)
                    != (action.id, &action.title, &action.fingerprint)
            };
            if actions.iter().all(is_new) {
                actions.push(action);
            }
        }
        if let Some(repo) = nearest(&self.repos, path)
            && let Some(relative) = relative(path, &repo.root)
        {
            let of_file = self.asked.file_actions(repo.key, &relative)?;
            actions.extend(
                of_file
                    .into_iter()
                    .filter_map(|it| self.placed(Some(repo), it)),
            );
        }
        Ok(actions)
    }

    fn of_finding(
        &self,
        of: Option<&RepoState>,
        finding: &Finding,
        (path, span): (&Path, Span),
        found: &mut Vec<(Span, FileAction)>,
    ) -> Result<(), Cancelled> {
        let sites = finding.sites.iter();
        let places = sites.chain([&finding.place]).chain(&finding.also);
        let is_here = |place: &&Place| {
            let near = place.span.start <= span.end && span.start <= place.span.end;
            near && self.path_in(of, place).as_deref() == Some(path)
        };
        let Some(at) = places.into_iter().find(is_here) else {
            return Ok(());
        };
        let key = of.map(|repo| repo.key);
        for action in self.asked.actions(key, finding, at)? {
            found.extend(self.placed(of, action).map(|action| (at.span, action)));
        }
        Ok(())
    }

    /// An action in files; nothing where it would write into a file that is not on disk as it was
    /// read, and that nobody has open.
    fn placed(&self, of: Option<&RepoState>, action: Action) -> Option<FileAction> {
        let mut edits = Vec::new();
        for edit in &action.edits {
            let place = self.file_place(of, &edit.place)?;
            let is_open = self.open.contains_key(&place.path);
            if !is_open && std::fs::read(&place.path).ok()? != place.text.as_bytes() {
                return None;
            }
            edits.push(FileEdit {
                place,
                new: edit.text.clone(),
            });
        }
        let opens = match &action.opens {
            Some(place) => Some(self.file_place(of, place)?),
            None => None,
        };
        Some(FileAction {
            id: action.id,
            title: action.title,
            kind: action.kind,
            edits,
            opens,
            runs: action.runs,
            is_preferred: action.is_preferred,
            fingerprint: action.fingerprint,
        })
    }

    fn file_place(&self, of: Option<&RepoState>, place: &Place) -> Option<FilePlace> {
        Some(FilePlace {
            path: self.path_in(of, place)?,
            text: self.text_in(of, place)?,
            span: place.span,
        })
    }
}

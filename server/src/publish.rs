//! The one place from which diagnostics go to the client: in order, always with the version of an
//! open document, never twice the same, with what [`flicker`](crate::flicker) says in between.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use blue_text::{Edit, LineIndex, Span};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tower_lsp::Client;
use tower_lsp::lsp_types::notification::Progress;
use tower_lsp::lsp_types::{Diagnostic, ProgressParams, PublishDiagnosticsParams, Url};

use crate::client::uri_of;
use crate::documents::Documents;
use crate::flicker::{QUIET, View, settle, settle_beside};
use crate::handlers::status::StatusChanged;
use crate::to_lsp::{self, Style};
use blue_workspace::{FileDiagnostics, Shown};

/// What was published, by file.
pub(crate) struct Publisher {
    files: HashMap<PathBuf, Published>,
    style: Style,
    out: UnboundedSender<Outgoing>,
    /// Counts the states of the workspace that were published.
    round: u64,
}

/// What the server says unasked, in one line, so that none of it overtakes another.
pub(crate) enum Outgoing {
    Diagnostics(PublishDiagnosticsParams),
    Progress(ProgressParams),
    /// The status may be another.
    StatusChanged,
    /// What is done when all before it is sent.
    Then(Box<dyn FnOnce() + Send>),
}

/// The last state of a file that the client was sent.
struct Published {
    uri: Url,
    version: Option<i32>,
    sent: Vec<Diagnostic>,
    view: View,
    /// The facts that the view came from.
    facts: Facts,
    /// The edits since then.
    edits: Vec<Edit>,
    /// The last of all edits; None when the file was saved after it.
    edited: Option<Instant>,
    /// It was sent in another style than the present one.
    is_restyled: bool,
    /// The last round that had facts of the file.
    round: u64,
    /// It shows what it showed before: a statement of its repository is held in another file.
    waits_beside: bool,
}

#[derive(Clone)]
struct Facts {
    text: Arc<str>,
    items: Vec<Shown>,
    broken: Vec<Span>,
    /// The name of the repository that the file lies in.
    repo: Option<Arc<str>>,
}

impl Facts {
    fn of(file: FileDiagnostics) -> (PathBuf, Facts) {
        let facts = Facts {
            text: file.text,
            items: file.items,
            broken: file.broken,
            repo: file.repo,
        };
        (file.path, facts)
    }
}

impl Publisher {
    pub(crate) fn new(style: Style, out: UnboundedSender<Outgoing>) -> Self {
        Self {
            files: HashMap::new(),
            style,
            out,
            round: 0,
        }
    }

    /// All that is published from now on looks like this.
    pub(crate) fn restyle(&mut self, style: Style) {
        self.style = style;
        for published in self.files.values_mut() {
            published.is_restyled = true;
        }
    }

    pub(crate) fn style(&self) -> &Style {
        &self.style
    }

    /// An open document was edited.
    pub(crate) fn edited(&mut self, path: &Path, edits: &[Edit], now: Instant) {
        if let Some(published) = self.files.get_mut(path) {
            published.edits.extend_from_slice(edits);
            published.edited = Some(now);
        }
    }

    /// A document was opened anew or closed: how its text came to be is unknown.
    pub(crate) fn replaced(&mut self, path: &Path) {
        if let Some(published) = self.files.get_mut(path) {
            published.edits.clear();
            published.edited = None;
        }
    }

    /// A document was saved: what is held goes.
    pub(crate) fn saved(&mut self, path: &Path, documents: &Documents, now: Instant) {
        if let Some(published) = self.files.get_mut(path) {
            published.edited = None;
        }
        self.expire(documents, now);
    }

    /// When [`expire`](Self::expire) has to be called next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let waiting = self.files.values().filter(|file| file.waits());
        waiting.filter_map(|file| Some(file.edited? + QUIET)).min()
    }

    /// Publishes the facts of what was held and is quiet now, and of what waited for it in other files.
    pub(crate) fn expire(&mut self, documents: &Documents, now: Instant) {
        let quiet = |file: &Published| file.waits() && file.is_quiet(now);
        for (path, facts) in self.facts_of(quiet) {
            self.publish(path, facts, &BTreeSet::new(), documents, now);
        }
        let holding = self.holding();
        let is_free = |file: &Published| file.waits_beside && !file.is_of(&holding);
        for (path, facts) in self.facts_of(is_free) {
            self.publish(path, facts, &holding, documents, now);
        }
    }

    fn facts_of(&self, is_meant: impl Fn(&Published) -> bool) -> Vec<(PathBuf, Facts)> {
        let meant = self.files.iter().filter(|(_, file)| is_meant(file));
        meant
            .map(|(path, file)| (path.clone(), file.facts.clone()))
            .collect()
    }

    /// The repositories of which a statement is held.
    fn holding(&self) -> BTreeSet<Arc<str>> {
        let holding = self.files.values().filter(|it| !it.view.held.is_empty());
        holding.filter_map(|it| it.facts.repo.clone()).collect()
    }

    /// Publishes the findings of a state of the workspace: of all files, and of the present texts.
    pub(crate) fn publish_all(
        &mut self,
        files: Vec<FileDiagnostics>,
        documents: &Documents,
        now: Instant,
    ) {
        self.round += 1;
        let is_typed_in = |file: &FileDiagnostics| {
            let before = self.files.get(&file.path);
            before.is_some_and(|before| !before.is_quiet(now))
        };
        // What is typed in first: the others may have to wait for it.
        let (typed_in, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_typed_in);
        for (path, facts) in typed_in.into_iter().map(Facts::of) {
            self.publish(path, facts, &BTreeSet::new(), documents, now);
        }
        // What is not there any more holds nothing.
        let round = self.round;
        for file in self.files.values_mut().filter(|it| it.round != round) {
            file.view.held.clear();
        }
        let holding = self.holding();
        for (path, facts) in others.into_iter().map(Facts::of) {
            self.publish(path, facts, &holding, documents, now);
        }
        for (path, mut facts) in self.facts_of(|file| file.round != round) {
            // It has nothing to say by now, which may come of what is held.
            let waits = facts.repo.as_ref().is_some_and(|it| holding.contains(it));
            if waits && documents.get(&path).is_none() {
                facts.items.clear();
                self.publish(path, facts, &holding, documents, now);
            } else {
                self.withdraw(&path, documents);
            }
        }
    }

    /// `holding`: the repositories of which a statement is held in another file.
    fn publish(
        &mut self,
        path: PathBuf,
        facts: Facts,
        holding: &BTreeSet<Arc<str>>,
        documents: &Documents,
        now: Instant,
    ) {
        let document = documents.get(&path);
        let version = document.map(|document| document.version);
        if let Some(before) = self.files.get_mut(&path) {
            before.round = self.round;
        }
        let before = self.files.get(&path);
        if before.is_some_and(|before| before.is_same(version, &facts)) {
            return;
        }
        let held_beside = facts.repo.clone().filter(|repo| holding.contains(repo));
        // A text that became another, or was opened just now, shows what is so.
        let is_still =
            |before: &Published| before.edits.is_empty() && before.facts.text == facts.text;
        let held_beside = held_beside.filter(|_| before.map_or(document.is_none(), is_still));
        if before.is_none() && document.is_none() && facts.items.is_empty() && held_beside.is_none()
        {
            return;
        }
        let view = match (before, &held_beside) {
            (before, Some(repo)) => {
                let shown = before.map_or(&[][..], |before| &before.view.items);
                settle_beside(shown, &facts.items, repo)
            }
            (Some(before), None) if document.is_some() && !before.is_quiet(now) => {
                settle(&before.view, &before.edits, &facts.items, &facts.broken)
            }
            _ => View {
                items: facts.items.clone(),
                held: Vec::new(),
            },
        };
        let uri = document.map(|document| document.uri.clone());
        let Some(uri) = uri.or_else(|| uri_of(&path)) else {
            return; // No URI can name it (a path that is not absolute).
        };
        let sent = self.diagnostics(&view, &facts.text, documents);
        let is_new = match before {
            Some(before) => before.version != version || before.sent != sent,
            None => document.is_some() || !sent.is_empty(),
        };
        if is_new {
            self.send(uri.clone(), sent.clone(), version);
        }
        if document.is_none() && sent.is_empty() && held_beside.is_none() {
            self.files.remove(&path);
            return;
        }
        let published = Published {
            uri,
            version,
            sent,
            view,
            facts,
            edits: Vec::new(),
            edited: before.and_then(|before| before.edited),
            is_restyled: false,
            round: self.round,
            waits_beside: held_beside.is_some(),
        };
        self.files.insert(path, published);
    }

    /// A file that is no part of the workspace any more shows nothing.
    fn withdraw(&mut self, path: &Path, documents: &Documents) {
        let Some(published) = self.files.remove(path) else {
            return;
        };
        let version = documents.get(path).map(|document| document.version);
        if published.sent.is_empty() && published.version.is_none() {
            return;
        }
        self.send(published.uri, Vec::new(), version);
    }

    fn send(&self, uri: Url, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let message = PublishDiagnosticsParams::new(uri, diagnostics, version);
        // Fails when the runtime has ended, and with it the process.
        let _ = self.out.send(Outgoing::Diagnostics(message));
    }

    fn diagnostics(&self, view: &View, text: &str, documents: &Documents) -> Vec<Diagnostic> {
        let spelled = |path: &Path| match documents.get(path) {
            Some(document) => Some(document.uri.clone()),
            None => uri_of(path),
        };
        if view.items.is_empty() {
            return Vec::new();
        }
        let lines = LineIndex::new(text);
        let mut items: Vec<&Shown> = view.items.iter().collect();
        items.sort_by_key(|item| (item.span, item.finding.code));
        let items = items.into_iter();
        items
            .map(|item| to_lsp::diagnostic(item, (&lines, text), &self.style, &spelled))
            .collect()
    }
}

impl Published {
    /// True if something is held and only time will change it: no newer text waits for its facts.
    fn waits(&self) -> bool {
        !self.view.held.is_empty() && self.edits.is_empty()
    }

    fn is_of(&self, repos: &BTreeSet<Arc<str>>) -> bool {
        let repo = self.facts.repo.as_ref();
        repo.is_some_and(|repo| repos.contains(repo))
    }

    fn is_quiet(&self, now: Instant) -> bool {
        self.edited.is_none_or(|edited| now >= edited + QUIET)
    }

    /// True if publishing these facts would send what was sent. Cheap: it spares the conversion of
    /// every closed file at every keystroke.
    fn is_same(&self, version: Option<i32>, facts: &Facts) -> bool {
        let same = |(a, b): (&Shown, &Shown)| {
            a.span == b.span
                && (Arc::ptr_eq(&a.finding, &b.finding) || a.finding == b.finding)
                && a.related.len() == b.related.len()
                && a.related.iter().zip(&b.related).all(|(a, b)| {
                    (&a.path, a.span, &a.message) == (&b.path, b.span, &b.message)
                        && (Arc::ptr_eq(&a.text, &b.text) || a.text == b.text)
                })
        };
        self.view.held.is_empty()
            && !self.waits_beside
            && !self.is_restyled
            && self.version == version
            && self.edits.is_empty()
            && (Arc::ptr_eq(&self.facts.text, &facts.text) || self.facts.text == facts.text)
            && self.facts.items.len() == facts.items.len()
            && self.facts.items.iter().zip(&facts.items).all(same)
    }
}

/// Sends all of it. While the client does not read, only the last state of each file is kept for it.
pub(crate) async fn send_all(mut outgoing: UnboundedReceiver<Outgoing>, client: Client) {
    while let Some(first) = outgoing.recv().await {
        let mut waiting = vec![first];
        while let Ok(next) = outgoing.try_recv() {
            waiting.retain(|earlier| !is_superseded(earlier, &next));
            waiting.push(next);
        }
        for message in waiting {
            match message {
                Outgoing::Diagnostics(it) => {
                    client
                        .publish_diagnostics(it.uri, it.diagnostics, it.version)
                        .await;
                }
                Outgoing::Progress(it) => client.send_notification::<Progress>(it).await,
                Outgoing::StatusChanged => client.send_notification::<StatusChanged>(()).await,
                Outgoing::Then(done) => done(),
            }
        }
    }
}

/// True if both say what one file's diagnostics are.
fn is_superseded(earlier: &Outgoing, later: &Outgoing) -> bool {
    match (earlier, later) {
        (Outgoing::Diagnostics(earlier), Outgoing::Diagnostics(later)) => earlier.uri == later.uri,
        _ => false,
    }
}

#[cfg(test)]
mod tests;

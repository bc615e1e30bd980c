//! A change of a realm before it is one: texts over the realm of record, held against its rules
//! before a byte is written (`git-and-forges.md`, sync, 4).

use std::collections::BTreeMap;

use blue_git::FileChange;
use blue_realm::proposal::{Author, Proposal, problems};
use blue_realm::{Date, FileKind, ProblemCode, Realm, Text, classify, parse_file};

use crate::error::Error;

/// The new text of a file of a realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// Relative to the realm's root, with `/`.
    pub path: String,
    /// What it said, where it is none of the format's: these are in no realm that is read.
    pub was: Option<String>,
    /// All of it; nothing: the file goes.
    pub text: Option<String>,
}

/// A change of a realm.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// What it changes.
    pub base: Realm,
    /// What it makes of it.
    pub realm: Realm,
    /// The files that differ, by path.
    pub files: Vec<FileText>,
    /// Whether it may break importers.
    pub breaks: Breaks,
}

/// Whether a change may take away what others import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Breaks {
    /// It is refused then.
    #[default]
    Refused,
    /// Whoever asks for it was told whom it breaks, and insists.
    Meant,
}

impl Proposed {
    /// Nothing changed yet.
    #[must_use]
    pub fn of(base: &Realm) -> Proposed {
        Proposed {
            base: base.clone(),
            realm: base.clone(),
            files: Vec::new(),
            breaks: Breaks::default(),
        }
    }

    /// The text of a file as it stands now.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.realm.file(path).map(|file| &*file.text)
    }

    /// Gives a file another text.
    pub fn write(&mut self, path: &str, text: String) {
        self.realm = self.realm.with_file(parse_file(path, text.as_bytes()));
        self.put(path, Some(text));
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: &str) {
        self.realm = self.realm.without_file(path);
        self.put(path, None);
    }

    fn put(&mut self, path: &str, text: Option<String>) {
        self.files.retain(|file| file.path != path);
        let was = self.base.file(path).map(|file| &*file.text);
        if was != text.as_deref() {
            let path = path.to_owned();
            let was = None;
            self.files.push(FileText { path, was, text });
        }
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// As changes of a repository whose root is the realm's.
    #[must_use]
    pub fn changes(&self) -> Vec<FileChange> {
        let files = self.files.iter().map(|file| FileChange {
            path: file.path.clone(),
            content: file.text.as_ref().map(|text| text.clone().into_bytes()),
        });
        files.collect()
    }

    /// Holds it against the realm's own rules: who may change what, versions, what was released, and
    /// what is wrong with the files that it changes.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for what is another's; [`Error::Wrong`] for the rest.
    pub fn judge(&self, author: &Author, today: Date) -> Result<(), Error> {
        let authors = self.files.iter();
        let authors: BTreeMap<Text, Vec<Author>> = authors
            .map(|file| (file.path.as_str().into(), vec![author.clone()]))
            .collect();
        let found = problems(&Proposal {
            base: &self.base,
            proposed: &self.realm,
            authors: &authors,
            today: Some(today),
        });
        let (not_theirs, wrong): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|(_, problem)| problem.code == ProblemCode::NotOwner);
        if !not_theirs.is_empty() {
            // A version's file goes with its contract.
            let is_release = |path: &str| matches!(classify(path), Some(FileKind::Release { .. }));
            let said = not_theirs.into_iter().filter(|(path, _)| !is_release(path));
            let said = said.map(|(_, problem)| not_done(&problem.message));
            return Err(Error::NotAllowed(said.collect()));
        }
        let is_meant = |problem: &blue_realm::Problem| {
            self.breaks == Breaks::Meant && problem.code == ProblemCode::ExportBreaking
        };
        let mut said: Vec<String> = wrong
            .into_iter()
            .filter(|(_, problem)| !is_meant(problem))
            .map(|(path, problem)| format!("{path}: {}", problem.message))
            .collect();
        for file in self.files.iter().filter(|file| file.text.is_some()) {
            let is_new = |problem: &blue_realm::Problem| {
                let was = self.base.problems_of(&file.path, Some(today));
                was.iter().all(|was| was.message != problem.message)
            };
            let found = self.realm.problems_of(&file.path, Some(today));
            let found = found
                .into_iter()
                .filter(|it| is_error(it.code) && is_new(it));
            said.extend(found.map(|problem| format!("{}: {}", file.path, problem.message)));
        }
        said.extend(self.new_cycles(today));
        match said.is_empty() {
            true => Ok(()),
            false => Err(Error::Wrong(said)),
        }
    }

    /// The circles that the change closes. One is told at one of its bindings, which may be another than the one that
    /// closes it: all are looked at.
    fn new_cycles(&self, today: Date) -> Vec<String> {
        let of = |realm: &Realm| -> Vec<(String, String)> {
            let files = realm.files().filter(|file| {
                matches!(classify(&file.path), Some(FileKind::Binding { .. }))
                    && !self.files.iter().any(|own| *own.path == *file.path)
            });
            let found = files.flat_map(|file| {
                let problems = realm.problems_of(&file.path, Some(today)).into_iter();
                let cycles = problems.filter(|it| it.code == ProblemCode::Cycle);
                cycles.map(|it| (file.path.to_string(), it.message.to_string()))
            });
            found.collect()
        };
        let now = of(&self.realm);
        if now.is_empty() {
            return Vec::new();
        }
        let was = of(&self.base);
        let is_new = |said: &String| was.iter().all(|(_, was)| was != said);
        let new = now.into_iter().filter(|(_, said)| is_new(said));
        new.map(|(path, said)| format!("{path}: {said}")).collect()
    }

    /// The change as people read it: a unified diff of each file.
    #[must_use]
    pub fn diff(&self) -> String {
        let mut diff = String::new();
        for file in &self.files {
            let old = self.base.file(&file.path).map(|file| &*file.text);
            let old = old.or(file.was.as_deref());
            diff.push_str(&diff_of(&file.path, old, file.text.as_deref()));
        }
        diff
    }
}

/// What is said of a change, where it was never made.
fn not_done(message: &str) -> String {
    let mut said = message.replace(", not committed yet", "");
    for done in [" was changed by ", " was made by ", " was taken away by "] {
        said = said.replacen(done, &done.replacen("was", "would be", 1), 1);
    }
    said
}

/// A unified diff of a file; nothing on a side where it is not there.
#[must_use]
pub fn diff_of(path: &str, old: Option<&str>, new: Option<&str>) -> String {
    let name = |side: &str, is_there: bool| match is_there {
        true => format!("{side}/{path}"),
        false => "/dev/null".to_owned(),
    };
    let (from, to) = (name("a", old.is_some()), name("b", new.is_some()));
    let compared = similar::TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
    let mut shown = compared.unified_diff();
    shown.context_radius(2).header(&from, &to).to_string()
}

/// Whether a problem is one that nobody may bring into a realm.
pub(crate) fn is_error(code: ProblemCode) -> bool {
    use blue_analysis::{Code, Severity};
    Code::parse(code.as_str()).is_some_and(|code| code.default_severity() == Severity::Error)
}

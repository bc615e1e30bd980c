//! Sites of which nothing is known: what is said of them, and what is not while somebody types.
//!
//! A helper's site is known by its callers, and a key by the constant that it is. While one of these is half typed, nothing
//! leads there any more, and there is nothing to be done about it where the site stands.

use std::sync::Arc;

use crate::absence::{baseline, files_of};
use crate::contract::{ExportModel, exports};
use crate::db::{Db, FileTree, RepoInput, SourceFile, poll};
use crate::draft::Draft;
use crate::drift::Subject;
use crate::export::not_a_site;
use crate::finding::Code;
use crate::sites::{Detected, Seen, share_out};
use crate::whole::{half, is_same_text, may_be_half};

/// What is said of the sites of a contract of which nothing is known.
pub(crate) fn opaque_findings(subject: Subject<'_>) -> Vec<Draft> {
    let Subject {
        db,
        repo,
        model,
        now,
        ..
    } = subject;
    let mut opaque: Vec<&(Arc<str>, Seen)> = now.opaque.iter().collect();
    if !opaque.is_empty()
        && let Some((_, older)) = baseline(db, repo, model)
        && may_be_half(db, repo.tree(db), older)
        && let Some(then) = Then::of(db, repo, model, older)
    {
        opaque.retain(|(field, seen)| !then.was_known(field, seen));
    }
    let drafts = opaque.into_iter();
    drafts
        .map(|(field, seen)| opaque_site(model, field, seen))
        .collect()
}

/// An older state of the code, beside the present one.
struct Then<'db> {
    db: &'db dyn Db,
    now: FileTree,
    older: FileTree,
    said: Arc<crate::sites::Shares>,
    index: usize,
}

impl<'db> Then<'db> {
    fn of(
        db: &'db dyn Db,
        repo: RepoInput,
        model: &ExportModel,
        older: FileTree,
    ) -> Option<Then<'db>> {
        let models = exports(db, repo);
        let mut all = models.iter();
        let index = all.position(|other| std::ptr::eq(&**other, model))?;
        Some(Then {
            db,
            now: repo.tree(db),
            older,
            said: share_out(db, repo, older),
            index,
        })
    }

    fn said(&self) -> Option<&Detected> {
        self.said.detected.get(self.index)
    }

    /// Whether it was known what a site of a field says, or nothing was told of it, by code that is not said whole now.
    fn was_known(&self, field: &str, seen: &Seen) -> bool {
        poll(self.db);
        let Some(said) = self.said() else {
            return false;
        };
        let mut opaque = said.opaque.iter();
        if opaque.any(|(of, then)| **of == *field && self.is_same(then, seen)) {
            return false;
        }
        let led_there = said.of_field(field).filter_map(|then| {
            let files = files_of(self.db, self.older, std::slice::from_ref(then));
            files.contains(&seen.path).then_some(files)
        });
        let mut files: Vec<Arc<str>> = led_there.flatten().collect();
        files.sort();
        files.dedup();
        half(self.db, self.now, Some(self.older), &files).is_some()
    }

    /// Whether a site of then is that of now: the same characters, of one file.
    fn is_same(&self, then: &Seen, now: &Seen) -> bool {
        let file = |tree: FileTree, path: &str| Some(tree.files(self.db).at(path)?.1);
        let text = |file: SourceFile| file.content(self.db).as_text();
        let files = file(self.older, &then.path).zip(file(self.now, &now.path));
        let Some((older, newer)) = files.filter(|_| then.path == now.path) else {
            return false;
        };
        match is_same_text(self.db, older, newer) {
            true => then.site.span == now.site.span,
            false => {
                let said =
                    |file, seen: &Seen| text(file).and_then(|it| seen.site.statement.slice(it));
                said(older, then) == said(newer, now)
            }
        }
    }
}

fn opaque_site(model: &ExportModel, field: &str, seen: &Seen) -> Draft {
    let why = seen.site.opaque.as_ref().map(ToString::to_string);
    let what = match &seen.by {
        Some(what) => what.to_string(),
        None => format!("what this {}s", seen.site.op.as_str()),
    };
    let draft = Draft::new(Code::ExportOpaque, seen.place())
        .message(format!(
            "{what} cannot be known from the code: it comes from {}; {} is judged without it",
            why.unwrap_or_default(),
            model.contract.name,
        ))
        .about(model)
        .subject(field, &seen.site.pattern.to_string())
        .fix(
            "state-value",
            "State the value in a comment: `blue: value FIELD PATTERN`".to_owned(),
        );
    not_a_site(draft)
}

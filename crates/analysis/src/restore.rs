//! Puts back what the code had: the lines in which a value stood that is gone, as the baseline has them.
//!
//! Only lines that differ from the baseline are put back. Where the line of a value is as it was, something else made it
//! another value (a constant in another file, say), and which change that was is for a person to see.

use blue_text::Span;

use crate::absence::before;
use crate::contract::{ExportModel, exports};
use crate::db::{Db, RepoInput};
use crate::finding::{Finding, Place, TextEdit};
use crate::lines::LineMap;

/// The edits that put back, in the file of `at`, every line in which a value stood that the finding says is gone; and what
/// the lines are of, in words (`at HEAD`). Nothing where one of them is not to be had this way.
pub(crate) fn restore(
    db: &dyn Db,
    repo: RepoInput,
    finding: &Finding,
    at: &Place,
) -> Option<(Vec<TextEdit>, String)> {
    let models = exports(db, repo);
    let model = models.iter().find(|model| is_about(finding, model))?;
    let change = finding.change.as_ref()?;
    let (field, text) = (change.field.as_ref()?, change.removed.first()?);
    let mut declared = model.declared.iter();
    let declared = declared.find(|it| *it.field == **field && *it.text == **text)?;
    let (from, tree, seen) = before(db, repo, model, declared)?;
    let text_in = |tree: crate::db::FileTree| {
        let (_, source) = tree.files(db).at(&at.path)?;
        source.content(db).as_text().map(|text| &**text)
    };
    let (old, new) = (text_in(tree)?, text_in(repo.tree(db))?);
    let map = LineMap::new(old, new);
    let mut edits: Vec<(Span, String)> = Vec::new();
    for seen in seen.iter().filter(|seen| *seen.path == *at.path) {
        let (span, lines) = map.undone(seen.site.span)?;
        if !edits.iter().any(|(known, _)| *known == span) {
            edits.push((span, lines));
        }
    }
    if edits.is_empty() {
        return None;
    }
    edits.sort();
    let edits = edits.into_iter().map(|(span, text)| TextEdit {
        place: Place { span, ..at.clone() },
        text,
    });
    Some((edits.collect(), from))
}

fn is_about(finding: &Finding, model: &ExportModel) -> bool {
    finding.realm.as_ref() == Some(&model.realm)
        && finding.domain.as_ref() == Some(&model.domain)
        && finding.contract.as_ref() == Some(&model.contract.name)
}

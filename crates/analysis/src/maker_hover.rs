//! What a constant or a function means that keys are made of: which values of which contracts, and who relies on these.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use blue_detect::FileId;

use crate::changed_parts::definition_at;
use crate::contract::exports;
use crate::db::{Db, RepoInput, poll};
use crate::hover::Hover;
use crate::made_of::parts_of;
use crate::sites::share_out;

/// More values than this are not looked at, and more of one contract are counted.
const MAX_SITES: usize = 4_000;
const NAMED: usize = 12;

/// The hover of a definition that values are made of; nothing for any other.
pub(crate) fn maker_hover(
    db: &dyn Db,
    repo: RepoInput,
    file: FileId,
    offset: u32,
) -> Option<Hover> {
    let tree = repo.tree(db);
    let source = tree.files(db).get(file)?;
    let (name, span) = definition_at(db, source, offset)?;
    let part = (file, name.clone());
    let shares = share_out(db, repo, tree);
    let mut words = String::new();
    let mut left = MAX_SITES;
    for (model, own) in exports(db, repo).iter().zip(&shares.detected) {
        let mut values: BTreeSet<(Arc<str>, String)> = BTreeSet::new();
        for ((field, pattern), seen) in &own.values {
            poll(db);
            let of_it = seen.iter().take(left).any(|seen| {
                left = left.saturating_sub(1);
                seen.by.is_none() && parts_of(db, tree, &seen.path, &seen.site).contains(&part)
            });
            if of_it {
                values.insert((field.clone(), pattern.to_string()));
            }
        }
        if values.is_empty() {
            continue;
        }
        let version = model
            .version()
            .map_or("not released yet".to_owned(), ToString::to_string);
        let contract = &model.contract.name;
        let _ = write!(words, "\n**{contract}** {version} · {}\n", model.domain);
        for (field, value) in values.iter().take(NAMED) {
            let _ = write!(words, "\n- {field} `{value}`");
        }
        match values.len().saturating_sub(NAMED) {
            0 => {}
            more => {
                let _ = write!(words, "\n- {more} more");
            }
        }
        words.push('\n');
        for importer in &model.importers {
            let _ = write!(words, "\n- used by {}", importer.named());
        }
        if model.importers.is_empty() {
            words.push_str("\nNobody imports it yet.");
        }
        words.push('\n');
    }
    let markdown = format!("`{name}`: values are made of it\n{words}");
    (!words.is_empty()).then_some(Hover { markdown, span })
}

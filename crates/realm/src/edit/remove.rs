//! Taking out an entry or an item, with its line.

use blue_text::TextEdit;
use serde_json::{Value, json};
use tree_sitter::Node;

use super::write::children;
use super::{Draft, EditError, descendant_mut};
use crate::spans::Step;
use crate::yaml::Yaml;

impl Draft<'_> {
    /// What stands at `at` goes; `route` is for the error.
    pub(super) fn removed(
        &self,
        route: &[Step<'_>],
        at: &[usize],
    ) -> Result<Vec<TextEdit>, EditError> {
        let Some((last, parent)) = at.split_last() else {
            return Err(self.entangled(route));
        };
        let mut expected = self.root.clone();
        let empty = match descendant_mut(&mut expected, parent) {
            Some(Yaml::List(items)) if *last < items.len() => {
                items.remove(*last);
                items.is_empty().then(|| json!([]))
            }
            Some(Yaml::Map(entries)) if *last < entries.len() => {
                entries.remove(*last);
                entries.is_empty().then(|| json!({}))
            }
            _ => return Err(self.entangled(route)),
        };
        let edits = match empty {
            Some(empty) => self.emptied(parent, &empty),
            None => self.cut(parent, *last),
        };
        self.settle(route, edits, &expected)
    }

    fn emptied(&self, parent: &[usize], empty: &Value) -> Option<Vec<TextEdit>> {
        let node = self.place(parent)?.inner()?;
        match node.kind() {
            "flow_sequence" | "flow_mapping" => {
                let only = *children(node).first()?;
                let inside = node.start_byte() + 1..node.end_byte().checked_sub(1)?;
                // Comments between the brackets stay.
                let bare = self.text.get(inside.clone())?.contains('#');
                let range = if bare { only.byte_range() } else { inside };
                Some(vec![TextEdit::replacement(range, "")])
            }
            _ => self.replaced(parent, empty),
        }
    }

    fn cut(&self, parent: &[usize], ordinal: usize) -> Option<Vec<TextEdit>> {
        let node = self.place(parent)?.inner()?;
        let children = children(node);
        let target = *children.get(ordinal)?;
        let after = children.get(ordinal + 1).copied();
        let range = match node.kind() {
            "block_mapping" | "block_sequence" => self.lines_of(target, after)?,
            _ => match (
                ordinal
                    .checked_sub(1)
                    .and_then(|before| children.get(before)),
                after,
            ) {
                (_, Some(after)) => target.start_byte()..after.start_byte(),
                (Some(before), None) => before.end_byte()..target.end_byte(),
                (None, None) => return None,
            },
        };
        Some(vec![TextEdit::replacement(range, "")])
    }

    /// The lines of an entry; of one that shares its first line with a dash, up to the next.
    fn lines_of(
        &self,
        target: Node<'_>,
        after: Option<Node<'_>>,
    ) -> Option<std::ops::Range<usize>> {
        let start = self.line_start(target.start_byte());
        let before = self.text.get(start..target.start_byte())?;
        if !before.trim_start_matches('\u{feff}').trim().is_empty() {
            return Some(target.start_byte()..after?.start_byte());
        }
        let start = start + if before.starts_with('\u{feff}') { 3 } else { 0 };
        // A comment that stands no further in is about something else, and stays.
        let end = self.own_end(target, self.column(target) + 1)?;
        let rest = self.text.get(end..)?;
        let end = rest.find('\n').map_or(self.text.len(), |at| end + at + 1);
        Some(start..end)
    }
}

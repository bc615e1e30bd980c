//! Changes of a YAML file that leave everything else in it byte for byte: comments, order, quotes,
//! indentation and line ends (`realm-format.md`). What sync, acknowledgements and remedies write, is
//! written with this.
//!
//! Every change is worked out twice: once on the text, from the places of its syntax tree, and once
//! on the tree of values. The changed text is read again and must say what the changed tree says;
//! if it does not, the change is refused. So a file that is laid out in a way nobody thought of
//! costs an [`EditError`], and never a wrong file.

mod remedies;
mod remove;
mod render;
mod replace;
mod scalar;
mod write;

use blue_text::{TextEdit, apply_edits};
use serde_json::Value;

use crate::limits;
use crate::spans::{Layout, Place, Step, ordinals};
use crate::yaml::{self, Yaml};

pub use remedies::{
    add_source_file, append_evolution, remove_key_at, set_contract_version, set_import_range,
    set_resolved_version,
};
pub use render::document;
pub(crate) use render::flow;
pub use replace::{rename_key, replace};
pub(crate) use scalar::read as scalar_text;

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text cannot be read at all, so that nothing in it can be changed safely.
    #[error("the file is not YAML: {0}")]
    NotYaml(String),
    /// The way leads nowhere.
    #[error("there is no `{0}` in the file")]
    Missing(String),
    /// A key that is to be inserted stands there already.
    #[error("there is a `{0}` already")]
    Exists(String),
    /// An item is to be added to something that is no list, or a key to something that is no mapping.
    #[error("`{at}` is not {expected}")]
    WrongKind {
        /// The way there.
        at: String,
        /// `a list` or `a mapping`.
        expected: &'static str,
    },
    /// The file is written in a way (an alias, a tag, a key of several lines) in which the change
    /// cannot be made without touching something else.
    #[error("`{0}` cannot be changed without changing what stands around it")]
    Entangled(String),
    /// The changed file would be over a limit of `security.md`.
    #[error("the file would be larger than {} bytes", limits::FILE_BYTES)]
    TooLarge,
}

/// Sets the value at `route`: of a scalar the quotes are kept where they can be, and so is the
/// comment behind it. Where the last keys of the route are missing, they are inserted.
///
/// # Errors
/// See [`EditError`].
pub fn set(text: &str, route: &[Step<'_>], value: &Value) -> Result<Vec<TextEdit>, EditError> {
    let draft = Draft::open(text)?.at(route);
    let mut known = route.len();
    while ordinals(&draft.root, &route[..known]).is_none() {
        // The empty route leads to the root.
        known = known.saturating_sub(1);
    }
    let (there, missing) = route.split_at(known);
    let Some((first, rest)) = missing.split_first() else {
        let at = draft.locate(there)?;
        let mut expected = draft.root.clone();
        *descendant_mut(&mut expected, &at).ok_or_else(|| draft.entangled(route))? =
            Yaml::from_json(value);
        let edits = draft.replaced(&at, value);
        return draft.settle(route, edits, &expected);
    };
    let Step::Key(key) = first else {
        return Err(EditError::Missing(shown(route)));
    };
    let mut nested = value.clone();
    for step in rest.iter().rev() {
        let Step::Key(key) = step else {
            return Err(EditError::Missing(shown(route)));
        };
        nested = Value::Object([((*key).to_owned(), nested)].into_iter().collect());
    }
    insert(text, there, key, &nested)
}

/// Inserts `key: value` as the last entry of the mapping at `route`, which may be empty.
///
/// # Errors
/// See [`EditError`].
pub fn insert(
    text: &str,
    route: &[Step<'_>],
    key: &str,
    value: &Value,
) -> Result<Vec<TextEdit>, EditError> {
    let draft = Draft::open(text)?.at(route);
    let at = draft.locate(route)?;
    let mut expected = draft.root.clone();
    let target = descendant_mut(&mut expected, &at).ok_or_else(|| draft.entangled(route))?;
    let entry = (Yaml::Text(key.into()), Yaml::from_json(value));
    let edits = match target {
        Yaml::Map(entries) if !entries.is_empty() => {
            if entries
                .iter()
                .any(|(known, _)| known.scalar().as_deref() == Some(key))
            {
                return Err(EditError::Exists(key.to_owned()));
            }
            entries.push(entry);
            draft.entry_added(&at, key, value)
        }
        Yaml::Map(_) | Yaml::Null => {
            *target = Yaml::Map(vec![entry]);
            let map = Value::Object([(key.to_owned(), value.clone())].into_iter().collect());
            draft.replaced(&at, &map)
        }
        _ => return Err(wrong_kind(route, "a mapping")),
    };
    draft.settle(route, edits, &expected)
}

/// Appends `value` to the list at `route`: in a block list as a line of its own, in `[…]` behind the
/// last item. A list that is empty or missing is begun as a block list.
///
/// # Errors
/// See [`EditError`].
pub fn append(text: &str, route: &[Step<'_>], value: &Value) -> Result<Vec<TextEdit>, EditError> {
    let draft = Draft::open(text)?.at(route);
    let one = Value::Array(vec![value.clone()]);
    let Some(at) = ordinals(&draft.root, route) else {
        return set(text, route, &one);
    };
    let mut expected = draft.root.clone();
    let target = descendant_mut(&mut expected, &at).ok_or_else(|| draft.entangled(route))?;
    let edits = match target {
        Yaml::List(items) if !items.is_empty() => {
            items.push(Yaml::from_json(value));
            draft.item_added(&at, value)
        }
        Yaml::List(_) | Yaml::Null => {
            *target = Yaml::from_json(&one);
            draft.replaced(&at, &one)
        }
        _ => return Err(wrong_kind(route, "a list")),
    };
    draft.settle(route, edits, &expected)
}

/// Takes out the item or the entry at `route`, with its line and the comment behind it. The last one
/// leaves `[]` or `{}`.
///
/// # Errors
/// See [`EditError`].
pub fn remove(text: &str, route: &[Step<'_>]) -> Result<Vec<TextEdit>, EditError> {
    let draft = Draft::open(text)?;
    let at = draft.locate(route)?;
    draft.removed(route, &at)
}

/// A text that is to be changed, with its values and its places.
struct Draft<'t> {
    text: &'t str,
    root: Yaml,
    layout: Layout<'t>,
    manner: render::Manner,
}

impl<'t> Draft<'t> {
    fn open(text: &'t str) -> Result<Self, EditError> {
        if text.len() > limits::FILE_BYTES {
            return Err(EditError::TooLarge);
        }
        let not_yaml = |message: &str| EditError::NotYaml(message.to_owned());
        let document = yaml::read(text).map_err(|error| match error.limit {
            Some(_) => not_yaml("a limit is met"),
            None => not_yaml(&error.message),
        })?;
        if document.more {
            return Err(not_yaml("it holds a second document"));
        }
        let layout = Layout::new(text).ok_or_else(|| not_yaml("its places cannot be told"))?;
        let manner = render::Manner::of(text, layout.tree().root_node());
        Ok(Self {
            text,
            root: document.root,
            layout,
            manner,
        })
    }

    /// To write at `route`: below the values of the users a text that looks like a time is a text.
    fn at(mut self, route: &[Step<'_>]) -> Self {
        self.manner.times = render::times_at(route);
        self
    }

    fn locate(&self, route: &[Step<'_>]) -> Result<Vec<usize>, EditError> {
        ordinals(&self.root, route).ok_or_else(|| EditError::Missing(shown(route)))
    }

    fn place(&self, at: &[usize]) -> Option<Place<'_>> {
        self.layout.place(at)
    }

    fn entangled(&self, route: &[Step<'_>]) -> EditError {
        EditError::Entangled(shown(route))
    }

    /// The edits, if the text they make says what was `expected`.
    fn settle(
        &self,
        route: &[Step<'_>],
        edits: Option<Vec<TextEdit>>,
        expected: &Yaml,
    ) -> Result<Vec<TextEdit>, EditError> {
        let entangled = || self.entangled(route);
        let edits = edits.ok_or_else(entangled)?;
        let changed = apply_edits(self.text, &edits).ok_or_else(entangled)?;
        if changed.len() > limits::FILE_BYTES {
            return Err(EditError::TooLarge);
        }
        match yaml::read(&changed) {
            Ok(document) if document.root == *expected && !document.more => Ok(edits),
            _ => Err(entangled()),
        }
    }
}

/// The node at the end of `at`; nothing behind a tag, which would be lost.
fn descendant_mut<'y>(root: &'y mut Yaml, at: &[usize]) -> Option<&'y mut Yaml> {
    at.iter().try_fold(root, |node, ordinal| match node {
        Yaml::List(items) => items.get_mut(*ordinal),
        Yaml::Map(entries) => entries.get_mut(*ordinal).map(|(_, value)| value),
        _ => None,
    })
}

fn wrong_kind(route: &[Step<'_>], expected: &'static str) -> EditError {
    EditError::WrongKind {
        at: shown(route),
        expected,
    }
}

/// `exports[0].source_files`.
fn shown(route: &[Step<'_>]) -> String {
    let mut path = String::new();
    for step in route {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => path.push_str(&format!(".{key}")),
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    match path.is_empty() {
        true => "the file".to_owned(),
        false => crate::decode::shortened(&path),
    }
}

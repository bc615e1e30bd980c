//! Worktrees for a change that goes across repos: branch `feat/NAME`, checked out in `.worktrees/feat-NAME/` of every
//! repo of a domain that stands on this machine (`git-and-forges.md`, "Worktrees and coordinated pull requests").
//!
//! All or none: what one run made is undone where another repo fails. A process that was killed cannot do that: run
//! again, it finishes.

mod find;
mod make;
mod plan;
mod remove;
mod told;

pub use find::{Absent, Around};
pub use make::{create, dry_run};
pub use plan::{Fate, Plan, Planned, Start, Wish};
pub use remove::{Leaving, Removal, removal, remove};
pub use told::{Listed, Standing, list};

use crate::error::Error;

/// Where the worktrees of a repository are, in its main checkout.
pub const FOLDER: &str = ".worktrees";

/// What git is told to ignore.
const IGNORED: &str = "/.worktrees/";

/// Characters that the name of a change may have at most.
const NAME_LENGTH: usize = 64;

/// The branch of a change.
#[must_use]
pub fn branch_of(rfc: &str) -> String {
    format!("feat/{rfc}")
}

/// The folder of a change below [`FOLDER`].
#[must_use]
pub fn folder_of(rfc: &str) -> String {
    format!("feat-{rfc}")
}

/// Refuses what is no name of a change: it becomes a branch's and a folder's, on every system.
fn rfc_name(name: &str) -> Result<(), Error> {
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let is_word = |byte: u8| alphanumeric(byte) || matches!(byte, b'-' | b'_' | b'.');
    let ends = [name.bytes().next(), name.bytes().last()];
    let is_fine = name.len() <= NAME_LENGTH
        && ends.into_iter().all(|end| end.is_some_and(alphanumeric))
        && name.bytes().all(is_word)
        && !name.contains("..")
        && !name.to_ascii_lowercase().ends_with(".lock");
    if is_fine {
        return Ok(());
    }
    let hint = match blue_realm::spell_name(name) {
        Some(spelling) => format!("write `{spelling}`"),
        None => "take one like `experiments`".to_owned(),
    };
    Err(Error::Use {
        message: format!(
            "`{name}` is no name for a change: it is letters, digits, `-`, `_` and `.`, begins and ends with a letter \
             or digit, and has {NAME_LENGTH} at most"
        ),
        hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, is_one) in [
            ("experiments", true),
            ("RFC-42", true),
            ("v1.2_x", true),
            ("a", true),
            ("", false),
            ("..", false),
            ("a..b", false),
            ("-f", false),
            ("a-", false),
            ("two words", false),
            ("a/b", false),
            ("../../x", false),
            ("a\\b", false),
            ("a\nb", false),
            ("x.lock", false),
            (".hidden", false),
            ("ü", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(rfc_name(name).is_ok(), is_one, "{name:?}");
        }
    }
}

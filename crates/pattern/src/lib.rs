//! The language of value patterns: `jobs/*/out.json` names many paths at once.
//!
//! What a repo exports, what an importer's policy grants and what a detector folds out of code are
//! all sets of strings, written as patterns. This crate answers, exactly, the questions that Blue asks
//! of such sets: are two equal, is one inside another or inside a union, do they meet, and which
//! string shows that they differ. It knows nothing of where patterns come from.
//!
//! - `*` matches any string, also the empty one, also across `/` (IAM's sense);
//! - `\*` is a literal star and `\\` a literal backslash; a backslash before anything else is itself;
//! - `**` is read as `*` ([`double_star_hint`] says where it stands); nothing else is special.
//!
//! The patterns of IAM policies ([`Pattern::parse_iam`]) know `?` besides: exactly one character (a
//! Unicode scalar value). Both are one type, so that a grant is held against a value directly.
//!
//! Case is told apart. IAM's *actions* do not tell it apart: lower both sides before parsing them.
//!
//! ```
//! use blue_pattern::{Pattern, Verdict, covers, union_covers};
//!
//! let written = Pattern::parse("jobs/*/out.json");
//! assert!(written.matches("jobs/7/retry/out.json"));
//!
//! let granted = [Pattern::parse_iam("jobs/2???/*"), Pattern::parse_iam("masks/*")];
//! assert_eq!(
//!     union_covers(&granted, &written),
//!     Verdict::No { example: "jobs/x/out.json".to_owned() }
//! );
//! assert_eq!(covers(&Pattern::parse("jobs/*"), &written), Verdict::Yes);
//! ```

mod inclusion;
mod matching;
mod pattern;
mod search;

pub use inclusion::{Verdict, covers, difference_example, equal, union_covers};
pub use matching::intersects;
pub use pattern::{Part, Pattern, double_star_hint};
pub use search::STATE_BUDGET;

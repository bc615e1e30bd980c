//! A change of a realm before it is one: what a proposal (a branch, a working tree, open buffers)
//! does to the realm of record that may not be done, whoever proposes it and whoever it breaks.
//!
//! Pure: both realms are values, and who changed what is told by the caller, who knows git.

mod changed;
mod ownership;
mod people;
mod place;
mod ranges;
mod versions;

use std::collections::BTreeMap;

use crate::date::Date;
use crate::decode::Text;
use crate::problem::Problem;
use crate::realm::Realm;

pub use people::is as is_person;
pub use versions::{as_released, judge_change, judge_since};

/// A realm of record, what it would become, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The realm of record. Who may do what is read from it alone (`git-and-forges.md`).
    pub base: &'a Realm,
    /// What it would become.
    pub proposed: &'a Realm,
    /// Who changed the file at a path, relative to the realm's root; a file that was deleted too,
    /// and one that is no file of the format. A changed file that is not here is not judged for
    /// ownership.
    pub authors: &'a BTreeMap<Text, Vec<Author>>,
    /// The day on which it is judged: what is removed after its sunset breaks nobody. Nothing: no
    /// sunset has passed.
    pub today: Option<Date>,
}

/// Who made a change, as far as git can tell (`git-and-forges.md`, "Acknowledge and merge").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// The commit's e-mail, or git's `user.email` for what is not committed; empty: not known.
    pub email: Text,
    /// What else this is known as: users of the forge, where a forge says so, and the e-mail of
    /// whoever took the change over into the branch.
    pub names: Vec<Text>,
    /// The commit's id; nothing: it is not committed.
    pub commit: Option<Text>,
    /// Whether a good signature says so.
    pub verified: bool,
}

/// What is wrong with the proposal as a change, by path and place: beside what is wrong with the
/// proposed realm by itself ([`Realm::problems_of`]), of which a problem with the same code at the
/// same place says the same in fewer words. Every path has a file in the proposed realm; what was
/// deleted is told at one that still stands.
#[must_use]
pub fn problems(proposal: &Proposal<'_>) -> Vec<(Text, Problem)> {
    let mut told = place::Told::new(proposal.proposed);
    versions::judge(proposal, &mut told);
    ownership::judge(proposal, &mut told);
    ranges::judge(proposal, &mut told);
    told.in_order()
}

/// Who changed what is another's: that part of [`problems`], for which nothing is looked at but the files that have
/// authors.
#[must_use]
pub fn strangers(proposal: &Proposal<'_>) -> Vec<(Text, Problem)> {
    let mut told = place::Told::new(proposal.proposed);
    ownership::judge(proposal, &mut told);
    ranges::judge(proposal, &mut told);
    told.in_order()
}

//! A comparison as the rule of merging sets takes it ([`blue_realm::together`]).

use blue_realm::together::{Meeting, Stand as Stands};
use semver::Version;

use super::Compared;
use super::affected::{Affected, Stand};

impl Compared {
    /// How each importer meets the new version.
    pub(crate) fn meetings(&self) -> Vec<Meeting> {
        let meeting = |one: &Affected| Meeting {
            domain: self.domain.as_str().into(),
            contract: self.contract.as_str().into(),
            repo: one.repo.as_str().into(),
            stand: stands(one),
        };
        self.affected.iter().map(meeting).collect()
    }

    /// The version that it becomes.
    pub(crate) fn becomes(&self) -> Option<&Version> {
        self.to.version.as_ref()
    }

    /// Whether anything becomes another.
    pub(crate) fn changes(&self) -> bool {
        !self.judgement.reasons.is_empty() || self.from.version != self.to.version
    }

    /// The smallest version that is right, where the new one is smaller.
    pub(crate) fn needs_more(&self) -> Option<Version> {
        self.too_small().map(|(_, smallest)| smallest.clone())
    }

    /// Where the new version was read, in words.
    pub(crate) fn source(&self) -> &str {
        &self.to.source
    }
}

fn stands(one: &Affected) -> Stands {
    match (one.stand, &one.accepted) {
        (Stand::Broken, Some(_)) => Stands::Accepted,
        (Stand::Broken, None) if one.is_left_out => Stands::LeavesOut {
            range: one.range.clone().unwrap_or_default(),
        },
        (Stand::Broken, None) => Stands::Breaks {
            why: one.why.clone(),
        },
        (Stand::Satisfied | Stand::Stale | Stand::New, _) => Stands::GoesOn,
    }
}

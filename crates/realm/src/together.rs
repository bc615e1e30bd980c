//! May a set of changes be merged together, and who has to move first if not: a rule over plain facts
//! (compatibility.md, "Who is affected").
//!
//! It exists apart from whoever gathers the facts (a command, a merge's own check), so that all of
//! them get one answer. It asks only whether everyone can go on: who has to agree, and how long that
//! waits, is for the rule of merging to say.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::names::Name;

/// One change of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// A version of a contract becomes what the realm says.
    Release {
        /// The contract's domain.
        domain: Name,
        /// The contract.
        contract: Name,
        /// Who exports it.
        owner: Name,
        /// Its version then.
        version: Version,
        /// The smallest version that is right for the change, where that is larger.
        needs: Option<Version>,
    },
    /// A repo follows a version of a contract that it imports.
    Follow {
        /// The importer.
        repo: Name,
        /// The contract's domain.
        domain: Name,
        /// The contract.
        contract: Name,
        /// Who exports it.
        owner: Name,
        /// The version that it follows then.
        version: Version,
        /// Whether the realm has released that version.
        is_released: bool,
        /// Its range, where that does not take the version in.
        leaves_out: Option<String>,
    },
}

/// How an importer meets a version of a contract that is released in the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The contract's domain.
    pub domain: Name,
    /// The contract.
    pub contract: Name,
    /// The importer.
    pub repo: Name,
    /// How it stands to the version.
    pub stand: Stand,
}

/// How an importer stands to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It can go on, as it is.
    GoesOn,
    /// It has agreed to what breaks it.
    Accepted,
    /// Its range leaves the version out.
    LeavesOut {
        /// The range as written.
        range: String,
    },
    /// The version takes away what it relies on, as part of a sentence.
    Breaks {
        /// Why.
        why: String,
    },
}

/// Whether the set may be merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// What stands in the way; it may be merged where nothing does.
    pub blocks: Vec<Block>,
    /// The repos of the set in the order in which theirs is to be merged, exporters first.
    pub order: Vec<Name>,
}

/// What stands in the way of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Who has to move first.
    pub repo: Name,
    /// The contract.
    pub contract: Name,
    /// The version that waits for it.
    pub version: Version,
    /// Why, as part of a sentence.
    pub because: String,
    /// What it has to do, as part of a sentence.
    pub first: String,
}

impl Answer {
    /// Whether the set may be merged now.
    #[must_use]
    pub fn may(&self) -> bool {
        self.blocks.is_empty()
    }
}

/// The rule. `meetings` are of all importers of what the set releases.
#[must_use]
pub fn can_merge(set: &[Move], meetings: &[Meeting]) -> Answer {
    let mut blocks = Vec::new();
    for one in set {
        match one {
            Move::Release {
                domain,
                contract,
                owner,
                version,
                needs,
            } => {
                blocks.extend(needs.as_ref().map(|needs| Block {
                    repo: owner.clone(),
                    contract: contract.clone(),
                    version: version.clone(),
                    because: format!("{contract} {version} is too small for its change"),
                    first: format!("set the version to {needs}"),
                }));
                let own = meetings
                    .iter()
                    .filter(|it| it.domain == *domain && it.contract == *contract);
                let waiting = own.filter(|it| !goes_along(set, it, version));
                blocks.extend(waiting.filter_map(|it| block_of(it, version)));
            }
            Move::Follow { .. } => blocks.extend(blocks_of_follower(set, one)),
        }
    }
    Answer {
        blocks,
        order: order(set),
    }
}

/// Whether the importer follows the version, or a later one, in the same set.
fn goes_along(set: &[Move], meeting: &Meeting, to: &Version) -> bool {
    set.iter().any(|one| match one {
        Move::Follow {
            repo,
            domain,
            contract,
            version,
            ..
        } => {
            *repo == meeting.repo
                && *domain == meeting.domain
                && *contract == meeting.contract
                && version >= to
        }
        Move::Release { .. } => false,
    })
}

fn block_of(meeting: &Meeting, version: &Version) -> Option<Block> {
    let (because, first) = match &meeting.stand {
        Stand::GoesOn | Stand::Accepted => return None,
        Stand::LeavesOut { range } => (
            format!("its range `{range}` leaves {version} out"),
            format!("widen the range to take in {version}, or follow it in the same set"),
        ),
        Stand::Breaks { why } => (
            why.clone(),
            "follow it in the same set, or accept the break".to_owned(),
        ),
    };
    Some(Block {
        repo: meeting.repo.clone(),
        contract: meeting.contract.clone(),
        version: version.clone(),
        because,
        first,
    })
}

fn blocks_of_follower(set: &[Move], follower: &Move) -> Vec<Block> {
    let Move::Follow {
        repo,
        domain,
        contract,
        owner,
        version,
        is_released,
        leaves_out,
    } = follower
    else {
        return Vec::new();
    };
    let in_set = set.iter().any(|one| {
        matches!(one, Move::Release { domain: d, contract: c, version: v, .. }
            if d == domain && c == contract && v == version)
    });
    let mut blocks = Vec::new();
    let mut block = |who: &Name, because: String, first: String| {
        blocks.push(Block {
            repo: who.clone(),
            contract: contract.clone(),
            version: version.clone(),
            because,
            first,
        });
    };
    if !in_set && !is_released {
        block(
            owner,
            format!("{repo} follows {version}, which is not released"),
            format!("release {contract} {version}, or be in the same set"),
        );
    }
    if let Some(range) = leaves_out {
        block(
            repo,
            format!("its range `{range}` leaves {version} out"),
            format!("widen the range to take in {version}"),
        );
    }
    blocks
}

/// The repos of the set, each behind those whose contracts it follows there; of a circle, and of
/// equals, by name.
fn order(set: &[Move]) -> Vec<Name> {
    let mut behind: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
    for one in set {
        match one {
            Move::Release { owner, .. } => {
                behind.entry(owner).or_default();
            }
            Move::Follow { repo, owner, .. } => {
                behind.entry(repo).or_default().insert(owner);
            }
        }
    }
    let mut ordered: Vec<Name> = Vec::new();
    while !behind.is_empty() {
        let waits = |of: &BTreeSet<&Name>| of.iter().any(|repo| behind.contains_key(*repo));
        let free = behind.iter().find(|(_, of)| !waits(of));
        let next = free.or_else(|| behind.iter().next());
        let Some(next) = next.map(|(repo, _)| *repo) else {
            break;
        };
        behind.remove(next);
        ordered.push(next.clone());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str) -> Move {
        Move::Release {
            domain: "s3-access".into(),
            contract: "s3-permissions".into(),
            owner: "aperture".into(),
            version: version.parse().unwrap(),
            needs: None,
        }
    }

    fn follow(version: &str, is_released: bool, leaves_out: Option<&str>) -> Move {
        Move::Follow {
            repo: "fungal-image-analysis".into(),
            domain: "s3-access".into(),
            contract: "s3-permissions".into(),
            owner: "aperture".into(),
            version: version.parse().unwrap(),
            is_released,
            leaves_out: leaves_out.map(str::to_owned),
        }
    }

    fn meeting(stand: Stand) -> Meeting {
        Meeting {
            domain: "s3-access".into(),
            contract: "s3-permissions".into(),
            repo: "fungal-image-analysis".into(),
            stand,
        }
    }

    /// The set, how the importer meets it, who has to move first.
    #[test]
    fn who_has_to_move_first() {
        let leaves_out = || Stand::LeavesOut {
            range: "^1".to_owned(),
        };
        let breaks = || Stand::Breaks {
            why: "it relies on what goes".to_owned(),
        };
        let importer = "fungal-image-analysis: ";
        let rows: [(Vec<Move>, Vec<Stand>, Vec<String>); 11] = [
            (vec![], vec![], vec![]),
            (vec![release("1.5.0")], vec![Stand::GoesOn], vec![]),
            (vec![release("2.0.0")], vec![Stand::Accepted], vec![]),
            (
                vec![release("2.0.0")],
                vec![leaves_out()],
                vec![format!("{importer}its range `^1` leaves 2.0.0 out")],
            ),
            (
                vec![release("2.0.0")],
                vec![breaks()],
                vec![format!("{importer}it relies on what goes")],
            ),
            // Together they may, where the importer follows far enough and lets it in.
            (
                vec![release("2.0.0"), follow("2.0.0", false, None)],
                vec![breaks()],
                vec![],
            ),
            (
                vec![release("2.0.0"), follow("1.5.0", true, None)],
                vec![breaks()],
                vec![format!("{importer}it relies on what goes")],
            ),
            (
                vec![release("2.0.0"), follow("2.0.0", false, Some("^1"))],
                vec![leaves_out()],
                vec![format!("{importer}its range `^1` leaves 2.0.0 out")],
            ),
            // The importer alone.
            (vec![follow("1.5.0", true, None)], vec![], vec![]),
            (
                vec![follow("2.0.0", false, None)],
                vec![],
                vec![
                    "aperture: fungal-image-analysis follows 2.0.0, which is not released"
                        .to_owned(),
                ],
            ),
            (
                vec![follow("2.0.0", false, Some("^1"))],
                vec![],
                vec![
                    "aperture: fungal-image-analysis follows 2.0.0, which is not released"
                        .to_owned(),
                    format!("{importer}its range `^1` leaves 2.0.0 out"),
                ],
            ),
        ];
        for (set, stands, blocks) in rows {
            let meetings: Vec<Meeting> = stands.into_iter().map(meeting).collect();
            let answer = can_merge(&set, &meetings);
            let told = answer.blocks.iter();
            let told: Vec<String> = told
                .map(|it| format!("{}: {}", it.repo, it.because))
                .collect();
            assert_eq!(told, blocks, "{set:?} {meetings:?}");
            assert_eq!(answer.may(), blocks.is_empty());
        }
    }

    #[test]
    fn a_version_has_to_be_large_enough() {
        let mut small = release("1.5.0");
        if let Move::Release { needs, .. } = &mut small {
            *needs = Some(Version::new(2, 0, 0));
        }
        let blocks = can_merge(&[small], &[meeting(Stand::GoesOn)]).blocks;
        assert_eq!(&*blocks[0].repo, "aperture");
        assert_eq!(blocks[0].first, "set the version to 2.0.0");
    }

    #[test]
    fn exporters_come_first() {
        let set = [follow("2.0.0", false, None), release("2.0.0")];
        let order = can_merge(&set, &[]).order;
        assert_eq!(
            order,
            ["aperture".into(), Name::from("fungal-image-analysis")]
        );
    }
}

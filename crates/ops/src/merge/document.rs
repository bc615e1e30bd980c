//! What waits, as data for programs: the same shape in what `blue realm sync`, `blue status` and the server write.

use serde_json::{Value, json};

use super::{Admitted, Decision, Judged, JudgedJoin, Outcome, SourceState, Wait};
use crate::clock;

/// A sync that waits.
#[must_use]
pub fn sync_shape(judged: &Judged) -> Value {
    let mut waits = Vec::new();
    let mut refused: &[String] = &[];
    match &judged.outcome {
        Outcome::Refused(why) => refused = why,
        Outcome::Decided(Decision::Wait(all)) => {
            waits.extend(all.iter().map(|wait| match wait {
                Wait::Importers { repos, until } => json!({
                    "for": "importers",
                    "repos": repos,
                    "until": until.map(clock::timestamp),
                }),
                Wait::Approver => json!({"for": "approver"}),
                Wait::Source(_) => json!({"for": "source"}),
            }));
        }
        Outcome::Decided(Decision::Merge(_)) => {}
    }
    let changes: Vec<Value> = judged
        .changes
        .iter()
        .map(|(title, change)| {
            json!({
                "contract": change.contract,
                "title": title,
                "breaking": change.is_breaking,
                "acknowledged": change.words.iter().map(|it| &it.repo).collect::<Vec<_>>(),
                "words": change.words.iter().map(|it| json!({
                    "repo": it.repo,
                    "by": it.by,
                    "verified": it.verified,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "branch": judged.open.branch,
        "repo": judged.open.repo,
        "actor": judged.open.actor,
        "verified": judged.is_verified(),
        "source": match judged.source {
            SourceState::Reachable => "reachable",
            SourceState::Elsewhere => "elsewhere",
            SourceState::Uncommitted => "uncommitted",
            SourceState::Unknown => "unknown",
        },
        "since": judged.since.map(clock::timestamp),
        "changes": changes,
        "waits": waits,
        "refused": refused,
        "take_away": judged.take_away,
    })
}

/// A repo that asks to take part.
#[must_use]
pub fn join_shape(judged: &JudgedJoin) -> Value {
    let (state, waits, refused): (_, &[String], &[String]) = match &judged.outcome {
        Admitted::Yes(_) => ("may-join", &[], &[]),
        Admitted::Waits(approvers) => ("waits", approvers, &[]),
        Admitted::Refused(why) => ("refused", &[], why),
    };
    json!({
        "branch": judged.branch,
        "repo": judged.repo,
        "actor": judged.actor,
        "state": state,
        "approvers": waits,
        "refused": refused,
    })
}

//! What a sync says it has done, and what it waits for.

use std::fmt::Write as _;

use blue_ops::ack::{Acknowledged, Said};
use blue_ops::errand::Synced;
use blue_ops::merge::{Joining, Judged, JudgedJoin, Merging, Standing, join_shape, sync_shape};
use blue_ops::sync::{Fate, Planned, SyncBranch, Target, shown_place};
use blue_ops::words::{self, Line, Tone};
use serde_json::{Value, json};

use super::Done;
use super::wait::Waited;
use crate::output::json::to_text;
use crate::output::visible::visible;
use crate::output::{Paint, Style};

/// For people.
pub(super) fn human(done: &[Done], repo: Option<&str>, style: Style) -> String {
    let mut out = String::new();
    for one in done {
        out.push_str(&one_realm(&one.synced, repo, style));
    }
    out
}

fn one_realm(done: &Synced, repo: Option<&str>, style: Style) -> String {
    let mut out = String::new();
    for branch in &done.branches {
        out.push_str(&of_branch(branch, done, style));
    }
    out.push_str(&lines(words::held_back(&done.held_back), style));
    for untaken in &done.untaken {
        let _ = writeln!(out, "{} {}", style.warning(), visible(untaken));
    }
    for acknowledged in &done.said {
        out.push_str(&of_word(
            acknowledged,
            repo.unwrap_or_default(),
            done.target,
            style,
        ));
    }
    for diff in &done.said_diffs {
        out.push_str(&of_diff(diff, style));
    }
    for merging in &done.merging {
        out.push_str(&lines(
            words::merging(merging, &done.main, done.target),
            style,
        ));
    }
    for joining in &done.joining {
        out.push_str(&lines(
            words::joining(joining, &done.main, done.target),
            style,
        ));
    }
    if out.is_empty() {
        let _ = writeln!(
            out,
            "{} {}: nothing to do",
            style.good(),
            visible(&done.realm)
        );
    }
    for note in &done.notes {
        let _ = writeln!(out, "{}", visible(note));
    }
    if done.target == Target::Nowhere {
        out.push_str("nothing was written (--dry-run)\n");
    }
    out
}

fn of_branch(branch: &SyncBranch, done: &Synced, style: Style) -> String {
    let name = style.paint(Paint::Strong, &visible(&branch.branch));
    let did = words::fate(branch, &done.realm, done.target);
    let mut out = format!("{name}: {}\n", visible(&did));
    for planned in &branch.planned {
        out.push_str(&of_contract(planned, style));
        if done.target == Target::Nowhere {
            out.push_str(&of_diff(&planned.proposed.diff(), style));
        }
    }
    out
}

/// A unified diff, as a terminal shows it.
pub(crate) fn of_diff(diff: &str, style: Style) -> String {
    let mut out = String::new();
    for line in diff.lines() {
        let painted = match line.as_bytes().first() {
            Some(b'+') => style.paint(Paint::Good, &visible(line)),
            Some(b'-') => style.paint(Paint::Error, &visible(line)),
            _ => visible(line).into_owned(),
        };
        let _ = writeln!(out, "{painted}");
    }
    out
}

fn of_contract(planned: &Planned, style: Style) -> String {
    let mut out = String::new();
    for (at, line) in words::contract(planned).into_iter().enumerate() {
        let line = match (at, style.glyphs) {
            (0, crate::output::Glyphs::Ascii) => line.replace('→', "->"),
            _ => line,
        };
        let _ = writeln!(out, "  {}", visible(&line));
    }
    out
}

/// What an importer said, or would say.
pub(crate) fn of_word(said: &Acknowledged, repo: &str, target: Target, style: Style) -> String {
    lines(words::word(said, repo, target), style)
}

/// What a repo that asks to take part waits for, a line each.
pub(crate) fn asks(judged: &JudgedJoin, style: Style) -> String {
    lines(words::asks(judged), style)
}

fn joining(joining: &Joining) -> Value {
    let mut shape = join_shape(joining.judged());
    let (state, why) = match joining {
        Joining::Joined(_) => ("joined", None),
        Joining::NotTaken { why, .. } => ("not-taken", Some(why)),
        Joining::Waits(_) => return shape,
    };
    if let Some(shape) = shape.as_object_mut() {
        shape.insert("state".to_owned(), json!(state));
        shape.insert("why".to_owned(), json!(why));
    }
    shape
}

/// What a sync waits for, a line each.
pub(crate) fn waits(judged: &Judged, style: Style) -> String {
    lines(words::waits(judged), style)
}

fn lines(lines: impl IntoIterator<Item = Line>, style: Style) -> String {
    let lines = lines.into_iter().map(|Line { tone, text }| {
        let text = visible(&text);
        match tone {
            Tone::Good => format!("{} {text}\n", style.good()),
            Tone::Warning => format!("{} {text}\n", style.warning()),
            Tone::Bad => format!("{} {text}\n", style.bad()),
            Tone::Plain => format!("{text}\n"),
        }
    });
    lines.collect()
}

/// How those ended that were waited for.
pub(super) fn waited(done: &[Done], style: Style) -> String {
    let mut out = String::new();
    let all = done.iter();
    let all = all.flat_map(|done| done.waited.iter().map(move |one| (done, one)));
    // The others were told of as they were synced.
    for (done, one) in all.filter(|(_, one)| !one.at_once) {
        let branch = visible(&one.awaited.branch);
        let main = visible(&done.synced.main);
        let line = match &one.standing {
            Standing::Merged { because } => {
                let because = because.map(|it| format!(" ({})", words::because(it)));
                let because = because.unwrap_or_default();
                format!("{} {branch} is merged into {main}{because}", style.good())
            }
            Standing::TakenAway => format!(
                "{} {branch} was taken away without being merged into {main}",
                style.bad()
            ),
            Standing::Refused(why) => format!(
                "{} {branch} cannot be merged: {}",
                style.bad(),
                visible(&why.join("; "))
            ),
            Standing::Waits(_) | Standing::NotTaken(_) => format!(
                "{} {branch} waits still, and is not waited for any longer; whoever syncs next merges it \
                 when it may be",
                style.warning()
            ),
        };
        let _ = writeln!(out, "{line}");
    }
    out
}

/// For machines.
pub(super) fn json(done: &[Done]) -> String {
    let realms: Vec<Value> = done.iter().map(of_realm).collect();
    to_text(&json!({"version": 1, "realms": realms}))
}

fn of_realm(
    Done {
        synced: done,
        waited,
        ..
    }: &Done,
) -> Value {
    let branches: Vec<Value> = done
        .branches
        .iter()
        .map(|it| {
            json!({
                "branch": it.branch,
                "commit": it.commit.map(|commit| commit.to_string()),
                "fate": match it.fate {
                    Fate::Made => "made",
                    Fate::Updated => "updated",
                    Fate::Same => "same",
                    Fate::Withdrawn
                    | Fate::Overtaken
                    | Fate::Joined
                    | Fate::GivenUp
                    | Fate::Orphaned => "withdrawn",
                },
                "contracts": it.planned.iter().map(contract).collect::<Vec<_>>(),
            })
        })
        .collect();
    let merging: Vec<Value> = done.merging.iter().map(merging).collect();
    json!({
        "realm": done.realm,
        "written": match done.target {
            Target::Remote => "remote",
            Target::Here => "here",
            Target::Nowhere => "nowhere",
        },
        "branches": branches,
        "acknowledged": done.said.iter().map(word).collect::<Vec<_>>(),
        "open": merging,
        "joins": done.joining.iter().map(joining).collect::<Vec<_>>(),
        "waited": waited.iter().map(waited_shape).collect::<Vec<_>>(),
        "held_back": done.held_back.iter().map(|it| json!({
            "domain": it.domain,
            "contract": it.contract,
            "why": it.why,
        })).collect::<Vec<_>>(),
        "notes": done.untaken.iter().chain(&done.notes).collect::<Vec<_>>(),
    })
}

fn waited_shape(one: &Waited) -> Value {
    let (state, why) = match &one.standing {
        Standing::Merged { because } => ("merged", because.map(|it| words::because(it).to_owned())),
        Standing::TakenAway => ("taken-away", None),
        Standing::Refused(why) => ("refused", Some(why.join("; "))),
        Standing::NotTaken(why) => ("not-taken", Some(why.clone())),
        Standing::Waits(_) => ("waits", None),
    };
    json!({"branch": one.awaited.branch, "state": state, "why": why})
}

fn contract(planned: &Planned) -> Value {
    let items = |items: &[(String, String)]| -> Vec<Value> {
        let items = items.iter();
        items
            .map(|(place, value)| json!({"field": shown_place(place), "value": value}))
            .collect()
    };
    let importers = planned.importers.iter().map(|it| {
        json!({
            "repo": it.repo,
            "range": it.range,
            "files": it.files,
            "follows": it.follows.as_ref().map(ToString::to_string),
            "broken": it.is_broken,
        })
    });
    json!({
        "domain": planned.change.domain,
        "contract": planned.change.contract,
        "from": planned.from.as_ref().map(ToString::to_string),
        "to": planned.to.to_string(),
        "verdict": planned.verdict(),
        "added": items(&planned.change.added),
        "removed": items(&planned.change.removed),
        "changed": planned.change.parts.iter().map(|part| json!({
            "pointer": part.pointer,
            "from": part.old,
            "to": part.new,
        })).collect::<Vec<_>>(),
        "breaks": planned.breaks,
        "witness": planned.judgement.witness(),
        "importers": importers.collect::<Vec<_>>(),
        "diff": planned.proposed.diff(),
    })
}

/// What an importer said, for machines.
pub(crate) fn word(said: &Acknowledged) -> Value {
    let (state, why) = match &said.said {
        Said::Follows { .. } => ("follows", None),
        Said::Already => ("already", None),
        Said::NotYet(why) => ("not-yet", Some(why)),
        Said::NoLonger(why) => ("no-longer", Some(why)),
    };
    json!({
        "contract": said.contract,
        "version": said.version.as_ref().map(ToString::to_string),
        "branch": said.on,
        "state": state,
        "why": why,
    })
}

fn merging(merging: &Merging) -> Value {
    let mut shape = sync_shape(merging.judged());
    let (state, why) = match merging {
        Merging::Merged { because, .. } => ("merged", Some(words::because(*because).to_owned())),
        Merging::NotTaken { why, .. } => ("not-taken", Some(why.clone())),
        Merging::Waits { .. } => ("waits", None),
    };
    if let Some(shape) = shape.as_object_mut() {
        shape.insert("state".to_owned(), json!(state));
        shape.insert("why".to_owned(), json!(why));
    }
    shape
}

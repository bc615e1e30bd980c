//! What a sync says it has done, and what it waits for.

use std::fmt::Write as _;

use blue_ops::ack::{Acknowledged, Said};
use blue_ops::clock;
use blue_ops::merge::{Because, Decision, Judged, Merging, Outcome, SourceState, Standing, Wait};
use blue_ops::sync::{Fate, Planned, SyncBranch, Target, short, shown_place};
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
        out.push_str(&one_realm(one, repo, style));
    }
    if done.is_empty() {
        out.push_str("no realm is named in .blue/config.yaml: there is nothing to sync\n");
    }
    out
}

fn one_realm(done: &Done, repo: Option<&str>, style: Style) -> String {
    let mut out = String::new();
    for branch in &done.branches {
        out.push_str(&of_branch(branch, done, style));
    }
    for acknowledged in &done.said {
        out.push_str(&of_word(acknowledged, repo.unwrap_or_default(), style));
    }
    for merging in &done.merging {
        out.push_str(&of_merging(merging, done, style));
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
    out
}

fn of_branch(branch: &SyncBranch, done: &Done, style: Style) -> String {
    let realm = visible(&done.realm);
    let name = style.paint(Paint::Strong, &visible(&branch.branch));
    let did = match (branch.fate, done.target) {
        (Fate::Same, _) => format!("waits in {realm} already, and nothing changed since"),
        (Fate::Made, Target::Remote) => format!("pushed to {realm}"),
        (Fate::Updated, Target::Remote) => format!("changed in {realm}"),
        (Fate::Withdrawn, Target::Remote) => {
            format!("taken away from {realm}: the code says again what the contract says")
        }
        (_, Target::Here) => format!("made in the clone of {realm} on this machine, not pushed"),
        (Fate::Made, Target::Nowhere) => {
            format!("would be pushed to {realm}, as it was last fetched; nothing was written")
        }
        (_, Target::Nowhere) => format!("would be changed in {realm}; nothing was written"),
    };
    let mut out = format!("{name}: {did}\n");
    for planned in &branch.planned {
        out.push_str(&of_contract(planned, style));
        if done.target == Target::Nowhere {
            for line in planned.proposed.diff().lines() {
                let painted = match line.as_bytes().first() {
                    Some(b'+') => style.paint(Paint::Good, &visible(line)),
                    Some(b'-') => style.paint(Paint::Error, &visible(line)),
                    _ => visible(line).into_owned(),
                };
                let _ = writeln!(out, "{painted}");
            }
        }
    }
    out
}

fn of_contract(planned: &Planned, style: Style) -> String {
    let title = match style.glyphs {
        crate::output::Glyphs::Unicode => planned.title(),
        crate::output::Glyphs::Ascii => planned.title().replace('→', "->"),
    };
    let verdict = match planned.verdict() {
        "unknown" => "verdict unknown: breaking until proven otherwise",
        verdict => verdict,
    };
    let mut out = format!("  {} ({verdict})\n", visible(&title));
    for (field, text) in &planned.change.added {
        let place = shown_place(field);
        let _ = writeln!(out, "    + {}: {}", visible(&place), visible(text));
    }
    for (field, text) in &planned.change.removed {
        let place = shown_place(field);
        let _ = writeln!(out, "    - {}: {}", visible(&place), visible(text));
    }
    for part in &planned.change.parts {
        let place = part.place();
        for (mark, value) in [('-', &part.old), ('+', &part.new)] {
            if let Some(value) = value {
                let _ = writeln!(
                    out,
                    "    {mark} {}: {}",
                    visible(&place),
                    visible(&short(value))
                );
            }
        }
    }
    if let (Some(reason), true) = (planned.judgement.headline(), planned.is_breaking()) {
        let witness = planned.judgement.witness();
        let witness = witness
            .map(|it| format!(", such as {it}"))
            .unwrap_or_default();
        let _ = writeln!(out, "    {}{}", visible(&reason.text), visible(&witness));
    }
    for importer in &planned.importers {
        let files = importer.files.join(" and ");
        let does = match importer.is_broken {
            true => "breaks",
            false => "affects",
        };
        let _ = writeln!(
            out,
            "    {does} {} in {}",
            visible(&importer.named()),
            visible(&files)
        );
    }
    let breaks = planned.is_breaking().then_some(&planned.breaks);
    for print in breaks.into_iter().flatten() {
        let _ = writeln!(
            out,
            "    to agree to it before following: blue ack --accept {} --reason WHY",
            visible(print)
        );
    }
    out
}

/// What an importer said.
pub(crate) fn of_word(said: &Acknowledged, repo: &str, style: Style) -> String {
    let contract = visible(&said.contract);
    let version = said
        .version
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let place = match &said.on {
        Some(branch) => format!(" on {}", visible(branch)),
        None => String::new(),
    };
    match &said.said {
        Said::Follows { widened, .. } => {
            let range = widened
                .as_ref()
                .map(|range| format!("; its range is {range} now"));
            let range = range.unwrap_or_default();
            let mark = style.good();
            format!("{mark} {contract}: {repo} follows {version}{place}{range}\n")
        }
        Said::Already => String::new(),
        Said::NotYet(why) => {
            let mark = style.warning();
            let why = visible(why);
            format!("{mark} {contract} {version}{place} is not followed yet: {why}\n")
        }
    }
}

fn of_merging(merging: &Merging, done: &Done, style: Style) -> String {
    let judged = merging.judged();
    let titles: Vec<&str> = judged.changes.iter().map(|(title, _)| &**title).collect();
    let titles = titles.join(", ");
    let titles = match titles.is_empty() {
        true => judged.open.branch.clone(),
        false => titles,
    };
    let titles = visible(&titles);
    let branch = visible(&judged.open.branch);
    match merging {
        Merging::Merged { because, .. } => {
            let mark = style.good();
            let because = because_in_words(*because);
            format!("{mark} {titles} is merged into {} ({because})\n", done.main)
        }
        Merging::NotTaken { why, .. } => {
            let mark = style.warning();
            let why = visible(why);
            format!(
                "{mark} {branch} may be merged, but {} does not take it: {why}\n",
                done.main
            )
        }
        Merging::Waits { recorded, .. } => {
            let mut out = waits(judged, style);
            if *recorded {
                let _ = writeln!(out, "  the grace period of {branch} begins now");
            }
            out
        }
    }
}

/// How those ended that were waited for.
pub(super) fn waited(done: &[Done], style: Style) -> String {
    let mut out = String::new();
    let all = done.iter();
    let all = all.flat_map(|done| done.waited.iter().map(move |one| (done, one)));
    // The others were told of as they were synced.
    for (done, one) in all.filter(|(_, one)| !one.at_once) {
        let branch = visible(&one.awaited.branch);
        let main = visible(&done.main);
        let line = match &one.standing {
            Standing::Merged { because } => {
                let because = because.map(|it| format!(" ({})", because_in_words(it)));
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

fn because_in_words(because: Because) -> &'static str {
    match because {
        Because::NobodyIsAsked => "nobody has to follow",
        Because::Acknowledged => "everyone who was asked has acknowledged it",
        Because::GracePassed => "its grace period has passed",
        Because::Forced => "an approver insisted",
    }
}

/// What a sync waits for, a line each.
pub(crate) fn waits(judged: &Judged, style: Style) -> String {
    let branch = visible(&judged.open.branch).into_owned();
    let waits = match &judged.outcome {
        Outcome::Refused(why) => {
            let mark = style.bad();
            let lines = why
                .iter()
                .map(|why| format!("{mark} {branch}: {}\n", visible(why)));
            return lines.collect();
        }
        Outcome::Decided(Decision::Merge(_)) => {
            return format!("{branch} may be merged: `blue realm sync` does it\n");
        }
        Outcome::Decided(Decision::Wait(waits)) => waits,
    };
    let mut out = String::new();
    for wait in waits {
        let said = match wait {
            Wait::Importers { repos, until } => {
                let who = repos.join(" and ");
                let days = judged.changes.iter();
                let days = days.map(|(_, it)| it.governance.grace_period_days()).max();
                let is_breaking = judged.changes.iter().any(|(_, it)| it.is_breaking);
                let until = match (until, judged.since, is_breaking) {
                    (Some(until), ..) => format!(", until {}", clock::date(*until)),
                    (None, None, false) => format!(
                        ", or for {} days from the next sync on",
                        days.unwrap_or_default()
                    ),
                    _ => String::new(),
                };
                format!("for {who} to acknowledge it{until} (`blue ack` there)")
            }
            Wait::Approver => "for an approver to run `blue realm sync`".to_owned(),
            Wait::Source(SourceState::Uncommitted) => {
                "for the code that it was read from to be committed and synced again".to_owned()
            }
            Wait::Source(_) => format!(
                "for the code that it was read from to be on {}'s default branch",
                judged.open.repo
            ),
        };
        let _ = writeln!(out, "{branch} waits {}", visible(&said));
    }
    out
}

/// For machines.
pub(super) fn json(done: &[Done]) -> String {
    let realms: Vec<Value> = done.iter().map(of_realm).collect();
    to_text(&json!({"version": 1, "realms": realms}))
}

fn of_realm(done: &Done) -> Value {
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
                    Fate::Withdrawn => "withdrawn",
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
        "waited": done.waited.iter().map(waited_shape).collect::<Vec<_>>(),
        "notes": done.notes,
    })
}

fn waited_shape(one: &Waited) -> Value {
    let (state, why) = match &one.standing {
        Standing::Merged { because } => {
            ("merged", because.map(|it| because_in_words(it).to_owned()))
        }
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
    let mut shape = open(merging.judged());
    let (state, why) = match merging {
        Merging::Merged { because, .. } => ("merged", Some(because_in_words(*because).to_owned())),
        Merging::NotTaken { why, .. } => ("not-taken", Some(why.clone())),
        Merging::Waits { .. } => ("waits", None),
    };
    if let Some(shape) = shape.as_object_mut() {
        shape.insert("state".to_owned(), json!(state));
        shape.insert("why".to_owned(), json!(why));
    }
    shape
}

/// A sync that waits, for machines.
pub(crate) fn open(judged: &Judged) -> Value {
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
            })
        })
        .collect();
    json!({
        "branch": judged.open.branch,
        "repo": judged.open.repo,
        "actor": judged.open.actor,
        "since": judged.since.map(clock::timestamp),
        "changes": changes,
        "waits": waits,
        "refused": refused,
    })
}

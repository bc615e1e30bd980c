//! What was done, and what it waits for, in the words that the command and the editor share. What a realm
//! says stands in them as it is: whoever shows them makes it harmless first.

use blue_realm::{Approve, listed};

use crate::ack::{Acknowledged, Said};
use crate::ask::Actor;
use crate::clock;
use crate::merge::{
    Admitted, Because, Change, Decision, Force, Joining, Judged, JudgedJoin, Merging, Outcome,
    SourceState, Wait,
};
use crate::sync::{Fate, HeldBack, Planned, SyncBranch, Target, short, shown_place};

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It is done.
    Good,
    /// Something is left to do.
    Warning,
    /// It will not be.
    Bad,
    /// It is as it is.
    Plain,
}

/// A line for people, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

fn line(tone: Tone, text: String) -> Line {
    Line { tone, text }
}

/// What became of a branch, behind its name: `pushed to letemcook`.
#[must_use]
pub fn fate(branch: &SyncBranch, realm: &str, target: Target) -> String {
    let why = match branch.fate {
        Fate::Withdrawn => "the code says again what the contract says",
        Fate::Overtaken => "the contract says by now what it asked for",
        Fate::Joined => "another sync that waits brings what it asked for",
        Fate::GivenUp => {
            "the branch of the code that it was read from is no more, here or on its remote"
        }
        Fate::Orphaned => "the realm's history was written anew, and it is no part of the new one",
        Fate::Same | Fate::Made | Fate::Updated => "",
    };
    match (branch.fate, target) {
        (Fate::Same, _) => format!("waits in {realm} already, and nothing changed since"),
        (Fate::Made, Target::Remote) => format!("pushed to {realm}"),
        (Fate::Updated, Target::Remote) => format!("changed in {realm}"),
        (_, Target::Remote) => format!("taken away from {realm}: {why}"),
        (_, Target::Here) => format!("made in the clone of {realm} on this machine, not pushed"),
        (Fate::Made, Target::Nowhere) => {
            format!("would be pushed to {realm}, as it was last fetched")
        }
        (Fate::Updated, Target::Nowhere) => format!("would be changed in {realm}"),
        (_, Target::Nowhere) => format!("would be taken away from {realm}: {why}"),
    }
}

/// The next version of a contract: what it is, what changes, and whom it affects, a line each.
#[must_use]
pub fn contract(planned: &Planned) -> Vec<String> {
    let verdict = match planned.verdict() {
        "unknown" => "verdict unknown: breaking until proven otherwise",
        verdict => verdict,
    };
    let mut lines = vec![format!("{} ({verdict})", planned.title())];
    let added = planned.change.added.iter();
    lines.extend(added.map(|(field, text)| format!("  + {}: {text}", shown_place(field))));
    let removed = planned.change.removed.iter();
    lines.extend(removed.map(|(field, text)| format!("  - {}: {text}", shown_place(field))));
    for part in planned.change.other_parts() {
        let place = part.place();
        for (mark, value) in [('-', &part.old), ('+', &part.new)] {
            let value = value.as_ref();
            lines.extend(value.map(|value| format!("  {mark} {place}: {}", short(value))));
        }
    }
    if let (Some(reason), true) = (planned.judgement.headline(), planned.is_breaking()) {
        let witness = planned.judgement.witness();
        let witness = witness.map(|it| format!(", such as {it}"));
        lines.push(format!("  {}{}", reason.text, witness.unwrap_or_default()));
    }
    for importer in &planned.importers {
        let does = match importer.is_broken {
            true => "breaks",
            false => "affects",
        };
        let files = listed(&importer.files);
        lines.push(format!("  {does} {} in {files}", importer.named()));
    }
    let breaks = planned.is_breaking().then_some(&planned.breaks);
    for print in breaks.into_iter().flatten() {
        lines.push(format!(
            "  to agree to it before following: blue ack --accept {print} --reason WHY"
        ));
    }
    lines
}

/// What signs the commits that an actor makes, where git is told to sign: a sentence without its end.
#[must_use]
pub fn signed_with(actor: &Actor) -> Option<String> {
    let signing = actor.signing.as_ref()?;
    Some(format!(
        "its commits are signed by {} with {}, as git is told to",
        actor.committer.email, signing.program
    ))
}

/// The contracts of which nothing was written, a line each.
#[must_use]
pub fn held_back(all: &[HeldBack]) -> Vec<Line> {
    let all = all.iter();
    all.map(|it| line(Tone::Bad, it.why.clone())).collect()
}

/// What an importer said, or would say in a rehearsal ([`Target::Nowhere`]); nothing where it had said so before.
#[must_use]
pub fn word(said: &Acknowledged, repo: &str, target: Target) -> Option<Line> {
    let contract = &said.contract;
    let version = said.version.as_ref().map(ToString::to_string);
    let version = version.unwrap_or_default();
    let place = match &said.on {
        Some(branch) => format!(" on {branch}"),
        None => String::new(),
    };
    match &said.said {
        Said::Follows { widened, .. } => {
            let range = widened.as_ref();
            let (tone, follows, is) = match target {
                Target::Nowhere => (Tone::Plain, "would follow", "would be"),
                _ => (Tone::Good, "follows", "is"),
            };
            let range = range.map(|range| format!("; its range {is} {range}"));
            let range = range.unwrap_or_default();
            let now = match (range.is_empty(), target) {
                (true, _) | (_, Target::Nowhere) => "",
                _ => " now",
            };
            let text = format!("{contract}: {repo} {follows} {version}{place}{range}{now}");
            Some(line(tone, text))
        }
        Said::Already => None,
        Said::NotYet(why) => {
            let version = match version.as_str() {
                "" => String::new(),
                version => format!(" {version}"),
            };
            let text = format!("{contract}{version}{place} is not followed yet: {why}");
            Some(line(Tone::Warning, text))
        }
        Said::NoLonger(why) => {
            let text = format!(
                "{contract}: {repo} has said that it follows {version}, and does not any more: {why}"
            );
            Some(line(Tone::Warning, text))
        }
    }
}

/// What became of a sync that waits, or would in a rehearsal ([`Target::Nowhere`]); `main` is the branch of record.
#[must_use]
pub fn merging(merging: &Merging, main: &str, target: Target) -> Vec<Line> {
    let judged = merging.judged();
    let branch = &judged.open.branch;
    let titles: Vec<&str> = judged.changes.iter().map(|(title, _)| &**title).collect();
    let titles = match titles.is_empty() {
        true => branch.clone(),
        false => titles.join(", "),
    };
    match merging {
        Merging::Merged { because, .. } => {
            let because = self::because(*because);
            let (tone, is) = match target {
                Target::Nowhere => (Tone::Plain, "would be"),
                _ => (Tone::Good, "is"),
            };
            let text = format!("{titles} {is} merged into {main} ({because})");
            let mut lines = vec![line(tone, text)];
            lines.extend(unchecked(judged));
            lines
        }
        Merging::NotTaken { why, .. } => {
            let text = format!("{branch} may be merged, but {main} does not take it: {why}");
            vec![line(Tone::Warning, text)]
        }
        Merging::Waits { recorded, .. } => {
            let mut lines = waits(judged);
            lines.extend(not_forced(judged));
            if *recorded {
                let text = format!("  the grace period of {branch} begins now");
                lines.push(line(Tone::Plain, text));
            }
            lines
        }
    }
}

/// What became of a repo that asks to take part, or would in a rehearsal ([`Target::Nowhere`]); `main` is the branch of
/// record.
#[must_use]
pub fn joining(joining: &Joining, main: &str, target: Target) -> Vec<Line> {
    let JudgedJoin { branch, repo, .. } = joining.judged();
    match joining {
        Joining::Joined(judged) => {
            let (tone, takes, is) = match target {
                Target::Nowhere => (Tone::Plain, "would take part", "would be"),
                _ => (Tone::Good, "takes part now", "is"),
            };
            let text = format!(
                "{repo} {takes}: {branch} of {} {is} merged into {main}",
                judged.actor
            );
            vec![line(tone, text)]
        }
        Joining::NotTaken { why, .. } => {
            let text = format!("{branch} may be merged, but {main} does not take it: {why}");
            vec![line(Tone::Warning, text)]
        }
        Joining::Waits(judged) => asks(judged),
    }
}

/// What a repo that asks to take part waits for.
#[must_use]
pub fn asks(judged: &JudgedJoin) -> Vec<Line> {
    let JudgedJoin {
        branch,
        repo,
        actor,
        ..
    } = judged;
    match &judged.outcome {
        Admitted::Yes(_) => {
            let text = format!("{repo} asks to take part ({actor}): `blue realm sync` lets it in");
            vec![line(Tone::Plain, text)]
        }
        Admitted::Waits(approvers) => {
            let who = approvers.join(" or ");
            let text = format!(
                "{repo} asks to take part ({actor}): {branch} waits for {who} to run `blue realm sync`"
            );
            vec![line(Tone::Plain, text)]
        }
        Admitted::Refused(why) => {
            let why = why.iter();
            why.map(|why| line(Tone::Bad, format!("{branch}: {why}")))
                .collect()
        }
    }
}

/// Why what was insisted on (`--force`) did not happen: who may insist, and from when on; nothing where nobody did.
fn not_forced(judged: &Judged) -> Vec<Line> {
    let mut lines = Vec::new();
    let Outcome::Decided(Decision::Wait(waits)) = &judged.outcome else {
        return lines;
    };
    if judged.force == Force::No {
        return lines;
    }
    let branch = &judged.open.branch;
    let changes = judged.changes.iter().map(|(_, change)| change);
    if !judged.is_approver {
        let mut approvers: Vec<&str> = Vec::new();
        for listed in changes.clone().flat_map(|it| it.governance.approvers()) {
            if !approvers.contains(&&**listed) {
                approvers.push(listed);
            }
        }
        let who = match approvers.as_slice() {
            [] => "the realm names none (`governance.approvers` of realm.yaml)".to_owned(),
            some => format!("that is {}", some.join(" or ")),
        };
        let text = format!("{branch} is not forced: only an approver may, and {who}");
        lines.push(line(Tone::Bad, text));
    }
    let importers = waits.iter().find_map(|wait| match wait {
        Wait::Importers { until, .. } => Some(*until),
        _ => None,
    });
    let is_early = judged.is_approver && judged.force == Force::AfterGrace;
    if let (Some(until), true) = (importers, is_early) {
        let days = changes.map(|it| it.governance.grace_period_days()).max();
        let lasts = match until {
            Some(until) => format!("lasts until {}", clock::date(until)),
            None => format!(
                "of {} days begins with the next sync",
                days.unwrap_or_default()
            ),
        };
        let text = format!(
            "{branch} is not forced: its grace period {lasts}; an approver's `--force --now` does not wait for that"
        );
        lines.push(line(Tone::Bad, text));
    }
    lines
}

/// Whether somebody insisted that a sync is merged, and it waits still.
#[must_use]
pub fn is_not_forced(merging: &Merging) -> bool {
    let waits = matches!(merging, Merging::Waits { .. });
    waits && merging.judged().force != Force::No
}

/// Why a sync could be merged.
#[must_use]
pub fn because(because: Because) -> &'static str {
    match because {
        Because::NobodyIsAsked => "nobody is waited for",
        Because::Acknowledged => "everyone who was asked has acknowledged it",
        Because::GracePassed => "its grace period has passed",
        Because::Forced => "an approver insisted",
    }
}

/// What a sync waits for.
#[must_use]
pub fn waits(judged: &Judged) -> Vec<Line> {
    let branch = &judged.open.branch;
    match &judged.outcome {
        Outcome::Refused(why) => {
            let why = why.iter();
            let why = why.map(|why| line(Tone::Bad, format!("{branch}: {why}")));
            let take_away = judged.take_away.as_ref().map(|command| {
                let text = format!(
                    "  no sync goes on with it; whoever looks after the realm takes it away, in the realm's checkout: `{command}`"
                );
                line(Tone::Plain, text)
            });
            why.chain(take_away).collect()
        }
        Outcome::Decided(Decision::Merge(_)) => {
            let text = format!("{branch} may be merged: `blue realm sync` does it");
            let mut lines = vec![line(Tone::Plain, text)];
            lines.extend(unchecked(judged));
            lines
        }
        Outcome::Decided(Decision::Wait(waits)) => {
            let is_ready = waits.iter().all(|wait| matches!(wait, Wait::Approver));
            let waits = waits.iter().map(|wait| wait_for(judged, wait));
            let waits = waits.map(|wait| line(Tone::Plain, format!("{branch} waits {wait}")));
            waits
                .chain(unchecked(judged).filter(|_| is_ready))
                .collect()
        }
    }
}

/// Whether nobody is named who could approve one of its changes.
fn has_no_approver(judged: &Judged) -> bool {
    let mut changes = judged.changes.iter();
    changes.any(|(_, change)| change.governance.approvers().is_empty())
}

/// That nobody could tell whether the code of a sync is where the exporter's people agreed on it.
fn unchecked(judged: &Judged) -> Option<Line> {
    let text = judged.unchecked()?;
    Some(line(Tone::Plain, format!("  {text}")))
}

fn wait_for(judged: &Judged, wait: &Wait) -> String {
    match wait {
        Wait::Importers { repos, until } => {
            let who = listed(repos);
            let days = judged.changes.iter();
            let days = days.map(|(_, it)| it.governance.grace_period_days()).max();
            let mut importers = judged.changes.iter().flat_map(|(_, it)| &it.importers);
            let wants_all = importers
                .any(|it| it.approve == Approve::Always && repos.contains(&it.repo));
            let is_breaking = judged.changes.iter().any(|(_, it)| it.is_breaking);
            let until = match (until, judged.since, is_breaking || wants_all) {
                (Some(until), ..) => format!(", until {}", clock::date(*until)),
                (None, None, false) => format!(
                    ", or for {} days from the next sync on",
                    days.unwrap_or_default()
                ),
                _ => String::new(),
            };
            format!("for {who} to acknowledge it{until} (`blue ack` there)")
        }
        Wait::Approver if has_no_approver(judged) => {
            "for an approver, of which the realm names none (`governance.approvers` of realm.yaml): \
             with one there, their `blue realm sync` merges it"
                .to_owned()
        }
        Wait::Approver => {
            let mut breaking = judged.changes.iter().filter(|(_, it)| it.is_breaking);
            let is_unsure = |it: &Change| it.words.iter().any(|word| !word.verified);
            let unsure = breaking.clone().any(|(_, it)| is_unsure(it));
            let why = match unsure && breaking.all(|(_, it)| !it.governance.require_approval()) {
                true => {
                    ": who acknowledged it is unverified, without a signature by a key of their repo"
                }
                false => "",
            };
            format!("for an approver to run `blue realm sync`{why}")
        }
        Wait::Source(SourceState::Uncommitted) => {
            "for the code that it was read from to be committed and synced again".to_owned()
        }
        Wait::Source(_) => format!(
            "for the code that it was read from to be on {}'s default branch",
            judged.open.repo
        ),
    }
}

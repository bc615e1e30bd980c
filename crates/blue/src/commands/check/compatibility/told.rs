//! How a comparison is written for people: a line a property, whom the change meets, and the result.

use std::fmt::Write as _;

use blue_compat::Mode;
use blue_compat::bump::Bump;
use blue_compat::contract::{Overall, PropertyChange, Weight};
use semver::Version;

use super::affected::Affected;
use super::{Compared, Comparison};
use crate::output::visible::visible;
use crate::output::{Paint, Style};

/// For people.
pub(super) fn human(comparison: &Comparison, explain: bool, style: Style) -> String {
    let mut out = String::new();
    for (index, compared) in comparison.compared.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        one(&mut out, compared, explain, style);
    }
    for note in &comparison.notes {
        let _ = writeln!(out, "{}", visible(note));
    }
    for why in &comparison.could_not {
        let _ = writeln!(out, "{} {}", style.warning(), visible(why));
    }
    out
}

fn one(out: &mut String, compared: &Compared, explain: bool, style: Style) {
    let (from, to) = (compared.from.named(), compared.to.named());
    let head = format!("{}: {from} → {to}", compared.contract);
    let head = match style.glyphs {
        crate::output::Glyphs::Ascii => head.replace('→', "->"),
        crate::output::Glyphs::Unicode => head,
    };
    let _ = writeln!(out, "{}", style.paint(Paint::Strong, &visible(&head)));
    for property in &compared.judgement.properties {
        let mark = match property.change {
            PropertyChange::Unchanged => style.good(),
            PropertyChange::Added => "+".to_owned(),
            PropertyChange::Removed => "-".to_owned(),
            PropertyChange::Changed => "~".to_owned(),
        };
        let verdict = property.verdict.map(|it| format!(" - {}", word(it)));
        let text = visible(&property.to_string()).into_owned();
        let _ = writeln!(out, "{mark} {text}{}", verdict.unwrap_or_default());
    }
    reasons(out, compared, explain);
    behind(out, compared);
    affected(out, &compared.affected);
    let good = compared.too_small().is_none() && compared.verdict() == Overall::Compatible;
    let result = format!("Result: {}", result(compared));
    let paint = if good { Paint::Good } else { Paint::Error };
    let _ = writeln!(out, "{}", style.paint(paint, &result));
    if let Some((proposed, smallest)) = compared.too_small() {
        let _ = writeln!(
            out,
            "{} {proposed} is too small for this change: it needs {smallest}",
            style.bad()
        );
    }
}

/// What the verdict hangs on: what breaks; with `--explain` all of it.
fn reasons(out: &mut String, compared: &Compared, explain: bool) {
    let judgement = &compared.judgement;
    for reason in &judgement.reasons {
        if !explain && reason.weight == Weight::Compatible {
            continue;
        }
        let weight = match reason.weight {
            Weight::Breaking => "breaks",
            Weight::Unknown => "not decided",
            Weight::Compatible => "compatible",
        };
        let _ = writeln!(out, "  {weight}: {}", visible(&reason.text));
        if let Some(witness) = &reason.witness {
            let text = witness.to_string();
            let _ = writeln!(out, "    witness: {}", visible(&text));
        }
    }
    if explain {
        let promises = judgement.promises;
        let _ = writeln!(
            out,
            "  promised: backwards {}, forwards {}; undeclared properties are taken as {}",
            yes_or_no(promises.backwards),
            yes_or_no(promises.forwards),
            match promises.mode {
                Mode::Emitted => "not emitted (mode: emitted)",
                Mode::Literal => "the schema has them (mode: literal)",
            }
        );
    }
}

/// What the change is to those who skipped a version.
fn behind(out: &mut String, compared: &Compared) {
    for behind in &compared.behind {
        let reason = behind.judgement.headline();
        let why = reason.map(|reason| format!(": {}", reason.text));
        let line = format!(
            "seen from {}, which {} still follow{}, it is {}{}",
            behind.version,
            blue_realm::listed(&behind.repos),
            if behind.repos.len() == 1 { "s" } else { "" },
            word(behind.judgement.verdict),
            why.unwrap_or_default(),
        );
        let _ = writeln!(out, "  {}", visible(&line));
        if let Some(witness) = behind.judgement.witness() {
            let _ = writeln!(out, "    witness: {}", visible(&witness.to_string()));
        }
    }
}

fn yes_or_no(promised: bool) -> &'static str {
    if promised { "yes" } else { "no" }
}

fn affected(out: &mut String, affected: &[Affected]) {
    if affected.is_empty() {
        out.push_str("Affected repos: nobody imports it yet\n");
        return;
    }
    out.push_str("Affected repos:\n");
    for one in affected {
        let range = one.range.as_ref().map(|range| format!(" ({range})"));
        let files = match one.files.is_empty() {
            true => String::new(),
            false => format!(" [{}]", one.files.join(", ")),
        };
        let accepted = one.accepted.as_ref().map(|accepted| {
            let until = accepted
                .until
                .as_ref()
                .map(|until| format!(" until {until}"));
            format!(
                "; accepted{}: {}",
                until.unwrap_or_default(),
                accepted.reason
            )
        });
        let line = format!(
            "{}{}: {}, {}{}{files}",
            one.repo,
            range.unwrap_or_default(),
            one.stand.as_str(),
            one.why,
            accepted.unwrap_or_default(),
        );
        let _ = writeln!(out, "  {}", visible(&line));
    }
}

pub(super) fn word(verdict: Overall) -> &'static str {
    match verdict {
        Overall::Compatible => "COMPATIBLE",
        Overall::Breaking => "BREAKING",
        Overall::Unknown => "UNKNOWN",
    }
}

fn result(compared: &Compared) -> String {
    let verdict = word(compared.verdict());
    let bump = compared.bump();
    let needed = compared.needs().map(|it| format!(": {it}"));
    let needed = needed.unwrap_or_default();
    match (compared.verdict(), bump) {
        (_, None) => format!("{verdict} (the first version)"),
        (Overall::Compatible, Some("none")) => format!("{verdict} (nothing changed)"),
        (Overall::Compatible, Some(bump)) => format!("{verdict} ({bump} version bump OK)"),
        (Overall::Breaking, Some(bump)) => {
            format!("{verdict} ({bump} version bump needed{needed})")
        }
        (Overall::Unknown, Some(bump)) => {
            format!("{verdict} (breaking until it is accepted; {bump} version bump needed{needed})")
        }
    }
}

impl Compared {
    /// The smallest version that is right for everyone.
    pub(super) fn needs(&self) -> Option<&Version> {
        let behind = self.behind.iter().map(|behind| &behind.smallest);
        behind.chain(&self.smallest).max()
    }

    /// How far the version has to move.
    pub(super) fn bump(&self) -> Option<&'static str> {
        let from = self.from.version.as_ref()?;
        let behind = self.behind.iter().map(|behind| behind.bump());
        Some(
            match behind.fold(self.judgement.required_bump(from), Bump::max) {
                Bump::None => "none",
                Bump::Patch => "patch",
                Bump::Minor => "minor",
                Bump::Major => "major",
            },
        )
    }
}

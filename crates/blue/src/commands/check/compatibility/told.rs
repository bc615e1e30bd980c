//! How a comparison is written: a line a property, whom the change meets, and the result; for
//! machines as version 1 of a shape of its own.

use std::fmt::Write as _;

use blue_compat::Mode;
use blue_compat::bump::Bump;
use blue_compat::contract::{Overall, PropertyChange, Weight};
use serde_json::{Value, json};

use super::affected::{Affected, Stand};
use super::{Compared, Comparison};
use crate::output::visible::visible;
use crate::output::{Paint, Style, json::to_text};

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
    affected(out, &compared.affected);
    let good = compared.too_small().is_none() && compared.judgement.verdict == Overall::Compatible;
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
        let line = format!(
            "{}{}: {}, {}{files}",
            one.repo,
            range.unwrap_or_default(),
            one.stand.as_str(),
            one.why
        );
        let _ = writeln!(out, "  {}", visible(&line));
    }
}

fn word(verdict: Overall) -> &'static str {
    match verdict {
        Overall::Compatible => "COMPATIBLE",
        Overall::Breaking => "BREAKING",
        Overall::Unknown => "UNKNOWN",
    }
}

fn result(compared: &Compared) -> String {
    let verdict = word(compared.judgement.verdict);
    let bump = compared.bump();
    let needed = compared.smallest.as_ref().map(|it| format!(": {it}"));
    let needed = needed.unwrap_or_default();
    match (compared.judgement.verdict, bump) {
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
    /// How far the version has to move.
    fn bump(&self) -> Option<&'static str> {
        let from = self.from.version.as_ref()?;
        Some(match self.judgement.required_bump(from) {
            Bump::None => "none",
            Bump::Patch => "patch",
            Bump::Minor => "minor",
            Bump::Major => "major",
        })
    }
}

/// For machines.
pub(super) fn json(comparison: &Comparison) -> String {
    let contracts: Vec<Value> = comparison.compared.iter().map(contract).collect();
    to_text(&json!({
        "version": 1,
        "contracts": contracts,
        "notes": comparison.notes,
        "unchecked": comparison.could_not,
    }))
}

fn contract(compared: &Compared) -> Value {
    let judgement = &compared.judgement;
    let state = |state: &super::State| {
        let version = state.version.as_ref().map(ToString::to_string);
        json!({"version": version, "source": state.source})
    };
    let properties = judgement.properties.iter().map(|property| {
        json!({
            "name": property.name,
            "change": match property.change {
                PropertyChange::Unchanged => "unchanged",
                PropertyChange::Added => "added",
                PropertyChange::Removed => "removed",
                PropertyChange::Changed => "changed",
            },
            "text": property.to_string(),
            "verdict": property.verdict.map(|it| word(it).to_lowercase()),
        })
    });
    let reasons = judgement.reasons.iter().map(|reason| {
        json!({
            "text": reason.text,
            "verdict": match reason.weight {
                Weight::Breaking => "breaking",
                Weight::Unknown => "unknown",
                Weight::Compatible => "compatible",
            },
            "witness": reason.witness,
        })
    });
    let importers = compared.affected.iter().map(|one| {
        json!({
            "repo": one.repo,
            "range": one.range,
            "resolved_version": one.follows.as_ref().map(ToString::to_string),
            "binding": one.files,
            "state": one.stand.as_str(),
            "reason": one.why,
        })
    });
    json!({
        "realm": compared.realm,
        "domain": compared.domain,
        "contract": compared.contract,
        "from": state(&compared.from),
        "to": state(&compared.to),
        "properties": properties.collect::<Vec<_>>(),
        "reasons": reasons.collect::<Vec<_>>(),
        "verdict": word(judgement.verdict).to_lowercase(),
        "mode": match judgement.promises.mode {
            Mode::Emitted => "emitted",
            Mode::Literal => "literal",
        },
        "bump": compared.bump(),
        "needs": compared.smallest.as_ref().map(ToString::to_string),
        "too_small": compared.too_small().is_some(),
        "witness": judgement.witness(),
        "importers": importers.collect::<Vec<_>>(),
        "broken": compared.affected.iter().filter(|one| one.stand == Stand::Broken).count(),
    })
}

//! What `--mode=compatibility` writes for machines: version 1 of a shape of its own, of which
//! `blue schema comparison` is the schema.

use blue_compat::Mode;
use blue_compat::contract::{PropertyChange, Weight};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use super::affected::{Affected, Stand};
use super::told::word;
use super::{Compared, Comparison};
use crate::output::json::to_text;

/// What `blue realm check --mode=compatibility --json` writes.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "A comparison of contracts")]
struct Document<'a> {
    /// Of this shape.
    #[schemars(extend("const" = 1))]
    version: u32,
    contracts: Vec<ContractShape<'a>>,
    /// Words for what there is nothing to compare of.
    notes: &'a [String],
    /// What could not be read or judged, in a sentence each.
    unchecked: &'a [String],
}

/// A contract's change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Contract")]
struct ContractShape<'a> {
    realm: &'a str,
    domain: &'a str,
    contract: &'a str,
    from: StateShape<'a>,
    to: StateShape<'a>,
    /// One entry a top-level property, the old version's order first.
    properties: Vec<PropertyShape<'a>>,
    /// What changed and why that matters, the gravest first.
    reasons: Vec<ReasonShape<'a>>,
    /// Versions that importers still follow, where the change is worse seen from there.
    behind: Vec<BehindShape<'a>>,
    /// The gravest: `compatible`, `breaking` or `unknown`, which is breaking until it is accepted.
    verdict: String,
    /// How undeclared properties are taken: `emitted` or `literal`.
    mode: &'static str,
    /// How far the version has to move: `none`, `patch`, `minor` or `major`; null for a first version.
    bump: Option<&'static str>,
    /// The smallest version that is right for everyone.
    needs: Option<String>,
    /// Whether the new state says a smaller one.
    too_small: bool,
    /// What shows the break: a document, or a string that patterns do not take in any more.
    witness: Option<&'a Value>,
    importers: Vec<ImporterShape<'a>>,
    /// How many importers are broken and have not accepted it.
    broken: usize,
}

/// A state of the contract.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "State")]
struct StateShape<'a> {
    version: Option<String>,
    /// Where it was read.
    source: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Property")]
struct PropertyShape<'a> {
    name: &'a str,
    /// `unchanged`, `added`, `removed` or `changed`.
    change: &'static str,
    /// What happened, in words.
    text: String,
    /// Its own verdict; null where nothing changed, or where it cannot be told apart.
    verdict: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
struct ReasonShape<'a> {
    text: &'a str,
    /// `breaking`, `unknown` or `compatible`.
    verdict: &'static str,
    witness: Option<&'a Value>,
}

/// A version that is still followed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Behind")]
struct BehindShape<'a> {
    version: String,
    /// Who follows it.
    repos: &'a [String],
    verdict: String,
    /// The smallest version that is right for them.
    needs: String,
    reason: Option<&'a str>,
    witness: Option<&'a Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Importer")]
struct ImporterShape<'a> {
    repo: &'a str,
    range: Option<&'a str>,
    resolved_version: Option<String>,
    /// The files that have to follow, paths in that repo.
    binding: &'a [String],
    /// `satisfied`, `stale`, `broken` or `new`.
    state: &'static str,
    reason: &'a str,
    /// It has agreed to what breaks it, which then fails nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<AcceptedShape<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Accepted")]
struct AcceptedShape<'a> {
    reason: &'a str,
    until: Option<&'a str>,
}

/// The document.
pub(super) fn json(comparison: &Comparison) -> String {
    to_text(&Document {
        version: 1,
        contracts: comparison.compared.iter().map(contract).collect(),
        notes: &comparison.notes,
        unchecked: &comparison.could_not,
    })
}

/// The schema of the document.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Document<'static>>();
    schema.insert("$id".to_owned(), "urn:blue:schema:comparison".into());
    schema
}

fn contract(compared: &Compared) -> ContractShape<'_> {
    let judgement = &compared.judgement;
    let lower = |verdict| word(verdict).to_lowercase();
    let properties = judgement.properties.iter().map(|property| PropertyShape {
        name: &property.name,
        change: match property.change {
            PropertyChange::Unchanged => "unchanged",
            PropertyChange::Added => "added",
            PropertyChange::Removed => "removed",
            PropertyChange::Changed => "changed",
        },
        text: property.to_string(),
        verdict: property.verdict.map(lower),
    });
    let reasons = judgement.reasons.iter().map(|reason| ReasonShape {
        text: &reason.text,
        verdict: match reason.weight {
            Weight::Breaking => "breaking",
            Weight::Unknown => "unknown",
            Weight::Compatible => "compatible",
        },
        witness: reason.witness.as_ref(),
    });
    let behind = compared.behind.iter().map(|behind| BehindShape {
        version: behind.version.to_string(),
        repos: &behind.repos,
        verdict: lower(behind.judgement.verdict),
        needs: behind.smallest.to_string(),
        reason: behind
            .judgement
            .headline()
            .map(|reason| reason.text.as_str()),
        witness: behind.judgement.witness(),
    });
    let witnesses = compared.behind.iter();
    let mut witnesses = witnesses.filter_map(|behind| behind.judgement.witness());
    ContractShape {
        realm: &compared.realm,
        domain: &compared.domain,
        contract: &compared.contract,
        from: state(&compared.from),
        to: state(&compared.to),
        properties: properties.collect(),
        reasons: reasons.collect(),
        behind: behind.collect(),
        verdict: lower(compared.verdict()),
        mode: match judgement.promises.mode {
            Mode::Emitted => "emitted",
            Mode::Literal => "literal",
        },
        bump: compared.bump(),
        needs: compared.needs().map(ToString::to_string),
        too_small: compared.too_small().is_some(),
        witness: judgement.witness().or_else(|| witnesses.next()),
        importers: compared.affected.iter().map(importer).collect(),
        broken: compared
            .affected
            .iter()
            .filter(|one| one.is_broken())
            .count(),
    }
}

fn state(state: &super::State) -> StateShape<'_> {
    StateShape {
        version: state.version.as_ref().map(ToString::to_string),
        source: &state.source,
    }
}

fn importer(one: &Affected) -> ImporterShape<'_> {
    ImporterShape {
        repo: &one.repo,
        range: one.range.as_deref(),
        resolved_version: one.follows.as_ref().map(ToString::to_string),
        binding: &one.files,
        state: Stand::as_str(one.stand),
        reason: &one.why,
        accepted: one.accepted.as_ref().map(|accepted| AcceptedShape {
            reason: &accepted.reason,
            until: accepted.until.as_deref(),
        }),
    }
}

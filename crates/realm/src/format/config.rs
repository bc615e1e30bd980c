//! `.blue/config.yaml` of a code repository, and the settings that an editor gives
//! (`realm-format.md`, "In a code repository").

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::shapes::{Levels, Name, Reference, RepoLevels, Url};

/// Which repo this is and which realms it takes part in: `.blue/config.yaml`, committed.
/// `.blue/config.local.yaml`, ignored by git, overrides it per machine and may leave out anything.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(
    title = ".blue/config.yaml",
    deny_unknown_fields,
    extend("patternProperties" = super::own_keys(), "oneOf" = [{"required": ["realm"]}, {"required": ["realms"]}])
)]
pub struct Config {
    /// The repo's name in its realms.
    pub repo: Name,
    /// The realm that the repo takes part in. Of several: `realms`.
    pub realm: Option<RealmRef>,
    /// The realms that the repo takes part in, each named once.
    pub realms: Option<Vec<RealmRef>>,
    /// Severities that this repo sets by the code of the finding (`import-excess: off`). Findings of
    /// what breaks others (`export-breaking`, `version-…`, `not-owner`) only the realm may lower.
    pub findings: Option<RepoLevels>,
}

/// Where a realm is to be found: `path`, `url`, or both.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields, extend("patternProperties" = super::own_keys()))]
pub struct RealmRef {
    /// The realm's name.
    pub name: Name,
    /// A checkout of the realm, relative to the repo's root. Blue never moves it.
    pub path: Option<String>,
    /// Where git fetches the realm from. Blue keeps a clone of it where there is no `path`.
    pub url: Option<Url>,
    /// A branch to follow or a tag to pin. Unset: the remote's default branch.
    pub r#ref: Option<Reference>,
}

/// What an editor sets under `blue`, for the server.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(
    title = "settings",
    rename_all = "camelCase",
    deny_unknown_fields,
    // Those that an editor's extension keeps for itself.
    extend("patternProperties" = {"^(path|trace|enable)$": true})
)]
pub struct Settings {
    /// Where the pages of the findings are: a code is put behind it, and a finding's code becomes a
    /// link. Unset: no links.
    #[schemars(url)]
    pub docs_url: Option<String>,
    /// The absolute path of a realm's checkout, used instead of what a repository's config says that
    /// names one realm. Unset: the config counts.
    pub realm_path: Option<String>,
    /// Whether findings of the severity hint are shown. Unset: they are.
    #[schemars(extend("default" = true))]
    pub hints: Option<bool>,
    /// Severities by the code of the finding, for codes of which neither the repository nor the
    /// realm says anything.
    pub findings: Option<Levels>,
    /// What other sessions on this machine are told.
    pub sessions: Option<SessionSettings>,
    /// How what happened in the realms is shown. Unset: with answers to choose from, where the editor has them.
    #[schemars(extend("default" = "on"))]
    pub notifications: Option<NewsWord>,
}

/// What other sessions on this machine are told.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SessionSettings {
    /// Whether they are told what unsaved edits would change. Unset: they are.
    #[schemars(extend("default" = "on"))]
    pub share: Option<OnOff>,
}

/// How news is shown.
#[derive(Debug, Clone, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewsWord {
    /// With answers to choose from.
    On,
    /// As plain messages.
    Plain,
    /// Not at all.
    Off,
}

/// `on` or `off`, which readers of YAML 1.1 make booleans of.
#[derive(Debug, Clone)]
pub struct OnOff;

impl JsonSchema for OnOff {
    fn schema_name() -> Cow<'static, str> {
        "OnOff".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": ["on", "off", true, false]})
    }
}

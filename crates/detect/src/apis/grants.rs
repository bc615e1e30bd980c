//! The table of grants: which statements and methods allow what to whom. It stands in `queries/apis/iam-cdk.toml`.

use std::sync::OnceLock;

use blue_pattern::Pattern;
use serde::Deserialize;
use smol_str::SmolStr;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementRow {
    pub(crate) names: Vec<SmolStr>,
    pub(crate) actions: SmolStr,
    pub(crate) resources: SmolStr,
    pub(crate) effect: SmolStr,
    pub(crate) conditions: SmolStr,
    pub(crate) not_actions: Vec<SmolStr>,
    pub(crate) not_resources: Vec<SmolStr>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantRow {
    pub(crate) names: Vec<SmolStr>,
    pub(crate) actions: Vec<SmolStr>,
    /// The place of the pattern of keys among the arguments.
    #[serde(default = "one")]
    pub(crate) position: usize,
}

fn one() -> usize {
    1
}

/// The grants table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantTable {
    #[allow(dead_code)]
    family: SmolStr,
    pub(crate) statement: Vec<StatementRow>,
    /// A statement of a policy document.
    pub(crate) document: StatementRow,
    /// A statement in a list, as other tools take it.
    pub(crate) listed: StatementRow,
    /// The actions on objects.
    objects: Vec<SmolStr>,
    pub(crate) grant: Vec<GrantRow>,
    /// Policy templates of SAM.
    pub(crate) template: Vec<GrantRow>,
    /// What a file with a policy document holds.
    pub(crate) anchors: Vec<SmolStr>,
}

impl GrantTable {
    /// Whether one of some actions is on objects: `s3:*` is, `s3:GetBucketLocation` is none.
    pub(crate) fn is_on_objects(&self, actions: &[SmolStr]) -> bool {
        let mut patterns = actions
            .iter()
            .map(|it| Pattern::parse_iam(&it.to_lowercase()));
        patterns.any(|pattern| {
            let mut objects = self.objects.iter();
            objects.any(|action| pattern.matches(&action.to_lowercase()))
        })
    }

    /// The grant method of that name.
    pub(crate) fn method(&self, name: &str) -> Option<&GrantRow> {
        let mut rows = self.grant.iter();
        rows.find(|row| row.names.iter().any(|it| it == name))
    }

    /// The policy template of SAM of that name.
    pub(crate) fn template(&self, name: &str) -> Option<&GrantRow> {
        let mut rows = self.template.iter();
        rows.find(|row| row.names.iter().any(|it| it == name))
    }
}

/// The table of grants.
///
/// # Panics
/// When Blue's own table does not parse, which a test rules out.
pub(crate) fn grant_table() -> &'static GrantTable {
    static TABLE: OnceLock<GrantTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("../../../../queries/apis/iam-cdk.toml");
        toml::from_str(text).unwrap_or_else(|error| panic!("iam-cdk.toml: {error}"))
    })
}

//! Where a repository stands, as data for programs: the same shape from the command and from the server. Its schema
//! is `blue schema status`.

use serde_json::{Value, json};

use super::{Standing, Status};
use crate::history;
use crate::merge::{join_shape, sync_shape};

impl Status {
    /// What `blue status --json` writes, and `blue/status` answers.
    #[must_use]
    pub fn document(&self) -> Value {
        let repo = self.repo.as_deref();
        let realms = self.realms.iter();
        json!({
            "version": 1,
            "repo": repo,
            "realms": realms.map(|it| of_realm(repo, it)).collect::<Vec<_>>(),
            "problems": self.problems,
            "findings": {"errors": self.errors, "warnings": self.warnings},
        })
    }
}

fn of_realm(repo: Option<&str>, standing: &Standing) -> Value {
    let record = &standing.record;
    let mut domains = Vec::new();
    let name = repo.unwrap_or_default();
    for domain in record.domains_of(name) {
        let binding = record.binding(&domain.name, name);
        let exports = binding.iter().flat_map(|it| &it.exports).map(|export| {
            let contract = record.contract(&domain.name, &export.contract);
            let importers = record.importers_of(&domain.name, &export.contract);
            let importers = importers.iter().map(|it| {
                json!({
                    "repo": it.repo,
                    "range": it.import.version_text,
                    "follows": it.import.resolved_version.as_ref().map(ToString::to_string),
                })
            });
            let version = contract
                .and_then(|it| it.version.as_ref())
                .map(ToString::to_string);
            json!({
                "contract": export.contract,
                "version": version,
                "importers": importers.collect::<Vec<_>>(),
            })
        });
        let exports: Vec<Value> = exports.collect();
        domains.push(json!({"domain": domain.name, "exports": exports}));
    }
    let drift = standing
        .changes
        .iter()
        .filter(|it| !it.is_empty())
        .map(|change| {
            let items = |items: &[(String, String)]| -> Vec<Value> {
                let items = items.iter();
                items
                    .map(|(field, value)| json!({"field": field, "value": value}))
                    .collect()
            };
            json!({
                "domain": change.domain,
                "contract": change.contract,
                "added": items(&change.added),
                "removed": items(&change.removed),
                "doubt": standing.doubt(change),
                "waits_in": standing.waits_in(repo, change).map(|it| &it.judged.open.branch),
            })
        });
    let imports = standing.followings.iter().map(|it| {
        json!({
            "domain": it.domain,
            "contract": it.contract,
            "version": it.version.as_ref().map(ToString::to_string),
            "follows": it.resolved.as_ref().map(ToString::to_string),
            "in_range": it.in_range,
            "uncovered": it.uncovered,
        })
    });
    json!({
        "realm": standing.realm,
        "age": standing.trouble.as_ref().or(standing.age.as_ref()),
        "rewritten": standing.rewritten,
        "domains": domains,
        "drift": drift.collect::<Vec<_>>(),
        "imports": imports.collect::<Vec<_>>(),
        "notifications": standing.unread.iter().map(history::shape).collect::<Vec<_>>(),
        "open": standing.open.iter().map(|it| sync_shape(&it.judged)).collect::<Vec<_>>(),
        "joins": standing.joins.iter().map(join_shape).collect::<Vec<_>>(),
    })
}

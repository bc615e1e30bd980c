//! The value that an exporter's code has now: what its contract declares, with what the exporter's
//! findings say was added and removed. So it never contradicts what the same check says.

use std::sync::Arc;

use blue_analysis::{Code, Finding};
use blue_realm::ContractFile;
use serde_json::Value;

use crate::engine::Report;

/// The value of a contract as the code that was checked has it; nothing before its first release.
pub(super) fn detected_value(
    report: &Report,
    realm: &str,
    domain: &str,
    contract: &ContractFile,
) -> Option<Value> {
    let mut value = contract.value.clone()?;
    let is_of = |finding: &&Arc<Finding>| {
        finding.realm.as_deref() == Some(realm)
            && finding.domain.as_deref() == Some(domain)
            && finding.contract.as_ref() == Some(&contract.name)
    };
    for finding in report.findings.iter().filter(is_of) {
        apply(&mut value, finding);
    }
    Some(value)
}

/// Does to a declared value what a finding says the code did.
fn apply(value: &mut Value, finding: &Finding) {
    let told = [Code::ExportAdded, Code::ExportRemoved, Code::ExportBreaking];
    let Some(change) = finding
        .change
        .as_ref()
        .filter(|_| told.contains(&finding.code))
    else {
        return;
    };
    let Some(field) = change.field.as_ref() else {
        return;
    };
    let Some(members) = value.as_object_mut() else {
        return;
    };
    let list = members
        .entry(field.as_str())
        .or_insert_with(|| Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else {
        return;
    };
    let is_gone = |item: &Value| {
        item.as_str()
            .is_some_and(|it| change.removed.iter().any(|r| r == it))
    };
    list.retain(|item| !is_gone(item));
    for added in &change.added {
        if !list.iter().any(|item| item.as_str() == Some(added)) {
            list.push(Value::String(added.clone()));
        }
    }
}

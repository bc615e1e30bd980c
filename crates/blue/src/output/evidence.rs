//! What `--explain` says below a finding: what it means, and what it rests on.

use blue_analysis::Finding;

use crate::findings_pages::meaning;

/// The lines, each with the word it begins with. The page says more; this is what one needs to
/// believe the finding or to doubt it.
pub(crate) fn evidence(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut lines = vec![("meaning", meaning(finding.code))];
    if let Some(from) = &finding.judged_from {
        lines.push(("held against", from.to_string()));
    }
    let Some(change) = &finding.change else {
        return lines;
    };
    if let (Some(from), Some(to)) = (&change.from, &change.to) {
        let size = change.bump.map(|bump| format!(" ({bump})"));
        let name = finding.contract.as_deref().unwrap_or("the contract");
        lines.push((
            "version",
            format!(
                "{from} to {to}{}, the smallest that all changes of {name} together allow",
                size.unwrap_or_default()
            ),
        ));
    }
    if let Some(verdict) = change.verdict {
        lines.push(("verdict", format!("{verdict}, of this change alone")));
    }
    if let Some(witness) = &change.witness {
        lines.push(("witness", format!("`{witness}` was in it, and is no more")));
    }
    if change
        .verdict
        .is_some_and(|verdict| verdict != "compatible")
    {
        lines.push((
            "fingerprint",
            format!("{}, by which it is accepted", finding.fingerprint),
        ));
    }
    lines
}

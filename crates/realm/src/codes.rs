//! The codes that findings have, as far as files name them: `findings:` of a realm and of a
//! repository sets their severities. What they mean is the analysis's (`blue_analysis::Code`), which
//! stands above this crate; a test of its own holds the two lists together.

use crate::names::did_you_mean;

/// Every code, in the order of the table in the specification's `findings.md`.
pub const CODES: &[&str] = &[
    "export-added",
    "export-removed",
    "export-breaking",
    "export-unseen",
    "export-unlisted",
    "export-ambiguous",
    "export-opaque",
    "export-schema",
    "export-missing-source",
    "import-stale",
    "import-broken",
    "import-uncovered",
    "import-excess",
    "import-pending",
    "import-missing-file",
    "realm-syntax",
    "realm-schema",
    "unknown-key",
    "bad-name",
    "bad-version",
    "bad-range",
    "range-ambiguous",
    "unknown-reference",
    "member-pending",
    "value-schema",
    "schema-invalid",
    "version-not-bumped",
    "version-too-small",
    "version-regressed",
    "version-rewritten",
    "verdict-unknown",
    "value-deprecated",
    "sunset-passed",
    "evolution-mismatch",
    "evolution-missing",
    "not-owner",
    "unsigned-commit",
    "repo-mismatch",
    "acceptance-unmatched",
    "ignore-unused",
    "cycle",
    "hook-failed",
    "hook-warning",
    "source-unreadable",
    "limit-exceeded",
    "path-escapes",
    "query-invalid",
    "config-invalid",
    "realm-unreachable",
    "realm-behind",
];

/// What to say of a code that is none, and the one that was meant.
pub(crate) fn unknown(code: &str) -> Option<(String, Option<&'static str>)> {
    if CODES.contains(&code) || code.starts_with("x-") {
        return None;
    }
    let near = did_you_mean(code, CODES.iter().copied());
    let shown = crate::decode::shortened(code);
    let message = match near {
        Some(near) => format!("no finding has the code `{shown}`; did you mean `{near}`?"),
        None => format!("no finding has the code `{shown}`, so this sets nothing"),
    };
    Some((message, near))
}

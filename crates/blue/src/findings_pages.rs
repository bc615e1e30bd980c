//! The pages of docs/findings/, embedded, so that the command explains what it says without a
//! network.

use blue_analysis::Code;

macro_rules! pages {
    ($($code:literal)*) => {
        /// Code and page, in the order of the table of codes.
        const PAGES: &[(&str, &str)] = &[$((
            $code,
            include_str!(concat!("../../../docs/findings/", $code, ".md")),
        ),)*];
    };
}

pages! {
    "export-added" "export-removed" "export-breaking" "export-unseen" "export-unlisted"
    "export-ambiguous" "export-opaque" "export-schema" "export-missing-source" "import-stale"
    "import-broken" "import-uncovered" "import-excess" "import-pending" "import-missing-file"
    "realm-syntax" "realm-schema" "unknown-key" "bad-name" "bad-version" "bad-range"
    "range-ambiguous" "unknown-reference" "member-pending" "value-schema" "schema-invalid"
    "version-not-bumped" "version-too-small" "version-regressed" "version-rewritten"
    "verdict-unknown" "value-deprecated" "sunset-passed" "evolution-mismatch" "evolution-missing"
    "not-owner" "unsigned-commit" "repo-mismatch" "acceptance-unmatched" "ignore-unused" "cycle"
    "hook-failed" "hook-warning" "source-unreadable" "limit-exceeded" "path-escapes" "query-invalid"
    "config-invalid" "realm-unreachable" "realm-behind"
}

/// The page of a code, in Markdown.
pub(crate) fn page_of(code: Code) -> &'static str {
    let page = PAGES.iter().find(|(name, _)| *name == code.as_str());
    page.map_or("", |(_, page)| page)
}

/// What the code says, in one sentence: the first below the page's title.
pub(crate) fn summary(code: Code) -> &'static str {
    let lines = page_of(code).lines().skip(1);
    let mut lines = lines.map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// The first paragraph of "What it says", in one line.
pub(crate) fn meaning(code: Code) -> String {
    let lines = page_of(code).lines();
    let lines = lines.skip_while(|line| *line != "## What it says").skip(2);
    let lines: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const HEADINGS: [&str; 4] = ["What it says", "Example", "Remedy", "How to silence it"];

    #[test]
    fn every_code_has_a_page_of_one_form() {
        for code in Code::ALL {
            let page = page_of(*code);
            let lines: Vec<_> = page.lines().collect();
            let title = format!("# {code}");
            assert_eq!(lines.first(), Some(&title.as_str()), "the page of {code}");
            let first = lines.get(2).copied().unwrap_or_default();
            assert!(
                first.ends_with('.') && first.len() <= 110,
                "{code}: {first}"
            );
            let headings: Vec<_> = lines
                .iter()
                .filter_map(|it| it.strip_prefix("## "))
                .collect();
            assert_eq!(headings, HEADINGS, "{code}");
            let severity = format!("Severity: {}", code.default_severity());
            assert!(
                lines.iter().any(|it| it.starts_with(&severity)),
                "{code}: {severity}"
            );
            for (at, line) in lines.iter().enumerate() {
                if line.starts_with("## ") {
                    let next = lines.get(at + 2).copied().unwrap_or_default();
                    assert!(!next.is_empty() && !next.starts_with('#'), "{code}: {line}");
                }
            }
        }
    }

    #[test]
    fn no_page_without_a_code() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings");
        let files = std::fs::read_dir(folder).unwrap();
        let files: BTreeSet<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let expected = Code::ALL.iter().map(|code| format!("{code}.md"));
        assert_eq!(files, expected.collect::<BTreeSet<_>>());
    }
}

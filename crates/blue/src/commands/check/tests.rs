//! What is wanted and how it ends, over reports made by hand.

use std::sync::Arc;

use blue_analysis::{Code, Finding, Mode, Passed, Place, Root, Severity};

use crate::commands::check::exit::exit;
use crate::commands::check::named::{Named, is_asked_for};
use crate::commands::check::options::Side;
use crate::commands::check::scope::of_sides;
use crate::engine::Report;
use crate::failure::Exit;

fn report(codes: &[Code]) -> Report {
    let finding = |code: &Code| {
        Arc::new(Finding {
            code: *code,
            severity: code.default_severity(),
            message: String::new(),
            place: Place {
                root: Root::Repo("aperture".into()),
                path: "jobs/segment.py".into(),
                span: blue_text::Span::empty(0),
            },
            sites: vec![],
            also: Vec::new(),
            related: vec![],
            repo: None,
            realm: None,
            domain: None,
            contract: None,
            change: None,
            judged_from: None,
            fixes: vec![],
            fingerprint: String::new(),
            accepted: None,
        })
    };
    Report {
        realms: vec!["letemcook".into()],
        findings: codes.iter().map(finding).collect(),
        ..Report::default()
    }
}

#[test]
fn exit_codes() {
    use Code::SourceUnreadable;
    use Code::{ConfigInvalid, ExportAdded, ExportBreaking, ImportStale, RealmUnreachable};
    // codes, fail on, exit code
    for (codes, fail_on, expected) in [
        (&[][..], Severity::Hint, 0),
        (&[ExportAdded, ImportStale], Severity::Error, 0),
        (&[ExportAdded, ImportStale], Severity::Warning, 1),
        (&[ExportAdded], Severity::Info, 1),
        (&[ExportBreaking], Severity::Error, 1),
        (&[SourceUnreadable], Severity::Error, 3),
        (&[SourceUnreadable, ExportBreaking], Severity::Error, 1),
        (&[RealmUnreachable], Severity::Error, 0),
        (&[ConfigInvalid, ExportBreaking], Severity::Error, 2),
    ] {
        let found = exit(&report(codes), fail_on).code();
        assert_eq!(found, expected, "{codes:?} on {fail_on}");
    }
    let mut unseen = report(&[RealmUnreachable]);
    unseen.realms.clear();
    assert_eq!(exit(&unseen, Severity::Error), Exit::Unchecked);
}

#[test]
fn one_side_alone() {
    let mut all = report(&[Code::ExportAdded, Code::ImportStale, Code::BadRange]);
    let passed = |mode| Passed {
        contract: "s3-permissions".into(),
        mode,
        text: "".into(),
    };
    all.passed = vec![passed(Mode::Exporter), passed(Mode::Importer)];
    // sides, codes, modes
    for (sides, codes, passed) in [
        (&[][..], "export-added import-stale bad-range", 2),
        (&[Side::Exporter], "export-added bad-range", 1),
        (&[Side::Importer], "import-stale bad-range", 1),
        (
            &[Side::Importer, Side::Exporter],
            "export-added import-stale bad-range",
            2,
        ),
    ] {
        let left = of_sides(all.clone(), sides);
        let found: Vec<_> = left.findings.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(found.join(" "), codes, "{sides:?}");
        assert_eq!(left.passed.len(), passed, "{sides:?}");
    }
    let mut exporter = report(&[]);
    exporter.repo = Some("aperture".into());
    let left = of_sides(exporter, &[Side::Importer]);
    assert_eq!(left.notes, ["aperture imports no contract"]);
}

#[test]
fn one_contract_alone() {
    use Code::{BadRange, ConfigInvalid, ExportAdded, RealmSyntax};
    // code, domain, contract, is kept for: the contract, its domain, both
    for (code, domain, contract, expected) in [
        (ExportAdded, "s3-access", "s3-permissions", [true; 3]),
        (ExportAdded, "s3-access", "jobs-done", [false, true, false]),
        (
            ExportAdded,
            "elsewhere",
            "s3-permissions",
            [true, false, false],
        ),
        // What is wrong in a binding, and a binding that cannot be read at all.
        (BadRange, "s3-access", "", [false, true, false]),
        (RealmSyntax, "s3-access", "", [true; 3]),
        (RealmSyntax, "elsewhere", "", [true, false, false]),
        (ConfigInvalid, "", "", [true; 3]),
        (BadRange, "", "", [false; 3]),
    ] {
        let report = report(&[code]);
        let mut finding = (*report.findings[0]).clone();
        finding.domain = (!domain.is_empty()).then(|| domain.into());
        finding.contract = (!contract.is_empty()).then(|| contract.into());
        let kept = [
            ("s3-permissions", ""),
            ("", "s3-access"),
            ("s3-permissions", "s3-access"),
        ];
        let kept = kept.map(|(contract, domain)| {
            let list = |name: &str| match name {
                "" => Vec::new(),
                name => vec![name.to_owned()],
            };
            let named = Named {
                contracts: list(contract),
                domains: list(domain),
            };
            is_asked_for(&finding, &named)
        });
        assert_eq!(kept, expected, "{code} of {domain}/{contract}");
    }
}

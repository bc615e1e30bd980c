//! Snapshots of both formats over findings made by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use blue_analysis::{
    Accepted, ChangeData, Code, Finding, Fix, Mode, Passed, Place, Related, Root, Severity,
};
use blue_detect::Op;
use blue_text::Span;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::cli::Detail;
use crate::engine::Report;
use crate::failure::Exit;
use crate::findings_pages::page_of;
use crate::output::human::Telling;
use crate::output::sites::{Site, Sites};
use crate::output::{Colours, Glyphs, Style, github, gitlab, human, json, junit, sarif, sites};

const CALIBRATE: &str = "\
from models.paths import BUCKET

def current(s3):
\treturn s3.get_object(Bucket=BUCKET, Key=\"calibration/current.json\")
";
const STACK: &str = "\
# 真菌
bucket.grant_read(role, \"calibration/current.json\")
";

fn text_of(place: &Place) -> Option<Arc<str>> {
    match (place.root.name(), place.path.as_ref()) {
        ("aperture", "jobs/calibrate.py") => Some(CALIBRATE.into()),
        ("fungal-image-analysis", "infra/stack.py") => Some(STACK.into()),
        _ => None,
    }
}

fn place(repo: &str, path: &str, marked: &str) -> Place {
    let mut place = Place {
        root: Root::Repo(repo.into()),
        path: path.into(),
        span: Span::empty(0),
    };
    if let Some(text) = text_of(&place) {
        let start = text.find(marked).unwrap();
        place.span = Span::from_range(start..start + marked.len());
    }
    place
}

fn breaking() -> Finding {
    let site = place(
        "aperture",
        "jobs/calibrate.py",
        "\"calibration/current.json\"",
    );
    let grant = place(
        "fungal-image-analysis",
        "infra/stack.py",
        "\"calibration/current.json\"",
    );
    let unseen = place("aperture-archive", "infra/stack.py", "");
    Finding {
        code: Code::ExportBreaking,
        severity: Severity::Error,
        message: "`calibration/current.json` is read no more: fungal-image-analysis breaks".into(),
        sites: vec![
            site.clone(),
            place("aperture", "jobs/calibrate.py", "BUCKET"),
        ],
        also: vec![],
        place: site,
        related: vec![
            Related {
                place: grant,
                message: "fungal-image-analysis relies on it here".into(),
            },
            Related {
                place: unseen,
                message: "aperture-archive imports >=1.0.0, <2.0.0".into(),
            },
        ],
        repo: Some("aperture".into()),
        realm: Some("letemcook".into()),
        domain: Some("s3-access".into()),
        contract: Some("s3-permissions".into()),
        change: Some(ChangeData {
            field: Some("read".into()),
            removed: vec!["calibration/current.json".into()],
            from: Some("1.4.0".into()),
            to: Some("2.0.0".into()),
            bump: Some("major"),
            verdict: Some("breaking"),
            ..ChangeData::default()
        }),
        judged_from: Some("the code at HEAD".into()),
        fixes: vec![Fix {
            id: "sync",
            title: "Sync s3-permissions as 2.0.0".into(),
            edits: Vec::new(),
        }],
        fingerprint: "v1:0123456789abcdef".into(),
        accepted: None,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    let own = Root::Repo("aperture".into());
    Report {
        checkout: Checkout {
            root: "/srv/lab".into(),
            checked: "services/aperture/".into(),
            folders: vec![(own, "services/aperture/".into())],
        },
        repo: Some("aperture".into()),
        realms: vec!["letemcook".into()],
        findings: findings.into_iter().map(Arc::new).collect(),
        ..Report::default()
    }
}

fn passing() -> Report {
    let passed = |mode, text: &str| Passed {
        contract: "s3-permissions".into(),
        mode,
        text: text.into(),
    };
    Report {
        passed: vec![
            passed(Mode::Exporter, "code matches contract"),
            passed(Mode::Importer, "binding at 1.4.0 (current)"),
        ],
        notes: vec!["nobody imports s3-permissions yet".into()],
        ..report(vec![])
    }
}

fn telling(detail: Detail) -> Telling {
    Telling {
        style: Style::PLAIN,
        detail,
        fail_on: Severity::Error,
        explain: false,
    }
}

#[test]
fn a_finding_for_people() {
    let text = human::check(&report(vec![breaking()]), &text_of, telling(Detail::Normal));
    assert_snapshot!(text);
}

/// A line of YAML is shown without the secrets in its addresses, a line of code as it is.
#[test]
fn what_stands_in_an_address_is_no_part_of_a_log() {
    for (path, is_shown) in [("repos/aperture.yaml", false), ("jobs/calibrate.py", true)] {
        let url = "url: https://ada:secret@git.example.com/aperture?token=secret\n";
        let text_of = |_: &Place| Some(Arc::from(url));
        let mut finding = breaking();
        finding.place = Place {
            root: Root::Realm("letemcook".into()),
            path: path.into(),
            span: Span::new(5, 5),
        };
        (finding.sites, finding.related) = (Vec::new(), Vec::new());
        let text = human::check(&report(vec![finding]), &text_of, telling(Detail::Normal));
        assert!(text.contains("git.example.com"), "{text}");
        assert_eq!(text.contains("secret"), is_shown, "{text}");
    }
}

#[test]
fn a_finding_for_machines() {
    let report = Report {
        silenced: 2,
        unchecked: 1,
        ..report(vec![breaking()])
    };
    assert_snapshot!(json::check(&report, &text_of));
}

/// What each format has to cope with: a finding of another root, characters that are markup
/// somewhere, one that was accepted, one that was there before.
fn of_all_kinds() -> Report {
    let mut hostile = breaking();
    hostile.message = "50% <gone> & \"lost\": a,b\r\n::error::no\u{1b}[31m".into();
    hostile.fingerprint = "v1:0123456789abcdef#2".into();
    hostile.place.span = Span::new(0, 70);
    let mut realm = breaking();
    (realm.code, realm.severity) = (Code::UnknownKey, Severity::Warning);
    realm.place = Place {
        root: Root::Realm("letemcook".into()),
        path: "domains/s3-access/a b.yaml".into(),
        span: Span::empty(0),
    };
    (realm.sites, realm.related, realm.change) = (vec![], vec![], None);
    realm.fingerprint = "v1:1123456789abcdef".into();
    let mut old = breaking();
    old.fingerprint = "v1:2123456789abcdef".into();
    let mut hint = breaking();
    (hint.code, hint.severity) = (Code::ExportUnseen, Severity::Hint);
    hint.fingerprint = "v1:3123456789abcdef".into();
    let mut accepted = breaking();
    accepted.fingerprint = "v1:4123456789abcdef".into();
    accepted.accepted = Some(Accepted {
        by: vec!["fungal-image-analysis".into()],
        reason: "the calibration moves into the image".into(),
        until: Some("2027-01-31".into()),
    });
    Report {
        before: Some([old.fingerprint.clone()].into()),
        silenced: 2,
        unchecked: 1,
        ..report(vec![hostile, realm, old, hint, accepted])
    }
}

#[test]
fn findings_for_code_scanning() {
    let text = sarif::check(
        &of_all_kinds(),
        &text_of,
        Exit::Findings,
        Some("https://letemcook.example/findings/"),
    );
    // The pages are long, and stand in docs/findings.
    let mut log: Value = serde_json::from_str(&text).unwrap();
    for rule in log["runs"][0]["tool"]["driver"]["rules"]
        .as_array_mut()
        .unwrap()
    {
        let code = Code::parse(rule["id"].as_str().unwrap()).unwrap();
        assert_eq!(rule["help"]["markdown"], page_of(code));
        rule["help"] = json!("[page]");
    }
    assert_snapshot!(format!("{log:#}"));
}

#[test]
fn findings_as_annotations() {
    assert_snapshot!(github::check(&of_all_kinds(), &text_of));
}

#[test]
fn findings_as_code_quality() {
    let text = gitlab::check(&of_all_kinds(), &text_of);
    assert_snapshot!(text);
    let issues: Vec<Value> = serde_json::from_str(&text).unwrap();
    let prints: BTreeSet<_> = issues
        .iter()
        .map(|it| it["fingerprint"].to_string())
        .collect();
    assert_eq!(prints.len(), issues.len(), "a fingerprint is unique");
}

#[test]
fn findings_as_a_test_report() {
    assert_snapshot!(junit::check(&of_all_kinds(), &text_of, Severity::Warning));
    let passing = junit::check(&passing(), &text_of, Severity::Error);
    assert_snapshot!(passing);
}

/// Nothing that ends a check with another code than 0 is left out of any format.
#[test]
fn what_stands_in_the_way_is_in_every_format() {
    let held_back = "sync/aperture/20260106T090000Z waits for \"fungal\" & <others>";
    let could_not = "the realm is a shallow clone, so that who changed what cannot be told";
    let report = Report {
        repo: None,
        held_back: vec![held_back.to_owned()],
        could_not: vec![could_not.to_owned()],
        ..passing()
    };
    let unescaped = |text: String| {
        let text = text.replace("\\\"", "\"").replace("&quot;", "\"");
        let text = text.replace("&lt;", "<").replace("&gt;", ">");
        text.replace("&amp;", "&")
    };
    let written = [
        human::check(&report, &text_of, telling(Detail::Quiet)),
        json::check(&report, &text_of),
        sarif::check(&report, &text_of, Exit::Findings, None),
        github::check(&report, &text_of),
        gitlab::check(&report, &text_of),
        junit::check(&report, &text_of, Severity::Error),
    ];
    for text in written.map(unescaped) {
        assert!(text.contains(held_back), "{text}");
        assert!(text.contains(could_not), "{text}");
    }
    let junit = junit::check(&report, &text_of, Severity::Error);
    assert!(
        junit.contains("tests=\"4\" failures=\"1\" errors=\"1\""),
        "{junit}"
    );
    let github = github::check(&report, &text_of);
    let levels: Vec<_> = github.lines().map(|line| line.split(' ').next()).collect();
    assert_eq!(levels, [Some("::error"), Some("::warning")]);
}

#[test]
fn what_is_new_and_what_was_there() {
    let text = human::check(&of_all_kinds(), &text_of, telling(Detail::Normal));
    assert_snapshot!(text);
}

/// What is written is what the schema says, which takes nothing else.
#[test]
fn the_schema_of_findings() {
    let schema = json::schema().to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for report in [of_all_kinds(), report(vec![breaking()]), passing()] {
        let text = json::check(&report, &text_of);
        let document: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);
        let mut wrong = document;
        wrong["findings"] = json!([{"code": "export-added"}]);
        assert!(!validator.is_valid(&wrong));
    }
}

#[test]
fn marks_of_the_summary() {
    let at = |severity| {
        let mut finding = breaking();
        finding.severity = severity;
        (finding.related, finding.sites, finding.fixes) = (vec![], vec![], vec![]);
        finding
    };
    let summary = |report: &Report, fail_on| {
        let telling = Telling {
            fail_on,
            ..telling(Detail::Normal)
        };
        let text = human::check(report, &text_of, telling);
        text.lines().rev().nth(1).unwrap().to_owned()
    };
    let infos = report(vec![at(Severity::Info), at(Severity::Info)]);
    assert_eq!(summary(&infos, Severity::Error), "✓ 2 infos");
    assert_eq!(summary(&infos, Severity::Info), "✗ 2 infos");
    let warning = Report {
        silenced: 1,
        ..report(vec![at(Severity::Warning)])
    };
    assert_eq!(
        summary(&warning, Severity::Error),
        "⚠️  1 warning, 1 silenced"
    );
}

#[test]
fn passing_and_quiet() {
    let text = human::check(&passing(), &text_of, telling(Detail::Normal));
    assert_snapshot!(text);
    assert_eq!(
        human::check(&passing(), &text_of, telling(Detail::Quiet)),
        ""
    );
    let text = human::check(&passing(), &text_of, telling(Detail::Verbose));
    assert_eq!(
        text.lines().next(),
        Some("checked aperture against letemcook")
    );
}

#[test]
fn a_finding_is_explained() {
    let telling = Telling {
        explain: true,
        ..telling(Detail::Normal)
    };
    let mut finding = breaking();
    if let Some(change) = &mut finding.change {
        change.witness = Some("calibration/current.json".to_owned());
    }
    let text = human::check(&report(vec![finding]), &text_of, telling);
    let notes = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("= "));
    let notes: Vec<_> = notes.collect();
    let words: Vec<_> = notes.iter().filter_map(|it| it.split(':').next()).collect();
    let end = [
        "meaning",
        "held against",
        "version",
        "verdict",
        "witness",
        "fingerprint",
    ];
    assert!(words.ends_with(&end), "{notes:?}");
    assert!(notes.contains(&"held against: the code at HEAD"));
}

#[test]
fn plain_and_coloured_say_the_same() {
    let draw = |colours, glyphs| {
        let telling = Telling {
            style: Style { colours, glyphs },
            ..telling(Detail::Normal)
        };
        let report = Report {
            passed: passing().passed,
            ..report(vec![breaking()])
        };
        human::check(&report, &text_of, telling)
    };
    let coloured = draw(Colours::On, Glyphs::Unicode);
    let mut stripped = String::new();
    for (index, part) in coloured.split('\x1b').enumerate() {
        let rest = match index {
            0 => part,
            _ => part.split_once('m').unwrap().1,
        };
        stripped.push_str(rest);
    }
    assert_eq!(stripped, draw(Colours::Off, Glyphs::Unicode));
    // The code itself may hold any character; what Blue adds is ASCII.
    let plain = draw(Colours::Off, Glyphs::Ascii);
    assert!(plain.is_ascii(), "{plain}");
}

#[test]
fn nothing_of_a_file_reaches_the_terminal() {
    let mut finding = breaking();
    finding.message = "\x1b]0;title\x07".into();
    finding.related[0].message = "\x1b[2J".into();
    finding.fixes[0].title = "\x1b[2J".into();
    let text = human::check(&report(vec![finding]), &text_of, telling(Detail::Normal));
    assert!(!text.contains('\x1b'), "{text:?}");
}

#[test]
fn sites_of_any_code() {
    let text: Arc<str> = "s = '菌'; s3.get_object(Bucket=B, Key=k)\n".into();
    let site = |op: Op, pattern: &str| Site {
        path: "jobs/calibrate.py".into(),
        text: Arc::clone(&text),
        span: Span::from_range(text.find("k)").unwrap()..text.len() - 2),
        op: op.as_str(),
        at: None,
        pattern: pattern.into(),
        bucket: None,
        actions: vec![],
        how: vec!["the constant k".into()],
        opaque: None,
        denied: false,
        conditional: false,
    };
    let read = Site {
        bucket: Some("cultivarium-fungal-imaging".into()),
        ..site(Op::Read, "calibration/current.json")
    };
    let unknown = Site {
        opaque: Some((
            "an argument of the program".to_owned(),
            blue_detect::Reason::Parameter,
        )),
        ..site(Op::Write, "*")
    };
    let denied = Site {
        path: "infra/stack.py".into(),
        actions: vec!["s3:Get*".into(), "s3:List*".into()],
        denied: true,
        conditional: true,
        ..site(Op::Grant, "")
    };
    let found = Sites {
        sites: vec![denied, read, unknown],
        unchecked: 1,
        broken: vec![("infra/policy.yaml".into(), 3)],
    };
    assert_snapshot!(sites::human(&found, Style::PLAIN, Detail::Normal));
    assert_snapshot!(sites::json(&found));
    let verbose = sites::human(&found, Style::PLAIN, Detail::Verbose);
    assert_eq!(verbose.lines().nth(1), Some("    the constant k"));
    let nothing = Sites::default();
    assert_eq!(sites::json(&nothing), "");
    let text = sites::human(&nothing, Style::PLAIN, Detail::Normal);
    assert!(text.starts_with("Nothing found"), "{text}");
}

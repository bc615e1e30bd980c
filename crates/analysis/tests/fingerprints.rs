//! A fingerprint is what an acceptance and a baseline hold on to: it stays while lines move, files
//! move and words change, and differs with everything that the finding is about.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

mod world;

use std::collections::BTreeSet;

use blue_analysis::Code;
use world::World;

const WORLD: &str = include_str!("findings/world.txt");

/// The fingerprints of a code's findings in the world with `text` over it.
fn fingerprints(code: Code, text: &str) -> Vec<String> {
    let hosted = World::read(WORLD).and(text).host();
    let snapshot = hosted.host.snapshot();
    let mut found = Vec::new();
    for (_, _, key) in &hosted.repos {
        let findings = snapshot.findings(*key).unwrap();
        let of_code = findings.findings.iter().filter(|f| f.code == code);
        found.extend(of_code.map(|finding| finding.fingerprint.clone()));
    }
    found
}

const ADDED: &str = r#"
//- /aperture/jobs/report.py
import boto3
boto3.client("s3").put_object(Bucket="imaging", Key="reports/all.json")
"#;

#[test]
fn it_has_a_form() {
    let prints = fingerprints(Code::ExportAdded, ADDED);
    let (head, digits) = prints[0].split_once(':').unwrap();
    assert_eq!((prints.len(), head, digits.len()), (1, "v1", 16));
    assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn it_stays() {
    let of = |text: &str| fingerprints(Code::ExportAdded, text);
    let same = [
        // Other lines above, another statement around it.
        r#"
//- /aperture/jobs/report.py
"""All of it."""
import boto3

s3 = boto3.client("s3")
KEY = "reports/" + "all.json"
def report():
    s3.upload_file("all.json", "imaging", KEY)
"#,
        // Another file, two sites.
        r#"
//- /aperture/jobs/weekly.py
import boto3
boto3.client("s3").put_object(Bucket="imaging", Key="reports/all.json")
boto3.client("s3").put_object(Bucket="imaging", Key="reports/all.json")
"#,
        // Another importer, another minor version, another schema: other words.
        r#"
//- /aperture/jobs/report.py
import boto3
boto3.client("s3").put_object(Bucket="imaging", Key="reports/all.json")
//- deleted:/realm/domains/s3-access/bindings/fungal-image-analysis.yaml
//- /realm/domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: 1.9.2
owner: aperture
schema: {type: [object, array]}
value: {read: [raw/*], write: [jobs/*/out.json]}
"#,
    ];
    for text in same {
        assert_eq!(of(ADDED), of(text), "{text}");
    }
}

#[test]
fn it_differs() {
    let worlds = [
        ADDED.to_owned(),
        ADDED.replace("reports/all.json", "reports/some.json"),
        ADDED.replace("put_object", "delete_object"),
        // Another major.
        format!(
            "{ADDED}
//- /realm/domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: 2.0.0
owner: aperture
schema: {{type: object}}
value: {{read: [raw/*], write: [jobs/*/out.json]}}"
        ),
        // Another realm.
        format!(
            "{ADDED}\n//- /realm/realm.yaml\nname: vendor\nversion: 1.0.0\ngovernance: {{admission: open}}"
        ),
    ];
    let prints: BTreeSet<String> = worlds
        .iter()
        .map(|text| fingerprints(Code::ExportAdded, text)[0].clone())
        .collect();
    assert_eq!(prints.len(), worlds.len());
    // Another code about the same value.
    let gone = ADDED.replace("/aperture/jobs", "/aperture/web");
    let unlisted = fingerprints(Code::ExportUnlisted, &gone);
    assert_eq!(unlisted.len(), 1);
    assert!(!prints.contains(&unlisted[0]));
}

#[test]
fn equals_are_numbered() {
    // Nothing is known of either, so that nothing tells them apart.
    let two = r#"
//- /aperture/jobs/load.py
import boto3
s3 = boto3.client("s3")
def load(key, other):
    s3.get_object(Bucket="imaging", Key=key)
    s3.get_object(Bucket="imaging", Key=other)
"#;
    let prints = fingerprints(Code::ExportOpaque, two);
    assert_eq!(prints.len(), 2);
    assert_eq!(prints[1], format!("{}#2", prints[0]));
    let moved = two.replace("import boto3", "# above\nimport boto3");
    let moved = moved.replace("jobs/load.py", "jobs/open.py");
    assert_eq!(fingerprints(Code::ExportOpaque, &moved), prints);
}

#[test]
fn an_importers_stays_until_another_major_is_followed() {
    let followed = |version: &str, lines: &str| {
        fingerprints(
            Code::ImportStale,
            &format!(
                "
//- /realm/domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: 2.4.0
owner: aperture
schema: {{type: object}}
value: {{read: [raw/*], write: [jobs/*/out.json]}}
//- /realm/domains/s3-access/bindings/fungal-image-analysis.yaml
repo: fungal-image-analysis
imports:
  - contract: s3-permissions
    version: '>=1.0.0'
    binding: infra/stack.py
    resolved_version: {version}
//- /fungal-image-analysis/infra/stack.py
{lines}from aws_cdk import aws_iam as iam
"
            ),
        )
    };
    let first = followed("1.2.0", "");
    assert_eq!(first.len(), 1);
    assert_eq!(followed("1.3.0", "\n\n"), first);
    assert_ne!(followed("2.0.0", ""), first);
}

#[test]
fn what_is_wrong_in_a_realms_file_keeps_its_print_while_lines_move() {
    let of = |above: &str, contract: &str| {
        let binding = format!(
            "
//- /realm/domains/s3-access/bindings/aperture.yaml
{above}repo: aperture
exports:
  - contract: {contract}
    source_files: [\"jobs/*.py\"]
"
        );
        fingerprints(Code::UnknownReference, &binding)
    };
    let first = of("", "s3-permisions");
    assert_eq!(first.len(), 1);
    assert_eq!(of("# what aperture provides\n", "s3-permisions"), first);
    assert_ne!(of("", "s3-access"), first);
}

#[test]
fn what_is_left_over_keeps_its_print_while_lines_and_files_move() {
    let ignored = |path: &str, text: &str| {
        fingerprints(
            Code::IgnoreUnused,
            &format!("\n//- /aperture/{path}\n{text}\n"),
        )
    };
    let first = ignored("jobs/report.py", "x = 1  # blue: ignore[export-added] why");
    assert_eq!(first.len(), 1);
    let moved = ignored(
        "web/report.py",
        "\n# blue: ignore[export-added] other words\nx = 1",
    );
    assert_eq!(moved, first);
    let other = ignored("jobs/report.py", "x = 1  # blue: ignore[export-opaque] why");
    assert_ne!(other, first);

    let granted = |before: &str, key: &str| {
        fingerprints(
            Code::ImportExcess,
            &format!(
                "
//- /fungal-image-analysis/infra/stack.py
from aws_cdk import aws_iam as iam
{before}iam.PolicyStatement(
    actions=['s3:*'],
    resources=['arn:aws:s3:::imaging/raw/*', 'arn:aws:s3:::imaging/{key}'],
)
"
            ),
        )
    };
    let first = granted("", "old/*");
    assert_eq!(first.len(), 1);
    assert_eq!(granted("OLD = 'old'\n\n", "old/*"), first);
    assert_ne!(granted("", "older/*"), first);
}

#[test]
fn what_is_coming_keeps_its_print_whatever_comes() {
    let coming = |version: &str, values: &str| {
        fingerprints(
            Code::ImportPending,
            &format!(
                "
//- /fungal-image-analysis/infra/stack.py
from aws_cdk import aws_iam as iam
//- proposal:/realm/domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: {version}
owner: aperture
schema: {{type: object}}
value: {{read: [{values}], write: [jobs/*/out.json]}}
"
            ),
        )
    };
    let first = coming("1.5.0", "raw/*, masks/*");
    assert_eq!(first.len(), 1);
    assert_eq!(coming("2.0.0", "masks/*"), first);
}

#[test]
fn what_is_deprecated_keeps_its_print_whatever_is_said_of_it() {
    let deprecated = |entry: &str, stack: &str, code: Code| {
        fingerprints(
            code,
            &format!(
                "
//! today 2026-06-01
//- /fungal-image-analysis/infra/stack.py
{stack}
//- /realm/domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: 1.4.0
owner: aperture
schema: {{type: object}}
value: {{read: [raw/*], write: [jobs/*/out.json]}}
deprecated: [{{{entry}}}]
"
            ),
        )
    };
    let grant =
        "import iam\niam.PolicyStatement(actions=['s3:*'], resources=['arn:aws:s3:::b/raw/*'])";
    let info = Code::ValueDeprecated;
    let first = deprecated("value: raw/*", "x = 1", info);
    assert_eq!(first.len(), 1);
    let again = deprecated(
        "pointer: /read/0, sunset: 2026-07-01, note: go",
        grant,
        info,
    );
    assert_eq!(again, first);
    let other = deprecated("value: jobs/*/out.json", "x = 1", info);
    assert_ne!(other, first);
    // Past its day it is another finding, and one of the entry's own.
    let over = deprecated(
        "value: raw/*, sunset: 2026-05-01",
        grant,
        Code::SunsetPassed,
    );
    assert_eq!(over.len(), 2);
    assert!(over.iter().all(|print| !first.contains(print)));
}

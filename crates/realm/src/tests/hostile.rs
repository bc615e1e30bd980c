//! Files that mean harm: each costs a problem, and no more.

use expect_test::expect;

use super::check_file;
use crate::limits;
use crate::{ProblemCode, Realm, parse_file};

const PATH: &str = "domains/s3-access/contracts/s3-permissions.yaml";

#[test]
fn too_large_too_deep_too_many_aliases() {
    let large = format!("name: s3-permissions\n#{}", "x".repeat(limits::FILE_BYTES));
    let file = parse_file(PATH, large.as_bytes());
    assert_eq!(file.problems[0].code, ProblemCode::LimitExceeded);
    assert_eq!(file.text.len(), limits::FILE_BYTES);

    check_file(
        PATH,
        &format!("value:\n  {}\n", "[".repeat(70)),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:66 limit-exceeded: lists and mappings lie more than 64 levels deep here
                [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
                                                                               ^
        "#]],
    );
    let deep = format!("value: {}{}\n", "[".repeat(70), "]".repeat(70));
    check_file(
        PATH,
        &deep,
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:1:71 limit-exceeded: lists and mappings lie more than 64 levels deep here
          value: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
                                                                                ^
    "#]],
    );
    for open in ["[", "{", "- ", "a: {", "? "] {
        let text = open.repeat(limits::FILE_BYTES / open.len() - 1);
        let file = parse_file(PATH, text.as_bytes());
        assert_eq!(file.problems[0].code, ProblemCode::LimitExceeded, "{open}");
    }
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]
g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]
";
    check_file(
        PATH,
        bomb,
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:1:1 limit-exceeded: with its aliases written out, the file has more than 600000 nodes or 4194304 bytes
          a: &a [x,x,x,x,x,x,x,x,x]
          ^
    "#]],
    );
}

#[test]
fn a_schema_has_a_limit_of_its_own() {
    let schema = format!(
        "name: s3-permissions\nowner: aperture\nschema:\n  enum: [{}]\n",
        vec!["abcdefghij"; 30_000].join(",")
    );
    let file = parse_file(PATH, schema.as_bytes());
    assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
    assert_eq!(file.problems[0].code, ProblemCode::LimitExceeded);
    assert_eq!(file.problems[0].span.slice(&file.text), Some("schema"));
    assert_eq!(file.as_contract().unwrap().schema, None);
}

#[test]
fn not_text() {
    let file = parse_file(PATH, b"name: caf\xe9\nowner: aperture\n");
    assert_eq!(file.problems.len(), 1);
    assert_eq!(file.problems[0].code, ProblemCode::SourceUnreadable);
    assert_eq!(file.problems[0].span.slice(&file.text), Some("\u{fffd}"));
}

#[test]
fn a_byte_order_mark_hides_nothing() {
    let file = parse_file(
        "repos/aperture.yaml",
        "\u{feff}name: aperture\r\nowner: x\r\n".as_bytes(),
    );
    assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
    assert_eq!(file.problems[0].span.slice(&file.text), Some("owner"));
}

#[test]
fn a_thousand_faults_are_not_all_told() {
    let text: String = (0..1_000).map(|n| format!("unknown{n}: 1\n")).collect();
    let file = parse_file(PATH, text.as_bytes());
    assert_eq!(file.problems.len(), 200);
}

#[test]
fn a_realm_of_too_many_files_says_so() {
    let one = parse_file("repos/aperture.yaml", b"name: aperture\n");
    let repos = (1..=limits::REALM_FILES).map(|n| {
        let name = format!("repo-{n}").into();
        let kind = crate::FileKind::Repo { name };
        crate::ParsedFile {
            kind,
            ..one.clone()
        }
    });
    let root = parse_file("realm.yaml", b"name: letemcook\n");
    let realm = Realm::from_files(std::iter::once(root).chain(repos));
    assert_eq!(realm.left_out(), 1);
    let problems = realm.problems_of("realm.yaml", None);
    assert_eq!(problems[0].code, ProblemCode::LimitExceeded);
}

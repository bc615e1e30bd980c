//! Files that mean harm: each costs a problem, and no more.

use expect_test::expect;

use super::{STORY, check_file, realm_of};
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

#[test]
fn what_follows_from_all_files_is_worked_out_once_and_anew_when_one_changes() {
    let realm = realm_of(STORY);
    let facts = realm.facts();
    let is_same = |other: &Realm| std::sync::Arc::ptr_eq(facts, other.facts());
    assert!(is_same(&realm));
    assert!(is_same(&realm.clone()));
    let path = "repos/aperture.yaml";
    assert!(!is_same(&realm.without_file(path)));
    let same = parse_file(path, b"name: aperture\n");
    assert!(!is_same(&realm.with_file(same)));
}

#[test]
fn no_more_names_are_held_against_wrong_ones_than_the_limit() {
    let repos = 1_000;
    let wrong = 2 * limits::COMPARISONS / repos;
    let mut story = String::new();
    for n in 0..repos {
        story.push_str(&format!("//- /repos/repo-{n}.yaml\nname: repo-{n}\n"));
    }
    story.push_str("//- /domains/s3-access/domain.yaml\nname: s3-access\nmembers:\n");
    for n in 0..wrong {
        story.push_str(&format!("  - rep-{n}\n"));
    }
    let realm = realm_of(&story);
    let problems = realm.problems_of("domains/s3-access/domain.yaml", None);
    assert_eq!(problems.len(), wrong);
    let suggested = problems
        .iter()
        .filter(|problem| problem.suggestion.is_some());
    assert_eq!(suggested.count(), limits::COMPARISONS / repos);
}

#[test]
fn everybody_who_imports_from_everybody_ends_the_search_for_cycles() {
    let repos = 120;
    let mut story =
        String::from("//- /realm.yaml\nname: letemcook\ngovernance: { admission: open }\n");
    for domain in ["one", "two"] {
        for repo in 0..repos {
            let at = format!("//- /domains/{domain}");
            story.push_str(&format!(
                "{at}/contracts/c{repo}.yaml\n{{ name: c{repo}, owner: r{repo}, schema: {{}} }}\n\
                 {at}/bindings/r{repo}.yaml\nrepo: r{repo}\nimports:\n"
            ));
            for other in 0..repos {
                story.push_str(&format!(
                    "  - {{ contract: c{other}, version: ^1, binding: a.py }}\n"
                ));
            }
        }
    }
    let realm = realm_of(&story);
    let problems = realm.problems_of("realm.yaml", None);
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [ProblemCode::LimitExceeded], "{problems:?}");
    // What was found until then is told.
    let told = realm.problems_of("domains/two/bindings/r0.yaml", None);
    assert!(
        told.iter()
            .any(|problem| problem.code == ProblemCode::Cycle)
    );
}

#[test]
fn schemas_that_mean_harm_are_compared_within_bounds() {
    let with = |schema: &str| {
        format!(
            "//- /realm.yaml\nname: letemcook\n//- /{PATH}\nname: s3-permissions\nversion: 1.0.0\n\
             owner: aperture\nschema: {schema}\nvalue: {{}}\n"
        )
    };
    let nested = "(".repeat(60) + "a" + &")*".repeat(60);
    for schema in [
        "{ $ref: \"https://example.com/schema\" }".to_owned(),
        "{ $ref: \"file:///etc/passwd\" }".to_owned(),
        "{ $ref: \"#\" }".to_owned(),
        "{ allOf: [{ $ref: \"#\" }, { $ref: \"#\" }] }".to_owned(),
        format!("{{ pattern: \"{nested}\" }}"),
        "{ pattern: \"(a|a)*(a|a)*(a|a)*$\" }".to_owned(),
        "{ pattern: \"a{1000}{1000}{1000}\" }".to_owned(),
    ] {
        let [base, proposed] = [with("{}"), with(&schema)].map(|story| realm_of(&story));
        let authors = std::collections::BTreeMap::new();
        for [base, proposed] in [[&base, &proposed], [&proposed, &base]] {
            let asked = crate::proposal::Proposal {
                base,
                proposed,
                authors: &authors,
                today: None,
            };
            // Neither is silence: a change of the schema under one version is told, or that one of
            // the two schemas cannot be used.
            let of_files = [base, proposed].map(|realm| realm.problems_of(PATH, None).len());
            let told = crate::proposal::problems(&asked).len() + of_files[0] + of_files[1];
            assert!(told > 0, "{schema}");
        }
    }
}

//! Bindings and acceptances with faults.

use expect_test::expect;

use super::check_file;

const PATH: &str = "domains/s3-access/bindings/fungal-image-analysis.yaml";

#[test]
fn exports_with_faults() {
    let file = check_file(
        PATH,
        "repo: fungal-image-analysis
exports:
  - contract: s3-permissions
    source-files: [\"models/**/*.py\"]
  - source_files: [../other/*.py, \"/etc/*\", 'a\\b', \"src/[ab.py\", \"ok/*.py\"]
    match: loose
  - contract: S3Permissions
    source_files: models/paths.py
    detect:
      - s3: { buckets: x }
        fields: { reed: read }
      - symbol: QUEUES
        in: queues
      - query: ../../evil
      - sql: {}
      - s3
",
        expect![[r#"
            domains/s3-access/bindings/fungal-image-analysis.yaml:3:5 realm-schema: `source_files` is missing
                - contract: s3-permissions
                  ^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:4:5 unknown-key: unknown key `source-files`; did you mean `source_files`? -> source_files
                  source-files: ["models/**/*.py"]
                  ^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:5:5 realm-schema: `contract` is missing
                - source_files: [../other/*.py, "/etc/*", 'a\b', "src/[ab.py", "ok/*.py"]
                  ^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:5:20 path-escapes: `../other/*.py` leaves the repo
                - source_files: [../other/*.py, "/etc/*", 'a\b', "src/[ab.py", "ok/*.py"]
                                 ^^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:5:35 path-escapes: `/etc/*` is absolute: paths are relative to the repo -> etc/*
                - source_files: [../other/*.py, "/etc/*", 'a\b', "src/[ab.py", "ok/*.py"]
                                                ^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:5:45 path-escapes: `a\b` has a `\`: paths are written with `/` -> a/b
                - source_files: [../other/*.py, "/etc/*", 'a\b', "src/[ab.py", "ok/*.py"]
                                                          ^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:5:52 realm-schema: `src/[ab.py` is no glob: unclosed character class; missing ']'
                - source_files: [../other/*.py, "/etc/*", 'a\b', "src/[ab.py", "ok/*.py"]
                                                                 ^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:6:12 realm-schema: `match` must be one of exact, covers, not `loose`
                  match: loose
                         ^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:7:15 bad-name: `S3Permissions` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first -> s3permissions
                - contract: S3Permissions
                            ^^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:10:15 unknown-key: unknown key `buckets`; did you mean `bucket`? -> bucket
                    - s3: { buckets: x }
                            ^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:11:19 unknown-key: unknown key `reed`; did you mean `read`? -> read
                      fields: { reed: read }
                                ^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:13:9 unknown-key: unknown key `in`; keys of your own begin with `x-`
                      in: queues
                      ^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:14:16 path-escapes: `../../evil` must be the name of a query, without folders
                    - query: ../../evil
                             ^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:15:9 unknown-key: unknown key `sql`; keys of your own begin with `x-`
                    - sql: {}
                      ^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:15:9 realm-schema: a detector is one of `s3`, `symbol` and `query`
                    - sql: {}
                      ^^^^^^^
        "#]],
    );
    let binding = file.as_binding().unwrap();
    assert_eq!(binding.exports.len(), 1);
    assert_eq!(binding.exports[0].index, 0);
}

#[test]
fn imports_with_faults() {
    let file = check_file(
        PATH,
        "repo: fungal-image-analysis
imports:
  - contract: s3-permissions
    version: \"^1.x.y\"
    binding: [infra/stack.py, ../infra/stack.py]
  - contract: s3-permissions
    version: 1.2.3
    binding: infra\\stack.py
    approve: never
    resolved_version: 1.2
    resolved_at: 2026-01-01
  - contract: s3-permissions
    version: 1.10
    from: letemcook
  - contract: s3-permissions
    version: 1
    binding: C:/infra/stack.py
    from: letemcook:S3 Access
  - nothing
",
        expect![[r#"
            domains/s3-access/bindings/fungal-image-analysis.yaml:4:20 bad-range: `^1.x.y` is no range: expected a version number, `x` or `*`
                  version: "^1.x.y"
                                 ^
            domains/s3-access/bindings/fungal-image-analysis.yaml:5:31 path-escapes: `../infra/stack.py` leaves the repo
                  binding: [infra/stack.py, ../infra/stack.py]
                                            ^^^^^^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:7:14 range-ambiguous: `1.2.3` means this version alone to npm and `^1.2.3` to Cargo: write `=1.2.3` or `^1.2.3` -> ^1.2.3
                  version: 1.2.3
                           ^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:8:14 path-escapes: `infra\stack.py` has a `\`: paths are written with `/` -> infra/stack.py
                  binding: infra\stack.py
                           ^^^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:9:14 realm-schema: `approve` must be one of breaking, always, not `never`
                  approve: never
                           ^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:10:23 bad-version: `1.2` is not a semantic version such as 1.2.0: unexpected end of input while parsing minor version number -> 1.2.0
                  resolved_version: 1.2
                                    ^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:11:18 realm-schema: `resolved_at` must be a time of RFC 3339 in UTC such as 2026-01-31T12:00:00Z
                  resolved_at: 2026-01-01
                               ^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:12:5 realm-schema: `binding` is missing
                - contract: s3-permissions
                  ^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:13:14 bad-range: a range must be text: put it in quotes
                  version: 1.10
                           ^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:14:11 realm-schema: `from` must be `realm:domain`
                  from: letemcook
                        ^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:17:14 path-escapes: `C:/infra/stack.py` has a drive letter: paths are relative to the repo
                  binding: C:/infra/stack.py
                           ^^^^^^^^^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:18:21 bad-name: `S3 Access` is not a name -> s3-access
                  from: letemcook:S3 Access
                                  ^^^^^^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:19:5 realm-schema: an entry of `imports` must be a mapping, not text
                - nothing
                  ^^^^^^^
        "#]],
    );
    let imports = &file.as_binding().unwrap().imports;
    assert_eq!(imports.len(), 4);
    assert_eq!(imports[0].binding, vec![(0, "infra/stack.py".into())]);
    assert!(imports[1].version.is_some());
    assert_eq!(imports[3].version_text.as_deref(), Some("1"));
}

#[test]
fn acceptances_with_faults() {
    check_file(
        "domains/s3-access/acceptances/fungal-image-analysis.yaml",
        "- fingerprint: v1:1
  until: soon
- contract: s3-permissions
",
        expect![[r#"
            domains/s3-access/acceptances/fungal-image-analysis.yaml:2:10 realm-schema: `until` must be a date such as 2026-01-31
                until: soon
                       ^^^^
            domains/s3-access/acceptances/fungal-image-analysis.yaml:3:3 realm-schema: `fingerprint` is missing
              - contract: s3-permissions
                ^^^^^^^^
        "#]],
    );
    let path = "domains/s3-access/acceptances/fungal-image-analysis.yaml";
    check_file(path, "# all taken back\n", expect![[""]]);
    check_file(path, "acceptances:\n- fingerprint: v1:1\n", expect![""]);
}

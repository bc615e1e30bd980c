//! `.blue/config.yaml` and what a machine says over it.

use expect_test::{Expect, expect};

use super::show;
use crate::Level;
use crate::config::{Config, merge, parse_config, parse_local_config};

fn check(text: &str, expected: Expect) -> Config {
    let parsed = parse_config(text.as_bytes());
    let shown: String = parsed
        .problems
        .iter()
        .map(|problem| show("config.yaml", &parsed.text, problem))
        .collect();
    expected.assert_eq(&shown);
    parsed.config
}

#[test]
fn the_specification_s_example() {
    let config = check(
        "realm:                      # or `realms:` with a list of these
  name: letemcook
  path: ../realm-letemcook  # a checkout beside this one, and/or
  url: https://git.example.com/realms/letemcook.git
  ref: main
repo: aperture
findings: { import-excess: off, export-breaking: error }
x-own: 1
",
        expect![[""]],
    );
    assert_eq!(config.repo.as_deref(), Some("aperture"));
    assert_eq!(config.realms[0].path.as_deref(), Some("../realm-letemcook"));
    assert_eq!(config.realms[0].reference.as_deref(), Some("main"));
    assert_eq!(config.findings[0], ("import-excess".into(), Level::Off));
    assert_eq!(config.extra["x-own"], 1);
}

#[test]
fn faults() {
    let config = check(
        "realms:
  - name: letemcook
    url: --upload-pack=x
    ref: --exec
  - name: letemcook
  - path: ../elsewhere
    branch: main
rpeo: aperture
findings: { export-breaking: off, version-too-small: hint, import-stale: loud }
",
        expect![[r#"
            config.yaml:1:1 config-invalid: `repo` is missing
              realms:
              ^^^^^^
            config.yaml:3:10 config-invalid: `--upload-pack=x` begins with `-`, which git would take for an option
                  url: --upload-pack=x
                       ^^^^^^^^^^^^^^^
            config.yaml:4:10 config-invalid: `ref` must be the name of a branch or tag
                  ref: --exec
                       ^^^^^^
            config.yaml:5:5 config-invalid: the realm `letemcook` is named twice; the first counts
                - name: letemcook
                  ^^^^^^^^^^^^^^^
            config.yaml:6:5 config-invalid: `name` is missing
                - path: ../elsewhere
                  ^^^^
            config.yaml:7:5 unknown-key: unknown key `branch`; keys of your own begin with `x-`
                  branch: main
                  ^^^^^^
            config.yaml:8:1 unknown-key: unknown key `rpeo`; did you mean `repo`? -> repo
              rpeo: aperture
              ^^^^
            config.yaml:9:13 config-invalid: `export-breaking` can be lowered only by the realm
              findings: { export-breaking: off, version-too-small: hint, import-stale: loud }
                          ^^^^^^^^^^^^^^^
            config.yaml:9:35 config-invalid: `version-too-small` can be lowered only by the realm
              findings: { export-breaking: off, version-too-small: hint, import-stale: loud }
                                                ^^^^^^^^^^^^^^^^^
            config.yaml:9:74 config-invalid: `import-stale` must be one of off, hint, info, warning, error, not `loud`
              findings: { export-breaking: off, version-too-small: hint, import-stale: loud }
                                                                                       ^^^^
        "#]],
    );
    assert_eq!(config.realms.len(), 2);
    assert_eq!(config.findings, vec![]);
    check(
        "realm: { name: a }\nrealms: []\nrepo: b\n",
        expect![[r#"
        config.yaml:2:1 config-invalid: `realm` or `realms`, one of the two
          realms: []
          ^^^^^^
    "#]],
    );
    check(
        "repo: [\n",
        expect![[r#"
        config.yaml:1:8 config-invalid: not YAML: did not find expected node content, while parsing a flow node
          repo: [
                 ^…
    "#]],
    );
    check(
        "",
        expect![[r#"
            config.yaml:1:1 config-invalid: the file must be a mapping, not empty
        "#]],
    );
}

#[test]
fn the_machine_s_own_words_go_first() {
    let committed = parse_config(
        b"realms: [{name: letemcook, url: 'https://a.example/r.git'}, {name: other, path: ../o}]
repo: aperture
findings: { import-excess: off }
",
    );
    let local = parse_local_config(
        b"realms: [{name: letemcook, path: /srv/letemcook}, {name: third, path: ../t}]
findings: { import-excess: hint, import-stale: info }
",
    );
    assert_eq!(local.problems, vec![]);
    let merged = merge(&committed.config, &local.config);
    assert_eq!(merged.repo.as_deref(), Some("aperture"));
    assert_eq!(merged.realms.len(), 3);
    assert_eq!(merged.realms[0].path.as_deref(), Some("/srv/letemcook"));
    assert_eq!(
        merged.realms[0].url.as_deref(),
        Some("https://a.example/r.git")
    );
    let expected = vec![
        ("import-excess".into(), Level::Hint),
        ("import-stale".into(), Level::Info),
    ];
    assert_eq!(merged.findings, expected);

    let one = parse_config(b"realm: {name: letemcook, path: ../a}\nrepo: aperture\n").config;
    let over = parse_local_config(b"realm: {path: ../b}\n");
    assert_eq!(over.problems, vec![]);
    assert_eq!(
        merge(&one, &over.config).realms[0].path.as_deref(),
        Some("../b")
    );
    assert_eq!(parse_local_config(b"").problems, vec![]);
    assert_eq!(merge(&one, &Config::default()), one);
}

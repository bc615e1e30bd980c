//! What is wrong only beside other files.

use expect_test::expect;

use super::{STORY, check};

#[test]
fn a_version_that_was_followed_is_there() {
    check(
        "//- /realm.yaml
name: letemcook
//- /repos/aperture.yaml
name: aperture
//- /repos/fungal-image-analysis.yaml
name: fungal-image-analysis
//- /domains/s3-access/domain.yaml
name: s3-access
//- /domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
version: 1.4.0
owner: aperture
schema: {}
value: {}
evolution: [{ version: 1.4.0 }]
//- /domains/s3-access/contracts/queue-names.yaml
name: queue-names
owner: aperture
schema: {}
//- /domains/s3-access/bindings/fungal-image-analysis.yaml
repo: fungal-image-analysis
imports:
  - { contract: s3-permissions, version: ^1.0.0, binding: a.py, resolved_version: 1.9.0 }
  - { contract: queue-names, version: ^1.0.0, binding: a.py, resolved_version: 1.9.0 }
//- /domains/s3-access/bindings/aperture.yaml
repo: aperture
imports:
  - { contract: s3-permissions, version: ^1.0.0, binding: a.py, resolved_version: 1.4.0 }
",
        expect![[r#"
            realm.yaml:1:1 realm-schema: the realm names nobody who approves, so that no break and no repo that asks can be let in: name somebody in `governance.approvers`
              name: letemcook
              ^^^^
            domains/s3-access/bindings/fungal-image-analysis.yaml:3:83 unknown-reference: there is no `s3-permissions` 1.9.0, it is at 1.4.0: who says that it followed 1.9.0 is told of no version up to that
                - { contract: s3-permissions, version: ^1.0.0, binding: a.py, resolved_version: 1.9.0 }
                                                                                                ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:2:10 `1.4.0`: the contract's version
        "#]],
    );
}

#[test]
fn names_that_nothing_has() {
    check(
        "//- /realm.yaml
name: letemcook
//- /repos/aperture.yaml
name: aperture
//- /domains/s3-access/domain.yaml
name: s3-access
members: [apertura, fungal-image-analysis]
//- /domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
owner: apertur
previously: [bucket-permissions]
schema: {}
//- /domains/s3-access/contracts/queue-names.yaml
name: queue-names
owner: fungal-image-analysis
schema: {}
//- /domains/feedback-loop/domain.yaml
name: feedback-loop
//- /domains/feedback-loop/contracts/feedback-events.yaml
name: feedback-events
owner: aperture
schema: {}
//- /domains/s3-access/bindings/aperture.yaml
repo: aperture
exports:
  - { contract: queue-names, source_files: [a.py] }
  - { contract: s3-permisions, source_files: [a.py] }
imports:
  - { contract: bucket-permissions, version: ^1.0.0, binding: a.py }
  - { contract: feedback-events, version: ^1.0.0, binding: a.py }
  - { contract: feedback-events, from: letemcook:feedback-lop, version: ^1.0.0, binding: a.py }
  - { contract: feedback-event, from: letemcook:feedback-loop, version: ^1.0.0, binding: a.py }
  - { contract: anything, from: other:feedback, version: ^1.0.0, binding: a.py }
//- /domains/s3-access/bindings/stranger.yaml
repo: stranger
",
        expect![[r#"
            realm.yaml:1:1 realm-schema: the realm names nobody who approves, so that no break and no repo that asks can be let in: name somebody in `governance.approvers`
              name: letemcook
              ^^^^
            domains/s3-access/domain.yaml:2:11 member-pending: `apertura` has not joined the realm yet -> aperture
              members: [apertura, fungal-image-analysis]
                        ^^^^^^^^
            domains/s3-access/domain.yaml:2:21 member-pending: `fungal-image-analysis` has not joined the realm yet
              members: [apertura, fungal-image-analysis]
                                  ^^^^^^^^^^^^^^^^^^^^^
            domains/s3-access/contracts/queue-names.yaml:2:8 member-pending: `fungal-image-analysis` has not joined the realm yet
              owner: fungal-image-analysis
                     ^^^^^^^^^^^^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:2:8 unknown-reference: the realm has no repo `apertur`: repos/apertur.yaml is missing -> aperture
              owner: apertur
                     ^^^^^^^
            domains/s3-access/bindings/aperture.yaml:1:7 unknown-reference: `aperture` is no member of the domain `s3-access`: add it to `members` in domains/s3-access/domain.yaml
              repo: aperture
                    ^^^^^^^^
              + domains/s3-access/domain.yaml:2:1 `members`: the domain's members
            domains/s3-access/bindings/aperture.yaml:4:17 unknown-reference: the domain `s3-access` has no contract `s3-permisions` -> s3-permissions
                - { contract: s3-permisions, source_files: [a.py] }
                              ^^^^^^^^^^^^^
            domains/s3-access/bindings/aperture.yaml:6:17 unknown-reference: the contract `bucket-permissions` is called `s3-permissions` now -> s3-permissions
                - { contract: bucket-permissions, version: ^1.0.0, binding: a.py }
                              ^^^^^^^^^^^^^^^^^^
            domains/s3-access/bindings/aperture.yaml:7:17 unknown-reference: the domain `s3-access` has no contract `feedback-events`; `feedback-loop` has one
                - { contract: feedback-events, version: ^1.0.0, binding: a.py }
                              ^^^^^^^^^^^^^^^
            domains/s3-access/bindings/aperture.yaml:8:40 unknown-reference: the realm has no domain `feedback-lop` -> letemcook:feedback-loop
                - { contract: feedback-events, from: letemcook:feedback-lop, version: ^1.0.0, binding: a.py }
                                                     ^^^^^^^^^^^^^^^^^^^^^^
            domains/s3-access/bindings/aperture.yaml:9:17 unknown-reference: the domain `feedback-loop` has no contract `feedback-event` -> feedback-events
                - { contract: feedback-event, from: letemcook:feedback-loop, version: ^1.0.0, binding: a.py }
                              ^^^^^^^^^^^^^^
            domains/s3-access/bindings/aperture.yaml:10:33 unknown-reference: `other` is another realm, and this one imports from none: realm.yaml has to say `trust: { mode: federation }`
                - { contract: anything, from: other:feedback, version: ^1.0.0, binding: a.py }
                                              ^^^^^^^^^^^^^^
            domains/s3-access/bindings/stranger.yaml:1:7 unknown-reference: the realm has no repo `stranger`: repos/stranger.yaml is missing
              repo: stranger
                    ^^^^^^^^
        "#]],
    );
}

#[test]
fn a_domain_without_its_file_is_told_once() {
    check(
        "//- /repos/aperture.yaml
name: aperture
//- /domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
owner: aperture
schema: {}
//- /domains/s3-access/bindings/aperture.yaml
repo: aperture
exports:
  - { contract: s3-permissions, source_files: [a.py] }
",
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:1:7 unknown-reference: the domain `s3-access` does not exist: domains/s3-access/domain.yaml is missing
              name: s3-permissions
                    ^^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn a_file_that_cannot_be_read_makes_no_others_look_wrong() {
    let broken = STORY
        .replace("owner: aperture\n", "owner: [aperture\n")
        .replace("  - aperture\n", "  - [aperture\n")
        .replace("name: aperture\n", "name: [aperture\n");
    check(
        &broken,
        expect![[r#"
        repos/aperture.yaml:2:5 realm-syntax: not YAML: did not find expected ',' or ']', while parsing a flow sequence
          path: ../aperture
              ^
        domains/s3-access/domain.yaml:6:26 realm-syntax: not YAML: did not find expected ',' or ']', while parsing a flow sequence
            - fungal-image-analysis
                                   ^…
        domains/s3-access/contracts/s3-permissions.yaml:5:11 realm-syntax: not YAML: did not find expected ',' or ']', while parsing a flow sequence
          previously: [bucket-permissions]
                    ^
    "#]],
    );
}

//! Rules within one realm, a fault each. Every case is the specification's story, in which nothing is
//! wrong, with something else in it.

use expect_test::expect;

use super::{STORY, check, check_on};

/// The story with one text in place of another that is there.
fn but(old: &str, new: &str) -> String {
    assert!(STORY.contains(old), "{old}");
    STORY.replacen(old, new, 1)
}

/// The story with more files.
fn and(files: &str) -> String {
    format!("{STORY}{files}")
}

#[test]
fn history_that_contradicts_the_contract() {
    let entry = "  - version: 1.2.0
    changes: [added jobs/*/result.json]
    compatible: true
    date: 2026-02-01
    source: { commit: 0a1b2c3, branch: main }
";
    check(
        &but(&format!("evolution:\n{entry}"), ""),
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:3:10 evolution-missing: version 1.2.0 has no entry in `evolution`: importers read there what changed and how to follow
          version: 1.2.0
                   ^^^^^
    "#]],
    );
    check(
        &but(entry, "  - version: 1.1.0\n    changes: [began]\n"),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 evolution-missing: version 1.2.0 has no entry in `evolution`, whose newest is of 1.1.0: importers read there what changed and how to follow
              version: 1.2.0
                       ^^^^^
        "#]],
    );
    check(
        &but(
            entry,
            &format!("{entry}  - version: 1.3.0\n    changes: [more]\n"),
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:32:14 evolution-mismatch: the newest entry is of 1.3.0, but the contract is at 1.2.0: importers would wait for a version that is not there
                - version: 1.3.0
                           ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:3:10 `1.2.0`: the contract's version
        "#]],
    );
    check(
        &but(
            entry,
            &format!("{entry}  - version: 1.1.0\n  - version: 1.2.0\n"),
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:32:14 evolution-mismatch: the entry of 1.1.0 stands after the one of 1.2.0: versions only grow, the newest stands last
                - version: 1.1.0
                           ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:27:14 `1.2.0`: the entry of 1.2.0
            domains/s3-access/contracts/s3-permissions.yaml:33:14 evolution-mismatch: 1.2.0 has two entries: each version brings one
                - version: 1.2.0
                           ^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:27:14 `1.2.0`: the entry of 1.2.0
        "#]],
    );
}

#[test]
fn released_versions_that_contradict_the_contract() {
    check(
        &but(
            "value:\n  read:\n    - \"raw/*/image.tiff\"\n",
            "value:\n  read:\n",
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-not-bumped: the contract's `value` is not what 1.2.0 was released with: importers of 1.2.0 rely on that, so this needs a version of its own
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions/1.2.0.yaml:7:1 `value`: `value` of 1.2.0 as released
        "#]],
    );
    check(
        &and(
            "//- /domains/s3-access/contracts/s3-permissions/1.10.0.yaml\nschema: {}\nvalue: {}\n",
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:3:10 version-regressed: version 1.2.0 is lower than 1.10.0, which is released: importers that follow 1.10.0 would never see this one
              version: 1.2.0
                       ^^^^^
              + domains/s3-access/contracts/s3-permissions/1.10.0.yaml:1:1 `s`: 1.10.0 was released here
        "#]],
    );
    check(
        &and("//- /domains/s3-access/contracts/s3-permission/1.0.0.yaml
schema: {}
//- /domains/s3-access/contracts/s3-permission/1.1.0.yaml
schema: {}
//- /domains/s3-access/contracts/bucket-permissions/0.9.0.yaml
schema: {}
"),
        expect![[r#"
            domains/s3-access/contracts/s3-permission/1.0.0.yaml:1:1 unknown-reference: the domain `s3-access` has no contract `s3-permission`
              schema: {}
              ^^^^^^
        "#]],
    );
}

#[test]
fn what_is_deprecated_and_is_not_there() {
    let entry = "  - value: models/*/weights.pt
    since: 1.1.0
    sunset: 2026-12-31
";
    check(
        &but(
            entry,
            "  - value: models/*/weight.pt\n  - pointer: /write/1\n  - pointer: /write\n",
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:20:12 evolution-mismatch: `models/*/weight.pt` is deprecated, but the value has nothing of the kind: if it is gone, this entry can go too -> models/*/weights.pt
                - value: models/*/weight.pt
                         ^^^^^^^^^^^^^^^^^^
            domains/s3-access/contracts/s3-permissions.yaml:21:14 evolution-mismatch: `/write/1` is deprecated, but the value has nothing of the kind: if it is gone, this entry can go too
                - pointer: /write/1
                           ^^^^^^^^
        "#]],
    );
    check(
        &but(
            entry,
            "  - { value: models/*/weights.pt, since: 2026-05-01, sunset: 2026-04-30 }\n  \
             - { pointer: /write/0, since: 1.3.0 }\n",
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:20:62 evolution-mismatch: the sunset, 2026-04-30, is before the day of the deprecation, 2026-05-01: nobody could follow in time
                - { value: models/*/weights.pt, since: 2026-05-01, sunset: 2026-04-30 }
                                                                           ^^^^^^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:20:42 `2026-05-01`: deprecated since
            domains/s3-access/contracts/s3-permissions.yaml:21:33 evolution-mismatch: deprecated since 1.3.0, but the contract is at 1.2.0 only
                - { pointer: /write/0, since: 1.3.0 }
                                              ^^^^^
        "#]],
    );
}

#[test]
fn a_sunset_has_passed_on_the_day_after() {
    check_on(
        STORY,
        Some("2026-12-31"),
        expect![[r#"
        domains/s3-access/acceptances/fungal-image-analysis.yaml:5:10 acceptance-unmatched: this record ended on 2026-06-30 and accepts nothing any more: take it out, or give it another end
            until: 2026-06-30
                   ^^^^^^^^^^
    "#]],
    );
    check_on(
        STORY,
        Some("2027-01-01"),
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:22:13 sunset-passed: the sunset of `models/*/weights.pt` was 2026-12-31: taking it out is minor work now, or give importers another day
              sunset: 2026-12-31
                      ^^^^^^^^^^
        domains/s3-access/acceptances/fungal-image-analysis.yaml:5:10 acceptance-unmatched: this record ended on 2026-06-30 and accepts nothing any more: take it out, or give it another end
            until: 2026-06-30
                   ^^^^^^^^^^
    "#]],
    );
}

#[test]
fn names_that_a_contract_had_before() {
    check(
        &format!(
            "{}{}",
            but(
                "previously: [bucket-permissions]",
                "previously: [bucket-permissions, queue-names, s3-permissions]"
            ),
            "//- /domains/s3-access/contracts/queue-names.yaml
name: queue-names
owner: aperture
previously: bucket-permissions
schema: {}
"
        ),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:5:14 bad-name: `bucket-permissions` was `queue-names` before, by what that says: a name leads to one
              previously: [bucket-permissions, queue-names, s3-permissions]
                           ^^^^^^^^^^^^^^^^^^
              + domains/s3-access/contracts/queue-names.yaml:3:13 `bucket-permissions`: the other contract
            domains/s3-access/contracts/s3-permissions.yaml:5:34 bad-name: `queue-names` is a contract of its own, so importers of it would be taken for importers of `s3-permissions`
              previously: [bucket-permissions, queue-names, s3-permissions]
                                               ^^^^^^^^^^^
              + domains/s3-access/contracts/queue-names.yaml:1:7 `queue-names`: the other contract
            domains/s3-access/contracts/s3-permissions.yaml:5:47 bad-name: `s3-permissions` is what the contract is called now, not before
              previously: [bucket-permissions, queue-names, s3-permissions]
                                                            ^^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn owners_and_exporters_that_are_not_of_the_domain() {
    check(
        &but("members:\n  - aperture\n", "members:\n"),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:4:8 unknown-reference: `aperture` is no member of the domain `s3-access`: add it to `members` in domains/s3-access/domain.yaml
              owner: aperture
                     ^^^^^^^^
              + domains/s3-access/domain.yaml:4:1 `members`: the domain's members
            domains/s3-access/bindings/aperture.yaml:1:7 unknown-reference: `aperture` is no member of the domain `s3-access`: add it to `members` in domains/s3-access/domain.yaml
              repo: aperture
                    ^^^^^^^^
              + domains/s3-access/domain.yaml:4:1 `members`: the domain's members
        "#]],
    );
    check(
        &and("//- /domains/s3-access/contracts/queue-names.yaml
name: queue-names
owner: fungal-image-analysis
schema: {}
//- /domains/s3-access/contracts/flags.yaml
name: flags
owner: aperture
schema: {}
//- /repos/second.yaml
name: second
//- /domains/s3-access/bindings/second.yaml
repo: second
exports:
  - { contract: s3-permissions, source_files: [a.py] }
  - { contract: flags, source_files: [a.py] }
"),
        expect![[r#"
            domains/s3-access/bindings/second.yaml:1:7 unknown-reference: `second` is no member of the domain `s3-access`: add it to `members` in domains/s3-access/domain.yaml
              repo: second
                    ^^^^^^
              + domains/s3-access/domain.yaml:4:1 `members`: the domain's members
            domains/s3-access/bindings/second.yaml:3:17 unknown-reference: `s3-permissions` has another exporter, `aperture`: a contract has one
                - { contract: s3-permissions, source_files: [a.py] }
                              ^^^^^^^^^^^^^^
              + domains/s3-access/contracts/s3-permissions.yaml:4:8 `aperture`: `aperture` owns the contract
              + domains/s3-access/bindings/aperture.yaml:4:15 `s3-permissions`: `aperture` exports it here
            domains/s3-access/bindings/second.yaml:4:17 unknown-reference: `flags` has another exporter, `aperture`: a contract has one
                - { contract: flags, source_files: [a.py] }
                              ^^^^^
              + domains/s3-access/contracts/flags.yaml:2:8 `aperture`: `aperture` owns the contract
        "#]],
    );
}

/// One slip of the pen is one finding: what follows from it alone is not told.
#[test]
fn a_slip_is_told_where_it_is_and_nowhere_else() {
    check(
        &but("members:\n  - aperture\n", "members:\n  - Aperture\n"),
        expect![[r#"
            domains/s3-access/domain.yaml:5:5 bad-name: `Aperture` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first -> aperture
                - Aperture
                  ^^^^^^^^
        "#]],
    );
    check(
        &but("owner: aperture", "owner: apertur"),
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:4:8 unknown-reference: the realm has no repo `apertur`: repos/apertur.yaml is missing -> aperture
          owner: apertur
                 ^^^^^^^
    "#]],
    );
}

#[test]
fn one_contract_twice_in_one_binding() {
    check(
        &but(
            "    match: covers\n",
            "    match: covers\n  - { contract: s3-permissions, source_files: [b.py] }\n",
        ),
        expect![[r#"
            domains/s3-access/bindings/aperture.yaml:13:17 realm-schema: `s3-permissions` is exported twice by this file: put its source files into one entry; the first counts
                - { contract: s3-permissions, source_files: [b.py] }
                              ^^^^^^^^^^^^^^
              + domains/s3-access/bindings/aperture.yaml:4:15 `s3-permissions`: the first
        "#]],
    );
    check(
        &but(
            "    status: stale\n",
            "    status: stale\n  - { contract: s3-permissions, version: ^1.0.0, binding: b.py }
  - { contract: s3-permissions, from: other:s3-access, version: ^1.0.0, binding: b.py }\n",
        ),
        expect![[r#"
            domains/s3-access/bindings/fungal-image-analysis.yaml:12:17 realm-schema: `s3-permissions` is imported twice by this file: put the files that follow it into one `binding`
                - { contract: s3-permissions, version: ^1.0.0, binding: b.py }
                              ^^^^^^^^^^^^^^
              + domains/s3-access/bindings/fungal-image-analysis.yaml:3:15 `s3-permissions`: the first
            domains/s3-access/bindings/fungal-image-analysis.yaml:13:39 unknown-reference: `other` is another realm, and this one imports from none: realm.yaml has to say `trust: { mode: federation }`
                - { contract: s3-permissions, from: other:s3-access, version: ^1.0.0, binding: b.py }
                                                    ^^^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn nobody_is_there_to_decide() {
    let rules = "governance:
  admission: approval
  approvers: [rosa@example.com]
  breaking_changes: { require_approval: true, grace_period_days: 7 }
";
    for (instead, expected) in [
        (
            "",
            expect![[r#"
            realm.yaml:1:1 realm-schema: the realm names nobody who approves, so that no break and no repo that asks can be let in: name somebody in `governance.approvers`
              name: letemcook
              ^^^^
        "#]],
        ),
        (
            "governance: { breaking_changes: { grace_period_days: 3 } }\n",
            expect![[r#"
                realm.yaml:4:1 realm-schema: the realm names nobody who approves, so that no break and no repo that asks can be let in: name somebody in `governance.approvers`
                  governance: { breaking_changes: { grace_period_days: 3 } }
                  ^^^^^^^^^^
            "#]],
        ),
        (
            "governance: { admission: approval }\n",
            expect![[r#"
            realm.yaml:4:26 realm-schema: admission is by approval, but there is nobody to approve: name somebody in `approvers`
              governance: { admission: approval }
                                       ^^^^^^^^
        "#]],
        ),
        (
            "governance: { approvers: [] }\n",
            expect![[r#"
            realm.yaml:4:26 realm-schema: admission is by approval, but there is nobody to approve: name somebody in `approvers`
              governance: { approvers: [] }
                                       ^^
        "#]],
        ),
        (
            "governance: { admission: open, approvers: [] }\n",
            expect![[""]],
        ),
        (
            "governance: { admission: open, breaking_changes: { require_approval: true } }\n",
            expect![[r#"
                realm.yaml:4:70 realm-schema: breaking changes need an approval, but there is nobody to approve: name somebody in `approvers`
                  governance: { admission: open, breaking_changes: { require_approval: true } }
                                                                                       ^^^^
            "#]],
        ),
        (
            "governance: { admission: invite-only, invited: [aperture, apertura, stranger] }\n",
            expect![[r#"
                realm.yaml:4:59 member-pending: `apertura` is invited, and has not joined the realm yet -> aperture
                  governance: { admission: invite-only, invited: [aperture, apertura, stranger] }
                                                                            ^^^^^^^^
                realm.yaml:4:69 member-pending: `stranger` is invited, and has not joined the realm yet
                  governance: { admission: invite-only, invited: [aperture, apertura, stranger] }
                                                                                      ^^^^^^^^
            "#]],
        ),
        (
            "governance: { admission: open, invited: [stranger] }\n",
            expect![[""]],
        ),
    ] {
        check(&but(rules, instead), expected);
    }
    // A domain's own rules, under which the realm's are.
    let own = "breaking_changes:\n  grace_period_days: 3\n";
    check(
        &but(own, "approvers: []\n"),
        expect![[r#"
        domains/s3-access/governance.yaml:1:12 realm-schema: admission is by approval, but there is nobody to approve: name somebody in `approvers`
          approvers: []
                     ^^
    "#]],
    );
    check(
        &but(own, "governance: { admission: approval, approvers: [] }\n"),
        expect![[r#"
            domains/s3-access/governance.yaml:1:47 realm-schema: admission is by approval, but there is nobody to approve: name somebody in `approvers`
              governance: { admission: approval, approvers: [] }
                                                            ^^
        "#]],
    );
    check(&but(own, "admission: approval\n"), expect![[""]]);
}

#[test]
fn permissions_that_permit_nothing() {
    let pattern = "    \"domains/*/contracts/**\": [contract_owner, realm_owners]\n";
    check(
        &but(
            pattern,
            "    \"domain/*/contracts/**\": realm_owners
    domains/s3-acces/**: [contract_owner]
    repos/apertura.yaml: [repo_maintainer]
    ../other/**: realm_owners
    \"domains/[\": realm_owners
    \"!repos/*\": realm_owners
    domains/*/acceptances/**: repo_maintainers
    domains/s3-access/acceptances/aperture.yaml: repo_maintainers
    .github/**: realm_owners
    README.md: realm_owners
    \"*.yaml\": realm_owners
",
        ),
        expect![[r#"
            realm.yaml:11:5 unknown-reference: `domain/*/contracts/**` matches no file that this realm has or may have -> domains/*/contracts/**
                  "domain/*/contracts/**": realm_owners
                  ^^^^^^^^^^^^^^^^^^^^^^^
            realm.yaml:12:5 unknown-reference: `domains/s3-acces/**` matches no file that this realm has or may have -> domains/s3-access/**
                  domains/s3-acces/**: [contract_owner]
                  ^^^^^^^^^^^^^^^^^^^
            realm.yaml:13:5 unknown-reference: `repos/apertura.yaml` matches no file that this realm has or may have -> repos/aperture.yaml
                  repos/apertura.yaml: [repo_maintainer]
                  ^^^^^^^^^^^^^^^^^^^
            realm.yaml:13:27 realm-schema: an entry of `repos/apertura.yaml` must be one of realm_owners, domain_owners, contract_owner, repo_maintainers, not `repo_maintainer` -> repo_maintainers
                  repos/apertura.yaml: [repo_maintainer]
                                        ^^^^^^^^^^^^^^^
            realm.yaml:14:5 path-escapes: `../other/**` leaves the repo
                  ../other/**: realm_owners
                  ^^^^^^^^^^^
            realm.yaml:15:5 realm-schema: `domains/[` is no glob: unclosed character class; missing ']'
                  "domains/[": realm_owners
                  ^^^^^^^^^^^
            realm.yaml:16:5 realm-schema: `!repos/*` takes away, which a permission cannot: write what it is about, and who may change that
                  "!repos/*": realm_owners
                  ^^^^^^^^^^
        "#]],
    );
}

#[test]
fn severities_of_codes_that_there_are_not() {
    check(
        &but(
            "findings: { import-excess: off }",
            "findings: { import-exces: off, s3: off, x-own: hint, not-owner: warning }",
        ),
        expect![[r#"
            realm.yaml:12:13 unknown-key: no finding has the code `import-exces`; did you mean `import-excess`? -> import-excess
              findings: { import-exces: off, s3: off, x-own: hint, not-owner: warning }
                          ^^^^^^^^^^^^
            realm.yaml:12:32 unknown-key: no finding has the code `s3`, so this sets nothing
              findings: { import-exces: off, s3: off, x-own: hint, not-owner: warning }
                                             ^^
        "#]],
    );
}

#[test]
fn acceptances_that_accept_nothing() {
    let record = "- fingerprint: v1:5f1c
  contract: s3-permissions
";
    let with = |new: &str| but(record, new);
    check_on(STORY, Some("2026-06-30"), expect![[""]]);
    check_on(
        STORY,
        Some("2026-07-01"),
        expect![[r#"
        domains/s3-access/acceptances/fungal-image-analysis.yaml:5:10 acceptance-unmatched: this record ended on 2026-06-30 and accepts nothing any more: take it out, or give it another end
            until: 2026-06-30
                   ^^^^^^^^^^
    "#]],
    );
    check(
        &with("- fingerprint: 5f1c\n  contract: s3-permission\n"),
        expect![[r#"
            domains/s3-access/acceptances/fungal-image-analysis.yaml:1:16 acceptance-unmatched: `5f1c` is no fingerprint: Blue prints one with each finding, such as v1:0123456789abcdef
              - fingerprint: 5f1c
                             ^^^^
            domains/s3-access/acceptances/fungal-image-analysis.yaml:2:13 acceptance-unmatched: the domain `s3-access` has no contract `s3-permission` -> s3-permissions
                contract: s3-permission
                          ^^^^^^^^^^^^^
        "#]],
    );
    check(
        &with(
            "- { fingerprint: \"v1:5f1c#2\", contract: bucket-permissions }\n- fingerprint: v1:5f1c\n",
        ),
        expect![[r#"
            domains/s3-access/acceptances/fungal-image-analysis.yaml:1:41 acceptance-unmatched: the contract `bucket-permissions` is called `s3-permissions` now -> s3-permissions
              - { fingerprint: "v1:5f1c#2", contract: bucket-permissions }
                                                      ^^^^^^^^^^^^^^^^^^
        "#]],
    );
    check(
        &with(&format!("- fingerprint: v1:5f1c\n{record}")),
        expect![[r#"
            domains/s3-access/acceptances/fungal-image-analysis.yaml:2:16 acceptance-unmatched: this break is accepted twice by this file; one record is enough
              - fingerprint: v1:5f1c
                             ^^^^^^^
              + domains/s3-access/acceptances/fungal-image-analysis.yaml:1:16 `v1:5f1c`: the first
        "#]],
    );
    check(
        &and("//- /domains/s3-access/acceptances/aperture.yaml
acceptances:
  - { fingerprint: v1:1, contract: s3-permissions }
"),
        expect![[r#"
            domains/s3-access/acceptances/aperture.yaml:2:36 acceptance-unmatched: `aperture` does not import `s3-permissions`, so nothing of it breaks aperture: take this record out
                - { fingerprint: v1:1, contract: s3-permissions }
                                                 ^^^^^^^^^^^^^^
        "#]],
    );
}

/// The story, and a domain in which fungal-image-analysis exports to aperture.
fn circle(of: &str) -> String {
    and(&format!(
        "//- /domains/feedback-loop/domain.yaml
name: feedback-loop
members: [aperture, fungal-image-analysis]
//- /domains/feedback-loop/contracts/feedback-events.yaml
name: feedback-events
owner: fungal-image-analysis
schema: {{}}
{of}"
    ))
}

#[test]
fn a_circle_through_two_domains() {
    check(
        &circle(
            "//- /domains/feedback-loop/bindings/aperture.yaml
repo: aperture
imports:
  - { contract: feedback-events, version: ^1.0.0, binding: a.py }
",
        ),
        expect![[r#"
            domains/feedback-loop/bindings/aperture.yaml:3:17 cycle: aperture → (s3-access) → fungal-image-analysis → (feedback-loop) → aperture is a circle through 2 domains, in which nobody can follow first: merge the domains, turn one dependency round, or let all depend on a third repo (hub and spoke)
                - { contract: feedback-events, version: ^1.0.0, binding: a.py }
                              ^^^^^^^^^^^^^^^
              + domains/s3-access/bindings/fungal-image-analysis.yaml:3:15 `s3-permissions`: fungal-image-analysis imports from aperture here, in s3-access
        "#]],
    );
    // An import from another domain stands in any of the importer's bindings.
    check(
        &circle("").replace(
            "    match: covers\n",
            "    match: covers
imports:
  - { contract: feedback-events, from: letemcook:feedback-loop, version: ^1.0.0, binding: a.py }
",
        ),
        expect![[r#"
            domains/s3-access/bindings/aperture.yaml:14:17 cycle: aperture → (s3-access) → fungal-image-analysis → (feedback-loop) → aperture is a circle through 2 domains, in which nobody can follow first: merge the domains, turn one dependency round, or let all depend on a third repo (hub and spoke)
                - { contract: feedback-events, from: letemcook:feedback-loop, version: ^1.0.0, binding: a.py }
                              ^^^^^^^^^^^^^^^
              + domains/s3-access/bindings/fungal-image-analysis.yaml:3:15 `s3-permissions`: fungal-image-analysis imports from aperture here, in s3-access
        "#]],
    );
}

#[test]
fn a_circle_of_three_repos_is_told_once() {
    check(
        &circle(
            "//- /repos/station.yaml
name: station
//- /domains/feedback-loop/contracts/states.yaml
name: states
owner: station
schema: {}
//- /domains/feedback-loop/bindings/station.yaml
repo: station
imports:
  - { contract: feedback-events, version: ^1.0.0, binding: a.py }
//- /domains/feedback-loop/bindings/aperture.yaml
repo: aperture
imports:
  - { contract: states, version: ^1.0.0, binding: a.py }
",
        )
        .replace(
            "members: [aperture, fungal-image-analysis]",
            "members: [aperture, fungal-image-analysis, station]",
        ),
        expect![[r#"
            domains/feedback-loop/bindings/aperture.yaml:3:17 cycle: aperture → (s3-access) → fungal-image-analysis → (feedback-loop) → station → (feedback-loop) → aperture is a circle through 2 domains, in which nobody can follow first: merge the domains, turn one dependency round, or let all depend on a third repo (hub and spoke)
                - { contract: states, version: ^1.0.0, binding: a.py }
                              ^^^^^^
              + domains/s3-access/bindings/fungal-image-analysis.yaml:3:15 `s3-permissions`: fungal-image-analysis imports from aperture here, in s3-access
              + domains/feedback-loop/bindings/station.yaml:3:17 `feedback-events`: station imports from fungal-image-analysis here, in feedback-loop
        "#]],
    );
}

#[test]
fn what_is_no_circle_through_two_domains() {
    // Both ways inside one domain, and a third repo both ways in another.
    check(
        "//- /repos/a.yaml
name: a
//- /repos/b.yaml
name: b
//- /repos/c.yaml
name: c
//- /domains/one/domain.yaml
name: one
//- /domains/one/contracts/of-a.yaml
{ name: of-a, owner: a, schema: {} }
//- /domains/one/contracts/of-b.yaml
{ name: of-b, owner: b, schema: {} }
//- /domains/one/bindings/a.yaml
{ repo: a, imports: [{ contract: of-b, version: ^1.0.0, binding: a.py }] }
//- /domains/one/bindings/b.yaml
{ repo: b, imports: [{ contract: of-a, version: ^1.0.0, binding: a.py }] }
//- /domains/two/domain.yaml
name: two
//- /domains/two/contracts/of-b.yaml
{ name: of-b, owner: b, schema: {} }
//- /domains/two/contracts/of-c.yaml
{ name: of-c, owner: c, schema: {} }
//- /domains/two/bindings/b.yaml
{ repo: b, imports: [{ contract: of-c, version: ^1.0.0, binding: a.py }] }
//- /domains/two/bindings/c.yaml
{ repo: c, imports: [{ contract: of-b, version: ^1.0.0, binding: a.py }] }
",
        expect![[""]],
    );
}

#[test]
fn names_that_turn_the_line_around_are_escaped() {
    check(
        "//- /domains/s3\u{202e}x/bindings/a\u{7}b.yaml\nrepo: \"a\\u202eb\"\n",
        expect![[r#"
            domains/s3\u{202e}x/bindings/a\u{7}b.yaml:1:7 bad-name: `a\u{202e}b` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first -> a-b
              repo: "a\u202eb"
                    ^^^^^^^^^^
            domains/s3\u{202e}x/bindings/a\u{7}b.yaml:1:7 unknown-reference: the domain `s3\u{202e}x` does not exist: domains/s3\u{202e}x/domain.yaml is missing
              repo: "a\u202eb"
                    ^^^^^^^^^^
            domains/s3\u{202e}x/bindings/a\u{7}b.yaml:1:7 unknown-reference: the realm has no repo `a\u{7}b`: repos/a\u{7}b.yaml is missing
              repo: "a\u202eb"
                    ^^^^^^^^^^
        "#]],
    );
}

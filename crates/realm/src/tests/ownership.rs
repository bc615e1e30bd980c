//! Who may change what. Rosa maintains aperture and approves; Theo, a user of the forge, maintains
//! fungal-image-analysis; Mia is nobody whom the realm lists.

use expect_test::{Expect, expect};

use super::{STORY, check_change};
use crate::proposal::Author;

const CONTRACT: &str = "domains/s3-access/contracts/s3-permissions.yaml";
const BINDING: &str = "domains/s3-access/bindings/fungal-image-analysis.yaml";
const DOMAIN: &str = "domains/s3-access/domain.yaml";

fn by(email: &str) -> Author {
    Author {
        email: email.into(),
        commit: Some("0a1b2c3d4e5f".into()),
        ..Author::default()
    }
}

fn rosa() -> Author {
    by("rosa@Example.com")
}

fn theo() -> Author {
    by("4711+theo@users.noreply.github.com")
}

fn mia() -> Author {
    by("mia@example.com")
}

/// What the realm of the story permits beside the defaults.
const RULE: &str = "    \"domains/*/contracts/**\": [contract_owner, realm_owners]\n";

/// The story, in which the defaults hold, with texts in place of others that are there.
fn with(edits: &[(&str, &str)]) -> String {
    let plain = STORY.replace(&format!("  permissions:\n{RULE}"), "");
    edits.iter().fold(plain, |story, (old, new)| {
        assert!(story.contains(old), "{old}");
        story.replacen(old, new, 1)
    })
}

fn check(edits: &[(&str, &str)], path: &str, author: Author, expected: Expect) {
    check_change(&with(&[]), &with(edits), &[(path, &[author])], expected);
}

const DESCRIBED: (&str, &str) = (
    "description: what aperture reads and writes",
    "description: |\n  what aperture reads\n  and writes",
);
const NOTED: (&str, &str) = ("    note: run cdk diff\n", "    note: run cdk\n");

#[test]
fn a_contract_is_its_owner_s() {
    check(&[DESCRIBED], CONTRACT, rosa(), expect![[""]]);
    check(
        &[DESCRIBED],
        CONTRACT,
        theo(),
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the maintainers of aperture (rosa@example.com)
              description: |
              ^^^^^^^^^^^^^^…
        "#]],
    );
    let verified = Author {
        verified: true,
        commit: None,
        ..theo()
    };
    check(
        &[DESCRIBED],
        CONTRACT,
        verified,
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by 4711+theo@users.noreply.github.com, not committed yet; that is for the maintainers of aperture (rosa@example.com)
              description: |
              ^^^^^^^^^^^^^^…
        "#]],
    );
    // Who is not told is not judged; what was changed and changed back is not changed.
    check_change(&with(&[]), &with(&[DESCRIBED]), &[], expect![[""]]);
    check(&[], CONTRACT, mia(), expect![[""]]);
    check_change(
        &with(&[]),
        &with(&[DESCRIBED]),
        &[(CONTRACT, &[rosa(), mia(), theo()])],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3 and mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of aperture (rosa@example.com)
              description: |
              ^^^^^^^^^^^^^^…
        "#]],
    );
}

#[test]
fn a_contract_is_not_taken_by_writing_oneself_in() {
    let edit = ("owner: aperture", "owner: fungal-image-analysis");
    check(
        &[edit],
        CONTRACT,
        theo(),
        expect![[r#"
        domains/s3-access/contracts/s3-permissions.yaml:4:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the maintainers of aperture and the realm's approvers (rosa@example.com)
          owner: fungal-image-analysis
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#]],
    );
    check(&[edit], CONTRACT, rosa(), expect![[""]]);
    let other = with(&[(
        "approvers: [rosa@example.com]",
        "approvers: [mia@example.com]",
    )]);
    let handed = other.replace(edit.0, edit.1);
    check_change(&other, &handed, &[(CONTRACT, &[mia()])], expect![[""]]);
    check_change(
        &other,
        &other.replace(DESCRIBED.0, DESCRIBED.1),
        &[(CONTRACT, &[mia()])],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of aperture (rosa@example.com)
              description: |
              ^^^^^^^^^^^^^^…
        "#]],
    );
}

#[test]
fn a_repo_speaks_for_itself() {
    check(&[NOTED], BINDING, theo(), expect![[""]]);
    check(
        &[NOTED],
        BINDING,
        rosa(),
        expect![[r#"
        domains/s3-access/bindings/fungal-image-analysis.yaml:8:5 not-owner: domains/s3-access/bindings/fungal-image-analysis.yaml was changed by rosa@Example.com (unverified) in 0a1b2c3; that is for the maintainers of fungal-image-analysis (theo)
              note: run cdk
              ^^^^^^^^^^^^^
    "#]],
    );
    let accepted = ("  reason: not read any more\n", "  reason: because\n");
    let path = "domains/s3-access/acceptances/fungal-image-analysis.yaml";
    check(&[accepted], path, theo(), expect![[""]]);
    check(
        &[accepted],
        path,
        rosa(),
        expect![[r#"
        domains/s3-access/acceptances/fungal-image-analysis.yaml:4:3 not-owner: domains/s3-access/acceptances/fungal-image-analysis.yaml was changed by rosa@Example.com (unverified) in 0a1b2c3; that is for the maintainers of fungal-image-analysis (theo)
            reason: because
            ^^^^^^^^^^^^^^^
    "#]],
    );
    let people = ("  - theo\n", "  - theo\n  - mia@example.com\n");
    let path = "repos/fungal-image-analysis.yaml";
    check(&[people], path, theo(), expect![[""]]);
    check(
        &[people],
        path,
        mia(),
        expect![[r#"
        repos/fungal-image-analysis.yaml:7:3 not-owner: repos/fungal-image-analysis.yaml was changed by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of fungal-image-analysis and the realm's approvers (rosa@example.com, theo)
            - mia@example.com
            ^^^^^^^^^^^^^^^^^
    "#]],
    );
    check(&[people], path, rosa(), expect![[""]]);
    check(
        &[("notify: issue\n", "")],
        path,
        rosa(),
        expect![[r#"
        repos/fungal-image-analysis.yaml:4:1 not-owner: repos/fungal-image-analysis.yaml was changed by rosa@Example.com (unverified) in 0a1b2c3; that is for the maintainers of fungal-image-analysis (theo)
          maintainers:
          ^^^^^^^^^^^^
    "#]],
    );
}

#[test]
fn the_rest_is_the_approvers() {
    let days = ("grace_period_days: 7", "grace_period_days: 0");
    check(&[days], "realm.yaml", rosa(), expect![[""]]);
    check(
        &[days],
        "realm.yaml",
        theo(),
        expect![[r#"
        realm.yaml:7:3 not-owner: realm.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the realm's approvers (rosa@example.com)
            breaking_changes: { require_approval: true, grace_period_days: 0 }
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#]],
    );
    check(
        &[],
        ".github/workflows/blue.yaml",
        theo(),
        expect![[r#"
        realm.yaml:1:7 not-owner: .github/workflows/blue.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the realm's approvers (rosa@example.com)
          name: letemcook
                ^^^^^^^^^
    "#]],
    );
    check(&[], ".github/CODEOWNERS", theo(), expect![[""]]);
    let who = ("description: who may", "description: all who may");
    check(&[who], DOMAIN, theo(), expect![[""]]);
    check(
        &[who],
        DOMAIN,
        mia(),
        expect![[r#"
        domains/s3-access/domain.yaml:2:1 not-owner: domains/s3-access/domain.yaml was changed by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of the members of s3-access (rosa@example.com, theo)
          description: all who may read which keys
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#]],
    );
}

#[test]
fn what_the_realm_permits_itself() {
    let roles =
        |roles: &str| STORY.replace(RULE, &format!("    \"domains/*/contracts/**\": {roles}\n"));
    for (allowed, expected) in [
        ("[domain_owners]", expect![[""]]),
        (
            "[realm_owners]",
            expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the realm's approvers (rosa@example.com)
              description: |
              ^^^^^^^^^^^^^^…
        "#]],
        ),
        ("[]", expect![[""]]),
    ] {
        let base = roles(allowed);
        let proposed = base.replace(DESCRIBED.0, DESCRIBED.1);
        check_change(&base, &proposed, &[(CONTRACT, &[theo()])], expected);
    }
    // Not by what the change itself permits.
    check_change(
        STORY,
        &roles("[domain_owners]").replace(DESCRIBED.0, DESCRIBED.1),
        &[(CONTRACT, &[theo()])],
        expect![[r#"
            domains/s3-access/contracts/s3-permissions.yaml:2:1 not-owner: domains/s3-access/contracts/s3-permissions.yaml was changed by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the maintainers of aperture and the realm's approvers (rosa@example.com)
              description: |
              ^^^^^^^^^^^^^^…
        "#]],
    );
}

/// A repo that joins.
fn joined(admission: &str) -> (String, String) {
    let base = with(&[("  admission: approval\n", &format!("  {admission}\n"))]);
    let files = "//- /repos/station.yaml
name: station
maintainers: [mia@example.com]
//- /domains/s3-access/bindings/station.yaml
repo: station
";
    let member = "  - fungal-image-analysis\n";
    let proposed = base.replacen(member, &format!("{member}  - station\n"), 1) + files;
    (base, proposed)
}

#[test]
fn who_joins_does_so_by_the_rules_of_admission() {
    let paths = [
        "repos/station.yaml",
        "domains/s3-access/bindings/station.yaml",
        DOMAIN,
    ];
    for (admission, author, expected) in [
        ("admission: approval", mia(), expect![[""]]),
        ("admission: approval", rosa(), expect![[""]]),
        (
            "admission: approval",
            theo(),
            expect![[r#"
            domains/s3-access/bindings/station.yaml:1:1 not-owner: domains/s3-access/bindings/station.yaml was made by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the maintainers of station and the realm's approvers (mia@example.com, rosa@example.com)
              repo: station
              ^^^^^^^^^^^^^
            repos/station.yaml:1:1 not-owner: repos/station.yaml was made by 4711+theo@users.noreply.github.com (unverified) in 0a1b2c3; that is for the maintainers of station and the realm's approvers (mia@example.com, rosa@example.com)
              name: station
              ^^^^^^^^^^^^^…
        "#]],
        ),
        ("admission: open", theo(), expect![[""]]),
        (
            "admission: invite-only",
            mia(),
            expect![[r#"
            domains/s3-access/bindings/station.yaml:1:1 not-owner: domains/s3-access/bindings/station.yaml was made by mia@example.com (unverified) in 0a1b2c3; `station` is not invited, and only the realm's approvers let others in (rosa@example.com)
              repo: station
              ^^^^^^^^^^^^^
            domains/s3-access/domain.yaml:7:3 not-owner: domains/s3-access/domain.yaml was changed by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of the members of s3-access (rosa@example.com, theo)
                - station
                ^^^^^^^^^
            repos/station.yaml:1:1 not-owner: repos/station.yaml was made by mia@example.com (unverified) in 0a1b2c3; `station` is not invited, and only the realm's approvers let others in (rosa@example.com)
              name: station
              ^^^^^^^^^^^^^…
        "#]],
        ),
        (
            "{ admission: invite-only, invited: [station] }",
            mia(),
            expect![[""]],
        ),
    ] {
        let admission = admission
            .trim_matches(['{', '}', ' '])
            .replace(", invited", "\n  invited");
        let (base, proposed) = joined(&admission);
        let author = [author];
        let authors = paths.map(|path| (path, author.as_slice()));
        check_change(&base, &proposed, &authors, expected);
    }
}

#[test]
fn what_is_deleted_is_told_where_something_stands() {
    let without = |path: &str| {
        let head = format!("//- /{path}\n");
        let start = STORY.find(&head).unwrap();
        let rest = &STORY[start + head.len()..];
        let end = rest
            .find("//- ")
            .map_or(STORY.len(), |at| start + head.len() + at);
        format!("{}{}", &STORY[..start], &STORY[end..])
    };
    for (path, expected) in [
        (
            BINDING,
            expect![[r#"
            domains/s3-access/domain.yaml:1:7 not-owner: domains/s3-access/bindings/fungal-image-analysis.yaml was taken away by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of fungal-image-analysis and the realm's approvers (rosa@example.com, theo)
              name: s3-access
                    ^^^^^^^^^
        "#]],
        ),
        (
            "repos/aperture.yaml",
            expect![[r#"
            realm.yaml:1:7 not-owner: repos/aperture.yaml was taken away by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of aperture and the realm's approvers (rosa@example.com)
              name: letemcook
                    ^^^^^^^^^
        "#]],
        ),
        (
            DOMAIN,
            expect![[r#"
            realm.yaml:1:7 not-owner: domains/s3-access/domain.yaml was taken away by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of the members of s3-access and the realm's approvers (rosa@example.com, theo)
              name: letemcook
                    ^^^^^^^^^
        "#]],
        ),
        (
            "domains/s3-access/contracts/s3-permissions/1.2.0.yaml",
            expect![[r#"
                domains/s3-access/contracts/s3-permissions.yaml:3:10 not-owner: domains/s3-access/contracts/s3-permissions/1.2.0.yaml was taken away by mia@example.com (unverified) in 0a1b2c3; that is for the maintainers of aperture and the realm's approvers (rosa@example.com)
                  version: 1.2.0
                           ^^^^^
                domains/s3-access/contracts/s3-permissions.yaml:3:10 version-rewritten: domains/s3-access/contracts/s3-permissions/1.2.0.yaml, which says what 1.2.0 was released with, is taken away: importers of 1.2.0 could not be judged any more
                  version: 1.2.0
                           ^^^^^
            "#]],
        ),
        (
            "realm.yaml",
            expect![[r#"
            repos/aperture.yaml:1:1 not-owner: realm.yaml was taken away by mia@example.com (unverified) in 0a1b2c3; that is for the realm's approvers (rosa@example.com)
              name: aperture
              ^
        "#]],
        ),
    ] {
        check_change(STORY, &without(path), &[(path, &[mia()])], expected);
    }
}

#[test]
fn where_nobody_is_listed_nothing_can_be_told() {
    let base = with(&[
        ("maintainers: [rosa@example.com]\n", ""),
        ("  approvers: [rosa@example.com]\n", ""),
    ]);
    let proposed = base
        .replace(DESCRIBED.0, DESCRIBED.1)
        .replace("grace_period_days: 7", "grace_period_days: 1");
    let author = [mia()];
    check_change(
        &base,
        &proposed,
        &[(CONTRACT, &author), ("realm.yaml", &author)],
        expect![[""]],
    );
    check_change(
        "",
        STORY,
        &[(CONTRACT, &author), ("realm.yaml", &author)],
        expect![[""]],
    );
}

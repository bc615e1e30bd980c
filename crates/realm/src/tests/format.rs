//! What a hover on a key shows.

use expect_test::{Expect, expect};

use crate::{FileFormat, FileKind, Step, key_docs};

fn check(format: FileFormat, route: &str, expected: &Expect) {
    let steps: Vec<Step<'_>> = route
        .split('/')
        .map(|part| part.parse().map_or(Step::Key(part), Step::Index))
        .collect();
    let Some(doc) = key_docs(format, &steps) else {
        expected.assert_eq("nothing\n");
        return;
    };
    let mut shown = format!("{}\n{}\n{}\n", doc.title, doc.types, doc.markdown);
    if let Some(default) = &doc.default {
        shown.push_str(&format!("default: {default}\n"));
    }
    if doc.required {
        shown.push_str("required\n");
    }
    for (word, meaning) in &doc.words {
        shown.push_str(&format!("- {word}: {meaning}\n"));
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_key_is_documented_wherever_it_stands() {
    use FileFormat::{Acceptance, Binding, Config, Contract, Governance, Realm, Repo};
    check(
        Realm,
        "governance/admission",
        &expect![[r#"
        governance.admission
        one of the words below
        Who may register a repo in the realm. Unset: by approval.
        default: approval
        - open: Anybody.
        - approval: Whom an approver lets in.
        - invite-only: The repos that `invited` names.
    "#]],
    );
    check(
        Governance,
        "breaking_changes/grace_period_days",
        &expect![[r#"
            breaking_changes.grace_period_days
            whole number
            Days that a compatible change waits for the importers' acknowledgements before it is merged. Unset: 14.
            default: 14
        "#]],
    );
    check(
        Governance,
        "governance/approvers/0",
        &expect![[r#"
        governance.approvers
        text
        Who approves: e-mails, or user names of the forge. An empty list where `admission` is `approval` lets nobody in, and is a finding.
    "#]],
    );
    check(
        Realm,
        "trust/permissions/realm.yaml/0",
        &expect![[r#"
            trust.permissions.realm.yaml
            one of the words below
            Patterns of paths in the realm, and the roles that may change what they match. Where none matches: a repo's own files belong to its maintainers, a contract to its owner's, `domain.yaml` to the members', the rest to the approvers.
            - realm_owners: The realm's approvers.
            - domain_owners: The maintainers of the domain's members.
            - contract_owner: The maintainers of the contract's exporter.
            - repo_maintainers: The maintainers of the repo that the file is about.
        "#]],
    );
    check(
        Realm,
        "findings/import-excess",
        &expect![[r#"
            findings.import-excess
            one of the words below
            Severities of this realm by the code of the finding (`import-excess: off`). Only a realm may lower the findings of those who break others.
            - off: It is not told at all.
            - hint: It is told where one stands.
            - info: Something will follow from it.
            - warning: Somebody has to do something, but nothing breaks yet.
            - error: It breaks somebody, or an input is wrong: `check` fails.
        "#]],
    );
    check(
        Config,
        "findings/export-breaking",
        &expect![[r#"
        findings.export-breaking

        A finding of what breaks others: only the realm may lower it.
    "#]],
    );
    check(
        Realm,
        "findings/import-exces",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        Repo,
        "name",
        &expect![[r#"
        name
        text
        The repo's name, which is the file's.
        required
    "#]],
    );
    check(
        Contract,
        "schema/type",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        Contract,
        "value",
        &expect![[r#"
        value

        The value: any JSON value that the schema accepts. Absent: not released yet; the first sync makes it.
    "#]],
    );
    check(
        Contract,
        "evolution/0/source/commit",
        &expect![[r#"
            evolution[].source.commit
            text
            The commit's id.
        "#]],
    );
    check(
        Binding,
        "exports/0/source_files/1",
        &expect![[r#"
        exports[].source_files
        text
        The files whose code makes the value: gitignore-style globs, relative to the repo. `*` stops at `/`, `**` does not, `!` takes out. A glob that begins with `*` must be quoted.
        required
    "#]],
    );
    check(
        Binding,
        "exports/0/match",
        &expect![[r#"
        exports[].match
        one of the words below
        How what is found is held against what the contract declares. Unset: `exact`.
        default: exact
        - exact: Each value that is found must be declared as it is.
        - covers: A declared pattern that covers a value will do.
    "#]],
    );
    check(
        Binding,
        "exports/0/detect/0/s3",
        &expect![[r#"
        exports[].detect[].s3
        mapping, or nothing
        Object keys of S3 that the code reads, writes, deletes or lists. Nothing after the colon: of any bucket.
        required
    "#]],
    );
    check(
        Binding,
        "exports/0/detect/0/s3/bucket",
        &expect![[r#"
        exports[].detect[].s3.bucket
        list of text, or text
        Only keys of this bucket, or of one of these; `env:NAME` names the variable that holds it. Unset: any bucket.
    "#]],
    );
    check(
        Binding,
        "exports/0/detect/0/fields",
        &expect![[r#"
        exports[].detect[].fields
        mapping
        Which field of the value each operation's keys go into. Unset: the field of the operation's name, and `read` for `list`.
    "#]],
    );
    check(
        Binding,
        "exports/0/detect/0/fields/list",
        &expect![[r#"
        exports[].detect[].fields.list
        text
        The field for prefixes that are listed. Unset: `read`.
        default: read
    "#]],
    );
    check(
        Binding,
        "imports/0/version",
        &expect![[r#"
        imports[].version
        text, or whole number
        The versions that the repo can follow: a range in npm's or Cargo's spelling. A bare version means different things to the two: write `=` or `^`.
        required
    "#]],
    );
    check(
        Binding,
        "imports/0/x-mine",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        Acceptance,
        "0/until",
        &expect![[r#"
            until
            text
            The date on which the acceptance ends: RFC 3339, a date or a time in UTC. Unset: it does not.
        "#]],
    );
    check(
        Acceptance,
        "acceptances/0/until",
        &expect![[r#"
        acceptances[].until
        text
        The date on which the acceptance ends: RFC 3339, a date or a time in UTC. Unset: it does not.
    "#]],
    );
    check(
        Config,
        "realms/0/ref",
        &expect![[r#"
            realms[].ref
            text
            A branch to follow or a tag to pin. Unset: the remote's default branch.
        "#]],
    );
    let doc = key_docs(Realm, &[Step::Key("trust"), Step::Key("mode")]).unwrap();
    assert!(doc.word("federation").unwrap().contains("other realms"));
    assert_eq!(doc.word("federal"), None);
    assert_eq!(FileFormat::of(&FileKind::Foreign), None);
}

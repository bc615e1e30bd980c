//! The realm of the story as types, and the shared maps.

use std::sync::Arc;

use expect_test::expect;
use semver::Version;

use super::{STORY, check, check_file, realm_of};
use crate::{Admission, Detector, Level, Match, Notify, Realm, TrustMode, parse_file};

#[test]
fn the_story_has_no_fault() {
    check(STORY, expect![""]);
}

#[test]
fn the_story_as_types() {
    let realm = realm_of(STORY);
    assert_eq!(realm.name(), Some("letemcook"));
    assert_eq!(realm.files().count(), 11);
    let file = realm.realm_file().unwrap();
    assert_eq!(file.trust.mode, TrustMode::Collaborative);
    assert_eq!(file.trust.permissions[0].1.len(), 2);
    assert_eq!(file.findings, vec![("import-excess".into(), Level::Off)]);
    assert_eq!(file.extra["x-cost-centre"], 4711);
    assert_eq!(file.governance.admission(), Admission::Approval);
    // The domain's own rule, over the realm's, over the default.
    assert_eq!(realm.governance("s3-access").grace_period_days(), 3);
    assert_eq!(realm.governance("elsewhere").grace_period_days(), 7);
    assert_eq!(
        Realm::default().governance("s3-access").grace_period_days(),
        14
    );
    assert_eq!(realm.governance("s3-access").approvers().len(), 1);
    let repo = realm.repo("fungal-image-analysis").unwrap();
    assert_eq!(repo.notify, Some(Notify::Issue));
    assert_eq!(repo.subdir.as_deref(), Some("services/analysis"));
    let domains: Vec<_> = realm.domains_of("aperture").map(|d| &*d.name).collect();
    assert_eq!(domains, ["s3-access"]);
}

#[test]
fn a_contract_its_releases_and_who_has_to_do_with_it() {
    let realm = realm_of(STORY);
    let contract = realm.contract("s3-access", "s3-permissions").unwrap();
    assert_eq!(contract.version, Some(Version::new(1, 2, 0)));
    assert_eq!(
        contract.value.as_ref().unwrap()["write"][0],
        "jobs/*/result.json"
    );
    assert_eq!(
        contract.validation.exporter.as_deref(),
        Some("scripts/check.sh")
    );
    let source = contract.evolution[0].source.as_ref().unwrap();
    assert_eq!(source.commit.as_deref(), Some("0a1b2c3"));
    let releases = realm.releases("s3-access", "s3-permissions");
    let versions: Vec<String> = releases.iter().map(|(v, _)| v.to_string()).collect();
    assert_eq!(versions, ["1.1.0", "1.2.0"]);
    let release = realm.release("s3-access", "s3-permissions", &Version::new(1, 1, 0));
    assert!(release.unwrap().value.is_some());

    let (exporter, export) = realm.export_of("s3-access", "s3-permissions").unwrap();
    assert_eq!(&**exporter, "aperture");
    assert_eq!(export.matching, Match::Covers);
    let [
        Detector::S3 {
            buckets, fields, ..
        },
        Detector::Symbol { into, .. },
        Detector::Query { .. },
    ] = export.detect.as_slice()
    else {
        panic!("{:?}", export.detect);
    };
    assert_eq!(&*buckets[0], "cultivarium-fungal-imaging");
    assert_eq!(fields.len(), 4);
    assert_eq!(into.as_deref(), Some("queues"));

    let importers = realm.importers_of("s3-access", "s3-permissions");
    assert_eq!(importers.len(), 1);
    let import = importers[0].import;
    assert_eq!(&**importers[0].repo, "fungal-image-analysis");
    assert!(
        import
            .version
            .as_ref()
            .unwrap()
            .matches(&Version::new(1, 9, 0))
    );
    assert_eq!(import.binding, vec![(0, "infra/stack.py".into())]);
    assert_eq!(import.uses, Some(vec!["/read".into()]));
    let accepted = realm
        .acceptances("s3-access", "fungal-image-analysis")
        .unwrap();
    assert_eq!(&*accepted.acceptances[0].fingerprint, "v1:5f1c");
}

#[test]
fn a_changed_file_is_changed_in_one_realm_and_the_rest_is_shared() {
    let realm = realm_of(STORY);
    let path = "domains/s3-access/domain.yaml";
    let changed = realm.with_file(parse_file(path, b"name: s3-access\nmembers: [aperture]\n"));
    let members = |realm: &Realm| {
        realm
            .domain("s3-access")
            .unwrap()
            .file()
            .unwrap()
            .members
            .len()
    };
    assert_eq!((members(&realm), members(&changed)), (2, 1));
    let repo = |realm: &Realm| Arc::clone(realm.file("repos/aperture.yaml").unwrap());
    assert!(Arc::ptr_eq(&repo(&realm), &repo(&changed)));

    let mut emptied = realm.clone();
    for file in realm.files() {
        emptied = emptied.without_file(&file.path);
        assert!(emptied.file(&file.path).is_none());
    }
    assert_eq!(emptied, Realm::default());
    assert_eq!(realm.without_file("README.md"), realm);
    assert_eq!(realm.with_file(parse_file("README.md", b"# x")), realm);
}

#[test]
fn an_import_from_another_domain_of_the_realm_counts_for_that_domain() {
    let realm = realm_of(
        "//- /realm.yaml
name: letemcook
//- /domains/s3-access/contracts/s3-permissions.yaml
name: s3-permissions
//- /domains/feedback-loop/bindings/fungal-image-analysis.yaml
repo: fungal-image-analysis
imports:
  - { contract: s3-permissions, from: \"letemcook:s3-access\", version: \"*\", binding: a.py }
  - { contract: s3-permissions, from: \"elsewhere:s3-access\", version: \"*\", binding: a.py }
",
    );
    let importers = realm.importers_of("s3-access", "s3-permissions");
    let found: Vec<_> = importers
        .iter()
        .map(|i| (&**i.domain, i.import.index))
        .collect();
    assert_eq!(found, [("feedback-loop", 0)]);
}

#[test]
fn realm_yaml_with_faults() {
    check_file(
        "realm.yaml",
        "name: Let'em Cook
version: 1.0
created_at: yesterday
governance:
  admision: open
  approvers: []
  breaking_changes: { grace_period_days: -1, require_approval: \"yes\" }
trust:
  mode: vendor
  permissions: { \"repos/*\": [realm_owner] }
findings: { import-excess: of }
owner: rosa
",
        expect![[r#"
            realm.yaml:1:7 bad-name: `Let'em Cook` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first -> let-em-cook
              name: Let'em Cook
                    ^^^^^^^^^^^
            realm.yaml:2:10 bad-version: `1.0` is not a semantic version such as 1.2.0: unexpected end of input while parsing minor version number -> 1.0.0
              version: 1.0
                       ^^^
            realm.yaml:3:13 realm-schema: `created_at` must be a time of RFC 3339 in UTC such as 2026-01-31T12:00:00Z
              created_at: yesterday
                          ^^^^^^^^^
            realm.yaml:5:3 unknown-key: unknown key `admision`; did you mean `admission`? -> admission
                admision: open
                ^^^^^^^^
            realm.yaml:7:42 realm-schema: `grace_period_days` must be a whole number from 0, not -1
                breaking_changes: { grace_period_days: -1, require_approval: "yes" }
                                                       ^^
            realm.yaml:7:64 realm-schema: `require_approval` must be true or false, not text (did you mean `true`?)
                breaking_changes: { grace_period_days: -1, require_approval: "yes" }
                                                                             ^^^^^
            realm.yaml:9:9 realm-schema: `mode` must be one of collaborative, vendor-customer, federation, not `vendor`
                mode: vendor
                      ^^^^^^
            realm.yaml:10:30 realm-schema: an entry of `repos/*` must be one of realm_owners, domain_owners, contract_owner, repo_maintainers, not `realm_owner` -> realm_owners
                permissions: { "repos/*": [realm_owner] }
                                           ^^^^^^^^^^^
            realm.yaml:11:28 realm-schema: `import-excess` must be one of off, hint, info, warning, error, not `of` -> off
              findings: { import-excess: of }
                                         ^^
            realm.yaml:12:1 unknown-key: unknown key `owner`; keys of your own begin with `x-`
              owner: rosa
              ^^^^^
        "#]],
    );
}

#[test]
fn repos_and_domains_with_faults() {
    check(
        "//- /realm.yaml
name: letemcook
//- /repos/aperture.yaml
name: apertur
url: ext::sh -c touch% /tmp/x
subdir: ../other
notify: mail
maintainers: rosa@example.com
signing_keys: [1]
//- /repos/fungal-image-analysis.yaml
# nothing
//- /domains/s3-access/domain.yaml
name: s3-access
members: [aperture, Fungal_Image, 42, fungal-image-analyses]
//- /domains/s3-access/governance.yaml
governance: { admission: closed }
",
        expect![[r#"
            realm.yaml:1:1 realm-schema: the realm names nobody who approves, so that no break and no repo that asks can be let in: name somebody in `governance.approvers`
              name: letemcook
              ^^^^
            repos/aperture.yaml:1:7 bad-name: `name` is `apertur`, but by its path this is `aperture` -> aperture
              name: apertur
                    ^^^^^^^
            repos/aperture.yaml:2:6 realm-schema: `ext::sh -c touch% /tmp/x` names a transport program, which is refused
              url: ext::sh -c touch% /tmp/x
                   ^^^^^^^^^^^^^^^^^^^^^^^^
            repos/aperture.yaml:3:9 path-escapes: `../other` leaves the repo
              subdir: ../other
                      ^^^^^^^^
            repos/aperture.yaml:4:9 realm-schema: `notify` must be one of issue, not `mail`
              notify: mail
                      ^^^^
            repos/aperture.yaml:5:14 realm-schema: `maintainers` must be a list, not text
              maintainers: rosa@example.com
                           ^^^^^^^^^^^^^^^^
            repos/aperture.yaml:6:16 realm-schema: an entry of `signing_keys` must be text, not a number: put it in quotes
              signing_keys: [1]
                             ^
            repos/fungal-image-analysis.yaml:1:1 realm-schema: the file must be a mapping, not empty
              # nothing
              ^
            domains/s3-access/domain.yaml:2:21 bad-name: `Fungal_Image` is not a name: `a-z`, `0-9` and `-`, 64 at most, no `-` first -> fungal-image
              members: [aperture, Fungal_Image, 42, fungal-image-analyses]
                                  ^^^^^^^^^^^^
            domains/s3-access/domain.yaml:2:35 member-pending: `42` has not joined the realm yet
              members: [aperture, Fungal_Image, 42, fungal-image-analyses]
                                                ^^
            domains/s3-access/domain.yaml:2:39 member-pending: `fungal-image-analyses` has not joined the realm yet -> fungal-image-analysis
              members: [aperture, Fungal_Image, 42, fungal-image-analyses]
                                                    ^^^^^^^^^^^^^^^^^^^^^
            domains/s3-access/governance.yaml:1:26 realm-schema: `admission` must be one of open, approval, invite-only, not `closed`
              governance: { admission: closed }
                                       ^^^^^^
        "#]],
    );
}

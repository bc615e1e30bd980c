//! The law of what is remembered: whatever was typed, asked and taken back before, a realm is judged
//! as one that is read anew, and a proposal is judged the same whether its files are shared or not.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::proposal::{Proposal, problems};
use crate::{Date, Realm, parse_file};

/// Files with the texts that each may have. A text in which only a line moves stands beside those
/// that change what the others see.
const FILES: &[(&str, &[&str])] = &[
    (
        "realm.yaml",
        &[
            "name: letemcook\nversion: 1.0.0\n",
            "name: other\nversion: 1.0.0\n",
            "name: letemcook\nversion: 1.0.0\ntrust: { mode: federation, permissions: { domains/gcs/**: [realm_owners] } }\n",
            "name: letemcook\nversion: 1.0.0\ngovernance: { approvers: [rosa@example.com] }\n",
        ],
    ),
    (
        "repos/aperture.yaml",
        &["name: aperture\n", "name: aperture\nmaintainers: 7\n"],
    ),
    (
        "repos/fungal-image-analysis.yaml",
        &["name: fungal-image-analysis\n"],
    ),
    (
        "domains/s3-access/domain.yaml",
        &[
            "name: s3-access\n",
            "name: s3-access\nmembers: [aperture]\n",
            "# moved\nname: s3-access\nmembers: [aperture, fungal-image-analysis]\n",
            "name: s3-access\nmembers: [aperture, 7]\n",
            "name: [\n",
        ],
    ),
    (
        "domains/s3-access/governance.yaml",
        &[
            "admission: approval\n",
            "breaking_changes: { require_approval: true }\n",
        ],
    ),
    (
        "domains/s3-access/contracts/s3-permissions.yaml",
        &[
            "name: s3-permissions\nversion: 1.2.0\nowner: aperture\nschema: { type: object }\nvalue: {}\nevolution: [{ version: 1.2.0 }]\n",
            "# moved\nname: s3-permissions\nversion: 1.3.0\nowner: aperture\nschema: {}\nvalue: {}\nevolution: [{ version: 1.2.0 }]\n",
            "name: s3-permissions\nowner: fungal-image-analysis\npreviously: [s3-keys]\nschema: {}\n",
            "name: [\n",
        ],
    ),
    (
        "domains/s3-access/contracts/s3-keys.yaml",
        &[
            "name: s3-keys\nowner: aperture\nschema: {}\n",
            "name: s3-keys\npreviously: [s3-permissions]\nschema: {}\n",
        ],
    ),
    (
        "domains/s3-access/contracts/masks.yaml",
        &[
            "name: masks\nowner: aperture\nschema: {}\n",
            "name: masks\nowner: fungal-image-analysis\nschema: {}\n",
        ],
    ),
    (
        "domains/s3-access/contracts/plates.yaml",
        &[
            "name: plates\nschema: {}\n",
            "name: plates\nowner: rosa\nschema: {}\n",
        ],
    ),
    (
        "domains/s3-access/contracts/zarr.yaml",
        &[
            "name: zarr\nowner: aperture\nschema: {}\npreviously: [masks]\n",
            "name: zarr\n",
        ],
    ),
    (
        "domains/s3-access/contracts/s3-permissions/1.2.0.yaml",
        &[
            "contract: s3-permissions\nversion: 1.2.0\nschema: { type: object }\nvalue: {}\n",
            "contract: s3-permissions\nversion: 1.2.0\nschema: { type: object }\nvalue: { a: 1 }\n",
        ],
    ),
    (
        "domains/s3-access/bindings/aperture.yaml",
        &[
            "repo: aperture\nexports: [{ contract: s3-permissions, source_files: ['*.py'] }]\n",
            "repo: aperture\nimports: [{ contract: s3-permissions, version: ^1, binding: a.py, resolved_version: 1.2.5 }]\n",
            "repo: aperture\nimports: [{ contract: results, from: 'letemcook:results', version: ^1, binding: a.py }]\n",
            "repo: aperture\nexports: [{ contract: masks, source_files: ['*.py'] }, { contract: plates, source_files: ['*.py'] }]\nimports: [{ contract: masks, version: ^1, binding: a.py }, { contract: plates, version: ^1, binding: a.py }]\n",
        ],
    ),
    (
        "domains/s3-access/bindings/fungal-image-analysis.yaml",
        &[
            "repo: fungal-image-analysis\nimports: [{ contract: s3-permissions, version: ^1, binding: a.py }]\n",
            "# moved; blue: ignore[unknown-reference]\nrepo: fungal-image-analysis\nimports: [{ contract: s3-permissions, version: ^1, binding: a.py, resolved_version: 1.4.0 }]\n",
            "repo: fungal-image-analysis\nexports: [{ contract: s3-permissions, source_files: ['*.py'] }]\nimports: [{ contract: s3-key, version: ^1, binding: a.py }]\n",
            "repo: fungal-image-analysis\nexports: [{ contract: plates, source_files: ['*.py'] }, { contract: masks, source_files: ['*.py'] }]\nimports: [{ contract: zarr, version: ^1, binding: a.py }, { contract: s3-keys, version: ^1, binding: a.py }]\n",
        ],
    ),
    (
        "domains/s3-access/acceptances/fungal-image-analysis.yaml",
        &[
            "- { fingerprint: 'v1:0123456789abcdef', contract: s3-permissions, until: 2026-06-01 }\n",
            "- { fingerprint: 'v1:0123456789abcdef', contract: results }\n",
        ],
    ),
    (
        "domains/results/domain.yaml",
        &["name: results\n", "name: results\nmembers: [apertur]\n"],
    ),
    (
        "domains/results/contracts/results.yaml",
        &[
            "name: results\nowner: fungal-image-analysis\nschema: {}\n",
            "name: results\nowner: aperture\nschema: {}\n",
        ],
    ),
    (
        "domains/results/acceptances/aperture.yaml",
        &["- { fingerprint: 'v1:0123456789abcdef', contract: results }\n"],
    ),
    (
        "domains/results/bindings/aperture.yaml",
        &[
            "repo: aperture\nimports: [{ contract: results, version: ^1, binding: a.py }]\n",
            "# moved\nrepo: aperture\nimports: [{ contract: results, version: ^1, binding: a.py }]\n",
            "repo: aperture\nimports: [{ contract: s3-permissions, version: ^1, binding: a.py }]\n",
        ],
    ),
];

type State = BTreeMap<usize, usize>;

fn fresh(state: &State) -> Realm {
    Realm::from_files(state.iter().map(|(file, text)| {
        let (path, texts) = FILES[*file];
        parse_file(path, texts[*text].as_bytes())
    }))
}

fn judged(realm: &Realm, today: Option<Date>) -> Vec<(String, String)> {
    let judged = realm.judged(today).into_iter();
    judged
        .map(|one| (one.file.path.to_string(), format!("{:?}", one.problems)))
        .collect()
}

/// Contracts that nobody imports, as the look-up of one importer has it.
fn not_imported(realm: &Realm) -> [Vec<String>; 2] {
    let (mut at_once, mut one_by_one) = (Vec::new(), Vec::new());
    for domain in realm.domains() {
        let names = realm
            .not_imported(&domain.name)
            .map(|name| name.to_string());
        at_once.extend(names);
        let contracts = realm.contracts(&domain.name).map(|contract| &contract.name);
        let unused = contracts.filter(|name| realm.importers_of(&domain.name, name).is_empty());
        one_by_one.extend(unused.map(|name| name.to_string()));
    }
    [at_once, one_by_one]
}

/// Each file asked by itself, with nothing remembered.
fn one_by_one(realm: &Realm, today: Option<Date>) -> Vec<(String, String)> {
    let told = realm.files().map(|file| {
        let problems = realm.problems_of(&file.path, today);
        let is_noteworthy = !problems.is_empty() || file.text.contains("blue:");
        is_noteworthy.then(|| (file.path.to_string(), format!("{problems:?}")))
    });
    told.flatten().collect()
}

fn proposed(base: &Realm, proposed: &Realm) -> String {
    let authors = &BTreeMap::new();
    let today = Date::parse("2026-05-01");
    let told = problems(&Proposal {
        base,
        proposed,
        authors,
        today,
    });
    format!("{told:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn what_was_before_does_not_matter(
        start in prop::collection::btree_map(0..FILES.len(), Just(0_usize), 10..=FILES.len()),
        steps in prop::collection::vec((0..FILES.len(), 0_usize..6, any::<bool>()), 1..16),
    ) {
        let (first, mut state) = (fresh(&start), start);
        let mut realm = first.clone();
        for (at, text, asked) in steps {
            let (path, texts) = FILES[at];
            match texts.get(text) {
                Some(said) => {
                    realm = realm.with_file(parse_file(path, said.as_bytes()));
                    state.insert(at, text);
                }
                None => {
                    realm = realm.without_file(path);
                    state.remove(&at);
                }
            }
            let today = Date::parse(if asked { "2026-05-01" } else { "2026-07-01" });
            let anew = fresh(&state);
            prop_assert_eq!(judged(&realm, today), one_by_one(&anew, today));
            prop_assert_eq!(judged(&anew, today), one_by_one(&anew, today));
            let [at_once, one_by_one_asked] = not_imported(&realm);
            prop_assert_eq!(at_once, one_by_one_asked);
            let shared = anew.sharing(&first);
            prop_assert_eq!(judged(&shared, today), one_by_one(&anew, today));
            let apart = proposed(&first, &anew);
            prop_assert_eq!(&proposed(&first, &realm), &apart);
            prop_assert_eq!(&proposed(&first, &shared), &apart);
        }
    }
}

#[test]
fn what_is_the_same_is_shared() {
    let state: State = (0..FILES.len()).map(|file| (file, 0)).collect();
    let (record, again) = (fresh(&state), fresh(&state));
    let shared = again.sharing(&record);
    assert_eq!(shared, again);
    let domains = shared.domains().zip(record.domains());
    for (mine, theirs) in domains {
        assert!(std::sync::Arc::ptr_eq(mine, theirs), "{}", mine.name);
    }
}

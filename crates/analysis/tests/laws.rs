//! The law of the database: what is said depends on the texts alone, never on the way that led to
//! them. Any sequence of opening, typing, closing, creating and deleting, of a realm that moves and
//! of questions in between, ends with what a fresh host says that is given the same texts at once.

#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a test's own functions.

mod world;

use std::sync::Arc;

use blue_analysis::{
    Baseline, Content, Findings, Host, RealmKey, RealmProposal, RepoKey, RepoSpec,
};
use blue_realm::config::parse_config;
use blue_realm::{Realm, parse_file};
use proptest::prelude::*;
use world::World;

/// Each file of the repository with the texts it may have; nothing: it is not there.
const FILES: &[(&str, &[Option<&str>])] = &[
    (
        "lib/storage.py",
        &[
            Some(
                "import boto3\ndef put(key, body):\n    boto3.client('s3').put_object(Bucket='imaging', Key=key)\n",
            ),
            Some(
                "import boto3\n\ndef put(name, body):\n    key = f'jobs/{name}'\n    boto3.client('s3').put_object(Bucket='imaging', Key=key)\n",
            ),
            Some("def put(key, body):\n    pass\n"),
            None,
        ],
    ),
    (
        "lib/paths.py",
        &[
            Some("REPORT = 'reports/all.json'\nRAW = 'raw/*'\n"),
            Some("RAW = 'raw/*'\nREPORT = 'reports/' + 'weekly.json'\n"),
            Some("RAW = 'raw/\n"),
            None,
        ],
    ),
    (
        "jobs/report.py",
        &[
            Some("from lib.storage import put\nfrom lib.paths import REPORT\nput(REPORT, '')\n"),
            Some(
                "from lib.storage import put\nfrom lib.paths import REPORT\n\nput(REPORT, '')  # blue: ignore[export-added] later\n",
            ),
            Some("from lib.storage import put\nput('jobs/7/out.json', ''\n"),
            Some("# blue: value write jobs/*/out.json\n"),
            None,
        ],
    ),
    (
        "jobs/load.py",
        &[
            Some(
                "import boto3\nfrom lib.paths import RAW\nboto3.client('s3').get_object(Bucket='imaging', Key=RAW)\n",
            ),
            Some(
                "import boto3\ndef load(key):\n    boto3.client('s3').get_object(Bucket='imaging', Key=key)\n",
            ),
            Some(""),
            None,
        ],
    ),
    (
        "web/app.py",
        &[
            Some("from lib.storage import put\nput('uploads/a.png', '')\n"),
            Some("import boto3\nboto3.client('s3').get_object(Bucket='imaging', Key='raw/1')\n"),
            None,
        ],
    ),
];

/// A text that stands for a file that cannot be read.
const UNREADABLE: usize = 99;

const CONTRACTS: &[&str] = &[
    "name: s3-permissions\nversion: 1.4.0\nowner: aperture\nschema: {type: object}\nvalue: {read: [raw/*], write: [jobs/*/out.json, reports/all.json]}\n",
    "name: s3-permissions\nversion: 2.0.0\nowner: aperture\nschema: {type: object}\nvalue: {read: [raw/*, raw/1], write: [jobs/*, uploads/a.png]}\n",
    "name: s3-permissions\nowner: aperture\nschema: {type: object}\n",
];

const BINDING: &str = "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: ['jobs/*.py', jobs/report.py]\n";

#[derive(Debug, Clone)]
enum Step {
    Set {
        file: usize,
        text: usize,
        open: bool,
    },
    Record(usize),
    Working(usize),
    /// The repository is read again, after a commit: its texts are what the baseline has from now
    /// on, where this says so.
    Reload {
        committed: bool,
    },
    /// What was asked must not change what is said later.
    Ask,
}

fn content(file: usize, text: usize) -> Option<Content> {
    let texts = FILES[file].1;
    if text == UNREADABLE {
        return Some(Content::Unreadable("is not UTF-8".into()));
    }
    texts[text % texts.len()].map(|text| Content::Text(text.into()))
}

fn realm(contract: usize) -> Arc<Realm> {
    let world = World::read(include_str!("findings/world.txt"));
    let contract_path = "domains/s3-access/contracts/s3-permissions.yaml";
    let binding_path = "domains/s3-access/bindings/aperture.yaml";
    let files = world.files("realm").map(|(path, text)| {
        let text = match path {
            path if path == contract_path => CONTRACTS[contract],
            path if path == binding_path => BINDING,
            _ => text,
        };
        parse_file(path, text.as_bytes())
    });
    Arc::new(Realm::from_files(files))
}

/// The texts of all files, by their number in the table.
type State = Vec<usize>;

fn hosted(now: &State, before: &State, contracts: (usize, usize)) -> (Host, RealmKey, RepoKey) {
    let mut host = Host::default();
    let (record, working) = (realm(contracts.0), realm(contracts.1));
    let key = host.set_realm(None, &"letemcook".into(), record, Some(working));
    let repo = host.set_repo(None, spec(now, before, key));
    (host, key, repo)
}

fn spec(now: &State, before: &State, realm: RealmKey) -> RepoSpec {
    let path = |file: usize| -> Arc<str> { FILES[file].0.into() };
    let files = now.iter().enumerate();
    let files = files.filter_map(|(file, text)| Some((path(file), content(file, *text)?)));
    let changed = (0..FILES.len()).filter_map(|file| {
        let was = content(file, before[file]);
        (was != content(file, now[file])).then(|| (path(file), was))
    });
    let changed = changed.collect();
    let config = "repo: aperture\nrealm: {name: letemcook, path: ../realm}\n";
    RepoSpec {
        name: "aperture".into(),
        files: files.collect(),
        baselines: vec![(
            "".into(),
            Baseline {
                changed,
                ..Baseline::default()
            },
        )],
        base: None,
        realms: vec![realm],
        config: Arc::new(parse_config(config.as_bytes())),
        local: None,
        checkout: Default::default(),
        queries: Vec::new(),
        unreachable: Vec::new(),
        defaults: Vec::new(),
    }
}

fn said(host: &Host, repo: RepoKey) -> (Arc<Findings>, Vec<String>) {
    let snapshot = host.snapshot();
    let findings = snapshot.findings(repo).unwrap();
    let mut hovers = Vec::new();
    for (path, _) in FILES {
        for offset in [10, 60, 90] {
            hovers.push(format!("{:?}", snapshot.hover(repo, path, offset).unwrap()));
        }
        hovers.push(format!("{:?}", snapshot.broken_statements(repo, path)));
    }
    (findings, hovers)
}

fn text() -> impl Strategy<Value = usize> {
    prop_oneof![9 => 0usize..5, 1 => Just(UNREADABLE)]
}

fn state() -> impl Strategy<Value = State> {
    prop::collection::vec(text(), FILES.len())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..FILES.len(), text(), any::<bool>())
            .prop_map(|(file, text, open)| Step::Set { file, text, open }),
        1 => (0..CONTRACTS.len()).prop_map(Step::Record),
        1 => (0..CONTRACTS.len()).prop_map(Step::Working),
        1 => any::<bool>().prop_map(|committed| Step::Reload { committed }),
        2 => Just(Step::Ask),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_way_does_not_matter(
        first in state(),
        before in state(),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let (mut now, mut before, mut contracts) = (first.clone(), before, (0, 0));
        let (mut host, key, repo) = hosted(&first, &before, contracts);
        for step in &steps {
            match step {
                Step::Set { file, text, open } => {
                    now[*file] = *text;
                    let path: Arc<str> = FILES[*file].0.into();
                    host.set_file(repo, &path, content(*file, *text), *open);
                }
                Step::Record(contract) => {
                    contracts.0 = *contract;
                    let working = Some(realm(contracts.1));
                    host.set_realm(Some(key), &"letemcook".into(), realm(*contract), working);
                }
                Step::Working(contract) => {
                    contracts.1 = *contract;
                    host.set_working_realm(key, Some(realm(*contract)));
                }
                Step::Reload { committed } => {
                    if *committed {
                        before.clone_from(&now);
                    }
                    host.set_repo(Some(repo), spec(&now, &before, key));
                }
                Step::Ask => drop(said(&host, repo)),
            }
        }
        let (fresh, _, of_fresh) = hosted(&now, &before, contracts);
        prop_assert_eq!(said(&host, repo), said(&fresh, of_fresh));
    }
}

/// Files of a realm with the texts that each may have; no text: it is not there.
const REALM_FILES: &[(&str, &[&str])] = &[
    (
        "domains/s3-access/contracts/s3-permissions.yaml",
        &[
            CONTRACTS[0],
            CONTRACTS[1],
            "name: s3-permissions\nversion: 1.4.0\nowner: apertur\nschema: {type: object}\nvalue: {}\n",
            "name: [\n",
        ],
    ),
    (
        "domains/s3-access/contracts/s3-keys.yaml",
        &[
            "name: s3-keys\nversion: 1.0.0\nowner: aperture\nschema: {type: object}\nvalue: {}\n",
            "name: s3-keys\nversion: 1.0.0\npreviously: [s3-permissions]\nschema: {}\nvalue: 1 # blue: ignore[value-schema]\n",
        ],
    ),
    (
        "domains/s3-access/bindings/aperture.yaml",
        &[
            BINDING,
            "repo: aperture\nexports:\n  - {contract: s3-keys, source_files: ['*.py']}\n  - {contract: s3-key, source_files: ['*.py']}\n",
        ],
    ),
    (
        "domains/s3-access/bindings/fungal-image-analysis.yaml",
        &[
            "repo: fungal-image-analysis\nimports: [{contract: s3-permissions, version: ^1, binding: a.py}]\n",
            "repo: fungal-image-analysis\nexports: [{contract: s3-keys, source_files: ['*.py']}]\nimports: [{contract: s3-keys, version: ^1, binding: a.py}]\n",
        ],
    ),
    (
        "domains/s3-access/domain.yaml",
        &[
            "name: s3-access\nmembers: [aperture]\n",
            "name: s3-access\n",
        ],
    ),
    (
        "repos/fungal-image-analysis.yaml",
        &[
            "name: fungal-image-analysis\n",
            "name: fungal-image-analysis\nmaintainers: 7\n",
        ],
    ),
];

/// What a report says of a realm that has this base and this working tree.
fn reported(host: &mut Host, key: RealmKey, base: &Arc<Realm>, working: &Realm) -> Findings {
    host.set_working_realm(key, Some(Arc::new(working.clone())));
    let proposal = RealmProposal {
        base: Some(base.clone()),
        against: Some("origin/main at 60979ee".into()),
        ..RealmProposal::default()
    };
    host.set_proposal(key, proposal);
    host.snapshot().realm_report(key).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_was_typed_in_a_realm_before_does_not_matter(
        steps in prop::collection::vec((0..REALM_FILES.len(), 0_usize..5), 1..12),
    ) {
        let base = realm(0);
        let name = "letemcook".into();
        let mut host = Host::default();
        let key = host.set_realm(None, &name, base.clone(), Some(base.clone()));
        let mut working = (*base).clone();
        for (file, text) in steps {
            let (path, texts) = REALM_FILES[file];
            working = match texts.get(text) {
                Some(text) => working.with_file(parse_file(path, text.as_bytes())),
                None => working.without_file(path),
            };
            let anew = working.files().map(|file| parse_file(&file.path, file.text.as_bytes()));
            let anew = Realm::from_files(anew.collect::<Vec<_>>());
            let base_anew = base.files().map(|file| parse_file(&file.path, file.text.as_bytes()));
            let base_anew = Arc::new(Realm::from_files(base_anew.collect::<Vec<_>>()));
            let mut fresh = Host::default();
            let of_fresh = fresh.set_realm(None, &name, base_anew.clone(), None);
            let expected = reported(&mut fresh, of_fresh, &base_anew, &anew);
            prop_assert_eq!(reported(&mut host, key, &base, &working), expected);
        }
    }
}

//! What a keystroke in a realm's YAML costs: the file read again, laid over the realm on disk, and all
//! findings of the realm, held against what it says officially. A large realm, in which half a
//! thousand files are not right, so that what there is to say is as much as what there is to pass over.

#![allow(missing_docs)] // what the macros make has none
#![allow(clippy::unwrap_used)] // clippy.toml's exemption does not reach a bench's own functions

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use blue_analysis::{Host, RealmKey, RealmProposal};
use blue_realm::proposal::Author;
use blue_realm::{ParsedFile, Realm, parse_file};
use criterion::{Criterion, criterion_group, criterion_main};

/// How many domains, and how many contracts in each; five importers of all contracts in each domain.
const REALMS: &[(usize, usize)] = &[(1, 10), (100, 100), (1, 10_000)];
const IMPORTERS: usize = 5;
const IMPORTS: usize = 100;

fn contract(name: &str, typed: &str) -> String {
    format!(
        "name: {name}\nversion: 1.4.0\nowner: aperture\ndescription: What the imaging jobs may touch.\n\
         schema:\n  type: object\n  description: Keys of the bucket.\n  properties:\n    read:\n      \
         type: array\n      items: {{ type: string }}\n    write:\n      type: array\n      items: {{ \
         type: string, maxLength: 512 }}\nvalue:\n  read:\n    - raw/*\n  write:\n    - jobs/*/out.json\n\
         evolution:\n  - version: 1.4.0\n    changes: The jobs write too.\n    compatible: true\n"
    )
    .replace("    - raw/*", &format!("    - raw/*\n{typed}"))
}

fn domain(number: usize) -> String {
    match number {
        0 => "s3-access".to_owned(),
        number => format!("s3-access-{number}"),
    }
}

fn binding(domain: usize, importer: usize, contracts: usize) -> String {
    let mut text = format!("repo: fungal-image-analysis-{domain}-{importer}\nimports:\n");
    for number in 0..contracts.min(IMPORTS) {
        let _ = write!(
            text,
            "  - contract: s3-permissions-{number}\n    version: ^1.0.0\n    binding: infra/stack.py\n    \
             resolved_version: 1.4.0\n"
        );
    }
    text
}

/// None of the importers has joined, which is a finding each.
fn realm(domains: usize, contracts: usize) -> Realm {
    let mut files: Vec<ParsedFile> = Vec::new();
    let mut file = |path: &str, text: &str| files.push(parse_file(path, text.as_bytes()));
    file(
        "realm.yaml",
        "name: letemcook\nversion: 1.0.0\ngovernance: {admission: open}\n",
    );
    file(
        "repos/aperture.yaml",
        "name: aperture\nmaintainers: [ana@cultivarium.org]\n",
    );
    for at in 0..domains {
        let name = domain(at);
        file(
            &format!("domains/{name}/domain.yaml"),
            &format!("name: {name}\n"),
        );
        for number in 0..contracts {
            let contract_name = format!("s3-permissions-{number}");
            let path = format!("domains/{name}/contracts/{contract_name}.yaml");
            file(&path, &contract(&contract_name, ""));
        }
        for importer in 0..IMPORTERS {
            let path =
                format!("domains/{name}/bindings/fungal-image-analysis-{at}-{importer}.yaml");
            file(&path, &binding(at, importer, contracts));
        }
    }
    Realm::from_files(files)
}

struct World {
    host: Host,
    key: RealmKey,
    disk: Arc<Realm>,
}

impl World {
    fn new(domains: usize, contracts: usize) -> World {
        let disk = Arc::new(realm(domains, contracts));
        let mut host = Host::default();
        let working = Some(disk.clone());
        let key = host.set_realm(None, &"letemcook".into(), disk.clone(), working);
        World { host, key, disk }
    }

    /// How many findings there are once the file at a path says this.
    fn typed(&mut self, path: &str, text: &str) -> usize {
        let working = self.disk.with_file(parse_file(path, text.as_bytes()));
        self.host
            .set_working_realm(self.key, Some(Arc::new(working)));
        let author = Author {
            email: "ana@cultivarium.org".into(),
            ..Author::default()
        };
        let proposal = RealmProposal {
            base: Some(self.disk.clone()),
            against: Some("origin/main at 60979ee".into()),
            authors: Arc::new([(path.into(), vec![author])].into()),
            unjudged: Vec::new(),
        };
        self.host.set_proposal(self.key, proposal);
        let found = self.host.snapshot().realm_findings(self.key);
        found.map_or(0, |found| found.findings.len())
    }
}

fn keystroke(c: &mut Criterion) {
    for &(domains, contracts) in REALMS {
        let path = "domains/s3-access/contracts/s3-permissions-7.yaml";
        let text = contract("s3-permissions-7", "");
        let binding_path = "domains/s3-access/bindings/fungal-image-analysis-0-0.yaml";
        let bound = binding(0, 0, contracts);
        let cases = [
            (
                "a description",
                path,
                text.replace("imaging jobs", "imaging jobs#"),
            ),
            (
                "a value",
                path,
                contract("s3-permissions-7", "    - raw/#\n"),
            ),
            (
                "a schema",
                path,
                text.replace("maxLength: 512", "maxLength: 51#"),
            ),
            (
                "a name",
                path,
                text.replace("owner: aperture", "owner: apertur#"),
            ),
            (
                "a binding",
                binding_path,
                bound.replacen("s3-permissions-7", "s3-permissions-#", 1),
            ),
        ];
        let mut world = World::new(domains, contracts);
        for (what, path, text) in cases {
            let mut count = 0_u64;
            c.bench_function(
                &format!("{what} typed, {domains} × {contracts} contracts"),
                |b| {
                    b.iter(|| {
                        // Never the same twice: what was once typed may be remembered.
                        count += 1;
                        black_box(world.typed(path, &text.replace('#', &count.to_string())))
                    });
                },
            );
        }
    }
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = keystroke
);
criterion_main!(benches);

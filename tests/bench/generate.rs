//! Worlds of any size for benchmarks, the same every time: an exporter, an importer and their realm.
//!
//! The code is as code is: mostly calculations, a call of the SDK every fifty lines of the file that
//! is edited, and one in few of the other files. All that it says is in the contract and in git,
//! so that nothing is found until somebody types.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use git2::{Repository, RepositoryInitOptions, Signature, Time};
use tempfile::TempDir;

/// In which language the exporter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    TypeScript,
}

/// How large everything is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) language: Language,
    /// Of the file that is edited, about.
    pub(crate) lines: usize,
    /// Source files of the exporter.
    pub(crate) files: usize,
    /// Of how many of them one reads an object.
    pub(crate) one_in: usize,
    /// Contracts of the realm.
    pub(crate) contracts: usize,
}

/// A world on disk, removed when dropped.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) language: Language,
    /// The text of [`World::source`].
    pub(crate) text: String,
}

/// What stands in the key that is edited: the digits are typed over.
pub(crate) const TYPED: &str = "typed/000000/out.json";

impl World {
    pub(crate) fn make(size: Size) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut declared = vec![("write", TYPED.to_owned())];
        let mut files = vec![(
            ".blue/config.yaml".to_owned(),
            "realm:\n  name: letemcook\n  path: ../realm\nrepo: aperture\n".to_owned(),
        )];
        let text = match size.language {
            Language::Python => {
                files.push(("models/paths.py".to_owned(), PYTHON_PATHS.to_owned()));
                python(size.lines, &mut declared)
            }
            Language::TypeScript => {
                files.push(("models/paths.ts".to_owned(), TYPESCRIPT_PATHS.to_owned()));
                typescript(size.lines, &mut declared)
            }
        };
        files.push((source_path(size.language).to_owned(), text.clone()));
        for number in files.len()..size.files {
            files.push(other_file(size, number, &mut declared));
        }
        commit(&folder.path().join("aperture"), &files);
        commit(&folder.path().join("realm"), &realm(size, &declared));
        commit(
            &folder.path().join("fungal-image-analysis"),
            &importer(&declared),
        );
        std::fs::create_dir(folder.path().join("home")).expect("a folder");
        Self {
            folder,
            language: size.language,
            text,
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        let root = self.folder.path().canonicalize().expect("it is there");
        root.join(path)
    }

    /// The file that is edited.
    pub(crate) fn source(&self) -> PathBuf {
        self.path("aperture").join(source_path(self.language))
    }
}

fn source_path(language: Language) -> &'static str {
    match language {
        Language::Python => "jobs/segment.py",
        Language::TypeScript => "jobs/segment.ts",
    }
}

type Declared = Vec<(&'static str, String)>;
type File = (String, String);

const PYTHON_PATHS: &str = r#""""Where things lie in the bucket."""

BUCKET = "cultivarium-fungal-imaging"
JOBS = "jobs"
PLATES = "plates"
"#;

const PYTHON_HEAD: &str = r#""""Outlines of fungi."""

import json
import logging

import boto3

from models.paths import BUCKET, JOBS, PLATES

log = logging.getLogger(__name__)
s3 = boto3.client("s3")
"#;

fn python(lines: usize, declared: &mut Declared) -> String {
    let mut text = PYTHON_HEAD.to_owned();
    for number in 0..lines.saturating_sub(11) / 50 {
        if number == lines / 100 {
            let _ = write!(
                text,
                "\n\ndef typed(body):\n    s3.put_object(Bucket=BUCKET, Key=\"{TYPED}\", Body=body)\n"
            );
        }
        for part in 0..3 {
            let _ = write!(
                text,
                r#"

def measure_{number:04}_{part}(rows, limit, plate="unknown"):
    total = 0
    for row in rows:
        if row["area"] > limit:
            total += row["area"] * {part}
        elif row["area"] < 0:
            log.warning("plate %s: an area of %s", plate, row["area"])
        else:
            row["seen"] = True
    names = [row["name"] for row in rows if row.get("seen")]
    return {{"total": total, "names": names, "plate": f"plate-{{plate}}"}}
"#
            );
        }
        let _ = write!(
            text,
            r#"

def store_{number:04}(job_id, plate, body):
    key = f"{{JOBS}}/{{job_id}}/part-{number:04}.json"
    log.info("writing %s of %s", key, plate)
    document = json.dumps({{"plate": plate, "body": body}})
    s3.put_object(Bucket=BUCKET, Key=key, Body=document.encode())
    return key
"#
        );
        declared.push(("write", format!("jobs/*/part-{number:04}.json")));
    }
    text
}

const TYPESCRIPT_PATHS: &str = r#"/** Where things lie in the bucket. */
export const BUCKET = "cultivarium-fungal-imaging";
export const JOBS = "jobs";
export const PLATES = "plates";
"#;

const TYPESCRIPT_HEAD: &str = r#"/** Outlines of fungi. */
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { BUCKET, JOBS } from "../models/paths";

const s3 = new S3Client({});

interface Row {
  area: number;
  name: string;
  seen?: boolean;
}
"#;

fn typescript(lines: usize, declared: &mut Declared) -> String {
    let mut text = TYPESCRIPT_HEAD.to_owned();
    for number in 0..lines.saturating_sub(13) / 50 {
        if number == lines / 100 {
            let _ = write!(
                text,
                "\nexport async function typed(body: string) {{\n  await s3.send(new \
                 PutObjectCommand({{ Bucket: BUCKET, Key: \"{TYPED}\", Body: body }}));\n}}\n"
            );
        }
        for part in 0..3 {
            let _ = write!(
                text,
                r#"
export function measure{number:04}{part}(rows: Row[], limit: number, plate = "unknown") {{
  let total = 0;
  for (const row of rows) {{
    if (row.area > limit) {{
      total += row.area * {part};
    }} else if (row.area < 0) {{
      console.warn(`plate ${{plate}}: an area of ${{row.area}}`);
    }} else {{
      row.seen = true;
    }}
  }}
  return {{ total, names: rows.map((row) => row.name), plate: `plate-${{plate}}` }};
}}
"#
            );
        }
        let _ = write!(
            text,
            r#"
export async function store{number:04}(jobId: string, plate: string, body: string) {{
  const key = `${{JOBS}}/${{jobId}}/part-{number:04}.json`;
  console.info("writing", key, plate);
  await s3.send(new PutObjectCommand({{ Bucket: BUCKET, Key: key, Body: body }}));
  return key;
}}
"#
        );
        declared.push(("write", format!("jobs/*/part-{number:04}.json")));
    }
    text
}

/// A small file, which may read an object.
fn other_file(size: Size, number: usize, declared: &mut Declared) -> File {
    let language = size.language;
    let folder = format!("models/part_{:03}", number / 50);
    let reads = number.is_multiple_of(size.one_in);
    if reads {
        declared.push(("read", format!("plates/*/raw-{number}.tiff")));
    }
    let text = match (language, reads) {
        (Language::Python, true) => format!(
            r#"import boto3

from models.paths import BUCKET, PLATES

s3 = boto3.client("s3")


def image_{number}(plate):
    answer = s3.get_object(Bucket=BUCKET, Key=f"{{PLATES}}/{{plate}}/raw-{number}.tiff")
    return answer["Body"].read()
"#
        ),
        (Language::Python, false) => format!(
            r#"import math

from models.paths import PLATES

NAME = "part-{number}"


class Shape{number}:
    def __init__(self, points):
        self.points = points
        self.name = f"{{PLATES}} {{NAME}}"

    def area(self):
        return sum(math.hypot(x, y) for x, y in self.points) * {number}
"#
        ),
        (Language::TypeScript, true) => format!(
            r#"import {{ GetObjectCommand, S3Client }} from "@aws-sdk/client-s3";

import {{ BUCKET, PLATES }} from "../paths";

const s3 = new S3Client({{}});

export async function image{number}(plate: string) {{
  return s3.send(new GetObjectCommand({{ Bucket: BUCKET, Key: `${{PLATES}}/${{plate}}/raw-{number}.tiff` }}));
}}
"#
        ),
        (Language::TypeScript, false) => format!(
            r#"import {{ PLATES }} from "../paths";

export const NAME = "part-{number}";

export class Shape{number} {{
  constructor(private points: [number, number][]) {{}}

  area(): number {{
    const areas = this.points.map(([x, y]) => Math.hypot(x, y));
    return areas.reduce((sum, area) => sum + area, PLATES.length) * {number};
  }}
}}
"#
        ),
    };
    let extension = match language {
        Language::Python => "py",
        Language::TypeScript => "ts",
    };
    (format!("{folder}/file_{number}.{extension}"), text)
}

const SINCE: &str = "2026-01-05T09:00:00Z";

fn realm(size: Size, declared: &Declared) -> Vec<File> {
    let mut files = vec![(
        "realm.yaml".to_owned(),
        format!(
            "name: letemcook\nversion: 1.0.0\ncreated_at: {SINCE}\ngovernance: {{admission: open}}\n"
        ),
    )];
    let mut domain = |name: &str, repos: &[&str]| {
        for repo in repos {
            files.push((format!("repos/{repo}.yaml"), repo_file(repo)));
        }
        let members = repos.join(", ");
        files.push((
            format!("domains/{name}/domain.yaml"),
            format!("name: {name}\ncreated_at: {SINCE}\nmembers: [{members}]\n"),
        ));
    };
    domain("s3-access", &["aperture", "fungal-image-analysis"]);
    let (others, a_domain) = (size.contracts.saturating_sub(1), 20);
    for first in (0..others).step_by(a_domain) {
        let name = format!("team-{:04}", first / a_domain);
        domain(&name, &[&format!("{name}-maker"), &format!("{name}-user")]);
    }
    let bindings = "domains/s3-access/bindings";
    files.push((
        format!("{bindings}/aperture.yaml"),
        "repo: aperture\nexports:\n  - contract: s3-permissions\n    source_files: [\"**/*.py\", \
         \"**/*.ts\"]\n    detect:\n      - s3: { bucket: cultivarium-fungal-imaging }\n"
            .replace(
                ", \"**/*.ts\"",
                match size.language {
                    Language::Python => "",
                    Language::TypeScript => ", \"**/*.ts\"",
                },
            )
            .replace(
                "\"**/*.py\", ",
                match size.language {
                    Language::Python => "\"**/*.py\", ",
                    Language::TypeScript => "",
                },
            ),
    ));
    files.push((
        format!("{bindings}/fungal-image-analysis.yaml"),
        "repo: fungal-image-analysis\nimports:\n  - contract: s3-permissions\n    version: \
         ^1.0.0\n    binding: infra/stack.py\n    resolved_version: 1.4.0\n"
            .to_owned(),
    ));
    files.push((
        "domains/s3-access/contracts/s3-permissions.yaml".to_owned(),
        contract("s3-permissions", "aperture", declared),
    ));
    for number in 0..others {
        other_contract(
            number,
            &format!("team-{:04}", number / a_domain),
            &mut files,
        );
    }
    files
}

fn repo_file(name: &str) -> String {
    format!(
        "name: {name}\npath: ../{name}\nmaintainers: [ada@letemcook.example]\njoined_at: {SINCE}\n"
    )
}

fn contract(name: &str, owner: &str, declared: &Declared) -> String {
    let mut text = format!(
        r#"name: {name}
version: 1.4.0
owner: {owner}
schema:
  type: object
  properties:
    read: {{ type: array, items: {{ type: string }}, uniqueItems: true }}
    write: {{ type: array, items: {{ type: string }}, uniqueItems: true }}
value:
"#
    );
    for field in ["read", "write"] {
        let values = declared.iter().filter(|(of, _)| *of == field);
        let values: Vec<_> = values
            .map(|(_, value)| format!("    - \"{value}\"\n"))
            .collect();
        match values.is_empty() {
            true => _ = writeln!(text, "  {field}: []"),
            false => _ = write!(text, "  {field}:\n{}", values.concat()),
        }
    }
    text.push_str("evolution:\n  - version: 1.4.0\n    changes: first\n    compatible: true\n");
    text
}

/// A contract that others made, and its two bindings.
fn other_contract(number: usize, team: &str, files: &mut Vec<File>) {
    let name = format!("contract-{number:05}");
    let declared = vec![("read", format!("other/{number}/*.json"))];
    files.push((
        format!("domains/{team}/contracts/{name}.yaml"),
        contract(&name, &format!("{team}-maker"), &declared),
    ));
    let mut bind = |role: &str, head: &str, entry: &str| {
        let path = format!("domains/{team}/bindings/{team}-{role}.yaml");
        match files.iter().rposition(|(known, _)| *known == path) {
            Some(at) => files[at].1.push_str(entry),
            None => files.push((path, format!("repo: {team}-{role}\n{head}:\n{entry}"))),
        }
    };
    let entry = format!("  - contract: {name}\n    source_files: [\"src/**/*.py\"]\n");
    bind("maker", "exports", &entry);
    let entry = format!(
        "  - contract: {name}\n    version: ^1.0.0\n    binding: infra/stack.py\n    \
         resolved_version: 1.4.0\n"
    );
    bind("user", "imports", &entry);
}

/// An importer that grants all of it.
fn importer(declared: &Declared) -> Vec<File> {
    let mut text = "from aws_cdk import aws_iam as iam\n\nstatement = iam.PolicyStatement(\n    \
                    actions=[\"s3:GetObject\", \"s3:PutObject\"],\n    resources=[\n"
        .to_owned();
    for (_, value) in declared {
        let _ = writeln!(
            text,
            "        \"arn:aws:s3:::cultivarium-fungal-imaging/{value}\","
        );
    }
    text.push_str("    ],\n)\n");
    vec![
        ("infra/stack.py".to_owned(), text),
        (
            ".blue/config.yaml".to_owned(),
            "realm:\n  name: letemcook\n  path: ../realm\nrepo: fungal-image-analysis\n".to_owned(),
        ),
    ]
}

/// Writes files as a repository of one commit.
fn commit(root: &Path, files: &[File]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let made = || {
        let mut options = RepositoryInitOptions::new();
        let options = options.external_template(false).initial_head("main");
        let repository = Repository::init_opts(root, options)?;
        let mut index = repository.index()?;
        for (path, _) in files {
            index.add_path(Path::new(path))?;
        }
        index.write()?;
        let tree = repository.find_tree(index.write_tree()?)?;
        let author = Signature::new("Ada", "ada@letemcook.example", &Time::new(1_767_603_600, 0))?;
        repository.commit(Some("HEAD"), &author, &author, "first", &tree, &[])
    };
    made().expect("a commit");
}

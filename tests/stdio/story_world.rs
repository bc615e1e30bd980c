//! The story's world: `aperture` in TypeScript with its constants in another file,
//! `fungal-image-analysis` in CDK Python, and their realm, each a git repository of one commit.

use crate::world::World;

pub(crate) const SEGMENT: &str = "aperture/jobs/segment.ts";
pub(crate) const REPORT: &str = "aperture/jobs/report.ts";
pub(crate) const KEYS: &str = "aperture/lib/keys.ts";
pub(crate) const STACK: &str = "fungal-image-analysis/infra/stack.py";
pub(crate) const CONTRACT: &str = "realm/domains/s3-access/contracts/s3-permissions.yaml";
pub(crate) const IMPORT: &str = "realm/domains/s3-access/bindings/fungal-image-analysis.yaml";

const FILES: &[(&str, &str)] = &[
    (
        "aperture/.blue/config.yaml",
        "realm:\n  name: letemcook\n  path: ../realm\nrepo: aperture\n",
    ),
    (
        KEYS,
        r#"/** Where things lie in the bucket. */
export const BUCKET = "cultivarium-fungal-imaging";
export const JOBS = "jobs";

export function manifestKey(jobId: string): string {
  return `${JOBS}/${jobId}/manifest.json`;
}
"#,
    ),
    (
        SEGMENT,
        r#"import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { BUCKET, JOBS, manifestKey } from "../lib/keys";

const s3 = new S3Client({});

export async function run(jobId: string, body: string) {
  const manifest = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: manifestKey(jobId) }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${JOBS}/${jobId}/out.json`, Body: body }));
  return manifest;
}
"#,
    ),
    (
        REPORT,
        r#"import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { BUCKET, JOBS } from "../lib/keys";

const s3 = new S3Client({});

export async function report(jobId: string, body: string) {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${JOBS}/${jobId}/report.json`, Body: body }));
}
"#,
    ),
    (
        "fungal-image-analysis/.blue/config.yaml",
        "realm:\n  name: letemcook\n  path: ../realm\nrepo: fungal-image-analysis\n",
    ),
    (
        STACK,
        r#""""What aperture's jobs may touch."""

from aws_cdk import aws_iam as iam

OBJECTS = "arn:aws:s3:::cultivarium-fungal-imaging"

read = iam.PolicyStatement(
    actions=["s3:GetObject"],
    resources=[f"{OBJECTS}/jobs/*/manifest.json"],
)
write = iam.PolicyStatement(
    actions=["s3:PutObject"],
    resources=[f"{OBJECTS}/jobs/*/out.json", f"{OBJECTS}/jobs/*/report.json"],
)
"#,
    ),
    (
        "realm/realm.yaml",
        "name: letemcook\nversion: 1.0.0\ncreated_at: 2026-01-05T09:00:00Z\ngovernance: {admission: open}\n",
    ),
    (
        "realm/repos/aperture.yaml",
        "name: aperture\npath: ../aperture\nmaintainers: [ada@letemcook.example]\njoined_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        "realm/repos/fungal-image-analysis.yaml",
        "name: fungal-image-analysis\npath: ../fungal-image-analysis\nmaintainers: [bob@letemcook.example]\njoined_at: 2026-01-05T09:00:00Z\n",
    ),
    (
        "realm/domains/s3-access/domain.yaml",
        "name: s3-access\ncreated_at: 2026-01-05T09:00:00Z\nmembers: [aperture, fungal-image-analysis]\n",
    ),
    (
        "realm/domains/s3-access/bindings/aperture.yaml",
        r#"repo: aperture
exports:
  - contract: s3-permissions
    source_files: ["jobs/**/*.ts", "lib/**/*.ts"]
    detect:
      - s3: { bucket: cultivarium-fungal-imaging }
"#,
    ),
    (
        IMPORT,
        r#"repo: fungal-image-analysis
imports:
  - contract: s3-permissions
    version: ">=1.0.0, <2.0.0"
    binding: infra/stack.py
    resolved_version: 1.4.0
"#,
    ),
    (
        CONTRACT,
        r#"name: s3-permissions
version: 1.4.0
owner: aperture
schema:
  type: object
  required: [read, write]
  properties:
    read: { type: array, items: { type: string }, uniqueItems: true }
    write: { type: array, items: { type: string }, uniqueItems: true }
value:
  read:
    - jobs/*/manifest.json
  write:
    - jobs/*/out.json
    - jobs/*/report.json
evolution:
  - version: 1.4.0
    changes: first value
    compatible: true
"#,
    ),
];

pub(crate) fn world() -> World {
    let world = World::of(FILES);
    for repo in ["aperture", "fungal-image-analysis", "realm"] {
        world.commit(repo);
    }
    world
}

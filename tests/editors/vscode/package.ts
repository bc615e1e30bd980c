/**
 * What the packaged extension claims: that each file of a realm has its schema, and only one, and that
 * what the server can be set to can be set.
 */

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import * as path from "node:path";

import { expect } from "./steps";
import type { Step } from "./steps";

interface Schema {
  readonly fileMatch: string | readonly string[];
  readonly url: string;
}

/** The files of a world that are of a realm or a repository's config, and what each of them is. */
const KINDS: readonly (readonly [file: string, schema: string])[] = [
  ["aperture/.blue/config.yaml", "config"],
  ["fungal-image-analysis/.blue/config.yaml", "config"],
  ["realm-letemcook/domains/s3-access/bindings/aperture.yaml", "binding"],
  ["realm-letemcook/domains/s3-access/bindings/fungal-image-analysis.yaml", "binding"],
  ["realm-letemcook/domains/s3-access/contracts/s3-permissions.yaml", "contract"],
  ["realm-letemcook/domains/s3-access/contracts/s3-permissions/1.4.0.yaml", "release"],
  ["realm-letemcook/domains/s3-access/domain.yaml", "domain"],
  ["realm-letemcook/realm.yaml", "realm"],
  ["realm-letemcook/repos/aperture.yaml", "repo"],
  ["realm-letemcook/repos/fungal-image-analysis.yaml", "repo"],
];

export function packageSteps(extension: string, world: string): Step[] {
  const manifest = JSON.parse(readFileSync(path.join(extension, "package.json"), "utf8")) as {
    readonly contributes: {
      readonly yamlValidation: readonly Schema[];
      readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    };
  };
  const settings = Object.keys(manifest.contributes.configuration.properties);
  const schemas = manifest.contributes.yamlValidation;
  return [
    ["package: every YAML file of a world has one schema", () => matched(schemas, world)],
    ["package: the schemas are in it", () => schemas.forEach(({ url }) => isSchema(path.join(extension, url)))],
    ["package: it has the server's settings", () => areThose(settings)],
  ];
}

function matched(schemas: readonly Schema[], world: string): void {
  const files = readdirSync(world, { recursive: true, encoding: "utf8" });
  const yaml = files.filter((file) => file.endsWith(".yaml")).sort();
  const found = yaml.map((file) => {
    const those = schemas.filter(({ fileMatch }) => [fileMatch].flat().some((glob) => matches(glob, file)));
    return [file, those.map(({ url }) => path.basename(url, ".json")).join(" and ")];
  });
  expect(JSON.stringify(found) === JSON.stringify(KINDS), `the schemas are ${JSON.stringify(found)}`);
}

/** As YAML's language server does it: at any depth, a star within one name. */
function matches(glob: string, file: string): boolean {
  const names = glob.split("*").map((literal) => literal.replace(/[.]/g, "\\."));
  return new RegExp(`(^|/)${names.join("[^/]*")}$`).test(file);
}

function isSchema(file: string): void {
  const schema = JSON.parse(readFileSync(file, "utf8")) as { readonly $schema?: unknown };
  expect(typeof schema.$schema === "string", `${file} is no JSON Schema`);
}

/** The server's settings are those that `blue schema` has; the extension's own come on top. */
function areThose(settings: readonly string[]): void {
  const asked = spawnSync("blue", ["schema", "settings"], { encoding: "utf8" });
  expect(asked.status === 0, `blue schema: ${asked.error?.message ?? asked.stderr}`);
  const schema = JSON.parse(asked.stdout) as { readonly properties: Readonly<Record<string, unknown>> };
  // A section of its own is a setting for each of its members in the manifest.
  const known = Object.keys(schema.properties).filter((key) => key !== "sessions");
  const expected = [...known, "sessions.share", "path", "trace.server"].map((key) => `blue.${key}`).sort();
  expect(String([...settings].sort()) === String(expected), `they are ${settings}, not ${expected}`);
}

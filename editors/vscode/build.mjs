/**
 * Type-checks, bundles and packages the extension, without touching this folder:
 *
 *   node build.mjs OUT [--bundle PROGRAM]     -> OUT/blue.vsix
 *
 * With --bundle the package carries that `blue` and is for this platform only. Without, OUT/tests is
 * filled with the editor tests of `tests/editors/vscode`.
 */

import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { createVSIX } from "@vscode/vsce";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.join(here, "../..");
const tests = path.join(repository, "tests/editors/vscode");
const { positionals, values } = parseArgs({ allowPositionals: true, options: { bundle: { type: "string" } } });
if (positionals.length !== 1) {
  throw new Error("usage: node build.mjs OUT [--bundle PROGRAM]");
}
const out = path.resolve(positionals[0]);
const stage = path.join(out, "extension");

check();
await rm(stage, { recursive: true, force: true });
await bundle(path.join(here, "src/extension.ts"), path.join(stage, "dist/extension.js"), { minify: true });
for (const test of values.bundle === undefined ? ["host", "story"] : []) {
  await bundle(path.join(tests, `${test}.ts`), path.join(out, `tests/${test}.js`), {});
}
await fill();
await createVSIX({
  cwd: stage,
  packagePath: path.join(out, "blue.vsix"),
  dependencies: false, // They are in the bundle.
  allowMissingRepository: true,
  skipLicense: true, // There are two files.
  ...(values.bundle === undefined ? {} : { target: `${process.platform}-${process.arch}` }),
});

function check() {
  const tsc = path.join(here, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--noEmit"], { cwd: here, stdio: "inherit" });
  if (status !== 0) {
    process.exit(1);
  }
}

async function bundle(entry, outfile, options) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "warning",
    external: ["vscode", "playwright-core"],
    ...options,
  });
}

/** Puts beside the bundle what the package shows and refers to. */
async function fill() {
  const manifest = JSON.parse(await readFile(path.join(here, "package.json"), "utf8"));
  for (const forDevelopment of ["private", "scripts", "dependencies", "devDependencies"]) {
    delete manifest[forDevelopment];
  }
  // The codes that a severity can be set for, so that the editor knows them.
  const settings = JSON.parse(await readFile(path.join(repository, "docs/schemas/settings.json"), "utf8"));
  manifest.contributes.configuration.properties["blue.findings"].propertyNames =
    settings.properties.findings.propertyNames;
  await writeFile(path.join(stage, ".vscodeignore"), "");
  await writeFile(path.join(stage, "package.json"), JSON.stringify(manifest, undefined, 2));
  await cp(path.join(here, "README.md"), path.join(stage, "README.md"));
  await cp(path.join(repository, "CHANGELOG.md"), path.join(stage, "CHANGELOG.md"));
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    await cp(path.join(repository, licence), path.join(stage, licence));
  }
  // Only the schemas that are used: one that is missing fails here, not in somebody's editor.
  for (const { url } of manifest.contributes.yamlValidation ?? []) {
    await cp(path.join(repository, "docs", url), path.join(stage, url));
  }
  if (values.bundle !== undefined) {
    await mkdir(path.join(stage, "bin"));
    await cp(values.bundle, path.join(stage, "bin", path.basename(values.bundle)));
  }
}

/** Which program the extension takes: `editors/vscode/src/program.ts`, without an editor. */

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { NoProgram, find } from "../../../editors/vscode/src/program";
import { expect } from "./steps";
import type { Step } from "./steps";

interface Case {
  readonly name: string;
  readonly setting?: string;
  /** The folders of the PATH, below the scratch folder unless they begin with a dot. */
  readonly on?: readonly string[];
  /** The extension's folder. */
  readonly extension?: string;
  /** `ORIGIN FOLDER` of what is found, or words of the sentence that says why nothing is. */
  readonly expected: string;
}

const CASES: readonly Case[] = [
  { name: "the PATH is searched in order", on: ["empty", "good", "other"], expected: "PATH good" },
  { name: "the one that comes along goes first", on: ["other"], extension: "with", expected: "bundled with/bin" },
  { name: "the setting goes before all", setting: "SCRATCH/good/blue", on: ["other"], extension: "with", expected: "setting good" },
  { name: "nothing is found", on: ["empty"], expected: "not on the PATH" },
  { name: "a folder is no program", setting: "SCRATCH/good", expected: "there is no program" },
  { name: "a relative setting would be the workspace's", setting: "./blue", expected: "no absolute path" },
  { name: "so would a relative PATH", on: [".", "./good"], expected: "not on the PATH" },
  { name: "another program of that name", on: ["other"], expected: 'it says "blue, version 0.9.1"' },
  { name: "one that does not run", setting: "SCRATCH/broken/blue", expected: "does not run: no such library" },
];

const PROGRAMS: Readonly<Record<string, string>> = {
  "good/blue": "echo blue 0.1.0",
  "with/bin/blue": "echo blue 0.1.0",
  "other/blue": "echo blue, version 0.9.1",
  "broken/blue": "echo no such library >&2; exit 127",
};

export function programSteps(scratch: string): Step[] {
  const folder = path.join(scratch, "programs");
  for (const [name, script] of Object.entries(PROGRAMS)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return CASES.map((it) => [`program: ${it.name}`, () => check(it, folder)]);
}

async function check({ setting = "", on = [], extension = "without", expected }: Case, folder: string): Promise<void> {
  const places = {
    setting: setting.replace("SCRATCH", folder),
    extension: path.join(folder, extension),
    environment: { PATH: on.map((it) => (it.startsWith(".") ? it : path.join(folder, it))).join(path.delimiter) },
  };
  const found = await find(places).then(
    ({ origin, command }) => `${origin} ${path.relative(folder, path.dirname(command))}`,
    (error: unknown) => {
      expect(error instanceof NoProgram, String(error));
      return error.message;
    },
  );
  expect(found.includes(expected), `"${expected}" is not in: ${found}`);
}

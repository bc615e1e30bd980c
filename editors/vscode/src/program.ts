/**
 * Which `blue` is run, and whether it is one. Apart from the editor's API, because it decides what the
 * extension executes: that is to be read in one place.
 *
 * Nothing here depends on the opened folder: a `blue` that lies in a folder somebody cloned is never
 * taken, neither by a relative path nor by a relative entry of the PATH.
 */

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

/** Where the program was named. */
export type Origin = "setting" | "bundled" | "PATH";

/** A program that said it is Blue. */
export interface Program {
  /** Absolute. */
  readonly command: string;
  readonly origin: Origin;
  /** What it said of itself, as in `blue 0.1.0`. */
  readonly version: string;
}

/** Why there is no program to run: one sentence for the person who has to do something about it. */
export class NoProgram extends Error {
  override readonly name = "NoProgram";
}

/** Where to look. */
export interface Places {
  /** The setting `blue.path`; empty: not set. */
  readonly setting: string;
  /** The folder of this extension, which may have `bin/blue`. */
  readonly extension: string;
  readonly environment: NodeJS.ProcessEnv;
}

const FILE = process.platform === "win32" ? "blue.exe" : "blue";

/** Far more than a program takes to print its version, on a machine that has much else to do. */
const VERSION_LIMIT_MS = 20_000;

/**
 * Finds the program and asks it for its version.
 *
 * @throws {NoProgram} if there is none, it does not run, or it is another program of that name.
 */
export async function find(places: Places): Promise<Program> {
  const { command, origin } = await locate(places);
  const said = await versionOf(command);
  // Others are called `blue` too: a formatter for Python, for one.
  if (!/^blue \d+\.\d+\.\d+/.test(said)) {
    throw new NoProgram(`${command} is another program: asked for its version it says "${firstLine(said)}".`);
  }
  return { command, origin, version: firstLine(said) };
}

async function locate({ setting, extension, environment }: Places): Promise<{ command: string; origin: Origin }> {
  if (setting.trim() !== "") {
    const command = expanded(setting.trim());
    if (!path.isAbsolute(command)) {
      throw new NoProgram(`The setting blue.path is ${setting}, which is no absolute path.`);
    }
    if (!(await isExecutable(command))) {
      throw new NoProgram(`The setting blue.path is ${setting}, where there is no program.`);
    }
    return { command, origin: "setting" };
  }
  const bundled = path.join(extension, "bin", FILE);
  if (await isExecutable(bundled)) {
    return { command: bundled, origin: "bundled" };
  }
  for (const folder of (environment["PATH"] ?? environment["Path"] ?? "").split(path.delimiter)) {
    const command = path.join(folder, FILE);
    if (path.isAbsolute(folder) && (await isExecutable(command))) {
      return { command, origin: "PATH" };
    }
  }
  throw new NoProgram("The program `blue` is not on the PATH of the editor.");
}

function expanded(setting: string): string {
  const inHome = /^~(?=$|[/\\])/.exec(setting);
  return inHome === null ? setting : path.join(os.homedir(), setting.slice(1));
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function versionOf(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a folder that is nobody's project, so that nothing there is read.
    const options = { cwd: path.dirname(command), timeout: VERSION_LIMIT_MS, encoding: "utf8" } as const;
    execFile(command, ["--version"], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else {
        reject(new NoProgram(`${command} does not run: ${firstLine(stderr) || error.message}`));
      }
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0] ?? "";
}

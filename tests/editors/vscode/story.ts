/**
 * The story in a real VS Code: the extension as it is packaged, in the extension host and on the screen.
 *
 *   node story.js PREFIX OUT       PREFIX: what setup.sh filled; OUT: what editors/vscode/build.mjs filled
 *
 * `blue` has to be on the PATH. Prints a line a check and the count as the last line; the exit code is 1
 * if a check failed. The folder `screenshots` beside OUT shows what was seen. Nothing here sleeps: a wait
 * ends when its condition holds.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { packageSteps } from "./package";
import { programSteps } from "./program";
import { LIMIT_MS, expect, runAll } from "./steps";
import { onScreen } from "./screen";
import { Workbench } from "./workbench";
import type { Folders } from "./workbench";

const count = { passed: 0, failed: 0 };

function say(line: string): void {
  console.log(line);
  count.passed += Number(line.startsWith("ok - "));
  count.failed += Number(line.startsWith("not ok - "));
}

async function main(prefix: string, out: string): Promise<void> {
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), "blue-vscode-")));
  const kept = path.join(path.dirname(out), "screenshots");
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  const folders: Folders = { prefix, scratch, kept };
  let workbench: Workbench | undefined;
  try {
    await runAll(programSteps(scratch), say);
    await runAll(packageSteps(path.join(out, "extension"), world(scratch, "package")), say);
    const started = Date.now();
    workbench = await Workbench.start(folders, path.join(out, "blue.vsix"));
    console.log(`# VS Code is up after ${Date.now() - started} ms`);
    await inHost(workbench, world(scratch, "host"), out);
    await onScreen(workbench, world(scratch, "screen"), kept, say);
  } catch (error) {
    say(`not ok - the story runs: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    await workbench?.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(`vscode: ${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed === 0 ? 0 : 1;
}

/** Makes a world: a folder with the exporter, the importer and their realm. */
function world(scratch: string, name: string): string {
  const folder = path.join(scratch, name);
  const made = spawnSync("blue", ["demo", folder, "--world-only", "--quiet"], { encoding: "utf8", timeout: LIMIT_MS });
  expect(made.status === 0, `blue demo: ${made.error?.message ?? made.stderr}`);
  return folder;
}

/** Runs `host.ts` inside, and counts what it says. */
async function inHost(workbench: Workbench, folder: string, out: string): Promise<void> {
  const page = await workbench.page("always");
  const noise: string[] = [];
  const ended = new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the extension host is not done: ${noise.slice(-20).join("\n")}`)), 2 * LIMIT_MS);
    // The workbench calls these two where its payload names tests.
    void page.exposeFunction("codeAutomationLog", (_kind: string, words: unknown[]) => {
      const line = words.join(" ");
      if (line.startsWith("host: ")) {
        say(line.slice("host: ".length));
      } else {
        noise.push(line);
      }
    });
    void page.exposeFunction("codeAutomationExit", (status: number) => {
      clearTimeout(late);
      resolve(status);
    });
  });
  const payload = {
    extensionDevelopmentPath: path.join(out, "extension"),
    extensionTestsPath: path.join(out, "tests/host.js"),
    skipWelcome: "true",
  };
  await page.goto(workbench.address(folder, payload));
  const status = await ended;
  expect(status === 0, `the extension host ended with ${status}: ${noise.slice(-20).join("\n")}`);
  await page.context().close();
}

const [prefix, out] = process.argv.slice(2).map((folder) => path.resolve(folder));
expect(prefix !== undefined && out !== undefined, "usage: node story.js PREFIX OUT");
void main(prefix, out);

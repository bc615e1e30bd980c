/** A VS Code of its own: its server on a loopback port, its workbench in a headless Chromium. */

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

import { LIMIT_MS, expect, until } from "./steps";

/** Nothing that asks, moves, or comes from elsewhere; what is typed is what stands there. */
const SETTINGS = {
  "chat.disableAIFeatures": true,
  "editor.autoClosingBrackets": "never",
  "editor.autoClosingQuotes": "never",
  "editor.quickSuggestions": "off",
  "editor.suggestOnTriggerCharacters": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "git.enabled": false,
  "remote.autoForwardPorts": false,
  "security.workspace.trust.banner": "never",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "workbench.enableExperiments": false,
  "workbench.settings.enableNaturalLanguageSearch": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** Where everything of a run lies. */
export interface Folders {
  /** What `setup.sh` filled. */
  readonly prefix: string;
  /** What is thrown away afterwards. */
  readonly scratch: string;
  /** What is kept: logs and pictures. */
  readonly kept: string;
}

/** Whether a workspace is trusted; what is trusted only when granted starts in restricted mode. */
export type Trust = "always" | "when granted";

export class Workbench {
  private constructor(
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    private readonly origin: string,
    private readonly data: string,
  ) {}

  /**
   * Whose settings there are. A window in a browser takes what belongs to a machine, as the path of a program does,
   * from the machine's; from the user's only until it knows that it is the machine's, which is now and then too early.
   */
  private static readonly SETTINGS_OF = ["User", "Machine"];

  /** Starts the server, with the extension `vsix` installed, and the browser. */
  static async start({ prefix, scratch, kept }: Folders, vsix: string): Promise<Workbench> {
    const vscode = path.join(prefix, "bin/vscode");
    const data = path.join(scratch, "data");
    for (const whose of Workbench.SETTINGS_OF) {
      mkdirSync(path.join(data, whose), { recursive: true });
    }
    const folders = ["--user-data-dir", data, "--server-data-dir", data, "--extensions-dir", path.join(scratch, "extensions")];
    const installed = spawnSync(vscode, [...folders, "--install-extension", vsix], { encoding: "utf8", timeout: LIMIT_MS });
    expect(installed.status === 0, `the package is refused: ${installed.stdout}${installed.stderr}`);

    const port = await freePort();
    const log = openSync(path.join(kept, "server.log"), "w");
    const loopback = ["--host", "127.0.0.1", "--port", String(port), "--without-connection-token"];
    // The environment is this one: not what the login shell of whoever runs this makes of it.
    const plain = ["--accept-server-license-terms", "--telemetry-level", "off", "--force-disable-user-env"];
    const server = spawn(vscode, [...folders, ...loopback, ...plain], {
      stdio: ["ignore", log, log],
      detached: true, // The head of a group, which is ended as one.
    });
    closeSync(log);
    const origin = `http://127.0.0.1:${port}`;
    await until("VS Code's server", async () => {
      expect(server.exitCode === null, `the server ended with ${server.exitCode}; see ${kept}/server.log`);
      const answer = await fetch(`${origin}/version`).catch(() => undefined);
      return answer?.ok || undefined;
    });
    const executablePath = path.join(prefix, "bin/chromium");
    // Without its sandbox, which root cannot have, and the shared memory, which containers have little of;
    // all that it loads comes from the server above.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    return new Workbench(server, browser, origin, data);
  }

  /** A window's page, not yet at a folder, for a user with these settings. What it stores is its own. */
  async page(trust: Trust, more: object = {}): Promise<Page> {
    const settings = { ...SETTINGS, "security.workspace.trust.enabled": trust === "when granted", ...more };
    for (const whose of Workbench.SETTINGS_OF) {
      writeFileSync(path.join(this.data, whose, "settings.json"), JSON.stringify(settings));
    }
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 760 }, locale: "en-GB" });
    context.setDefaultTimeout(LIMIT_MS);
    return context.newPage();
  }

  /**
   * Where a page has to go for that folder, with what the workbench is to do there. Not a workspace of
   * several folders: of those, this VS Code forgets every second time to show any, if it runs in a browser.
   */
  address(folder: string, payload: Readonly<Record<string, string>>): string {
    const remote = ([key, value]: [string, string]) => [key, path.isAbsolute(value) ? this.remote(value) : value];
    const query = new URLSearchParams({ folder, payload: JSON.stringify(Object.entries(payload).map(remote)) });
    return `${this.origin}/?${query.toString()}`;
  }

  private remote(file: string): string {
    return `vscode-remote://${new URL(this.origin).host}${file}`;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    const ended = new Promise((resolve) => this.server.once("exit", resolve));
    if (this.server.exitCode === null && this.server.pid !== undefined) {
      process.kill(-this.server.pid, "SIGTERM");
      await ended;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

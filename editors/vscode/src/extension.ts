/**
 * Blue in VS Code: starts the server where there is a realm or a repository that takes part in one, and
 * says what is missing where it cannot. All that is shown comes from the server.
 */

import { LanguageStatusSeverity, commands, env, languages, window, workspace } from "vscode";
import type { ExtensionContext, LanguageStatusItem, OutputChannel } from "vscode";
import { State } from "vscode-languageclient/node";
import type { LanguageClient } from "vscode-languageclient/node";

import { DOCUMENTS, SECTION, create } from "./client";
import * as contract from "./contract";
import * as errands from "./errands";
import { NoProgram, find } from "./program";
import type { Program } from "./program";
import * as statusBar from "./statusBar";

/** How long the server may take to end before it is killed. */
const STOP_LIMIT_MS = 5_000;

/** The command that installs the program where there is Rust; shown, never run. */
const INSTALL = "cargo install --locked --path crates/blue";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const output = window.createOutputChannel("Blue");
  const status = languages.createLanguageStatusItem("blue.server", DOCUMENTS);
  status.name = "Blue";
  const started = new Server(context.extensionPath, output, status);
  server = started;
  context.subscriptions.push(
    output,
    status,
    commands.registerCommand("blue.restartServer", () => started.restart()),
    commands.registerCommand("blue.showOutput", () => output.show(true)),
    commands.registerCommand("blue.openContract", contract.show),
    commands.registerCommand("blue.showStatus", statusBar.choose),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.path`)) {
        void started.restart();
      }
    }),
    // With trust comes the rest of what the server offers.
    workspace.onDidGrantWorkspaceTrust(() => started.restart()),
  );
  await started.restart();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}

/** The one server of a window, for all its folders: an unsaved edit in one shows in the others. */
class Server {
  private client: LanguageClient | undefined;
  /** Starts and stops come one after the other, however fast they are asked for. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly extension: string,
    private readonly output: OutputChannel,
    private readonly status: LanguageStatusItem,
  ) {}

  /** Starts the server; one that runs is stopped first. Never rejects: what fails is shown. */
  restart(): Promise<void> {
    return this.next(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.next(() => this.end());
  }

  private next(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step);
    return this.queue;
  }

  private async begin(): Promise<void> {
    this.shows("starting", LanguageStatusSeverity.Information, true);
    try {
      const program = await find({
        setting: workspace.getConfiguration(SECTION).get("path", ""),
        extension: this.extension,
        environment: process.env,
      });
      this.output.appendLine(`${program.version}: ${program.command} (${program.origin})`);
      await this.run(program);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.output.appendLine(problem);
      this.shows("not running", LanguageStatusSeverity.Error, false, problem);
      // Not awaited: the message stays until somebody clicks.
      void (error instanceof NoProgram ? offerInstalling(problem) : offerOutput(problem));
    }
  }

  private async run(program: Program): Promise<void> {
    const client = create(program, this.output);
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.shows(program.version, LanguageStatusSeverity.Information, false, program.command);
      } else if (newState === State.Stopped) {
        this.shows("stopped", LanguageStatusSeverity.Warning, false);
      }
    });
    await client.start();
    await contract.offer(client);
    await errands.offer(client);
    statusBar.offer(client);
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client === undefined) {
      return;
    }
    statusBar.offer(undefined);
    await contract.offer(undefined);
    await errands.offer(undefined);
    try {
      await client.dispose(STOP_LIMIT_MS);
    } catch (error) {
      // It had crashed, or never came up: there is nothing left to stop.
      this.output.appendLine(`while stopping: ${String(error)}`);
    }
  }

  private shows(text: string, severity: LanguageStatusSeverity, busy: boolean, detail = ""): void {
    this.status.text = text.startsWith("blue ") ? `Blue ${text.slice("blue ".length)}` : `Blue: ${text}`;
    this.status.detail = detail;
    this.status.severity = severity;
    this.status.busy = busy;
    this.status.command =
      severity === LanguageStatusSeverity.Error
        ? { title: "Restart", command: "blue.restartServer" }
        : { title: "Output", command: "blue.showOutput" };
  }
}

async function offerInstalling(problem: string): Promise<void> {
  const settings = "Open Settings";
  const install = "How to Install";
  const chosen = await window.showErrorMessage(`Blue is not running. ${problem}`, settings, install);
  if (chosen === settings) {
    await commands.executeCommand("workbench.action.openSettings", "blue.path");
  } else if (chosen === install) {
    await showInstalling();
  }
}

async function showInstalling(): Promise<void> {
  const copy = "Copy Command";
  const chosen = await window.showInformationMessage(
    "Installing Blue",
    {
      modal: true,
      detail:
        `In a clone of Blue's repository, with the Rust toolchain:\n\n${INSTALL}\n\n` +
        "This puts `blue` into ~/.cargo/bin. If the editor does not have that folder on its PATH, name the " +
        "program in the setting blue.path. Then run the command “Blue: Restart Server”.",
    },
    copy,
  );
  if (chosen === copy) {
    await env.clipboard.writeText(INSTALL);
  }
}

async function offerOutput(problem: string): Promise<void> {
  const show = "Show Output";
  const chosen = await window.showErrorMessage(`Blue's server did not start: ${problem}`, show);
  if (chosen === show) {
    await commands.executeCommand("blue.showOutput");
  }
}

/**
 * Where the repository of the open file stands, in the status bar: how many of its contracts its code differs from,
 * what it imports and does not follow yet, and what it was not told. A click says which, and offers what there is
 * to do. What is counted comes from the server (`blue/status`), which says when to ask again.
 */

import { StatusBarAlignment, commands, window, workspace } from "vscode";
import type { Disposable, QuickPickItem, StatusBarItem } from "vscode";
import { State } from "vscode-languageclient/node";
import type { LanguageClient } from "vscode-languageclient/node";

/** What is used of what the server answers (`blue schema status`). */
export interface Status {
  readonly repo: string | null;
  readonly realms: readonly RealmStatus[];
  readonly problems: readonly string[];
  readonly findings: { readonly errors: number; readonly warnings: number };
}

interface RealmStatus {
  readonly realm: string;
  readonly drift: readonly Drift[];
  readonly imports: readonly Import[];
  readonly notifications: readonly unknown[];
  readonly open: readonly Sync[];
}

/** A sync that waits, and for whom. */
interface Sync {
  readonly branch: string;
  readonly repo: string;
  readonly changes: readonly { readonly title: string }[];
  readonly waits: readonly { readonly repos?: readonly string[] }[];
}

interface Drift {
  readonly contract: string;
  readonly waits_in: string | null;
}

interface Import {
  readonly contract: string;
  readonly version: string | null;
  readonly follows: string | null;
}

/** Something there is to do, and the command that does it. */
interface Todo extends QuickPickItem {
  readonly command: string;
  readonly argument?: unknown;
}

let shown: Shown | undefined;

/** Shows the status of what a client serves; without one, none. */
export function offer(client: LanguageClient | undefined): void {
  shown?.dispose();
  shown = client === undefined || !workspace.isTrusted ? undefined : new Shown(client);
}

/** A click on the item: what there is to do here. */
export async function choose(): Promise<void> {
  await shown?.choose();
}

class Shown implements Disposable {
  private readonly item: StatusBarItem;
  private readonly kept: Disposable[];
  private status: Status | undefined;
  private about: { uri?: string } = {};
  /** Counts the questions: only the last one's answer is shown. */
  private asked = 0;

  constructor(private readonly client: LanguageClient) {
    this.item = window.createStatusBarItem("blue.status", StatusBarAlignment.Left);
    this.item.name = "Blue";
    this.item.command = "blue.showStatus";
    this.kept = [
      this.item,
      client.onNotification("blue/statusChanged", () => this.ask()),
      client.onDidChangeState(({ newState }) => this.serverIs(newState)),
      window.onDidChangeActiveTextEditor(() => this.ask()),
    ];
    void this.ask();
  }

  dispose(): void {
    this.asked += 1;
    for (const one of this.kept) {
      one.dispose();
    }
  }

  private async ask(): Promise<void> {
    const number = (this.asked += 1);
    const document = window.activeTextEditor?.document;
    const isFile = document?.uri.scheme === "file";
    const about = isFile ? { uri: document.uri.toString() } : this.about;
    try {
      const status = await this.client.sendRequest<Status>("blue/status", about);
      if (number !== this.asked) {
        return;
      }
      // A text that Blue has shown (it lies in a file of its own), or no text: what was shown last stays.
      const isBeside = isFile && workspace.getWorkspaceFolder(document.uri) === undefined;
      if (isBeside && status.repo === null && status.realms.length === 0 && this.status !== undefined) {
        return;
      }
      this.about = about;
      this.show(status);
    } catch {
      // The server is older than this, is ending, or another question came in between: what was shown last stays.
    }
  }

  /** A server that has ended says nothing more: what it said last is not shown as what is so now. */
  private serverIs(state: State): void {
    if (state === State.Running) {
      void this.ask();
    } else if (state === State.Stopped && this.status !== undefined) {
      this.asked += 1;
      this.item.text = "Blue: $(debug-disconnect)";
      this.item.tooltip = "Blue's server has ended; a click starts it again";
      this.item.command = "blue.restartServer";
    }
  }

  private show(status: Status): void {
    this.status = status;
    this.item.command = "blue.showStatus";
    if (status.realms.length === 0 && status.problems.length > 0) {
      this.item.text = "Blue: $(warning)";
      this.item.tooltip = status.problems.join("\n");
      this.item.show();
      return;
    }
    if (status.realms.length === 0) {
      this.item.hide();
      return;
    }
    this.item.text = `Blue: ${inShort(status)}`;
    const names = status.realms.map(({ realm }) => realm).join(", ");
    const lines = [`${status.repo ?? "The realm"} in ${names}`, ...todo(status).map(({ label }) => plain(label))];
    this.item.tooltip = lines.join("\n");
    this.item.show();
  }

  async choose(): Promise<void> {
    if (this.status === undefined) {
      return;
    }
    const items = [
      ...todo(this.status).map((one) => ({ ...one, argument: one.argument ?? this.about })),
      { label: "$(graph) Show the realm's graph", command: "blue.showGraph", argument: this.about },
    ];
    const title = `Blue: ${this.status.repo ?? "the realm"}`;
    const chosen = await window.showQuickPick(items, { title, placeHolder: "What there is to do" });
    if (chosen !== undefined) {
      await commands.executeCommand(chosen.command, chosen.argument);
    }
  }
}

/** The counts, each with its sign; a tick where there is nothing to do. */
export function inShort(status: Status): string {
  const count = (of: (realm: RealmStatus) => number): number => status.realms.reduce((sum, realm) => sum + of(realm), 0);
  const parts = [
    ["$(arrow-up)", count(({ drift }) => drift.length)],
    ["$(arrow-down)", count((realm) => realm.imports.filter(isBehind).length + awaited(realm, status.repo).length)],
    ["$(bell)", count(({ notifications }) => notifications.length)],
    ["$(error)", status.findings.errors],
  ] as const;
  const told = parts.filter(([, number]) => number > 0).map(([sign, number]) => `${sign}${number}`);
  return told.length === 0 ? "$(check)" : told.join(" ");
}

function todo(status: Status): Todo[] {
  const drift = status.realms.flatMap((realm) => realm.drift);
  const behind = status.realms.flatMap((realm) => realm.imports).filter(isBehind);
  const waiting = status.realms.flatMap((realm) => awaited(realm, status.repo));
  return [
    ...status.problems.map((problem) => ({
      label: `$(cloud-download) ${problem}`,
      description: "fetch the realm",
      command: "blue.refresh",
    })),
    ...drift.map(({ contract, waits_in }) => ({
      label: `$(arrow-up) ${contract}: ${waits_in === null ? "the code says something else" : `waits in ${waits_in}`}`,
      description: "sync",
      command: "blue.sync",
    })),
    ...behind.map(({ contract, version, follows }) => ({
      label: `$(arrow-down) ${contract} ${version}: ${follows === null ? "not followed yet" : `followed at ${follows}`}`,
      description: "acknowledge",
      command: "blue.acknowledge",
    })),
    ...waiting.map(({ branch, changes }) => ({
      label: `$(arrow-down) ${changes.map(({ title }) => title).join(", ")}: waits in ${branch} for this repository`,
      description: "acknowledge",
      command: "blue.acknowledge",
    })),
    ...(status.findings.errors + status.findings.warnings > 0
      ? [
          {
            label: `$(warning) ${counted(status.findings.errors, "error")}, ${counted(status.findings.warnings, "warning")}`,
            description: "show the problems",
            command: "workbench.actions.view.problems",
          },
        ]
      : []),
  ];
}

/** A label without its icon, which a tooltip of text would spell out. */
function plain(label: string): string {
  return label.replace(/^\$\([a-z-]+\) /, "");
}

function counted(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

/** The syncs that wait until a repository says that it follows them. */
function awaited({ open }: RealmStatus, repo: string | null): Sync[] {
  return open.filter(({ waits }) => waits.some(({ repos }) => repo !== null && repos?.includes(repo)));
}

function isBehind({ version, follows }: Import): boolean {
  return version !== null && version !== follows;
}

/**
 * What the server does to a realm: its commands, asked for from the palette. The client registers each
 * under the server's own name; what would be pushed the server shows, and asks about.
 */

import { Uri, commands, window, workspace } from "vscode";
import type { ExecuteCommandSignature, LanguageClient, StaticFeature } from "vscode-languageclient/node";

/** Those that are about a repository: the one of the file that is open, where nobody says another. */
const ERRANDS = new Set(["blue.sync", "blue.acknowledge", "blue.worktree", "blue.check", "blue.refresh", "blue.showGraph"]);

/** Is set while the server runs them; `package.json` hides them otherwise. */
const CONTEXT = "blue.runsErrands";

/** What a command of the server is given. */
interface About {
  readonly uri?: string;
  readonly rfc?: string;
}

/** Sets whether the commands are offered: not without a server, and not where the workspace is not trusted. */
export async function offer(client: LanguageClient | undefined): Promise<void> {
  const offered = client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  const runs = workspace.isTrusted && offered.includes("blue.sync");
  await commands.executeCommand("setContext", CONTEXT, runs);
}

/** Sends a command, with what the palette cannot say. */
export async function ask(command: string, given: unknown[], next: ExecuteCommandSignature): Promise<unknown> {
  if (!ERRANDS.has(command)) {
    return next(command, given);
  }
  let about = (given[0] ?? here()) as About;
  if (command === "blue.worktree" && about.rfc === undefined) {
    const rfc = await window.showInputBox({
      title: "Worktrees across a domain",
      prompt: "The change's name: its branch is feat/NAME",
      placeHolder: "experiments",
    });
    if (rfc === undefined) {
      return undefined;
    }
    about = rfc === "" ? about : { ...about, rfc };
  }
  return next(command, [about]);
}

/** The file that is open. */
function here(): About {
  const uri = window.activeTextEditor?.document.uri;
  return uri?.scheme === "file" ? { uri: uri.toString() } : {};
}

/** Tells the server that it may have documents saved and drawings shown, and that a status is shown. */
export const abilities: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), blue: { save: true, status: true, drawings: "svg" } };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

/** `blue/save`: whether all of these documents are saved. */
export async function save({ uris }: { uris: string[] }): Promise<boolean> {
  for (const text of uris) {
    const uri = Uri.parse(text).toString();
    const document = workspace.textDocuments.find((it) => it.uri.toString() === uri);
    if (document?.isDirty === true && !(await document.save())) {
      return false;
    }
  }
  return true;
}

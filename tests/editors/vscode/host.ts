/**
 * The story in VS Code's own extension host, through the API that every extension has. Loaded by the
 * workbench instead of a test runner; `run` is what it calls. What it prints goes to `story.ts`.
 */

import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import * as vscode from "vscode";

import { AFTER, CODE, CONTRACT, FILE, IMPORTER, KEY, LINE, PATTERN } from "./change";
import { expect, runAll, until } from "./steps";
import type { Step } from "./steps";

let document: vscode.TextDocument;
let editor: vscode.TextEditor;
let serverBefore: number;

export async function run(): Promise<void> {
  await runAll(STEPS, (line) => console.log(`host: ${line}`));
  // A buffer that is still changed would ask whether to save it.
  await vscode.commands.executeCommand("workbench.action.files.revert");
}

const STEPS: readonly Step[] = [
  ["host: the extension starts by itself where there is a realm", starts],
  ["host: it contributes its commands", contributes],
  ["host: an unsaved new key is export-added, at the key", added],
  ["host: nothing was saved", unsaved],
  ["host: hover names the contract, the pattern and the importer", hover],
  ["host: a quick fix mends it, unsaved too", mended],
  ["host: Show Contract opens the contract", contractShown],
  ["host: Show the Realm's Graph opens a tab with it", graphShown],
  ["host: a setting reaches the running server", settings],
  ["host: the finding goes when the edit is undone", undone],
  ["host: a restart is another server, which knows the unsaved edit", restarted],
  ["host: a path that is none stops the server, and its removal starts it again", lost],
];

async function starts(): Promise<void> {
  const extension = vscode.extensions.getExtension("blue.blue");
  expect(extension !== undefined, "it is not installed");
  await until("the extension to be active", () => extension.isActive || undefined);
  await until("the server", servers);
  expect(servers()?.length === 1, `${servers()?.length} servers run`);
}

async function contributes(): Promise<void> {
  const known = await vscode.commands.getCommands(true);
  const own = ["blue.restartServer", "blue.showOutput", "blue.openContract", "blue.showStatus"];
  const errands = ["blue.sync", "blue.acknowledge", "blue.worktree", "blue.check", "blue.refresh", "blue.showGraph"];
  for (const command of [...own, ...errands]) {
    expect(known.includes(command), `there is no ${command}`);
  }
}

async function added(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  expect(folder !== undefined, "the world's folder is not open");
  document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder.uri, "aperture", FILE));
  editor = await vscode.window.showTextDocument(document);
  expect(!document.getText().includes(KEY), "the change is there already");
  await change();
  const found = await until(CODE, finding);
  expect(document.getText(found.range) === KEY, `it marks ${document.getText(found.range)}`);
  expect(found.source === "blue", `its source is ${found.source}`);
  expect(found.severity === vscode.DiagnosticSeverity.Information, `its severity is ${found.severity}`);
  expect(found.message.includes(IMPORTER), `it does not name the importer: ${found.message}`);
}

/** Types the line behind the one it belongs to. */
async function change(): Promise<void> {
  const at = document.positionAt(document.getText().indexOf(AFTER)).line;
  const { text, range } = document.lineAt(at);
  const indentation = /^\s*/.exec(text)?.[0] ?? "";
  const done = await editor.edit((edit) => edit.insert(range.end, `\n${indentation}${LINE}`));
  expect(done, "the edit was refused");
}

function finding(): vscode.Diagnostic | undefined {
  const isIt = (it: vscode.Diagnostic) => codeOf(it) === CODE && it.message.includes(PATTERN);
  return vscode.languages.getDiagnostics(document.uri).find(isIt);
}

function codeOf({ code }: vscode.Diagnostic): unknown {
  return typeof code === "object" ? code.value : code;
}

function unsaved(): void {
  expect(document.isDirty, "the document is not changed");
  expect(!readFileSync(document.fileName, "utf8").includes(KEY), "the change is on disk");
}

async function hover(): Promise<void> {
  const at = document.positionAt(document.getText().indexOf(KEY) + 4);
  const text = await until("a hover", async () => {
    const found = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, at);
    const parts = found.flatMap(({ contents }) => contents);
    return parts.map((part) => (typeof part === "string" ? part : part.value)).join("\n") || undefined;
  });
  for (const words of [CONTRACT, PATTERN, IMPORTER]) {
    expect(text.includes(words), `"${words}" is not in: ${text}`);
  }
}

/** The one fix that needs no realm to be written: the code says that this is no site. */
async function mended(): Promise<void> {
  const range = (await until(CODE, finding)).range;
  const action = await until("the action not-a-site", async () => {
    const kind = vscode.CodeActionKind.QuickFix.value;
    const found = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, range, kind, 99);
    return found.find(({ edit }) => edit?.get(document.uri).some(({ newText }) => newText.includes("not-a-site")));
  });
  expect(action.edit !== undefined && (await vscode.workspace.applyEdit(action.edit)), `"${action.title}" was refused`);
  await until("the finding to go", () => finding() === undefined || undefined);
  await vscode.commands.executeCommand("undo");
  await until(`${CODE} again`, finding);
}

async function contractShown(): Promise<void> {
  await vscode.commands.executeCommand("blue.openContract");
  await until("the contract's file", () => {
    const shown = vscode.window.activeTextEditor?.document.fileName;
    return shown?.endsWith(`/contracts/${CONTRACT}.yaml`) || undefined;
  });
  editor = await vscode.window.showTextDocument(document);
}

/** One tab, however often it is asked for. */
async function graphShown(): Promise<void> {
  const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const drawings = () => tabs().filter(({ input }) => input instanceof vscode.TabInputWebview && /blue\.drawing$/.test(input.viewType));
  await vscode.commands.executeCommand("blue.showGraph");
  const [shown] = await until("the drawing", () => (drawings().length > 0 ? drawings() : undefined));
  expect(shown?.label === "The graph of letemcook", `its title is ${shown?.label}`);
  await vscode.commands.executeCommand("blue.showGraph");
  expect(drawings().length === 1, `there are ${drawings().length}`);
  await vscode.window.tabGroups.close(drawings());
  editor = await vscode.window.showTextDocument(document);
}

/** The address of the pages, which is shown at the code of a finding. */
async function settings(): Promise<void> {
  const pages = "https://letemcook.example/findings";
  await set("docsUrl", pages);
  await until("the link at the code", () => {
    const code = finding()?.code;
    return (typeof code === "object" && code.target.toString() === `${pages}/${CODE}`) || undefined;
  });
  await set("docsUrl", undefined);
}

async function undone(): Promise<void> {
  await vscode.commands.executeCommand("undo");
  // That it is as it was on disk is told to the extension by itself, maybe after the command has ended.
  await until("the document to be unchanged", () => !document.isDirty || undefined);
  await until("the finding to go", () => finding() === undefined || undefined);
}

async function restarted(): Promise<void> {
  await change();
  await until(CODE, finding);
  serverBefore = onlyServer();
  await vscode.commands.executeCommand("blue.restartServer");
  expect(onlyServer() !== serverBefore, "the same server still runs");
  await until(`${CODE} from the new server`, finding);
}

async function lost(): Promise<void> {
  await set("path", "/nowhere/blue");
  await until("the server to end", () => servers() === undefined || undefined);
  await until("its findings to go", () => finding() === undefined || undefined);
  await set("path", undefined);
  await until(`${CODE} again`, finding);
}

function set(key: string, value: string | undefined): Thenable<void> {
  return vscode.workspace.getConfiguration("blue").update(key, value, vscode.ConfigurationTarget.Global);
}

function onlyServer(): number {
  const [server, ...others] = servers() ?? [];
  expect(server !== undefined && others.length === 0, "not one server runs");
  return server;
}

/** The process ids of the servers that this extension host runs; undefined if none. */
function servers(): number[] | undefined {
  const found = readdirSync("/proc").map(Number).filter(isServer);
  return found.length === 0 ? undefined : found;
}

function isServer(id: number): boolean {
  try {
    const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${id}/stat`, "utf8")) ?? [];
    const lives = state !== "Z" && Number(parent) === process.pid;
    return lives && /\/blue$/.test(readlinkSync(`/proc/${id}/exe`)) && /\0lsp\0/.test(readFileSync(`/proc/${id}/cmdline`, "utf8"));
  } catch {
    return false; // No process, or one that has just ended.
  }
}

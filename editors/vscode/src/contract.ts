/** The command that goes from code to the contract it has to do with. */

import { CodeActionKind, commands, window } from "vscode";
import type { CodeAction, QuickPickItem } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** What the server calls it, as an action of a file and as the command behind that. */
const KIND = CodeActionKind.Source.append("blue.openContract");
const SERVER_COMMAND = "blue.showContract";

/** Is set while the server can show contracts; `package.json` hides the command otherwise. */
const CONTEXT = "blue.showsContracts";

/** Sets whether the command is offered; without a client it is not. */
export async function offer(client: LanguageClient | undefined): Promise<void> {
  const offered = client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  await commands.executeCommand("setContext", CONTEXT, offered.includes(SERVER_COMMAND));
}

/** Shows the contract of the file that is open; which one is asked if there are several. */
export async function show(): Promise<void> {
  const editor = window.activeTextEditor;
  const actions = editor === undefined ? [] : await actionsAt(editor.document.uri, editor.selection);
  const items = actions.map((action): QuickPickItem & { action: CodeAction } => ({ label: action.title, action }));
  if (items.length === 0) {
    void window.showInformationMessage("No contract has to do with this file.");
    return;
  }
  const chosen = items.length === 1 ? items[0] : await window.showQuickPick(items);
  const command = chosen?.action.command;
  if (command !== undefined) {
    await commands.executeCommand(command.command, ...(command.arguments ?? []));
  }
}

async function actionsAt(...place: readonly unknown[]): Promise<CodeAction[]> {
  const found = await commands.executeCommand<CodeAction[] | undefined>("vscode.executeCodeActionProvider", ...place, KIND.value);
  // Other extensions' actions are of other kinds, but some answer whatever they are asked.
  return (found ?? []).filter(({ command }) => command?.command === SERVER_COMMAND);
}

/**
 * The language client: which documents and settings the server is told of, and how much of what it
 * offers is used while the workspace is not trusted.
 */

import { commands, window, workspace } from "vscode";
import type { OutputChannel } from "vscode";
import { CloseAction, LanguageClient } from "vscode-languageclient/node";
import type {
  DocumentSelector,
  DynamicFeature,
  ErrorHandler,
  LanguageClientOptions,
  StaticFeature,
} from "vscode-languageclient/node";

import * as drawing from "./drawing";
import * as errands from "./errands";
import type { Program } from "./program";

/** The section of the settings, and the id under which the client looks for `trace.server`. */
export const SECTION = "blue";

/** What the server reads: source code, and the YAML of realms and configs. It is silent on the rest. */
export const DOCUMENTS: DocumentSelector = [
  "python",
  "typescript",
  "typescriptreact",
  "javascript",
  "javascriptreact",
  "yaml",
].map((language) => ({ scheme: "file", language }));

/**
 * What is used of the server in a workspace that is not trusted: documents in, diagnostics out. With the
 * rest not registered, the server is not even told that the editor could do it.
 */
const UNTRUSTED_METHODS = new Set([
  "textDocument/didOpen",
  "textDocument/didChange",
  "textDocument/didSave",
  "textDocument/didClose",
  "textDocument/diagnostic",
  "workspace/didChangeConfiguration",
  "workspace/didChangeWatchedFiles",
  "workspace/didChangeWorkspaceFolders",
]);

class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    // Features without a method are those of the connection itself: settings, progress.
    const method = "registrationType" in feature ? feature.registrationType.method : undefined;
    if (workspace.isTrusted || method === undefined || UNTRUSTED_METHODS.has(method)) {
      super.registerFeature(feature);
    }
  }
}

/** Starts a server again that has ended, unless it keeps ending: then a person is asked. */
function endings(usual: ErrorHandler): ErrorHandler {
  return {
    error: (error, message, count) => usual.error(error, message, count),
    closed: async () => {
      const result = await usual.closed();
      if (result.action === CloseAction.Restart) {
        return result;
      }
      void offerRestart();
      return { ...result, handled: true };
    },
  };
}

async function offerRestart(): Promise<void> {
  const restart = "Restart";
  const show = "Show Output";
  const chosen = await window.showErrorMessage("Blue's server has ended several times and is not started again.", restart, show);
  if (chosen !== undefined) {
    await commands.executeCommand(chosen === restart ? "blue.restartServer" : "blue.showOutput");
  }
}

/** A client that runs `program`; it is not started. */
export function create(program: Program, output: OutputChannel): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: DOCUMENTS,
    diagnosticCollectionName: SECTION,
    outputChannel: output,
    synchronize: { configurationSection: SECTION },
    middleware: { executeCommand: errands.ask },
  };
  const client = new Client(SECTION, "Blue", { command: program.command, args: ["lsp"] }, options);
  client.clientOptions.errorHandler = endings(client.createDefaultErrorHandler());
  client.registerFeature(errands.abilities);
  client.onRequest("blue/save", errands.save);
  client.onRequest("blue/showDrawing", drawing.show);
  return client;
}

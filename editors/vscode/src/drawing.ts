/**
 * Drawings of the server, in a tab of their own. A drawing is made of what people wrote in realms, so it is shown
 * as an image: nothing in it can run, or be fetched.
 */

import { ViewColumn, window } from "vscode";
import type { WebviewPanel } from "vscode";

/** What the server has drawn (`blue/showDrawing`). */
export interface Drawing {
  readonly title: string;
  readonly format: string;
  readonly text: string;
}

/** The tab: one, so that asking again shows what has changed since. */
let panel: WebviewPanel | undefined;

/** Shows a drawing; whether it can be. */
export function show({ title, format, text }: Drawing): boolean {
  if (format !== "svg") {
    return false;
  }
  if (panel === undefined) {
    panel = window.createWebviewPanel("blue.drawing", title, ViewColumn.Active);
    panel.onDidDispose(() => (panel = undefined));
  }
  panel.title = title;
  panel.webview.html = page(title, text);
  panel.reveal();
  return true;
}

function page(title: string, svg: string): string {
  const data = Buffer.from(svg, "utf8").toString("base64");
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>body { padding: 1em; } img { background: #fff; border-radius: 6px; }</style>
</head>
<body><img src="data:image/svg+xml;base64,${data}" alt="${plain(title)}"></body>
</html>`;
}

function plain(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

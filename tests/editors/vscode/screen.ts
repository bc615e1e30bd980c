/**
 * The story as a person sees it: the workbench in a browser, driven by keyboard and mouse. It begins in a
 * workspace that is not trusted.
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { Page } from "playwright-core";

import { AFTER, CODE, CONTRACT, FILE, IMPORTER, LINE, PATTERN } from "./change";
import { command, lineWith, toast } from "./onpage";
import { commandsShown } from "./commands";
import { expect, runAll, until } from "./steps";
import type { Step } from "./steps";
import type { Workbench } from "./workbench";

/** What only the server's own hover says. */
const FROM_SERVER = "follows 1.4.0";

/** The last piece of the key that is one word on the screen. */
const KEY_END = "preview.png";

export async function onScreen(
  workbench: Workbench,
  folder: string,
  kept: string,
  say: (line: string) => void,
): Promise<void> {
  const exporter = path.join(folder, "aperture");
  const openFile = path.join(exporter, FILE);
  const ran = chooseProgram(folder);
  const page = await workbench.page("when granted");
  const shown: readonly Seen[] = [
    ["a file of the exporter is open", "open", () => open(page, workbench.address(folder, { openFile }))],
    ["the typed key is underlined, before the workspace is trusted", "squiggle", () => typed(page)],
    ["its hover is the finding alone", "restricted", () => findingAlone(page)],
    ["the program that the folder chose did not run", "chosen", () => expect(!existsSync(ran), "it ran")],
    ["the workspace can be trusted", "trusted", () => trusted(page)],
    ["its hover then says what the contract is", "hover", () => hover(page)],
    ["the program that the folder chose ran", "trusted-chosen", () => expect(existsSync(ran), "it did not")],
    ["what can be done about it is offered", "actions", () => actions(page)],
    ["the Problems panel lists the finding", "problems", () => problems(page)],
    ["the status of the file's language names the server", "status", () => status(page)],
    ["the status bar counts what differs, before it is saved", "status-bar", () => statusBar(page)],
    ["a click on it says what there is to do", "todo", () => todo(page)],
    ["what a sync would push is shown, and asked about", "sync", () => syncShown(page)],
    ["the status stays beside what Blue shows", "status-beside", () => statusBeside(page)],
    ["what was agreed to is done, and said", "synced", () => synced(page)],
    ...commandsShown(page, folder),
  ];
  await runAll(shown.map((seen) => pictured(page, kept, seen)), say);
  await page.context().close();

  const without = await workbench.page("always", { "blue.path": "~/blue" });
  const alone = workbench.address(exporter, { openFile });
  const missing: Seen = ["a program that is not there is said, with what to do", "missing", () => noProgram(without, alone)];
  await runAll([pictured(without, kept, missing)], say);
  await without.context().close();
}

/** A step, with the name of the picture of what it ends with. */
export type Seen = readonly [name: string, picture: string, run: () => Promise<void> | void];

function pictured(page: Page, kept: string, [name, picture, run]: Seen): Step {
  const file = path.join(kept, `${picture}.png`);
  // Animations are put at their end: what fades in is there.
  const take = () => page.screenshot({ path: file, animations: "disabled", caret: "hide" });
  const tell = async (error: unknown) => {
    throw new Error(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${await words(page)}`);
  };
  return [`screen: ${name}`, () => Promise.resolve().then(run).catch(tell).finally(take)];
}

/** The words of the window's parts, for whoever has the log of a failure and no picture. */
async function words(page: Page): Promise<string> {
  const parts = [".tabs-container", ".notifications-toasts", ".quick-input-widget", ".statusbar"];
  const said = parts.map(async (part) => {
    const texts = await page.locator(part).allInnerTexts();
    return `  ${part}: ${texts.join(" ").replace(/\s+/g, " ")}`;
  });
  return `on the screen:\n${(await Promise.all(said)).join("\n")}`;
}

/**
 * Has the folder's own settings choose the program, as a folder that somebody was sent could. Returns a
 * file that is there once that program has run.
 */
function chooseProgram(folder: string): string {
  const tools = path.join(folder, "tools");
  const program = path.join(tools, "blue");
  const ran = path.join(tools, "ran");
  mkdirSync(tools);
  writeFileSync(program, `#!/bin/sh\n: >'${ran}'\nexec blue "$@"\n`, { mode: 0o755 });
  mkdirSync(path.join(folder, ".vscode"));
  writeFileSync(path.join(folder, ".vscode/settings.json"), JSON.stringify({ "blue.path": program }));
  return ran;
}

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await lineWith(page, AFTER).waitFor();
}

async function typed(page: Page): Promise<void> {
  await lineWith(page, AFTER).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type(LINE);
  await lineWith(page, LINE).waitFor();
  await page.locator(".monaco-editor .squiggly-info").first().waitFor();
}

async function findingAlone(page: Page): Promise<void> {
  // That there are no fixes is said when all who could offer some have been asked.
  const text = await hoverUntil(page, [CODE, IMPORTER, "No quick fixes available"]);
  expect(!text.includes(FROM_SERVER), `the hover of the server is shown: ${text}`);
}

async function trusted(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await command(page, "Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
  await page.locator(".workspace-trust-editor").getByText("You trust this").first().waitFor();
  await page.locator(".tab", { hasText: path.basename(FILE) }).click();
  await lineWith(page, LINE).waitFor();
}

async function hover(page: Page): Promise<void> {
  await hoverUntil(page, [CODE, PATTERN, CONTRACT, IMPORTER, FROM_SERVER]);
}

async function actions(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Period");
  await page.locator(".action-widget .monaco-list-row", { hasText: "not-a-site" }).first().waitFor();
}

async function problems(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await command(page, "Problems: Focus on Problems View");
  const row = page.locator(".markers-panel .monaco-list-row", { hasText: PATTERN });
  await row.filter({ hasText: CODE }).first().waitFor();
}

async function status(page: Page): Promise<void> {
  await lineWith(page, LINE).click();
  await page.locator("[id='status.languageStatus']").click();
  await page.locator(".hover-language-status", { hasText: /Blue \d+\.\d+\.\d+/ }).waitFor();
}

/** The edit is not saved: that is asked about first, and the editor saves it. */
async function syncShown(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await lineWith(page, LINE).click();
  await command(page, "Blue: Sync What This Repository Exports");
  await toast(page, "not saved").getByRole("button", { name: "Save first" }).click();
  await toast(page, "Push to letemcook?").getByRole("button", { name: "Push", exact: true }).waitFor();
  await page.locator(".tab", { hasText: ".diff" }).waitFor();
  await lineWith(page, "nothing of this is pushed before you agree to it").waitFor();
}

async function synced(page: Page): Promise<void> {
  await toast(page, "Push to letemcook?").getByRole("button", { name: "Push", exact: true }).click();
  await toast(page, "pushed to letemcook").waitFor();
}

async function statusBar(page: Page): Promise<void> {
  await page.locator(".statusbar-item", { hasText: "Blue: 1" }).waitFor();
}

/** The text in front lies in no repository: what was counted last stays. */
async function statusBeside(page: Page): Promise<void> {
  await page.locator(".tab.active", { hasText: ".diff" }).waitFor();
  await statusBar(page);
}

async function todo(page: Page): Promise<void> {
  await page.locator(".statusbar-item", { hasText: "Blue: 1" }).click();
  const rows = page.locator(".quick-input-list .monaco-list-row");
  await rows.filter({ hasText: `${CONTRACT}: the code says something else` }).waitFor();
  await rows.filter({ hasText: "Show the realm's graph" }).waitFor();
  await page.keyboard.press("Escape");
}

async function noProgram(page: Page, address: string): Promise<void> {
  await open(page, address);
  const message = page.locator(".notification-toast", { hasText: "Blue is not running. The setting blue.path is ~/blue" });
  await message.getByRole("button", { name: "Open Settings" }).waitFor();
  await message.getByRole("button", { name: "How to Install" }).waitFor();
}

/** After so long an answer to the keys is given up, and asked for again. */
const HOVER_MS = 5_000;

/**
 * Asks what is known at the key until these words are all in it, and returns the text. More than once,
 * because what is shown stays as it was while a server starts.
 */
function hoverUntil(page: Page, words: readonly string[]): Promise<string> {
  return until(`a hover with ${words.join(", ")}`, async () => {
    await page.keyboard.press("Escape");
    await lineWith(page, LINE).getByText(KEY_END).last().click();
    await page.keyboard.press("Control+K");
    await page.keyboard.press("Control+I");
    const hovers = page.locator(".monaco-editor .monaco-hover:not(.hidden)");
    const right = words.reduce((those, hasText) => those.filter({ hasText }), hovers);
    return right.innerText({ timeout: HOVER_MS }).catch(() => undefined);
  });
}

/** The commands on the screen: what each shows and asks before it does anything, and what it says then. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { Page } from "playwright-core";

import { IMPORTER, PATTERN } from "./change";
import { choose, command, lineWith, toast, typeInto } from "./onpage";
import type { Seen } from "./screen";
import { expect } from "./steps";

/** The importer's policy, and the grant beside which the new one is written. */
const POLICY = "infra/stack.py";
const GRANTED = "jobs/*/out.json";

/** The steps behind the sync, in the same window. */
export function commandsShown(page: Page, folder: string): readonly Seen[] {
  const importer = path.join(folder, IMPORTER);
  const made = path.join(importer, ".worktrees/feat-previews");
  return [
    ["the graph is drawn in a tab of its own", "graph", () => graph(page)],
    ["the importer's policy says that a change is on its way", "pending", () => pending(page, importer)],
    ["what an acknowledgement would push is shown, and asked about", "acknowledge", () => acknowledgeShown(page)],
    ["the acknowledgement is done, and said", "acknowledged", () => agreed(page, "Push to letemcook?", "Push", `${IMPORTER} follows`)],
    ["worktrees are asked about", "worktree", () => worktreeShown(page, made)],
    ["worktrees are made, and said", "worktrees", () => worktrees(page, made)],
    ["a check says how the repository stands", "check", () => says(page, "Blue: Check This Repository", `${IMPORTER}: `)],
    ["a fetch says what waits", "refresh", () => says(page, "Blue: Fetch the Realm", "letemcook is up to date")],
  ];
}

async function graph(page: Page): Promise<void> {
  await clear(page);
  await command(page, "Blue: Show the Realm's Graph");
  await page.locator(".tab", { hasText: "The graph of letemcook" }).waitFor();
  const frame = page.frameLocator("iframe.webview").frameLocator("iframe");
  const picture = frame.getByAltText("The graph of letemcook");
  await picture.waitFor();
  const width = await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  expect(width > 100, `the picture is ${width} pixels wide`);
  await toast(page, "1 contract between 2 repos").waitFor();
}

/** The policy grants what the sync adds, as it is saved on disk. */
async function pending(page: Page, importer: string): Promise<void> {
  const policy = path.join(importer, POLICY);
  const lines = readFileSync(policy, "utf8").split("\n");
  const granted = lines.flatMap((line) => (line.includes(GRANTED) ? [line, line.replace(GRANTED, PATTERN)] : [line]));
  expect(granted.length > lines.length, `nothing grants ${GRANTED}`);
  writeFileSync(policy, granted.join("\n"));
  await clear(page);
  await typeInto(page, "Control+P", POLICY);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "stack.py" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".tab.active", { hasText: "stack.py" }).waitFor();
  await command(page, "Problems: Focus on Problems View");
  await page.locator(".markers-panel .monaco-list-row", { hasText: "import-pending" }).first().dblclick();
  await page.locator(".monaco-editor .squiggly-info").first().waitFor();
}

async function acknowledgeShown(page: Page): Promise<void> {
  await command(page, "Blue: Acknowledge What This Repository Follows");
  await toast(page, "Push to letemcook?").getByRole("button", { name: "Push", exact: true }).waitFor();
  await page.locator(".tab", { hasText: "acknowledge-fungal-image-analysis" }).waitFor();
  await lineWith(page, "nothing of this is pushed before you agree to it").waitFor();
}

/** The text that was shown is open still: it lies in no repository, so which one is meant is asked. */
async function worktreeShown(page: Page, made: string): Promise<void> {
  await clear(page);
  await choose(page, "Blue: Make Worktrees Across a Domain");
  await page.locator(".quick-input-widget", { hasText: "Worktrees across a domain" }).waitFor();
  await page.locator(".quick-input-widget input").fill("previews");
  await page.keyboard.press("Enter");
  await toast(page, "which repository is meant?").getByRole("button", { name: IMPORTER }).click();
  await toast(page, "Make worktrees for a change across s3-access?").getByRole("button", { name: "Make them" }).waitFor();
  expect(!existsSync(made), "they were made before anybody agreed");
}

async function worktrees(page: Page, made: string): Promise<void> {
  await agreed(page, "Make worktrees for a change across s3-access?", "Make them", "Open them beside each other");
  expect(existsSync(path.join(made, POLICY)), "they are not there");
}

async function agreed(page: Page, question: string, answer: string, said: string): Promise<void> {
  await toast(page, question).getByRole("button", { name: answer, exact: true }).click();
  await toast(page, said).waitFor();
}

async function says(page: Page, name: string, said: string): Promise<void> {
  await clear(page);
  await page.locator(".tab", { hasText: "stack.py" }).click();
  await command(page, name);
  await toast(page, said).waitFor();
}

/** Puts away what popped up before, so that what pops up next is seen. */
async function clear(page: Page): Promise<void> {
  await command(page, "Notifications: Clear All Notifications");
}

/** What is on the page of a workbench, and how a person reaches it. */

import type { Locator, Page } from "playwright-core";

/** A message that pops up. */
export function toast(page: Page, hasText: string): Locator {
  return page.locator(".notification-toast", { hasText });
}

/** Runs a command by its name, from the palette. */
export async function command(page: Page, name: string): Promise<void> {
  await choose(page, name);
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

/** The same for a command that asks for something where the palette was. */
export async function choose(page: Page, name: string): Promise<void> {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").fill(`>${name}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor();
  await page.keyboard.press("Enter");
}

/** The line of the editor that has this text. */
export function lineWith(page: Page, text: string): Locator {
  return page.locator(".monaco-editor .view-line", { hasText: text }).first();
}

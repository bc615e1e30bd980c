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
  await typeInto(page, "F1", `>${name}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor();
  await page.keyboard.press("Enter");
}

/** How often the palette is opened anew before a step gives up, and how long each one waits, in milliseconds. */
const OPENED = 12;
const WAITED = 5_000;

/**
 * Opens the palette by its keys, and types there. What had the focus may take it back while the palette
 * opens (a webview does), which closes it again: then it is opened once more, as a person would do.
 */
export async function typeInto(page: Page, keys: string, text: string): Promise<void> {
  const input = page.locator(".quick-input-widget input");
  for (let left = OPENED; left > 0; left -= 1) {
    await page.keyboard.press(keys);
    const refused = await input.fill(text, { timeout: WAITED }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused === undefined) return;
    if (left === 1) throw refused;
  }
}

/** The line of the editor that has this text. */
export function lineWith(page: Page, text: string): Locator {
  return page.locator(".monaco-editor .view-line", { hasText: text }).first();
}

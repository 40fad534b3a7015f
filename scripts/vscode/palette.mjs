import { errors } from "playwright-core";

const WAIT_MS = 30_000;
const LOOK_AGAIN_MS = 2_000;

/**
 * Runs a command by its title, as a person does: F1, typing, and a click on it.
 * @param {import("playwright-core").Page} page
 * @param {string} title with its category: `Runwright: Sign In`
 */
export async function runPaletteCommand(page, title) {
  // A click and not Enter: pressed while the focus moves, that would go elsewhere and nobody would know.
  await untilDone(page, title, (row) => row.click({ timeout: LOOK_AGAIN_MS }));
}

/**
 * Opens the palette and types; returns when a command with these words is in its list.
 * @param {import("playwright-core").Page} page
 * @param {string} words
 */
export async function openPalette(page, words) {
  await untilDone(page, words, (row) => row.waitFor({ timeout: LOOK_AGAIN_MS }));
}

/** Opened before an extension has been read, the list stays without its commands: it is opened anew until they are there. */
async function untilDone(page, words, act) {
  const box = page.locator(".quick-input-widget");
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    await page.keyboard.press("F1");
    try {
      await box.locator("input.input").fill(`>${words}`, { timeout: LOOK_AGAIN_MS });
      return await act(box.locator(".monaco-list-row", { hasText: words }).first());
    } catch (error) {
      // The key was pressed while the focus moved, or the list doesn't have it yet.
      if (!(error instanceof errors.TimeoutError)) throw error;
    }
    if (performance.now() > deadline) throw new Error(`the palette has no command "${words}"`);
    await page.keyboard.press("Escape");
  }
}

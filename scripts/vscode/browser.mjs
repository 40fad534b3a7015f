import { join } from "node:path";
import { chromium } from "playwright-core";

/** What Chromium needs as root and in containers, where its own sandbox and shared memory aren't to be had. */
const ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"];

/**
 * A headless browser with one window. It ends with this process: Chromium watches the pipe to it.
 * @param {import("./setup.mjs").Editor} editor
 * @param {{ folder: string, colorScheme?: "light" | "dark" }} options `folder`: that of the run, which whoever started the server removes
 */
export async function openBrowser({ chromium: { executablePath, env } }, { folder, colorScheme = "dark" }) {
  const context = await chromium.launchPersistentContext(join(folder, "browser"), {
    executablePath,
    env: { ...process.env, ...env },
    headless: true,
    args: ARGUMENTS,
    viewport: { width: 1280, height: 800 },
    colorScheme,
    artifactsDir: join(folder, "artifacts"),
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return { page, close: () => context.close() };
}

import type { Context } from "mocha";
import { type Browser, chromium } from "playwright-core";
import { Unavailable } from "../../scripts/vscode/npm-package.mjs";
import { setUpChromium } from "../../scripts/vscode/setup.mjs";
import { skip } from "../support/skip.ts";

const SET_UP_WITHIN_MS = 5 * 60_000;
/** Without its own sandbox and shared memory, which root and containers lack. Pages of the loopback address may open sockets to it. */
const ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];

let opened: Promise<Browser> | undefined;

/** The headless browser of all files of this group, for a `before` hook: the suite is skipped where none can be had. */
export async function browserOrSkip(context: Context): Promise<Browser> {
  context.timeout(SET_UP_WITHIN_MS);
  opened ??= open();
  try {
    return await opened;
  } catch (error) {
    if (error instanceof Unavailable) skip(context, error.message);
    throw error;
  }
}

async function open(): Promise<Browser> {
  const { executablePath, env } = await setUpChromium();
  return chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ARGUMENTS });
}

// A hook of the root: it runs when the last file of the group is done.
after(async () => {
  const browser = await opened?.catch(() => undefined); // whoever was skipped knows why
  await browser?.close();
});

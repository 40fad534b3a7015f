import { Unavailable } from "./npm-package.mjs";
import { setUpEditor } from "./setup.mjs";
import { runInBrowser } from "./suite-in-browser.mjs";
import { runOnDesktop } from "./suite-on-desktop.mjs";
import { EDITORS } from "./versions.mjs";

const RELEASES = "https://update.code.visualstudio.com/api/releases/stable";
const ANSWER_WITHIN_MS = 5_000;

/**
 * @typedef {{ extension: string, tests: string, env: Readonly<Record<string, string>>, place?: string }} Parts
 *   `tests`: a module with `run()`; both hosts load the same; `place`: one of places.mjs
 * @typedef {{ name: string, run: (parts: Parts) => Promise<number> }} Host
 */

/**
 * VS Code on the desktop where it can be downloaded and shown, else its server with a headless browser, both of the same version.
 * @param {"newest" | "oldest"} which
 * @returns {Promise<Host>}
 * @throws {Unavailable} when neither can be had
 */
export async function chooseHost(which) {
  const { vscode } = EDITORS[which];
  const obstacle = await obstacleToDesktop({ platform: process.platform, env: process.env, isReachable });
  if (obstacle === undefined) return { name: `VS Code ${vscode} on the desktop`, run: (parts) => runOnDesktop(vscode, parts) };
  try {
    const editor = await setUpEditor(which);
    return { name: `VS Code ${vscode}'s server and a headless browser (no desktop: ${obstacle})`, run: (parts) => runInBrowser(editor, parts) };
  } catch (error) {
    if (error instanceof Unavailable) throw new Unavailable(`no VS Code: not on the desktop (${obstacle}), nor its server (${error.message})`);
    throw error;
  }
}

/**
 * @param {{ platform: string, env: Readonly<Record<string, string | undefined>>, isReachable: (address: string) => Promise<boolean> }} place
 * @returns {Promise<string | undefined>} why VS Code can't run on the desktop; undefined when it can
 */
export async function obstacleToDesktop({ platform, env, isReachable }) {
  if (platform === "linux" && !env.DISPLAY && !env.WAYLAND_DISPLAY) return "there is no display";
  if (!(await isReachable(RELEASES))) return "it can't be downloaded";
  return undefined;
}

async function isReachable(address) {
  try {
    return (await fetch(address, { method: "HEAD", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok;
  } catch {
    return false; // no network, or no way through
  }
}

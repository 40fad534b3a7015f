import { statSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";

/** Shipped also when `files` doesn't name them, as npm does. */
const ALWAYS = ["package.json", "README.md", "CHANGELOG.md"];
/** Never shipped, whatever `files` says: for those who build the extension. */
const NEVER = /(^|\/)(node_modules|\.[^/]+)(\/|$)|\.map$/;

/**
 * What of the extension's folder goes into the package: the patterns of `files` in its package.json; a folder stands for all that is in it.
 * @param {string} folder
 * @param {readonly string[]} patterns
 * @returns {Promise<string[]>} paths with slashes, sorted
 */
export async function filesToShip(folder, patterns) {
  const names = new Set();
  for await (const name of glob([...ALWAYS, ...patterns, ...patterns.map((pattern) => `${pattern.replace(/\/$/, "")}/**`)], { cwd: folder })) {
    const path = name.replaceAll("\\", "/");
    if (!NEVER.test(path) && statSync(join(folder, path)).isFile()) names.add(path);
  }
  return [...names].sort();
}

/** Under these keys a manifest names files; an icon may also be one of the editor's own, `$(name)`. */
const NAMES_A_FILE = new Set(["main", "icon", "path", "light", "dark", "svg", "markdown", "image", "url"]);

/**
 * Files that the manifest names and the package doesn't have: the editor would show an empty place, or nothing at all.
 * @param {unknown} manifest
 * @param {{ has(name: string): boolean }} shipped
 * @returns {string[]}
 */
export function missingFiles(manifest, shipped, key = "") {
  if (typeof manifest === "string") {
    const isFile = NAMES_A_FILE.has(key) && !/^(\$\(|https?:)/.test(manifest);
    return isFile && !shipped.has(manifest.replace(/^\.\//, "")) ? [manifest] : [];
  }
  if (Array.isArray(manifest)) return manifest.flatMap((one) => missingFiles(one, shipped, key));
  if (typeof manifest !== "object" || manifest === null) return [];
  return Object.entries(manifest).flatMap(([name, value]) => missingFiles(value, shipped, name));
}

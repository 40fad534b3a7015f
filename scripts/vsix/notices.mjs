import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Licences that let us pass the code on inside the bundle, as long as their text goes with it. */
const ALLOWED = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0"]);

/** @typedef {{ name: string, version: string, licence: string, text: string }} Bundled a package whose code is in the bundle */

/**
 * Packages that the bundler took code from.
 * @param {readonly string[]} inputs paths as in the bundler's metafile, relative to `folder`
 * @param {string} folder
 * @returns {Bundled[]} by name
 * @throws when a licence isn't one of those above, or its text is missing
 */
export function bundledPackages(inputs, folder) {
  const roots = new Set(inputs.flatMap((input) => packageRoot(input.replaceAll("\\", "/")) ?? []));
  return [...roots].map((root) => read(resolve(folder, root))).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function packageRoot(input) {
  return /^.*(^|\/)node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function read(root) {
  const { name, version, license: licence } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (!ALLOWED.has(licence)) throw new Error(`${name} ${version} is bundled and its licence is ${licence}: not one that we know to pass on`);
  const file = readdirSync(root).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (file === undefined) throw new Error(`${name} ${version} is bundled and has no file with its licence`);
  return { name, version, licence, text: readFileSync(join(root, file), "utf8").trim() };
}

/**
 * @param {readonly Bundled[]} packages
 * @returns {string} what the package says about the code of others in it
 */
export const notices = (packages) =>
  `Parts of these packages are in this extension.\n${packages.map(({ name, version, licence, text }) => `\n---- ${name} ${version} (${licence})\n\n${text}\n`).join("")}`;

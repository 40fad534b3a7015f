import { mkdirSync, mkdtempSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../setup.mjs";

/** Where modules that aren't bundled are found; dist/ isn't tracked. */
const OUTPUT = join(ROOT, "dist");
const INDEX = join(ROOT, "test", "extension", "suite", "index.ts");

/**
 * Bundles test files and the index that runs them, one CommonJS file for each, as an extension host loads them.
 * @param {readonly string[]} files
 * @returns {Promise<string>} the index; its folder is the caller's to remove
 */
export async function bundleSuite(files) {
  mkdirSync(OUTPUT, { recursive: true });
  const outdir = mkdtempSync(join(OUTPUT, "suite-"));
  const names = files.map((file) => basename(file));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two test files are called ${twice}: in ${dirname(INDEX)} each name is used once`);
  await build({
    entryPoints: [INDEX, ...files],
    entryNames: "[name]",
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    logLevel: "warning",
  });
  return join(outdir, "index.cjs");
}

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import { ROOT } from "../setup.mjs";
import { buildExtension } from "../vscode/build-extension.mjs";
import { filesToShip, missingFiles } from "./files.mjs";
import { contentTypes, extensionManifest } from "./manifest.mjs";
import { bundledPackages, notices } from "./notices.mjs";
import { packagedPage } from "./page.mjs";

const LARGEST = 1e6;
/** ZIP's first day, so that the same contents are the same bytes. It has no time zone, hence a local time. */
const MOMENT = new Date(1980, 0, 1);

/**
 * Builds the extension and packs it as VS Code expects: https://code.visualstudio.com/api/working-with-extensions/publishing-extension#packaging-extensions
 * @param {string} output
 * @returns {Promise<{ files: { name: string, bytes: number }[], size: number, licences: import("./notices.mjs").Bundled[] }>}
 * @throws when a file that the manifest names is missing, a licence isn't one we may pass on, or it is larger than 1 MB
 */
export async function packageExtension(output) {
  const folder = join(ROOT, "extension");
  const { built, inputs } = await buildToShip();
  const licences = bundledPackages(inputs, folder);

  const { devDependencies: _, scripts: __, private: ___, files: patterns, ...manifest } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const names = await filesToShip(folder, patterns);
  const contents = new Map([...names.filter((name) => !name.startsWith("dist/")).map((name) => [name, readFileSync(join(folder, name))]), ...built]);
  contents.set("package.json", Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
  contents.set("README.md", Buffer.from(packagedPage(readFileSync(join(folder, "README.md"), "utf8"))));
  contents.set("LICENSE.txt", readFileSync(join(ROOT, "LICENSE")));
  if (licences.length > 0) contents.set("THIRD_PARTY_NOTICES.txt", Buffer.from(notices(licences)));

  const missing = missingFiles(manifest, contents);
  if (missing.length > 0) throw new Error(`extension/package.json names what isn't among its files: ${missing.join(", ")}`);
  const shipped = {
    "[Content_Types].xml": Buffer.from(contentTypes([...contents.keys()])),
    "extension.vsixmanifest": Buffer.from(extensionManifest(manifest, [...contents.keys()])),
    ...Object.fromEntries([...contents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => [`extension/${name}`, bytes])),
  };
  const packed = zipSync(shipped, { level: 9, mtime: MOMENT });
  if (packed.length > LARGEST) throw new Error(`the package has ${packed.length} bytes, more than ${LARGEST}`);
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(`${output}.unfinished`, packed);
  renameSync(`${output}.unfinished`, output);
  return { files: Object.entries(shipped).map(([name, bytes]) => ({ name, bytes: bytes.length })), size: packed.length, licences };
}

/** Built in a folder of its own: extension/dist is for whoever runs or tests the extension meanwhile. */
async function buildToShip() {
  const folder = mkdtempSync(join(tmpdir(), "runwright-extension-"));
  try {
    const meta = join(folder, "meta.json");
    await buildExtension(["--minify", "--outdir", folder, "--metafile", meta]);
    const built = [
      ...readdirSync(folder).flatMap((name) => (name.endsWith(".cjs") ? [[`dist/${name}`, readFileSync(join(folder, name))]] : [])),
      // The same in each build, and put in its place at once.
      ["dist/runwright.d.ts", readFileSync(join(ROOT, "extension", "dist", "runwright.d.ts"))],
    ];
    return { built, inputs: Object.keys(JSON.parse(readFileSync(meta, "utf8")).inputs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

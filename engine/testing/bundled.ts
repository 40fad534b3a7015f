import { realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Bundle, bundleRunbook, PACKAGE_LIST } from "../authoring/bundle.ts";
import { formatDiagnostic } from "../core/diagnostic.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Manifest } from "../core/manifest.ts";
import type { SharedSandbox } from "./shared-sandbox.ts";

export interface LoadedRunbook extends Bundle {
  /** Real path of its file. */
  file: string;
  manifest: Manifest;
}

interface Kept {
  stamp: string;
  loaded: Promise<LoadedRunbook>;
}

const kept = new Map<string, Kept>();

/** Bundles a runbook and reads what it declares, once as long as none of its files changes. @throws CHECK_FAILED */
export async function loadBundle(path: string, sandbox: SharedSandbox): Promise<LoadedRunbook> {
  const file = realpathSync(path);
  const known = kept.get(file);
  if (known !== undefined && known.stamp === stampOf(file, (await known.loaded).sources)) return known.loaded;
  const loaded = load(file, sandbox);
  const entry: Kept = { stamp: "", loaded };
  kept.set(file, entry);
  try {
    entry.stamp = stampOf(file, (await loaded).sources);
  } catch (error) {
    kept.delete(file);
    throw error;
  }
  return loaded;
}

async function load(file: string, sandbox: SharedSandbox): Promise<LoadedRunbook> {
  const bundled = await bundleRunbook({ entry: file });
  if (!bundled.ok)
    throw new RunwrightError("CHECK_FAILED", bundled.diagnostics.map(formatDiagnostic).join("\n"), { details: { diagnostics: bundled.diagnostics } });
  const { bundle, bundleHash, sourceMap } = bundled.bundle;
  const extraction = await sandbox.extract({ bundle, bundleHash, sourceMap });
  if (!extraction.ok) throw new RunwrightError("CHECK_FAILED", `${file}: ${extraction.error.message}`);
  return { ...bundled.bundle, file, manifest: extraction.manifest };
}

function stampOf(file: string, sources: Bundle["sources"]): string {
  const paths = sources.filter(({ path }) => path !== PACKAGE_LIST).map(({ path }) => join(dirname(file), path));
  return paths
    .map((path) => {
      const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 };
      return `${path} ${mtimeMs} ${size}`;
    })
    .join("\n");
}

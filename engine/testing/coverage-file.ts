import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedRunbook } from "./bundled.ts";
import { settings } from "./settings.ts";

/** Where a bundle was in all jobs of one process, as it is handed from a test's process to the command that asked for it. */
export interface CoverageFile {
  /** The runbook's. */
  file: string;
  bundle: string;
  sourceMap: string;
  runs: readonly (readonly { start: number; end: number; count: number }[])[];
}

const runs = new Map<string, CoverageFile & { runs: CoverageFile["runs"][number][] }>();

/** @param ranges JSON text from the runner */
export function keepCoverage({ file, bundle, bundleHash, sourceMap }: LoadedRunbook, ranges: string): void {
  const folder = settings().coverage;
  if (folder === undefined) return;
  if (runs.size === 0) process.once("exit", () => write(folder));
  const known = runs.get(bundleHash) ?? { file, bundle, sourceMap, runs: [] };
  runs.set(bundleHash, known);
  known.runs.push(JSON.parse(ranges) as CoverageFile["runs"][number]);
}

/** One file a bundle and process: nothing that two write at once. */
function write(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  for (const one of runs.values()) {
    const name = createHash("sha256").update(`${one.file} ${process.pid}`).digest("hex").slice(0, 16);
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(one));
  }
}

import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Diagnostic } from "../core/diagnostic.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Bundle } from "./bundle.ts";
import { createBundlerApart } from "./bundle-apart.ts";
import { type CheckResult, createChecker, type Extractor } from "./check.ts";
import type { SourceFile } from "./modules.ts";
import { runbookNameOf } from "./names.ts";
import { requireSources } from "./receive.ts";
import { createTypeChecker } from "./typecheck.ts";

/** Of all sources together: a runbook and what it shares with others. Packages can't be sent. */
const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 200;
/** Nobody writes longer lines; the bundler repeats a line with each mistake that it finds in it. */
const LONGEST_LINE = 2_000;
/** What is under way or waits. Each takes a compiler for a second or two: who is told to come back later waits less than at the end of a longer queue. */
const MOST_AT_ONCE = 8;
/** Of one person: who saves in many windows doesn't stop the others. */
const MOST_OF_ONE = 2;

export interface SourcesToCheck {
  /** Path of the runbook among the sources. */
  entry: string;
  /** Paths relative to one folder that holds them all. */
  sources: readonly SourceFile[];
  /** Id of who asks. */
  by: string;
  signal?: AbortSignal;
}

/** Whoever made a thousand mistakes begins with the first ones. */
const MOST_DIAGNOSTICS = 1_000;
/** Time for one runbook: one takes a second or two. */
const TIME_LIMIT_MS = 20_000;

/** Sources that were checked; with `ok` also what is to be sent to save or publish them. */
export interface CheckedSources {
  ok: boolean;
  diagnostics: Diagnostic[];
  manifest: Manifest | null;
  made: Pick<Bundle, "bundle" | "bundleHash" | "sourceMap" | "sources"> | null;
}

export interface SourceChecker {
  /**
   * The check and the bundling of `runwright runbook publish` for sources that came over the network: nothing of them is kept, and nothing else of this machine is read.
   * @throws BAD_REQUEST (names, paths), TOO_LARGE, OVERLOADED
   */
  check(request: SourcesToCheck): Promise<CheckedSources>;
  /** Ends what is under way, which rejects. */
  stop(): void;
}

export function createSourceChecker({ extractor }: { extractor: Extractor }): SourceChecker {
  const typeChecker = createTypeChecker({ processes: 1, timeLimitMs: TIME_LIMIT_MS });
  const bundler = createBundlerApart({ timeLimitMs: TIME_LIMIT_MS });
  const checker = createChecker({ extractor, typeChecker, bundle: bundler.bundle });
  const underWay: string[] = [];
  return {
    async check({ entry, sources, by, signal }) {
      runbookNameOf(entry);
      requireSources(sources, { maxBytes: MAX_BYTES, maxFiles: MAX_FILES });
      if (sources.some(({ path }) => path.startsWith("../")))
        throw new RunwrightError("BAD_REQUEST", "source paths must lie in one folder: send them relative to the one that holds them all");
      const wide = sources.find(({ text }) => text.split("\n").some((line) => line.length > LONGEST_LINE));
      if (wide)
        throw new RunwrightError(
          "BAD_REQUEST",
          `${wide.path} has a line of more than ${LONGEST_LINE} characters: that isn't source, or should be broken into lines`,
        );
      if (!sources.some(({ path }) => path === entry)) throw new RunwrightError("BAD_REQUEST", `the entry ${JSON.stringify(entry)} isn't among the sources`);
      if (underWay.filter((one) => one === by).length >= MOST_OF_ONE)
        throw new RunwrightError("OVERLOADED", `${MOST_OF_ONE} runbooks of yours are being checked; try again in a few seconds`);
      if (underWay.length >= MOST_AT_ONCE) throw new RunwrightError("OVERLOADED", `${underWay.length} runbooks are being checked; try again in a few seconds`);
      const folder = mkdtempSync(join(realpathSync(tmpdir()), "runwright-sources-"));
      underWay.push(by);
      try {
        // Written one after another, each anew: two paths that a file system holds to be the same are refused by it.
        for (const { path, text } of sources) await write(join(folder, path), text);
        const result = await checker.check({ entry: join(folder, entry), confineTo: folder, ...(signal && { signal }) });
        return { ok: result.ok, diagnostics: result.diagnostics.slice(0, MOST_DIAGNOSTICS), manifest: result.manifest ?? null, made: madeOf(result) };
      } finally {
        underWay.splice(underWay.indexOf(by), 1);
        await rm(folder, { recursive: true, force: true });
      }
    },
    stop() {
      typeChecker.stop();
      bundler.stop();
    },
  };
}

function madeOf({ ok, bundle, bundleHash, sourceMap, sources }: CheckResult): CheckedSources["made"] {
  if (!ok || bundle === undefined || bundleHash === undefined || sourceMap === undefined || sources === undefined) return null;
  return { bundle, bundleHash, sourceMap, sources };
}

async function write(file: string, text: string): Promise<void> {
  try {
    mkdirSync(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR" || code === "ENAMETOOLONG")
      throw new RunwrightError("BAD_REQUEST", "two source paths stand in each other's way, or one is too long", { cause });
    if (code === "ENOSPC") throw new RunwrightError("DISK_FULL", "the engine's disk is full: the sources can't be looked at", { cause });
    throw cause;
  }
}

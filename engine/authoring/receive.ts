import { type Diagnostic, formatDiagnostic } from "../core/diagnostic.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Manifest } from "../core/manifest.ts";
import { bundleHashOf, MAX_BUNDLE_BYTES } from "./bundle.ts";
import { type Extractor, reviewExtraction } from "./check.ts";
import type { SourceFile } from "./modules.ts";
import { requireRunbookName } from "./names.ts";

const MAX_SOURCE_BYTES = 5 * 1024 * 1024;
const MAX_SOURCE_FILES = 1_000;
const MAX_MAP_BYTES = 20 * 1024 * 1024;

/** A runbook as a client sends it: source to read, bundle to run, map for stack traces. */
export interface UploadedRunbook {
  name: string;
  bundle: string;
  /** What the client computed; shows damage on the way. */
  bundleHash: string;
  sourceMap: string | null;
  sources: readonly SourceFile[];
}

export interface ReceivedRunbook {
  name: string;
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
  sources: SourceFile[];
  /** Taken from the bundle, whatever the client may believe. */
  manifest: Manifest;
  /** Warnings. */
  diagnostics: Diagnostic[];
}

export interface Receiver {
  /**
   * Accepts a runbook from a client. Nothing of it is installed, bundled or type checked here; what it declares comes from the bundle that will run.
   * @throws TOO_LARGE, BAD_REQUEST (name, hash, paths, map), CHECK_FAILED whose details are `{ diagnostics }`
   */
  receive(upload: UploadedRunbook): Promise<ReceivedRunbook>;
}

export function createReceiver({ extractor }: { extractor: Extractor }): Receiver {
  return {
    async receive({ name, bundle, bundleHash, sourceMap, sources }) {
      requireRunbookName(name);
      requireSize("bundle", Buffer.byteLength(bundle), MAX_BUNDLE_BYTES);
      requireSize("source map", Buffer.byteLength(sourceMap ?? ""), MAX_MAP_BYTES);
      requireSources(sources);
      if (bundleHashOf(bundle) !== bundleHash)
        throw new RunwrightError("BAD_REQUEST", `the bundle of ${name} doesn't match its hash: it was changed or cut on its way; send it again`);
      if (sourceMap !== null) requireMap(sourceMap);
      const own = entryOf(name, sources);
      const extraction = await extractor.extract({ bundle, bundleHash, sourceMap });
      const diagnostics = reviewExtraction(extraction, own, sources);
      const errors = diagnostics.filter((one) => one.severity === "error");
      if (!extraction.ok || errors.length > 0) {
        throw new RunwrightError("CHECK_FAILED", errors.map(formatDiagnostic).join("\n"), { details: { diagnostics } });
      }
      return { name, bundle, bundleHash, sourceMap, sources: sources.map(({ path, text }) => ({ path, text })), manifest: extraction.manifest, diagnostics };
    },
  };
}

function requireSize(what: string, bytes: number, most: number): void {
  if (bytes > most) throw new RunwrightError("TOO_LARGE", `the ${what} has ${bytes} bytes; at most ${most} are accepted`);
}

/** @throws BAD_REQUEST, TOO_LARGE */
export function requireSources(
  sources: readonly SourceFile[],
  { maxBytes = MAX_SOURCE_BYTES, maxFiles = MAX_SOURCE_FILES }: { maxBytes?: number; maxFiles?: number } = {},
): void {
  if (sources.length === 0) throw new RunwrightError("BAD_REQUEST", "the sources are missing: send the files that the bundle was made from");
  if (sources.length > maxFiles) throw new RunwrightError("TOO_LARGE", `${sources.length} source files; at most ${maxFiles} are accepted`);
  requireSize(
    "source",
    sources.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    maxBytes,
  );
  const paths = new Set(sources.map(({ path }) => path));
  if (paths.size < sources.length) throw new RunwrightError("BAD_REQUEST", "two source files have the same path");
  for (const path of paths) {
    // A leading ../ is fine, for files shared by runbooks; the paths are shown and compared, never opened.
    const [first, ...rest] = path.replace(/^(\.\.\/)+/, "").split("/");
    const isPlain = [first, ...rest].every((part) => part !== "" && part !== undefined && part !== "." && part !== "..");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (!isPlain || /[\\\x00-\x1f]|^[A-Za-z]:/.test(path) || path.length > 500)
      throw new RunwrightError("BAD_REQUEST", `source path ${JSON.stringify(path.slice(0, 100))} must be relative, with "/"`);
  }
}

function requireMap(sourceMap: string): void {
  try {
    const map: unknown = JSON.parse(sourceMap);
    if (typeof map === "object" && map !== null && "mappings" in map && typeof map.mappings === "string" && "sources" in map && Array.isArray(map.sources))
      return;
  } catch {
    // told below, together with JSON of another shape
  }
  throw new RunwrightError("BAD_REQUEST", "the source map isn't one; send the map that the bundler wrote, or none");
}

const entryOf = (name: string, sources: readonly SourceFile[]): SourceFile =>
  sources.find(({ path }) => path === `${name}.ts` || path === `${name}.mts`) ?? sources[0] ?? { path: `${name}.ts`, text: "" };

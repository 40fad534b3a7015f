import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { build, type Message } from "esbuild";
import { DIAGNOSTIC_CODES, type Diagnostic, sortDiagnostics } from "../core/diagnostic.ts";
import { type ModuleRecord, modulesPlugin, type SourceFile, USER_FILES } from "./modules.ts";

export const MAX_BUNDLE_BYTES = 5 * 1024 * 1024;

/** What stands for the packages among the sources. */
export const PACKAGE_LIST = "packages.txt";

/** A runbook made ready to run, with what people read. */
export interface Bundle {
  /** JavaScript: an immediately invoked function that sets the global `__runbook` to `{ default: … }`. */
  bundle: string;
  /** SHA-256 of the bundle's UTF-8 bytes, hex. Equal for equal sources and packages, wherever and whenever they are bundled. */
  bundleHash: string;
  /** JSON; `sources` are relative to the runbook's folder. */
  sourceMap: string;
  /** The author's files, by path; the runbook itself is one of them. With packages, a last one lists them, so that a diff of two versions shows them too. */
  sources: SourceFile[];
  /** Packages that went in, as `name@version`, sorted. */
  packages: string[];
}

export type BundleResult = { ok: true; bundle: Bundle; diagnostics: Diagnostic[] } | { ok: false; diagnostics: Diagnostic[] };

export interface BundleOptions {
  /** Path of the runbook. */
  entry: string;
  /** Refuses files of the author outside this folder. */
  confineTo?: string;
  signal?: AbortSignal;
}

export const bundleHashOf = (bundle: string): string => createHash("sha256").update(bundle, "utf8").digest("hex");

/** Bundles one runbook. What is wrong with its imports and its syntax comes back as diagnostics; rejects only when `signal` is aborted or the entry can't be read. */
export async function bundleRunbook({ entry, confineTo, signal }: BundleOptions): Promise<BundleResult> {
  signal?.throwIfAborted();
  const file = realpathSync(entry);
  const folder = dirname(file);
  const name = basename(file);
  const record: ModuleRecord = { sources: new Map(), packages: new Set() };
  const result = await build({
    stdin: {
      contents: `import runbook from ${JSON.stringify(`./${name}`)};\nglobalThis.__runbook = { default: runbook };\n`,
      resolveDir: folder,
      loader: "js",
    },
    absWorkingDir: folder,
    outfile: "runbook.js",
    write: false,
    bundle: true,
    format: "iife",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "node26", // what its V8 runs natively, such as Temporal and `using`, stays as it was written
    charset: "utf8",
    legalComments: "none",
    sourcemap: "external",
    sourcesContent: true,
    define: { "process.env.NODE_ENV": '"production"' }, // read by many packages; nothing else of `process` exists
    tsconfigRaw: { compilerOptions: { strict: true, useDefineForClassFields: true, verbatimModuleSyntax: false } }, // the folder's own would change the output
    plugins: [modulesPlugin({ folder, record, ...(confineTo !== undefined && { confineTo: realpathSync(confineTo) }) })],
    logLevel: "silent",
  }).catch((error: unknown) => {
    if (isBuildFailure(error)) return error;
    throw error;
  });
  signal?.throwIfAborted();
  const warnings = result.warnings.map((message) => toDiagnostic(message, name, "warning"));
  if (!("outputFiles" in result))
    return { ok: false, diagnostics: sortDiagnostics([...result.errors.map((message) => toDiagnostic(message, name, "error")), ...warnings]) };

  const text = (suffix: string) => result.outputFiles.find((output) => output.path.endsWith(suffix))?.text ?? "";
  const bundle = text(".js");
  const size = Buffer.byteLength(bundle);
  if (size > MAX_BUNDLE_BYTES) {
    const message = `the bundle has ${size} bytes, more than ${MAX_BUNDLE_BYTES}: import less, or only the parts of a package that you need`;
    return { ok: false, diagnostics: sortDiagnostics([...warnings, { file: name, line: 1, column: 1, code: "TOO_LARGE", message, severity: "error" }]) };
  }
  const sources = [...record.sources].map(([path, contents]) => ({ path, text: contents }));
  sources.sort((a, b) => (a.path < b.path ? -1 : 1));
  const packages = [...record.packages].sort();
  if (packages.length > 0) sources.push({ path: PACKAGE_LIST, text: packages.map((one) => `${one}\n`).join("") });
  return {
    ok: true,
    bundle: { bundle, bundleHash: bundleHashOf(bundle), sourceMap: cleanMap(text(".map")), sources, packages },
    diagnostics: sortDiagnostics(warnings),
  };
}

interface BuildFailure {
  errors: Message[];
  warnings: Message[];
}
const isBuildFailure = (error: unknown): error is BuildFailure => error instanceof Error && "errors" in error && Array.isArray(error.errors);

/** In the map, the author's files are named as in `sources`; texts of packages are left out, because the map would be many times the bundle. */
function cleanMap(json: string): string {
  const map = JSON.parse(json) as { sources: string[]; sourcesContent: (string | null)[] };
  const own = `${USER_FILES}:`;
  map.sourcesContent = map.sources.map((source, i) => (source.startsWith(own) ? (map.sourcesContent[i] ?? null) : null));
  map.sources = map.sources.map((source) => (source.startsWith(own) ? source.slice(own.length) : source));
  return JSON.stringify(map);
}

function toDiagnostic({ text, location, detail }: Message, entry: string, severity: Diagnostic["severity"]): Diagnostic {
  const own = DIAGNOSTIC_CODES.find((code) => code === detail);
  // The generated first module imports the runbook's default export: what fails there, fails because of the runbook.
  if (location === null || location.file === "<stdin>") {
    const start = { file: entry, line: 1, column: 1, severity };
    if (!/No matching export/.test(text)) return { ...start, code: own ?? "BUNDLE", message: text };
    return { ...start, code: "NO_EXPORT", message: "the module has no default export; write: export default runbook({ ... })" };
  }
  const prefix = `${USER_FILES}:`;
  const place = { file: location.file.startsWith(prefix) ? location.file.slice(prefix.length) : location.file, line: location.line, severity };
  if (text.startsWith("Top-level await"))
    return { ...place, column: 1, code: "TOP_LEVEL_AWAIT", message: "a runbook can't wait while it is loaded; await in run" };
  const column = Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1; // esbuild counts bytes
  return { ...place, column, code: own ?? (severity === "error" ? "SYNTAX" : "BUNDLE"), message: text };
}

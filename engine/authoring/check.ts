import { basename } from "node:path";
import type { DefinitionProblem } from "../core/definition.ts";
import { type Diagnostic, type DiagnosticCode, sortDiagnostics } from "../core/diagnostic.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Extraction } from "../core/run.ts";
import { SchemaTooCostly, schemaErrors } from "../protocol/schema-check.ts";
import { type Bundle, bundleRunbook } from "./bundle.ts";
import { locateInDefinition } from "./locate.ts";
import type { SourceFile } from "./modules.ts";
import { reviewPermissions } from "./permission-review.ts";
import type { TypeChecker } from "./typecheck.ts";

/** Loads a bundle in a fresh isolate without any capability; the sandbox does. Never rejects for what the bundle does. */
export interface Extractor {
  extract(bundle: { bundle: string; bundleHash: string; sourceMap: string | null }): Promise<Extraction>;
}

export interface CheckOptions {
  /** Path of the runbook. */
  entry: string;
  /** Refuses files of the author outside this folder; for sources that came over the network. */
  confineTo?: string;
  signal?: AbortSignal;
}

/** With `ok` everything else is there too; without it, as far as the check came. */
export interface CheckResult extends Partial<Bundle> {
  /** No error; there may be warnings. */
  ok: boolean;
  /** Sorted by place. */
  diagnostics: Diagnostic[];
  manifest?: Manifest;
}

export interface Checker {
  /** Type check, bundle, manifest. @throws when the entry can't be read or `signal` is aborted */
  check(options: CheckOptions): Promise<CheckResult>;
}

/** @param parts.bundle default: in this process */
export function createChecker({
  extractor,
  typeChecker,
  bundle: bundleOf = bundleRunbook,
}: {
  extractor: Extractor;
  typeChecker: TypeChecker;
  bundle?: typeof bundleRunbook;
}): Checker {
  return {
    async check({ entry, confineTo, signal }) {
      const [types, bundled] = await Promise.all([typeChecker.check({ entry, confineTo, signal }), bundleOf({ entry, confineTo, signal })]);
      if (!bundled.ok) return { ok: false, diagnostics: sortDiagnostics(withoutEchoes(types, bundled.diagnostics)) };
      const { bundle } = bundled;
      const own = bundle.sources.find((source) => source.path === basename(entry)) ?? bundle.sources[0] ?? { path: basename(entry), text: "" };
      const extraction = await extractor.extract(bundle);
      signal?.throwIfAborted();
      const diagnostics = sortDiagnostics([...types, ...bundled.diagnostics, ...reviewExtraction(extraction, own, bundle.sources)]);
      const ok = diagnostics.every((one) => one.severity !== "error");
      return { ok, diagnostics, ...bundle, ...(extraction.ok && { manifest: extraction.manifest }) };
    },
  };
}

/** What is wrong with, or to be remarked on, what a bundle declares: client and engine say the same. */
export function reviewExtraction(extraction: Extraction, own: SourceFile, sources: readonly SourceFile[]): Diagnostic[] {
  if (!extraction.ok) return extractionDiagnostics(extraction, own, sources);
  const defaults = defaultProblems(extraction.manifest).map((problem) => problemDiagnostic(problem, own));
  return [...defaults, ...reviewPermissions(extraction.manifest.permissions, own, sources)];
}

/** The compiler also complains about imports that the bundler refused, and less to the point; of a syntax error one report is enough, and there the compiler's is better. */
function withoutEchoes(types: readonly Diagnostic[], bundling: readonly Diagnostic[]): Diagnostic[] {
  const place = (one: Diagnostic) => `${one.file}:${one.line}:${one.column}`;
  const refused = new Set(bundling.filter((one) => one.code !== "SYNTAX").map(place));
  const unresolved = ["TS2307", "TS2591", "TS2792", "TS7016", "TS2882"];
  const kept = types.filter((one) => !(unresolved.includes(one.code) && refused.has(place(one))));
  const hasSyntax = kept.some((one) => /^TS1\d{3}$/.test(one.code));
  return [...kept, ...bundling.filter((one) => !(one.code === "SYNTAX" && hasSyntax))];
}

const CODES: Record<string, DiagnosticCode> = { permissions: "PERMISSION_INVALID", limits: "LIMIT_INVALID", parameters: "PARAMETERS_INVALID" };

const problemDiagnostic = ({ path, message }: DefinitionProblem, own: SourceFile): Diagnostic => ({
  file: own.path,
  ...locateInDefinition(own.text, path),
  code: CODES[/^\w+/.exec(path)?.[0] ?? ""] ?? "DEFINITION_INVALID",
  message: path === "" ? message : `${path}: ${message}`,
  severity: "error",
});

function extractionDiagnostics(extraction: Extraction & { ok: false }, own: SourceFile, sources: readonly SourceFile[]): Diagnostic[] {
  const { failureCode, error, problems } = extraction;
  if (problems !== undefined) return problems.map((problem) => problemDiagnostic(problem, own));
  const thrown = throwPlace(error.stack, sources) ?? { file: own.path, ...locateInDefinition(own.text, "") };
  const at = (code: DiagnosticCode, message: string): Diagnostic[] => [{ ...thrown, code, message, severity: "error" }];
  if (failureCode === "cpu" || failureCode === "timeout") return at("IMPORT_LOOPS", "loading the module doesn't end: move the work into run");
  if (failureCode === "memory") return at("IMPORT_MEMORY", "loading the module takes too much memory: move the work into run");
  return at("IMPORT_FAILED", error.name === "Error" ? error.message : `${error.name}: ${error.message}`);
}

/** The innermost frame that lies in a file of the author; the sandbox has mapped the stack. */
function throwPlace(stack: string | undefined, sources: readonly SourceFile[]): Pick<Diagnostic, "file" | "line" | "column"> | undefined {
  for (const frame of stack?.split("\n") ?? []) {
    const [, file = "", line, column] = /([^\s()]+):(\d+):(\d+)\)?$/.exec(frame) ?? [];
    const source = sources.find(({ path }) => path.replace(/^(\.\.\/)+/, "") === file.replace(/^(\.\.\/)+/, ""));
    if (source !== undefined) return { file: source.path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** A default that its own schema refuses would make every job without that parameter impossible. */
function defaultProblems({ parameters }: Manifest): DefinitionProblem[] {
  const properties = parameters.properties as Record<string, Record<string, unknown>> | undefined;
  return Object.entries(properties ?? {}).flatMap(([name, schema]) => {
    if (typeof schema !== "object" || !("default" in schema)) return [];
    const wrong = problemOf(schema, schema.default);
    return wrong === undefined ? [] : [{ path: `parameters.properties.${name}.default`, message: `doesn't fit the parameter: ${wrong}` }];
  });
}

function problemOf(schema: Record<string, unknown>, value: unknown): string | undefined {
  try {
    const [first] = schemaErrors(schema, value);
    return first?.message;
  } catch (error) {
    if (error instanceof SchemaTooCostly) return error.message;
    throw error;
  }
}

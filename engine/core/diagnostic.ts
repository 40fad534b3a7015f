/** What a check can find; `docs/runbooks.md` lists the same codes. */
export const DIAGNOSTIC_CODES = [
  // imports
  "NODE_BUILTIN",
  "NOT_FOUND",
  "NOT_IN_SANDBOX",
  "UNSUPPORTED_IMPORT",
  "OUTSIDE",
  // the module
  "SYNTAX",
  "TOP_LEVEL_AWAIT",
  "NO_EXPORT",
  "BUNDLE",
  "TOO_LARGE",
  "TYPE_CHECK_TIMEOUT",
  // loading it
  "IMPORT_FAILED",
  "IMPORT_LOOPS",
  "IMPORT_MEMORY",
  // what it declares
  "DEFINITION_INVALID",
  "PARAMETERS_INVALID",
  "PERMISSION_INVALID",
  "LIMIT_INVALID",
  "BROAD_PERMISSION",
  "UNUSED_PERMISSION",
] as const;
/** One of ours, or one of the TypeScript compiler's. */
export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number] | `TS${number}`;

/** One problem of a runbook, at its place in the TypeScript source. */
export interface Diagnostic {
  /** Relative to the folder of the runbook, with `/`. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. */
  column: number;
  code: DiagnosticCode;
  message: string;
  severity: "error" | "warning";
}

/** By file, line and column; errors before warnings at the same place. Equal ones appear once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byPlace = (a: Diagnostic, b: Diagnostic) =>
    compare(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compare(a.severity, b.severity) ||
    compare(a.code, b.code) ||
    compare(a.message, b.message);
  const sorted = [...diagnostics].sort(byPlace);
  return sorted.filter((one, i) => i === 0 || byPlace(one, sorted[i - 1] ?? one) !== 0);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** `hello.ts:3:5: error TS2345: message`, as editors and terminals recognise it. */
export const formatDiagnostic = (one: Diagnostic): string => `${one.file}:${one.line}:${one.column}: ${one.severity} ${one.code}: ${one.message}`;

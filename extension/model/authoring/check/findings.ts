import type { Diagnostic } from "../../../../engine/core/diagnostic.ts";
import type { Program } from "../../workspace/program.ts";

/** Where runbooks are checked. */
export type Place =
  | { kind: "workspace"; program: Program }
  | { kind: "engine"; address: string }
  /** Nowhere, and why; said to people. */
  | { kind: "nowhere"; why: "untrusted" | "signedOut" };

/** What a check found; `problem`: it couldn't be done. */
export type Findings = { diagnostics: readonly Diagnostic[]; problem?: undefined } | { diagnostics?: undefined; problem: string };

/** What came from a program or over a network, as far as it has the form of diagnostics. */
export function readDiagnostics(value: unknown): Diagnostic[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((one): Diagnostic[] => {
    const { file, line, column, code, message, severity }: Partial<Record<keyof Diagnostic, unknown>> = Object(one);
    const isPlace = typeof file === "string" && Number.isSafeInteger(line) && Number.isSafeInteger(column);
    if (!isPlace || typeof code !== "string" || typeof message !== "string") return [];
    return [
      {
        file,
        line: Math.max(1, Number(line)),
        column: Math.max(1, Number(column)),
        code: code as Diagnostic["code"],
        message,
        severity: severity === "error" ? "error" : "warning",
      },
    ];
  });
}

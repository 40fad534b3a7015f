import type { Diagnostic } from "../../../../engine/core/diagnostic.ts";
import { isRunwrightError } from "../../../../engine/core/errors.ts";
import type { Checked } from "../../../../engine/protocol/http/runbooks.ts";
import { type Patience, patiently } from "../../client/when-overloaded.ts";
import type { EngineClient } from "../engine-access.ts";
import { type Findings, readDiagnostics } from "./findings.ts";
import type { SentSources } from "./source-closure.ts";

/** A check waits for those before it, and takes up to half a minute. */
const TIMEOUT_MS = 60_000;

/** Has the engine check sources; it keeps nothing of them. */
export async function checkOnEngine(
  sent: SentSources,
  { client, signal, ...patience }: { client: EngineClient; signal: AbortSignal } & Patience,
): Promise<Findings> {
  const shape = { ok: "boolean", diagnostics: "array" } as const;
  const ask = () => client.ask<Checked>("POST", "/api/v1/check", shape, { body: sent, signal, timeoutMs: TIMEOUT_MS });
  try {
    const answer = await patiently(ask, patience, signal);
    return { diagnostics: engineDiagnostics(answer.diagnostics) };
  } catch (error) {
    if (!isRunwrightError(error)) throw error;
    return { problem: refusalOf(error, "check runbooks").message };
  }
}

/** What an engine found, with what to do where it lacks something that is here. */
export const engineDiagnostics = (value: unknown): Diagnostic[] =>
  (readDiagnostics(value) ?? []).map((one) => (one.code === "NOT_FOUND" ? { ...one, message: withAdvice(one.message) } : one));

/** Why an engine won't look at sources, with what to do. @param what it was to do */
export function refusalOf(error: unknown, what: string): Error {
  if (isRunwrightError(error, "NOT_FOUND")) return new Error(`this engine is too old to ${what}: update it, or install runwright in the workspace`);
  if (isRunwrightError(error, "PERMISSION_DENIED")) return new Error("checking on the engine takes the role author; or install runwright in the workspace");
  return error instanceof Error ? error : new Error(String(error));
}

/** An engine has none of the packages that are installed here. */
const withAdvice = (message: string) =>
  message.startsWith("there is no package")
    ? `${message.replace(/; install it.*$/s, "")}: engines check without packages; install runwright in the workspace to check this here`
    : message;

import type { MadeRunbook } from "../../../engine/cli/resources/runbook-document.ts";
import type { Diagnostic } from "../../../engine/core/diagnostic.ts";
import type { Bundled } from "../../../engine/protocol/http/runbooks.ts";
import { engineDiagnostics, refusalOf } from "../authoring/check/engine-check.ts";
import type { SentSources } from "../authoring/check/source-closure.ts";
import type { Client } from "../client/client.ts";
import { type Patience, patiently } from "../client/when-overloaded.ts";

/** It waits for those before it, and takes up to half a minute. */
const TIMEOUT_MS = 60_000;
export interface EngineBundling extends Patience {
  client: Pick<Client, "ask">;
}

/** Has the engine check and bundle sources; it keeps nothing of them. `made`: they pass. @throws what the engine says, with what to do */
export async function bundleOnEngine(
  sent: SentSources,
  { client, ...patience }: EngineBundling,
  signal: AbortSignal,
): Promise<{ diagnostics: Diagnostic[]; made?: MadeRunbook }> {
  const shape = { ok: "boolean", diagnostics: "array", made: "object?" } as const;
  const ask = () => client.ask<Bundled>("POST", "/api/v1/bundle", shape, { body: sent, signal, timeoutMs: TIMEOUT_MS });
  try {
    const { diagnostics, made } = await patiently(ask, patience, signal);
    return { diagnostics: engineDiagnostics(diagnostics), ...(made && { made }) };
  } catch (error) {
    throw signal.aborted ? error : refusalOf(error, "publish runbooks from their sources");
  }
}

import { whyNotCarrier } from "../../core/deploy/carrier.ts";
import { type Scope, scopeIncludes } from "../../core/scope.ts";
import type { Store } from "../../store/store.ts";

/** Where a job about a deployment lies. A runbook may have moved, or got more permissions, since the window was written. @param version null: the newest @returns with why it can't be that runbook */
export async function placeOfJob(
  { read }: Pick<Store, "read">,
  scope: Scope,
  { runbook: name, version: number }: { runbook: string; version: number | null },
): Promise<{ scope: Scope; why?: string }> {
  const runbook = await read.runbooks.byName(name);
  const version = runbook && (await read.runbooks.version(runbook.id, number ?? runbook.latestVersion));
  if (!runbook || !version) return { scope }; // what is wrong with it is told by the door
  if (scopeIncludes(scope, runbook.scope)) return { scope: runbook.scope };
  const why = whyNotCarrier(scope, { ...runbook, permissions: version.manifest.permissions });
  return { scope, ...(why === undefined ? {} : { why }) };
}

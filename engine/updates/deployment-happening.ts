import type { StatusCounts } from "../core/deploy/rollout-outcome.ts";
import type { Happening, HappeningKind } from "../core/happening.ts";
import type { DeploymentRecord } from "../store/records/deployments.ts";
import type { Writes } from "../store/store.ts";

/** Tells event rules that a deployment was halted or has ended. */
export async function tellOfDeployment(
  tx: Writes,
  kind: Extract<HappeningKind, "deployment.halted" | "deployment.ended">,
  { id, window, scope, status, reason, occurrence, jobId, startedAt }: DeploymentRecord,
  { machines, at, correlationId = id }: { machines: StatusCounts; at: number; correlationId?: string },
): Promise<void> {
  const begun = startedAt === null ? null : new Date(startedAt).toISOString();
  const told: Happening = {
    // It may be halted several times, and ends once.
    id: kind === "deployment.halted" ? `${kind} ${id} ${at}` : `${kind} ${id}`,
    ...{ kind, scope, correlationId, depth: 0, at },
    document: {
      ...{ kind, at: new Date(at).toISOString() },
      deployment: { id, window, scope, status, reason, occurrence, jobId, startedAt: begun, machines: { ...machines } },
    },
  };
  await tx.happenings.tell(told);
}

import { ROLLBACK_RUNBOOK } from "../../core/deploy/rollback.ts";
import { isEnded } from "../../core/deploy/status.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Actor } from "../../core/role.ts";
import type { RollbackParams } from "../../protocol/rollback-job.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import type { PreparedJob } from "../ports.ts";
import { refuseFrozen } from "./frozen.ts";
import { placeOfJob } from "./job-place.ts";
import type { DeploymentParts } from "./parts.ts";

export interface RollbackRequest {
  deploymentId: string;
  /** With the rights of an operator where the deployment lies; the job acts for them. */
  actor: Actor;
  correlationId: string;
  reason: string;
  /** Names; empty: all on which it has installed something. */
  machines: readonly string[];
  /** Only to see what would go back. */
  plan: boolean;
  also(tx: Writes, jobId: string, deployment: DeploymentRecord): void;
}

/** Starts the job that takes a deployment back. What it may do is written in its parameters, and looked at again at each of its steps. */
export function createRollbackDoor<Prepared extends PreparedJob>({
  store,
  clock,
  jobs,
  freezes,
}: Pick<DeploymentParts<Prepared>, "store" | "clock" | "jobs" | "freezes">) {
  /** @throws CONFLICT when it runs, or has installed nothing */
  function requireIdle({ id, status, startedAt }: DeploymentRecord, plan: boolean): void {
    if (startedAt === null) throw new RunwrightError("CONFLICT", `deployment ${id} is ${status} and has never started: there is nothing to take back`);
    if (!plan && !isEnded(status) && status !== "halted")
      throw new RunwrightError(
        "CONFLICT",
        status === "aborting"
          ? `deployment ${id} is aborting: wait until what runs on its machines has ended (\`runwright deployment watch ${id}\`)`
          : `deployment ${id} is ${status}: \`runwright deployment halt ${id}\` first, or wait until it has ended`,
      );
  }

  async function requireMachines({ id }: DeploymentRecord, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const known = new Set((await store.read.deployments.machines(id)).map(({ name }) => name));
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length > 0) throw new RunwrightError("MACHINE_NOT_FOUND", `deployment ${id} has no machine ${unknown.slice(0, 5).join(", ").slice(0, 400)}`);
  }

  /** @returns the job's id @throws NOT_FOUND, CONFLICT, MACHINE_NOT_FOUND, FROZEN, BAD_REQUEST; RUNBOOK_NOT_FOUND: nobody has published the runbook `rollback` */
  return async function rollback({ deploymentId, actor, correlationId, reason, machines, plan, also }: RollbackRequest): Promise<string> {
    if (!plan && reason.trim() === "") throw new RunwrightError("BAD_REQUEST", "say why: others will ask (reason)");
    if (reason.includes("\0")) throw new RunwrightError("BAD_REQUEST", "the reason must not hold NUL characters");
    const found = await store.read.deployments.get(deploymentId);
    if (!found) throw new RunwrightError("NOT_FOUND", `there is no deployment ${deploymentId.slice(0, 64)}; see \`runwright deployment list\``);
    requireIdle(found, plan);
    await requireMachines(found, machines);
    if (!plan) refuseFrozen(await freezes.at("deployments", found.scope, clock.now()));
    const place = await placeOfJob(store, found.scope, { runbook: ROLLBACK_RUNBOOK, version: null });
    if (place.why !== undefined) throw new RunwrightError("CONFLICT", place.why);
    const params: RollbackParams = { deployment: found.id, machines: [...machines], plan };
    const prepared = await jobs.prepare({
      ...{ runbook: ROLLBACK_RUNBOOK, version: "latest", params, trigger: "deployment", dry: false, actor, scope: place.scope },
      correlationId,
    });
    const admitted = await store.write(async (tx) => {
      const same = await tx.deployments.lock(found.id);
      if (!same) throw new RunwrightError("NOT_FOUND", `there is no deployment ${found.id}`);
      requireIdle(same, plan);
      const made = await jobs.admit(tx, prepared);
      also(tx, made.job.id, same);
      return made;
    });
    jobs.tell(admitted);
    return admitted.job.id;
  };
}

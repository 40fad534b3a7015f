import { PENDING, UNDER_WAY } from "../../core/deploy/status.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { PreparedJob } from "../ports.ts";
import { failuresOf } from "../rollout/halting.ts";
import { refuseFrozen } from "./frozen.ts";
import { endUnstarted, moveDeployment } from "./moves.ts";
import type { Also, DeploymentParts } from "./parts.ts";

export interface SteerRequest {
  deploymentId: string;
  by: string;
  reason: string;
  also: Also;
}

/** What people say to a rollout. The runbook that carries it out reads the status before each step, and the engine's guards refuse what doesn't fit. */
export function createSteering<Prepared extends PreparedJob>({ store, clock, freezes }: Pick<DeploymentParts<Prepared>, "store" | "clock" | "freezes">) {
  const words = (what: string, { by, reason }: SteerRequest) => `${what} by ${by}${reason === "" ? "" : `: ${reason}`}`;

  function change(
    request: SteerRequest,
    how: (tx: Parameters<Parameters<typeof store.write>[0]>[0], found: DeploymentRecord, at: number) => Promise<DeploymentRecord>,
  ): Promise<DeploymentRecord> {
    if (request.reason.includes("\0")) throw new RunwrightError("BAD_REQUEST", "the reason must not hold NUL characters");
    return store.write(async (tx) => {
      const found = await tx.deployments.lock(request.deploymentId);
      if (!found) throw new RunwrightError("NOT_FOUND", `there is no deployment ${request.deploymentId.slice(0, 64)}; see \`runwright deployment list\``);
      const moved = await how(tx, found, clock.now());
      request.also(tx, moved);
      return moved;
    });
  }

  return {
    /** Nothing new begins; what runs on machines is let finish. @throws NOT_FOUND, CONFLICT */
    halt: (request: SteerRequest) => change(request, (tx, found, at) => moveDeployment(tx, found, { to: "halted", reason: words("halted", request), at })),

    /** @throws NOT_FOUND, CONFLICT when it isn't halted or its window has closed, FROZEN */
    async continue(request: SteerRequest): Promise<DeploymentRecord> {
      const known = await store.read.deployments.get(request.deploymentId);
      const frozen = known && (await freezes.at("deployments", known.scope, clock.now()));
      return change(request, async (tx, found, at) => {
        if (found.status !== "halted")
          throw new RunwrightError("CONFLICT", `deployment ${found.id} is ${found.status}, not halted: there is nothing to continue`);
        if (at >= found.closesAt)
          throw new RunwrightError(
            "CONFLICT",
            `its window closed at ${new Date(found.closesAt).toISOString()}; \`runwright deployment retry ${found.id}\` takes up the rest`,
          );
        refuseFrozen(frozen);
        // Whoever continues knows what has failed by now: the next failure halts it again, these don't.
        const forgiven = await failuresOf(tx, found, await tx.deployments.counts(found.id));
        await tx.deployments.patch(found.id, { forgiven });
        return moveDeployment(tx, { ...found, forgiven }, { to: "running", reason: words("continued", request), at });
      });
    },

    /** Before its start it is over at once; later nothing new begins, and it is over when what runs on machines has ended. @throws NOT_FOUND, CONFLICT */
    abort: (request: SteerRequest) =>
      change(request, async (tx, found, at) => {
        const reason = words("aborted", request);
        if (PENDING.includes(found.status)) return endUnstarted(tx, found, { to: "aborted", reason, at });
        if (found.status === "aborting") throw new RunwrightError("CONFLICT", `deployment ${found.id} is being aborted already`);
        if (!UNDER_WAY.includes(found.status)) throw new RunwrightError("CONFLICT", `deployment ${found.id} is ${found.status} already (${found.reason})`);
        return moveDeployment(tx, found, { to: "aborting", reason, at });
      }),
  };
}
export type Steering = ReturnType<typeof createSteering>;

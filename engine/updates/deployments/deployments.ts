import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { PreparedJob } from "../ports.ts";
import { createApproving } from "./approving.ts";
import { createClosing } from "./closing.ts";
import { createOpening, type ExceptRequest } from "./opening.ts";
import type { DeploymentParts } from "./parts.ts";
import { createDeploymentPlanner } from "./planner.ts";
import { createPlanning } from "./planning.ts";
import { createRollbackDoor } from "./rolling-back.ts";
import { createRounds } from "./rounds.ts";
import { createStarting } from "./starting.ts";
import { createSteering, type SteerRequest } from "./steering.ts";
import { createUnskipping } from "./unskipping.ts";

/** The life of deployments: planned, approved, started in their window, steered by people, and ended. What happens to machines in between is the runbook's to ask for. */
export function createDeployments<Prepared extends PreparedJob>(given: DeploymentParts<Prepared>) {
  const plan = createDeploymentPlanner(given);
  const parts = { ...given, plan };
  const planning = createPlanning(parts);
  const opening = createOpening({ ...parts, planning });
  const rounds = createRounds({ ...given, planning, starting: createStarting({ ...given, planning }), closing: createClosing(given) });
  const steering = createSteering(given);
  const decide = createApproving(given);

  /** What people have changed is looked at at once. */
  const thenLook =
    <Args extends unknown[], Result>(change: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const done = await change(...args);
      rounds.look();
      return done;
    };

  /** A rollout that waits hears of it at once; it looks by itself after some minutes. */
  async function rouse({ id, jobId }: DeploymentRecord, by: string): Promise<void> {
    if (jobId === null) return;
    await given.rouse(id, by).catch((error) => given.log.warn({ err: error, deployment: id }, "the rollout couldn't be told; it looks by itself"));
  }
  const thenRouse = (change: (request: SteerRequest) => Promise<DeploymentRecord>) =>
    thenLook(async (request: SteerRequest) => {
      const moved = await change(request);
      await rouse(moved, request.by);
      return moved;
    });

  return {
    plan: thenLook(planning.request.bind(planning)),
    runNow: thenLook(opening.runNow),
    skip: thenLook(opening.skip),
    unskip: thenLook(createUnskipping({ ...given, planning })),
    cancel: thenLook(async (request: ExceptRequest) => {
      const exceptions = await opening.cancel(request);
      for (const { windowId, occurrence } of exceptions) {
        const closed = await given.store.read.deployments.ofOccurrence(windowId, occurrence);
        if (closed) await rouse(closed, request.by);
      }
      return exceptions;
    }),
    retry: thenLook(opening.retry),
    decide: thenLook(decide),
    rollback: createRollbackDoor(given),
    halt: thenRouse(steering.halt),
    continue: thenRouse(steering.continue),
    abort: thenRouse(steering.abort),
    tick: rounds.tick,
    start: rounds.start,
    stop: rounds.stop,
  };
}
export type Deployments = ReturnType<typeof createDeployments>;

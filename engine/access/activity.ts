import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Actor } from "../core/role.ts";
import { ROOT_SCOPE, type Scope } from "../core/scope.ts";
import type { ActivityEntry } from "../store/records/activity.ts";

/** Who asks, from where, and in which request: what the activity log wants to know of every write. */
export interface Caller {
  actor: Actor;
  /** IP address, or `local` for the engine itself. */
  address: string;
  /** Request id; jobs and commands carry it on. */
  correlationId: string;
}

export interface Deed {
  /** An action of core/role.ts, or an event such as `secret.read`. */
  operation: string;
  /** Kind and name, such as `runbook:patch-web`. */
  target: string;
  scope: Scope;
  /** Never a secret. */
  details?: unknown;
}

/** Builds entries; whoever writes a record appends its entry in the same transaction. */
export function activityEntry(
  clock: Pick<Clock, "now">,
  { actor, address, correlationId }: Caller,
  deed: Deed,
  result: "ok" | ErrorCode = "ok",
): ActivityEntry {
  return { at: clock.now(), actorId: actor.id, actorKind: actor.kind, actorName: actor.name, address, ...deed, result, correlationId };
}

/** An attempt by someone who didn't say who they are. */
export function anonymousEntry(
  clock: Pick<Clock, "now">,
  from: Omit<Caller, "actor">,
  { operation, target }: Omit<Deed, "scope">,
  result: ErrorCode,
): ActivityEntry {
  return { at: clock.now(), actorId: "", actorKind: "anonymous", actorName: "", ...from, operation, target, scope: ROOT_SCOPE, result };
}

/** The engine's own deeds: first start, recovery. */
export const engineCaller = (correlationId: string): Caller => ({
  actor: { id: "engine", kind: "service", name: "engine", grants: [] },
  address: "local",
  correlationId,
});

import { RunwrightError } from "../../core/errors.ts";
import { type Actor, isAllowed } from "../../core/role.ts";
import type { BrokenTrigger } from "../ports.ts";

/**
 * Told now, not at three in the morning. What lies where the actor can't look is counted, not named.
 * @param change such as `deletion of greet` @param instead what to do, such as `change them together with it` @throws BREAKS_TRIGGERS
 */
export function refuseBroken(actor: Actor, { change, instead, broken }: { change: string; instead: string; broken: readonly BrokenTrigger[] }): void {
  if (broken.length === 0) return;
  const seen = broken.filter(({ kind, scope }) =>
    isAllowed(actor, kind === "Webhook" ? "webhook.read" : kind === "MaintenanceWindow" ? "window.read" : "schedule.read", scope),
  );
  const told = seen.map(({ kind, name, problems }) => `${kind} ${name} (${problems.map(({ path, message }) => `${path} ${message}`).join("; ")})`);
  if (seen.length < broken.length) told.push(`${broken.length - seen.length} in scopes that ${actor.name} can't see`);
  throw new RunwrightError("BREAKS_TRIGGERS", `this ${change} would break ${told.join(", ")}; ${instead}, or say that they may break (--break-triggers)`, {
    details: seen.flatMap(({ kind, name, problems }) => problems.map(({ path, message }) => ({ field: `${kind} ${name} ${path}`, message }))),
  });
}

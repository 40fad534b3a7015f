import { ACTIONS, type Action, ROLES } from "../../engine/core/role.ts";
import type { WhoAmI } from "../../engine/protocol/http/access.ts";

/** What commands need; menus show only what the engine would allow somewhere. */
export const RIGHTS = {
  "runwright.mayRun": "job.run",
  "runwright.mayStop": "job.stop",
  "runwright.mayTest": "runbook.test",
  "runwright.mayPublish": "runbook.publish",
  "runwright.mayDecide": "approval.decide",
  "runwright.maySteer": "deployment.steer",
  "runwright.mayAssess": "update.assess",
} as const satisfies Record<string, Action>;
export type Right = keyof typeof RIGHTS;

/** Context keys and whether they hold. Whether it is allowed at a certain place is for the engine to say. */
export function rightsOf(me: WhoAmI | undefined): Record<Right, boolean> {
  const place = (role: string) => (ROLES as readonly string[]).indexOf(role);
  const highest = Math.max(-1, ...(me?.grants ?? []).map(({ role }) => place(role)));
  const entries = Object.entries(RIGHTS).map(([key, action]) => [key, highest >= place(ACTIONS[action])]);
  return Object.fromEntries(entries);
}

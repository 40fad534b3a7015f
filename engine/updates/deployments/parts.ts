import type { Clock } from "../../core/clock.ts";
import type { NewId } from "../../core/id.ts";
import type { Actor } from "../../core/role.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { Store, Writes } from "../../store/store.ts";
import type { Audit, Freezes, JobDoor, Log, PreparedJob, RouseRollout } from "../ports.ts";
import type { WindowRecord } from "../window-record.ts";
import type { DeploymentPlanner } from "./planner.ts";

/** What the parts of the life of a deployment share. */
export interface DeploymentParts<Prepared extends PreparedJob = PreparedJob> {
  store: Store;
  clock: Clock;
  newId: NewId;
  jobs: JobDoor<Prepared>;
  rouse: RouseRollout;
  freezes: Freezes;
  audit: Audit;
  log: Log;
}
export interface PlanningParts<Prepared extends PreparedJob = PreparedJob> extends DeploymentParts<Prepared> {
  plan: DeploymentPlanner;
}

/** Written in the transaction that makes a change: the entry of the activity log. */
export type Also = (tx: Writes, deployment: DeploymentRecord) => void;

/** Who asks for what a window starts by itself: nobody in person, with the rights of an operator where it lies. */
export const actorOfWindow = ({ id, name, scope }: Pick<WindowRecord, "id" | "name" | "scope">): Actor => ({
  ...{ id, kind: "service", name: `window:${name}` },
  grants: [{ role: "operator", scope }],
});

/** Who ends what nobody else ends. */
export const ENGINE: Actor = { id: "engine", kind: "service", name: "engine", grants: [] };

import type { Plan, PlannedChange } from "../../../engine/protocol/http/plan.ts";
import type { Draft } from "../../../engine/protocol/http/runbooks.ts";
import type { Place } from "../authoring/check/findings.ts";
import type { Client } from "../client/client.ts";
import type { PublishOutcome } from "./publishing.ts";

export interface RunbookOnDisk {
  /** Path of the file. */
  file: string;
  name: string;
}

/** Checks and bundles what lies in files, and has the engine save, plan or publish it. */
export interface Publisher {
  /** Where checking and bundling happen. */
  readonly place: Exclude<Place, { kind: "nowhere" }>;
  /** What publishing would change; undefined: nothing. @throws what the check of the file says */
  review(runbook: RunbookOnDisk, signal: AbortSignal): Promise<PlannedChange | undefined>;
  /**
   * @param wanted.expected newest version that was looked at; 0: there was none
   * @throws what the check or the engine says; a conflict is an answer
   */
  publish(wanted: RunbookOnDisk & { message: string; expected: number }, signal: AbortSignal): Promise<PublishOutcome>;
  saveDraft(runbook: RunbookOnDisk, signal: AbortSignal): Promise<Draft>;
  /** @throws what is wrong with the files, with places */
  plan(folder: string, signal: AbortSignal): Promise<PlannedFolder>;
}

/** A plan that was shown and can be applied: exactly that or nothing. */
export interface PlannedFolder {
  plan: Plan;
  /** @throws PLAN_CHANGED when something else has changed in between */
  apply(client: Client, signal: AbortSignal): Promise<Plan>;
}

import { isFinal, JOB_STATUSES, type JobStatus } from "../../../core/job.ts";
import type { Job } from "../../../protocol/http/jobs.ts";

/** What people can do with a job. */
export type JobMove = "stop" | "suspend" | "continue" | "resume" | "again";

const MOVES: Readonly<Record<JobStatus, readonly JobMove[]>> = {
  queued: ["suspend", "stop"],
  running: ["suspend", "stop"],
  waiting: ["suspend", "stop"],
  suspended: ["continue", "stop"],
  stopping: [],
  completed: ["again"],
  failed: ["resume", "again"],
  stopped: ["resume", "again"],
};

const isKnown = (status: string): status is JobStatus => JOB_STATUSES.some((one) => one === status);

/** By status alone; who may is asked apart. A newer engine may have statuses that aren't known here. */
export function movesOf({ status, debug }: Pick<Job, "status" | "debug">): readonly JobMove[] {
  if (!isKnown(status)) return [];
  // A debugged job is gone on with where it was debugged.
  return debug === null ? MOVES[status] : MOVES[status].filter((move) => move === "stop");
}

export const hasEnded = ({ status }: Pick<Job, "status">): boolean => isKnown(status) && isFinal(status);

/** How long it has run, milliseconds; undefined: it hasn't begun. */
export const tookOf = ({ startedAt, endedAt }: Pick<Job, "startedAt" | "endedAt">, now: number): number | undefined =>
  startedAt === null ? undefined : Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));

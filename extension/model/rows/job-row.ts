import { formatDuration } from "../../../engine/core/duration.ts";
import { isFinal, type JobStatus } from "../../../engine/core/job.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Job } from "../../../engine/protocol/http/jobs.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

export const JOB_ICONS: Record<JobStatus, Icon> = {
  queued: { name: "clock", colour: COLOURS.muted },
  running: { name: "loading~spin", colour: COLOURS.active },
  waiting: { name: "watch", colour: COLOURS.active },
  suspended: { name: "debug-pause", colour: COLOURS.warning },
  stopping: { name: "loading~spin", colour: COLOURS.warning },
  completed: { name: "pass", colour: COLOURS.good },
  failed: { name: "error", colour: COLOURS.bad },
  stopped: { name: "circle-slash", colour: COLOURS.muted },
};

/** What can be done with a job in each status; `when` clauses of the menus look for these words. */
const MOVES: Record<JobStatus, readonly string[]> = {
  queued: ["stoppable", "suspendable"],
  running: ["stoppable", "suspendable"],
  waiting: ["stoppable", "suspendable"],
  suspended: ["stoppable", "continuable"],
  stopping: [],
  completed: ["retryable"],
  failed: ["resumable", "retryable"],
  stopped: ["resumable", "retryable"],
};

const DEBUGGED: Record<NonNullable<Job["debug"]>, string> = { run: "debugged", replay: "replay" };

/** A newer engine may have statuses that aren't known here. */
const knows = (status: string): status is JobStatus => Object.hasOwn(JOB_ICONS, status);

export function jobRow(job: Job, now: number): Row {
  const { id, runbook, version, status, trigger, actor, dry } = job;
  const took = job.startedAt && job.endedAt ? formatDuration(Date.parse(job.endedAt) - Date.parse(job.startedAt)) : "";
  const state = job.failureCode ? `${status}, ${job.failureCode}` : job.heldBack ? `${status}, held back` : status;
  return {
    id,
    label: runbook,
    description: [
      version === null ? "draft" : `v${version}`,
      ...(job.debug ? [DEBUGGED[job.debug]] : []),
      ...(dry ? ["dry"] : []),
      state,
      relativeTime(job.createdAt, now),
    ].join(" · "),
    tooltip: facts([
      ["Job", id],
      ["Status", state],
      ["Runbook", `${runbook}${version === null ? ", draft" : ` version ${version}`}${dry ? ", dry: writes are recorded and not done" : ""}`],
      ["Asked for by", `${actor.name} (${trigger})`],
      ["Asked for", job.createdAt],
      ["Took", took],
      ["Attempt", job.attempt > 1 ? String(job.attempt) : ""],
      ["Resumed from", job.resumedFrom],
      ["Replay of", job.replayOf ?? ""],
      ["Only on", job.narrowedTo ?? ""],
      ["Error", job.error ? `${job.error.name}: ${job.error.message}` : ""],
    ]),
    icon: knows(status) ? JOB_ICONS[status] : { name: "question" },
    is: ["job", status, ...(knows(status) ? MOVES[status] : []), ...(knows(status) && isFinal(status) ? ["ended"] : [])],
    click: { command: "runwright.openJobOutput", title: "Open Output", arguments: [id] },
    subject: job,
  };
}

import { isFinal } from "../core/job.ts";
import { topicOfApproval, topicOfEvent, topicOfJob, type Wait } from "../core/wait.ts";
import type { Writes } from "../store/store.ts";

/**
 * Looks, in the transaction that would make a job wait, whether one of its waits is over already. What it looks at stays locked until the commit: who ends
 * a wait afterwards finds the job waiting.
 * @returns what is over, for the record of the move; undefined: nothing yet
 */
export async function whatIsOver(tx: Writes, jobId: string, waits: readonly Wait[], now: number): Promise<string | undefined> {
  // Locks are taken in the order in which those who end a wait take them: events, the jobs that end, the job that waits.
  for (const wait of waits) {
    if (wait.kind === "event" && (await tx.events.lastOf(wait.name)) > wait.after) return `there is an event ${wait.name}`;
  }
  for (const wait of waits) {
    if (wait.kind !== "job") continue;
    const job = await tx.jobs.lock(wait.jobId);
    if (job === undefined || isFinal(job.status)) return `${wait.jobId} has ended`;
  }
  await tx.jobs.lock(jobId);
  for (const wait of waits) {
    if (wait.kind === "approval" && (await tx.approvals.get(wait.approvalId))?.status !== "pending") return `the approval ${wait.approvalId} is decided`;
    if ("until" in wait && wait.until !== null && wait.until <= now) return "its time has come";
  }
  return undefined;
}

/** What must be told to the waiting job, besides its time. */
export const topicsOf = (waits: readonly Wait[]): string[] => waits.flatMap(topicOf);

function topicOf(wait: Wait): string[] {
  switch (wait.kind) {
    case "event":
      return [topicOfEvent(wait.name)];
    case "job":
      return [topicOfJob(wait.jobId)];
    case "approval":
      return [topicOfApproval(wait.approvalId)];
    case "time":
      return [];
  }
}

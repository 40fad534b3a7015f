import { rolloutEvent } from "../../core/deploy/rollout.ts";
import type { StatusCounts } from "../../core/deploy/rollout-outcome.ts";
import { UNDER_WAY } from "../../core/deploy/status.ts";
import { isFinal, type JobStatus } from "../../core/job.ts";
import { topicOfEvent, topicOfJob } from "../../core/wait.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { JobRecord } from "../../store/records/jobs.ts";
import type { PreparedJob } from "../ports.ts";
import { isAtWork, LET_FINISH_MS, mayBeSent, type WorkReads } from "../rollout/at-work.ts";
import { endDeployment, restOf } from "../rollout/ending.ts";
import { type DeploymentParts, ENGINE } from "./parts.ts";

/** After its window a rollout has so long to say what it has to say: hooks that run last, messages to people. */
const LAST_WORDS_MS = 15 * 60_000;

/** Whether a machine that has its turn is being changed, or may be in the next moment. One whose runbook waits before it ends that turn isn't. */
async function isBusy(reads: WorkReads, { id }: Pick<DeploymentRecord, "id">, { InProgress = 0 }: StatusCounts, now: number): Promise<boolean> {
  if (InProgress === 0) return false;
  for (const machine of await reads.deployments.machinesPage(id, { statuses: ["InProgress"], limit: InProgress }))
    if ((await isAtWork(reads, machine.machineId, now)) || (await mayBeSent(reads, machine, now))) return true;
  return false;
}

/** Aborted, and nothing is at work on any machine: only a job that waits for something else than its end keeps it from being over. */
const isIdle = async (reads: WorkReads, deployment: DeploymentRecord, job: JobRecord, counts: StatusCounts, now: number): Promise<boolean> =>
  deployment.status === "aborting" && job.status === "waiting" && !(await isBusy(reads, deployment, counts, now));

/** Whether a job that waits goes on by itself with what it has to say: it hears that its rollout was aborted, or a job that it has started will end. */
const goesOn = (topics: readonly string[], deploymentId: string): boolean =>
  topics.some((topic) => topic === topicOfEvent(rolloutEvent(deploymentId)) || topic.startsWith(topicOfJob("")));

/** Whether it is long over: what runs on machines is let finish, and a job that runs ends their turns; one that waits for something else has its last words. */
async function isLate(reads: WorkReads, deployment: DeploymentRecord, job: JobRecord, counts: StatusCounts, now: number): Promise<boolean> {
  const late = now - deployment.closesAt;
  if (late < LAST_WORDS_MS || late >= LET_FINISH_MS) return late >= LET_FINISH_MS;
  const { InProgress = 0 } = counts;
  return RESTS.includes(job.status) ? !(await isBusy(reads, deployment, counts, now)) : InProgress === 0;
}
const RESTS: readonly JobStatus[] = ["waiting", "suspended"];

/** Ends what runs: when its job has ended, its window has closed, or it was aborted while its job waits for something else. */
export function createClosing<Prepared extends PreparedJob>({ store, clock, jobs, audit, log }: Omit<DeploymentParts<Prepared>, "freezes">) {
  /** @returns the job to stop, when it is over without its job; undefined: nothing is to be done */
  async function close(found: DeploymentRecord): Promise<{ isOver: boolean; stop: string | null }> {
    return store.write(async (tx) => {
      const nothing = { isOver: false, stop: null };
      const same = await tx.deployments.lock(found.id);
      if (!same || !UNDER_WAY.includes(same.status)) return nothing;
      const at = clock.now();
      const job = same.jobId === null ? undefined : await tx.jobs.get(same.jobId);
      const hasEnded = !job || isFinal(job.status);
      const isClosed = at >= same.closesAt;
      const isStuck = !hasEnded && (await isIdle(tx, same, job, await tx.deployments.counts(same.id), at)) && !goesOn(await tx.waits.topicsOf(job.id), same.id);
      if (!hasEnded && !isClosed && !isStuck) return nothing;
      if (!hasEnded && !isStuck) {
        await tx.deployments.settleRest(same.id, ["NotStarted"], { ...restOf(same, { at }), endedAt: at });
        if (!(await isLate(tx, same, job, await tx.deployments.counts(same.id), at))) return nothing;
      }
      await endDeployment({ clock, audit }, tx, same, { failed: troubleOf(job), onBehalfOf: { actor: ENGINE, correlationId: same.id } });
      return { isOver: true, stop: hasEnded ? null : same.jobId };
    });
  }

  /** Most of the time there is nothing to do, and nothing is locked to find that out. */
  async function isDue(found: DeploymentRecord): Promise<boolean> {
    const { id, jobId, closesAt } = found;
    const now = clock.now();
    const job = jobId === null ? undefined : await store.read.jobs.get(jobId);
    if (!job || isFinal(job.status)) return true;
    if (now < closesAt && found.status !== "aborting") return false;
    const counts = await store.read.deployments.counts(id);
    if (await isIdle(store.read, found, job, counts, now)) return true;
    return now >= closesAt && ((counts.NotStarted ?? 0) > 0 || (await isLate(store.read, found, job, counts, now)));
  }

  return {
    /** @returns whether it is over now */
    async look(found: DeploymentRecord): Promise<boolean> {
      if (!(await isDue(found))) return false;
      const { isOver, stop } = await close(found);
      if (stop !== null)
        await jobs
          .stop(stop, `deployment:${found.id}`)
          .catch((error) => log.warn({ err: error, job: stop }, "the job of a deployment that is over couldn't be stopped"));
      return isOver;
    },
  };
}
export type Closing = ReturnType<typeof createClosing>;

/** Why its job didn't end well; undefined: it did. */
function troubleOf(job: JobRecord | undefined): string | undefined {
  if (!job) return "its job is gone";
  if (job.status === "completed") return undefined;
  if (!isFinal(job.status)) return "its job hadn't ended when the window was long closed";
  return `its job ${job.id} is ${job.status}${job.error ? `: ${job.error.message.slice(0, 500)}` : ""}`;
}

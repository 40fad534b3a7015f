import { isFinal } from "../../../engine/core/job.ts";
import type { Job, StreamedEntry } from "../../../engine/protocol/http/jobs.ts";
import type { Client } from "../client/client.ts";
import { JOBS } from "../client/lists.ts";
import type { Events } from "../events.ts";

export interface LiveJob {
  stop(): void;
}
export interface LiveJobListener {
  onJob(job: Job): void;
  onEntries(entries: readonly StreamedEntry[]): void;
  onStatus(transition: Parameters<Parameters<Events["follow"]>[2]["onStatus"]>[0]): void;
  onProblem(problem: string): void;
}

export const jobPath = (id: string): string => `/api/v1/jobs/${encodeURIComponent(id)}`;
export const readJob = (client: Client, id: string, signal?: AbortSignal): Promise<Job> => client.ask<Job>("GET", jobPath(id), JOBS.shape, { signal });

/** Follows one job to its end: what it is, what it writes, how it moves. */
export function followJob(
  id: string,
  { client, events, listener }: { client(): Promise<Client | undefined>; events: Events; listener: LiveJobListener },
): LiveJob {
  let isOver = false;
  const look = async () => {
    try {
      const engine = await client();
      if (!engine || isOver) return undefined;
      const job = await readJob(engine, id);
      if (!isOver) listener.onJob(job);
      return job;
    } catch (error) {
      if (!isOver) listener.onProblem(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const leave = events.follow(id, 0, {
    onEntries: listener.onEntries,
    onStatus(transition) {
      listener.onStatus(transition);
      if (!isFinal(transition.to)) void look();
    },
    onEnded: () => void look(),
    onRefused: listener.onProblem,
    onLive: () => {},
  });
  void look();
  return {
    stop() {
      isOver = true;
      leave();
    },
  };
}

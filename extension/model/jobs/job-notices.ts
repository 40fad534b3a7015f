import type { Job } from "../../../engine/protocol/http/jobs.ts";
import type { Client } from "../client/client.ts";
import type { Events } from "../events.ts";
import { readJob } from "./live-job.ts";

/** Which jobs that were started here somebody wants to be told of when they end. */
export const NOTICE_CHOICES = ["never", "failed", "always"] as const;
export type NoticeChoice = (typeof NOTICE_CHOICES)[number];

export interface JobNotice {
  text: string;
  isBad: boolean;
  /** Of the job, when it is about one. */
  job?: { id: string; runbook: string };
}

export interface JobNotices {
  /** A job was started here. */
  started(job: Pick<Job, "id" | "runbook">): void;
  stop(): void;
}

interface Parts {
  choice(): NoticeChoice;
  client(): Promise<Client | undefined>;
  events: Pick<Events, "follow">;
  /** Until it is closed. */
  show(notice: JobNotice): PromiseLike<void>;
}

/** What is written isn't asked for: only the end matters. The largest number that every store compares with. */
const NO_ENTRIES = 2 ** 31 - 1;

/** Tells of the ends of jobs that were started in this window, for those who have asked for it. There is one notice at a time: what ends meanwhile is told together. */
export function createJobNotices({ choice, client, events, show }: Parts): JobNotices {
  const followed = new Set<() => void>();
  let waiting: Job[] = [];
  let isShown = false;
  let isStopped = false;

  async function ended(id: string): Promise<void> {
    const engine = await client();
    const job = engine && (await readJob(engine, id).catch(() => undefined)); // a job that can't be read any more is nothing to tell of
    if (!job || isStopped || !isWanted(job, choice())) return;
    waiting.push(job);
    await showNext();
  }

  async function showNext(): Promise<void> {
    while (!isShown && waiting.length > 0 && !isStopped) {
      const told = waiting;
      waiting = [];
      isShown = true;
      try {
        await show(noticeOf(told));
      } finally {
        isShown = false;
      }
    }
  }

  return {
    started({ id }) {
      if (choice() === "never") return;
      const leave = events.follow(id, NO_ENTRIES, {
        onEntries: () => {},
        onStatus: () => {},
        onLive: () => {},
        onEnded() {
          followed.delete(leave);
          void ended(id);
        },
        onRefused: () => void followed.delete(leave),
      });
      followed.add(leave);
    },
    stop() {
      isStopped = true;
      for (const leave of followed) leave();
      followed.clear();
    },
  };
}

const isWanted = ({ status }: Job, choice: NoticeChoice): boolean => choice === "always" || (choice === "failed" && status === "failed");

function noticeOf(jobs: readonly Job[]): JobNotice {
  const failed = jobs.filter(({ status }) => status === "failed").length;
  const [job] = jobs;
  if (jobs.length !== 1 || !job) return { text: `${jobs.length} jobs have ended, ${failed === 0 ? "none" : failed} of them failed`, isBad: failed > 0 };
  const { id, runbook, status, failureCode, error } = job;
  const message = typeof Object(error).message === "string" ? `: ${String(Object(error).message).slice(0, 200)}` : "";
  const text =
    status === "failed"
      ? `${runbook} has failed (${failureCode ?? "error"})${message}`
      : `${runbook} ${status === "stopped" ? "was stopped" : "has completed"}`;
  return { text, isBad: status === "failed", job: { id, runbook } };
}

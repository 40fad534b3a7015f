import { isEnded } from "../../../engine/core/deploy/status.ts";
import { isFinal } from "../../../engine/core/job.ts";
import type { DeploymentDetail, DeploymentProgress } from "../../../engine/protocol/http/deployments.ts";
import type { JournalEntry, StreamedEntry } from "../../../engine/protocol/http/jobs.ts";
import type { Machine, Update } from "../../../engine/protocol/http/machines.ts";
import type { Why } from "../../../engine/protocol/http/update-policies.ts";
import type { Client } from "../client/client.ts";
import { DEPLOYMENTS, journalOf, MACHINES, transitionsOf, UPDATES } from "../client/lists.ts";
import { clippedEntry } from "../jobs/clipped-entry.ts";
import { readJob } from "../jobs/live-job.ts";
import { streamPages } from "../jobs/stream-pages.ts";
import type { PageContent } from "./block.ts";
import { deploymentPage } from "./deployment-page.ts";
import { jobPage } from "./job-page.ts";
import { machinePage } from "./machine-page.ts";

export type ReadPage = (client: Client) => Promise<{ content: PageContent; isOver: boolean }>;

/** Entries and calls that are kept: a page shows the newest. */
const KEPT = 1_000;

/** Reads what is new of a job each time. */
export function jobPageReader(id: string, now: () => number): ReadPage {
  let entries: StreamedEntry[] = [];
  let last = 0;
  let calls: JournalEntry[] = [];
  /** Where the page of calls begins that wasn't whole yet. */
  let cursor: string | undefined;
  let before: JournalEntry[] = [];

  async function readStreams(client: Client): Promise<void> {
    for await (const page of streamPages(client, id, { after: last })) {
      entries = [...entries, ...page.slice(-KEPT).map(clippedEntry)].slice(-KEPT);
      last = page.at(-1)?.seq ?? last;
    }
  }

  /** Calls that weren't settled when they were read are read again: they stand in the last page. */
  async function readCalls(client: Client): Promise<void> {
    for (;;) {
      const page = await client.page(journalOf(id), { cursor, limit: 500 });
      calls = [...before, ...page.items].slice(-KEPT);
      if (page.next === null) return;
      before = calls;
      cursor = page.next;
    }
  }

  return async (client) => {
    // The job is read first: when it has ended, all that follows is complete.
    const job = await readJob(client, id);
    const [{ items: moves }] = await Promise.all([client.page(transitionsOf(id)), readStreams(client), readCalls(client)]);
    return { content: jobPage({ job, entries, calls, moves, now: now() }), isOver: isFinal(job.status) };
  };
}

export function deploymentPageReader(id: string): ReadPage {
  const path = `/api/v1/deployments/${encodeURIComponent(id)}`;
  return async (client) => {
    const [detail, progress] = await Promise.all([
      client.ask<DeploymentDetail>("GET", path, { ...DEPLOYMENTS.shape, decisions: "array" }),
      client.ask<DeploymentProgress>("GET", `${path}/progress`, { at: "string", waves: "array", running: "array", ended: "array" }),
    ]);
    return { content: deploymentPage(detail, progress), isOver: isEnded(detail.status) };
  };
}

/** @param update whose verdict is explained; without it the machine as a whole is */
export function machinePageReader(name: string, update?: string): ReadPage {
  const path = `/api/v1/machines/${encodeURIComponent(name)}`;
  return async (client) => {
    const [machine, updates, why] = await Promise.all([
      client.ask<Machine>("GET", path, MACHINES.shape),
      client.page<Update>(UPDATES, { query: { machine: name }, limit: 500 }),
      client.ask<Why>("GET", `${path}/updates/why`, { reasons: "array", updates: "array" }, { query: { update } }),
    ]);
    return { content: machinePage({ machine, updates: updates.items, hasMore: updates.next !== null, why }), isOver: false };
  };
}

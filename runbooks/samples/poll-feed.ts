/**
 * A trigger that polls: looks at a feed again and again, and starts a job for each new item. How far it has come is kept in a variable, so that the next job
 * goes on where this one ended; within a job the journal keeps it. Each item starts one job, whatever crashes in between.
 *
 *     runwright run poll-feed -p every=5m
 */
import { runbook, Type } from "runwright";

interface Feed {
  items: { name: string }[];
  /** Where the next look begins. */
  next: string;
}

export default runbook({
  summary: "Start a job for each new item of a feed",
  parameters: Type.Object({
    every: Type.String({ default: "1m", description: "Pause between two looks" }),
    looks: Type.Integer({ default: 60, minimum: 1, maximum: 1_000, description: "After so many the job ends; a long journal makes waking slow" }),
  }),
  permissions: {
    http: ["https://example.com/feed"],
    variables: ["feed-cursor"],
    setVariables: ["feed-cursor"],
    jobs: ["hello"],
  },
  // Two that poll would start everything twice.
  concurrency: { limit: 1, overflow: "skip" },
  async run({ params, http, variables, jobs, retry, sleep, log, output }) {
    let cursor = await variables.get<string>("feed-cursor").catch((error: { code?: string }) => {
      if (error.code === "ASSET_NOT_FOUND") return ""; // the first time
      throw error;
    });
    let started = 0;
    for (let look = 1; look <= params.looks; look++) {
      if (look > 1) await sleep(params.every);
      const answer = await retry(() => http.fetch(`https://example.com/feed?after=${encodeURIComponent(cursor)}`), { attempts: 5, on: ["HTTP_FAILED"] });
      if (!answer.ok) throw new Error(`the feed answers ${answer.status}`);
      const { items, next } = await answer.json<Feed>();
      for (const { name } of items) await jobs.start("hello", { name });
      started += items.length;
      if (next !== cursor) {
        await variables.set("feed-cursor", next);
        cursor = next;
        log(`${items.length} new items, up to ${next}`);
      }
    }
    output({ started, cursor });
  },
});

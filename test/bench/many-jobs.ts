import { type BenchEngine, publish } from "./engine-under-test.ts";
import { processWatch } from "./fleet/process-watch.ts";
import { jobsPerSecond, latencies, percentile } from "./load.ts";

const SLEEPS =
  'var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "bench", run: async ({ sleep }) => { await sleep("6h"); } } } };';

export interface ManyWaiting {
  /** Asked for, run to their sleep, and their isolates given back, each second. */
  perSecond: number;
  /** Resident memory that the engine has more than before, MB. */
  moreMb: number;
  /** Of one core, percent, while all wait. */
  cpu: number;
  /** Milliseconds of a job of one line, p50, without them and beside them. */
  alone: number;
  beside: number;
}

/** So many jobs sleep for hours: they cost rows, and nothing else. */
export async function manyWaiting(engine: BenchEngine, jobs: number): Promise<ManyWaiting> {
  const watch = processWatch(engine.pid);
  await publish(engine, "bench-sleeps", SLEEPS);
  const alone = percentile(await latencies(engine, { jobs: 100 }), 50);
  const before = watch.residentMb();
  const begin = performance.now();
  await asked(engine, "bench-sleeps", jobs);
  await settled(engine, "bench-sleeps");
  const perSecond = (jobs / (performance.now() - begin)) * 1_000;
  const cpu = await watch.cpuPercent(5_000);
  return { perSecond, moreMb: watch.residentMb() - before, cpu, alone, beside: percentile(await latencies(engine, { jobs: 100 }), 50) };
}

/** Jobs that are asked for and not waited for, each second: they are in the queue, durably, when their caller has the answer. They run meanwhile. */
export async function enqueuedPerSecond(engine: BenchEngine, jobs: number): Promise<number> {
  const begin = performance.now();
  await asked(engine, "bench", jobs);
  const took = performance.now() - begin;
  await settled(engine, "bench");
  return (jobs / took) * 1_000;
}

/** The engine's resident memory after a tenth of so many jobs, and after all of them, MB. */
export async function memoryOver(engine: BenchEngine, jobs: number): Promise<{ early: number; late: number }> {
  const watch = processWatch(engine.pid);
  await jobsPerSecond(engine, { jobs: jobs / 10, inFlight: 32 });
  const early = watch.residentMb();
  await jobsPerSecond(engine, { jobs: (jobs * 9) / 10, inFlight: 32 });
  return { early, late: watch.residentMb() };
}

async function asked({ client, url, token }: BenchEngine, runbook: string, jobs: number): Promise<void> {
  let left = jobs;
  const one = async () => {
    while (left-- > 0) {
      const { statusCode, body } = await client.request({
        origin: url,
        path: `/api/v1/runbooks/${runbook}/jobs`,
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: '{"params":{}}',
      });
      const text = await body.text();
      if (statusCode >= 300) throw new Error(`a job wasn't taken: ${statusCode} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, one));
}

/** Until none of a runbook is queued or running: each has ended, or waits. */
async function settled({ client, url, token }: BenchEngine, runbook: string): Promise<void> {
  const isThere = async (status: string) => {
    const { body } = await client.request({
      origin: url,
      path: `/api/v1/jobs?runbook=${runbook}&status=${status}&limit=1`,
      method: "GET",
      headers: { authorization: `Bearer ${token}` },
    });
    const page = (await body.json()) as { items?: readonly unknown[] };
    if (page.items === undefined) throw new Error(`jobs can't be listed: ${JSON.stringify(page)}`);
    return page.items.length > 0;
  };
  while ((await isThere("queued")) || (await isThere("running"))) await new Promise((resolve) => setTimeout(resolve, 50));
}

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
  while ((await counted(engine, "waiting")) < jobs) await new Promise((resolve) => setTimeout(resolve, 100));
  const perSecond = (jobs / (performance.now() - begin)) * 1_000;
  const cpu = await watch.cpuPercent(5_000);
  return { perSecond, moreMb: watch.residentMb() - before, cpu, alone, beside: percentile(await latencies(engine, { jobs: 100 }), 50) };
}

/** Jobs that are asked for and not waited for, each second: they are in the queue, durably, when their caller has the answer. They run meanwhile. */
export async function enqueuedPerSecond(engine: BenchEngine, jobs: number): Promise<number> {
  const begin = performance.now();
  await asked(engine, "bench", jobs);
  const took = performance.now() - begin;
  while ((await counted(engine, "queued")) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
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

/** Jobs of this status, as the engine's own metrics say. @see docs/monitoring.md */
async function counted({ client, url, token }: BenchEngine, status: string): Promise<number> {
  const { body } = await client.request({ origin: url, path: "/metrics", method: "GET", headers: { authorization: `Bearer ${token}` } });
  const [, count] = new RegExp(`^runwright_jobs\\{status="${status}"\\} (\\d+)`, "m").exec(await body.text()) ?? [];
  if (count === undefined) throw new Error(`/metrics doesn't say how many jobs are ${status}`);
  return Number(count);
}

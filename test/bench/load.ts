import type { BenchEngine } from "./engine-under-test.ts";

/** Asks for a job and waits for its completed record. @returns milliseconds */
async function oneJob({ client, url, token }: BenchEngine, runbook: string): Promise<number> {
  const begin = performance.now();
  const response = await client.request({
    origin: url,
    path: `/api/v1/runbooks/${runbook}/jobs?wait=30s`,
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"params":{}}',
  });
  const job = (await response.body.json()) as { status?: string };
  if (job.status !== "completed") throw new Error(`a job didn't complete: ${response.statusCode} ${JSON.stringify(job)}`);
  return performance.now() - begin;
}

export async function jobsPerSecond(
  engine: BenchEngine,
  { jobs, inFlight, runbook = "bench" }: { jobs: number; inFlight: number; runbook?: string },
): Promise<number> {
  let left = jobs;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await oneJob(engine, runbook);
    }),
  );
  return (jobs / (performance.now() - begin)) * 1_000;
}

/** One at a time, on an engine that has nothing else to do. */
export async function latencies(engine: BenchEngine, { jobs }: { jobs: number }): Promise<number[]> {
  const times: number[] = [];
  for (let job = 0; job < jobs; job++) times.push(await oneJob(engine, "bench"));
  return times;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

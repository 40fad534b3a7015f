import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { startPostgres } from "../support/postgres.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type BenchEngine, startIn } from "./engine-under-test.ts";
import { jobsPerSecond } from "./load.ts";

/** Jobs a second with one engine and with two on one PostgreSQL that flushes each commit. They share this machine's processors with it, so two aren't twice as fast here. */
export async function clusterRates({ jobs }: { jobs: number }): Promise<{ one: number; two: number }> {
  await using postgres = await startPostgres({ durable: true });
  await using first = await temporaryDirectory("runwright-bench-");
  const env = { RUNWRIGHT_DATABASE: await postgres.newDatabase() };
  const one = await startIn(first.path, { env });
  try {
    const rate = (engine: BenchEngine, share: number) => jobsPerSecond(engine, { jobs: share, inFlight: 16 });
    await rate(one, 200); // warms up
    const alone = await rate(one, jobs);
    await using second = await temporaryDirectory("runwright-bench-");
    // Engines of one database share its key.
    await copyFile(join(first.path, "master.key"), join(second.path, "master.key"));
    const other = await startIn(second.path, { env });
    try {
      await rate(other, 200);
      const begin = performance.now();
      await Promise.all([rate(one, jobs / 2), rate(other, jobs / 2)]);
      return { one: alone, two: (jobs / (performance.now() - begin)) * 1_000 };
    } finally {
      await other.stop();
    }
  } finally {
    await one.stop();
  }
}

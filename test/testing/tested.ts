import { loadRunbook, type RunningTestJob, type TestedRunbook, type TestJob, type TestWorld } from "../../engine/testing.ts";
import { definition, runbookFolder } from "../authoring/runbook-folder.ts";

/** Runs a runbook that is written where it is needed. */
export async function withRunbook<Value>(parts: string, work: (runbook: TestedRunbook) => Promise<Value>, before = ""): Promise<Value> {
  await using folder = await runbookFolder({ "x.ts": definition(parts, before) });
  return await work(loadRunbook(folder.file("x.ts")));
}

export const run = (parts: string, world: TestWorld = {}): Promise<TestJob> => withRunbook(parts, (runbook) => runbook.run(world));

/** Starts it, and stops it when the work is done. */
export const started = <Value>(parts: string, world: TestWorld, work: (job: RunningTestJob) => Promise<Value>): Promise<Value> =>
  withRunbook(parts, async (runbook) => {
    const job = await runbook.start(world);
    try {
      return await work(job);
    } finally {
      await job.stop().catch(() => {}); // it has ended by itself, or was given up
    }
  });

export const message = (job: TestJob): string | undefined => job.error?.message;

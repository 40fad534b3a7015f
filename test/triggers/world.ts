import assert from "node:assert/strict";
import { type Rig, rig, upload } from "../http/rig.ts";
import { type TestClock, testClock } from "../support/clock.ts";

/** An engine whose clock stands still, with runbooks that schedules may start. */
export async function world(start: string, address?: string) {
  const clock = testClock(start);
  const all = await rig({ clock, ...(address ? { address } : {}) });
  await publish(
    all,
    "greet",
    "async ({ params, output }) => output(params)",
    `parameters: { type: "object", properties: { name: { type: "string" }, n: { type: "integer" } } },`,
  );
  // Stays under way until it is stopped.
  await publish(all, "endless", 'async ({ sleep }) => { await sleep("300d"); }');
  return { ...all, clock, ...actions(all, clock) };
}
export type World = Awaited<ReturnType<typeof world>>;

export async function publish(all: Pick<Rig, "ask">, name: string, run: string, declaration = "", body: object = {}) {
  const answer = await all.ask("POST", `/api/v1/runbooks/${name}/publish`, { body: { ...upload(name, run, declaration), ...body } });
  assert.equal(answer.status, 201, answer.text);
}

function actions(all: Rig, clock: TestClock) {
  const { ask, triggers } = all;
  return {
    async put(noun: string, name: string, spec: object, more: object = {}) {
      const answer = await ask("PUT", `/api/v1/${noun}/${name}`, { body: { spec, ...more } });
      assert.ok(answer.status === 200 || answer.status === 201, answer.text);
      return answer.body;
    },
    /** Lets time pass, and one round of the scheduler. @returns how many occurrences were decided */
    async pass(duration: Temporal.DurationLike): Promise<number> {
      clock.advance(duration);
      return triggers.scheduler.tick();
    },
    /** Waits for the end of all jobs of a runbook. */
    async settle(runbook: string) {
      for (const { id } of (await ask("GET", `/api/v1/jobs?runbook=${runbook}&limit=500`)).body.items) await ask("GET", `/api/v1/jobs/${id}?wait=20s`);
    },
    /** Rows of what became of occurrences, oldest first. */
    async rows(query = "") {
      const { body } = await ask("GET", `/api/v1/occurrences?limit=500${query}`);
      return (body.items as { key: string; status: string; reason: string; jobId: string | null; runbook: string; dueAt: string }[]).toReversed();
    },
    jobs: async (runbook: string) =>
      (await ask("GET", `/api/v1/jobs?runbook=${runbook}&limit=500`)).body.items as {
        id: string;
        status: string;
        trigger: string;
        params: object;
        version: number;
      }[],
  };
}

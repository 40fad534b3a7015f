import assert from "node:assert/strict";
import { type Concurrency, DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import type { JobMove, NewJob } from "../../engine/store/records/jobs.ts";
import type { Store } from "../../engine/store/store.ts";
import { AT, aJob } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const KEY = "run_1:web";

describe("jobs of one concurrency key", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());

    const manifest = (limit: number): NewJob["manifest"] => {
      const concurrency: Concurrency = { limit, overflow: "queue", hasKey: true };
      return { summary: "", parameters: {}, permissions: {}, limits: DEFAULT_LIMITS, sharedIsolate: false, concurrency };
    };
    const insert = (id: string, { limit = 1, ...fields }: Partial<NewJob> & { limit?: number } = {}) =>
      store.write((tx) => tx.jobs.insert(aJob({ id, manifest: manifest(limit), concurrencyKey: KEY, ...fields }), "ada"));
    const held = (id: string, fields: Parameters<typeof insert>[1] = {}) => insert(id, { heldBack: true, ...fields });
    const claim = async () => (await store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: 100 }))).map((job) => job.id);
    const move = (id: string, to: JobMove["to"]) => store.write((tx) => tx.jobs.move(id, null, { to, at: AT, by: "ada", reason: "test" }));

    it("are held back until another has ended, the one with the highest priority goes first, and each change says why", async () => {
      await insert("job_1");
      for (const [id, priority] of [["job_2", 0], ["job_3", 7], ["job_4", 0]] as const) await held(id, { priority }); // biome-ignore format: a table
      await insert("job_else", { concurrencyKey: "run_1:db" });
      assert.deepEqual((await claim()).sort(), ["job_1", "job_else"]);
      await move("job_else", "completed");
      assert.deepEqual(await claim(), [], "another key frees nothing");
      await move("job_1", "completed");
      assert.deepEqual(await claim(), ["job_3"]);
      await move("job_3", "failed");
      assert.deepEqual(await claim(), ["job_2"]);
      const transitions = await store.read.jobs.transitions("job_2");
      assert.deepEqual(
        transitions.map(({ from, to, reason }) => [from, to, reason]),
        [
          [null, "queued", "manual"],
          ["queued", "queued", "job_3 has ended"],
          ["queued", "running", "attempt 1"],
        ],
      );
    });

    it("keep their place while they wait, are suspended, or are put back after a crash, and free it once", async () => {
      await insert("job_1");
      await held("job_2");
      await held("job_3");
      await claim();
      for (const to of ["queued", "running", "waiting", "suspended"] as const) {
        if (to === "running") assert.deepEqual(await claim(), ["job_1"], "the same job again, nothing else");
        else await move("job_1", to);
      }
      assert.deepEqual(await claim(), []);
      assert.equal(await store.write((tx) => tx.jobs.letGoStranded({ at: AT, by: "eng_1" })), 0);
      await move("job_1", "stopped");
      assert.deepEqual(await claim(), ["job_2"]);
    });

    it("are let go by the limit of their own version", async () => {
      await insert("job_1");
      await held("job_2", { limit: 1 });
      await held("job_3", { limit: 3 });
      await held("job_4", { limit: 3 });
      await claim();
      await move("job_2", "stopped");
      assert.deepEqual(await claim(), ["job_3", "job_4"], "two more fit beside the one that runs; the one that was stopped doesn't bar the way");
    });

    it("give their place up when they are suspended before they have begun, and get in line again", async () => {
      await insert("job_1");
      await held("job_2");
      const suspended = await move("job_1", "suspended");
      assert.equal(suspended?.heldBack, true);
      assert.deepEqual(await claim(), ["job_2"]);
      const continued = await move("job_1", "queued");
      assert.equal(continued?.heldBack, true);
      assert.deepEqual(await claim(), []);
      await move("job_2", "completed");
      assert.deepEqual(await claim(), ["job_1"]);
      assert.equal((await store.read.jobs.get("job_1"))?.heldBack, false);
    });

    it("aren't let go while a person has suspended them", async () => {
      await insert("job_1");
      await held("job_2");
      await claim();
      await move("job_2", "suspended");
      await move("job_1", "completed");
      assert.deepEqual(await claim(), []);
      const continued = await move("job_2", "queued");
      assert.deepEqual([continued?.status, continued?.heldBack], ["queued", false]);
      assert.deepEqual(await claim(), ["job_2"]);
    });

    it("go on when an engine that knows no keys has ended the one in their way", async () => {
      await held("job_2");
      await held("job_3");
      assert.deepEqual(await claim(), []);
      assert.equal(await store.write((tx) => tx.jobs.letGoStranded({ at: AT, by: "eng_1" })), 1);
      assert.deepEqual(await claim(), ["job_2"]);
    });

    it("are let go one after the other, however many are held back", async () => {
      await insert("job_0000");
      await store.write(async (tx) => {
        for (let n = 1; n <= 300; n++) {
          const id = `job_${String(n).padStart(4, "0")}`;
          await tx.jobs.insert(aJob({ id, manifest: manifest(1), concurrencyKey: KEY, heldBack: true }), "ada");
        }
      });
      for (let n = 0; n <= 20; n++) {
        const id = `job_${String(n).padStart(4, "0")}`;
        assert.deepEqual(await claim(), [id]);
        await move(id, "completed");
      }
    });
  });
});

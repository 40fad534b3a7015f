import assert from "node:assert/strict";
import type { Store } from "../../engine/store/store.ts";
import { AT, aJob } from "./rows.ts";
import { withEachStore } from "./stores.ts";

describe("a job that begins to wait", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.stop());

    async function waiting(id: string, reason: string): Promise<void> {
      await store.write((tx) => tx.jobs.insert(aJob({ id }), "ada"));
      const [job] = await store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: 1 }));
      await store.write((tx) => tx.jobs.move(id, job?.fence ?? 0, { to: "waiting", at: AT, by: "eng_1", reason, wakeAt: null }));
    }

    it("may say why with whatever guest code threw, NUL included", async () => {
      await waiting("job_1", "this one failed: a\0b");
      assert.deepEqual((await store.read.jobs.transitions("job_1")).at(-1)?.reason, "this one failed: a\ufffdb");
    });

    it("may wait for more than one statement can name", async () => {
      await waiting("job_2", "waits");
      await store.write((tx) =>
        tx.waits.put(
          "job_2",
          Array.from({ length: 40_000 }, (_, n) => `event:e${n}`),
        ),
      );
      assert.deepEqual(await store.write((tx) => tx.waits.of("event:e39999")), ["job_2"]);
      const roused = await store.write((tx) => tx.jobs.rouse("event:e7", { at: AT, by: "eng_1", reason: "published" }));
      assert.deepEqual(
        roused.map(({ id }) => id),
        ["job_2"],
      );
      assert.deepEqual(await store.write((tx) => tx.waits.of("event:e39999")), []);
    });
  });
});

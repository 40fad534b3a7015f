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
      const { roused } = await store.write((tx) => tx.jobs.rouse("event:e7", { at: AT, by: "eng_1", reason: "published" }));
      assert.deepEqual(
        roused.map(({ id }) => id),
        ["job_2"],
      );
      assert.deepEqual(await store.write((tx) => tx.waits.of("event:e39999")), []);
    });

    it("is roused with thousands of others a part at a time, those who can't see what happened not at all", async () => {
      const count = 700;
      const names = Array.from({ length: count }, (_, n) => `job_many_${String(n).padStart(4, "0")}`);
      await store.write(async (tx) => {
        for (const id of names) await tx.jobs.insert(aJob({ id, scope: id.endsWith("0") ? "/b" : "/a/x" }), "ada");
        for (const job of await tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: count + 9 })) {
          if (!names.includes(job.id)) continue;
          await tx.jobs.move(job.id, job.fence, { to: "waiting", at: AT, by: "eng_1", reason: "waits", wakeAt: null });
          await tx.waits.put(job.id, ["event:many"]);
        }
      });
      const { roused, due } = await store.write((tx) => tx.jobs.rouse("event:many", { at: AT, by: "eng_1", reason: "published", within: "/a" }));
      assert.deepEqual([roused.length, due], [450, 180]);
      const woken = await store.write((tx) => tx.jobs.wake({ now: AT, by: "eng_1", limit: 1_000 }));
      assert.equal(woken.length, 180);
      assert.ok([...roused, ...woken].every(({ scope }) => scope === "/a/x"));
      assert.equal((await store.write((tx) => tx.waits.of("event:many"))).length, 70);
    });
  });
});

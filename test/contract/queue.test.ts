import assert from "node:assert/strict";
import type { NewJob } from "../../engine/store/records/jobs.ts";
import type { Store } from "../../engine/store/store.ts";
import { AT, aJob } from "./rows.ts";
import { withEachStore } from "./stores.ts";

describe("the queue", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    let made = 0;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());

    const insert = (fields: Partial<NewJob>, count = 1) =>
      store.write(async (tx) => {
        const ids: string[] = [];
        for (let n = 0; n < count; n++) ids.push((await tx.jobs.insert(aJob({ id: `job_${String(++made).padStart(6, "0")}`, ...fields }), "ada")).id);
        return ids;
      });
    const claim = (limit: number) => store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit }));
    const placeOf = async (id: string) => (await claim(500)).findIndex((job) => job.id === id) + 1;

    it("gives another runbook its turn at once, whatever one has put in before: in the same scope and in another", async () => {
      await insert({ runbookId: "run_busy", scope: "/a" }, 1_000);
      await claim(100);
      const [same] = await insert({ runbookId: "run_other", scope: "/a" });
      const [elsewhere] = await insert({ runbookId: "run_third", scope: "/b" });
      const next = (await claim(5)).map((job) => job.id);
      assert.ok(same && next.includes(same), `${same} is none of ${next}`);
      assert.ok(elsewhere && next.includes(elsewhere), `${elsewhere} is none of ${next}`);
    });

    it("gives a scope with one busy runbook as much as a scope with twenty, and runbooks of one scope the same", async () => {
      for (let round = 0; round < 20; round++) {
        for (let n = 0; n < 20; n++) await insert({ runbookId: `run_${n}`, scope: "/many" });
        await insert({ runbookId: "run_alone", scope: "/one" }, 20);
      }
      const claimed = await claim(300);
      const alone = claimed.filter((job) => job.scope === "/one").length;
      assert.ok(alone >= 135 && alone <= 165, `${alone} of 300 belong to the scope with one runbook`);
      const shares = Array.from({ length: 20 }, (_, n) => claimed.filter((job) => job.runbookId === `run_${n}`).length);
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 2, `runbooks of one scope had ${shares}`);
    });

    it("takes higher priorities first, and doesn't put an urgent job behind its runbook's own backlog", async () => {
      await insert({ runbookId: "run_busy" }, 500);
      await insert({ runbookId: "run_urgent", priority: 10 }, 20);
      const [urgent] = await insert({ runbookId: "run_busy", priority: 10 });
      const [low] = await insert({ runbookId: "run_low", priority: -10 });
      assert.ok(urgent && low);
      const first = (await claim(5)).map((job) => job.id);
      assert.ok(first.includes(urgent), `${urgent} is none of ${first}`);
      assert.equal(await placeOf(low), 0, "it comes after everything else");
      await claim(500);
      assert.equal((await store.read.jobs.get(low))?.status, "running");
    });

    it("keeps the turn of a job whose attempt was lost", async () => {
      const [lost] = await insert({ runbookId: "run_busy" }, 300);
      assert.ok(lost);
      await claim(200);
      await store.write((tx) => tx.jobs.move(lost, null, { to: "queued", at: AT, by: "reaper", reason: "lease ended" }));
      // A burst that comes meanwhile passes nobody.
      await insert({ runbookId: "run_burst" }, 100);
      const next = await claim(40);
      assert.equal(next[0]?.id, lost);
      assert.ok(next.filter((job) => job.runbookId === "run_busy").length >= 20, "half of the turns at least stay with who was there before");
    });

    it("finishes what was begun before it begins more, and a herd that wakes at once doesn't keep another out", async () => {
      await insert({ runbookId: "run_sleeps" }, 600);
      for (const { id } of await claim(500)) {
        await store.write((tx) => tx.jobs.move(id, null, { to: "waiting", at: AT, by: "eng_1", reason: "sleeps", wakeAt: AT + 1 }));
      }
      const woken = [];
      for (let round = 0; round < 5; round++) woken.push(...(await store.write((tx) => tx.jobs.wake({ now: AT + 2, by: "eng_1", limit: 100 }))));
      assert.equal(woken.length, 500);
      const [other] = await insert({ runbookId: "run_other" });
      const next = await claim(100);
      const place = next.findIndex((job) => job.id === other) + 1;
      assert.ok(place > 0 && place <= 20, `the other runbook's first job is number ${place}`);
      assert.ok(next.filter((job) => job.attempt > 1).length >= 60, "most of what goes next was begun before");
    });
  });
});

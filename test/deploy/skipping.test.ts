import assert from "node:assert/strict";
import { type DeployWorld, deployWorld, publishRoll } from "./world.ts";

describe("an occurrence of a window", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
    for (const name of ["web1", "web2"]) await all.machine(name);
  });
  afterEach(() => all.stop());
  const told = async () => (await all.rows()).map(({ occurrence, status }) => `${occurrence.slice(0, 16)} ${status}`);
  const entry = async (operation: string) => (await all.activity()).find((one) => one.operation === operation);

  describe("that is skipped", () => {
    it("leaves out the next occurrence, planned or not, and says who and why", async () => {
      await all.window("nightly");
      await all.pass({ hours: 1 });
      const { body } = await all.post("/windows/nightly/skip", { reason: "sports day" });
      assert.deepEqual([body.kind, body.occurrence.slice(0, 16)], ["skipped", "2026-03-02T02:00"]);
      const [planned] = await all.rows();
      assert.deepEqual([planned.status, planned.reason], ["aborted", "skipped by admin: sports day"]);
      await all.pass({ hours: 13 });
      await all.pass({ hours: 24 });
      assert.deepEqual(await told(), ["2026-03-02T02:00 aborted", "2026-03-03T02:00 running"]);
      const { body: preview } = await all.ask("GET", "/api/v1/windows/nightly/preview");
      assert.equal(preview.items.length, 10);
    });

    it("is shown before it would open, can't be planned, and is no other one", async () => {
      await all.window("nightly");
      const { body: preview } = await all.ask("GET", "/api/v1/windows/nightly/preview");
      const third = preview.items[2].occurrence;
      assert.equal((await all.post("/windows/nightly/skip", { reason: "x", occurrence: third })).status, 200);
      assert.equal((await all.post("/windows/nightly/plan")).status, 200, "the first one");
      const { body: after } = await all.ask("GET", "/api/v1/windows/nightly/preview");
      assert.deepEqual(
        after.items.slice(0, 4).map(({ exception }: any) => exception?.kind ?? null),
        [null, null, "skipped", null],
      );
      await all.post("/windows/nightly/skip", { reason: "y" });
      const refused = await all.post("/windows/nightly/plan");
      assert.deepEqual([refused.body.code, /admin has skipped the occurrence .*: y$/.test(refused.body.detail)], ["CONFLICT", true], refused.body.detail);
    });

    it("isn't possible once it is open, nor for a time that it doesn't have", async () => {
      await all.window("nightly");
      await all.pass({ hours: 14 });
      const [{ occurrence }] = await all.rows();
      const open = await all.post("/windows/nightly/skip", { reason: "x", occurrence });
      assert.deepEqual([open.body.code, /is open already; `runwright window cancel nightly`/.test(open.body.detail)], ["CONFLICT", true], open.body.detail);
      assert.equal((await all.post("/windows/nightly/skip", { reason: "x", occurrence: "2026-03-04T03:00:00+00:00[UTC]" })).body.code, "NOT_FOUND");
      assert.equal((await all.post("/windows/nightly/skip", {})).status, 400);
      assert.equal((await all.post("/windows/nightly/skip", { reason: "x", occurrence: "tomorrow" })).body.code, "NOT_FOUND");
    });

    it("holds also when it comes while the plan of that very occurrence is being made", async () => {
      const { verdicts } = all.store.read;
      const { updatesOf } = verdicts;
      let skipped = 0;
      verdicts.updatesOf = async (ids) => {
        if (skipped === 0) skipped = (await all.post("/windows/nightly/skip", { reason: "sports day" })).status;
        return updatesOf(ids);
      };
      await all.window("nightly");
      await all.pass({ hours: 1 });
      verdicts.updatesOf = updatesOf;
      assert.equal(skipped, 200);
      await all.pass({ hours: 13 });
      assert.deepEqual(await told(), [], "nothing was planned, and nothing starts");
    });

    it("refuses a plan that somebody asked for while it was being skipped, with who and why", async () => {
      const { verdicts } = all.store.read;
      const { updatesOf } = verdicts;
      await all.window("nightly", { planAhead: "1h" });
      await all.pass({ seconds: 1 });
      let skipped = 0;
      verdicts.updatesOf = async (ids) => {
        if (skipped === 0) skipped = (await all.post("/windows/nightly/skip", { reason: "sports day" })).status;
        return updatesOf(ids);
      };
      const { body } = await all.post("/windows/nightly/plan");
      verdicts.updatesOf = updatesOf;
      assert.deepEqual([skipped, body.code, /admin has skipped the occurrence .*: sports day$/.test(body.detail)], [200, "CONFLICT", true], body.detail);
    });

    it("ends what was planned in spite of it, such as by another engine, instead of starting it", async () => {
      await all.window("nightly");
      await all.pass({ hours: 1 });
      const { windowId = "", occurrence = "" } = (await all.store.read.deployments.get((await all.only()).id)) ?? {};
      await all.store.write((tx) => tx.deployments.except({ windowId, occurrence, kind: "skipped", reason: "sports day", by: "ada", at: all.clock.now() }));
      await all.pass({ hours: 13 });
      const [{ status, reason }] = await all.rows();
      assert.deepEqual([status, reason], ["aborted", "skipped by ada: sports day"]);
    });

    it("is said once: whoever says it again is told who has", async () => {
      await all.window("nightly");
      await all.post("/windows/nightly/skip", { reason: "sports day" });
      const again = await all.post("/windows/nightly/skip", { reason: "x" });
      assert.deepEqual(
        [again.body.code, /^admin has skipped 2026-03-02.* already: sports day$/.test(again.body.detail)],
        ["CONFLICT", true],
        again.body.detail,
      );
    });
  });

  describe("that was skipped, and isn't any more", () => {
    const unskip = (body: object = {}, token?: string) => all.post("/windows/nightly/unskip", { reason: "rain", ...body }, token);

    it("is planned anew at once, with time to approve it, and what the skip has ended stays as it is", async () => {
      await all.window("nightly", { approval: { count: 1, byRequester: true } });
      await all.pass({ hours: 1 });
      const before = await all.only();
      await all.post("/windows/nightly/skip", { reason: "sports day" });
      await all.pass({ seconds: 1 });
      const { status, body } = await unskip();
      assert.deepEqual([status, body.occurrence, body.reason], [200, before.occurrence, "sports day"], body.detail);
      await all.pass({ seconds: 1 });
      const [old, now] = await all.rows();
      assert.deepEqual([old.id, old.status, old.reason], [before.id, "aborted", "skipped by admin: sports day"]);
      assert.deepEqual([now.occurrence, now.status, now.planHash], [before.occurrence, "awaitingApproval", before.planHash]);
      await all.post(`/deployments/${now.id}/approve`, { planHash: now.planHash });
      await all.pass({ hours: 13 });
      assert.equal((await all.rows()).find(({ id }) => id === now.id).status, "running");
      const { details, target } = (await entry("window.unskip")) ?? {};
      assert.deepEqual([target, details], ["MaintenanceWindow:nightly", { occurrence: before.occurrence, reason: "rain" }]);
      const { body: preview } = await all.ask("GET", "/api/v1/windows/nightly/preview");
      assert.equal(preview.items[0].exception, null);
    });

    it("is the next one that is skipped, or the one that is named, also of a window that follows the sun; as often as people change their minds", async () => {
      await all.machine("tokyo", { zone: "Asia/Tokyo" });
      await all.window("nightly", { timeZone: "machine" });
      const { body: preview } = await all.ask("GET", "/api/v1/windows/nightly/preview");
      const [, second, third] = preview.items.map(({ occurrence }: { occurrence: string }) => occurrence);
      for (const occurrence of [third, second]) await all.post("/windows/nightly/skip", { reason: "x", occurrence });
      assert.equal((await unskip({ occurrence: third })).body.occurrence, third);
      for (let times = 0; times < 3; times++) {
        assert.equal((await unskip()).body.occurrence, second);
        await all.deployments.tick();
        assert.equal((await all.post("/windows/nightly/skip", { reason: "x", occurrence: second })).status, 200);
      }
    });

    it("starts in the middle of its window, in what is left of it", async () => {
      await all.window("nightly");
      await all.post("/windows/nightly/skip", { reason: "sports day" });
      await all.pass({ hours: 14, minutes: 30 });
      assert.deepEqual(await told(), []);
      await unskip();
      await all.pass({ seconds: 1 });
      assert.deepEqual(await told(), ["2026-03-02T02:00 running"]);
    });

    it("is none that isn't skipped, was cancelled, or is over; and nobody's who may only read", async () => {
      await all.window("nightly");
      assert.match((await unskip()).body.detail, /no coming occurrence of the window nightly is skipped/);
      const { occurrence } = (await all.post("/windows/nightly/skip", { reason: "x" })).body;
      const eve = await all.tokenFor("eve", { role: "reader", scope: "/" });
      assert.equal((await unskip({}, eve)).status, 403);
      assert.equal((await unskip({ reason: " " })).status, 400);
      await all.pass({ hours: 16 });
      for (const body of [{}, { occurrence }, { occurrence: "2026-03-03T02:00:00+00:00[UTC]" }, { occurrence: "x" }])
        assert.equal((await unskip(body)).body.code, "NOT_FOUND", JSON.stringify(body));
      await all.pass({ hours: 22 });
      const [cancelled] = (await all.post("/windows/nightly/cancel", { reason: "fire" })).body.items;
      assert.equal((await unskip({ occurrence: cancelled.occurrence })).body.code, "NOT_FOUND");
    });
  });
});

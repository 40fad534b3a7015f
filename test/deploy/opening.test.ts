import assert from "node:assert/strict";
import type { MachineStatus } from "../../engine/core/deploy/status.ts";
import { eventually } from "../support/eventually.ts";
import { type DeployWorld, deployWorld, HOUR, publishRoll } from "./world.ts";

const FREEZE = { timeZone: "UTC", reason: "books", periods: [{ from: "2026-03-01T00:00", to: "2026-03-02T03:00" }] };

describe("a window that people open or cancel", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
    for (const name of ["web1", "web2"]) await all.machine(name);
  });
  afterEach(() => all.stop());
  const run = (name: string, body: object = {}, token?: string) => all.post(`/windows/${name}/run`, { reason: "CVE-2099-1", ...body }, token);
  const told = async () => (await all.rows()).map(({ occurrence, status }) => `${occurrence.slice(0, 16)} ${status}`);
  const entry = async (operation: string) => (await all.activity()).find((one) => one.operation === operation);

  describe("now", () => {
    it("is open from this moment for as long as it is told, and starts at once what needs no approval", async () => {
      await all.window("nightly");
      const { status, body } = await run("nightly", { duration: "45m" });
      assert.equal(status, 201, body.detail);
      assert.deepEqual([body.opensAt, body.closesAt, body.reserveFrom], ["2026-03-01T12:00:00.000Z", "2026-03-01T12:45:00.000Z", "2026-03-01T12:25:00.000Z"]);
      await all.pass({ seconds: 1 });
      assert.equal((await all.rows())[0].status, "running");
      assert.match(JSON.stringify((await entry("window.run"))?.details), /"reason":"CVE-2099-1"/);
    });

    it("is open as long as the window is when nothing else is said, for machines of all zones at once", async () => {
      await all.machine("tokyo", { zone: "Asia/Tokyo" });
      await all.window("sun", { timeZone: "machine", duration: "3h" });
      const { body } = await run("sun");
      assert.equal(body.closesAt, "2026-03-01T15:00:00.000Z");
      const machines = await all.machines(body.id);
      assert.deepEqual(new Set(machines.map(({ opensAt, status }) => `${opensAt} ${status}`)), new Set(["2026-03-01T12:00:00.000Z NotStarted"]));
    });

    it("asks for approval as at any other time, and expires without it", async () => {
      await all.window("guarded", { approval: { count: 1 } });
      const { body } = await run("guarded");
      assert.equal(body.status, "awaitingApproval");
      await all.pass({ hours: 2 });
      const ended = (await all.rows()).find(({ id }) => id === body.id);
      assert.deepEqual([ended.status, /its plan wasn't approved/.test(ended.reason)], ["expired", true], ended.reason);
    });

    it("doesn't touch its own times: the next one opens as planned, also of one that is disabled meanwhile", async () => {
      await all.window("nightly");
      await all.pass({ hours: 1 });
      const { body } = await run("nightly");
      await all.window("nightly", { enabled: false });
      await all.pass({ seconds: 1 });
      assert.equal((await all.rows()).find(({ id }) => id === body.id).status, "running", "who opens it by hand means it");
      await all.window("nightly");
      await all.pass({ hours: 13 });
      assert.equal((await all.rows()).find(({ occurrence }) => occurrence.startsWith("2026-03-02T02:00"))?.status, "running");
    });

    it("needs a reason, from half an hour to a day that leaves more than the reserve, no freeze, and the right to", async () => {
      await all.window("nightly", { rebootReserve: "40m" });
      for (const [body, code] of [
        [{ reason: " " }, "BAD_REQUEST"],
        [{ reason: "a\0b" }, "BAD_REQUEST"],
        [{ duration: "29m" }, "BAD_REQUEST"],
        [{ duration: "25h" }, "BAD_REQUEST"],
        [{ duration: "40m" }, "BAD_REQUEST"],
        [{ duration: "soon" }, "DURATION_INVALID"],
      ] as const)
        assert.equal((await run("nightly", body)).body.code, code, JSON.stringify(body));
      const eve = await all.tokenFor("eve", { role: "reader", scope: "/" });
      assert.equal((await run("nightly", {}, eve)).status, 403);
      await all.ask("PUT", "/api/v1/freezes/books", { body: { spec: FREEZE } });
      const frozen = await run("nightly");
      assert.deepEqual([frozen.status, frozen.body.code, frozen.headers["retry-after"]], [409, "FROZEN", undefined]);
      assert.match(frozen.body.detail, /the freeze books holds it back until 2026-03-02T03:00.*: books; ask again then, .*`runwright freeze show books`/);
      assert.deepEqual(await told(), []);
    });
  });

  describe("cancelled", () => {
    /** The only one, when it is over. */
    const ended = () =>
      eventually("the end", async () => {
        await all.pass({ seconds: 1 });
        const { id, status } = await all.only();
        return status === "aborted" && id;
      });

    it("begins nothing new: what hasn't started is over, what runs is aborted", async () => {
      await all.window("nightly");
      await all.window("guarded", { approval: { count: 1 } });
      await all.pass({ hours: 14 });
      const [{ id }] = await all.rows("nightly");
      await all.installs(id, "mch_web1");
      for (const name of ["nightly", "guarded"]) assert.equal((await all.post(`/windows/${name}/cancel`, { reason: "fire" })).status, 200);
      await all.pass({ seconds: 1 });
      const [[running], [waiting]] = await Promise.all([all.rows("nightly"), all.rows("guarded")]);
      assert.deepEqual([running.status, running.reason], ["aborting", "cancelled by admin: fire"]);
      assert.deepEqual([waiting.status, waiting.reason, waiting.machines], ["aborted", "cancelled by admin: fire", { Cancelled: 2 }]);
      assert.equal((await entry("window.cancel"))?.target, "MaintenanceWindow:guarded", "the newest entry first");
    });

    it("isn't taken up again within that occurrence, unless somebody opens it for that", async () => {
      await all.window("nightly");
      await all.pass({ hours: 14 });
      await all.post("/windows/nightly/cancel", { reason: "fire" });
      const id = await ended();
      const refused = await all.post(`/deployments/${id}/retry`, { reason: "again" });
      assert.deepEqual([refused.body.code, /admin has cancelled it: fire/.test(refused.body.detail)], ["CONFLICT", true], refused.body.detail);
      assert.equal((await all.post(`/deployments/${id}/retry`, { reason: "again", duration: "1h" })).status, 201);
    });

    it("is all that is open: its own occurrence and what somebody has opened by hand; and nothing where none is open", async () => {
      await all.window("nightly");
      const closed = await all.post("/windows/nightly/cancel", { reason: "x" });
      assert.deepEqual([closed.body.code, /isn't open; `runwright window skip nightly`/.test(closed.body.detail)], ["CONFLICT", true], closed.body.detail);
      await all.pass({ hours: 14 });
      const { body: opened } = await run("nightly");
      await all.pass({ seconds: 1 });
      const { body } = await all.post("/windows/nightly/cancel", { reason: "fire" });
      assert.deepEqual(new Set(body.items.map(({ occurrence }: any) => occurrence)), new Set((await all.rows()).map(({ occurrence }) => occurrence)));
      assert.ok(body.items.some(({ occurrence }: any) => occurrence === opened.occurrence));
      for (const { reason } of await all.rows()) assert.match(reason, /^cancelled by admin: fire/);
    });

    it("is each occurrence that is open in some zone, of a window that follows the sun", async () => {
      all.clock.advance({ hours: 23 });
      for (const zone of ["Pacific/Kiritimati", "Pacific/Honolulu"]) await all.machine(zone.slice(8).toLowerCase(), { zone });
      await all.window("sun", { timeZone: "machine", approval: { count: 1 } });
      await all.pass({ hours: 1, minutes: 30 });
      await all.pass({ hours: 24 });
      // It is 02:30 on the 4th on Kiritimati, and 02:30 on the 3rd on Honolulu.
      const { body } = await all.post("/windows/sun/cancel", { reason: "fire" });
      assert.deepEqual(body.items.map(({ occurrence }: any) => occurrence.slice(0, 10)).sort(), ["2026-03-03", "2026-03-04"]);
      assert.deepEqual(await told(), ["2026-03-03T02:00 aborted", "2026-03-04T02:00 aborted", "2026-03-05T02:00 awaitingApproval"]);
    });

    it("is found, and taken up, without computing what is to come for years in each zone", async () => {
      const zones = Intl.supportedValuesOf("timeZone").slice(0, 40);
      for (const [i, zone] of zones.entries()) await all.machine(`m${i}`, { zone });
      await all.window("sun", { timeZone: "machine", cron: "0 2 * * *", startAt: "2026-03-10T00:00" });
      const { toZonedDateTime } = Temporal.PlainDateTime.prototype;
      let computed = 0;
      Temporal.PlainDateTime.prototype.toZonedDateTime = function (...args) {
        computed++;
        return toZonedDateTime.apply(this, args);
      };
      try {
        const refused = await all.post("/windows/sun/cancel", { reason: "x" });
        assert.equal(refused.body.code, "CONFLICT");
        const unknown = await all.post("/windows/sun/skip", { reason: "x", occurrence: "2026-03-11T05:00:00 machine" });
        assert.equal(unknown.body.code, "NOT_FOUND");
      } finally {
        Temporal.PlainDateTime.prototype.toZonedDateTime = toZonedDateTime;
      }
      assert.ok(computed < 20 * zones.length, `${computed} times of ${zones.length} zones`);
    });
  });
});

describe("a deployment that is taken up again", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
  });
  afterEach(() => all.stop());

  const OUTCOMES = {
    ...{
      ok: "Succeeded",
      warned: "SucceededWithWarnings",
      broken: "Failed",
      lost: "AgentLost",
      unproven: "RebootUnverified",
      late: "MaintenanceWindowExceeded",
    },
    ...{ drifted: "PlanDrift", gated: "SkippedByGate", frozen: "Frozen", cancelled: "Cancelled" },
  } as const satisfies Record<string, MachineStatus>;
  /** One whose machines have come to all ends that there are. */
  async function ended() {
    for (const name of Object.keys(OUTCOMES)) await all.machine(name);
    await all.machine("calm", { missing: [] });
    await all.window("nightly");
    await all.pass({ hours: 14 });
    const { id, jobId } = await all.only();
    for (const [name, status] of Object.entries(OUTCOMES))
      await all.store.write((tx) => tx.deployments.patchMachine({ deploymentId: id, machineId: `mch_${name}` }, { status, endedAt: all.clock.now() }));
    await all.finish({ id, jobId });
    await all.pass({ seconds: 1 });
    return all.only();
  }

  it("has those that failed or weren't reached, in what is left of the window, and says what it takes up", async () => {
    const before = await ended();
    assert.equal(before.status, "failed");
    const { status, body } = await all.post(`/deployments/${before.id}/retry`, { reason: "mended" });
    assert.equal(status, 201, body.detail);
    assert.deepEqual([body.retryOf, body.closesAt, body.opensAt], [before.id, before.closesAt, new Date(all.clock.now()).toISOString()]);
    assert.deepEqual(
      (await all.machines(body.id)).map(({ name }) => name),
      Object.keys(OUTCOMES)
        .filter((name) => name !== "ok" && name !== "warned")
        .sort(),
    );
    await all.pass({ seconds: 1 });
    assert.equal((await all.rows()).at(-1).status, "running");
    assert.equal((await all.ask("GET", `/api/v1/deployments/${before.id}`)).body.status, "failed", "what was stays as it was");
  });

  it("is planned anew: what is there meanwhile isn't installed again, and its plan is approved anew", async () => {
    const bea = await all.tokenFor("bea", { role: "operator", scope: "/" });
    const plan = async (id: string) => (await all.ask("GET", `/api/v1/deployments/${id}`)).body;
    for (const name of ["a", "b"]) await all.machine(name);
    await all.window("nightly", { approval: { count: 1 } });
    await all.pass({ hours: 1 });
    const before = await all.only();
    await all.post(`/deployments/${before.id}/approve`, { planHash: before.planHash }, bea);
    await all.pass({ hours: 13 });
    for (const machineId of ["mch_a", "mch_b"])
      await all.store.write((tx) => tx.deployments.patchMachine({ deploymentId: before.id, machineId }, { status: "Failed", endedAt: all.clock.now() }));
    await all.finish(await plan(before.id));
    await all.store.write((tx) => tx.updates.replaceUpdates("mch_a", []));
    await all.pass({ seconds: 1 });
    const { body } = await all.post(`/deployments/${before.id}/retry`, { reason: "mended" });
    assert.deepEqual([body.status, body.machines], ["awaitingApproval", { NotStarted: 1, NotIncluded: 1 }]);
    assert.notEqual(body.planHash, before.planHash);
  });

  it("isn't while it goes on, when nothing failed, or outside of its window without saying for how long", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 14 });
    const { id, jobId } = await all.only();
    assert.match((await all.post(`/deployments/${id}/retry`, { reason: "x" })).body.detail, /is running: it can be taken up when it has ended/);
    await all.store.write((tx) => tx.deployments.patchMachine({ deploymentId: id, machineId: "mch_web1" }, { status: "Succeeded", endedAt: all.clock.now() }));
    await all.finish({ id, jobId });
    await all.pass({ seconds: 1 });
    assert.match((await all.post(`/deployments/${id}/retry`, { reason: "x" })).body.detail, /there is nothing to take up/);
    await all.store.write((tx) => tx.deployments.patchMachine({ deploymentId: id, machineId: "mch_web1" }, { status: "Failed" }));
    all.clock.advance({ milliseconds: 3 * HOUR });
    const closed = await all.post(`/deployments/${id}/retry`, { reason: "x" });
    assert.deepEqual([closed.body.code, /isn't open; say for how long/.test(closed.body.detail)], ["CONFLICT", true], closed.body.detail);
    assert.equal((await all.post(`/deployments/${id}/retry`, {})).status, 400);
    assert.equal(
      (await all.post(`/deployments/${id}/retry`, { reason: "x", duration: "30m" })).body.closesAt,
      new Date(all.clock.now() + HOUR / 2).toISOString(),
    );
  });
});

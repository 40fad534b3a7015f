import assert from "node:assert/strict";
import { type ErrorCode, isRunwrightError } from "../../engine/core/errors.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { CALLER, debugRig } from "./rig.ts";

const PROBE = {
  ...{ runbook: "probe", params: {}, version: "latest" as const, dry: false, narrowedTo: null, inspect: true, sourceRoot: "file:///somewhere/" },
  ...{ caller: CALLER, also: () => {} },
};

describe("limits of a debug session", function () {
  this.timeout(40_000);

  it("isn't begun beyond what one person has, however many there may be, until one has ended", async () => {
    const place = await temporaryDirectory();
    const other = await debugRig({ address: `sqlite:${place.path}`, mostOfOne: 1 });
    try {
      await other.publish("probe", "async () => {}");
      const tries = await Promise.allSettled([other.debug("probe"), other.debug("probe")]);
      assert.deepEqual(tries.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      await assert.rejects(other.debug("probe"), (error) => isRunwrightError(error, "OVERLOADED") && /you have 1 debug session/.test(error.message));
      for (const one of tries) if (one.status === "fulfilled") one.value.attached.left();
      const next = await other.debug("probe");
      next.attached.left();
    } finally {
      await other.stop();
      await place.remove();
    }
  });

  it("isn't begun any more when the engine stops in that moment, and leaves no job behind", async () => {
    const place = await temporaryDirectory();
    const other = await debugRig({ address: `sqlite:${place.path}` });
    try {
      await other.publish("probe", "async () => {}");
      const begun = other.debug("probe"); // its transaction is under way
      await other.debugging.stop();
      await assert.rejects(begun, (error) => isRunwrightError(error, "STOPPING"));
      assert.equal(other.debugging.count(), 0);
      const [job] = await other.store.read.jobs.list({ scopes: ["/"], limit: 10 });
      assert.equal(job && (await other.finish(job.id)).status, "stopped");
    } finally {
      await other.stop();
      await place.remove();
    }
  });

  it("takes no ticket after its time, nor one of a session that has ended for want of a client", async () => {
    const place = await temporaryDirectory();
    const clock = testClock();
    const other = await debugRig({ address: `sqlite:${place.path}`, clock });
    const refused = (what: () => unknown, code: ErrorCode, says: RegExp) =>
      assert.throws(what, (error) => isRunwrightError(error, code) && says.test(error.message));
    try {
      await other.publish("probe", "async () => {}");
      const begun = await other.debugging.debug(PROBE);
      assert.equal(begun.expiresAt, clock.now() + 60_000);
      clock.advance(60_001);
      refused(() => other.open(begun), "TICKET_INVALID", /the ticket's time is over/);
      refused(() => other.open(begun), "TICKET_INVALID", /the ticket's time is over/);
      await other.debugging.stop();
      refused(() => other.open(begun), "NOT_FOUND", /it is over/);
      assert.equal((await other.finish(begun.job.id)).status, "stopped");
    } finally {
      await other.stop();
      await place.remove();
    }
  });

  it("lasts as long as neither its time nor its client ends it", async () => {
    const short = await temporaryDirectory();
    const other = await debugRig({ address: `sqlite:${short.path}`, ticketMs: 300, idleMs: 300 });
    try {
      await other.publish("probe", "async () => {}");
      const begun = await other.debugging.debug(PROBE);
      assert.equal((await other.finish(begun.job.id)).status, "stopped");
      assert.throws(
        () => other.open(begun),
        (error) => isRunwrightError(error, "NOT_FOUND"),
      );
      const idle = await other.debug("probe");
      assert.equal(await idle.ended, null);
      assert.deepEqual(
        idle.errors.map(({ code }) => code),
        ["SESSION_IDLE"],
      );
      assert.equal((await other.finish(idle.job.id)).status, "stopped");
      await eventually("the ends of both", () => other.ends.length === 2);
      assert.match(JSON.stringify(other.ends), /nobody has connected in time.*it was idle for too long/);
    } finally {
      await other.stop();
      await short.remove();
    }
  });
});

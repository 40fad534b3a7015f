import assert from "node:assert/strict";
import type { Notice } from "../../engine/store/notices.ts";
import { LOOK_AT_EVERYTHING } from "../../engine/store/notices.ts";
import { createFresh } from "../../engine/triggers/fresh.ts";
import { type Rig, rig } from "../http/rig.ts";
import { type Hooks, webhooksOf } from "../http/webhook-rig.ts";
import { testClock } from "../support/clock.ts";

describe("what triggers keep of what they have read", () => {
  const clock = testClock();
  let commit: () => void;
  let hear: (notice: Notice) => void;
  let loads: number;
  const reader = () => {
    const fresh = createFresh({
      clock,
      store: {
        onTriggered: (listener) => {
          commit = listener;
        },
        onNotice: (listener) => {
          hear = listener;
          return () => {};
        },
      },
    });
    loads = 0;
    return { fresh, read: fresh.keep(async () => ++loads) };
  };

  it("is nothing before it hears of changes, and after it has ended to", async () => {
    const { fresh, read } = reader();
    assert.deepEqual([await read(), await read(), fresh.moment()], [1, 2, null]);
    const end = fresh.start();
    assert.deepEqual([await read(), await read()], [3, 3]);
    end();
    assert.deepEqual([await read(), await read(), fresh.moment()], [4, 5, null]);
  });

  it("is read anew after a commit here, a notice of another engine, or a second", async () => {
    const { fresh, read } = reader();
    fresh.start();
    assert.equal(await read(), 1);
    commit();
    assert.deepEqual([await read(), await read()], [2, 2]);
    hear({ ...LOOK_AT_EVERYTHING, triggered: false });
    assert.equal(await read(), 2);
    hear(LOOK_AT_EVERYTHING);
    assert.deepEqual([await read(), await read()], [3, 3]);
    clock.advance(1_000);
    assert.deepEqual([await read(), await read()], [4, 4]);
  });

  it("isn't what was read while something changed, nor what couldn't be read", async () => {
    const { fresh } = reader();
    fresh.start();
    const before = Promise.withResolvers<string>();
    const answers: Promise<string>[] = [before.promise, Promise.resolve("after"), Promise.reject(new Error("away")), Promise.resolve("back")];
    for (const one of answers) one.catch(() => {}); // each is awaited below
    const read = fresh.keep(() => answers.shift() ?? Promise.resolve("more"));
    const first = read();
    commit();
    before.resolve("before");
    assert.deepEqual([await first, await read(), await read()], ["before", "after", "after"]);
    commit();
    await assert.rejects(read(), /away/);
    assert.equal(await read(), "back");
  });
});

describe("an engine that keeps what opens webhooks", function () {
  this.timeout(30_000);
  let all: Rig;
  let hooks: Hooks;
  before(async () => {
    all = await rig();
    all.triggers.start();
    hooks = webhooksOf(all);
    await hooks.publish("echo");
  });
  after(() => all.stop());

  it("closes one at once when it is disabled, rotated or deleted, and holds it back at once in a freeze", async () => {
    const spec = { verify: { scheme: "none" }, runs: [{ runbook: "echo" }] };
    const change = async (method: string, path: string, body?: object) =>
      assert.ok((await all.ask(method, path, body && { body })).status < 300, `${method} ${path}`);
    const path = await hooks.make("kept", spec);
    const status = async () => (await hooks.send(path)).status;
    assert.deepEqual([await status(), await status()], [202, 202]);
    await change("PUT", "/api/v1/webhooks/kept", { spec: { ...spec, enabled: false } });
    assert.equal(await status(), 404);
    await change("PUT", "/api/v1/webhooks/kept", { spec });
    assert.equal(await status(), 202);
    const freeze = { timeZone: "UTC", reason: "audit", holds: ["webhooks"], periods: [{ from: "2000-01-01", to: "2999-01-01" }] };
    await change("PUT", "/api/v1/freezes/all", { spec: freeze });
    assert.equal(await status(), 503);
    await change("DELETE", "/api/v1/freezes/all");
    assert.equal(await status(), 202);
    await change("POST", "/api/v1/webhooks/kept/rotate", { overlap: "0s" });
    assert.equal(await status(), 404);
    const next = await hooks.make("going", spec);
    assert.equal((await hooks.send(next)).status, 202);
    await change("DELETE", "/api/v1/webhooks/going");
    assert.equal((await hooks.send(next)).status, 404);
  });
});

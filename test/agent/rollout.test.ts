import assert from "node:assert/strict";
import { batchSize, judgeFailure, parseBatch, runsBuild } from "../../engine/core/agent-rollout.ts";
import { ERRORS, type ErrorCode, RunwrightError } from "../../engine/core/errors.ts";
import { createAgentRollout, type RolloutRequest } from "../../engine/fleet/agent-rollout.ts";
import { createIds } from "../../engine/ids.ts";
import type { MachineRecord } from "../../engine/store/records/machines.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { code } from "./command-rig.ts";
import { ACTOR, recordingLog } from "./engine-under-test.ts";

const PACKAGE = { version: "2.0.0", hash: "ab".repeat(32), code: Buffer.from("code") };

describe("a rollout of the agent", () => {
  /** Commands that are under way, by machine: a test ends them. */
  let told: Map<string, PromiseWithResolvers<unknown>>;
  let order: string[];
  let asked: { args: unknown; actor: unknown }[];
  const clock = testClock();
  const make = () => {
    told = new Map();
    order = [];
    asked = [];
    return createAgentRollout({
      commands: {
        async perform({ machineId, args, actor }, { signal } = {}) {
          order.push(machineId);
          asked.push({ args, actor });
          const outcome = Promise.withResolvers<unknown>();
          told.set(machineId, outcome);
          signal?.addEventListener("abort", () => outcome.reject(signal.reason));
          return outcome.promise;
        },
      },
      ...{ agentPackage: async () => PACKAGE, clock, newId: createIds(clock), log: recordingLog().log },
    });
  };
  const machines = (names: string[], more: Partial<MachineRecord> = {}) =>
    names.map((name) => ({ id: `mch_${name}`, name, scope: "/", state: "online", facts: { agentVersion: "1.0.0" }, ...more }) as MachineRecord);
  const request = (of: MachineRecord[], batch: RolloutRequest["batch"]): RolloutRequest => ({
    ...{ machines: of, batch, deadlineMinutes: 10, actor: ACTOR, correlationId: "test" },
  });
  const done = (name: string) => told.get(`mch_${name}`)?.resolve({ version: "2.0.0", hash: PACKAGE.hash, result: "updated", reason: "it has reported" });
  const fails = (name: string, errorCode: ErrorCode, message = "no") => told.get(`mch_${name}`)?.reject(new RunwrightError(errorCode, message));
  const states = (rollout: ReturnType<typeof make>) => Object.fromEntries(rollout.latest()?.machines.map(({ name, state }) => [name, state]) ?? []);

  it("tells the next machines when the ones before have reported", async () => {
    const rollout = make();
    await rollout.start(request(machines(["a", "b", "c", "d", "e"]), { count: 2 }));
    assert.deepEqual(order, ["mch_a", "mch_b"]);
    done("a");
    await eventually("a updated", () => states(rollout).a === "updated");
    assert.equal(order.length, 2, "one of the two is still under way");
    done("b");
    await eventually("the next two", () => order.length === 4);
    for (const name of ["c", "d"]) done(name);
    await eventually("the last", () => order.length === 5);
    done("e");
    await eventually("its end", () => rollout.latest()?.state === "completed");
    assert.deepEqual(new Set(Object.values(states(rollout))), new Set(["updated"]));
    assert.deepEqual(asked[0]?.args, { version: "2.0.0", hash: PACKAGE.hash, bytes: 4, deadlineMinutes: 10, timeoutMs: 55 * 60_000 });
    await rollout.stop();
  });

  it("is halted by the first machine that goes back, lets those under way end, and tells no other", async () => {
    const rollout = make();
    await rollout.start(request(machines(["a", "b", "c", "d"]), { percent: 50 }));
    fails("a", "AGENT_UPDATE_FAILED", "2.0.0 was given up: it hangs");
    await eventually("the halt", () => rollout.latest()?.state === "halted");
    assert.equal(rollout.latest()?.endedAt, null, "b is still under way");
    done("b");
    await eventually("its end", () => rollout.latest()?.endedAt);
    assert.deepEqual(states(rollout), { a: "failed", b: "updated", c: "notTried", d: "notTried" });
    assert.equal(rollout.latest()?.reason, "a: 2.0.0 was given up: it hangs");
    assert.deepEqual(order, ["mch_a", "mch_b"]);
    await rollout.stop();
  });

  it("goes on past machines whose failure says nothing about the new version", async () => {
    const rollout = make();
    await rollout.start(request(machines(["a", "b", "c"]), { count: 1 }));
    fails("a", "AGENT_REFUSED");
    await eventually("b", () => order.length === 2);
    fails("b", "AGENT_OFFLINE");
    await eventually("c", () => order.length === 3);
    done("c");
    await eventually("its end", () => rollout.latest()?.state === "completed");
    assert.deepEqual(states(rollout), { a: "refused", b: "offline", c: "updated" });
    await rollout.stop();
  });

  it("asks neither machines that run this build, nor those that aren't there", async () => {
    const rollout = make();
    const current = machines(["current"], { facts: { agentVersion: `2.0.0+${PACKAGE.hash.slice(0, 12)}` } as MachineRecord["facts"] });
    const away = machines(["away"], { state: "offline" });
    const shut = machines(["shut"], { state: "cloned" });
    await rollout.start(request([...current, ...away, ...shut], { count: 5 }));
    await eventually("its end", () => rollout.latest()?.state === "completed");
    assert.deepEqual(states(rollout), { current: "current", away: "offline", shut: "offline" });
    assert.deepEqual(order, []);
    await rollout.stop();
  });

  it("is the only one", async () => {
    const rollout = make();
    await rollout.start(request(machines(["a"]), { count: 1 }));
    await assert.rejects(rollout.start(request(machines(["b"]), { count: 1 })), code("CONFLICT"));
    done("a");
    await eventually("its end", () => rollout.latest()?.endedAt);
    await rollout.start(request(machines(["b"]), { count: 1 }));
    await rollout.stop();
  });

  it("is the only one also when two are asked for at the same moment", async () => {
    const rollout = make();
    const both = await Promise.allSettled([rollout.start(request(machines(["a"]), { count: 1 })), rollout.start(request(machines(["b"]), { count: 1 }))]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await rollout.stop();
  });

  it("is halted by whoever may, and by an engine that stops", async () => {
    const rollout = make();
    await rollout.start(request(machines(["a", "b"]), { count: 1 }));
    assert.equal(rollout.halt("ada")?.reason, "ada has halted it");
    done("a");
    await eventually("its end", () => rollout.latest()?.endedAt);
    assert.deepEqual(states(rollout), { a: "updated", b: "notTried" });
    await rollout.start(request(machines(["c", "d"]), { count: 1 }));
    await rollout.stop();
    assert.ok(!order.includes("mch_d"));
  });

  it("takes an answer that is none for a failure of the new version", async () => {
    const rollout = make();
    await rollout.start(request(machines(["a", "b"]), { count: 1 }));
    told.get("mch_a")?.resolve({ fine: true });
    await eventually("the halt", () => rollout.latest()?.state === "halted");
    await rollout.stop();
  });

  for (const [text, machineCount, size] of [
    ["10%", 100, 10],
    ["10%", 5, 1],
    ["33%", 10, 3],
    ["100%", 7, 7],
    ["5", 100, 5],
    ["5", 2, 5],
  ] as const) {
    it(`of ${machineCount} machines takes ${size} at a time with ${text}`, () => {
      const batch = parseBatch(text);
      assert.equal(batch && batchSize(batch, machineCount), size);
    });
  }
  for (const text of ["0", "0%", "101%", "-1", "1.5", "%", "all", "", "1e3"]) it(`has no batch "${text}"`, () => assert.equal(parseBatch(text), undefined));

  it("is halted by every error that isn't known to be harmless", () => {
    const harmless = (Object.keys(ERRORS) as ErrorCode[]).filter((one) => !judgeFailure(one).halts);
    assert.deepEqual(harmless.sort(), ["AGENT_NOT_UPDATABLE", "AGENT_OFFLINE", "AGENT_REFUSED", "BAD_REQUEST", "DISK_FULL", "MACHINE_NOT_FOUND"]);
  });

  it("knows a build by its hash, not by its version alone", () => {
    assert.ok(runsBuild(`2.0.0+${PACKAGE.hash.slice(0, 12)}`, PACKAGE));
    for (const other of [undefined, "2.0.0", "2.0.0+abababababac", `1.0.0+${PACKAGE.hash.slice(0, 12)}`]) assert.equal(runsBuild(other, PACKAGE), false);
  });
});

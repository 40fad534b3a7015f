import assert from "node:assert/strict";
import { movesOf } from "../../../engine/dashboard/model/deployment-moves.ts";
import { currentWave, doneOf, failedOf, partsOf, retriedOf, totalOf, windowTime } from "../../../engine/dashboard/model/rollout.ts";

describe("a rollout in figures", () => {
  const machines = { Succeeded: 3, Failed: 1, AgentLost: 1, InProgress: 2, NotStarted: 3, NotIncluded: 9 };

  it("counts all but those that the plan leaves alone", () => {
    assert.deepEqual([totalOf(machines), doneOf(machines), failedOf(machines), retriedOf(machines)], [10, 5, 2, 2]);
  });
  it("has parts in the order of a bar", () => {
    assert.deepEqual(
      partsOf(machines).map(({ status, count }) => `${status} ${count}`),
      ["Succeeded 3", "Failed 1", "AgentLost 1", "InProgress 2", "NotStarted 3"],
    );
    assert.deepEqual(partsOf({ NotIncluded: 3 }), []);
  });
  it("is in the first wave that isn't done", () => {
    assert.equal(
      currentWave([
        { wave: 0, machines: { Succeeded: 1 } },
        { wave: 1, machines: { Failed: 1, NotStarted: 1 } },
        { wave: 2, machines: { NotStarted: 4 } },
      ]),
      1,
    );
    assert.equal(currentWave([{ wave: 0, machines: { Succeeded: 1 } }]), undefined);
  });

  const window = { opensAt: "2026-11-27T10:00:00Z", closesAt: "2026-11-27T12:00:00Z", reserveFrom: "2026-11-27T11:30:00Z" };
  for (const [now, status, text, gone] of [
    ["09:00", "approved", "opens in 1 h, for 2 h", 0],
    ["11:00", "running", "1 h left, 30 min before the reboot reserve", 0.5],
    ["11:45", "running", "15 min left, for reboots", 0.875],
    ["13:00", "running", "closed; what runs on machines is let finish", 1],
    ["13:00", "failed", "closed", 1],
  ] as const)
    it(`says of its window at ${now}, ${status}: ${text}`, () => {
      const told = windowTime({ ...window, status }, Date.parse(`2026-11-27T${now}:00Z`));
      assert.deepEqual(told, { gone, reserve: 0.75, text });
    });
});

describe("what is offered to do with a deployment", () => {
  const none = { count: 0, roles: [], byRequester: false };
  const one = { ...none, count: 1 };
  for (const [status, machines, approval, moves] of [
    ["awaitingApproval", { NotStarted: 2 }, one, ["approve", "reject", "abort"]],
    ["approved", { NotStarted: 2 }, one, ["reject", "abort"]],
    ["approved", { NotStarted: 2 }, none, ["abort"]],
    ["running", { InProgress: 2 }, none, ["halt", "abort"]],
    ["halted", { Failed: 1, NotStarted: 1 }, none, ["continue", "abort"]],
    ["aborting", { InProgress: 1 }, none, []],
    ["failed", { Succeeded: 1, Failed: 1 }, none, ["retry", "rollback"]],
    ["succeeded", { Succeeded: 1 }, none, ["rollback"]],
    ["expired", { Cancelled: 3 }, none, ["retry"]],
  ] as const)
    it(`${status} with ${JSON.stringify(machines)}: ${moves.join(", ") || "nothing"}`, () => assert.deepEqual(movesOf({ status, machines, approval }), moves));
});

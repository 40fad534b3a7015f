import assert from "node:assert/strict";
import { type RolloutFacts, rolloutOutcome } from "../../engine/core/deploy/rollout-outcome.ts";

const ended = (facts: Partial<RolloutFacts>) =>
  Object.values(rolloutOutcome({ status: "running", reason: "", counts: { Succeeded: 2 }, hooks: [], gate: undefined, failed: undefined, ...facts })).join(
    ": ",
  );
const hook = (ok: boolean) => ({ what: "announce", at: "before", ok, message: "it broke" });

describe("the outcome of a rollout", () => {
  for (const [what, facts, outcome] of [
    ["that did all that was planned", {}, "succeeded: 2 of 2 machines succeeded"],
    [
      "with warnings, and machines that its plan had left alone",
      { counts: { SucceededWithWarnings: 1, NotIncluded: 5 } },
      "succeeded: 1 of 1 machine succeeded",
    ],
    ["within whose budget one has failed", { counts: { Succeeded: 1, Failed: 1 } }, "failed: 1 of 2 machines succeeded, 1 Failed"],
    ["that has set one aside", { counts: { Succeeded: 1, PlanDrift: 1 } }, "failed: 1 of 2 machines succeeded, 1 PlanDrift"],
    ["one of whose hooks has failed", { hooks: [hook(true), hook(false)] }, "failed: 2 of 2 machines succeeded; hook before (announce): it broke"],
    ["that its gate has stopped", { gate: "too slow" }, "failed: stopped by its gate: too slow; 2 of 2 machines succeeded"],
    ["that somebody has aborted", { status: "aborting", reason: "aborted by ada" }, "aborted: aborted by ada; 2 of 2 machines succeeded"],
    [
      "that the engine has halted",
      { status: "halted", reason: "2 machines have failed, 1 may" },
      "failed: halted: 2 machines have failed, 1 may; 2 of 2 machines succeeded",
    ],
    ["that somebody has halted", { status: "halted", reason: "halted by ada: look" }, "failed: halted by ada: look; 2 of 2 machines succeeded"],
    ["whose job is gone", { failed: "its job is gone" }, "failed: its job is gone; 2 of 2 machines succeeded"],
  ] as const satisfies readonly (readonly [string, Partial<RolloutFacts>, string])[])
    it(`${what} is "${outcome}"`, () => assert.equal(ended(facts), outcome));
});

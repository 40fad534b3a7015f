import assert from "node:assert/strict";
import { type MachineToTell, type PlanToTell, planLines } from "../../engine/core/deploy/plan-text.ts";

const KNOWN = { p50: 20_000, p95: 60_000, basis: "update", samples: 7 };
const UNKNOWN = { p50: 10_000, p95: 300_000, basis: "default", samples: 0 };
const machine = (name: string, more: Partial<MachineToTell> = {}): MachineToTell => ({
  ...{ name, wave: 0, message: "", starts: "02:00", expected: { p50: 30_000, p95: 90_000 }, reboot: "no", left: [] },
  updates: [{ name: "bash", fromVersion: "1.0", version: "1.1", classification: "security", severity: "unspecified", expected: KNOWN }],
  ...more,
});
const plan = (machines: readonly MachineToTell[], more: Partial<PlanToTell> = {}): string[] =>
  planLines({
    ...{ window: "nightly", opens: "2026-03-02 02:00", closes: "2026-03-02 04:00 UTC", reserve: "20m", hash: "f".repeat(64), runbook: "deploy@3" },
    ...{ hooks: [], waves: "1, rest", maxParallel: 50, soak: "5m", errorBudget: "5%", allowedFailures: 0, reboot: "ifRequired", machines },
    ...more,
  });

describe("the text of a plan", () => {
  it("says when, what, by which code, how much may fail, and what happens to which machine", () => {
    assert.deepEqual(plan([machine("web1"), machine("web2", { wave: 1, starts: "02:06", reboot: "expected" })]), [
      "Window nightly: 2026-03-02 02:00 to 2026-03-02 04:00 UTC, of which 20m are kept for reboots",
      `Plan ${"f".repeat(64)}`,
      "deploy@3 changes 2 machines by 2 updates; waves 1, rest, 50 at once, 5m between waves, reboot ifRequired",
      "Halts when more than 0 machines have failed (5%, rounded down)",
      "",
      "Wave 1: 1 machine",
      "  web1  from 02:00, 30s (p95 1m30s), no reboot",
      "    + bash  1.0 → 1.1  security  20s (p95 1m), by 7 earlier",
      "",
      "Wave 2: 1 machine",
      "  web2  from 02:06, 30s (p95 1m30s), reboots",
      "    + bash  1.0 → 1.1  security  20s (p95 1m), by 7 earlier",
    ]);
  });

  it("says which version of which runbook its hooks run", () => {
    assert.equal(plan([machine("web1")], { hooks: ["drain@2", "announce@1"] })[3], "Its hooks run drain@2, announce@1");
  });

  it("says what doesn't fit and why, and doesn't count who isn't changed at all", () => {
    const left = [{ name: "slow", version: "2", reason: "takes 100 min here (p95, of 5 earlier), and 95 are left" }];
    const lines = plan([machine("web1", { left }), machine("web2", { updates: [], left: [...left, ...left] })]);
    assert.equal(lines[2]?.slice(0, 41), "deploy@3 changes 1 machine by 1 update; w");
    assert.ok(lines.includes("3 updates of 2 machines don't fit in the window: marked with - below"), lines.join("\n"));
    assert.ok(lines.includes("    - slow 2: takes 100 min here (p95, of 5 earlier), and 95 are left"));
  });

  it("says once what is assumed of what nobody knows, and where else a forecast comes from", () => {
    const updates = [
      { name: "new", fromVersion: null, version: "1", classification: "other", severity: "important", expected: UNKNOWN },
      { name: "rare", fromVersion: "1", version: "2", classification: "other", severity: "unspecified", expected: { ...KNOWN, basis: "machine", samples: 1 } },
    ];
    const lines = plan([machine("web1", { updates })], { errorBudget: "3", allowedFailures: 3 });
    assert.ok(lines.includes("Halts when more than 3 machines have failed"));
    assert.ok(lines.includes("Of 1 update nobody knows yet how long it takes: 10s (p95 5m) are assumed"), lines.join("\n"));
    assert.ok(lines.includes("    + new   (new) → 1  other, important"));
    assert.ok(lines.includes("    + rare  1 → 2      other             20s (p95 1m), by 1 earlier of this machine"), lines.join("\n"));
  });

  it("ends with those that it leaves alone, each with its reason", () => {
    const lines = plan([machine("web1"), machine("gone", { wave: null, updates: [], message: "it is offline: nothing can be sent to it" })]);
    assert.deepEqual(lines.slice(-2), ["Left alone: 1 machine", "  gone: it is offline: nothing can be sent to it"]);
  });
});

import assert from "node:assert/strict";
import type { Forecast } from "../../engine/core/deploy/forecast.ts";
import { type MachineToPlan, planMachines } from "../../engine/core/deploy/plan.ts";
import { readWaves } from "../../engine/core/deploy/waves.ts";
import { fitsWindow, openWindow, windowClock } from "../../engine/core/deploy/window.ts";

const MINUTE = 60_000;
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const text = (ms: number | undefined) => (ms === undefined ? undefined : Temporal.Instant.fromEpochMilliseconds(ms).toString({ smallestUnit: "minute" }));

describe("a maintenance window", () => {
  const nightly = { cron: "45 23 * * *", timeZone: "Europe/Berlin", duration: "45m" };

  it("is open over midnight, and closed a moment after", () => {
    const clock = windowClock(nightly);
    const { open } = clock.at(at("2026-11-26T23:10:00Z")); // 00:10 in Berlin
    assert.deepEqual([text(open?.opensAt), text(open?.closesAt)], ["2026-11-26T22:45Z", "2026-11-26T23:30Z"]);
    assert.equal(clock.at(at("2026-11-26T23:30:00Z")).open, null);
    assert.equal(text(clock.at(at("2026-11-26T23:30:00Z")).nextAt ?? undefined), "2026-11-27T22:45Z");
  });

  it("lasts as long as it says when clocks change", () => {
    const night = windowClock({ cron: "0 1 * * *", timeZone: "Europe/Berlin", duration: "3h" });
    const { open } = night.at(at("2026-03-29T00:30:00Z")); // 02:00 to 03:00 is left out
    assert.deepEqual([text(open?.opensAt), text(open?.closesAt)], ["2026-03-29T00:00Z", "2026-03-29T03:00Z"]);
  });

  it("follows the sun with each machine's own zone", () => {
    const sun = { cron: "0 2 * * *", timeZone: "machine", duration: "1h" };
    const moment = at("2026-11-26T01:30:00Z");
    assert.notEqual(windowClock(sun, "Europe/Berlin").at(moment).open, null);
    assert.equal(windowClock(sun, "America/New_York").at(moment).open, null);
  });

  it("keeps its last minutes for reboots", () => {
    const open = openWindow(0, 60 * MINUTE);
    assert.equal(fitsWindow(open, 35 * MINUTE, 5 * MINUTE, true), true);
    assert.equal(fitsWindow(open, 36 * MINUTE, 5 * MINUTE, true), false);
    assert.equal(fitsWindow(open, 36 * MINUTE, 5 * MINUTE, false), true);
    assert.equal(fitsWindow(open, 56 * MINUTE, 5 * MINUTE, false), false);
  });
});

describe("the plan of a deployment", () => {
  const takes = (minutes: number): Forecast => ({ p50: minutes * MINUTE, p95: minutes * MINUTE, basis: "update", samples: 9 });
  const update = (name: string, minutes: number, more: Partial<MachineToPlan["updates"][number]> = {}): MachineToPlan["updates"][number] => ({
    ...{ name, architecture: "amd64", installedVersion: "1", candidateVersion: "2", classification: "security", severity: "moderate" },
    ...{ rebootBehaviour: "never", expected: takes(minutes), ...more },
  });
  const machine = (name: string, ...updates: MachineToPlan["updates"][number][]): MachineToPlan => ({
    ...{ id: `mch_${name}`, name, window: openWindow(0, 60 * MINUTE), updates, rebootPending: false },
    rebootTakes: { p50: 2 * MINUTE, p95: 4 * MINUTE },
  });
  const settings = { waves: readWaves("1, rest"), maxParallel: 10, soakMs: 5 * MINUTE, reboot: "ifRequired" } as const;

  it("begins a wave when the one before is expected to have ended and has soaked", () => {
    const planned = planMachines([machine("a", update("x", 10)), machine("b", update("x", 10)), machine("c", update("x", 10))], settings);
    assert.deepEqual(
      planned.map(({ name, wave, startsAt }) => [name, wave, startsAt / MINUTE]),
      [
        ["a", 0, 0],
        ["b", 1, 15],
        ["c", 1, 15],
      ],
    );
  });

  it("lets so many of a wave run at one time", () => {
    const planned = planMachines(
      ["a", "b", "c"].map((name) => machine(name, update("x", 10))),
      { ...settings, waves: readWaves("rest"), maxParallel: 2 },
    );
    assert.deepEqual(
      planned.map(({ startsAt }) => startsAt / MINUTE),
      [0, 0, 10],
    );
  });

  it("takes the severe ones first, and leaves out what doesn't fit and says why", () => {
    const [one] = planMachines([machine("a", update("slow", 30), update("quick", 5), update("bad", 40, { severity: "critical" }))], settings);
    assert.deepEqual(
      one?.updates.map(({ name }) => name),
      ["bad", "quick"],
    );
    assert.deepEqual(
      one?.left.map(({ name, reason }) => `${name}: ${reason}`),
      ["slow: takes 30 min here (p95, of 9 earlier), and 15 are left"],
    );
  });

  it("keeps the reserve free of what may need a reboot", () => {
    const [one] = planMachines([machine("a", update("kernel", 45, { rebootBehaviour: "always" }))], settings);
    assert.deepEqual(
      one?.left.map(({ reason }) => reason),
      ["takes 45 min here (p95, of 9 earlier), and 40 are left (20 more are kept for reboots)"],
    );
    assert.equal(one?.reboot, "no");
  });

  for (const [mode, pending, behaviour, expected] of [
    ["ifRequired", false, "never", "no"],
    ["ifRequired", false, "unknown", "possible"],
    ["ifRequired", false, "always", "expected"],
    ["ifRequired", true, "never", "expected"],
    ["always", false, "never", "expected"],
    ["never", true, "always", "no"],
  ] as const) {
    it(`expects ${expected} reboot with ${mode}, ${pending ? "one pending" : "none pending"} and an update that reboots ${behaviour}`, () => {
      const [one] = planMachines([{ ...machine("a", update("x", 5, { rebootBehaviour: behaviour })), rebootPending: pending }], { ...settings, reboot: mode });
      assert.equal(one?.reboot, expected);
      assert.equal(one?.expected.p95, (expected === "no" ? 5 : 9) * MINUTE);
    });
  }

  it("installs nothing with reboot only", () => {
    const [one] = planMachines([machine("a", update("x", 5))], { ...settings, reboot: "only" });
    assert.deepEqual([one?.updates.length, one?.reboot], [0, "expected"]);
  });
});

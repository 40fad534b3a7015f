import assert from "node:assert/strict";
import { windowProblems } from "../../engine/core/deploy/check.ts";
import type { MaintenanceWindowSpec } from "../../engine/core/deploy/spec.ts";
import { MaintenanceWindowSpec as Shape } from "../../engine/protocol/resources/maintenance-window.ts";
import { shapeProblems } from "../../engine/protocol/resources/problems.ts";

const NOW = Date.UTC(2026, 2, 1, 12);
const GOOD: MaintenanceWindowSpec = { cron: "0 2 * * *", timeZone: "Europe/Berlin", duration: "2h" };
/** A document with some members in the place of others; undefined takes one away. */
const changed = (members: object): MaintenanceWindowSpec =>
  Object.fromEntries(Object.entries({ ...GOOD, ...members }).filter(([, value]) => value !== undefined)) as unknown as MaintenanceWindowSpec;
/** Paths of what is wrong: with the shape, or with the rules. */
function wrong(members: object, before?: MaintenanceWindowSpec): string[] {
  const shape = shapeProblems(Shape, changed(members));
  return (shape.length > 0 ? shape : windowProblems(changed(members), NOW, before)).map(({ path }) => path);
}

describe("a maintenance window's document", () => {
  for (const [what, spec] of Object.entries({
    "only what is needed": {},
    "half an hour, with a shorter reserve": { duration: "30m", rebootReserve: "10m" },
    "a whole day": { duration: "24h" },
    "each machine's own zone": { timeZone: "machine" },
    "wall times with each machine's own zone": { timeZone: "machine", startAt: "2026-04-01", expiresAt: "2027-04-01T00:00" },
    "a recurrence with an offset of weeks": {
      cron: undefined,
      recurrence: { frequency: "monthly", weekdays: [{ nth: 2, weekday: "tuesday" }], times: ["23:45"], offsetDays: 14 },
    },
    "hooks of both sorts": {
      hooks: [
        { at: "before", runbook: "snapshot", timeout: "20m" },
        { at: "beforeMachine", command: ["drain"], onFailure: "skipMachine" },
      ],
    },
    "waves and a budget": { waves: "1, 10%, rest", errorBudget: "2%", soak: "10m", maxParallel: 20 },
    "two of the roles": { approval: { count: 2, roles: ["author", "admin"] } },
  }))
    it(`may say ${what}`, () => assert.deepEqual(wrong(spec), []));

  for (const [what, spec, path] of [
    ["a duration below half an hour", { duration: "29m" }, "/duration"],
    ["a duration beyond a day", { duration: "24h1s" }, "/duration"],
    ["a duration that is no duration", { duration: "long" }, "/duration"],
    ["a zone that isn't there", { timeZone: "Europe/Berlinn" }, "/timeZone"],
    ["an offset for a zone", { timeZone: "+02:00" }, "/timeZone"],
    ["a reserve as long as the window", { duration: "30m", rebootReserve: "30m" }, "/rebootReserve"],
    ["waves that are no waves", { waves: "1, five, rest" }, "/waves"],
    ["a rest before the end", { waves: "rest, 5%" }, "/waves"],
    ["a budget that is no budget", { errorBudget: "lots" }, "/errorBudget"],
    ["a soak as long as the window", { soak: "2h" }, "/soak"],
    ["a selector that can't be read", { selector: "colour=red" }, "/selector"],
    ["a cron that never fires", { cron: "0 2 30 2 *" }, "/cron"],
    ["an expiry before the start", { startAt: "2026-05-01", expiresAt: "2026-04-01" }, "/expiresAt"],
    ["an expiry that is over", { expiresAt: "2026-03-01T12:00" }, "/expiresAt"],
    ["an unheard-of reboot mode", { reboot: "maybe" }, "/reboot"],
    ["a plan made a year ahead", { planAhead: "365d" }, "/planAhead"],
    ["a hook with neither runbook nor command", { hooks: [{ at: "before" }] }, "/hooks/0"],
    ["a hook with both", { hooks: [{ at: "afterInstall", runbook: "a", command: ["b"] }] }, "/hooks/0"],
    ["a command once for all machines", { hooks: [{ at: "before", command: ["b"] }] }, "/hooks/0/command"],
    ["skipping a machine once for all", { hooks: [{ at: "after", runbook: "a", onFailure: "skipMachine" }] }, "/hooks/0/onFailure"],
    ["a hook without end", { hooks: [{ at: "afterReboot", command: ["b"], timeout: "25h" }] }, "/hooks/0/timeout"],
    ["two reboot rules of one tag", { rebootRules: [{ tag: "role" }, { tag: "role", quorum: 2 }] }, "/rebootRules/1/tag"],
    ["a notice by mail", { notify: { url: "mailto:ops@example.com", secret: "s" } }, "/notify/url"],
    ["elapsed hours on each machine's clock", { cron: undefined, recurrence: { frequency: "hourly", every: 5 }, timeZone: "machine" }, "/recurrence/frequency"],
    ["an instant on each machine's clock", { timeZone: "machine", startAt: "2026-04-01T00:00Z" }, "/startAt"],
    [
      "one instant for once on each machine's clock",
      { cron: undefined, recurrence: { frequency: "once", at: "2026-04-01T00:00Z" }, timeZone: "machine" },
      "/recurrence/at",
    ],
  ] as const)
    it(`may not say ${what}`, () => assert.deepEqual(wrong(spec), [path]));

  it("may say both a cron expression and a recurrence as little as neither", () => {
    assert.deepEqual(wrong({ recurrence: { frequency: "daily", times: ["02:00"] } }), [""]);
    assert.deepEqual(wrong({ cron: undefined }), [""]);
  });

  it("may keep an expiry that was there before", () => {
    const over = { expiresAt: "2026-02-01" };
    assert.deepEqual(wrong(over, { ...GOOD, ...over }), []);
  });
});

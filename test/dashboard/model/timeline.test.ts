import assert from "node:assert/strict";
import { assessedDays, tallyOf } from "../../../engine/dashboard/model/assessed-days.ts";
import { entryWords } from "../../../engine/dashboard/model/timeline-words.ts";
import type { TimelineEntry } from "../../../engine/protocol/http/timeline.ts";

type Assessed = Extract<TimelineEntry, { kind: "assessment" }>["now"];
const NOW = Date.UTC(2026, 2, 10, 12);
const day = (n: number) => new Date(NOW - n * 86_400_000).toISOString();
const standing = (more: Partial<Assessed> = {}): Assessed => ({
  compliance: "noncompliant",
  counts: { security: 1, other: 2 },
  verdicts: { approved: 3 },
  rebootPending: false,
  ...more,
});
const assessment = (at: string, now: Assessed, previous: Assessed | null = null): TimelineEntry => ({ kind: "assessment", at, id: at, now, previous });
const ADA = { id: "p", kind: "user", name: "ada" };
const install = (more: Partial<Extract<TimelineEntry, { kind: "install" }>>): TimelineEntry => ({
  ...{
    kind: "install",
    at: day(0),
    id: "c",
    action: "install",
    jobId: null,
    endedAt: day(0),
    rebootPending: false,
    statuses: { Succeeded: 1 },
    updates: ["curl"],
  },
  ...more,
});

describe("an entry of a machine's timeline", () => {
  const COMPLIANT = standing({ compliance: "compliant", counts: {}, verdicts: { approved: 0 }, rebootPending: true });
  const WORDS: readonly (readonly [what: string, entry: TimelineEntry, status: string, says: string])[] = [
    ["a first report", assessment(day(0), standing({ rebootPending: true })), "noncompliant", "first report: 3 missing, 1 of them security, reboot pending"],
    ["a report after an install", assessment(day(0), COMPLIANT, standing()), "compliant", "was noncompliant, 3 → 0 missing, 1 → 0 security, reboot pending"],
    ["a report after a reboot", assessment(day(0), { ...COMPLIANT, rebootPending: false }, COMPLIANT), "compliant", "no reboot pending any more"],
    [
      "other verdicts",
      assessment(day(0), standing({ verdicts: { approved: 1, deferred: 2, exempt: 0 } }), standing()),
      "noncompliant",
      "judged anew: 1 approved, 2 deferred",
    ],
    ["an install", install({}), "Succeeded", "1 update: curl"],
    [
      "one that failed in part",
      install({ statuses: { Succeeded: 9, Failed: 2 }, updates: ["a", "b"], rebootPending: true }),
      "Failed",
      "11 updates: a, b and 9 more, 2 Failed, reboot pending",
    ],
    ["one that runs", install({ endedAt: null, statuses: { NotStarted: 1 } }), "InProgress", "1 update: curl, 1 NotStarted"],
    [
      "one that was cut short",
      install({ statuses: { Succeeded: 1, MaintenanceWindowExceeded: 1 } }),
      "MaintenanceWindowExceeded",
      "2 updates: curl and 1 more, 1 MaintenanceWindowExceeded",
    ],
    [
      "a command of a job",
      { kind: "command", at: day(0), id: "c", action: "exec", status: "failed", jobId: "job_1", actor: ADA, endedAt: null },
      "failed",
      "of a job",
    ],
    [
      "changed tags",
      { kind: "event", at: day(0), id: "1", operation: "machine.tag", actor: ADA, result: "ok", details: { from: { role: "web" }, to: { role: "db" } } },
      "done",
      "role: web → db",
    ],
    [
      "a refused renaming",
      { kind: "event", at: day(0), id: "1", operation: "machine.rename", actor: ADA, result: "PERMISSION_DENIED", details: { id: "m", from: "a", to: "b" } },
      "refused",
      "a → b",
    ],
  ];
  for (const [what, entry, status, says] of WORDS)
    it(`tells ${what}`, () => {
      const words = entryWords(entry);
      assert.deepEqual([words.status, words.says], [status, says]);
    });
});

describe("what a machine missed day by day", () => {
  it("is what its last report until then said", () => {
    const entries = [
      assessment(day(0), standing({ counts: { other: 5 } }), standing()),
      install({ at: day(1) }),
      assessment(day(3), standing(), standing({ counts: {} })),
    ];
    const { at, missing, security } = assessedDays(entries, { now: NOW, days: 6 });
    assert.deepEqual(at, ["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10"]);
    assert.deepEqual(missing, [0, 0, 3, 3, 3, 5]);
    assert.deepEqual(security, [0, 0, 1, 1, 1, 0]);
  });
  it("isn't known before its first report", () => {
    assert.deepEqual(assessedDays([assessment(day(1), standing())], { now: NOW, days: 3 }).missing, [null, 3, 3]);
    assert.deepEqual(assessedDays([], { now: NOW, days: 2 }).missing, [null, null]);
  });
});

describe("what was done on a machine", () => {
  it("is counted since a moment", () => {
    const entries = [
      install({ at: day(1), statuses: { Succeeded: 3, Failed: 1 } }),
      install({ at: day(9) }),
      assessment(day(1), standing(), standing({ rebootPending: true })),
      { kind: "command", at: day(2), id: "c", action: "exec", status: "completed", jobId: null, actor: ADA, endedAt: null } as const,
    ];
    assert.deepEqual(tallyOf(entries, NOW - 7 * 86_400_000), { installs: 1, succeeded: 3, failed: 1, commands: 1, reboots: 1 });
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook } from "runwright/testing";

const report = loadRunbook<typeof import("./missing-updates.ts")>(new URL("./missing-updates.ts", import.meta.url));
const now = "2026-03-01T12:00:00Z";
const hoursAgo = (hours: number) => Temporal.Instant.from(now).subtract({ hours }).epochMilliseconds;

const machines: FakeMachine[] = [
  {
    name: "web-1",
    tags: { role: "web" },
    updates: {
      listsUpdatedAt: hoursAgo(3),
      rebootPending: true,
      updates: [
        { name: "openssl", classification: "security" },
        { name: "linux-image", classification: "critical", held: true },
        { name: "vim" },
        { name: "tmux" },
      ],
    },
  },
  {
    name: "db-1",
    tags: { role: "db" },
    updates: { listsUpdatedAt: hoursAgo(24 * 5), compliance: "stale", updates: [{ name: "postgresql", classification: "security" }] },
  },
  { name: "new-1", updates: { assessedAt: null, listsUpdatedAt: null, compliance: "notassessed", updates: [] } },
];

test("missing-updates counts by machine and classification", async () => {
  const job = await report.run({ machines, now });
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [
    {
      rows: [
        { machine: "db-1", critical: 0, security: 1, other: 0, held: 0, rebootPending: false, compliance: "stale", listsAge: 432_000 },
        { machine: "new-1", critical: 0, security: 0, other: 0, held: 0, rebootPending: false, compliance: "notassessed", listsAge: null },
        { machine: "web-1", critical: 1, security: 1, other: 2, held: 1, rebootPending: true, compliance: "noncompliant", listsAge: 10_800 },
      ],
      totals: { machines: 3, critical: 1, security: 2, other: 2, held: 1, rebootPending: 1, notAssessed: 1 },
    },
  ]);
});

test("missing-updates logs one line a machine and says what can't be trusted", async () => {
  const { logs, progress } = await report.run({ machines, now });
  assert.deepEqual(logs, [
    { level: "warning", message: "db-1: 1 missing: 0 critical, 1 security, 0 other, package lists 5 days old, the assessment is stale" },
    { level: "warning", message: "new-1: not assessed yet" },
    { level: "info", message: "web-1: 4 missing: 1 critical, 1 security, 2 other, 1 held, reboot pending, package lists 3 h old" },
  ]);
  assert.deepEqual(progress.at(-1), { fraction: 1, message: "web-1" });
});

test("missing-updates reports the selected machines only and changes nothing", async () => {
  const { outputs, calls } = await report.run({ machines, now, params: { selector: "tag:role=web" } });
  assert.deepEqual((outputs as { totals: { machines: number } }[])[0]?.totals.machines, 1);
  assert.deepEqual(
    calls.map(({ op }) => op),
    ["machines.select", "machines.updates"],
  );
});

test("missing-updates says when nothing matches or the selector is wrong", async () => {
  const nothing = await report.run({ machines, params: { selector: "name=none" } });
  assert.deepEqual(nothing.logs, [{ level: "warning", message: 'no machine matches "name=none"' }]);
  assert.equal(nothing.status, "completed");
  const wrong = await report.run({ machines, params: { selector: "role:web" } });
  assert.equal(wrong.status, "failed");
  assert.match(wrong.error?.message ?? "", /selector term "role:web" must look like/);
});

test("missing-updates needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await report.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});

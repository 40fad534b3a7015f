import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook } from "runwright/testing";

const assess = loadRunbook<typeof import("./assess.ts")>(new URL("./assess.ts", import.meta.url));
const now = "2026-03-01T12:00:00Z";
const at = (hours: number) => Temporal.Instant.from(now).add({ hours }).epochMilliseconds;

const machines: FakeMachine[] = [
  {
    name: "web-1",
    tags: { role: "web" },
    updates: [],
    assess: () => ({
      rebootPending: true,
      updates: [
        { name: "openssl", classification: "security", severity: "critical", exploitedSince: at(-100), dueAt: at(-1) },
        { name: "curl", classification: "security", dueAt: at(5) },
        { name: "vim", verdict: "deferred" },
        { name: "linux-image", held: true },
      ],
    }),
  },
  { name: "web-2", tags: { role: "web" }, assess: () => [] },
  { name: "db-1", tags: { role: "db" }, state: "offline" },
];

test("assess reports how the fleet stands, and what is urgent", async () => {
  const job = await assess.run({ machines, now, params: { failAbove: 0.5 } });
  assert.equal(job.status, "completed", JSON.stringify(job.error));
  assert.deepEqual(job.outputs, [
    {
      totals: {
        ...{ machines: 3, failed: 1, compliant: 1, noncompliant: 1, notAssessed: 0, stale: 0, critical: 1, security: 1, other: 2, held: 1 },
        ...{ approved: 3, overdue: 1, exploited: 1, rebootPending: 1 },
      },
      urgent: [
        {
          ...{ machine: "web-1", compliance: "noncompliant", critical: 1, security: 1, other: 2, held: 1, approved: 3, overdue: 1, exploited: 1 },
          rebootPending: true,
        },
      ],
      failures: [{ machine: "db-1", error: "db-1 is offline", code: "AGENT_OFFLINE" }],
    },
  ]);
  assert.deepEqual(job.logs, [
    { level: "warning", message: "db-1: db-1 is offline" },
    { level: "warning", message: "web-1: noncompliant, 1 critical, 1 security, 2 other, 1 held, 1 overdue, 1 exploited, reboot pending" },
    { level: "info", message: "web-2: compliant" },
  ]);
  assert.equal(job.progress.at(-1)?.fraction, 1);
});

test("assess fetches package lists unless it is told not to, on the selected machines only", async () => {
  const asked = async (params: object) => {
    const { calls } = await assess.run({ machines, now, params: { select: "tag:role=web", ...params } });
    return calls.filter(({ op }) => op === "machines.assess").map(({ args }) => (args as { options: { refresh: boolean } }).options.refresh);
  };
  assert.deepEqual(await asked({}), [true, true]);
  assert.deepEqual(await asked({ refresh: false }), [false, false]);
});

test("assess fails when too many machines couldn't be assessed, and says which and why", async () => {
  const broken: FakeMachine = {
    name: "web-3",
    assess: () => {
      throw Object.assign(new Error("deb.example can't be reached"), { code: "REPOSITORY_UNUSABLE" });
    },
  };
  const job = await assess.run({ machines: [...machines, broken], now });
  assert.equal(job.status, "failed");
  assert.match(job.error?.message ?? "", /^2 of 4 machines couldn't be assessed; the first: db-1: db-1 is offline/);
  assert.equal((job.outputs[0] as { failures: unknown[] }).failures.length, 2);
});

test("assess asks no more machines at a time than it is told to", async () => {
  let most = 0;
  let working = 0;
  const many = Array.from(
    { length: 30 },
    (_, n): FakeMachine => ({
      name: `web-${n}`,
      assess: async () => {
        most = Math.max(most, ++working);
        await new Promise((resolve) => setImmediate(resolve));
        working--;
        return [];
      },
    }),
  );
  const job = await assess.run({ machines: many, now, params: { atOnce: 4 } });
  assert.equal(job.status, "completed");
  assert.ok(most <= 4, `${most} at once`);
});

test("assess has nothing to do where no machine matches, and asks no machine in a dry run", async () => {
  const nothing = await assess.run({ machines, now, params: { select: "name=none" } });
  assert.deepEqual([nothing.status, nothing.logs], ["completed", [{ level: "warning", message: 'no machine matches "name=none"' }]]);
  const dry = await assess.run({ machines, now, dry: true });
  assert.equal(dry.status, "completed", JSON.stringify(dry.error));
  assert.equal((dry.outputs[0] as { totals: { machines: number; failed: number } }).totals.failed, 0);
});

test("assess needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await assess.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});

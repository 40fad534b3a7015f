import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComplianceReport } from "runwright";
import { type FakeMachine, type FakeRequest, loadRunbook } from "runwright/testing";

const report = loadRunbook<typeof import("./report.ts")>(new URL("./report.ts", import.meta.url));

const now = Date.parse("2026-03-30T07:00:00Z");
const machines: FakeMachine[] = [
  { name: "web1", scope: "/prod", updates: { compliance: "compliant", updates: [] } },
  {
    name: "db1",
    scope: "/prod/db",
    updates: {
      compliance: "noncompliant",
      updates: [{ name: "openssl", classification: "security", firstSeenAt: now - 40 * 86_400_000, dueAt: now - 86_400_000 }],
    },
  },
];
const at = { now: "2026-03-30T07:00:00Z", machines };

test("report puts out the figures, and says them in a few lines", async () => {
  const job = await report.run({ ...at });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  const found = job.outputs[0] as unknown as ComplianceReport;
  assert.deepEqual([found.machines.total, found.machines.compliantShare, found.sla.overdue, found.days], [2, 0.5, 1, 7]);
  assert.deepEqual(
    job.logs.map(({ message }) => message),
    [
      "50 % of 2 machines are compliant; 0 stale, 0 not assessed",
      "1 updates are overdue on 1 machines, 0 more are due within 7 days.",
      "  /prod/db: 1 overdue",
      "Nothing was installed in 7 days.",
    ],
  );
});

test("report posts the summary to the chat, and its address stays a secret", async () => {
  const posted: FakeRequest[] = [];
  let tries = 0;
  const job = await report.run({
    ...at,
    params: { post: true, select: "scope=/prod/db" },
    secrets: { "report-hook": "services/T1/B2/s3cr3t" },
    http: (request) => {
      posted.push(request);
      tries++;
      return tries === 1 ? { status: 503 } : {};
    },
  });
  assert.equal(job.status, "completed");
  assert.deepEqual(
    posted.map(({ method, url }) => `${method} ${url}`),
    Array(2).fill("POST https://hooks.slack.com/services/T1/B2/s3cr3t"),
  );
  assert.match(JSON.parse(posted[1]?.body ?? "").text, /^0 % of 1 machines are compliant/);
  assert.doesNotMatch(JSON.stringify([job.logs, job.outputs, job.calls.map(({ args }) => args)]), /s3cr3t/);
});

test("report says when there are no machines, and may fail below a share", async () => {
  const nobody = await report.run({ machines: [], params: { failBelow: 1 } });
  assert.deepEqual([nobody.status, nobody.logs[0]?.message], ["completed", "No machine matches: there is nothing to report on."]);
  const poor = await report.run({ ...at, params: { failBelow: 0.9 } });
  assert.deepEqual([poor.status, poor.error?.message], ["failed", "50 % compliant, wanted are 90 %"]);
});

test("report needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await report.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});

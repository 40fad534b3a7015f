import assert from "node:assert/strict";
import { type EndedJob, spansOfJob } from "../../engine/telemetry/job-spans.ts";
import { toOtlp } from "../../engine/telemetry/otlp.ts";
import { spanIdOf, traceIdOf } from "../../engine/telemetry/span.ts";

const AT = Date.UTC(2026, 2, 1);
const ended = (changes: Partial<Omit<EndedJob, "job">> & { job?: Partial<EndedJob["job"]> } = {}): EndedJob => ({
  dueAt: null,
  transitions: [],
  calls: [],
  callsLeftOut: 0,
  commands: [],
  ...changes,
  job: {
    id: "job_1",
    runbook: "patch",
    version: 3,
    scope: "/team",
    status: "completed",
    failureCode: null,
    trigger: "schedule",
    dry: false,
    correlationId: "occ_1",
    parentId: null,
    depth: 0,
    createdAt: AT,
    startedAt: AT + 5,
    endedAt: AT + 1_000,
    attempt: 1,
    source: "sch_1/0",
    ...changes.job,
  },
});
const byName = (job: EndedJob) => new Map(spansOfJob(job).map((span) => [span.name, span]));

describe("the spans of a job", () => {
  it("lead from the trigger to the package, each to its parent, in one trace", () => {
    const spans = byName(
      ended({
        dueAt: AT - 20,
        calls: [{ call: 4, op: "machine.install", effect: "write", issuedAt: AT + 10, settledAt: AT + 900 }],
        commands: [
          {
            id: "job_1.4",
            machine: "web1",
            action: "install",
            status: "completed",
            createdAt: AT + 11,
            sentAt: AT + 12,
            acknowledgedAt: AT + 13,
            endedAt: AT + 890,
            install: {
              packageManager: "apt",
              updates: [
                {
                  name: "openssl",
                  architecture: "amd64",
                  fromVersion: "1",
                  version: "2",
                  status: "Failed",
                  message: "secret words of a script",
                  startedAt: AT + 20,
                  endedAt: AT + 800,
                },
              ],
            },
          },
        ],
      }),
    );
    const chain = ["trigger schedule", "job patch", "machine.install", "command install", "install openssl"].map((name) => {
      const span = spans.get(name);
      assert.ok(span, `${name} is among ${[...spans.keys()]}`);
      return span;
    });
    for (const [index, span] of chain.entries()) {
      assert.equal(span.traceId, traceIdOf("occ_1"));
      assert.equal(span.parentSpanId, chain[index - 1]?.spanId ?? null, span.name);
    }
    assert.deepEqual(
      chain.map(({ startedAt, endedAt }) => [startedAt - AT, endedAt - AT]),
      [
        [-20, 0],
        [0, 1_000],
        [10, 900],
        [11, 890],
        [20, 800],
      ],
    );
    assert.deepEqual(
      chain.map(({ failure }) => failure),
      [undefined, undefined, undefined, undefined, "Failed"],
    );
    assert.ok(!JSON.stringify(chain).includes("secret words"), "nothing that a script has written");
  });

  it("of a child lie below its parent's job, whatever engine tells of either", () => {
    const spans = byName(ended({ job: { id: "job_2", parentId: "job_1", depth: 1 } }));
    assert.equal(spans.get("job patch")?.parentSpanId, spanIdOf("job_1"));
    assert.equal(spans.has("trigger schedule"), false);
  });

  it("say of a failed job why by its code, of a call that never settled that it didn't, and of a command whose call was left out that it is the job's", () => {
    const spans = byName(
      ended({
        job: { status: "failed", failureCode: "timeout" },
        callsLeftOut: 12,
        calls: [{ call: 1, op: "http.fetch", effect: "write", issuedAt: AT + 10, settledAt: null }],
        commands: [
          { id: "job_1.9", machine: "web1", action: "exec", status: "failed", createdAt: AT, sentAt: null, acknowledgedAt: null, endedAt: null, install: null },
        ],
      }),
    );
    assert.equal(spans.get("job patch")?.failure, "timeout");
    assert.equal(spans.get("job patch")?.attributes["runwright.calls_left_out"], 12);
    assert.deepEqual(
      [spans.get("http.fetch")?.kind, spans.get("http.fetch")?.endedAt, spans.get("http.fetch")?.attributes["runwright.settled"]],
      ["client", AT + 1_000, false],
    );
    assert.deepEqual([spans.get("command exec")?.parentSpanId, spans.get("command exec")?.failure], [spanIdOf("job_1"), "failed"]);
  });

  it("never end before they begin, however clocks were set", () => {
    const spans = spansOfJob(
      ended({
        job: { startedAt: AT - 5_000, endedAt: AT + 1 },
        calls: [{ call: 1, op: "sleep", effect: "read", issuedAt: AT + 50, settledAt: AT - 50 }],
        commands: [
          {
            id: "job_1.1",
            machine: "m",
            action: "exec",
            status: "completed",
            createdAt: AT + 99,
            sentAt: null,
            acknowledgedAt: null,
            endedAt: AT,
            install: null,
          },
        ],
      }),
    );
    for (const { name, startedAt, endedAt } of spans) assert.ok(endedAt >= startedAt, name);
  });

  it("are written as OTLP's JSON wants them", () => {
    const [first] = spansOfJob(ended({ dueAt: AT - 20 }));
    assert.ok(first);
    const { resourceSpans } = toOtlp([first], { "service.name": "runwright", up: true, share: 0.5 }, "1.2.3") as any;
    assert.deepEqual(resourceSpans[0].resource.attributes, [
      { key: "service.name", value: { stringValue: "runwright" } },
      { key: "up", value: { boolValue: true } },
      { key: "share", value: { doubleValue: 0.5 } },
    ]);
    const [span] = resourceSpans[0].scopeSpans[0].spans;
    assert.match(span.traceId, /^[0-9a-f]{32}$/);
    assert.match(span.spanId, /^[0-9a-f]{16}$/);
    assert.deepEqual(
      [span.parentSpanId, span.name, span.kind, span.startTimeUnixNano, span.endTimeUnixNano, span.status],
      [undefined, "trigger schedule", 5, `${AT - 20}000000`, `${AT}000000`, { code: 1 }],
    );
  });
});

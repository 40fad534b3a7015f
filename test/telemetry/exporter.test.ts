import assert from "node:assert/strict";
import { createExporter } from "../../engine/telemetry/exporter.ts";
import { type Span, spanIdOf, traceIdOf } from "../../engine/telemetry/span.ts";
import { eventually } from "../support/eventually.ts";

const span = (n: number): Span => ({
  traceId: traceIdOf("c"),
  spanId: spanIdOf(`${n}`),
  parentSpanId: null,
  name: `${n}`,
  kind: "internal",
  startedAt: 0,
  endedAt: 1,
  attributes: {},
  events: [],
});
type Answer = { status: number; retryAfterSeconds: number | null } | Error;

function rig(...answers: Answer[]) {
  const seen = { posts: [] as string[], sent: 0, dropped: 0, told: [] as string[] };
  const exporter = createExporter({
    encode: (spans) => spans.map(({ name }) => name),
    async post(body) {
      seen.posts.push(body);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("nobody answers");
      return answer;
    },
    log: { warn: (_, message) => seen.told.push(message), error: (_, message) => seen.told.push(message) },
    clock: { monotonic: () => 0 },
    onSent: (count) => {
      seen.sent += count;
    },
    onDropped: (count) => {
      seen.dropped += count;
    },
  });
  return { exporter, seen };
}
const OK = { status: 200, retryAfterSeconds: null };

describe("sending traces", () => {
  it("gathers spans and sends them together; stopping sends what waits", async () => {
    const { exporter, seen } = rig(OK);
    exporter.add([span(1)]);
    exporter.add([span(2)]);
    await exporter.stop();
    assert.deepEqual([seen.posts, seen.sent, seen.dropped], [['["1","2"]'], 2, 0]);
  });

  it("tries again what may pass, when the collector says so", async () => {
    const { exporter, seen } = rig({ status: 503, retryAfterSeconds: 0.001 }, OK);
    exporter.add([span(1)]);
    await eventually("it was sent", () => seen.sent === 1);
    assert.equal(seen.posts.length, 2);
    await exporter.stop();
  });

  it("doesn't try again what was refused, and tells of it once", async () => {
    const { exporter, seen } = rig({ status: 400, retryAfterSeconds: null });
    exporter.add(Array.from({ length: 2_500 }, (_, n) => span(n)));
    await exporter.stop();
    assert.deepEqual([seen.posts.length, seen.sent, seen.dropped, seen.told], [3, 0, 2_500, ["traces are lost: the collector answers with 400"]]);
  });

  it("has one limit for a stop, which cuts off a request that nobody answers and counts all that is left", async () => {
    const limit = new AbortController();
    const seen = { posts: 0, dropped: 0 };
    const exporter = createExporter({
      encode: (spans) => spans,
      post: (_, signal) => {
        seen.posts++;
        setImmediate(() => limit.abort());
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("cut off"))));
      },
      log: { warn() {}, error: (_, message) => assert.fail(message) },
      clock: { monotonic: () => 0 },
      onSent: () => assert.fail("nothing was sent"),
      onDropped: (count) => {
        seen.dropped += count;
      },
    });
    exporter.add(Array.from({ length: 5_500 }, (_, n) => span(n)));
    await exporter.stop(limit.signal);
    assert.deepEqual(seen, { posts: 1, dropped: 5_500 });
    exporter.add([span(1)]);
    assert.equal(seen.dropped, 5_501, "what comes later");
  });

  it("drops what is too much for a collector that is away, and ends all the same", async () => {
    const { exporter, seen } = rig(new Error("connect ECONNREFUSED with a password in it"));
    exporter.add(Array.from({ length: 30_000 }, (_, n) => span(n)));
    assert.equal(seen.dropped, 10_000);
    await exporter.stop();
    assert.equal(seen.dropped, 30_000);
    assert.ok(seen.told.every((line) => !line.includes("password")));
  });
});

import assert from "node:assert/strict";
import { jobPage } from "../../../extension/model/pages/job-page.ts";
import { aJob } from "./jobs.ts";

const at = "2026-01-01T12:03:04.120Z";
const page = (more: Parameters<typeof aJob>[0] = {}, entries: Parameters<typeof jobPage>[0]["entries"] = []) =>
  jobPage({
    job: aJob(more),
    entries,
    calls: [
      { call: 1, op: "http.fetch", effect: "read", args: { url: "x" }, issuedAt: at, settledAt: "2026-01-01T12:03:05.620Z", settleOrder: 1 },
      { call: 2, op: "sleep", effect: "read", args: {}, issuedAt: at, settledAt: null, settleOrder: null },
    ],
    moves: [],
    now: Date.parse(at) + 5_000,
  }).blocks;
const block = (blocks: ReturnType<typeof page>, id: string) => blocks.find((one) => one.id === id);

describe("the page of a job", () => {
  it("offers what the view offers for a job of this status", () => {
    const labels = (blocks: ReturnType<typeof page>) => {
      const found = block(blocks, "buttons");
      return found?.kind === "buttons" ? found.buttons.map(({ label }) => label) : [];
    };
    assert.deepEqual(labels(page({ status: "running", endedAt: null })), ["Open Output", "Stop…", "Suspend"]);
    assert.deepEqual(labels(page({ status: "failed" })), ["Open Output", "Resume from the Failed Call", "Resume from a Call…", "Run Again", "Debug This Job"]);
    assert.deepEqual(labels(page()), ["Open Output", "Run Again", "Debug This Job"]);
  });

  it("shows how long each host call took, and which wasn't settled when the job ended", () => {
    const calls = block(page(), "calls");
    assert.ok(calls?.kind === "table");
    assert.deepEqual(
      calls.rows.map(({ cells, tone }) => [cells[3], tone]),
      [
        ["1.5s", undefined],
        ["not settled", "bad"],
      ],
    );
  });

  it("shows the newest of a long output, and how far it is", () => {
    const blocks = page(
      {},
      Array.from({ length: 1_000 }, (_, i) => ({ seq: i + 1, at, kind: "progress" as const, fraction: i / 1_000, message: `step ${i}` })),
    );
    const streams = block(blocks, "streams");
    assert.ok(streams?.kind === "table");
    assert.deepEqual([streams.rows.length, streams.caption], [200, "The newest 200 of 1000 entries"]);
    const progress = block(blocks, "progress");
    assert.ok(progress?.kind === "progress");
    assert.deepEqual([progress.fraction, progress.text], [0.999, "step 999"]);
  });
});

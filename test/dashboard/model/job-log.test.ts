import assert from "node:assert/strict";
import { createJobLog, MOST_LINES } from "../../../engine/dashboard/model/job/job-log.ts";
import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";

const AT = "2026-03-01T12:00:00.000Z";
const entry = (seq: number, message = `line ${seq}`): StreamedEntry => ({ seq, at: AT, kind: "log", level: "info", message });
const entries = (from: number, to: number): StreamedEntry[] => Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));

/** A log whose frames are drawn when the test says so. */
function rig() {
  let now = 0;
  let waiting: (() => void) | undefined;
  const log = createJobLog({
    onFrame(run) {
      waiting = run;
      return () => {
        waiting = undefined;
      };
    },
    monotonic: () => now,
  });
  return {
    log,
    draw() {
      now += 100;
      const run = waiting;
      waiting = undefined;
      run?.();
    },
    /** A frame that comes so soon that nobody could read. */
    drawSoon() {
      now += 16;
      const run = waiting;
      waiting = undefined;
      run?.();
    },
    isWaiting: () => waiting !== undefined,
  };
}
const seqs = (log: ReturnType<typeof rig>["log"]) => log.lines.value.map(({ seq }) => seq);

describe("dashboard: the log of a job", () => {
  it("shows what came with the next frame, once, whatever is sent again", () => {
    const { log, draw } = rig();
    log.take(entries(1, 3));
    assert.deepEqual(seqs(log), []);
    draw();
    log.take(entries(2, 5));
    draw();
    assert.deepEqual([seqs(log), log.last(), log.above.value], [[1, 2, 3, 4, 5], 5, 0]);
  });

  it("makes lines of what is shown some times a second only, however many frames and messages there are", () => {
    const { log, draw, drawSoon, isWaiting } = rig();
    log.take(entries(1, 1));
    draw();
    const first = log.lines.value;
    log.take(entries(2, 500));
    drawSoon();
    assert.equal(log.lines.value, first);
    assert.ok(isWaiting(), "it comes back for them");
    for (let frames = 0; frames < 6; frames += 1) drawSoon();
    assert.equal(log.lines.value.length, 500);
  });

  it("holds the newest 5,000 lines and counts the entries above them", () => {
    const { log, draw } = rig();
    for (let from = 1; from <= 100_000; from += 500) log.take(entries(from, from + 499));
    draw();
    assert.deepEqual([log.lines.value.length, log.lines.value[0]?.seq, log.lines.value.at(-1)?.seq, log.above.value], [MOST_LINES, 95_001, 100_000, 95_000]);
  });

  it("leaves what is read in its place while new entries come, and counts them", () => {
    const { log, draw } = rig();
    log.take(entries(1, 10));
    draw();
    log.follow("reading");
    const read = log.lines.value;
    log.take(entries(11, 9_000));
    draw();
    assert.deepEqual([log.lines.value === read, log.below.value], [true, 8_990]);
    log.follow("following");
    draw();
    assert.deepEqual(
      [log.lines.value.length, log.lines.value[0]?.seq, log.below.value, log.above.value],
      [MOST_LINES, 4_001, 0, 4_000],
      "what fell out between isn't bridged over",
    );
  });

  it("goes on without a gap when little has come meanwhile", () => {
    const { log, draw } = rig();
    log.take(entries(1, 3));
    draw();
    log.follow("reading");
    log.take(entries(4, 6));
    draw();
    log.follow("following");
    draw();
    assert.deepEqual(seqs(log), [1, 2, 3, 4, 5, 6]);
  });

  it("puts earlier entries before the first line; the newest give way, and come back at the end", () => {
    const { log, draw } = rig();
    log.take(entries(8_001, 12_990));
    draw();
    log.takeEarlier(entries(7_001, 8_000));
    assert.deepEqual([log.lines.value.length, log.lines.value[0]?.seq, log.above.value, log.below.value], [MOST_LINES, 7_001, 7_000, 990]);
    log.follow("following");
    draw();
    assert.deepEqual([log.lines.value.at(-1)?.seq, log.below.value], [12_990, 0]);
    const shown = seqs(log);
    assert.ok(
      shown.every((seq, index) => index === 0 || seq === (shown[index - 1] ?? 0) + 1),
      "a run without a gap",
    );
  });

  it("keeps a bounded number of characters, and the newest entry always", () => {
    const { log, draw } = rig();
    log.take([1, 2, 3, 4].map((seq) => entry(seq, "x".repeat(5_000_000))));
    draw();
    assert.deepEqual(seqs(log), [4]);
  });

  it("tells the newest progress and the outputs that it holds", () => {
    const { log } = rig();
    log.take([
      { seq: 1, at: AT, kind: "progress", fraction: 0.2 },
      { seq: 2, at: AT, kind: "output", value: { a: 1 } },
      { seq: 3, at: AT, kind: "progress", fraction: 0.4, message: "half" },
    ]);
    assert.equal(log.progress.value?.fraction, 0.4);
    assert.deepEqual(log.outputs(), [{ a: 1 }]);
  });

  it("draws nothing any more after it was stopped", () => {
    const { log, draw } = rig();
    log.take(entries(1, 3));
    log.stop();
    draw();
    assert.deepEqual(seqs(log), []);
  });
});

import assert from "node:assert/strict";
import { mock } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { RunnerMessage } from "../../engine/protocol/sandbox.ts";
import { startAttempt } from "../../engine/sandbox/runner/attempt.ts";
import type { PreparedIsolate } from "../../engine/sandbox/runner/isolates.ts";
import { KINDS } from "../../engine/sandbox/runner/prelude/text.ts";

const LIMITS = { cpuMs: 1_000, memoryMb: 64, outputBytes: 1_000, logRate: 10, hostCalls: 10 };
const START = {
  type: "start",
  attempt: 1,
  mode: "run",
  bundleHash: "",
  params: "{}",
  job: "{}",
  seed: "",
  now: 0,
  skipEntries: 0,
  sitesUpTo: 0,
  expected: "[]",
} as const;

/** The real one lives in runner processes alone; here the test says when its code ends. */
function attempt({ covers = false } = {}) {
  const run = Promise.withResolvers<void>();
  const counts = { asked: 0, disposed: 0, givenBack: [] as number[] };
  const isolate: PreparedIsolate = {
    memoryMb: LIMITS.memoryMb,
    onSent() {},
    onCatastrophe() {},
    enter: (step) => (step === "run" ? run.promise : Promise.resolve()),
    evaluate: async () => {},
    coverage: () => new Promise(() => {}), // guest code has replaced what it is made with
    cpuMs: () => 0,
    heapBytes() {
      counts.asked++;
      return 5;
    },
    isGone: () => counts.disposed > 0,
    renew: async () => isolate,
    dispose: () => void counts.disposed++,
  };
  const said: RunnerMessage[] = [];
  startAttempt({
    ...{ start: { ...START, limits: LIMITS }, bundle: "", isolate, covers, isMemoryExceeded: () => false, onEnd() {} },
    write: (message) => said.push(message),
    giveBack: (_isolate, heapBytes) => void counts.givenBack.push(heapBytes),
  });
  const gone = () => said.flatMap((message) => (message.type === "end" ? [message.lingers ? "lingers" : "ends"] : message.type === "gone" ? ["gone"] : []));
  const ends = () => said.flatMap((message) => (message.type === "end" ? [{ kind: message.ending.kind, heapBytes: message.heapBytes }] : []));
  return { run, counts, ends, gone, complete: () => isolate.onSent(KINDS.completed, "null", undefined, undefined, undefined, undefined) };
}

async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

describe("the end of an attempt that has completed", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  it("is told when its code has come to rest, with its heap, and its isolate is used again", async () => {
    const { run, counts, ends, complete } = attempt();
    await turns();
    complete();
    await turns();
    assert.deepEqual([ends(), counts.asked], [[], 0], "while its code runs the isolate can't be asked without waiting for it");
    run.resolve();
    await turns();
    assert.deepEqual([ends(), counts.givenBack, counts.disposed], [[{ kind: "completed", heapBytes: 5 }], [5], 0]);
    mock.timers.tick(10_000);
    assert.deepEqual([ends().length, counts.disposed], [1, 0]);
  });

  it("is told as soon when it leaves a rejection to nobody, but its isolate isn't used again", async () => {
    const { run, counts, ends, complete } = attempt();
    await turns();
    complete();
    run.reject(new Error("left to nobody"));
    await turns();
    assert.deepEqual([ends(), counts.givenBack, counts.disposed], [[{ kind: "completed", heapBytes: 5 }], [], 1]);
  });

  it("is told without its heap when its code goes on, and its isolate is ended", async () => {
    const { run, counts, ends, gone, complete } = attempt();
    await turns();
    complete();
    mock.timers.tick(50);
    assert.deepEqual([ends(), counts.asked, counts.givenBack, counts.disposed], [[{ kind: "completed", heapBytes: 0 }], 0, [], 1]);
    assert.deepEqual(gone(), ["lingers"]);
    run.reject(new Error("Isolate was disposed during execution"));
    await turns();
    assert.deepEqual(gone(), ["lingers", "gone"], "told once it is over");
  });

  it("doesn't ask an isolate that hasn't told its coverage: what runs for that may run for ever", async () => {
    const { run, counts, ends, complete } = attempt({ covers: true });
    await turns();
    complete();
    run.resolve();
    await turns();
    mock.timers.tick(1_000);
    await turns();
    assert.deepEqual([ends(), counts.asked, counts.disposed], [[{ kind: "completed", heapBytes: 0 }], 0, 1]);
  });
});

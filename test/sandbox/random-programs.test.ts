import assert from "node:assert/strict";
import fc from "fast-check";
import { crashedAfter, createRig, type Rig, type RunOptions } from "./rig.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const PROGRAMS = LONG ? 150 : 12;

/** A piece of a random runbook, as JavaScript: an expression that gives a promise. Each says when it begins and how it ends, with time and chance. */
const leaf = fc.oneof(
  fc.constantFrom("a", "b", "c", "gone").map((name) => `variables.get("${name}")`),
  fc.integer({ min: 0, max: 3 }).map((ms) => `sleep(${ms})`),
  fc.constantFrom("x", "y").map((word) => `machine.exec(["${word}"]).then((result) => result.stdout)`),
  fc.integer({ min: 0, max: 5 }).map((steps) => `(async () => { for (let i = 0; i < ${steps}; i++) await null; return Math.random(); })()`),
  fc.constant(`Promise.reject(new Error("thrown"))`),
);
const { program } = fc.letrec<{ program: string; piece: string }>((tie) => ({
  piece: fc.oneof({ maxDepth: 3, withCrossShrink: true }, { arbitrary: leaf, weight: 3 }, { arbitrary: tie("program"), weight: 4 }),
  program: fc.oneof(
    fc
      .tuple(fc.constantFrom("all", "race", "any", "allSettled"), fc.array(tie("piece"), { minLength: 2, maxLength: 4 }))
      .map(([how, pieces]) => `Promise.${how}([${pieces.map((piece) => `step(() => ${piece})`).join(", ")}])`),
    fc
      .array(tie("piece"), { minLength: 2, maxLength: 3 })
      .map((pieces) => `(async () => { ${pieces.map((piece) => `await step(() => ${piece});`).join(" ")} })()`),
    tie("piece").map((piece) => `(async () => { try { return await step(() => ${piece}); } catch (error) { return "caught"; } })()`),
  ),
}));

const bodyOf = (text: string) => `
let steps = 0;
const [machine] = await machines.select("all");
async function step(work) {
  const me = ++steps;
  log("begin " + me + " at " + Date.now() + " " + Math.random());
  try {
    const value = await work();
    log("end " + me + " at " + Date.now() + " " + JSON.stringify(value ?? null));
    return value;
  } catch (error) {
    log("fail " + me + " at " + Date.now() + " " + error.name);
    throw error;
  }
}
try { await step(() => ${text}); } catch { }
await sleep(5);
output(steps);
`;

const OPTIONS: RunOptions = { permissions: { variables: ["a", "b", "c", "gone"], machines: { select: "all", actions: ["exec"] } } };

describe("random programs of concurrent calls", function () {
  this.timeout(600_000);
  let rig: Rig;
  before(() => {
    rig = createRig();
    for (const name of ["a", "b", "c"]) rig.ports.assets.variables.set(name, `value of ${name}`);
    rig.ports.fleet.machines.push({ id: "mch_1", name: "m1", scope: "/", state: "online", tags: {}, facts: null });
  });
  after(() => rig.stop());

  it("write the same when they are replayed, from the end and after a crash at every point", async () => {
    let crashes = 0;
    let calls = 0;
    const sameAgain = fc.asyncProperty(fc.array(program, { minLength: 2, maxLength: 4 }), async (programs) => {
      const body = bodyOf(`Promise.allSettled([${programs.map((one) => `step(() => ${one})`).join(", ")}])`);
      const live = await rig.finish(body, OPTIONS);
      assert.equal(live.ending.kind, "completed", `${JSON.stringify(live.ending)}\n${body}`);
      const replayed = await rig.finish(body, { ...OPTIONS, kept: structuredClone({ ...live.kept, entries: [] }) });
      assert.deepEqual(
        replayed.kept.entries.map((entry) => ({ ...entry, at: 0 })),
        live.kept.entries.map((entry) => ({ ...entry, at: 0 })),
        `replay of\n${body}`,
      );
      // Calls that were open at the end have no outcome; everything else is there, unchanged.
      const settled = live.kept.recorded.filter(({ settlement }) => settlement !== undefined);
      assert.deepEqual(
        settled.map(({ call }) => replayed.kept.recorded.find((one) => one.call === call)),
        settled,
        `nothing is recorded again\n${body}`,
      );
      const settlements = settled.length;
      calls += live.kept.recorded.length;
      for (let crash = 0; crash < settlements; crash++) {
        const kept = crashedAfter(live.kept, crash);
        const before = structuredClone(kept);
        // What wasn't recorded may now come in another order: a new life that must be replayed as exactly.
        const again = await rig.finish(body, { ...OPTIONS, kept });
        assert.equal(again.ending.kind, "completed", `after ${crash}: ${JSON.stringify(again.ending)}\n${body}`);
        assert.deepEqual(again.kept.entries.slice(0, before.entries.length), before.entries, `after ${crash}\n${body}`);
        const last = await rig.finish(body, { ...OPTIONS, kept: structuredClone({ ...again.kept, entries: [] }) });
        assert.deepEqual(last.outputs, again.outputs);
        assert.deepEqual(last.logs, again.logs, `replay after ${crash}\n${body}`);
        crashes++;
      }
    });
    await fc.assert(sameAgain, { numRuns: PROGRAMS });
    console.log(`        ${PROGRAMS} programs with ${calls} calls, ${crashes} crashes, every trace the same when replayed`);
  });
});

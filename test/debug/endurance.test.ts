import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { debugRig } from "./rig.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const SESSIONS = LONG ? 100 : 5;

const RUN = `async ({ machines, output }) => {
  const [web] = await machines.select("all");
  let sum = 0;
  for (let i = 0; i < 3; i++) {
    sum += (await web.exec(["step"])).exitCode + i;
  }
  output(sum);
}`;

describe(`${SESSIONS} debug sessions in a row`, function () {
  this.timeout(SESSIONS * 10_000);

  it("are all there to the end: each halts at its breakpoints, steps over host calls, answers each question, and completes", async () => {
    const dir = await temporaryDirectory();
    const rig = await debugRig({ address: `sqlite:${dir.path}`, machines: [{ name: "web-1" }] });
    try {
      await rig.publish("probe", RUN, 'permissions: { machines: { select: "all", actions: ["exec"] } },');
      for (let round = 0; round < SESSIONS; round++) {
        const session = await rig.debug("probe");
        await session.ready;
        const { inspector } = session;
        await inspector.enable();
        await inspector.ask("Debugger.setBreakpointByUrl", { url: "file:///somewhere/.runwright/probe.js", lineNumber: 4 });
        await inspector.release();
        for (let i = 0; i < 3; i++) {
          const at = await inspector.paused();
          // Many questions at once: an answer that got lost would be missed here.
          const answers = await Promise.all(Array.from({ length: 20 }, () => inspector.valueOf(at, "i")));
          assert.deepEqual(new Set(answers), new Set([i]), `session ${round}`);
          await inspector.ask("Debugger.stepOver");
          const after = await inspector.paused();
          assert.notEqual(after.callFrames[0]?.location.lineNumber, undefined);
          await inspector.ask("Debugger.resume");
        }
        const ended = await session.ended;
        assert.equal(ended?.status, "completed", `session ${round}: ${JSON.stringify(ended)}`);
        assert.deepEqual(await rig.outputs(session.job.id), [3]);
      }
      assert.equal(rig.debugging.count(), 0);
      await eventually("the end of the last process", () => rig.sandbox.describe().debugged.length === 0);
    } finally {
      await rig.stop();
      await dir.remove();
    }
  });
});

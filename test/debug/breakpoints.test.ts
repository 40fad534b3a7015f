import assert from "node:assert/strict";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type DebugRig, debugRig } from "./rig.ts";

const SCRIPT = "file:///somewhere/.runwright/probe.js";

describe("breakpoints of a debugger", function () {
  this.timeout(40_000);
  let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rig: DebugRig;

  before(async () => {
    dir = await temporaryDirectory();
    rig = await debugRig({ address: `sqlite:${dir.path}` });
    rig.secrets.set("token", "swordfish-4711");
  });
  after(async () => {
    await rig.stop();
    await dir.remove();
  });

  /** The code is held: its lines are those of the text, from 0. */
  async function begin(run: string, declaration = "") {
    await rig.publish("probe", run, declaration);
    const session = await rig.debug("probe");
    await session.ready;
    await session.inspector.enable();
    return session;
  }

  it("may log instead of halting, also what a host call has given, and without its secrets", async () => {
    const run = `async ({ secrets, output }) => {
      let sum = 0;
      for (const n of [1, 2, 3]) {
        sum += n;
      }
      const key = await secrets.get("token");
      output(sum);
    }`;
    const { inspector, ended, halts } = await begin(run, 'permissions: { secrets: ["token"] },');
    // As VS Code's debugger asks for one: a condition that logs, and is never true.
    const log = (lineNumber: number, what: string) =>
      inspector.ask("Debugger.setBreakpointByUrl", { url: SCRIPT, lineNumber, condition: `(() => { console.log(${what}); return false; })()` });
    await log(3, '"n is", n, "sum", sum');
    await log(6, '"key", key');
    await inspector.release();
    assert.equal((await ended)?.status, "completed");
    const said = inspector.everything.map((text) => JSON.parse(text)).filter(({ method }) => method === "Runtime.consoleAPICalled");
    assert.deepEqual(
      said.map(({ params }) => params.args.map(({ value }: { value: unknown }) => value)),
      [
        ["n is", 1, "sum", 0],
        ["n is", 2, "sum", 1],
        ["n is", 3, "sum", 3],
        ["key", "***"],
      ],
    );
    assert.deepEqual(halts, []);
  });

  const THROWN: Record<string, { run: string; line: number }> = {
    "in the runbook itself": { run: "async () => {\n  throw new Error('no such luck');\n}", line: 1 },
    "in a function that it calls": { run: "async () => {\n  const deep = () => {\n    throw new Error('no such luck');\n  };\n  deep();\n}", line: 2 },
    "after a host call": { run: "async ({ sleep }) => {\n  await sleep(5);\n  throw Object.assign(new Error('no such luck'), { code: 'LUCK' });\n}", line: 2 },
    "while it waits for others": {
      run: "async ({ sleep }) => {\n  await Promise.all([sleep(5000), (async () => {\n    await sleep(5);\n    throw new Error('no such luck');\n  })()]);\n}",
      line: 3,
    },
    "in a runbook that isn't async": { run: "() => {\n  throw new Error('no such luck');\n}", line: 1 },
  };
  for (const [where, { run, line }] of Object.entries(THROWN))
    it(`halts where an exception is thrown that nobody catches, ${where}, and the job fails as it does without a debugger`, async () => {
      const { inspector, ended } = await begin(run);
      await inspector.ask("Debugger.setPauseOnExceptions", { state: "uncaught" });
      await inspector.release();
      const at: any = await inspector.paused();
      assert.match(at.reason, /^(exception|promiseRejection)$/);
      assert.equal(at.callFrames[0].location.lineNumber, line);
      assert.match(at.data.description, /no such luck/);
      await inspector.ask("Debugger.resume");
      const { status, failureCode, error } = await rig.finish((await rig.start("probe")).id);
      assert.deepEqual([status, failureCode, error?.message], ["failed", "error", "no such luck"]);
      const end = await ended;
      assert.deepEqual([end?.status, end?.failureCode, end?.error], [status, failureCode, error]);
    });

  it("stay in the code of the runbook: steps into host functions pass over ours, and a host call that fails is nowhere to be looked at", async () => {
    const run = "async ({ variables, log }) => {\n  log('begun');\n  const place = variables.get('none');\n  await place;\n}";
    const { inspector, ended, halts } = await begin(run, 'permissions: { variables: ["none"] },');
    await inspector.ask("Debugger.setPauseOnExceptions", { state: "all" });
    await inspector.ask("Debugger.setBreakpointByUrl", { url: SCRIPT, lineNumber: 1 });
    await inspector.release();
    const lines: (number | undefined)[] = [];
    for (let step = 0; step < 3; step++) {
      lines.push((await inspector.paused()).callFrames[0]?.location.lineNumber);
      await inspector.ask("Debugger.stepInto");
    }
    assert.deepEqual(lines, [1, 2, 3]);
    assert.match(String((await ended)?.error?.message), /there is no variable "none"/);
    assert.deepEqual(halts, [true, false, true, false, true, false]);
  });

  it("leaves a rejection that nobody looks at what it is without a debugger: the end of the job", async () => {
    const { inspector, ended } = await begin("async ({ sleep }) => {\n  Promise.reject(new Error('forgotten'));\n  await sleep(5000);\n}");
    await inspector.release();
    const { failureCode, error } = await rig.finish((await rig.start("probe")).id);
    assert.match(String(error?.message), /nobody handled it: forgotten/);
    const end = await ended;
    assert.deepEqual([end?.failureCode, end?.error], [failureCode, error]);
  });

  it("passes over what is caught, unless it is to halt there too", async () => {
    const run = "async ({ output }) => {\n  try {\n    throw new Error('caught');\n  } catch (error) {\n    output(error.message);\n  }\n}";
    const calm = await begin(run);
    await calm.inspector.ask("Debugger.setPauseOnExceptions", { state: "uncaught" });
    await calm.inspector.release();
    assert.equal((await calm.ended)?.status, "completed");
    assert.deepEqual(calm.halts, []);

    const strict = await begin(run);
    await strict.inspector.ask("Debugger.setPauseOnExceptions", { state: "all" });
    await strict.inspector.release();
    assert.equal((await strict.inspector.paused()).callFrames[0]?.location.lineNumber, 2);
    await strict.inspector.ask("Debugger.resume");
    assert.equal((await strict.ended)?.status, "completed");
  });
});

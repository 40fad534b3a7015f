import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { ADA } from "../engine/rig.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import type { Paused } from "./inspector-client.ts";
import { type DebugRig, debugRig } from "./rig.ts";

const SECRET = `sword fish/${"0123456789abcdef".repeat(12)}`;
const GRANTS = 'permissions: { secrets: ["token"], machines: { select: "all", actions: ["exec"] } },';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a debug session", function () {
  this.timeout(40_000);
  let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rig: DebugRig;

  before(async () => {
    dir = await temporaryDirectory();
    rig = await debugRig({
      address: `sqlite:${dir.path}`,
      most: 4,
      mostOfOne: 4,
      machines: [{ name: "web-1", exec: () => ({ stdout: "up" }) }, { name: "web-2" }],
    });
    rig.secrets.set("token", SECRET);
  });
  after(async () => {
    await rig.stop();
    await dir.remove();
  });
  // The sessions of a test that failed mustn't be in the way of the next one.
  afterEach(async () => {
    await eventually("the end of all sessions", () => rig.debugging.count() === 0);
  });

  async function begin(run: string, declaration = "", params: unknown = {}, more: Parameters<DebugRig["debug"]>[2] = {}) {
    await rig.publish("probe", run, declaration);
    const session = await rig.debug("probe", params, more);
    await session.ready;
    await session.inspector.enable();
    return session;
  }
  /** Lets it go with a breakpoint in this line of the code, and waits until it is hit. */
  async function haltedAt(session: Awaited<ReturnType<typeof begin>>, lineNumber: number, more: object = {}): Promise<Paused> {
    await session.inspector.ask("Debugger.setBreakpointByUrl", { url: "file:///somewhere/.runwright/probe.js", lineNumber, ...more });
    await session.inspector.release();
    return session.inspector.paused();
  }

  it("is a job that lists show, by hand, with a mark", async () => {
    const { job, inspector, ended } = await begin("async () => {}");
    assert.deepEqual([job.debug, job.trigger, job.status, job.replayOf], ["run", "manual", "running", null]);
    await inspector.release();
    assert.equal((await ended)?.status, "completed");
    const [listed] = await rig.store.read.jobs.list({ scopes: ["/"], limit: 1 });
    assert.deepEqual([listed?.id, listed?.debug], [job.id, "run"]);
  });

  it("holds the code until the debugger lets it go", async () => {
    const { inspector, ended, job } = await begin('async ({ log }) => { log("begun"); }');
    await inspector.ask("Runtime.evaluate", { expression: "1" });
    assert.deepEqual(await rig.store.read.streams.list(job.id, { after: 0, limit: 1 }), []);
    await inspector.release();
    await ended;
    assert.equal((await rig.store.read.streams.list(job.id, { after: 0, limit: 1 })).length, 1);
  });

  it("honours conditions, and steps over an awaited host call and out of a function", async () => {
    const session = await begin(
      `async ({ machines, output }) => {
        for (let i = 0; i < 10; i++) {
          output(i);
        }
        const [one] = await machines.select("name=web-1");
        const up = await one.exec(["uptime"]);
        output(up.stdout);
      }`,
      GRANTS,
    );
    let at = await haltedAt(session, 2, { condition: "i === 7" });
    const { inspector } = session;
    assert.equal(await inspector.valueOf(at, "i"), 7);
    const lines = [];
    await inspector.ask("Debugger.setBreakpointsActive", { active: false });
    await inspector.ask("Debugger.setBreakpointsActive", { active: true });
    await inspector.ask("Debugger.setBreakpointByUrl", { url: "file:///somewhere/.runwright/probe.js", lineNumber: 4 });
    await inspector.ask("Debugger.resume");
    at = await inspector.paused();
    for (let i = 0; i < 3 && at; i++) {
      lines.push(at.callFrames[0]?.location.lineNumber);
      await inspector.ask("Debugger.stepOver");
      at = await inspector.paused();
    }
    assert.deepEqual(lines, [4, 5, 6]);
    await inspector.ask("Debugger.resume");
    assert.equal((await session.ended)?.status, "completed");
    assert.deepEqual(await rig.outputs(session.job.id), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "up"]);
  });

  it("lets time stand still while the code is halted", async () => {
    const session = await begin(`async () => {\n  let n = 0;\n  n++;\n  return n;\n}`, 'limits: { timeout: "500ms", cpu: "1s" },');
    await new Promise((resolve) => setTimeout(resolve, 700)); // it is held: that doesn't count either
    await haltedAt(session, 2);
    await session.inspector.ask("Runtime.evaluate", { expression: "for (const end = performance?.now?.() ?? 0, n = [0]; n[0] < 3e7; n[0]++);" });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await session.inspector.ask("Debugger.resume");
    assert.equal((await session.ended)?.status, "completed");
  });

  it("keeps its limits of time otherwise", async () => {
    const session = await begin("async () => { for (;;); }", 'limits: { timeout: "10s", cpu: "300ms" },');
    session.inspector.release().catch(() => {}); // its answer may be overtaken by the end
    assert.equal((await session.ended)?.failureCode, "cpu");
  });

  it("keeps its memory limit, and the process goes", async () => {
    const session = await begin("async () => { const all = []; for (;;) all.push(new Array(10000).fill(all.length)); }");
    session.inspector.release().catch(() => {});
    assert.equal((await session.ended)?.failureCode, "memory");
  });

  it("halts an endless loop that is to be paused, and ends it with the session", async () => {
    const session = await begin("async () => { let n = 0; for (;;) n++; }");
    await session.inspector.release();
    await eventually("the loop turns", async () => {
      await session.inspector.ask("Debugger.pause");
      const at = await session.inspector.paused();
      // It may halt before the first turn.
      if ((await session.inspector.valueOf(at, "n")) > 0) return true;
      await session.inspector.ask("Debugger.resume");
      return false;
    });
    session.attached.left();
    assert.equal((await rig.finish(session.job.id)).status, "stopped");
  });

  it("ends an endless loop that nobody has paused", async () => {
    const session = await begin("async () => { for (;;); }", 'limits: { cpu: "60s" },');
    await session.inspector.release();
    session.attached.left();
    assert.equal((await rig.finish(session.job.id)).status, "stopped");
  });

  it("shows no secret in variables, previews, evaluations, exceptions and watches, in whatever encoding", async () => {
    const session = await begin(
      `async ({ secrets }) => {
        const token = await secrets.get("token");
        const holder = { deep: [token, { ["k" + token]: token }], hex: Array.from(token, (c) => c.charCodeAt(0).toString(16)).join("") };
        const around = "before ".repeat(6) + token + " after".repeat(6);
        const error = new Error("with " + token);
        return [holder, around, error];
      }`,
      GRANTS,
    );
    const at = await haltedAt(session, 5);
    const { inspector } = session;
    const scope = at.callFrames[0]?.scopeChain.find(({ type }) => type === "local");
    await inspector.ask("Runtime.getProperties", { objectId: scope?.object.objectId, ownProperties: true, generatePreview: true });
    for (const expression of [
      "token",
      "holder",
      "around",
      "error",
      "encodeURIComponent(token)",
      "JSON.stringify(holder)",
      "[...Array(3)].map((_, i) => token)",
      "throw error",
      "throw token",
    ]) {
      for (const how of [{ returnByValue: true }, { generatePreview: true }, {}]) {
        await inspector.ask("Debugger.evaluateOnCallFrame", { callFrameId: at.callFrames[0]?.callFrameId, expression, ...how }).catch(() => {});
      }
    }
    const { result } = await inspector.ask("Debugger.evaluateOnCallFrame", {
      callFrameId: at.callFrames[0]?.callFrameId,
      expression: "around",
      generatePreview: true,
    });
    assert.match(result.value, /^before .*\*\*\* after/);
    await inspector.ask("Debugger.resume");
    await session.ended;
    const said = inspector.everything.join("\n");
    assert.ok(said.length > 5_000);
    // Also where V8 has cut a text in the middle of it.
    for (const piece of [
      SECRET,
      SECRET.slice(0, 14),
      encodeURIComponent(SECRET).slice(0, 14),
      Buffer.from(SECRET).toString("hex").slice(0, 20),
      SECRET.slice(-30),
    ])
      assert.ok(!said.includes(piece), piece);
  });

  it("shows no bytes and no single letters of a secret", async () => {
    const session = await begin(
      `async ({ secrets }) => {
        const token = await secrets.get("token");
        const bytes = Uint8Array.from(token, (c) => c.charCodeAt(0));
        const shown = { bytes, buffer: bytes.buffer, boxed: new String(token), wide: Uint16Array.from(bytes), numbers: [71, 72, 73] };
        return shown;
      }`,
      GRANTS,
    );
    const { inspector } = session;
    const at = await haltedAt(session, 4);
    const evaluate = async (expression: string, how: object = {}) =>
      (await inspector.ask("Debugger.evaluateOnCallFrame", { callFrameId: at.callFrames[0]?.callFrameId, expression, ...how })).result;
    for (const name of ["bytes", "buffer", "boxed", "wide"]) {
      await evaluate(`shown.${name}`, { returnByValue: true });
      const { objectId } = await evaluate(`shown.${name}`, { generatePreview: true });
      const { result, internalProperties = [] } = await inspector.ask("Runtime.getProperties", { objectId, ownProperties: true, generatePreview: true });
      for (const { value } of [...result, ...internalProperties])
        if (value?.objectId) await inspector.ask("Runtime.getProperties", { objectId: value.objectId });
    }
    const said = inspector.everything.filter((text) => !text.includes("scriptParsed")).join("\n");
    const [s = 0, w = 0] = Buffer.from(SECRET);
    for (const one of [`"value":"${s}"`, `"value":${s},`, `"0":${s}`, `"value":${w},`, `"value":"s"`, `"value":"w"`, `"0":"s"`])
      assert.ok(!said.includes(one), one);
    const numbers = await evaluate("shown.numbers", { generatePreview: true });
    assert.match(JSON.stringify(numbers), /"71".*"72".*"73"/);
    assert.match(JSON.stringify(await inspector.ask("Runtime.getProperties", { objectId: numbers.objectId, ownProperties: true })), /71.*72.*73/);
    await inspector.ask("Debugger.resume");
    await session.ended;
  });

  it("goes on when a value is looked at, thrown or printed that is too large to be shown", async () => {
    const session = await begin(`async ({ output }) => {
        const many = Array.from({ length: 60_000 }, (_, i) => "text " + i);
        const long = "y".repeat(5_000_000);
        output(1);
        throw new Error(long);
      }`);
    const { inspector } = session;
    const at = await haltedAt(session, 3);
    const { result: many } = await inspector.ask("Debugger.evaluateOnCallFrame", { callFrameId: at.callFrames[0]?.callFrameId, expression: "many" });
    await assert.rejects(inspector.ask("Runtime.getProperties", { objectId: many.objectId, ownProperties: true }), /ask for less of it/);
    await assert.rejects(inspector.valueOf(at, "long"), /ask for less of it/);
    assert.equal(await inspector.valueOf(at, "many.length"), 60_000);
    await inspector.ask("Debugger.setPauseOnExceptions", { state: "all" });
    await inspector.ask("Debugger.resume");
    assert.match((await inspector.paused()).reason, /exception|promiseRejection/);
    await inspector.ask("Debugger.setPauseOnExceptions", { state: "none" });
    await inspector.ask("Debugger.resume");
    assert.equal((await session.ended)?.status, "failed");
  });

  it("answers what debugging doesn't need instead of doing it: heap snapshots, changed code, the context that isn't locked down", async () => {
    const session = await begin("async () => {}");
    const { inspector } = session;
    for (const method of ["HeapProfiler.takeHeapSnapshot", "Profiler.enable", "Debugger.setScriptSource", "Network.enable"]) {
      await assert.rejects(inspector.ask(method), /isn't offered/);
    }
    await assert.rejects(inspector.ask("Runtime.evaluate", { expression: "1", contextId: 1 }), /no such context/);
    const contexts = inspector.everything.filter((text) => text.includes("executionContextCreated"));
    assert.equal(contexts.length, 1);
    const { result } = await inspector.ask("Runtime.evaluate", {
      expression: "typeof WebAssembly + typeof SharedArrayBuffer + typeof process",
      returnByValue: true,
    });
    assert.equal(result.value, "undefinedundefinedundefined");
    assert.throws(() => session.attached.take({ type: "inspector", message: "no JSON" }), /Chrome DevTools protocol/);
    assert.throws(() => session.attached.take({ type: "answer", call: 5, allow: true }), /isn't waiting/);
    await inspector.release();
    await session.ended;
  });

  it("keeps the context that isn't locked down from a debugger that hasn't asked for contexts", async () => {
    await rig.publish("probe", "async () => {}");
    const session = await rig.debug("probe");
    await session.ready;
    const { inspector } = session;
    const expression = "typeof WebAssembly + typeof SharedArrayBuffer";
    for (const contextId of [1, 2, 3, 4]) {
      const { result } = await inspector.ask("Runtime.evaluate", { expression, contextId, returnByValue: true }).catch(() => ({ result: null }));
      assert.ok(result === null || result.value === "undefinedundefined", `context ${contextId}: ${result?.value}`);
    }
    const { result } = await inspector.ask("Runtime.evaluate", { expression, returnByValue: true });
    assert.equal(result.value, "undefinedundefined");
    const compiled = { expression, sourceURL: "probe", persistScript: true };
    await inspector.ask("Runtime.enable");
    const { scriptId } = await inspector.ask("Runtime.compileScript", compiled);
    const ran = await inspector.ask("Runtime.runScript", { scriptId, returnByValue: true });
    assert.equal(ran.result.value, "undefinedundefined");
    await inspector.release();
    await session.ended;
  });

  it("has the permissions of the runbook, and those of one machine where it was narrowed to it", async () => {
    const run = `async ({ machines, output }) => { for (const one of await machines.select("all")) output(one.name); }`;
    const narrowed = await begin(run, GRANTS, {}, { narrowedTo: "name=web-2" });
    await narrowed.inspector.release();
    await narrowed.ended;
    assert.deepEqual(await rig.outputs(narrowed.job.id), ["web-2"]);
    const undeclared = await begin(run);
    await undeclared.inspector.release();
    assert.equal((await undeclared.ended)?.failureCode, "permission_denied");
  });

  it("does no write in dry mode", async () => {
    const session = await begin(
      `async ({ machines, output }) => { const [one] = await machines.select("name=web-1"); output((await one.exec(["x"])).stdout); }`,
      GRANTS,
      {},
      { dry: true },
    );
    await session.inspector.release();
    await session.ended;
    assert.deepEqual(await rig.outputs(session.job.id), [""]);
    assert.equal(session.steps.at(-1)?.how, "withheld");
  });

  it("keeps its isolate while the job waits", async () => {
    const session = await begin(`async ({ sleep, output }) => {\n  const before = 5;\n  await sleep("1500ms");\n  output(before);\n}`);
    await haltedAt(session, 2);
    await session.inspector.ask("Debugger.stepOver");
    const at = await session.inspector.paused();
    assert.equal(at.callFrames[0]?.location.lineNumber, 3);
    assert.equal(await session.inspector.valueOf(at, "before"), 5);
    await session.inspector.ask("Debugger.resume");
    assert.equal((await session.ended)?.status, "completed");
  });

  it("takes its ticket once, from the one it was given to, and no other", async () => {
    await rig.publish("probe", "async () => {}");
    const begun = await rig.debugging.debug({
      ...{ runbook: "probe", params: {}, version: "latest" as const, dry: false, narrowedTo: null, inspect: true, sourceRoot: "file:///somewhere/" },
      ...{ caller: { actor: ADA, address: "test", correlationId: "c1" }, also: () => {} },
    });
    const attach = (more: object) =>
      rig.debugging.attach({ session: begun.session, ticket: begun.ticket, actorId: ADA.id, ...more }, { send() {}, close() {} });
    const refused = (more: object, says: RegExp) =>
      assert.throws(
        () => attach(more),
        (error) => isRunwrightError(error, "TICKET_INVALID") && says.test(error.message),
      );
    refused({ ticket: "x" }, /isn't the one/);
    refused({ actorId: "prn_eve" }, /someone else/);
    assert.throws(
      () => attach({ session: "dbg_none" }),
      (error) => isRunwrightError(error, "NOT_FOUND"),
    );
    const attached = attach({});
    refused({}, /used already: a job has one debugger at a time/);
    attached.left();
    assert.throws(
      () => attach({}),
      (error) => isRunwrightError(error, "NOT_FOUND"),
    );
    assert.equal((await rig.finish(begun.job.id)).status, "stopped");
  });

  it("isn't begun beyond what one engine takes", async () => {
    await rig.publish("probe", "async () => {}");
    const open = await Promise.all(Array.from({ length: 4 }, () => rig.debug("probe")));
    await assert.rejects(rig.debug("probe"), (error) => isRunwrightError(error, "OVERLOADED"));
    for (const { attached } of open) attached.left();
    await Promise.all(open.map(({ job }) => rig.finish(job.id)));
  });

  it("takes no other job's place, and waits for none", async () => {
    await rig.publish("alone", 'async ({ sleep }) => { await sleep("1h"); }', 'concurrency: { limit: 1, overflow: "cancelRunning" },');
    const job = await rig.start("alone");
    await assert.rejects(rig.debug("alone"), (error) => isRunwrightError(error, "CONFLICT"));
    assert.notEqual((await rig.store.read.jobs.get(job.id))?.status, "stopped");
    await rig.jobs.stop(job.id, "ada");
  });

  it("ends with its process, and the job isn't tried again", async () => {
    const session = await begin("async () => { for (;;); }", 'limits: { cpu: "60s" },');
    await session.inspector.release();
    const pid = rig.sandbox.describe().debugged[0] ?? 0;
    process.kill(pid, "SIGKILL");
    const ended = await session.ended;
    assert.equal(ended?.status, "stopped");
    assert.match(String(ended?.error?.message), /its process ended/);
    assert.ok(!isAlive(pid));
  });
});

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { createRig, failureOf, type Rig, STARTED_AT, testPorts } from "./rig.ts";

describe("a runbook in the sandbox", () => {
  let rig: Rig;
  before(() => {
    rig = createRig();
  });
  after(() => rig.stop());

  it("gets its parameters and job, and writes log, output and progress in order", async () => {
    const { ending, kept } = await rig.finish(
      `log("one"); log.warning("two", { n: params.n }); output({ job, n: params.n }); progress(0.5, "half"); progress(7); console.error("three", { a: 1 });`,
      { params: { n: 5 } },
    );
    assert.equal(ending.kind, "completed");
    const at = STARTED_AT;
    assert.deepEqual(kept.entries, [
      { seq: 1, at, kind: "log", level: "info", message: "one" },
      { seq: 2, at, kind: "log", level: "warning", message: "two", details: { n: 5 } },
      { seq: 3, at, kind: "output", value: { job: { id: "job_test", runbook: "subject", version: 3, startedAt: STARTED_AT }, n: 5 } },
      { seq: 4, at, kind: "progress", fraction: 0.5, message: "half" },
      { seq: 5, at, kind: "progress", fraction: 1 },
      { seq: 6, at, kind: "log", level: "error", message: 'three {"a":1}' },
    ]);
  });

  it("says what it used", async () => {
    const { ending } = await rig.finish("let n = 0; for (let i = 0; i < 3e6; i++) n += i % 7; await sleep(0); output(n)");
    assert.equal(ending.kind, "completed");
    if (ending.kind !== "completed") return;
    assert.equal(ending.usage.hostCalls, 1);
    assert.ok(ending.usage.cpuMs > 0 && ending.usage.cpuMs < 30_000, `${ending.usage.cpuMs}`);
    assert.ok(ending.usage.heapBytes > 100_000, `${ending.usage.heapBytes}`);
  });

  it("fails with the position of the TypeScript source when it throws", async () => {
    const { ending } = await rig.finish(
      `interface Reading { value: number }\nconst broken = (reading: Reading): never => { throw new RangeError("too high: " + reading.value); };\nbroken({ value: 9 });`,
    );
    const { failureCode, error } = failureOf(ending);
    assert.equal(failureCode, "error");
    assert.equal(error.name, "RangeError");
    assert.equal(error.message, "too high: 9");
    const lines = error.stack?.split("\n") ?? [];
    assert.match(lines[0] ?? "", /^at .*runbooks\/subject\.ts:3:\d+\)?$/);
    assert.match(lines[1] ?? "", /runbooks\/subject\.ts:4:\d+\)?$/);
    assert.ok(!error.stack?.includes("<runwright>"), "frames of the prelude aren't shown");
  });

  it("shows causes, and what is thrown that is no error", async () => {
    const caused = await rig.finish(`try { JSON.parse("{"); } catch (cause) { throw new Error("the answer is no JSON", { cause }); }`);
    assert.match(failureOf(caused.ending).error.stack ?? "", /Caused by: SyntaxError/);
    const text = await rig.finish(`throw "nothing to do";`);
    assert.match(failureOf(text.ending).error.message, /nothing to do/);
    const hostile = await rig.finish(`throw { get message() { throw 1; } };`);
    assert.match(failureOf(hostile.ending).error.message, /can't be shown/);
  });

  it("fails with the line of the call when a host function fails and nobody handles it", async () => {
    const { ending } = await rig.finish(`\nconst value = await variables.get("gone");\noutput(value);`, { permissions: { variables: ["gone"] } });
    const { error } = failureOf(ending);
    assert.equal(error.name, "RunwrightError");
    assert.match(error.message, /there is no variable "gone"/);
    assert.match(error.stack ?? "", /runbooks\/subject\.ts:3:\d+/);
  });

  it("can handle the failure of a host function by its code", async () => {
    const { outputs } = await rig.finish(`try { await variables.get("gone"); } catch (error) { output([error.code, error instanceof Error]); }`, {
      permissions: { variables: ["gone"] },
    });
    assert.deepEqual(outputs, [["ASSET_NOT_FOUND", true]]);
  });

  it("fails when a promise is rejected and nobody handles it", async () => {
    const { ending } = await rig.finish(`Promise.reject(new Error("forgotten")); await sleep(5); output("not reached?");`);
    assert.match(failureOf(ending).error.message, /nobody handled it: forgotten/);
  });

  it("fails at once when it waits for what can't happen", async () => {
    const { ending } = await rig.finish("await new Promise(() => {});");
    assert.match(failureOf(ending).error.message, /waits for a promise that nothing can settle/);
  });

  it("gets an error for arguments of the wrong kind, naming them", async () => {
    const { outputs } = await rig.finish(
      `for (const call of [() => variables.get(5), () => sleep("soon"), () => sleep({}), () => variables.get(() => 1), () => jobs.start("x", 5)]) {
         try { await call(); output("accepted"); } catch (error) { output(error.message); }
       }`,
      { permissions: { variables: ["a"], jobs: ["x"] } },
    );
    assert.equal(outputs.length, 5);
    assert.match(String(outputs[0]), /variables\.get: name must be string/);
    assert.match(String(outputs[1]), /soon/);
    assert.match(String(outputs[2]), /sleep needs a duration/);
    assert.match(String(outputs[3]), /name/);
    assert.match(String(outputs[4]), /params/);
  });

  it("fails with permission_denied, naming what to declare, when it uses what it didn't declare", async () => {
    const undeclared = {
      variables: `await variables.get("other")`,
      setVariables: `await variables.set("other", 1)`,
      secrets: `await secrets.get("other")`,
      http: `await http.fetch("https://example.com/")`,
      machines: `await machines.select("all")`,
      jobs: `await jobs.start("other")`,
    };
    for (const [capability, body] of Object.entries(undeclared)) {
      const { ending } = await rig.finish(`try { ${body} } catch {} output("went on")`);
      const { failureCode, error } = failureOf(ending);
      assert.equal(failureCode, "permission_denied", capability);
      assert.match(error.message, new RegExp(`permissions\\.${capability}`), capability);
    }
  });

  it("sets variables that it declared, but never to a secret that it has read, in whatever form", async () => {
    rig.ports.assets.secrets.set("hush", ["correct-horse-battery"]);
    const permissions = { secrets: ["hush"], setVariables: ["state"] };
    const { ending, outputs } = await rig.finish(
      `await variables.set("state", { n: 1 });
       const hush = await secrets.get("hush");
       for (const value of [hush, { deep: ["a " + hush] }, btoa(hush)]) try { await variables.set("state", value); } catch (error) { output(error.message); }`,
      { permissions },
    );
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(rig.ports.assets.variables.get("state"), { n: 1 });
    assert.equal(outputs.filter((message) => /holds a secret/.test(String(message))).length, 3, JSON.stringify(outputs));
  });

  it("fails with permission_denied even when it doesn't wait for the call", async () => {
    const { ending } = await rig.finish(`secrets.get("other");`);
    assert.equal(failureOf(ending).failureCode, "permission_denied");
  });

  it("can address only machines that it declared and selected", async () => {
    const facts = { os: "linux" } as never;
    const machine = (id: string, role: string) => ({ id, name: id, scope: "/", state: "online" as const, tags: { role }, facts });
    rig.ports.fleet.machines.push(machine("mch_1", "web"), machine("mch_2", "db"));
    const permissions = { machines: { select: "tag:role=web", actions: ["exec" as const] } };
    const used = await rig.finish(
      `const all = await machines.select("all"); const [web] = all; output(all.map((m) => m.name)); output(await web.exec(["uptime"])); output((await web.packages())[0].name); output((await machines.get("mch_1")).id);`,
      { permissions },
    );
    assert.equal(used.ending.kind, "completed", JSON.stringify(used.ending));
    assert.deepEqual(used.outputs, [["mch_1"], { exitCode: 0, stdout: "uptime", stderr: "", truncated: false }, "bash", "mch_1"]);
    assert.deepEqual(rig.ports.fleet.executed.at(-1), { id: { jobId: "job_test", call: 2, retry: 0 }, argv: ["uptime"] });

    const outside = await rig.finish(`await machines.get("mch_2")`, { permissions });
    const reported = await rig.finish(`await machines.report("os=linux", { days: 7 })`, { permissions });
    assert.match(failureOf(reported.ending).error.message, /no report of tag:role=web and os=linux here/, "cut to what is declared");
    assert.match(failureOf(outside.ending).error.message, /there is no machine "mch_2" that this runbook may see/);
    const readOnly = await rig.finish(`const [web] = await machines.select(); await web.exec(["id"])`, {
      permissions: { machines: { select: "all", actions: [] } },
    });
    assert.equal(failureOf(readOnly.ending).failureCode, "permission_denied");
  });

  it("tags machines that it selected, when it declares so, and never with a secret", async () => {
    rig.ports.fleet.machines.length = 0;
    rig.ports.fleet.machines.push({ id: "mch_1", name: "m1", scope: "/", state: "offline", tags: { role: "web" }, facts: null });
    rig.ports.fleet.machines.push({ id: "mch_2", name: "m2", scope: "/", state: "online", tags: { role: "db" }, facts: null });
    rig.ports.assets.secrets.set("hush", ["correct-horse-battery"]);
    const permissions = { machines: { select: "tag:role=web", actions: ["tag" as const] }, secrets: ["hush"] };
    const { ending, outputs } = await rig.finish(
      `const [m] = await machines.select("all"); await m.setTags({ quarantine: "true", role: null });
       const hush = await secrets.get("hush"); try { await m.setTags({ note: hush }); } catch (error) { output(error.code); }`,
      { permissions },
    );
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(outputs, ["BAD_REQUEST"]);
    const id = { jobId: "job_test", call: 2, retry: 0 };
    assert.deepEqual(rig.ports.fleet.tagged.splice(0), [{ id, machineId: "mch_1", changes: { quarantine: "true", role: null } }]);

    const tag = `const [m] = await machines.select(); await m.setTags({ quarantine: "true" });`;
    const undeclared = await rig.finish(tag, { permissions: { machines: { select: "all", actions: ["exec"] } } });
    assert.match(failureOf(undeclared.ending).error.message, /doesn't declare the machine action "tag"/);
    const outside = await rig.finish(`await machines.get("m2")`, { permissions });
    assert.match(failureOf(outside.ending).error.message, /there is no machine "m2" that this runbook may see/);
    const wrong = await rig.finish(`const [m] = await machines.select(); await m.setTags({ quarantine: true });`, { permissions });
    assert.match(failureOf(wrong.ending).error.message, /tags/);
    const dry = await rig.finish(tag, { permissions: { machines: { select: "all", actions: ["tag"] } }, attempt: { dry: true } });
    assert.equal(dry.ending.kind, "completed");
    assert.equal(dry.kept.recorded[1]?.op, "machines.setTags");
    assert.deepEqual(rig.ports.fleet.tagged, []);
  });

  it("starts child jobs and waits for them", async () => {
    const { outputs } = await rig.finish(`const done = await jobs.run("child", { a: 1 }); output([done.status, done.outputs]);`, {
      permissions: { jobs: ["child"] },
    });
    assert.deepEqual(outputs, [["completed", [7]]]);
    assert.deepEqual([...rig.ports.jobs.started.values()], [{ runbook: "child", params: { a: 1 } }]);
  });

  it("records writes instead of doing them in a dry job", async () => {
    rig.ports.fleet.machines.length = 0;
    rig.ports.fleet.machines.push({ id: "mch_9", name: "m9", scope: "/", state: "online", tags: {}, facts: null });
    const before = rig.ports.fleet.executed.length;
    const { ending, kept, outputs } = await rig.finish(`const [m] = await machines.select(); output((await m.exec(["reboot"])).exitCode);`, {
      permissions: { machines: { select: "all", actions: ["exec"] } },
      attempt: { dry: true },
    });
    assert.equal(ending.kind, "completed");
    assert.deepEqual(outputs, [0]);
    assert.equal(rig.ports.fleet.executed.length, before);
    assert.equal(kept.recorded[1]?.op, "machines.exec");
  });

  it("stops at once, also in an endless loop", async () => {
    const { run, kept } = rig.start(`log("begun"); for (;;) {}`);
    await eventually("its first line", () => kept.entries.length === 1);
    const before = performance.now();
    run.stop();
    assert.equal((await run.ended).kind, "stopped");
    assert.ok(performance.now() - before < 1_000);
  });

  it("runs many jobs at once without mixing them up", async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        rig.finish(`globalThis.mine = params.n; for (let i = 0; i < 5; i++) await sleep(i); output(globalThis.mine);`, { params: { n } }),
      ),
    );
    assert.deepEqual(
      results.map(({ outputs }) => outputs),
      Array.from({ length: 40 }, (_, n) => [n]),
    );
  });

  it("says how deep it is itself when it starts another one: whoever starts that counts on from there", async () => {
    const depths: number[] = [];
    const ports = testPorts();
    ports.jobs.start = async ({ parent }) => {
      depths.push(parent.depth);
      return { id: "job_child" };
    };
    const own = createRig({ ports });
    try {
      const { ending } = await own.finish(`await jobs.start("child")`, { permissions: { jobs: ["child"] }, attempt: { depth: 3 } });
      assert.equal(ending.kind, "completed");
      assert.deepEqual(depths, [3]);
    } finally {
      await own.stop();
    }
  });
});

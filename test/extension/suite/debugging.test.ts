import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { installRunwright } from "./commands/runbooks.ts";
import { fileIn, PATIENCE_MS } from "./commands/stage.ts";
import { breakAt, logAt, watchDebugger } from "./debugger.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, failsAt, signInTo, signOutOfAll } from "./person.ts";
import { ask } from "./world.ts";

const COUNTS = `import { runbook, Type } from "runwright";
interface Sum { total: number }
export default runbook({
  summary: "Count",
  parameters: Type.Object({ upTo: Type.Integer({ default: 5 }) }),
  permissions: { secrets: ["door"] },
  async run({ params, secrets, log, sleep, output }) {
    const sum: Sum = { total: 0 };
    for (let i = 1; i <= params.upTo; i++) {
      sum.total += i;
    }
    log(\`the sum is \${sum.total}\`);
    const key = await secrets.get("door");
    await sleep("10ms");
    output({ total: sum.total, length: key.length });
  },
});
`;
const FAILS = `import { runbook } from "runwright";
export default runbook({
  summary: "Fail behind a host call",
  async run({ log, sleep }) {
    log("begun");
    await sleep("10ms");
    const place = "the cellar";
    throw new Error(\`nobody is in \${place}\`);
  },
});
`;
const RESTARTS = `import { runbook, Type } from "runwright";
export default runbook({
  summary: "Restart",
  parameters: Type.Object({ role: Type.String() }),
  permissions: { machines: { select: "all", actions: ["exec"] } },
  async run({ params, machines, sleep, output }) {
    for (const machine of await machines.select(\`tag:role=\${params.role}\`)) {
      const { exitCode } = await machine.exec(["systemctl", "restart", "nginx"]);
      await sleep("1h");
      output({ name: machine.name, exitCode });
    }
  },
});
`;
const FLEET = `import type { WorldOf } from "runwright/testing";
export default {
  params: { role: "web" },
  machines: [{ name: "fake-1", tags: { role: "web" } }, { name: "fake-2", tags: { role: "db" } }],
} satisfies WorldOf<typeof import("./restarts.ts")>;
`;
const LAUNCH = { type: "runwright", request: "launch", name: "x" };
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

describe("debugging in VS Code", function () {
  this.timeout(180_000);
  let engine: Engine;
  const file = fileIn("debugged", "counts.ts");
  const debug = watchDebugger();
  const newest = async () => (await ask(engine, "GET", "/jobs?limit=1")).items[0];

  before(async () => {
    debug.forget();
    engine = await startEngine();
    await ask(engine, "PUT", "/assets/door", { kind: "secret", value: "open-sesame-4711", scope: "/" });
    await signInTo(engine);
    await mkdir(fileIn("debugged").fsPath, { recursive: true });
    await writeFile(file.fsPath, COUNTS);
    await vscode.window.showTextDocument(file);
  });
  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
    await debug.ended();
    debug.forget();
  });
  after(async () => {
    debug.dispose();
    await signOutOfAll();
    await engine?.remove();
  });

  it("halts at a conditional breakpoint in the TypeScript inside the sandbox, shows variables, steps over a host call that is awaited, and masks secrets", async () => {
    breakAt(file, lineOf(COUNTS, "sum.total += i"), "i === 3");
    breakAt(file, lineOf(COUNTS, "const key"));
    breakAt(file, lineOf(COUNTS, "output({ total"));
    await does("runwright.debug", [file], { pick: "upTo" }, { write: "4" }, { pick: "$(debug-alt) Debug" });
    const halt = await debug.halt();
    assert.equal(await debug.place(halt), `counts.ts:${lineOf(COUNTS, "sum.total += i")}`);
    assert.equal((await debug.variables(halt)).i, "3");
    assert.equal(await debug.evaluate(halt, "sum.total"), "3");
    await debug.go(halt);
    const atCall = await debug.halt();
    assert.equal(await debug.place(atCall), `counts.ts:${lineOf(COUNTS, "const key")}`);
    assert.equal(await debug.evaluate(atCall, "sum.total"), "10");
    await debug.go(atCall, "next");
    const after = await debug.halt();
    assert.equal(await debug.place(after), `counts.ts:${lineOf(COUNTS, "await sleep")}`);
    const seen = JSON.stringify([
      await debug.variables(after),
      await debug.evaluate(after, "key"),
      await debug.evaluate(after, "[...key].slice(0, 16).join('')", "repl"),
    ]);
    assert.match(seen, /"key":/);
    assert.doesNotMatch(seen, /open-sesame/);
    await debug.go(after);
    // Behind calls that were awaited, a breakpoint holds as well.
    const last = await debug.halt();
    assert.equal(await debug.place(last), `counts.ts:${lineOf(COUNTS, "output({ total")}`);
    await debug.go(last);
    await debug.ended();
    assert.match(debug.console(), /Checked and bundled by the (?:engine http|workspace)[\s\S]*the sum is 10[\s\S]*completed/);
    assert.doesNotMatch(debug.console(), /open-sesame/);
    const job = await newest();
    assert.deepEqual([job.status, job.debug, job.params], ["completed", "run", { upTo: 4 }]);
  });

  it("writes what logpoints say into the debug console, and not into the job", async () => {
    logAt(file, lineOf(COUNTS, "sum.total += i"), "adding {i} to {sum.total}");
    logAt(file, lineOf(COUNTS, "await sleep"), "the key is {key}");
    assert.ok(await vscode.debug.startDebugging(undefined, { ...LAUNCH, program: file.fsPath, params: { upTo: 3 } }));
    await debug.ended();
    assert.deepEqual(debug.halts, []);
    assert.match(debug.console(), /adding 1 to 0[\s\S]*adding 2 to 1[\s\S]*adding 3 to 3[\s\S]*the key is '?\*\*\*/);
    const { id, status } = await newest();
    const { items } = await ask(engine, "GET", `/jobs/${id}/streams`);
    assert.deepEqual([status, items.map(({ message, value }: any) => message ?? value)], ["completed", ["the sum is 6", { total: 6, length: 16 }]]);
  });

  it("halts where an exception is thrown that nobody catches, after a host call, and the job fails with it", async () => {
    const fails = fileIn("debugged", "fails.ts");
    await writeFile(fails.fsPath, FAILS);
    breakAt(fails, lineOf(FAILS, 'log("begun")'));
    assert.ok(await vscode.debug.startDebugging(undefined, { ...LAUNCH, program: fails.fsPath, params: {} }));
    const halt = await debug.halt();
    await debug.haltOnUncaught(halt);
    await debug.go(halt);
    const thrown = await debug.halt();
    assert.equal(await debug.place(thrown), `fails.ts:${lineOf(FAILS, "throw new")}`);
    assert.equal(thrown.reason, "exception");
    assert.equal((await debug.variables(thrown)).place, "'the cellar'");
    await debug.go(thrown);
    await debug.ended();
    const { status, error } = await newest();
    assert.deepEqual([status, error.message], ["failed", "nobody is in the cellar"]);
  });

  it("goes through two sessions at once: each has its own job, variables and end", async () => {
    breakAt(file, lineOf(COUNTS, "sum.total += i"), "i === 2");
    const begin = (upTo: number) => vscode.debug.startDebugging(undefined, { ...LAUNCH, name: `up to ${upTo}`, program: file.fsPath, params: { upTo } });
    assert.deepEqual(await Promise.all([begin(2), begin(3)]), [true, true]);
    const halts = [await debug.halt(), await debug.halt()];
    const upTo = await Promise.all(halts.map(async (halt) => (await debug.evaluate(halt, "params.upTo")) as "2" | "3"));
    assert.deepEqual([...upTo].sort(), ["2", "3"]);
    const running = (await ask(engine, "GET", "/jobs?status=running")).items.map(({ params }: any) => params.upTo);
    assert.deepEqual(running.sort(), [2, 3]);
    const [first, second] = upTo[0] === "2" ? halts : [...halts].reverse();
    assert.ok(first && second);
    await debug.go(first);
    await eventually("the first is over", async () => (await ask(engine, "GET", "/jobs?status=running")).items.length === 1, PATIENCE_MS);
    assert.equal(await debug.evaluate(second, "sum.total + ':' + params.upTo"), "'1:3'");
    await debug.go(second);
    await debug.ended();
    const { items } = await ask(engine, "GET", "/jobs?limit=2");
    assert.deepEqual(items.map(({ status, params }: any) => `${status} ${params.upTo}`).sort(), ["completed 2", "completed 3"]);
  });

  describe("in a fake fleet", () => {
    const restarts = fileIn("in-fleet", "restarts.ts");
    const fleet = fileIn("in-fleet", "restarts.fleet.ts");

    before(async () => {
      await mkdir(fileIn("in-fleet").fsPath, { recursive: true });
      await installRunwright(fileIn("in-fleet").fsPath);
      await writeFile(restarts.fsPath, RESTARTS);
      await writeFile(fleet.fsPath, FLEET);
    });

    it("halts in the sandbox on this computer, and asks no engine for a job", async () => {
      const before = (await newest()).id;
      breakAt(restarts, lineOf(RESTARTS, "await sleep"));
      assert.ok(await vscode.debug.startDebugging(undefined, { ...LAUNCH, program: restarts.fsPath, fleet: fleet.fsPath }));
      const halt = await debug.halt();
      assert.equal(await debug.place(halt), `restarts.ts:${lineOf(RESTARTS, "await sleep")}`);
      assert.deepEqual([await debug.evaluate(halt, "machine.name"), (await debug.variables(halt)).exitCode], ["'fake-1'", "0"]);
      await debug.go(halt);
      await debug.ended();
      assert.match(
        debug.console(),
        /fake fleet of restarts\.fleet\.ts[\s\S]*"name":\s*"fake-1"[\s\S]*fake-1 was told: systemctl restart nginx[\s\S]*restarts completed/,
      );
      assert.doesNotMatch(debug.console(), /fake-2 was told/);
      assert.equal((await newest()).id, before);
    });

    it("is offered beside one machine and all of them, with what was asked for", async () => {
      breakAt(restarts, lineOf(RESTARTS, "await sleep"));
      await vscode.window.showTextDocument(restarts);
      await does(
        "runwright.debug",
        [restarts],
        { pick: "role" },
        { write: "db" },
        { pick: "$(vm) Machines" },
        { pick: "$(beaker) Fake Fleet" },
        { pick: "$(debug-alt) Debug" },
      );
      const halt = await debug.halt();
      assert.equal(await debug.evaluate(halt, "machine.name"), "'fake-2'");
      await vscode.debug.stopDebugging();
      await debug.ended();
    });
  });

  it("ends the job when the person stops it", async () => {
    breakAt(file, lineOf(COUNTS, "sum.total += i"));
    await vscode.debug.startDebugging(undefined, { type: "runwright", request: "launch", name: "x", program: file.fsPath, params: {} });
    await debug.halt();
    await vscode.debug.stopDebugging();
    await debug.ended();
    await eventually("the job has stopped", async () => (await newest()).status === "stopped", PATIENCE_MS);
  });

  it("says what is wrong with a launch configuration, and begins nothing", async () => {
    const before = (await newest()).id;
    assert.match(await failsAt("runwright.debug", [fileIn("debugged", "gone.ts")]), /gone/);
    assert.equal(await vscode.debug.startDebugging(undefined, { type: "runwright", request: "launch", name: "x", program: file.fsPath, dry: "yes" }), false);
    assert.equal((await newest()).id, before);
  });
});

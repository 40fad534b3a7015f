import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { fileIn, PATIENCE_MS } from "./commands/stage.ts";
import { breakAt, watchDebugger } from "./debugger.ts";
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

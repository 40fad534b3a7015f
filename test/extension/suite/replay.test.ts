import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { fileIn, newestJob, reached } from "./commands/stage.ts";
import { watchDebugger } from "./debugger.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, rowOf, signInTo, signOutOfAll, willAnswer } from "./person.ts";
import { ask } from "./world.ts";

const STEPS = `import { runbook } from "runwright";
export default runbook({
  summary: "Note where it is, and fail",
  permissions: { variables: ["place"], setVariables: ["place"] },
  async run({ variables, log }) {
    const before = await variables.get("place");
    log(\`it was \${before}\`);
    await variables.set("place", "here");
    check(await variables.get("place"));
  },
});
function check(place: unknown): void {
  if (place === "here") throw new Error("this place is taken");
}
`;
const lineOf = (part: string) => STEPS.slice(0, STEPS.indexOf(part)).split("\n").length;

describe("replaying a job in VS Code", function () {
  this.timeout(180_000);
  let engine: Engine;
  let job: string;
  const debug = watchDebugger();
  const file = fileIn("replayed", "steps.ts");
  const place = async () => (await ask(engine, "GET", "/assets/place")).value;
  const api = { api: (method: string, path: string, body?: object) => ask(engine, method, path, body) } as never;

  before(async () => {
    debug.forget();
    engine = await startEngine();
    await signInTo(engine);
    await ask(engine, "PUT", "/assets/place", { kind: "variable", value: "there", scope: "/" });
    await mkdir(fileIn("replayed").fsPath, { recursive: true });
    await writeFile(file.fsPath, STEPS);
    await does("runwright.publish", [file], { write: "the first" }, { press: "Publish" });
    const { id } = await ask(engine, "POST", "/runbooks/steps/jobs", { params: {} });
    job = id;
    assert.equal((await reached(api, job, "failed", "completed")).status, "failed");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });
  afterEach(async () => {
    await vscode.debug.stopDebugging();
    await debug.ended();
    debug.forget();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });
  after(async () => {
    debug.dispose();
    await signOutOfAll();
    await engine?.remove();
  });

  it("halts after the last call that is recorded, in the file of the workspace where that is what ran, and fails as the job did", async () => {
    await does("runwright.refresh", ["runwright.jobs"]);
    await does("runwright.debugJob", [await rowOf("runwright.jobs", job)]);
    const halt = await debug.halt();
    const [top] = await debug.frames(halt);
    assert.match(top.source.path, /replayed\/steps\.ts$/);
    // The first statement after the last outcome: where it failed.
    assert.equal(top.line, lineOf("if (place"));
    assert.equal(await debug.evaluate(halt, "place"), "'here'");
    await debug.go(halt, "next");
    await debug.go(await debug.halt());
    await debug.ended();
    assert.match(debug.console(), /call 2 {2}variables\.set[\s\S]*as recorded[\s\S]*this place is taken/);
    const replay = await newestJob(api, "steps");
    assert.deepEqual([replay.replayOf, replay.debug, replay.status], [job, "replay", "failed"]);
  });

  it("opens the sources that ran, read-only, when the file has changed since, and does a write only when somebody allows it", async () => {
    await writeFile(file.fsPath, STEPS.replace("this place is taken", "somebody is here"));
    await ask(engine, "PUT", "/assets/place", { kind: "variable", value: "elsewhere", scope: "/" });
    await does("runwright.debugJob", [job]);
    const halt = await debug.halt();
    const [top] = await debug.frames(halt);
    assert.match(top.source.path, /recorded\/job_\w+\/steps\.ts$/);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(String(top.source.path).replace(/^vscode-remote:\/\/[^/]+/, "")));
    assert.equal(document.getText(), STEPS);
    await vscode.debug.stopDebugging();
    await debug.ended();
    debug.forget();

    const anew = { type: "runwright", request: "attach", name: "anew", job, from: 2 };
    for (const [press, after] of [
      [undefined, "elsewhere"],
      ["Do It", "here"],
    ] as const) {
      willAnswer(press ? { press } : { leave: true });
      await vscode.debug.startDebugging(undefined, anew);
      await debug.go(await debug.halt());
      await debug.ended();
      assert.equal(await place(), after, debug.console());
      assert.match(debug.console(), press ? /done now/ : /NOT done/);
      debug.forget();
    }
  });
});

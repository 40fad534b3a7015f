import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import type { TestError, TestEvent } from "../../../engine/protocol/test-events.ts";
import { eventually } from "../../support/eventually.ts";
import { installRunwright } from "./commands/runbooks.ts";
import { fileIn, PATIENCE_MS } from "./commands/stage.ts";
import { breakAt, watchDebugger } from "./debugger.ts";
import { watchTests } from "./test-explorer.ts";

const GREET = `import { runbook, Type } from "runwright";
export default runbook({
  summary: "Greet",
  parameters: Type.Object({ name: Type.String() }),
  async run({ params, log, output }) {
    log("hello " + params.name);
    if (params.name === "") {
      output("nobody");
    }
    output(params.name);
  },
});
`;
const TESTS = `import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { runRunbook } from "runwright/testing";
const greet = (name: string) => runRunbook(new URL("./greet.ts", import.meta.url), { params: { name } });
test("greets", async () => {
  const job = await greet("Ada");
  assert.deepEqual(job.outputs, ["Ada"]);
});
describe("somebody else", () => {
  it("isn't greeted", async () => {
    console.log("asking for Bob");
    const job = await greet("Bob");
    assert.deepEqual(job.outputs, ["Eve"]);
  });
});
`;
const SEVERAL = `import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { runRunbook } from "runwright/testing";
const greet = (params: { name: string }) => runRunbook(new URL("./greet.ts", import.meta.url), { params });
describe("several", () => {
  describe("within others", () => {
    it("pass", async () => assert.equal((await greet({ name: "Ada" })).status, "completed"));
    it("are passed over", { skip: "not today" }, () => assert.fail());
  });
  it("say what was thrown", () => {
    throw new TypeError("no such thing");
  });
});
test("tells of a job that can't begin", async () => {
  await greet({} as never);
});
test("writes both its names", async () => assert.deepEqual((await greet({ name: "" })).outputs, ["nobody", ""]));
`;
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

/** @returns what a pipeline gets to know of each test, and of the files that broke, by the names that the Test Explorer has */
async function inCI(folder: string, files: readonly string[]) {
  const { RUNWRIGHT_TEST_NODE: node = "" } = process.env;
  const words = [join(folder, "node_modules", "runwright", "runwright.mjs"), "runbook", "test", ...files, "--json"];
  const stdout = await new Promise<string>((resolve) => execFile(node, words, { cwd: folder }, (_, said) => resolve(said))); // it ends with 1: some fail
  const events: TestEvent[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const end = events.find((event) => event.type === "end");
  assert.ok(end, stdout);
  const results = events.flatMap((event): { name: string; state: string; error?: TestError | undefined }[] => {
    if (event.type === "test") return [{ name: event.path.join(" "), state: event.result, error: event.error }];
    return event.type === "broken" ? [{ name: basename(event.file), state: "errored", error: event.error }] : [];
  });
  return { results, end };
}

describe("the Test Explorer", function () {
  this.timeout(180_000);
  const explorer = watchTests();
  const debug = watchDebugger();
  const at = (...path: string[]) => fileIn("tested", ...path);

  before(async () => {
    debug.forget();
    await mkdir(at().fsPath, { recursive: true });
    await installRunwright(at().fsPath);
    await writeFile(at("greet.ts").fsPath, GREET);
    await writeFile(at("greet.test.ts").fsPath, TESTS);
    await writeFile(at("others.test.ts").fsPath, 'import { test } from "vitest";\ntest("is another runner\'s", () => {});\n');
  });
  after(async () => {
    debug.dispose();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await rm(at().fsPath, { recursive: true });
  });

  it("finds tests by reading files, and those of other runners not", async () => {
    await explorer.find();
    assert.deepEqual(explorer.names(at("greet.test.ts")), ["greets", "somebody else", "somebody else isn't greeted"]);
    assert.deepEqual(explorer.names(at("others.test.ts")), []);
  });

  it("runs a test that passes and one that fails, with the difference, its place and its output", async () => {
    const run = await explorer.run("Run", [at("greet.test.ts")]);
    assert.deepEqual(run.states(), { greets: "passed", "somebody else isn't greeted": "failed" });
    const [message] = run.messages("somebody else isn't greeted");
    assert.match(String(message?.expectedOutput), /Eve/);
    assert.match(String(message?.actualOutput), /Bob/);
    assert.equal(message?.location?.uri.fsPath, at("greet.test.ts").fsPath);
    assert.equal((message?.location?.range.start.line ?? 0) + 1, lineOf(TESTS, '["Eve"]'));
    assert.match(run.output(), /workspace's runwright \d[\s\S]*asking for Bob[\s\S]*1 passed, 1 failed/);
  });

  it("has the results that `runwright runbook test --json` has for the same files, as in CI", async () => {
    await writeFile(at("several.test.ts").fsPath, SEVERAL);
    await writeFile(at("broken.test.ts").fsPath, `throw new Error("at import");\n${TESTS}`);
    const names = ["greet.test.ts", "several.test.ts", "broken.test.ts"];
    const files = names.map((name) => at(name));
    const run = await explorer.run("Run", files);
    const { results, end } = await inCI(at().fsPath, names);
    for (const name of names.slice(1)) await rm(at(name).fsPath);

    const states = Object.fromEntries(results.map(({ name, state }) => [name, state]));
    assert.deepEqual(run.states(), states);
    assert.deepEqual(Object.values(states).sort(), ["errored", "failed", "failed", "failed", "passed", "passed", "passed", "skipped"]);
    for (const { name, error } of results) {
      const [message] = run.messages(name);
      const { location } = message ?? {};
      assert.ok(String(message?.message ?? "").startsWith(error?.message ?? ""), `${name}: ${message?.message} and ${error?.message}`);
      assert.deepEqual([message?.expectedOutput, message?.actualOutput], [error?.expected, error?.actual], name);
      if (error?.line !== undefined) assert.deepEqual([location?.uri.fsPath, (location?.range.start.line ?? 0) + 1], [error.file, error.line], name);
    }
    assert.deepEqual([end.passed, end.failed, end.skipped, end.broken], [3, 3, 1, 1]);
    assert.match(run.output(), /3 passed, 3 failed, 1 skipped, 1 file broken\r\n$/);
  });

  it("runs one test alone", async () => {
    const run = await explorer.run("Run", [at("greet.test.ts")], ["greets"]);
    assert.deepEqual(run.states(), { greets: "passed" });
  });

  it("shows which lines of the runbook the tests have run", async () => {
    const run = await explorer.run("Run with Coverage", [at("greet.test.ts")], ["greets"]);
    const [coverage] = run.coverage().filter(({ uri }) => uri.fsPath === at("greet.ts").fsPath);
    assert.ok(coverage, "greet.ts isn't covered");
    const lines = (await explorer.details(coverage)).map(({ executed, location }: any) => [location.start.line + 1, Number(executed) > 0]);
    const of = (part: string) => lines.find(([line]) => line === lineOf(GREET, part))?.[1];
    assert.deepEqual([of('log("hello'), of('output("nobody")')], [true, false], JSON.stringify(lines));
  });

  it("debugs a test: a breakpoint in it is hit", async () => {
    breakAt(at("greet.test.ts"), lineOf(TESTS, 'assert.deepEqual(job.outputs, ["Ada"])'));
    const running = explorer.run("Debug", [at("greet.test.ts")], ["greets"]);
    const halt = await debug.halt();
    assert.equal(await debug.place(halt), `greet.test.ts:${lineOf(TESTS, 'assert.deepEqual(job.outputs, ["Ada"])')}`);
    await debug.go(halt);
    assert.deepEqual((await running).states(), { greets: "passed" });
    await debug.ended();
  });

  it("debugs the runbook that a test runs: a breakpoint in its sandbox is hit, and then one in the test", async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    debug.forget();
    breakAt(at("greet.ts"), lineOf(GREET, 'log("hello'), "params.name === 'Ada'");
    breakAt(at("greet.test.ts"), lineOf(TESTS, 'assert.deepEqual(job.outputs, ["Ada"])'));
    const running = explorer.run("Debug", [at("greet.test.ts")]);
    const inside = await debug.halt();
    assert.equal(await debug.place(inside), `greet.ts:${lineOf(GREET, 'log("hello')}`);
    assert.equal(await debug.evaluate(inside, "params.name"), "'Ada'");
    await debug.go(inside, "next");
    const next = await debug.halt();
    assert.equal(await debug.place(next), `greet.ts:${lineOf(GREET, 'if (params.name === "")')}`);
    await debug.go(next);
    const outside = await debug.halt();
    assert.equal(await debug.place(outside), `greet.test.ts:${lineOf(TESTS, 'assert.deepEqual(job.outputs, ["Ada"])')}`);
    assert.equal(await debug.evaluate(outside, "job.status"), "'completed'");
    await debug.go(outside);
    assert.deepEqual((await running).states(), { greets: "passed", "somebody else isn't greeted": "failed" });
    await debug.ended();
  });

  it("tells of a file that throws when it is imported", async () => {
    await writeFile(at("broken.test.ts").fsPath, TESTS.replace("const greet", 'throw new Error("at import");\nconst greet'));
    const run = await explorer.run("Run", [at("broken.test.ts")]);
    assert.match(
      run
        .messages("broken.test.ts")
        .map(({ message }) => String(message))
        .join(),
      /at import/,
    );
    await rm(at("broken.test.ts").fsPath);
  });

  it("ends a test that never ends when it is told to, with all that it has started", async () => {
    await writeFile(
      at("endless.test.ts").fsPath,
      TESTS.replace('const job = await greet("Ada");', 'console.log("begun", process.pid);\n  for (;;);\n  const job = await greet("");'),
    );
    const cancel = new vscode.CancellationTokenSource();
    const running = explorer.run("Run", [at("endless.test.ts")], [], cancel.token, (run) => /begun \d+/.test(run.output()) && cancel.cancel());
    const run = await running;
    const [, pid] = /begun (\d+)/.exec(run.output()) ?? [];
    const isAlive = () => {
      try {
        return process.kill(Number(pid), 0);
      } catch {
        return false;
      }
    };
    await eventually("its process is gone", () => !isAlive(), PATIENCE_MS);
    await rm(at("endless.test.ts").fsPath);
  });

  it("runs again what is saved, while it is told to run continuously", async () => {
    const cancel = new vscode.CancellationTokenSource();
    const before = explorer.runs();
    explorer.continuously("Run", [at("greet.test.ts")], cancel.token);
    const document = await vscode.workspace.openTextDocument(at("greet.ts"));
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// changed\n"));
    await document.save();
    await eventually("it has run", () => explorer.runs() > before && explorer.last().isOver(), PATIENCE_MS);
    assert.equal(explorer.last().states().greets, "passed");
    cancel.cancel();
  });

  it("finds what is written into new folders at once, as a checkout does", async () => {
    const folders = Array.from({ length: 20 }, (_, i) => at(`new ${i}`, "deep", "er"));
    const files = folders.map((folder) => vscode.Uri.joinPath(folder, "greet.test.ts"));
    for (const [i, folder] of folders.entries()) {
      mkdirSync(folder.fsPath, { recursive: true });
      writeFileSync(files[i]?.fsPath ?? "", TESTS);
    }
    await eventually("all are found", () => files.every((file) => explorer.names(file).includes("greets")), PATIENCE_MS);
    for (const i of folders.keys()) await rm(at(`new ${i}`).fsPath, { recursive: true });
  });

  it("looks again when it is refreshed, also where nothing is watched", async () => {
    await vscode.workspace.getConfiguration("files").update("watcherExclude", { "**/unwatched.tests/**": true }, vscode.ConfigurationTarget.Workspace);
    await mkdir(fileIn("unwatched.tests").fsPath, { recursive: true });
    const unwatched = fileIn("unwatched.tests", "greet.test.ts");
    await writeFile(unwatched.fsPath, TESTS);
    await explorer.refresh();
    assert.equal(explorer.names(unwatched).includes("greets"), true, explorer.names(unwatched).join());
    await rm(fileIn("unwatched.tests").fsPath, { recursive: true });
    await explorer.refresh();
    assert.deepEqual(explorer.names(unwatched), []);
    await vscode.workspace.getConfiguration("files").update("watcherExclude", undefined, vscode.ConfigurationTarget.Workspace);
  });

  it("says plainly that nothing is installed, where nothing is", async () => {
    await mkdir(fileIn("bare tests").fsPath, { recursive: true });
    const bare = fileIn("bare tests", "greet.test.ts");
    await writeFile(bare.fsPath, TESTS);
    await explorer.refresh();
    const run = await explorer.run("Run", [bare]);
    const said = run.messages("greet.test.ts").map(({ message }) => String(message));
    const isInstalledAbove = said.length === 0;
    if (!isInstalledAbove) assert.match(said.join(), /npm install --save-dev runwright/);
    await rm(fileIn("bare tests").fsPath, { recursive: true });
  });
});

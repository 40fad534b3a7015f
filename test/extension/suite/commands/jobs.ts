import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { eventually } from "../../../support/eventually.ts";
import { does, failsAt, givenBack, newestPanel, panelCount, rowOf } from "../person.ts";
import { inFront, newestJob, PATIENCE_MS, reached, run, type Stage, shown } from "./stage.ts";

async function waiting({ world }: Stage): Promise<string> {
  const { id } = await run(world, "asks");
  await reached(world, id, "waiting");
  return id;
}
async function failed({ world }: Stage): Promise<string> {
  const { id } = await run(world, "broken");
  await reached(world, id, "failed");
  return id;
}

async function decide({ world }: Stage, job: string, verb: "approve" | "reject"): Promise<void> {
  const question: any = await eventually(
    "the question",
    async () => (await world.api("GET", "/approvals?open=true")).items.find((one: any) => one.job === job),
    PATIENCE_MS,
  );
  await world.api("POST", `/approvals/${question.id}/${verb}`, { reason: "a test" });
}
/** One whose call has failed. */
async function rejected(stage: Stage): Promise<string> {
  const id = await waiting(stage);
  await decide(stage, id, "reject");
  await reached(stage.world, id, "failed");
  return id;
}

/** Until the page's own script has asked for its content, and the content matches. */
export const pageShown = (pattern: RegExp): Promise<unknown> =>
  eventually(
    `${pattern} on the page`,
    () => {
      const { heard, posted } = newestPanel();
      return heard.includes("ready") && posted.some((content) => pattern.test(JSON.stringify(content)));
    },
    PATIENCE_MS,
  );

export const JOBS = {
  async "runwright.openJob"(stage: Stage) {
    const id = await failed(stage);
    await does("runwright.openJob", [id]);
    await pageShown(/this is wrong/);
    const count = panelCount();
    await does("runwright.openJob", [id]);
    assert.equal(panelCount(), count, "it is there once");
    const { html } = newestPanel().panel.webview;
    assert.match(html, /default-src 'none'/);
    assert.doesNotMatch(html, /unsafe-inline|<script>/);
    newestPanel().panel.dispose();
    // The window is loaded again.
    const subject = { kind: "job", id };
    await givenBack("runwright.job", { subject, engine: stage.world.url });
    await pageShown(/this is wrong/);
    await givenBack("runwright.job", { subject, engine: "http://other.example" });
    await pageShown(/This page is of http:\/\/other\.example; this window works with http:\/\/127/);
    await givenBack("runwright.job", { title: "of an older version", blocks: [] });
    await pageShown(/can't be brought back; open it again/);
  },
  async "runwright.openJobOutput"(stage: Stage) {
    const { id } = await run(stage.world, "asks");
    await does("runwright.openJobOutput", [id]);
    // It is shown while the job waits, and goes on by itself.
    await shown(/# waiting/);
    assert.equal(inFront().languageId, "runwright-log");
    await decide(stage, id, "approve");
    await shown(/info +changed\n[\s\S]*# completed/);
  },
  async "runwright.saveJobOutput"(stage: Stage) {
    const id = await failed(stage);
    const folder = await mkdtemp(join(tmpdir(), "output-"));
    try {
      const file = join(folder, "out put é.log");
      await does("runwright.saveJobOutput", [id], { save: vscode.Uri.file(file) });
      assert.match(await readFile(file, "utf8"), /^\d\d:\d\d:\d\d\.\d{3} info +about to fail\n$/);
      assert.match(await failsAt("runwright.saveJobOutput", [id], { save: vscode.Uri.file(join(folder, "gone", "x.log")) }), /ENOENT/);
      await does("runwright.saveJobOutput", [id], { save: undefined });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  async "runwright.openSource"(stage: Stage) {
    const id = await failed(stage);
    await does("runwright.openJobOutput", [id]);
    await shown(/broken\.ts:\d+:\d+/);
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>("vscode.executeLinkProvider", inFront().uri);
    const target = links.find((link) => link.target?.path === "runwright.openSource")?.target;
    assert.ok(target, "a position in the stack is a link");
    await does("runwright.openSource", JSON.parse(target.query));
    assert.equal(inFront().fileName, "/source/broken/1/broken.ts");
    const line = vscode.window.activeTextEditor?.selection.active.line ?? 0;
    assert.match(inFront().lineAt(line).text, /this is wrong|deep\(\)/);
    await does("runwright.openSource", [{ job: id, path: "../../etc/{passwd}", line: 1, column: 1 }]);
  },
  async "runwright.debugJob"(stage: Stage) {
    const id = await failed(stage);
    await does("runwright.debugJob", [], { pick: id });
    const halted = () => vscode.debug.activeStackItem instanceof vscode.DebugStackFrame;
    await eventually("it halts where it failed", halted, PATIENCE_MS);
    await vscode.debug.stopDebugging();
    const { id: replay, replayOf } = await newestJob(stage.world, "broken");
    assert.equal(replayOf, id);
    await reached(stage.world, replay, "stopped", "failed");
    assert.match(await failsAt("runwright.debugJob", ["job_gone"]), /job_gone/);
  },
  async "runwright.suspendJob"(stage: Stage) {
    const id = await waiting(stage);
    await does("runwright.suspendJob", [id]);
    await reached(stage.world, id, "suspended");
  },
  async "runwright.continueJob"({ world }: Stage) {
    const { id } = await newestJob(world, "asks");
    await does("runwright.refresh", ["runwright.jobs"]);
    await does("runwright.continueJob", [await rowOf("runwright.jobs", id)]);
    await reached(world, id, "waiting");
  },
  async "runwright.stopJob"({ world }: Stage) {
    const { id } = await newestJob(world, "asks");
    await does("runwright.stopJob", [id], { leave: true });
    assert.equal((await world.api("GET", `/jobs/${id}`)).status, "waiting", "nobody has confirmed it");
    await does("runwright.stopJob", [], { pick: id }, { press: "Stop" });
    await reached(world, id, "stopped");
    assert.match(await failsAt("runwright.suspendJob", [id]), /stopped/);
  },
  async "runwright.resumeJob"(stage: Stage) {
    const id = await rejected(stage);
    await does("runwright.resumeJob", [id]);
    const again = await newestJob(stage.world, "asks");
    assert.equal(again.resumedFrom, id);
    await reached(stage.world, again.id, "waiting");
    assert.match(await failsAt("runwright.resumeJob", [await failed(stage)]), /publish a corrected version/);
  },
  async "runwright.resumeJobFromCall"(stage: Stage) {
    const id = await rejected(stage);
    const home = await stage.world.act("home");
    await writeFile(join(home, "asks.ts"), (await readFile(join(home, "asks.ts"), "utf8")).replace('log("changed")', 'log("changed with care")'));
    await stage.world.act("command", ["runbook", "publish", "asks.ts"]);
    await does("runwright.resumeJobFromCall", [id], { pick: "approval" }, { pick: "Version 2" });
    const again = await newestJob(stage.world, "asks");
    assert.deepEqual([again.resumedFrom, again.version], [id, 2]);
    await decide(stage, again.id, "approve");
    await shown(/changed with care/);
  },
  async "runwright.retryJob"({ world }: Stage) {
    const { id } = await run(world, "hello", { name: "Grace" });
    await reached(world, id, "completed");
    await does("runwright.retryJob", [id]);
    await shown(/Hello, Grace/);
    assert.notEqual((await newestJob(world, "hello")).id, id);
    assert.match(await failsAt("runwright.retryJob", ["job_gone"]), /job_gone/);
  },
};

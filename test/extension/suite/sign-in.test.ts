import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { PATIENCE_MS, shown } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, failsAt, rowsOf, saidSoFar, signOutOfAll, statusBar } from "./person.ts";
import { RUNBOOK } from "./planted.ts";
import { ask } from "./world.ts";

const WITH_CODE = { pick: "$(device-mobile) With a code" };
const WITH_TOKEN = { pick: "$(key) With a token" };
const CODE = /Your code is (\S+)\. /;

describe("signing in with a code", function () {
  this.timeout(120_000);
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });
  afterEach(signOutOfAll);
  after(() => engine?.remove());

  const code = () => saidSoFar().flatMap(({ words }) => CODE.exec(words)?.[1] ?? [])[0] ?? "";
  /** Somebody who is signed in answers. */
  const decide = (verb: "approve" | "deny") => ask(engine, "POST", `/login/device/${code()}/${verb}`);

  it("ends when somebody who is signed in confirms it, as whom this window works then", async () => {
    const { said } = await does("runwright.signIn", [], { write: engine.url }, WITH_CODE, { press: "Copy Command", meanwhile: () => decide("approve") });
    assert.match(said.at(-1)?.words ?? "", /^Signed in to .* as admin$/);
    assert.match(await vscode.env.clipboard.readText(), /^runwright login confirm \S+$/);
    assert.match(String(statusBar().tooltip), /Connected to .* as admin/);
    assert.deepEqual(await rowsOf("runwright.runbooks"), []);
  });

  it("fails when it is denied, and keeps nothing", async () => {
    const answer = { press: "Copy Command", meanwhile: () => decide("deny") };
    assert.match(await failsAt("runwright.signIn", [], { write: engine.url }, WITH_CODE, answer), /The sign-in was denied/);
    assert.equal(statusBar().text, "$(plug) Runwright");
  });

  it("ends at once and without a word when the person cancels it", async () => {
    const { said } = await does("runwright.signIn", [], { write: engine.url }, WITH_CODE, { press: "Cancel" });
    assert.equal(said.filter(({ how }) => how === "error" || how === "status").length, 0);
    assert.equal(statusBar().text, "$(plug) Runwright");
  });
});

describe("an engine elsewhere whose connection isn't encrypted", () => {
  it("is sent no token before the person has agreed to that", async () => {
    const { questions } = await does("runwright.signIn", [], { write: "http://engine.example" }, { leave: true });
    assert.equal(questions.at(-1), "http://engine.example isn't encrypted.");
  });
});

describe("an engine whose certificate nobody vouches for", function () {
  this.timeout(180_000);
  let engine: Engine;
  let folder: string;
  before(async () => {
    engine = await startEngine({ tls: "self-signed" });
    folder = await mkdtemp(join(tmpdir(), "pinned "));
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));
  after(async () => {
    await signOutOfAll();
    await engine?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it("is asked about with its key before anything is sent, and nothing is kept when that isn't confirmed", async () => {
    const { said } = await does("runwright.signIn", [], { write: engine.url }, { leave: true });
    assert.match(said[0]?.words ?? "", /^No authority vouches for https:\/\/127\.0\.0\.1/);
    assert.ok(engine.tlsPin && said[0]?.detail.includes(engine.tlsPin), "the key is the one that the engine shows");
    assert.equal(statusBar().text, "$(plug) Runwright");
  });

  it("is worked with by its key: views, publishing, drafts and live output", async () => {
    await does("runwright.signIn", [], { write: engine.url }, { press: "It Is the Same" }, WITH_TOKEN, { write: engine.token });
    assert.match(String(statusBar().tooltip), /Connected to https:/);
    const file = join(folder, "pinned.ts");
    await writeFile(file, RUNBOOK);
    await does("runwright.publish", [vscode.Uri.file(file)], { write: "over a pinned connection" }, { press: "Publish" });
    await eventually("it is there", async () => (await rowsOf("runwright.runbooks")).some(({ label }) => label === "pinned"), PATIENCE_MS);
    await does("runwright.run", ["pinned"], { pick: "$(play) Run" });
    await shown(/# completed/);
  });

  it("that shows another key gets no token, and that is said", async () => {
    await engine.stop();
    await engine.forgetKey();
    await engine.start();
    await does("runwright.reconnect");
    await eventually("it is told", () => /another key than the one that was trusted/.test(String(statusBar().tooltip)), PATIENCE_MS);
  });
});

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { PATIENCE_MS } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, extensionView, failsAt, rowOf, rowsOf, signInTo, signOutOfAll, statusBar } from "./person.ts";
import { type Handler, json, type SickEngine, startSickEngine, text } from "./sick-engine.ts";
import { ask } from "./world.ts";

const VIEW = "runwright.runbooks";
const tooltip = () => String(statusBar().tooltip);
const message = (view = VIEW) => extensionView(view).view.message ?? "";
const connected = () => eventually("it is connected", () => tooltip().startsWith("Connected"), PATIENCE_MS);

describe("an engine", function () {
  this.timeout(180_000);
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ rows: 1 });
  });
  beforeEach(() => signInTo(engine));
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await signOutOfAll();
  });
  after(() => engine?.remove());

  it("that is lost is told, its rows stay, and it is found again when it is back", async () => {
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    await eventually("it is visible", () => extensionView(VIEW).view.visible, PATIENCE_MS);
    assert.equal((await rowsOf(VIEW)).length, 1);
    await engine.stop();
    await does("runwright.refresh");
    await eventually("it is lost", () => /can't be reached .* It is tried again by itself\.$/.test(tooltip()), PATIENCE_MS);
    assert.equal(statusBar().command, "runwright.reconnect");
    assert.match(statusBar().text, /^\$\(warning\)/);
    assert.match(message(), /doesn't answer; this is what was known last/);
    assert.equal((await rowsOf(VIEW)).length, 1);
    assert.match(await failsAt("runwright.run", ["book-00000"]), /can't be reached/);
    await engine.start();
    await connected();
    await eventually("the note is gone", () => message() === "", PATIENCE_MS);
    assert.equal((await rowsOf(VIEW)).length, 1);
  });

  it("that is lost can be tried at once", async () => {
    await engine.stop();
    assert.deepEqual(await rowsOf("runwright.assets"), await rowsOf("runwright.assets"));
    await does("runwright.reconnect");
    await eventually("it is lost", () => /can't be reached/.test(tooltip()), PATIENCE_MS);
    await engine.start();
    await does("runwright.reconnect");
    await connected();
  });

  it("that has revoked the token in mid-use says so, and asks to sign in", async () => {
    const { token, id } = await ask(engine, "POST", "/tokens", { name: "short" });
    await signInTo({ ...engine, token });
    assert.equal((await rowsOf(VIEW)).length, 1);
    await ask(engine, "DELETE", `/tokens/${id}`);
    await eventually(
      "it is refused",
      async () => {
        await does("runwright.refresh", [VIEW]);
        return statusBar().text.startsWith("$(error)");
      },
      PATIENCE_MS,
    );
    assert.match(tooltip(), /revoked/);
    assert.equal(statusBar().command, "runwright.signIn");
    assert.match(await failsAt("runwright.run", ["book-00000"]), /revoked/);
    await signInTo(engine);
    await connected();
  });

  it("from which somebody else has deleted a runbook tells that, and shows it no more", async () => {
    const row = await rowOf(VIEW, "book-00000");
    await ask(engine, "DELETE", "/runbooks/book-00000");
    assert.match(await failsAt("runwright.run", [row], { pick: "$(play) Run" }), /book-00000/);
    // What was published stays readable.
    await does("runwright.history", [row], { pick: "Version 1" });
    await does("runwright.refresh", [VIEW]);
    assert.deepEqual(await rowsOf(VIEW), []);
  });
});

describe("what isn't well", function () {
  this.timeout(120_000);
  let sick: SickEngine;
  beforeEach(async () => {
    sick = await startSickEngine();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await signOutOfAll();
    await sick.stop();
  });
  const book = { name: "hello", scope: "/", latestVersion: 1, createdBy: "ada", createdAt: "2026-01-01T00:00:00Z" };

  /** Lists of other things are empty: views that aren't looked at ask for theirs, too. */
  const runbooks =
    (...items: object[]): Handler =>
    (request, response) =>
      json({ items: request.url?.startsWith("/api/v1/runbooks") ? items : [], next: null })(request, response);

  it("takes 5 seconds to answer: rows come then, and other things work meanwhile", async () => {
    await signInTo(sick);
    sick.sickness.answer = (request, response) => void setTimeout(() => runbooks(book)(request, response), 5_000);
    let isThere = false;
    const rows = does("runwright.refresh", [VIEW]).then(async () => {
      isThere = true;
      return rowsOf(VIEW);
    });
    await vscode.env.clipboard.writeText("meanwhile");
    assert.equal(await vscode.env.clipboard.readText(), "meanwhile");
    assert.equal(isThere, false);
    assert.equal((await rows)[0].label, "hello");
    assert.match(tooltip(), /^Connected/);
  });

  const GARBAGE: [string, Handler, RegExp][] = [
    ["a proxy's page", text(200, "<html>Please sign in to the Wi-Fi</html>"), /isn't a Runwright engine/],
    ["an error page", text(502, "<html>Bad Gateway</html>"), /isn't a Runwright engine/],
    ["JSON that ends in the middle", text(200, '{"items": [{"name": "hel'), /isn't a Runwright engine/],
    ["other JSON", json([1, 2, 3]), /isn't a Runwright engine/],
    ["items that are none", json({ items: [null, 7], next: null }), /isn't a Runwright engine/],
    ["items without what they must have", json({ items: [{ name: 1 }], next: null }), /isn't a Runwright engine/],
    ["nothing: it hangs up", (request) => void request.socket.destroy(), /can't be reached/],
    [
      "half of what it has promised",
      (_, response) => void response.writeHead(200, { "content-length": "1000" }).end("{", () => response.destroy()),
      /can't be reached/,
    ],
  ];
  for (const [what, answer, says] of GARBAGE) {
    it(`answers with ${what}: that is told, what was known stays, and it is found again when it is well`, async () => {
      sick.sickness.answer = runbooks(book);
      await signInTo(sick);
      assert.equal((await rowsOf(VIEW)).length, 1);
      sick.sickness.answer = answer;
      await does("runwright.refresh", [VIEW]);
      assert.equal((await rowsOf(VIEW))[0].label, "hello");
      assert.match(`${tooltip()} ${message()}`, says);
      sick.sickness.answer = runbooks(book, { ...book, name: "other" });
      await eventually(
        "it is well",
        async () => {
          await does("runwright.refresh", [VIEW]);
          return (await rowsOf(VIEW)).length === 2;
        },
        PATIENCE_MS,
      );
      assert.match(tooltip(), /^Connected/);
    });
  }

  for (const [what, api, says] of [
    ["too new", { oldest: 1_000, newest: 1_001 }, /too new for this extension; update the extension/],
    ["too old", { oldest: 0, newest: 0 }, /too old for this extension; update the engine/],
  ] as const) {
    it(`is ${what}: that is told at sign-in, and nothing else is asked of it`, async () => {
      sick.sickness.greet = (request, response) =>
        json(request.url?.endsWith("about") ? { version: "9.9.9", api } : { id: "prn_1", name: "ada", kind: "user", grants: [] })(request, response);
      assert.match(await failsAt("runwright.signIn", [], { write: sick.url }, { pick: "$(key) With a token" }, { write: sick.token }), says);
      assert.deepEqual([...new Set(sick.asked)].sort(), ["/api/v1/about", "/api/v1/whoami"]);
    });
    it(`has become ${what} by an upgrade: the status bar says so, and commands do`, async () => {
      await signInTo(sick);
      sick.sickness.greet = (request, response) =>
        json(request.url?.endsWith("about") ? { version: "9.9.9", api } : { id: "prn_1", name: "ada", kind: "user", grants: [] })(request, response);
      await does("runwright.reconnect");
      assert.match(tooltip(), says);
      assert.match(await failsAt("runwright.run", ["hello"]), says);
    });
  }

  it("says something with a command in it: the message has no link to run it", async () => {
    const detail = "see [here](command:workbench.action.closeAllEditors)";
    await signInTo(sick);
    sick.sickness.answer = (_, response) =>
      void response.writeHead(409, { "content-type": "application/problem+json" }).end(JSON.stringify({ code: "CONFLICT", detail }));
    assert.equal(await failsAt("runwright.run", ["hello"]), "See [here] (command:workbench.action.closeAllEditors)");
  });

  it("nobody answers at the address: sign-in says so and keeps nothing", async () => {
    const { url } = sick;
    await sick.stop();
    assert.match(await failsAt("runwright.signIn", [], { write: url }, { pick: "$(key) With a token" }, { write: "rwt_x" }), /can't be reached/);
    assert.match(await failsAt("runwright.signIn", [], { write: "ftp://example.com" }), /must begin with http/);
    assert.match(statusBar().text, / Runwright$/);
    sick = await startSickEngine();
  });
});

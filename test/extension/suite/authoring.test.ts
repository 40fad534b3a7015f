import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { installRunwright } from "./commands/runbooks.ts";
import { signInTo, signOutOfAll } from "./person.ts";
import { json, startSickEngine } from "./sick-engine.ts";

const RUNBOOK = `import { runbook } from "runwright";

export default runbook({
  summary: "x",
  permissions: { http: ["https://api.example.com"], secrets: ["token"] },
  async run({ http }) {
    await http.fetch("https://api.example.com/");
  },
});
`;
const WINDOW = `kind: MaintenanceWindow
name: nightly
cron: 30 2 * * *
timeZone: Europe/Berlin
duratoin: 2h
`;

describe("writing runbooks and resources in VS Code", () => {
  const folder = mkdtempSync(join(tmpdir(), "of ours "));
  const elsewhere = mkdtempSync(join(tmpdir(), "of others "));
  after(() => {
    rmSync(folder, { recursive: true });
    rmSync(elsewhere, { recursive: true });
  });

  async function opened(name: string, text: string): Promise<vscode.TextDocument> {
    writeFileSync(join(folder, name), text);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(folder, name)));
    await vscode.window.showTextDocument(document);
    return document;
  }
  const at = (document: vscode.TextDocument, text: string) => document.positionAt(document.getText().indexOf(text) + 1);
  const hovered = async (document: vscode.TextDocument, text: string) => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, at(document, text));
    return hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === "string" ? one : one.value))).join("\n");
  };
  /** Asks again until it is so; VS Code doesn't tell when it has. */
  async function until<Value>(ask: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
    for (;;) {
      const value = await ask();
      if (value !== undefined) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it("shows the next times of a cron expression, without Temporal of the editor's own if need be", async () => {
    const document = await opened("window.yaml", WINDOW);
    const said = await until(async () => (await hovered(document, "30 2")) || undefined);
    assert.match(said, /Next times\*\* in `Europe\/Berlin`[\s\S]*`\w{3} \d{4}-\d\d-\d\d 0[23]:30 \+0[12]:00`/);
  });

  it("tells what is wrong with a resource, and completes its members and time zones", async () => {
    const document = await opened("wrong.yaml", WINDOW);
    const [problem] = await until(() => {
      const found = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "runwright");
      return found.length > 0 ? found : undefined;
    });
    assert.match(problem?.message ?? "", /did you mean "duration"|must have duration/);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", document.uri, at(document, "urope/"));
    assert.ok(items.some(({ label }) => label === "Europe/Paris"));
  });

  it("says what a permission opens, and what can be done with a runbook above it", async () => {
    const document = await opened("permitted.ts", RUNBOOK);
    assert.match(await hovered(document, '"token"'), /the secret `token`/);
    const lenses = await until(async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri, 10);
      const own = found.filter(({ command }) => command?.command.startsWith("runwright."));
      return own.length > 0 ? own : undefined;
    });
    assert.deepEqual(
      lenses.map(({ command }) => command?.title.replace(/^\$\([\w-]+\) /, "")),
      ["Run", "Debug", "Test", "Publish", "History"],
    );
  });

  it("offers to remove a permission that the check has found unused", async function () {
    this.timeout(120_000);
    // Nobody is signed in: the workspace's own runwright checks.
    await installRunwright(folder);
    const document = await opened("unused.ts", RUNBOOK);
    const diagnostic = await until(() => vscode.languages.getDiagnostics(document.uri).find(({ code }) => code === "UNUSED_PERMISSION"));
    assert.equal(diagnostic.source, "runwright");
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, diagnostic.range);
    const fix = actions.find(({ title }) => title.startsWith("Remove the permission"));
    assert.ok(fix?.edit, actions.map(({ title }) => title).join());
    await vscode.workspace.applyEdit(fix.edit);
    assert.match(document.getText(), /permissions: \{ http: \["https:\/\/api\.example\.com"\] \},/);
    await rm(join(folder, "node_modules"), { recursive: true });
  });

  it("sends an engine nothing from outside of the folder, by whatever link, when a runbook is opened", async () => {
    const sick = await startSickEngine();
    try {
      const sent = new Promise<string>((resolve) => {
        sick.sickness.answer = async (request, response) => {
          const text = (await request.toArray()).join("");
          // What else is open is checked, too.
          if (request.url === "/api/v1/check" && JSON.parse(text).entry === "leak.ts") resolve(text);
          json({ ok: true, diagnostics: [], items: [], next: null })(request, response);
        };
      });
      await signInTo(sick);
      writeFileSync(join(elsewhere, "private.ts"), "export type Key = 1;\n");
      symlinkSync(join(elsewhere, "private.ts"), join(folder, "linked.ts"));
      await opened("leak.ts", `import type { Key } from "./linked.ts";\n${RUNBOOK}`);
      const { sources } = JSON.parse(await sent);
      assert.deepEqual(
        sources.map(({ path }: { path: string }) => path),
        ["leak.ts"],
      );
    } finally {
      await signOutOfAll();
      await sick.stop();
    }
  });

  it("brings the SDK's types into a folder with nothing installed, so that TypeScript finds them", async function () {
    this.timeout(60_000);
    const document = await opened("typed.ts", RUNBOOK.replace("{ http }", "{ http, log }").replace("await http", "log(1);\n    await http"));
    await vscode.commands.executeCommand("runwright.setUpTypes", document.uri, "ifMissing");
    const found = await until(() => {
      const own = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "ts");
      return own.some(({ message }) => message.includes("'runwright'")) || own.length === 0 ? undefined : own;
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      [2345],
    );
  });
});

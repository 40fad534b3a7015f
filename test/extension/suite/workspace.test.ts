import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { installRunwright } from "./commands/runbooks.ts";
import { inFront, workspaceFolder } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, failsAt, signInTo, signOutOfAll } from "./person.ts";
import { plantRunwright, RUNBOOK } from "./planted.ts";
import { ask } from "./world.ts";

describe("a folder", function () {
  this.timeout(120_000);
  let engine: Engine;
  const inside = (...path: string[]) => join(workspaceFolder().fsPath, ...path);
  before(async () => {
    engine = await startEngine();
    await signInTo(engine);
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));
  after(async () => {
    await signOutOfAll();
    await engine?.remove();
  });

  it("has spaces and letters beyond ASCII in its path in all of these tests", () => {
    assert.match(workspaceFolder().fsPath, / /);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all that isn't ASCII
    assert.match(workspaceFolder().fsPath, /[^\x00-\x7f]/);
  });

  it("that is trusted has its own program run, which a strange one would notice: so Restricted Mode is proven by that file not being there", async () => {
    await mkdir(inside("stranger"));
    const planted = await plantRunwright(inside("stranger"));
    assert.match(await failsAt("runwright.publish", [planted.file]), /planted/i);
    assert.equal(planted.wasRun(), true);
    await planted.remove();
  });

  it("that has no runwright is published and planned by the engine, which is said", async () => {
    await mkdir(inside("bare"));
    const file = vscode.Uri.file(inside("bare", "bare.ts"));
    await writeFile(file.fsPath, RUNBOOK);
    await does("runwright.saveDraft", [file]);
    const { said } = await does("runwright.publish", [file], { write: "by the engine" }, { press: "Publish" });
    assert.match(said.map(({ detail }) => detail).join("\n"), /Checked and bundled by the engine http/);
    assert.equal((await ask(engine, "GET", "/runbooks/bare")).latestVersion, 1);
    await writeFile(inside("bare", "bare.yaml"), "kind: Variable\nname: bare\nscope: /\nvalue: 1\n");
    await does("runwright.plan", [vscode.Uri.file(inside("bare"))]);
    assert.match(inFront().getText(), /bundled by the engine http[\s\S]*1 to create[\s\S]*Variable bare/);
    await does("runwright.apply", [], { press: "Apply" });
    assert.ok((await ask(engine, "GET", "/assets")).items.some(({ name }: any) => name === "bare"));
    await writeFile(file.fsPath, RUNBOOK.replace("summary:", "sumary:"));
    assert.match(await failsAt("runwright.publish", [file]), /bare\.ts:\d+:\d+: .*sumary/);
  });

  it("that is read-only is published and planned from, and nothing is written into it", async () => {
    const folder = inside("read only");
    await mkdir(folder);
    await installRunwright(folder);
    await writeFile(join(folder, "fixed.ts"), RUNBOOK);
    await chmod(folder, 0o555);
    try {
      const before = await readdir(folder, { recursive: false });
      await does("runwright.publish", [vscode.Uri.file(join(folder, "fixed.ts"))], { write: "as it is" }, { press: "Publish" });
      await does("runwright.plan", [vscode.Uri.file(folder)]);
      assert.match(inFront().getText(), /fixed|unchanged|nothing/i);
      assert.deepEqual(await readdir(folder, { recursive: false }), before);
    } finally {
      await chmod(folder, 0o755);
    }
  });

  it("that VS Code can't write to gets no new runbook, and that is said", async () => {
    const readOnly = vscode.workspace.registerFileSystemProvider("readonly", emptyFolder(), { isReadonly: true });
    try {
      assert.match(await failsAt("runwright.newRunbook", [vscode.Uri.parse("readonly:/runbooks")], { pick: "Greeting" }, { write: "greet" }), /read-?only/i);
    } finally {
      readOnly.dispose();
    }
  });

  it("whose runbook somebody else publishes while one reads the difference: that is said, nothing is published, and it is compared again", async () => {
    const folder = inside("conflict");
    await mkdir(folder);
    await installRunwright(folder);
    const file = vscode.Uri.file(join(folder, "shared.ts"));
    const write = (words: string) => writeFile(file.fsPath, RUNBOOK.replace('log("x")', `log("${words}")`));
    await write("mine");
    await does("runwright.publish", [file], { write: "first" }, { press: "Publish" });
    const versions = async (): Promise<any[]> => (await ask(engine, "GET", "/runbooks/shared/versions")).items;

    await write("theirs");
    await does("runwright.publish", [file], { write: "second" }, { press: "Publish" });
    await write("mine again");
    const bySomebodyElse = () => ask(engine, "POST", "/runbooks/shared/rollback", { version: 1, message: "from elsewhere", expectedVersion: 2 });
    const { said } = await does(
      "runwright.publish",
      [file],
      { write: "third", meanwhile: bySomebodyElse },
      { press: "Publish" },
      { press: "Compare Again" },
      { write: "third, after theirs" },
      { press: "Publish" },
    );
    assert.ok(said.some(({ how, words }) => how === "warning" && words.startsWith("Somebody else has published shared")));
    assert.match(said.map(({ detail }) => detail).join("\n"), /Nothing of yours was published/);
    assert.deepEqual(
      (await versions()).map(({ version, message }) => [version, message]),
      [
        [4, "third, after theirs"],
        [3, "from elsewhere"],
        [2, "second"],
        [1, "first"],
      ],
    );
    assert.match(await readFile(file.fsPath, "utf8"), /mine again/);
  });

  it("in which a file can't be a runbook, or has gone, is told about", async () => {
    await writeFile(inside("Not A Runbook.ts"), "");
    assert.match(await failsAt("runwright.publish", [vscode.Uri.file(inside("Not A Runbook.ts"))]), /can't be a runbook/);
    assert.match(await failsAt("runwright.publish", [vscode.Uri.file(inside("conflict", "gone.ts"))]), /gone/);
  });
});

/** A file system with nothing in it. */
function emptyFolder(): vscode.FileSystemProvider {
  const changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  const refuse = (uri: vscode.Uri): never => {
    throw vscode.FileSystemError.NoPermissions(uri);
  };
  return {
    onDidChangeFile: changes.event,
    watch: () => changes,
    stat(uri) {
      if (/^\/(runbooks)?$/.test(uri.path)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      throw vscode.FileSystemError.FileNotFound(uri);
    },
    readDirectory: () => [],
    readFile: (uri) => {
      throw vscode.FileSystemError.FileNotFound(uri);
    },
    ...{ createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse },
  };
}

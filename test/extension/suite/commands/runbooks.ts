import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { eventually } from "../../../support/eventually.ts";
import { does, failsAt, rowOf, rowsOf } from "../person.ts";
import { watchTests } from "../test-explorer.ts";
import { fileIn, inFront, newestJob, PATIENCE_MS, type Stage, shown, textOf, workspaceFolder } from "./stage.ts";

const FILE = () => fileIn("runbooks", "greet.ts");
const versions = async ({ world }: Stage): Promise<any[]> => (await world.api("GET", "/runbooks/greet/versions")).items;

/** The workspace's own command, as `npm install` puts it there. */
export async function installRunwright(folder = workspaceFolder().fsPath): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await symlink(join(process.env.RUNWRIGHT_TEST_ROOT ?? "", "engine"), join(folder, "node_modules", "runwright"), "dir");
}
async function change(from: string | RegExp, to: string): Promise<void> {
  const text = await textOf(FILE());
  assert.notEqual(text.replace(from, to), text);
  await writeFile(FILE().fsPath, text.replace(from, to));
}
const activeTab = () => vscode.window.tabGroups.activeTabGroup.activeTab?.input;

/** In this order they tell the life of a runbook, from the template to its third version. */
export const RUNBOOKS = {
  async "runwright.newRunbook"() {
    await installRunwright();
    await does("runwright.newRunbook", [], { pick: "Greeting" }, { write: "greet" });
    assert.equal(inFront().uri.fsPath, FILE().fsPath);
    assert.match(inFront().getText(), /Greet someone/);
    assert.match(await textOf(fileIn("runbooks", "greet.test.ts")), /greet greets/);
    assert.match(await failsAt("runwright.newRunbook", [], { pick: "Greeting" }, { write: "greet" }), /there already/);
    assert.match(await failsAt("runwright.newRunbook", [], { pick: "Greeting" }, { write: "../Out" }), /lower-case/);
  },
  async "runwright.saveDraft"({ world }: Stage) {
    await does("runwright.saveDraft", [FILE()]);
    assert.equal((await world.api("GET", "/runbooks/greet")).latestVersion, 0);
    assert.equal((await rowOf("runwright.runbooks", "greet")).description, "draft only");
  },
  async "runwright.runDraft"({ world }: Stage) {
    await does("runwright.runDraft", ["greet"], { pick: "$(play) Run" });
    await shown(/Hello, world[\s\S]*# completed/);
    assert.equal((await newestJob(world, "greet")).version, null);
    assert.match(await failsAt("runwright.runDraft", ["nobody"]), /nobody/);
  },
  async "runwright.publish"(stage: Stage) {
    const first = await does("runwright.publish", [FILE()], { write: "the first" }, { press: "Publish" });
    assert.match(first.said.at(-1)?.words ?? "", /Published greet version 1/);
    assert.ok(activeTab() instanceof vscode.TabInputTextDiff);
    assert.match((await does("runwright.publish", [FILE()])).said.at(-1)?.words ?? "", /unchanged since version 1/);
    await change('limits: { timeout: "5m" }', 'limits: { timeout: "5m" },\n  permissions: { secrets: ["deploy-key"] }');
    await change("log(`Hello", "log(`Good morning");
    const review = await does("runwright.publish", [FILE()], { write: "needs the key" }, { leave: true });
    assert.match(review.said.at(-1)?.detail ?? "", /! It .*deploy-key.*\(wider\)/);
    const diff = activeTab();
    assert.ok(diff instanceof vscode.TabInputTextDiff && diff.original.path === "/source/greet/1/greet.ts" && diff.modified.fsPath === FILE().fsPath);
    assert.equal((await versions(stage)).length, 1, "nobody has confirmed it");
    await does("runwright.publish", [FILE()], { write: "needs the key" }, { press: "Publish" });
    assert.equal((await versions(stage))[0].message, "needs the key");
  },
  async "runwright.run"({ world }: Stage) {
    await does(
      "runwright.run",
      [await rowOf("runwright.runbooks", "hello")],
      { pick: "name" },
      { write: "Ada" },
      { pick: "loud" },
      { pick: "true" },
      { pick: "$(play) Run" },
    );
    await shown(/Hello, Ada/);
    assert.deepEqual((await newestJob(world, "hello")).params, { name: "Ada", loud: true });
    // Above a runbook is its own button: it asks for no other one.
    const lens = await eventually(
      "a lens that runs it",
      async () => {
        await vscode.window.showTextDocument(FILE());
        const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", FILE(), 10);
        return lenses.find(({ command }) => command?.command === "runwright.run");
      },
      PATIENCE_MS,
    );
    for (const command of [lens.command?.command ?? "", "runwright.runDraft"]) {
      const { questions } = await does(command, lens.command?.arguments ?? [], { pick: "$(play) Run" });
      assert.match(questions.join(), /^Run greet, /);
    }
    // The values of the last time are there.
    await does("runwright.run", [], { pick: "hello" }, { pick: "$(beaker) Dry Run" });
    await shown(/dry: writes are recorded and not done[\s\S]*Hello, Ada/);
    const { dry, params } = await newestJob(world, "hello");
    assert.deepEqual({ dry, params }, { dry: true, params: { name: "Ada", loud: true } });
  },
  async "runwright.debug"({ world }: Stage) {
    await does("runwright.debug", [FILE()], { pick: "$(beaker) Debug Dry" });
    const isOver = ({ debug, status }: any) => debug === "run" && status === "completed";
    const job = await eventually("it has run", async () => [await newestJob(world, "greet")].find(isOver), PATIENCE_MS);
    assert.deepEqual([job.dry, job.version], [true, null]);
    assert.match(await failsAt("runwright.debug", [fileIn("runbooks", "gone.ts")]), /gone/);
  },
  async "runwright.test"() {
    const explorer = watchTests();
    await does("runwright.test", [FILE()]);
    assert.deepEqual(explorer.last().states(), { "greet greets": "passed" });
    await rm(fileIn("runbooks", "greet.test.ts").fsPath);
    assert.match(await failsAt("runwright.test", [FILE()]), /Greet has no test: write runbooks\/greet\.test\.ts/);
  },
  async "runwright.installInWorkspace"() {
    const { length } = vscode.window.terminals;
    const stop = vscode.window.onDidOpenTerminal((terminal) => terminal.dispose());
    await does("runwright.installInWorkspace");
    await eventually("its terminal was there", () => vscode.window.terminals.length === length, PATIENCE_MS);
    stop.dispose();
  },
  async "runwright.history"() {
    await does("runwright.history", [FILE()], { pick: "Version 1" });
    assert.match(inFront().getText(), /Hello/);
    assert.equal(inFront().uri.path, "/source/greet/1/greet.ts");
  },
  async "runwright.showTriggers"() {
    await does("runwright.showTriggers", ["hello"], { pick: "$(calendar) every-night" });
    assert.match(inFront().getText(), /kind: Schedule\nname: every-night[\s\S]*cron: 30 2 \* \* \*/);
    await does("runwright.showTriggers", [{ kind: "Webhook", name: "from-outside" }]);
    assert.match(inFront().getText(), /kind: Webhook/);
    const { said } = await does("runwright.showTriggers", [FILE()]);
    assert.match(said.at(-1)?.words ?? "", /Nothing starts greet by itself/);
  },
  async "runwright.openVersion"() {
    const [newest] = await rowsOf("runwright.runbooks", await rowOf("runwright.runbooks", "greet"));
    await does("runwright.openVersion", [newest.subject]);
    assert.match(inFront().getText(), /Good morning/);
    assert.match(await failsAt("runwright.openVersion", [{ runbook: "greet", version: 99 }]), /99/);
  },
  async "runwright.compareVersions"() {
    await does("runwright.compareVersions", ["greet"], { pick: "Version 2" }, { pick: "Version 1" });
    const label = vscode.window.tabGroups.activeTabGroup.activeTab?.label;
    assert.match(label ?? "", /greet: version 1 ↔ 2 \(permissions become wider\)/);
  },
  async "runwright.rollBack"(stage: Stage) {
    const [, first] = await rowsOf("runwright.runbooks", await rowOf("runwright.runbooks", "greet"));
    await does("runwright.rollBack", [first], { write: "the key is gone" }, { leave: true });
    assert.equal((await versions(stage)).length, 2, "nobody has confirmed it");
    const { said } = await does("runwright.rollBack", [first], { write: "the key is gone" }, { press: "Roll Back" });
    assert.match(said.at(-1)?.words ?? "", /Published greet version 3, as version 1 was/);
    assert.equal((await versions(stage))[0].message, "the key is gone");
    assert.match(await failsAt("runwright.rollBack", [{ runbook: "greet", version: 3 }]), /newest already/);
  },
  async "runwright.plan"() {
    await writeFile(fileIn("ops.yaml").fsPath, "kind: Variable\nname: colour\nscope: /\nvalue: blue\n");
    const elsewhere = vscode.Uri.parse("memfs:/somewhere");
    assert.match(await failsAt("runwright.plan", [elsewhere]), /needs a folder on disk/);
    assert.match(await failsAt("runwright.publish", [vscode.Uri.joinPath(elsewhere, "greet.ts")]), /needs a file on disk/);
    await does("runwright.plan");
    assert.equal(inFront().languageId, "runwright-plan");
    assert.match(inFront().getText(), /colour/);
  },
  async "runwright.apply"({ world }: Stage) {
    await does("runwright.plan");
    await does("runwright.apply", [], { leave: true });
    await assert.rejects(world.api("GET", "/assets/colour"));
    const { said } = await does("runwright.apply", [], { press: "Apply" });
    assert.match(said.at(-1)?.words ?? "", /Applied \d+ change/);
    const { items } = await world.api("GET", "/assets");
    assert.ok(items.some(({ name }: any) => name === "colour"));
    assert.match(await failsAt("runwright.apply"), /Make a plan first/);
    await writeFile(fileIn("ops.yaml").fsPath, "kind: Variable\nname: colour\nscope: /\nvalue: green\n");
    await does("runwright.plan");
    const { uri } = inFront();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    assert.match(await failsAt("runwright.apply", [uri]), /Make a plan first/, "a plan that was closed isn't kept");
  },
};

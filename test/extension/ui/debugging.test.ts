import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageExtension } from "../../../scripts/vsix/package-extension.mjs";
import { type CommandHome, commandHome } from "../../cli/command.ts";
import { eventually } from "../../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { editorOrSkip } from "./editor.ts";
import { steps } from "./steps.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

const ENGINE = fileURLToPath(new URL("../../../engine", import.meta.url));
const PATIENCE_MS = 120_000;

const RUNBOOK = `import { runbook, Type } from "runwright";

export default runbook({
  summary: "Hand out places in the rack, one after another",
  parameters: Type.Object({ machines: Type.Array(Type.String(), { default: ["web1", "web2", "web3"] }) }),
  permissions: { variables: ["next-place"], setVariables: ["next-place"] },
  async run({ params, variables, log, output }) {
    let place = Number(await variables.get("next-place"));
    for (const machine of params.machines) {
      if (place > 40) throw new Error(\`the rack is full: no place for \${machine}\`);
      log(\`\${machine} gets place \${place}\`);
      place += 1;
      await variables.set("next-place", place);
    }
    output({ next: place });
  },
});
`;
const TESTS = `import assert from "node:assert/strict";
import { test } from "node:test";
import { runRunbook } from "runwright/testing";

const runbook = new URL("./rack-places.ts", import.meta.url);

test("machines get places one after another", async () => {
  const job = await runRunbook(runbook, { variables: { "next-place": 7 } });
  assert.deepEqual(job.outputs, [{ next: 10 }]);
});

test("the last place of a rack is used", async () => {
  const job = await runRunbook(runbook, { variables: { "next-place": 38 } });
  assert.deepEqual(job.outputs, [{ next: 42 }]);
});
`;
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

describe("a person who tests and debugs a runbook in VS Code", function () {
  this.timeout(300_000);
  steps(this);
  let directory: TemporaryDirectory;
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  let workbench: Workbench;
  let isClosed = false;
  const admin = async (): Promise<{ url: string; token: string }> => JSON.parse(await readFile(join(home.path, ".runwright", "admin.json"), "utf8"));
  /** A number, which the command would take for a text. */
  async function nextPlace(value: number): Promise<void> {
    const { url, token } = await admin();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const { status } = await fetch(`${url}/api/v1/assets/next-place`, {
      method: "PUT",
      headers,
      body: JSON.stringify({ kind: "variable", scope: "/", value }),
    });
    assert.equal(status, 200);
  }
  const newestJob = async () => (await home.json(["job", "list", "--limit", "1"]))[0];

  before(async function () {
    const editor = await editorOrSkip(this, "newest");
    directory = await temporaryDirectory();
    const vsix = join(directory.path, "runwright.vsix");
    await packageExtension(vsix);
    home = await commandHome();
    engine = await home.serve();
    await nextPlace(30);
    await writeFile(join(home.path, "rack-places.ts"), RUNBOOK);
    await home.run(["runbook", "publish", "rack-places.ts", "--message", "the first"]);
    workbench = await openWorkbench(editor, { vsix, workspaceName: "operations", settings: { "debug.toolBarLocation": "docked" } });
    // Lenses wait for VS Code's own TypeScript, too.
    workbench.page.setDefaultTimeout(PATIENCE_MS);
    await mkdir(join(workbench.workspace, "runbooks"));
    await mkdir(join(workbench.workspace, "node_modules"));
    await symlink(ENGINE, join(workbench.workspace, "node_modules", "runwright"), "dir");
    await writeFile(join(workbench.workspace, "runbooks", "rack-places.ts"), RUNBOOK);
    await writeFile(join(workbench.workspace, "runbooks", "rack-places.test.ts"), TESTS);
  });
  afterEach(async function () {
    await workbench?.keepFailure(this);
  });
  after(async () => {
    if (!isClosed) await workbench?.[Symbol.asyncDispose]();
    await engine?.stop();
    await home?.remove();
    await directory?.remove();
  });

  const page = () => workbench.page;
  async function open(name: string, line: number): Promise<void> {
    await page().keyboard.press("Control+P");
    await workbench.quickInput.locator("input.input").fill(`${name}:${line}`);
    // The first one may be another file that is like it.
    await workbench.quickInput.locator(".monaco-list-row", { hasText: name }).first().click();
    await workbench.tab(name).waitFor();
  }
  const halted = async () => {
    await page().locator(".codicon-debug-stackframe").first().waitFor({ timeout: PATIENCE_MS });
    const place = page()
      .locator(".debug-variables .monaco-list-row", { hasText: /^place/ })
      .first();
    const closed = page()
      .locator('.debug-variables .monaco-list-row[aria-expanded="false"]', { hasText: /(Block|Local): run/ })
      .last();
    // VS Code opens the first scope by itself, or not, when it comes to it.
    await eventually(
      "the variable is shown",
      async () => {
        if (await place.isVisible()) return true;
        await closed.click({ timeout: 2_000 }).catch(() => {});
        return false;
      },
      PATIENCE_MS,
    );
    await place.waitFor();
  };
  const resume = async () => {
    for (let i = 0; i < 10 && (await page().locator(".codicon-debug-stackframe").first().isVisible()); i++) {
      await page().keyboard.press("F5");
      await page().waitForTimeout(1_000);
    }
  };

  it("signs in, and sees what can be done above the runbook", async () => {
    const { url, token } = await admin();
    await workbench.command("Runwright: Sign In");
    await workbench.answer("Address of the engine", url);
    await workbench.quickInput.locator(".monaco-list-row", { hasText: "With a token" }).click();
    await workbench.answer("It is kept in the secret storage", token);
    await workbench.status(/127\.0\.0\.1:\d+/).waitFor();
    await open("rack-places.ts", 1);
    // Kept: a preview gives way to the next file.
    await workbench.command("View: Keep Editor");
    for (const action of ["Run", "Debug", "Test", "Publish"]) await page().locator(".codelens-decoration a", { hasText: action }).first().waitFor();
  });

  it("runs the tests, and reads why one fails", async () => {
    await open("rack-places.test.ts", 12);
    await page().locator(".testing-run-glyph").first().waitFor();
    await workbench.command("Test: Run Tests in Current File");
    await page().locator("[class*=codicon-testing-failed-icon]").first().waitFor({ timeout: PATIENCE_MS });
    await workbench.command("Testing: Focus on Test Explorer View");
    await workbench.row("the last place of a rack is used").first().waitFor();
    await workbench.picture("tests");
    await page().keyboard.press("Escape");
  });

  it("presses F5 on the runbook, with a breakpoint and no launch.json, and looks at its variables", async () => {
    // It is open already: a search would find its test, too.
    await workbench.tab("rack-places.ts").click();
    await page().keyboard.press("Control+G");
    await workbench.quickInput.locator("input.input").fill(`:${lineOf(RUNBOOK, "place += 1")}`);
    await page().keyboard.press("Enter");
    await workbench.status(`Ln ${lineOf(RUNBOOK, "place += 1")}`).waitFor();
    const glyph = page().locator(".glyph-margin-widgets [class*=codicon-debug-breakpoint]").first();
    for (let i = 0; i < 8 && !(await glyph.isVisible()); i++) {
      await page().keyboard.press("F9");
      await glyph.waitFor({ timeout: 1_500 }).catch(() => {});
    }
    await page().keyboard.press("F5");
    await workbench.quickInput.getByText("Debug Dry").waitFor({ timeout: PATIENCE_MS });
    await workbench.picture("debug-form");
    await workbench.quickInput.locator(".monaco-list-row", { hasText: "Debug Dry" }).click();
    await halted();
    await workbench.picture("debugging");
    await resume();
    await eventually("the job has ended", async () => (await newestJob()).status !== "running", PATIENCE_MS);
    const { dry, status } = await newestJob();
    assert.deepEqual({ dry, status }, { dry: true, status: "completed" });
  });

  it("replays the job that has failed in production, and halts where it did", async () => {
    await workbench.command("Remove All Breakpoints");
    // Since then others have filled the rack.
    await nextPlace(39);
    await home.run(["run", "rack-places", "--wait"]);
    const failed = await newestJob();
    assert.equal(failed.status, "failed");
    await workbench.command("View: Close All Editors");
    await workbench.command("Runwright: Debug This Job");
    await workbench.quickInput.locator(".monaco-list-row", { hasText: "failed" }).first().click();
    await halted();
    await page().locator(".repl", { hasText: "variables.set" }).first().waitFor();
    await workbench.picture("replay");
    assert.equal((await newestJob()).replayOf, failed.id);
  });

  it("is killed with the editor while it halts: the session ends, and its job with it", async () => {
    const { id, status } = await newestJob();
    assert.equal(status, "running");
    isClosed = true;
    await workbench[Symbol.asyncDispose]();
    await eventually("the job has stopped", async () => (await home.json(["job", "show", id])).status === "stopped", PATIENCE_MS);
  });
});

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageExtension } from "../../../scripts/vsix/package-extension.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { editorOrSkip } from "./editor.ts";
import { steps } from "./steps.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

const NOT_INSTALLED = "Runwright isn't installed in this folder";
const ENGINE = fileURLToPath(new URL("../../../engine/", import.meta.url));

describe("the walkthrough, from an empty folder to a scheduled runbook", function () {
  this.timeout(120_000);
  steps(this);
  let directory: TemporaryDirectory;
  let workbench: Workbench;

  before(async function () {
    const editor = await editorOrSkip(this, "newest");
    directory = await temporaryDirectory();
    const vsix = join(directory.path, "runwright.vsix");
    await packageExtension(vsix);
    workbench = await openWorkbench(editor, {
      vsix,
      workspaceName: "operations",
      env: { HOME: directory.path, XDG_CONFIG_HOME: "", RUNWRIGHT_RUNNERS: "1" },
    });
  });
  afterEach(async function () {
    await workbench?.keepFailure(this);
  });
  after(async () => {
    await workbench?.[Symbol.asyncDispose]();
    await directory?.remove();
  });

  const pick = async (label: string) => {
    await workbench.quickInput.locator(".monaco-list-row", { hasText: label }).first().click();
  };

  it("opens the walkthrough", async () => {
    await workbench.command("Runwright: Open the Walkthrough");
    await workbench.page.getByText("From an Empty Folder to a Scheduled Runbook").first().waitFor();
    await workbench.page.getByRole("button", { name: "Start a Local Engine" }).waitFor();
    // What explains a step has its place beside it in a window that is wide enough.
    await workbench.command("View: Toggle Primary Side Bar Visibility");
    await workbench.webview().getByText("An engine runs the runbooks").waitFor();
    await workbench.picture("walkthrough");
    await workbench.command("View: Toggle Primary Side Bar Visibility");
  });

  it("says in a folder where nothing is installed what to do, and runs nothing", async () => {
    await workbench.page.getByRole("button", { name: "Start a Local Engine" }).click();
    await workbench.toast(NOT_INSTALLED).waitFor();
    assert.equal(await workbench.page.locator(".terminal-wrapper").count(), 0);
    // What the default command does where the package is installed and Node is the one that the engine needs.
    const command = `"${process.execPath}" "${join(ENGINE, "runwright.mjs")}" serve --port 0`;
    await mkdir(join(workbench.workspace, ".vscode"));
    await writeFile(join(workbench.workspace, ".vscode", "settings.json"), JSON.stringify({ "runwright.localEngine": command }));
  });

  it("starts an engine in a terminal and is signed in to it, which ends the first step", async () => {
    // VS Code sees by and by that the setting has changed.
    const [told, terminal] = [workbench.toast(NOT_INSTALLED), workbench.page.locator(".terminal-wrapper").first()];
    do {
      await workbench.command("Notifications: Clear All Notifications");
      await told.waitFor({ state: "detached" });
      // The button was pressed above. VS Code draws the walkthrough's page anew when extensions or settings change, and a press in between is lost.
      await workbench.command("Runwright: Start a Local Engine");
      await told.or(terminal).first().waitFor();
    } while (!(await terminal.isVisible()));
    await workbench.status(/127\.0\.0\.1:\d+/).waitFor({ timeout: 60_000 });
    // VS Code may go back to the page of all walkthroughs when what it shows changes while it is drawn.
    await workbench.command("Runwright: Open the Walkthrough");
    await workbench.page.locator(".getting-started-step.complete, .getting-started-step .complete").first().waitFor();
    await workbench.picture("engine-started");
    await workbench.command("View: Hide Panel");
  });

  it("makes a runbook from a template", async () => {
    await workbench.command("Runwright: New Runbook");
    await pick("Greeting");
    await workbench.answer("Its name", "greet-team");
    await workbench.tab("greet-team.ts").waitFor();
    await workbench.text.getByText("Greet someone").first().waitFor();
    await workbench.picture("new-runbook");
  });

  it("saves its draft, and runs that dry", async () => {
    await workbench.command("Runwright: Save Draft of Runbook");
    await workbench.status("Saved the draft of greet-team").waitFor();
    await workbench.command("Runwright: Run Draft");
    await pick("greet-team");
    await pick("Dry Run");
    await workbench.text.getByText("Hello, world").first().waitFor();
  });

  it("publishes it after a look at the difference and the permissions", async () => {
    await workbench.tab("greet-team.ts").click();
    await workbench.command("Runwright: Publish Runbook");
    await workbench.answer("What has changed?", "the first one");
    await workbench.page.locator(".monaco-dialog-box", { hasText: "as version 1" }).waitFor();
    await workbench.picture("publish");
    await workbench.confirm("as version 1", "Publish");
    await workbench.status("Published greet-team version 1").waitFor();
  });

  it("runs it with the form of its parameters, and sees its output", async () => {
    await workbench.command("Runwright: Run Runbook");
    await pick("greet-team");
    await pick("Who is greeted");
    await workbench.answer("Who is greeted", "Ada");
    await workbench.quickInput.getByText('"Ada"').waitFor();
    await workbench.picture("run-form");
    // The first line, with which the list begins.
    await workbench.page.keyboard.press("Enter");
    await workbench.text.getByText("Hello, Ada").first().waitFor();
    await workbench.picture("job-output");
  });

  it("writes a schedule, reads the plan of the folder, and applies it", async () => {
    await workbench.command("Runwright: New Schedule");
    await pick("greet-team");
    await workbench.tab("greet-team.schedule.yaml").waitFor();
    await workbench.command("Runwright: Plan Workspace");
    await workbench.text.getByText("greet-team-nightly").first().waitFor();
    await workbench.picture("plan");
    await workbench.command("Runwright: Apply This Plan");
    await workbench.confirm("Apply this plan", "Apply");
    await workbench.status("Applied").waitFor();
  });

  it("sees when it runs next", async () => {
    await workbench.command("Runwright: Focus on Schedules View");
    await workbench.row("greet-team-nightly").first().waitFor();
    await workbench.picture("schedules");
  });
});

import { join } from "node:path";
import { packageExtension } from "../../../scripts/vsix/package-extension.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { type EngineWithEverything, engineWithEverything } from "../world.ts";
import { editorOrSkip } from "./editor.ts";
import { steps } from "./steps.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

/** Each view, and a row that it has. */
const VIEWS = {
  Runbooks: "hello",
  Jobs: "broken",
  Approvals: "Change the firewall?",
  Deployments: "guarded",
  Schedules: "every-night",
  Webhooks: "from-outside",
  Machines: "web1",
  Updates: "",
  Assets: "region",
};

describe("a person who signs in to an engine from VS Code", function () {
  this.timeout(120_000);
  steps(this);
  let directory: TemporaryDirectory;
  let workbench: Workbench;
  let engine: EngineWithEverything;

  before(async function () {
    const editor = await editorOrSkip(this, "newest");
    directory = await temporaryDirectory();
    const vsix = join(directory.path, "runwright.vsix");
    await packageExtension(vsix);
    engine = await engineWithEverything();
    await engine.jobs();
    await engine.plan();
    workbench = await openWorkbench(editor, { vsix });
  });
  afterEach(async function () {
    await workbench?.keepFailure(this);
  });
  after(async () => {
    await workbench?.[Symbol.asyncDispose]();
    await engine?.stop();
    await directory?.remove();
  });

  it("is told what to do before that", async () => {
    await workbench.activity("Runwright");
    await workbench.page.locator(".welcome-view-content", { hasText: "Sign In" }).first().waitFor();
    await workbench.picture("welcome");
  });

  it("gives the address and a token, and sees runbooks and jobs", async () => {
    await workbench.command("Runwright: Sign In");
    await workbench.answer("Address of the engine", engine.url);
    await workbench.quickInput.locator(".monaco-list-row", { hasText: "With a token" }).click();
    await workbench.answer("It is kept in the secret storage", engine.token);
    await workbench.row("hello").first().waitFor();
    await workbench.row("broken").first().waitFor();
  });

  it("reads the output of a job that has failed, beside the views", async () => {
    await workbench.row("broken").first().waitFor();
    await workbench.command("Runwright: Open Output of a Job");
    await workbench.quickInput.locator(".monaco-list-row", { hasText: "broken" }).first().click();
    await workbench.text.getByText("this is wrong").first().waitFor();
    await workbench.picture("overview");
  });

  for (const [page, command, choice, text] of [
    ["job", "Runwright: Open Page of a Job", "broken", "this is wrong"],
    ["deployment", "Runwright: Open Page of a Deployment", "guarded", "Wave 1"],
    ["machine", "Runwright: Open Page of a Machine", "web1", "web1"],
  ] as const) {
    it(`opens the page of a ${page}`, async () => {
      await workbench.command("View: Close All Editors");
      await workbench.command(command);
      await workbench.quickInput.locator(".monaco-list-row", { hasText: choice }).first().click();
      await workbench.webview().getByText(text).first().waitFor();
      await workbench.picture(`${page}-page`);
    });
  }

  it("has the page back when the window is loaded again", async () => {
    await workbench.command("Developer: Reload Window");
    // This VS Code keeps secrets in memory alone: the page says what is missing, and goes on when that is there again.
    await workbench.webview().getByText("signed out").first().waitFor();
    await workbench.command("Runwright: Sign In");
    await workbench.answer("Address of the engine", engine.url);
    await workbench.quickInput.locator(".monaco-list-row", { hasText: "With a token" }).click();
    await workbench.answer("It is kept in the secret storage", engine.token);
    await workbench.webview().getByText("Missing updates").first().waitFor();
    await workbench.webview().getByText("web1").first().waitFor();
  });

  for (const [view, row] of Object.entries(VIEWS)) {
    it(`looks at the view of ${view.toLowerCase()} alone`, async () => {
      await workbench.alone(view);
      await workbench.row(row).first().waitFor();
      await workbench.picture(`view-${view.toLowerCase()}`, { only: "sideBar" });
    });
  }
});

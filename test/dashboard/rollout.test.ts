import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Deployment } from "../../engine/protocol/http/deployments.ts";
import { type DeploymentFleet, deploymentFleet, fails, held } from "../cli/deployment-fleet.ts";
import { eventually } from "../support/eventually.ts";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, type Visitor, visitor } from "./visitor.ts";

const DOCUMENTS = `
kind: UpdatePolicy
name: all
scope: /
classifications: [critical, security, updates, other]
deferral: { default: 0d }
---
kind: MaintenanceWindow
name: guarded
scope: /
cron: "0 2 1 1 *"
timeZone: Europe/Berlin
duration: 2h
waves: "1, rest"
soak: 0s
errorBudget: "1"
approval: { count: 1, byRequester: true }
---
kind: MaintenanceWindow
name: strict
scope: /
cron: "0 2 1 1 *"
timeZone: Europe/Berlin
duration: 2h
waves: "1, rest"
soak: 0s
errorBudget: "0"
`;

describe("dashboard: a rollout from its window to its end", function () {
  this.timeout(120_000);
  let browser: Browser;
  let engine: DashboardEngine;
  let fleet: DeploymentFleet;
  let ada: Visitor;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine();
    fleet = await deploymentFleet(engine.home, engine.port, { web1: {}, web2: {}, web3: {} });
    const applied = await fleet.apply(DOCUMENTS);
    assert.equal(applied.code, 0, applied.stderr);
  });
  after(async () => {
    await fleet?.stop();
    await engine?.stop();
  });
  beforeEach(async () => {
    ada = await visitor(browser, engine);
  });
  afterEach(async () => {
    assertNothingWrong(ada);
    await ada[Symbol.asyncDispose]();
  });

  const button = (name: string) => ada.page.getByRole("button", { name, exact: true });
  const dialog = () => ada.page.getByRole("dialog");
  async function status(word: string) {
    const standing = ada.page.locator(".standing");
    await standing
      .getByText(word, { exact: true })
      .waitFor()
      .catch(async (cause) => {
        throw new Error(`it never was ${word}; the page says: ${await ada.page.locator("main").innerText()}`, { cause });
      });
  }

  it("is opened with a reason, approved as the plan that is shown, and followed wave by wave", async () => {
    const first = held();
    fleet.installs.set("web1", first.answer);
    await ada.go("/windows/guarded");
    await button("Open now…").click();
    await dialog().getByLabel("Why").fill("a test can't wait");
    await dialog().getByRole("button", { name: "Open now" }).click();
    await ada.page.waitForURL(/\/deployments\/dpl_/);
    await status("awaitingApproval");
    const hash = ada.page.locator("dd code.hash");
    await hash.waitFor(); // what stands above it is read first
    const plan = await hash.innerText();
    await button("Approve…").click();
    assert.equal(await dialog().locator("code.hash").innerText(), plan);
    await dialog().getByRole("button", { name: "Approve" }).click();
    await status("running");
    await first.begun;
    await ada.page.getByRole("list", { name: "At work now" }).getByText("web1").waitFor();
    await ada.page.locator(".wave", { hasText: "Wave 2" }).getByText("0 of 2 done").waitFor();
    first.end();
    await status("succeeded");
    await ada.page.locator(".wave", { hasText: "Wave 2" }).getByText("2 of 2 done").waitFor();
    await ada.page.getByRole("row", { name: /web3.*Succeeded/ }).click();
    await ada.page.getByRole("complementary", { name: "Machine web3" }).getByText("1.0 → 1.1").waitFor();
    assert.match(ada.page.url(), /machine=web3/);
  });

  it("isn't approved by a dialog that showed the plan before: it says so, and the page shows what is different", async () => {
    const { id } = await engine.client.request<Deployment>("POST", "/api/v1/windows/guarded/plan");
    await ada.go(`/deployments/${id}`);
    await status("awaitingApproval");
    const before = await ada.page.locator("dd code.hash").innerText();
    await button("Approve…").click();
    await fleet.apply(DOCUMENTS.replace('waves: "1, rest"', 'waves: "2, rest"'));
    await engine.client.request("POST", "/api/v1/windows/guarded/plan");
    await eventually("another plan", async () => (await ada.page.locator("dd code.hash").innerText()) !== before);
    await dialog().getByRole("button", { name: "Approve" }).click();
    assert.match(await dialog().getByRole("alert").innerText(), /nothing was decided[\s\S]*PLAN_CHANGED/);
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await ada.page.getByText("The plan has changed since this page was opened.").waitFor();
    await button("Abort…").click();
    await dialog().getByRole("button", { name: "Abort" }).click();
    await status("aborted");
    ada.wrongs.splice(0, ada.wrongs.length, ...ada.wrongs.filter((wrong) => !/status of 409/.test(wrong)));
  });

  it("is halted by a failure, shows the words of it as text, goes on when somebody says so, and is retried", async () => {
    fleet.installs.set("web1", fails);
    const { id } = await engine.client.request<Deployment>("POST", "/api/v1/windows/strict/run", { body: { reason: "one fails" } });
    await ada.go(`/deployments/${id}`);
    await status("halted");
    await ada.page.getByRole("list", { name: "Ended last" }).getByText(/dpkg/).waitFor();
    await button("Continue…").click();
    await dialog().getByRole("button", { name: "Continue" }).click();
    await status("failed");
    fleet.installs.delete("web1");
    await button("Retry failed…").click();
    await dialog().getByLabel("Why").fill("it is mended");
    await dialog().getByRole("button", { name: "Plan it anew" }).click();
    await dialog().waitFor({ state: "detached" });
    await ada.page.waitForURL((url) => !url.pathname.endsWith(id));
    await ada.page.getByText("Takes up", { exact: true }).waitFor();
    await status("succeeded");
  });
});

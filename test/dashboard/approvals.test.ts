import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Approval } from "../../engine/protocol/http/approvals.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Page as PageOf } from "../../engine/protocol/http/shapes.ts";
import { eventually } from "../support/eventually.ts";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, visitor } from "./visitor.ts";

const ASKS = `import { runbook, Type } from "runwright";
export default runbook({
  summary: "Ask",
  parameters: Type.Object({ what: Type.String() }),
  async run({ params, approval, output }) {
    const { decisions } = await approval({ message: params.what });
    output(decisions.length);
  },
});
`;

describe("dashboard: approvals", function () {
  this.timeout(90_000);
  let browser: Browser;
  let engine: DashboardEngine;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine();
    await engine.publish("asks", ASKS);
  });
  after(() => engine?.stop());

  const open = async () => (await engine.client.request<PageOf<Approval>>("GET", "/api/v1/approvals", { query: { open: true } })).items;
  async function ask(...questions: string[]): Promise<void> {
    for (const what of questions) await engine.client.request<Job>("POST", "/api/v1/runbooks/asks/jobs", { body: { params: { what } } });
    await eventually("the questions", async () => (await open()).length === questions.length);
  }

  it("are reached from the overview, decided with a reason, leave those that wait, and stand among all of them with who decided and why", async () => {
    await ask("Shall the database move?", "Shall the cache be emptied?", "Three?", "Four?", "Five?");
    await using ada = await visitor(browser, engine);
    const { page } = ada;
    await ada.go("/");
    await page.getByRole("link", { name: "All 5" }).click();
    await page.getByRole("heading", { level: 1, name: "Approvals" }).waitFor();
    assert.match(await page.getByRole("link", { name: /^Approvals/ }).innerText(), /5/);
    await page.getByRole("row", { name: /Shall the database move\?/ }).click();
    const aside = page.getByRole("complementary", { name: "Approval" });
    await aside.getByRole("button", { name: /^Reject/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("not on a Friday");
    await dialog.getByRole("button", { name: "Reject" }).click();
    await aside.getByText("not on a Friday").waitFor();
    await page.getByRole("row", { name: /Shall the database move\?/ }).waitFor({ state: "detached" });
    assert.equal((await open()).length, 4);
    await aside.getByRole("button", { name: "Close" }).click();
    await page.getByLabel("Shown").selectOption("All");
    await page.getByRole("row", { name: /rejected.*Shall the database move\?/ }).waitFor();
    await page.getByRole("row", { name: /pending.*Shall the cache be emptied\?/ }).click();
    await aside.getByRole("button", { name: /^Approve/ }).click();
    await dialog.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("row", { name: /approved.*Shall the cache be emptied\?/ }).waitFor();
    assertNothingWrong(ada);
  });

  it("can't be decided by who may only read", async () => {
    const { token } = await engine.person("reader", [{ role: "reader", scope: "/" }]);
    await using reader = await visitor(browser, engine, { as: token });
    await reader.go("/approvals");
    await reader.page.getByRole("row", { name: /Three\?/ }).click();
    await reader.page.getByText("Asked for by").last().waitFor();
    assert.equal(await reader.page.getByRole("button", { name: /^(Approve|Reject)/ }).count(), 0);
    assertNothingWrong(reader);
  });
});

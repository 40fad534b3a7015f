import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Approval } from "../../engine/protocol/http/approvals.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Page as PageOf } from "../../engine/protocol/http/shapes.ts";
import { startScriptedAgent } from "../agent/scripted-agent.ts";
import { eventually } from "../support/eventually.ts";
import { anInventory, anUpdate } from "../updates/reports.ts";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, type Visitor, visitor } from "./visitor.ts";

const ASKS = `import { runbook } from "runwright";
export default runbook({
  summary: "Say something, ask, and say more",
  async run({ approval, log, output, progress }) {
    log("before the question");
    progress(0.5, "half way");
    await approval({ message: "Shall it go on?" });
    log("after the question");
    output({ answer: "yes" });
  },
});
`;

describe("dashboard: what happens elsewhere is seen without loading anew", function () {
  this.timeout(90_000);
  let browser: Browser;
  let engine: DashboardEngine;
  let ada: Visitor;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine();
    await engine.publish("asks", ASKS);
  });
  after(() => engine?.stop());
  beforeEach(async () => {
    ada = await visitor(browser, engine);
  });
  afterEach(async () => {
    assertNothingWrong(ada);
    await ada[Symbol.asyncDispose]();
  });

  const run = () => engine.client.request<Job>("POST", "/api/v1/runbooks/asks/jobs", { body: {} });

  it("a job that begins, in two tabs, and how it goes on", async () => {
    await ada.go("/jobs");
    const other = await ada.tab("/jobs?status=waiting");
    for (const tab of [ada.page, other]) await tab.evaluate("window.same = true");
    await run();
    for (const tab of [ada.page, other])
      await tab
        .getByRole("row", { name: /waiting.*asks/ })
        .first()
        .waitFor();
    for (const tab of [ada.page, other]) assert.equal(await tab.evaluate("window.same"), true);
  });

  it("also what has changed after the page was read, and before the engine knew that it listens", async () => {
    const listens = Promise.withResolvers<void>();
    await ada.page.routeWebSocket(/\/api\/v1\/events/, async (socket) => {
      await listens.promise;
      const server = socket.connectToServer();
      // What is told late, at most once a second, is told of what has changed alone: nobody has changed an asset.
      server.onMessage((message) => {
        if (String(message).includes('"assets"')) socket.send(message);
      });
    });
    await ada.go("/jobs?status=waiting");
    const before = await ada.page.getByRole("row", { name: /waiting.*asks/ }).count();
    const { id } = await run();
    await waitingApproval(id);
    assert.equal(await ada.page.getByRole("row", { name: /waiting.*asks/ }).count(), before);
    listens.resolve();
    await eventually("the job", async () => (await ada.page.getByRole("row", { name: /waiting.*asks/ }).count()) === before + 1);
  });

  it("what a job writes, as it writes it, its question and its end", async () => {
    const { id } = await run();
    await ada.go(`/jobs/${id}`);
    await ada.page.getByText("before the question").first().waitFor();
    await ada.page.evaluate("window.same = true");
    assert.equal(await ada.page.getByText("after the question").count(), 0);
    const approval = await waitingApproval(id);
    await engine.client.request("POST", `/api/v1/approvals/${approval}/approve`, { body: {} });
    await ada.page.getByText("after the question").first().waitFor();
    await ada.page.locator("main").getByText("completed", { exact: true }).first().waitFor();
    assert.equal(await ada.page.evaluate("window.same"), true);
  });

  it("a machine that joins, and what it misses", async () => {
    await ada.go("/machines");
    await ada.page.locator(".empty").waitFor();
    const { token } = await engine.client.request<{ token: string }>("POST", "/api/v1/join-tokens", { body: { scope: "/", uses: 1, url: engine.url } });
    const agent = await startScriptedAgent({ port: engine.port, token: async () => token }, { name: "newcomer", answers: {} });
    try {
      await ada.page.getByRole("row", { name: /newcomer/ }).waitFor();
      agent.report(anInventory(Date.now(), { updates: [anUpdate("openssl", "1.1")] }));
      await ada.page.getByRole("row", { name: /newcomer.*noncompliant/ }).waitFor();
    } finally {
      await agent.stop();
    }
  });

  async function waitingApproval(job: string): Promise<string> {
    const found = await eventually("its question", async () => {
      const { items } = await engine.client.request<PageOf<Approval>>("GET", "/api/v1/approvals", { query: { open: true } });
      return items.find((one) => one.job === job);
    });
    return found.id;
  }
});

import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { About } from "../../engine/protocol/http/status.ts";
import { eventually } from "../support/eventually.ts";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { slowDoor } from "./slow-door.ts";
import { assertNothingWrong, visitor } from "./visitor.ts";

/** Browsers write by themselves to the console that nobody answered. */
const AWAY = /ERR_CONNECTION|WebSocket connection/;
const HOUR_MS = 3_600_000;
const SAYS = `import { runbook } from "runwright";
export default runbook({ summary: "Say something", async run({ log }) { log("good morning"); } });
`;

describe("dashboard: an engine that goes away, is slow, or has another clock", function () {
  this.timeout(90_000);
  let browser: Browser;
  let engine: DashboardEngine;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine({ rows: 3 });
  });
  after(() => engine?.stop());

  it("keeps what it shows while the engine is away, says so, and goes on by itself when it is back", async () => {
    await using ada = await visitor(browser, engine, { expected: AWAY });
    const { page } = ada;
    await ada.go("/assets");
    await page.evaluate("window.same = true");
    await page.getByRole("row", { name: /asset-00001/ }).waitFor();
    await engine.stopEngine();
    await page.getByText("The engine is away.").waitFor();
    await page.getByRole("row", { name: /asset-00001/ }).waitFor();
    await engine.startEngine();
    await page.getByText("The engine is away.").waitFor({ state: "detached" });
    await engine.client.request("PUT", "/api/v1/assets/made-after", { body: { kind: "variable", value: "v" } });
    await page.getByRole("row", { name: /made-after/ }).waitFor();
    assert.equal(await page.evaluate("window.same"), true, "without loading anew");
    assertNothingWrong(ada);
  });

  it("reads what a job has written when the engine is back, and says nothing false of it until then", async () => {
    await engine.publish("says", SAYS);
    const { id } = await engine.client.request<Job>("POST", "/api/v1/runbooks/says/jobs", { body: {} });
    await eventually("its end", async () => (await engine.client.request<Job>("GET", `/api/v1/jobs/${id}`)).status === "completed");
    await using ada = await visitor(browser, engine, { expected: AWAY });
    const { page } = ada;
    await ada.go("/jobs");
    await engine.stopEngine();
    await page.locator("main").getByRole("link", { name: "says" }).first().click();
    await page.getByText("can't be reached").first().waitFor();
    assert.equal(await page.getByText("It has written nothing").count(), 0);
    await engine.startEngine();
    await page.getByText("good morning").waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    assertNothingWrong(ada);
  });

  it("offers the page of another version when the engine comes back as that", async () => {
    await using ada = await visitor(browser, engine, { expected: AWAY });
    const { page } = ada;
    await ada.go("/assets");
    const about = await engine.client.request<About>("GET", "/api/v1/about");
    await engine.stopEngine();
    await page.getByText("The engine is away.").waitFor();
    await page.route("**/api/v1/about", (route) => route.fulfill({ json: { ...about, version: "99.0.0" } }));
    await engine.startEngine();
    await page.getByText("The engine is now version 99.0.0.").waitFor();
    await page.evaluate("window.same = true");
    await page.getByRole("button", { name: "Load its page" }).click();
    await eventually("the page's loading anew", () => page.evaluate<boolean>("window.same === undefined"));
    await ada.settled();
    assert.equal(await page.getByText("The engine is now version").count(), 0);
    assertNothingWrong(ada);
  });

  it("says whom it asks while an engine doesn't answer at the start, or that nobody is there, and then shows the page", async () => {
    await using ada = await visitor(browser, engine, { expected: /ERR_FAILED/ });
    const { page } = ada;
    const { promise: answers, resolve } = Promise.withResolvers<void>();
    await page.route("**/api/v1/whoami", async (route) => {
      await answers;
      await route.abort();
    });
    await page.goto(`${engine.url}/assets`);
    await page.getByText("Asking the engine who you are…").waitFor();
    resolve();
    assert.match(await page.getByRole("alert").innerText(), /UNREACHABLE/);
    await page.unroute("**/api/v1/whoami");
    await page.getByRole("heading", { name: "Assets", exact: true }).waitFor();
    assertNothingWrong(ada);
  });

  it("keeps a link that it was opened with until the engine answers", async () => {
    await using ada = await visitor(browser, engine, { as: "nobody", expected: /ERR_FAILED/ });
    const { page } = ada;
    await page.route("**/api/v1/session", (route) => route.abort());
    await page.goto(await engine.link());
    assert.match(await page.getByRole("alert").innerText(), /UNREACHABLE/);
    assert.equal(new URL(page.url()).hash, "");
    await page.unroute("**/api/v1/session");
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    assertNothingWrong(ada);
  });

  it("says that it waits when the engine is slow, then shows what came", async () => {
    const door = await slowDoor(engine.port);
    try {
      await using ada = await visitor(browser, engine, { url: door.url });
      await ada.go("/assets");
      door.late(5_000);
      await ada.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Settings" }).click();
      await ada.page.getByText("The engine is slow to answer; still waiting.").first().waitFor();
      await ada.settled();
      assert.equal(await ada.page.getByRole("alert").count(), 0);
      assertNothingWrong(ada);
    } finally {
      await door.stop();
    }
  });

  for (const [title, shift, says] of [
    ["ahead", HOUR_MS, /clock is (1 h|60 min|59 min)[^.]* ahead of the engine's/],
    ["behind", -HOUR_MS, /clock is (1 h|60 min|59 min)[^.]* behind the engine's/],
  ] as const)
    it(`goes by the engine's clock when the viewer's is an hour ${title}, and says so`, async () => {
      const name = `made-now-${title}`;
      await engine.client.request("PUT", `/api/v1/assets/${name}`, { body: { kind: "variable", value: "v" } });
      await using ada = await visitor(browser, engine);
      await ada.context.addInitScript(`{
        const Real = Date;
        globalThis.Date = class extends Real {
          constructor(...all) { all.length === 0 ? super(Real.now() + ${shift}) : super(...all); }
          static now() { return Real.now() + ${shift}; }
        };
      }`);
      await ada.go("/assets");
      assert.match(await ada.page.getByRole("status").filter({ hasText: "clock" }).innerText(), says);
      const row = await ada.page.getByRole("row", { name: new RegExp(name) }).innerText();
      assert.match(row, /now|\d+ s ago|[1-5] min ago/, "not an hour ago, nor in an hour");
      assertNothingWrong(ada);
    });
});

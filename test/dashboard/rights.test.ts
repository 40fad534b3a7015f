import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { LISTS } from "./places.ts";
import { assertNothingWrong, type Visitor, visitor } from "./visitor.ts";

/** What moves through a page and changes nothing at the engine. */
const HARMLESS =
  /^(Theme: .*|Sign out.*|Today|Earlier|Later|Month|Week|List|Close|Try again|\d+ new|Copy.*|Read and compare.*|.*CSV.*|Print.*|Expand.*|Collapse.*|To the (begin|end).*|Show .*|Hide .*|More.*|Newest.*|Oldest.*)$/;

describe("dashboard: what somebody may not do or see", function () {
  this.timeout(90_000);
  let browser: Browser;
  let engine: DashboardEngine;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine({ rows: 3 });
  });
  after(() => engine?.stop());

  const buttons = async (page: Page): Promise<string[]> =>
    (await page.locator("main").getByRole("button").allInnerTexts()).map((text) => text.trim()).filter((text) => text !== "" && !HARMLESS.test(text));

  describe("a reader", () => {
    let rita: Visitor;
    before(async () => {
      const { token } = await engine.person("rita", [{ role: "reader", scope: "/" }]);
      rita = await visitor(browser, engine, { as: token });
    });
    after(() => rita?.[Symbol.asyncDispose]());

    for (const path of [
      "/machines/web-m00000",
      "/deployments/dpl_0000000002",
      "/windows/nightly",
      "/runbooks/book-00000",
      "/jobs/job_00000",
      "/jobs/job_asks00000",
      "/schedules/night-00000",
      "/webhooks/hook-00000",
      "/assets",
      "/",
    ])
      it(`is offered nothing that changes something on ${path}`, async () => {
        await rita.go(path);
        assert.deepEqual(await buttons(rita.page), []);
        assertNothingWrong(rita);
      });

    it("doesn't see the way to what readers may not read", async () => {
      await rita.go("/");
      const links = await rita.page.getByRole("navigation", { name: "Pages" }).getByRole("link").allInnerTexts();
      assert.ok(links.includes("Jobs") && !links.includes("Activity"), links.join());
    });
  });

  it("tells an operator whose role was taken in the middle what the engine refuses, and keeps what was typed", async () => {
    const { id, token } = await engine.person("oscar", [{ role: "operator", scope: "/" }]);
    await using oscar = await visitor(browser, engine, { as: token, expected: /status of 403/ });
    await oscar.go("/windows/nightly");
    await oscar.page.getByRole("button", { name: "Open now…" }).click();
    const dialog = oscar.page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("it is urgent");
    await engine.client.request("PUT", `/api/v1/principals/${id}/grants`, { body: { grants: [{ role: "reader", scope: "/" }] } });
    await dialog.getByRole("button", { name: "Open now" }).click();
    assert.match(await dialog.getByRole("alert").innerText(), /PERMISSION_DENIED/);
    assert.equal(await dialog.getByLabel("Why").inputValue(), "it is urgent");
    assertNothingWrong(oscar);
  });

  it("offers an administrator who has become a reader what readers may, after a refusal and after a minute", async () => {
    const { id, token } = await engine.person("demi", [{ role: "admin", scope: "/" }]);
    const become = (role: string) => engine.client.request("PUT", `/api/v1/principals/${id}/grants`, { body: { grants: [{ role, scope: "/" }] } });
    await using demi = await visitor(browser, engine, { as: token, expected: /status of 403/ });
    await demi.context.clock.install();
    await demi.go("/machines");
    const link = demi.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Activity" });
    await link.waitFor();
    await become("reader");
    await link.click();
    await link.waitFor({ state: "detached" });
    await become("admin");
    await demi.page.clock.runFor(70_000);
    await link.waitFor();
    assertNothingWrong(demi);
  });

  describe("somebody of /team alone", () => {
    let tess: Visitor;
    before(async () => {
      await engine.client.request("PUT", "/api/v1/assets/of-the-team", { body: { kind: "variable", value: "v", scope: "/team" } });
      const { token } = await engine.person("tess", [{ role: "author", scope: "/team" }]);
      tess = await visitor(browser, engine, { as: token, expected: /status of 40[34]/ });
    });
    after(() => tess?.[Symbol.asyncDispose]());

    for (const { path } of LISTS)
      it(`sees nothing of others on ${path}`, async () => {
        await tess.go(path);
        const text = await tess.page.locator("main").innerText();
        assert.doesNotMatch(text, /web-m?0|book-0|night-0|hook-0|asset-0|dpl_|job_0|nightly(?!\.yaml)|package-0/);
        if (path === "/assets") assert.match(text, /of-the-team/);
        assertNothingWrong(tess);
      });

    for (const path of [
      "/machines/web-m00000",
      "/deployments/dpl_0000000002",
      "/windows/nightly",
      "/runbooks/book-00000",
      "/jobs/job_00000",
      "/schedules/night-00000",
      "/webhooks/hook-00000",
    ])
      it(`is told of ${path} that there is no such thing`, async () => {
        await tess.go(path);
        assert.match(await tess.page.locator("main").innerText(), /NOT_FOUND|there is no/i);
        assertNothingWrong(tess);
      });
  });
});

import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, visitor } from "./visitor.ts";

describe("dashboard: on a phone and on a small screen", function () {
  this.timeout(60_000);
  let browser: Browser;
  let engine: DashboardEngine;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine();
  });
  after(() => engine?.stop());

  for (const width of [390, 1_024])
    it(`tells whether it is live and who one is, and lets one choose the theme and sign out, at ${width}`, async () => {
      await using ada = await visitor(browser, engine, { viewport: { width, height: 800 }, expected: /401/ });
      const { page } = ada;
      await ada.go("/settings");
      const yours = page.getByRole("button", { name: "admin: theme, sign out" });
      const box = await yours.boundingBox();
      assert.ok(box && box.x + box.width <= width && box.y + box.height <= 800, "it is in sight, also on the last page of the row");
      await yours.click();
      await page.locator("#yours").getByText("Live", { exact: true }).waitFor();
      await page.getByRole("button", { name: /^Theme: / }).click();
      await page.getByRole("button", { name: "Theme: light" }).waitFor();
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      assertNothingWrong(ada);
    });

  it("goes on at a page's begin for whoever follows a link by keyboard", async () => {
    await using ada = await visitor(browser, engine, { expected: /404/ });
    const { page } = ada;
    await ada.go("/runbooks/none");
    const link = page.locator("main").getByRole("link", { name: "Runbooks" });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Runbooks", level: 1 }).waitFor();
    assert.equal(await page.evaluate("document.activeElement.id"), "main");
    assertNothingWrong(ada);
  });
});

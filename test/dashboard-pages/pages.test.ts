import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { browserOrSkip } from "../dashboard/browser.ts";
import { type DashboardEngine, dashboardEngine } from "../dashboard/dashboard-engine.ts";
import { LISTS, THINGS } from "../dashboard/places.ts";
import { assertNothingWrong, type Visitor, visitor } from "../dashboard/visitor.ts";
import { eventually } from "../support/eventually.ts";

const WIDTHS = [1_440, 1_024, 390] as const;
/** More than a screen has room for, and than a list asks for at once. */
const MANY = 300;
/** Of 600 rows, as two scripts make 300 each, about as many as are in view are in the page. */
const MOST_DRAWN = 80;

describe("dashboard: pages", function () {
  this.timeout(120_000);
  let browser: Browser;
  before(async function () {
    browser = await browserOrSkip(this);
  });

  for (const { rows, name } of [
    { rows: 0, name: "nothing" },
    { rows: 1, name: "one of each kind" },
    { rows: MANY, name: `${MANY} of each kind` },
  ])
    describe(`with ${name}`, () => {
      let engine: DashboardEngine;
      let ada: Visitor;
      before(async () => {
        engine = await dashboardEngine({ rows });
        ada = await visitor(browser, engine);
      });
      after(async () => {
        await ada?.[Symbol.asyncDispose]();
        await engine?.stop();
      });

      for (const { path, heading } of LISTS)
        it(`show ${path}, in any width`, async () => {
          await ada.go(path);
          assert.equal(await ada.page.locator("main h1").innerText(), heading);
          assert.match(await ada.page.title(), / · Runwright$/);
          await assertNoOverflow(ada.page);
          assertNothingWrong(ada);
        });

      if (rows > 0)
        for (const path of THINGS)
          it(`show ${path}, in any width`, async () => {
            await ada.go(path);
            assert.equal(await ada.page.getByRole("alert").count(), 0, await ada.page.locator("main").innerText());
            await assertNoOverflow(ada.page);
            assertNothingWrong(ada);
          });

      if (rows === 0)
        for (const path of ["/machines", "/updates", "/deployments", "/runbooks", "/jobs", "/schedules", "/webhooks", "/assets"])
          it(`say what to do next on ${path}`, async () => {
            await ada.go(path);
            await ada.page.locator(".empty").first().waitFor();
          });

      if (rows === MANY)
        for (const path of ["/machines", "/deployments", "/jobs", "/assets"])
          it(`draw of ${path} only the rows in view, and tell how many there are`, async () => {
            await ada.go(path);
            const table = ada.page.getByRole("table").first();
            await table.locator("[data-row]").first().waitFor();
            assert.ok((await table.locator("[data-row]").count()) <= MOST_DRAWN);
            await eventually("the list's last row", async () => {
              await table.locator(".scroll").evaluate((element) => {
                element.scrollTop = element.scrollHeight;
              });
              return (await table.locator(`[data-row="${2 * MANY - 1}"]`).count()) > 0;
            });
            assert.ok((await table.locator("[data-row]").count()) <= MOST_DRAWN);
          });
    });
});

/** Whatever doesn't fit is cut or scrolls in its own place: the page itself never moves sideways. */
async function assertNoOverflow(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    // Columns that have no room leave when the browser tells of the new width.
    const fits = () => page.evaluate<boolean>("document.documentElement.scrollWidth <= document.documentElement.clientWidth");
    await eventually("the page's width", fits, 3_000).catch(async () => assert.fail(`${page.url()} is too wide at ${width}: ${await tooWide(page)}`));
  }
  if (before) await page.setViewportSize(before);
}

/** What sticks out, the innermost first. */
const tooWide = (page: Page): Promise<string> =>
  page.evaluate<string>(`[...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .reverse().slice(0, 4).map((one) => one.tagName + "." + one.className + " " + one.textContent.slice(0, 40)).join("; ")`);

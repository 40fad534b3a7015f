import assert from "node:assert/strict";
import { setTimeout as passed } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { type Visitor, visitor } from "./visitor.ts";

/** Cumulative layout shift: 0.1 is what web.dev calls good. */
const MOST = 0.05;
/** Of several sheets, or with a list below something else. */
const PAGES = [
  ...["/", "/machines", "/deployments", "/reports", "/jobs", "/machines/web-m00000", "/updates/update/package-00000"],
  ...["/deployments/dpl_0000000000", "/settings?tab=engine"],
];
const WIDTHS = [1_440, 390] as const;

interface Shift {
  value: number;
  what: string;
}

/** What has moved on the page since it began, as the browser counts it. */
const WATCH = `window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    window.shifts.push({ value, what: sources.map(({ node, previousRect, currentRect }) => (node?.className || node?.nodeName) + " " + previousRect.top + " > " + currentRect.top).join(", ") });
}).observe({ type: "layout-shift", buffered: true });`;

describe("dashboard: nothing jumps when data arrives", function () {
  this.timeout(120_000);
  let browser: Browser;
  let engine: DashboardEngine;
  let ada: Visitor;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine({ rows: 40 });
    ada = await visitor(browser, engine);
    await ada.page.addInitScript(WATCH);
    // Each answer at another time, as from a busy engine; which one is when is always the same.
    await ada.page.route("**/api/v1/**", async (route) => {
      await passed(20 + ((route.request().url().length * 37) % 280));
      await route.continue().catch(() => {}); // the page has gone on
    });
  });
  after(async () => {
    await ada?.[Symbol.asyncDispose]();
    await engine?.stop();
  });

  for (const path of PAGES)
    it(`on ${path}, in any width`, async () => {
      for (const width of WIDTHS) {
        await ada.page.setViewportSize({ width, height: 900 });
        await ada.go(path);
        const shifts = await ada.page.evaluate<Shift[]>("window.shifts");
        const sum = shifts.reduce((all, { value }) => all + value, 0);
        assert.ok(sum <= MOST, `${width}: ${sum.toFixed(3)} ${JSON.stringify(shifts)}`);
      }
    });
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { LISTS, THINGS } from "./places.ts";
import { type Visitor, visitor } from "./visitor.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const GRAVE = ["serious", "critical"];

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

describe("dashboard: nothing serious or critical that axe finds", function () {
  this.timeout(120_000);
  let engine: DashboardEngine;
  let ada: Visitor;
  let axe: string;
  let browser: Browser;
  before(async function () {
    browser = await browserOrSkip(this);
    axe = await readFile(AXE, "utf8");
    engine = await dashboardEngine({ rows: 4 });
    // The page's own policy lets nobody run what axe is put in as.
    ada = await visitor(browser, engine, { bypassCSP: true });
  });
  after(async () => {
    await ada?.[Symbol.asyncDispose]();
    await engine?.stop();
  });

  for (const path of [...LISTS.map((list) => list.path), ...THINGS])
    it(`on ${path}, in light and dark`, async () => {
      await ada.go(path);
      for (const colorScheme of ["light", "dark"] as const) {
        await ada.page.emulateMedia({ colorScheme });
        assert.deepEqual(await findings(ada.page, axe), [], colorScheme);
      }
    });

  it("on the page for signing in, and in a dialog", async () => {
    await using grace = await visitor(browser, engine, { as: "nobody", bypassCSP: true });
    await grace.page.goto(engine.url);
    await grace.page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(await findings(grace.page, axe), []);
    await ada.go("/windows/nightly");
    await ada.page.getByRole("button", { name: "Open now…" }).click();
    await ada.page.getByRole("dialog").waitFor();
    assert.deepEqual(await findings(ada.page, axe), []);
  });

  it("on an empty engine's first page", async () => {
    const empty = await dashboardEngine();
    try {
      await using grace = await visitor(browser, empty, { bypassCSP: true });
      await grace.go("/");
      assert.deepEqual(await findings(grace.page, axe), []);
    } finally {
      await empty.stop();
    }
  });
});

async function findings(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe);
  const violations: Finding[] = await page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)");
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.replaceAll(/\s+/g, " ")}`));
}

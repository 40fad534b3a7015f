import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { browserOrSkip } from "../dashboard/browser.ts";
import { type DashboardEngine, dashboardEngine } from "../dashboard/dashboard-engine.ts";
import { BACKWARDS, CONTROLS, LONG, MARKUP, writeHostile } from "../dashboard/hostile-rows.ts";
import { LISTS } from "../dashboard/places.ts";
import { assertNothingWrong, type Visitor, visitor } from "../dashboard/visitor.ts";
import { eventually } from "../support/eventually.ts";

const inPath = encodeURIComponent;
const MACHINE_TABS = ["", "updates", "timeline", "commands", "packages", "metrics"];
const JOB_TABS = ["", "calls", "outputs", "parameters", "moves"];

describe("dashboard: what machines, runbooks and strangers write is shown as text", function () {
  this.timeout(120_000);
  let browser: Browser;
  before(async function () {
    browser = await browserOrSkip(this);
  });

  for (const [title, text] of [
    ["markup and scripts", MARKUP],
    ["letters that run backwards", BACKWARDS],
    ["what terminals obey", CONTROLS],
    ["10,000 letters", LONG],
  ] as const)
    describe(title, () => {
      let engine: DashboardEngine;
      let ada: Visitor;
      before(async () => {
        engine = await dashboardEngine({ prepare: (directory) => writeHostile(directory, text, 0) });
        // Of a name of 10,000 letters there is no address.
        ada = await visitor(browser, engine, text === LONG ? { expected: /status of 4\d\d/ } : { expected: /status of 400 .*deployments\?window=/ });
      });
      after(async () => {
        await ada?.[Symbol.asyncDispose]();
        await engine?.stop();
      });

      const things = [
        ...MACHINE_TABS.map((tab) => `/machines/${inPath(text)}${tab && `?tab=${tab}`}`),
        ...JOB_TABS.map((tab) => `/jobs/job_h0${tab && `?tab=${tab}`}`),
        `/updates/update/${inPath(text.slice(0, 200))}`,
        `/deployments/dpl_h0?machine=${inPath(text)}`,
        ...["/windows/window-0", "/runbooks/hostile-0", "/runbooks/hostile-0?tab=source", "/runbooks/hostile-0?tab=run", "/runbooks/hostile-0?tab=permissions"],
        ...["/schedules/schedule-0", "/webhooks/webhook-0", "/deployments?view=week", "/deployments?view=list"],
      ].filter((path) => path.length < 5_000);
      for (const path of [...LISTS.map((list) => list.path), ...things])
        it(`on ${path.slice(0, 60)}`, async () => {
          await ada.go(path);
          assert.deepEqual(
            await ada.page.evaluate("[window.hit ?? null, document.querySelectorAll('main img, main iframe, main script, main object, main embed').length]"),
            [null, 0],
          );
          const foreign = await ada.page
            .locator("a[href]")
            .evaluateAll((links) => links.map((link) => String(Object(link).protocol)).filter((protocol) => !/^https?:$/.test(protocol)));
          assert.deepEqual(foreign, []);
          for (const width of [1_440, 390]) {
            await ada.page.setViewportSize({ width, height: 900 });
            await eventually(
              `its width at ${width}`,
              () => ada.page.evaluate<boolean>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
              5_000,
            );
          }
          assertNothingWrong(ada);
        });
    });
});

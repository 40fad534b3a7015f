import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { ComplianceReport } from "../../engine/core/compliance/report.ts";
import { createReportSum, reportedSet } from "../../engine/core/compliance/sum.ts";
import { reportPage } from "../../engine/http/reports/page.ts";
import { browserOrSkip } from "./browser.ts";

const NOW = Date.UTC(2026, 2, 31, 12);
const DAY = 86_400_000;
const HOSTILE = `"><script>alert(1)</script>${"x".repeat(120)}`;

/** A report on machines and updates whose names nobody would wish for. */
function reportOf(name: string): ComplianceReport {
  const sum = createReportSum(NOW);
  const update = { name, classification: "security", severity: "critical", phased: false, firstSeenAt: NOW - 40 * DAY, dueAt: NOW - DAY } as const;
  for (const scope of ["/prod/web", `/${"long".repeat(20)}`])
    sum.add({ name: `${name}${scope}`, scope, compliance: "noncompliant", rebootPending: false, assessedAt: NOW }, reportedSet([update]));
  const day = "2026-03-31";
  return {
    ...{ at: new Date(NOW).toISOString(), selector: name, scopes: ["/"], days: 1, ...sum.done() },
    installs: { byStatus: { Failed: 1 }, successShare: 0, machines: 1, byDay: [{ day, succeeded: 0, failed: 1, other: 0 }], failures: [{ name, count: 1 }] },
    trend: [{ day, byCompliance: { compliant: 0, noncompliant: 2, notassessed: 0, stale: 0 }, missing: 2, security: 2, overdue: 2 }],
  };
}

describe("the page of a report", function () {
  this.timeout(60_000);
  let browser: Browser;
  before(async function () {
    browser = await browserOrSkip(this);
  });

  for (const width of [1_280, 390, 320])
    it(`never moves sideways as a whole, and keeps names readable, at a width of ${width}`, async () => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.setContent(reportPage(reportOf(HOSTILE)));
      assert.equal(await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"), 0);
      assert.equal(await page.evaluate<number>("document.scripts.length"), 0);
      assert.deepEqual(asked, []);
      const [row] = await page.locator(".scopes th[scope=row]", { hasText: "/prod/web" }).all();
      const box = await row?.boundingBox();
      assert.ok(box && box.height < 50, `the name of a scope is a line, not a column of letters: ${box?.height} px high`);
      await page.close();
    });
});

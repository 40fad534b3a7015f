import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Approval } from "../../engine/protocol/http/approvals.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Page as PageOf } from "../../engine/protocol/http/shapes.ts";
import { eventually } from "../support/eventually.ts";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, type Visitor, visitor } from "./visitor.ts";

const ASKS = `import { runbook } from "runwright";
export default runbook({
  summary: "Ask",
  async run({ approval }) {
    await approval({ message: "Shall it go on?" });
  },
});
`;

/** Jobs that were there before stand below those that a test makes. */
const JOBS = "/jobs?status=queued,running,waiting,stopped";

describe("dashboard: in a long list the reader keeps their place", function () {
  this.timeout(90_000);
  let browser: Browser;
  let engine: DashboardEngine;
  let ada: Visitor;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine({ rows: 150 });
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
  const table = () => ada.page.locator(".table .scroll").first();
  const path = () => ada.page.evaluate<string>("location.pathname");
  const focused = () => ada.page.evaluate<string | null>("document.activeElement.querySelector(':scope[data-row] a')?.pathname ?? null");
  const scrolledTo = () => table().evaluate((element) => element.scrollTop);
  async function scrollTo(top: number) {
    await table().evaluate((element, to) => {
      element.scrollTop = to;
    }, top);
    await ada.page.locator(`[data-row="${Math.ceil(top / 32)}"]`).waitFor();
  }
  const corner = async () => {
    const box = await table().boundingBox();
    assert.ok(box);
    return box;
  };
  /** Where the row leads that stands under a point which doesn't move. */
  const underPointer = async () => {
    const { x, y } = await corner();
    return ada.page.evaluate<string>(`document.elementFromPoint(${x + 300}, ${y + 100}).closest("[data-row]").querySelector("a").pathname`);
  };
  const newOnes = (count: number) => ada.page.getByRole("button", { name: `${count} new`, exact: true }).waitFor();
  /** Answers what a job asks: it goes on, and ends. */
  async function answer(job: string): Promise<void> {
    const { id } = await eventually("its question", async () => {
      const { items } = await engine.client.request<PageOf<Approval>>("GET", "/api/v1/approvals", { query: { open: true, limit: 200 } });
      return items.find((one) => one.job === job);
    });
    await engine.client.request("POST", `/api/v1/approvals/${id}/approve`, { body: {} });
  }

  it("and is told of approvals beyond those that are counted", async () => {
    await ada.go("/assets");
    await ada.page.getByTitle("100+ approvals wait").waitFor();
  });

  it("Enter opens the row that has the focus, whatever comes meanwhile", async () => {
    await run();
    await ada.go(JOBS);
    await ada.page.locator('[data-row="0"]').focus();
    const before = await focused();
    await run();
    await newOnes(1);
    assert.equal(await focused(), before);
    await ada.page.keyboard.press("Enter");
    await eventually("the job's page", async () => (await path()) === before);
  });

  it("Enter opens the row that has the focus, whatever goes above it", async () => {
    const { id: below } = await run();
    const { id: above } = await run();
    await ada.go("/jobs?status=waiting,queued,running&runbook=asks");
    await ada.page.locator("[data-row]", { has: ada.page.locator(`a[href$="${below}"]`) }).focus();
    await answer(above);
    await ada.page.locator(`[data-row] a[href$="${above}"]`).waitFor({ state: "detached" });
    assert.equal(await focused(), `/jobs/${below}`);
    await ada.page.keyboard.press("Enter");
    await eventually("the job's page", async () => (await path()) === `/jobs/${below}`);
  });

  for (const top of [40, 400, 3_000])
    it(`nothing moves under the pointer at ${top} pixels; what is new waits`, async () => {
      await ada.go(JOBS);
      await scrollTo(top);
      const before = await underPointer();
      await run();
      await newOnes(1);
      assert.deepEqual([await underPointer(), await scrolledTo()], [before, top]);
      await ada.page.getByRole("button", { name: "1 new" }).click();
      await eventually("the top", async () => (await scrolledTo()) === 0);
      assert.equal(await ada.page.locator(".waiting").count(), 0);
    });

  it("nothing moves while the pointer is pressed at the top, and what is new comes in when it isn't", async () => {
    await ada.go(JOBS);
    const before = await underPointer();
    const { x, y } = await corner();
    await ada.page.mouse.move(x + 300, y + 100);
    await ada.page.mouse.down();
    await run();
    await newOnes(1);
    assert.equal(await underPointer(), before);
    await ada.page.mouse.move(x + 300, y - 60);
    await ada.page.mouse.up();
    await ada.page.evaluate("document.activeElement.blur()");
    await run();
    await ada.page.locator(".waiting").waitFor({ state: "detached" });
    assert.notEqual(await underPointer(), before);
  });

  it("rows in view stay where they are when one above them goes", async () => {
    const { id } = await run();
    await ada.go(JOBS);
    await ada.page.locator(`[data-row] a[href$="${id}"]`).waitFor();
    await scrollTo(1_600);
    const before = await underPointer();
    await answer(id);
    await eventually("the row above to go", async () => (await scrolledTo()) === 1_600 - 32);
    assert.equal(await underPointer(), before);
  });

  it("a list that was scrolled is entered by keyboard where it is", async () => {
    await ada.go(JOBS);
    await scrollTo(2_000);
    const tabbable = ada.page.locator('[data-row][tabindex="0"]');
    assert.equal(await tabbable.getAttribute("data-row"), "62");
    await tabbable.focus();
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.locator('[data-row="63"]:focus').waitFor();
  });

  it("keeps the focus when the row that has it is scrolled away, and goes on where one looks", async () => {
    await ada.go(JOBS);
    await ada.page.locator('[data-row="3"]').focus();
    await scrollTo(2_000);
    await ada.page.locator('[data-row="3"]').waitFor({ state: "detached" });
    assert.equal(await ada.page.evaluate("document.activeElement.closest('.scroll') !== null"), true);
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.locator('[data-row="63"]:focus').waitFor();
  });

  it("the way back leads to where one was, each time; another way there begins at the top", async () => {
    await ada.go(JOBS);
    await scrollTo(4_000);
    await eventually("more than the first page", async () => (await scrolledTo()) === 4_000);
    const before = await underPointer();
    for (const way of ["link", "row"]) {
      const row = ada.page.locator("[data-row]", { has: ada.page.locator(`a[href="${before}"]`) });
      if (way === "link") await row.locator("a").first().click();
      else await row.press("Enter");
      await eventually("the job's page", async () => (await path()) === before);
      await ada.page.goBack();
      await eventually("the place", async () => (await ada.page.locator("[data-row]").count()) > 0 && (await scrolledTo()) === 4_000);
      assert.equal(await underPointer(), before);
    }
    await ada.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Machines" }).click();
    await ada.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Jobs" }).click();
    await ada.page.locator('[data-row="0"]').waitFor();
    assert.equal(await scrolledTo(), 0);
  });
});

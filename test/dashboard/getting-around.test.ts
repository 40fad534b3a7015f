import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, type Visitor, visitor } from "./visitor.ts";

/** Of each kind; of jobs twice as many: those that ask are there, too. */
const ROWS = 30;

describe("dashboard: getting around", function () {
  this.timeout(60_000);
  let browser: Browser;
  let engine: DashboardEngine;
  let ada: Visitor;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine({ rows: ROWS });
  });
  after(() => engine?.stop());
  beforeEach(async () => {
    ada = await visitor(browser, engine);
  });
  afterEach(async () => {
    assertNothingWrong(ada);
    await ada[Symbol.asyncDispose]();
  });

  const address = () => ada.page.evaluate<string>("location.pathname + location.search");

  it("goes from page to page without loading anew, and back and forth as a browser does", async () => {
    await ada.go("/");
    await ada.page.evaluate("window.same = true");
    const pages = ada.page.getByRole("navigation", { name: "Pages" });
    await pages.getByRole("link", { name: "Deployments" }).click();
    await ada.page.getByLabel("status", { exact: true }).selectOption("failed");
    await ada.page.getByRole("table").locator("[data-row]").first().waitFor();
    assert.equal(await address(), "/deployments?status=failed");
    await ada.page.getByRole("table").locator("[data-row] a").first().click();
    await ada.page.getByRole("heading", { level: 1, name: "nightly" }).waitFor();
    await ada.page.goBack();
    await ada.page.getByRole("heading", { level: 1, name: "Deployments" }).waitFor();
    assert.equal(await address(), "/deployments?status=failed", "what narrowed the list is there again");
    assert.equal(await ada.page.getByLabel("status", { exact: true }).inputValue(), "failed");
    await ada.page.goForward();
    await ada.page.getByRole("heading", { level: 1, name: "nightly" }).waitFor();
    await ada.page.goBack();
    await ada.page.goBack();
    await ada.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    assert.equal(await ada.page.evaluate("window.same"), true);
  });

  it("opens any page by its address alone, and says when there is none, or no such thing", async () => {
    await ada.go("/deployments/dpl_0000000029?machine=web-00012.example.net");
    await ada.page.getByRole("complementary", { name: /web-00012/ }).waitFor();
    await ada.go("/deployments/not%20at%20all");
    assert.match(await ada.page.getByRole("alert").first().innerText(), /NOT_FOUND/);
    await ada.go("/machines/web-00000/there/is/no/such/page");
    await ada.page.getByText("There is no such page.").waitFor();
    ada.wrongs.splice(0, ada.wrongs.length, ...ada.wrongs.filter((wrong) => !/status of 40[04]/.test(wrong)));
  });

  it("is walked through by keyboard: to the page, down a list, into a row, and out again", async () => {
    await ada.go("/jobs");
    await ada.page.locator("[data-row]").first().waitFor();
    await ada.page.keyboard.press("Tab");
    await ada.page.getByRole("link", { name: "To the page" }).press("Enter");
    assert.equal(await ada.page.evaluate("document.activeElement.id"), "main");
    await ada.page.locator('[data-row="0"]').focus();
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.keyboard.press("End");
    await ada.page.locator(`[data-row="${2 * ROWS - 1}"]:focus`).waitFor();
    await ada.page.keyboard.press("Home");
    await ada.page.locator('[data-row="0"]:focus').waitFor();
    await ada.page.keyboard.press("Enter");
    await ada.page.waitForURL(/\/jobs\/job_/);
  });

  it("asks before something can't be taken back, and Escape takes the question back", async () => {
    await ada.go("/windows/nightly");
    const open = ada.page.getByRole("button", { name: "Open now…" });
    await open.click();
    const dialog = ada.page.getByRole("dialog", { name: "Open this window now" });
    await dialog.waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Open now" }).isDisabled(), true, "a reason is needed");
    await ada.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  it("moves through the calendar with arrow keys, turns it, and keeps both in the address", async () => {
    await ada.go("/deployments?view=week");
    await ada.page.locator("[data-mark]").first().focus();
    await ada.page.keyboard.press("ArrowRight");
    assert.equal(await ada.page.evaluate("document.activeElement.dataset.mark"), "0.1");
    await ada.page.getByRole("button", { name: "Later" }).click();
    assert.match(await address(), /^\/deployments\?view=week&day=\d{4}-\d\d-\d\d$/);
    await ada.page.getByRole("button", { name: "List" }).click();
    assert.match(await address(), /view=list/);
    await ada.page.locator(".day-list h3").first().waitFor();
  });

  it("prints all rows of a list, and neither the rail nor what can be done", async () => {
    await ada.go("/machines");
    await ada.page.locator("[data-row]").first().waitFor();
    await ada.page.emulateMedia({ media: "print" });
    await ada.page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await ada.page.locator('[data-row="59"]').waitFor();
    assert.equal(await ada.page.getByRole("navigation", { name: "Pages" }).isVisible(), false);
    assert.equal(await ada.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), true);
    const hidden = await ada.page.locator(".scroll").evaluate((element) => element.scrollHeight - element.clientHeight);
    assert.equal(hidden, 0, "no row is cut off");
    await ada.page.emulateMedia({ media: null });
    await ada.page.evaluate("dispatchEvent(new Event('afterprint'))");
  });
});

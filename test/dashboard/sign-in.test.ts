import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { assertNothingWrong, visitor } from "./visitor.ts";

/** Whoever isn't signed in asks who they are, and is told: browsers write that to the console by themselves. */
const UNKNOWN = /status of 401|WebSocket connection/;

describe("dashboard: signing in", function () {
  this.timeout(60_000);
  let browser: Browser;
  let engine: DashboardEngine;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine();
  });
  after(() => engine?.stop());

  it("by a link that the command prints, whose code stays neither in the address nor in the history", async () => {
    await using ada = await visitor(browser, engine, { as: "nobody" });
    const link = await engine.link();
    await ada.page.goto(link);
    await ada.page.getByRole("navigation", { name: "Pages" }).waitFor();
    assert.equal(await ada.page.evaluate("location.href"), `${engine.url}/`);
    assert.match(await ada.page.title(), /Overview/);
    const [cookie] = await ada.context.cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, "Strict"]);
    assert.equal(await ada.page.evaluate("document.cookie"), "");
    assertNothingWrong(ada);
  });

  it("not by a link that was used, which says why and what to do", async () => {
    const link = await engine.link();
    await using first = await visitor(browser, engine, { as: "nobody" });
    await first.page.goto(link);
    await first.page.getByRole("navigation", { name: "Pages" }).waitFor();
    await using second = await visitor(browser, engine, { as: "nobody", expected: /status of 40[01]/ });
    await second.page.goto(link);
    await second.page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.match(await second.page.getByRole("alert").innerText(), /LOGIN_EXPIRED/);
    await second.page.getByText("npx --no-install runwright login --browser", { exact: true }).waitFor();
    assertNothingWrong(second);
    // Whoever is signed in already stays so, whatever link they follow.
    await first.page.goto("about:blank");
    await first.page.goto(link);
    await first.page.getByRole("navigation", { name: "Pages" }).waitFor();
  });

  it("with a token, which isn't kept, and not with a wrong one", async () => {
    await using ada = await visitor(browser, engine, { as: "nobody", expected: UNKNOWN });
    await ada.page.goto(`${engine.url}/jobs`);
    const field = ada.page.getByLabel("API token");
    await field.fill("rwt_nonsense");
    await ada.page.getByRole("button", { name: "Sign in" }).click();
    assert.match(await ada.page.getByRole("alert").innerText(), /TOKEN_MALFORMED/);
    await field.fill(engine.token);
    await field.press("Enter");
    await ada.page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
    assert.equal(await ada.page.evaluate("JSON.stringify([localStorage, sessionStorage]).includes('rwt_')"), false);
    assertNothingWrong(ada);
  });

  it("again when the session was revoked in the middle, and then shows the same page", async () => {
    const { token } = await engine.person("grace", [{ role: "operator", scope: "/" }]);
    await using grace = await visitor(browser, engine, { as: token, expected: UNKNOWN });
    await grace.go("/jobs?status=failed");
    const { items } = await engine.client.request<{ items: { id: string; principal: string; sessionOf: string | null; revokedAt: string | null }[] }>(
      "GET",
      "/api/v1/tokens",
      { query: { limit: 500 } },
    );
    const session = items.find((one) => one.principal === "grace" && one.sessionOf !== null && one.revokedAt === null);
    assert.ok(session);
    await engine.client.request("DELETE", `/api/v1/tokens/${session.id}`);
    await grace.page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await grace.page.getByRole("table").count(), 0, "nothing of what was read stays");
    await grace.page.getByLabel("API token").fill(token);
    await grace.page.getByRole("button", { name: "Sign in" }).click();
    await grace.page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
    assert.equal(new URL(grace.page.url()).search, "?status=failed");
    assertNothingWrong(grace);
  });

  it("ends in all tabs when somebody signs out in one", async () => {
    await using ada = await visitor(browser, engine, { expected: UNKNOWN });
    const other = await ada.tab("/machines");
    await ada.page.getByRole("button", { name: "Sign out", exact: true }).click();
    await ada.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await other.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(await ada.context.cookies(), []);
    assertNothingWrong(ada);
  });

  it("by a link instead of as somebody else only after a question, and then in all tabs", async () => {
    const { token } = await engine.person("lena", [{ role: "reader", scope: "/" }]);
    await using ada = await visitor(browser, engine, { expected: UNKNOWN });
    const other = await ada.tab("/machines");
    const rail = (page: typeof other) => page.getByRole("navigation", { name: "Pages" });
    const dialog = ada.page.getByRole("dialog", { name: "Sign in with this link instead?" });
    const link = await engine.link(token);
    const open = async () => {
      await ada.page.goto("about:blank");
      await ada.page.goto(link);
      await dialog.getByText("signed in as admin").waitFor();
    };
    await open();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await rail(ada.page).getByRole("link", { name: "Activity" }).waitFor();
    await open();
    await dialog.getByRole("button", { name: "Sign in with the link" }).click();
    for (const page of [ada.page, other]) {
      await page.getByText("lena", { exact: true }).first().waitFor();
      assert.equal(await rail(page).getByRole("link", { name: "Activity" }).count(), 0);
    }
    assertNothingWrong(ada);
  });

  it("in tabs that showed somebody else, when a new tab begins with a link", async () => {
    const { token } = await engine.person("milo", [{ role: "reader", scope: "/" }]);
    await using ada = await visitor(browser, engine, { expected: UNKNOWN });
    const { page } = ada;
    await ada.go("/machines");
    await ada.context.clearCookies();
    const other = await ada.context.newPage();
    await other.goto(await engine.link(token));
    await page.getByText("milo", { exact: true }).first().waitFor();
    assertNothingWrong(ada);
  });

  it("doesn't end when the engine couldn't end it, and says so", async () => {
    await using ada = await visitor(browser, engine, { expected: /status of (429|401)/ });
    const { page } = ada;
    await ada.go("/machines");
    const refusal = { code: "RATE_LIMITED", status: 429, title: "Too many requests", detail: "try again in 2 s" };
    await page.route("**/api/v1/session", (route) => route.fulfill({ status: 429, json: refusal }));
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "You are still signed in" });
    assert.match(await dialog.getByRole("alert").innerText(), /try again in 2 s/);
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("heading", { name: "Machines", exact: true }).waitFor();
    await page.unroute("**/api/v1/session");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assertNothingWrong(ada);
  });

  it("sends each page and file with a policy under which nothing foreign runs", async () => {
    for (const path of ["/", "/machines", "/jobs/some%20job?x=<script>"]) {
      const { headers } = await fetch(engine.url + path);
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self'(;|$)/);
      assert.match(policy, /style-src 'self'(;|$)/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
    }
    await using ada = await visitor(browser, engine, { expected: /Content Security Policy|Refused/ });
    await ada.page.evaluate("const one = document.createElement('script'); one.textContent = 'window.ran = true'; document.body.append(one)");
    assert.equal(await ada.page.evaluate("window.ran"), undefined);
  });
});

import assert from "node:assert/strict";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { DashboardEngine } from "./dashboard-engine.ts";

const WAIT_MS = 20_000;

/** Somebody in front of the dashboard, in a browser profile of their own. */
export interface Visitor extends AsyncDisposable {
  context: BrowserContext;
  page: Page;
  /** What a page must never do: write errors to the console (which tell of breaches of its policy, too), throw, ask for something elsewhere, open a dialog of the browser. */
  readonly wrongs: string[];
  /** Opens a page by its address, and waits until it shows what it reads. */
  go(path: string): Promise<void>;
  /** Waits until the page that is shown has read what it shows. */
  settled(page?: Page): Promise<void>;
  /** Another tab of the same browser. */
  tab(path: string): Promise<Page>;
}

export interface VisitorOptions extends BrowserContextOptions {
  /** Without it: the administrator. `nobody` isn't signed in. */
  as?: string | "nobody";
  /** Where the engine is reached, when something stands in front of it. */
  url?: string;
  /** Answers that are no wrong here, such as 404. */
  expected?: RegExp;
}

export async function visitor(
  browser: Browser,
  engine: DashboardEngine,
  { as, url = engine.url, expected, ...options }: VisitorOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: 1_440, height: 900 },
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  const wrongs: string[] = [];
  const note = (text: string) => {
    if (!expected?.test(text)) wrongs.push(text);
  };
  context.on("page", (page) => {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) note(`console: ${message.text()} ${message.location().url}`);
    });
    page.on("pageerror", (error) => note(`thrown: ${error.message}`));
    page.on("dialog", (dialog) => {
      note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) note(`asked elsewhere: ${request.url()}`);
    });
  });
  const page = await context.newPage();
  const settled = async (shown = page) => {
    await shown.locator("main h1").first().waitFor();
    await shown.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
  };
  if (as !== "nobody") {
    const link = new URL(await engine.link(as));
    await page.goto(`${url}/${link.hash}`);
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
  }
  return {
    ...{ context, page, wrongs, settled },
    async go(path) {
      await page.goto(url + path);
      await settled();
    },
    async tab(path) {
      const other = await context.newPage();
      await other.goto(url + path);
      await settled(other);
      return other;
    },
    async [Symbol.asyncDispose]() {
      await context.close();
    },
  };
}

/** Nothing has gone wrong behind the page since it was last asked. */
export function assertNothingWrong({ wrongs }: Pick<Visitor, "wrongs">): void {
  assert.deepEqual(wrongs.splice(0), []);
}

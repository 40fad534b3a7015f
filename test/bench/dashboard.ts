// `npm run bench:dashboard [-- --short]`: what the dashboard costs in a real headless Chromium, beside floors of the same run: a page that draws nothing.
import { type Browser, chromium, type Page } from "playwright-core";
import { setUpChromium } from "../../scripts/vscode/setup.mjs";
import { type DashboardEngine, dashboardEngine } from "../dashboard/dashboard-engine.ts";
import { visitor } from "../dashboard/visitor.ts";
import { percentile } from "./load.ts";

const short = process.argv.includes("--short");
const ROWS = short ? 1_000 : 10_000;
const LOADS = short ? 3 : 10;
const SCROLL_MS = short ? 3_000 : 10_000;
/** Word of changes comes at most once a second: an hour of it. */
const CHANGES = short ? 300 : 3_600;
const CHANGES_A_SECOND = 60;
const FLOOD_SECONDS = short ? 3 : 10;
const FLOODS = short ? [10_000] : [1_000, 10_000, 20_000];
const LATE_FRAME_MS = 50;

const rows: { what: string; figure: string; floor: string }[] = [];
const { executablePath, env } = await setUpChromium();
const browser = await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
const engine = await dashboardEngine({ rows: ROWS });
try {
  await firstLoad(browser, engine);
  await scrolling(browser, engine);
  await anHour(browser, engine);
  for (const perSecond of FLOODS) await flood(browser, engine, perSecond);
} finally {
  await browser.close();
  await engine.stop();
}
console.log(`\n| What (${ROWS.toLocaleString("en")} machines, jobs and updates) | Figure | Floor, same run |\n|---|---|---|`);
for (const { what, figure, floor } of rows) console.log(`| ${what} | ${figure} | ${floor} |`);

/** What is transferred with an empty cache, without charts, which have a file of their own; and how long it takes until the overview shows its first figure. */
async function firstLoad(browser: Browser, engine: DashboardEngine): Promise<void> {
  const times: number[] = [];
  const floors: number[] = [];
  let bytes = 0;
  let chart = 0;
  for (let n = 0; n < LOADS; n++) {
    await using somebody = await visitor(browser, engine);
    const { page } = somebody;
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.clearBrowserCache");
    const names = new Map<string, string>();
    bytes = 0;
    chart = 0;
    session.on("Network.responseReceived", ({ requestId, response }) => names.set(requestId, response.url));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const name = names.get(requestId) ?? "";
      if (name.includes("chart")) chart += encodedDataLength;
      else if (!name.includes("/api/")) bytes += encodedDataLength;
    });
    let begin = performance.now();
    await page.goto(engine.url);
    await page.locator("main .figure .value").first().waitFor();
    times.push(performance.now() - begin);
    await page.locator("main .chart canvas").first().waitFor();
    await page.waitForLoadState("networkidle");
    begin = performance.now();
    await page.goto(`${engine.url}/healthz`);
    floors.push(performance.now() - begin);
  }
  rows.push({
    what: "first load, transferred: page, code, styles, fonts",
    figure: `${kilobytes(bytes)} (charts ${kilobytes(chart)} more, later)`,
    floor: "< 300 kB is the goal",
  });
  rows.push({
    what: "from the address to the first figure of the overview, median",
    figure: ms(percentile(times, 50)),
    floor: `${ms(percentile(floors, 50))} (a bare answer)`,
  });
}

/** Frames that came late while the list of machines is scrolled by a screen's height every few frames. */
async function scrolling(browser: Browser, engine: DashboardEngine): Promise<void> {
  await using somebody = await visitor(browser, engine);
  const { page } = somebody;
  await somebody.go("/settings");
  const floor = await frames(page, undefined, SCROLL_MS);
  await somebody.go("/machines");
  const seen = await frames(page, ".table .scroll", SCROLL_MS);
  rows.push({
    what: `frames over ${LATE_FRAME_MS} ms while the machines are scrolled, 240 px a frame`,
    figure: framesText(seen),
    floor: `${framesText(floor)} (nothing moves)`,
  });
}

function frames(page: Page, selector: string | undefined, duration: number): Promise<number[]> {
  return page.evaluate(
    ({ selector, duration }) =>
      new Promise<number[]>((resolve) => {
        const { document, requestAnimationFrame } = globalThis as any; // of the page
        const element = selector === undefined ? undefined : document.querySelector(selector);
        const times: number[] = [];
        const begin = performance.now();
        let before = begin;
        const step = (now: number): void => {
          times.push(now - before);
          before = now;
          if (element) {
            element.scrollTop += 240;
            if (element.scrollTop + element.clientHeight >= element.scrollHeight - 1) element.scrollTop = 0;
          }
          if (now - begin < duration) requestAnimationFrame(step);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(step);
      }),
    { selector, duration },
  );
}

/** Memory before and after so much word of changes, on the page that reads most. */
async function anHour(browser: Browser, engine: DashboardEngine): Promise<void> {
  await using somebody = await visitor(browser, engine);
  const { page } = somebody;
  const said = await speaking(page);
  await somebody.go("/");
  await page.waitForLoadState("networkidle");
  const before = await heap(page);
  for (let n = 0; n < CHANGES; n++) {
    said(JSON.stringify({ type: "changed", of: ["jobs", "machines", "updates", "deployments", "approvals"] }));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / CHANGES_A_SECOND));
  }
  await page.waitForLoadState("networkidle");
  const after = await heap(page);
  rows.push({
    what: `memory of the overview after ${CHANGES.toLocaleString("en")} words of change, an hour's at their most, told in ${Math.round(CHANGES / CHANGES_A_SECOND)} s`,
    figure: `${megabytes(after)} (${after > before ? "+" : ""}${megabytes(after - before)})`,
    floor: `${megabytes(before)} before`,
  });
}

/** Late frames of a job's page while it is sent so many entries a second, and how long after the last one its line is there. */
async function flood(browser: Browser, engine: DashboardEngine, perSecond: number): Promise<void> {
  await using somebody = await visitor(browser, engine);
  const { page } = somebody;
  const said = await speaking(page);
  const { items } = await engine.client.request<{ items: { id: string }[] }>("GET", "/api/v1/jobs?limit=1");
  const job = items[0]?.id ?? "";
  await somebody.go(`/jobs/${job}?tab=streams`);
  const seen = frames(page, undefined, FLOOD_SECONDS * 1_000);
  let seq = 0;
  const batches = FLOOD_SECONDS * 50;
  const begin = performance.now();
  for (let batch = 1; batch <= batches; batch++) {
    const entries = Array.from({ length: Math.round(perSecond / 50) }, () => ({
      seq: ++seq,
      at: new Date().toISOString(),
      kind: "log",
      level: "info",
      message: `line ${seq}`,
    }));
    said(JSON.stringify({ type: "entries", job, entries }));
    const due = begin + batch * 20;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  const told = performance.now();
  await page.getByText(`line ${seq}`, { exact: true }).first().waitFor();
  const late = performance.now() - told;
  rows.push({
    what: `a job's page that is sent ${perSecond.toLocaleString("en")} entries a second for ${FLOOD_SECONDS} s`,
    figure: `${framesText(await seen)}; the last line after ${ms(late)}`,
    floor: "",
  });
}

/** The events socket of a page, spoken for by this program. @returns what says something to the page */
async function speaking(page: Page): Promise<(text: string) => void> {
  const open = new Set<{ send(text: string): void }>();
  await page.routeWebSocket(/\/api\/v1\/events/, (socket) => {
    open.add(socket);
    socket.onClose(() => void open.delete(socket));
  });
  return (text) => {
    for (const socket of open) socket.send(text);
  };
}

async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  for (let n = 0; n < 3; n++) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

function framesText(times: readonly number[]): string {
  const late = times.filter((time) => time > LATE_FRAME_MS).length;
  return `${late} of ${times.length} (p99 ${ms(percentile(times, 99))}, longest ${ms(Math.max(...times))})`;
}
function ms(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
}
function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(0)} kB`;
}
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

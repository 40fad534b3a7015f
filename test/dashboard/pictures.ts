import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { setUpChromium } from "../../scripts/vscode/setup.mjs";
import { dashboardEngine } from "./dashboard-engine.ts";
import { goldenFile, goldenPictures, nameOfPage, ROWS_OF_GOLDEN } from "./golden-picture.ts";
import { LISTS, THINGS } from "./places.ts";
import { visitor } from "./visitor.ts";

/**
 * `node pictures.ts each FOLDER`: each page of the dashboard in each width, light and dark, as pictures to be looked at; `sheets FOLDER`: two sheets of those of 1,440 pixels,
 * for the docs; `golden`: the small pictures that a test compares with.
 */
const [what, folder = ""] = process.argv.slice(2);
const WIDTHS = what === "each" ? [1_440, 1_024, 390] : [1_440];
/** Of each kind, on pictures for people. */
const ROWS = 40;
const PATHS = [...LISTS.map((list) => list.path), ...THINGS];
const THEMES = ["light", "dark"] as const;
/** Of a sheet: pictures in a row, and their size. */
const [COLUMNS, TILE_WIDTH, TILE_HEIGHT, GAP] = [4, 480, 300, 12];
const QUALITY = 0.6;

/** Runs in the browser, which is who can make WebP. */
const DRAW = `async (urls, { columns, width, height, gap, quality }) => {
  const canvas = document.createElement("canvas");
  canvas.width = columns * (width + gap) + gap;
  canvas.height = Math.ceil(urls.length / columns) * (height + gap) + gap;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#808890";
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const [n, url] of urls.entries()) {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    context.drawImage(image, gap + (n % columns) * (width + gap), gap + Math.floor(n / columns) * (height + gap), width, height);
  }
  return canvas.toDataURL("image/webp", quality);
}`;

const { executablePath, env } = await setUpChromium();
const browser = await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
const engine = await dashboardEngine({ rows: what === "golden" ? ROWS_OF_GOLDEN : ROWS });
try {
  if (what === "golden") await takeGolden();
  else await takeWhole();
} finally {
  await engine.stop();
  await browser.close();
}

/** As the test takes them: by one visitor, in the same order. */
async function takeGolden(): Promise<void> {
  const golden = await goldenPictures(browser);
  await using ada = await visitor(browser, engine);
  for (const path of PATHS) for (const theme of THEMES) await keep(goldenFile(path, theme), await golden.of(ada, path, theme));
}

async function takeWhole(): Promise<void> {
  for (const colorScheme of THEMES) {
    await using ada = await visitor(browser, engine, { colorScheme });
    const taken: Buffer[] = [];
    for (const path of PATHS) {
      await ada.go(path);
      for (const width of WIDTHS) {
        await ada.page.setViewportSize({ width, height: 900 });
        await ada.page.waitForLoadState("networkidle").catch(() => {}); // its events never end
        const picture = await ada.page.screenshot({ animations: "disabled" });
        if (what === "sheets") taken.push(picture);
        else await keep(join(folder, `${nameOfPage(path)}-${width}-${colorScheme}.png`), picture);
      }
    }
    if (what === "sheets") await keep(join(folder, `dashboard-${colorScheme}.webp`), await sheetOf(browser, taken));
  }
}

async function keep(file: string | URL, bytes: Buffer): Promise<void> {
  await mkdir(dirname(file instanceof URL ? fileURLToPath(file) : file), { recursive: true });
  await writeFile(file, bytes);
}

/** The pictures in rows, small, as WebP. */
async function sheetOf(browser: Browser, pictures: readonly Buffer[]): Promise<Buffer> {
  const page: Page = await browser.newPage();
  try {
    const urls = pictures.map((picture) => `data:image/png;base64,${picture.toString("base64")}`);
    const size = { columns: COLUMNS, width: TILE_WIDTH, height: TILE_HEIGHT, gap: GAP, quality: QUALITY };
    const url = await page.evaluate<string>(`(${DRAW})(${JSON.stringify(urls)}, ${JSON.stringify(size)})`);
    return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  } finally {
    await page.close();
  }
}

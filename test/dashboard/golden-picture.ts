import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import type { Visitor } from "./visitor.ts";

/** A golden picture is a page's screenshot at an eighth of its size: small enough to keep, and too coarse to tell one browser's smoothing of letters from another's. */
const SHRUNK = 8;
/** Chosen so that no line is about to be broken, where browsers that round otherwise would differ. */
const VIEW = { width: 1_480, height: 896 };
/** Of a cell's red, green or blue, of 255: what smoothing may differ by. */
const SAME_WITHIN = 20;
const QUALITY = 0.9;
/** Of each kind, on the pages that are taken. */
export const ROWS_OF_GOLDEN = 3;

/** What differs each time, or each day, by the clock: it gets words that don't, and charts and calendars keep their room only. */
const STILL = `(() => {
  for (const time of document.querySelectorAll("main time")) time.textContent = "12 d ago";
  for (const drawn of document.querySelectorAll("main .chart .canvas, main .calendar > *")) drawn.style.visibility = "hidden";
  // Which of two that were written in the same moment comes first is chance.
  const chance = document.querySelector("main h1")?.textContent === "Activity" || document.querySelector("main .tabs [aria-current]")?.textContent === "Timeline";
  if (chance) for (const row of document.querySelectorAll("main [data-row]")) row.style.visibility = "hidden";
  for (const foot of document.querySelectorAll(".rail .foot")) foot.style.visibility = "hidden";
})()`;

export type Theme = "light" | "dark";

export interface Golden {
  /** WebP bytes of a page, small. @param css what is changed about it first */
  of(visitor: Visitor, path: string, theme: Theme, css?: string): Promise<Buffer>;
  /** How many of a hundred cells differ visibly; 100 when they aren't of the same size. */
  difference(one: Buffer, other: Buffer): Promise<number>;
}

/** Shrinks and compares in the browser, which has all that this takes. */
export async function goldenPictures(browser: Browser): Promise<Golden> {
  const table = await browser.newPage();
  const urlOf = (image: Buffer) => JSON.stringify(`data:image/webp;base64,${image.toString("base64")}`); // what it really is the browser sees itself
  return {
    async of({ page, go }, path, theme, css = "") {
      await page.setViewportSize(VIEW);
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await go(path);
      await page.evaluate(STILL);
      // A sheet made by code, as the page's policy takes none from elsewhere. Letters are as wide in each browser when none rounds.
      const sheet = `* { text-rendering: geometricPrecision; } ${css}`;
      await page.evaluate(
        `(() => { const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(sheet)}); document.adoptedStyleSheets = [sheet]; })()`,
      );
      const shot = await page.screenshot({ animations: "disabled", caret: "hide" });
      const url = await table.evaluate<string>(`(async () => {
        const image = await createImageBitmap(await (await fetch(${urlOf(shot)})).blob());
        const small = new OffscreenCanvas(Math.round(image.width / ${SHRUNK}), Math.round(image.height / ${SHRUNK}));
        const context = small.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, small.width, small.height);
        const bytes = new Uint8Array(await (await small.convertToBlob({ type: "image/webp", quality: ${QUALITY} })).arrayBuffer());
        return btoa(String.fromCharCode(...bytes));
      })()`);
      return Buffer.from(url, "base64");
    },
    difference: (one, other) =>
      table.evaluate<number>(`(async () => {
        const pixels = async (url) => {
          const image = await createImageBitmap(await (await fetch(url)).blob());
          const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height);
        };
        const [one, other] = [await pixels(${urlOf(one)}), await pixels(${urlOf(other)})];
        if (one.width !== other.width || one.height !== other.height) return 100;
        let differ = 0;
        for (let at = 0; at < one.data.length; at += 4)
          if ([0, 1, 2].some((colour) => Math.abs(one.data[at + colour] - other.data[at + colour]) > ${SAME_WITHIN})) differ++;
        return (100 * differ) / (one.width * one.height);
      })()`),
  };
}

const FOLDER = new URL("golden/", import.meta.url);

/** Where a page's golden picture lies: `/machines/web-m00000?tab=updates` in dark is `machines-web-m00000-tab-updates-dark.webp`. */
export const goldenFile = (path: string, theme: Theme): URL => new URL(`${nameOfPage(path)}-${theme}.webp`, FOLDER);

export const readGolden = (path: string, theme: Theme): Promise<Buffer | undefined> => readFile(goldenFile(path, theme)).catch(() => undefined);

export const nameOfPage = (path: string): string =>
  path
    .replace(/^\/$/, "overview")
    .replace(/^\//, "")
    .replaceAll(/[^\w-]+/g, "-");

// `node scripts/vscode/draw-icon.mjs`: the extension's icon as a PNG of 128 by 128, which galleries ask for, from its drawing. Run by hand when that has changed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../setup.mjs";
import { openBrowser } from "./browser.mjs";
import { setUpEditor } from "./setup.mjs";

const SIZE = 128;
const MEDIA = join(ROOT, "extension", "media");

const editor = await setUpEditor("newest");
const folder = mkdtempSync(join(tmpdir(), "rwv-"));
try {
  const { page, close } = await openBrowser(editor, { folder });
  await page.setViewportSize({ width: SIZE, height: SIZE });
  await page.setContent(
    `<style>html, body { margin: 0; background: transparent } svg { display: block }</style>${readFileSync(join(MEDIA, "..", "icon.svg"), "utf8")}`,
  );
  writeFileSync(join(MEDIA, "icon.png"), await page.screenshot({ omitBackground: true }));
  await close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

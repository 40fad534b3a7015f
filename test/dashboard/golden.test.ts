import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { browserOrSkip } from "./browser.ts";
import { type DashboardEngine, dashboardEngine } from "./dashboard-engine.ts";
import { type Golden, goldenPictures, nameOfPage, ROWS_OF_GOLDEN, readGolden } from "./golden-picture.ts";
import { LISTS, THINGS } from "./places.ts";
import { type Visitor, visitor } from "./visitor.ts";

/** Of a hundred cells. */
const MAY_DIFFER = 0.6;

/** `npm run screenshots:dashboard -- --golden` takes them anew: look at them before you keep them. */
describe("dashboard: pages look as their golden pictures", function () {
  this.timeout(120_000);
  let browser: Browser;
  let engine: DashboardEngine;
  let ada: Visitor;
  let golden: Golden;
  let differing: string | undefined;
  before(async function () {
    browser = await browserOrSkip(this);
    engine = await dashboardEngine({ rows: ROWS_OF_GOLDEN });
    ada = await visitor(browser, engine);
    golden = await goldenPictures(browser);
  });
  after(async () => {
    await ada?.[Symbol.asyncDispose]();
    await engine?.stop();
  });

  for (const path of [...LISTS.map((list) => list.path), ...THINGS])
    it(`${path}, in light and dark`, async () => {
      for (const theme of ["light", "dark"] as const) {
        const now = await golden.of(ada, path, theme);
        const kept = await readGolden(path, theme);
        assert.ok(kept, `no golden picture of ${path} in ${theme}: npm run screenshots:dashboard -- --golden`);
        const differ = await golden.difference(now, kept);
        if (differ <= MAY_DIFFER) continue;
        differing ??= await mkdtemp(join(tmpdir(), "runwright-golden-"));
        const file = join(differing, `${nameOfPage(path)}-${theme}.webp`);
        await writeFile(file, now);
        assert.fail(`${differ.toFixed(2)} % of it in ${theme} looks different: see ${file}; if it should, npm run screenshots:dashboard -- --golden`);
      }
    });

  for (const { what, css } of [
    { what: "panels with four more pixels inside", css: "main .sheet.padded { padding: 16px 24px 24px; }" },
    { what: "colours that have changed places", css: "main * { --accent: #c02080; --bad: #207030; --good: #a03020; }" },
    { what: "a panel that has gone", css: "main section:first-of-type { display: none; }" },
    { what: "letters a tenth larger", css: "main { zoom: 1.1; }" },
  ])
    it(`would tell of ${what}`, async () => {
      const kept = await readGolden("/", "light");
      assert.ok(kept);
      const differ = await golden.difference(await golden.of(ada, "/", "light", css), kept);
      assert.ok(differ > MAY_DIFFER, `${differ.toFixed(2)} %`);
    });
});

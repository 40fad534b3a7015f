import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { inFront, PATIENCE_MS } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, newestPanel, signInTo, signOutOfAll } from "./person.ts";

const MEGABYTES = 100;
const ENTRIES = MEGABYTES * 10;
const JOB = "job_long";
/** Of the extension host: what a few texts of the size that is shown take, however much came. */
const MOST_MORE = 200_000_000;

/** Among the results: a figure that is worth reading. */
setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
/** Bytes that are in use. What is garbage and not yet collected says how busy the machine is, and no more. */
function live(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
const tell = (words: string): void => appendFileSync(process.env.RUNWRIGHT_TEST_OUTPUT ?? "/dev/null", `      ${words}\n`);

describe(`output of ${MEGABYTES} MB`, function () {
  this.timeout(180_000);
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ megabytes: MEGABYTES });
    await signInTo(engine);
  });
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await signOutOfAll();
    await engine?.remove();
  });

  it("is shown as its newest 4 million characters, says what is left out, and takes no more memory than that", async () => {
    const before = live();
    let highest = before;
    let looks = 0;
    await does("runwright.openJobOutput", [JOB]);
    await eventually(
      "the last entry",
      () => {
        if (looks % 10 === 0) highest = Math.max(highest, live());
        looks += 1;
        return inFront().getText().includes(`entry ${ENTRIES}\n`);
      },
      PATIENCE_MS * 2,
    );
    const text = inFront().getText();
    assert.ok(text.length < 5_000_000, `${text.length} characters`);
    assert.ok(text.length > 3_000_000, `${text.length} characters`);
    assert.match(text, /… 9\d\d entries before this; "Save Whole Output"/);
    tell(`the extension host took ${Math.round((highest - before) / 1e6)} MB more, ${text.length} characters are shown`);
    assert.ok(highest - before < MOST_MORE, `${highest - before} bytes more`);
  });

  it("is written to a file whole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "output-"));
    try {
      const file = join(folder, "all.log");
      await does("runwright.saveJobOutput", [JOB], { save: vscode.Uri.file(file) });
      assert.ok((await stat(file)).size > MEGABYTES * 1_000_000);
      const numbers = [...(await readFile(file, "utf8")).matchAll(/ entry (\d+)$/gm)].map(([, number]) => Number(number));
      assert.deepEqual(
        numbers,
        Array.from({ length: ENTRIES }, (_, n) => n + 1),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("opens as a page that is no longer than the newest entries", async () => {
    await does("runwright.openJob", [JOB]);
    await eventually("the page", () => newestPanel().heard.includes("ready") && newestPanel().posted.length > 0, PATIENCE_MS * 2);
    const length = JSON.stringify(newestPanel().posted.at(-1)).length;
    tell(`the page has ${length} characters`);
    assert.ok(length < 1_000_000, `${length} characters`);
  });
});

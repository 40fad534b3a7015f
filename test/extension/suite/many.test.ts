import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { PATIENCE_MS } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, extensionView, itemOf, rowsOf, signInTo, signOutOfAll } from "./person.ts";

const ROWS = 1_000;
const JOBS = 10_000;

/** Where the entries stand: at the root of a view, or below the first row there. What a view says instead where it shows only the first of them. */
const VIEWS: Record<string, { below?: true; rows: number; first: number; most?: number; says?: RegExp }> = {
  "runwright.runbooks": { rows: ROWS, first: 100 },
  "runwright.jobs": { rows: ROWS + JOBS + 1, first: 100 },
  "runwright.approvals": { rows: ROWS, first: 200, most: 200, says: /first 200/ },
  "runwright.deployments": { rows: ROWS, first: 50 },
  "runwright.schedules": { rows: ROWS, first: 100 },
  "runwright.webhooks": { rows: ROWS, first: 100 },
  "runwright.machines": { below: true, rows: ROWS, first: 500 },
  "runwright.updates": { below: true, rows: ROWS, first: 100 },
  "runwright.assets": { below: true, rows: ROWS, first: ROWS },
};
/** Pages of jobs that are read: what is beyond looks the same. */
const MOST_PAGES = 12;

const isMore = (row: any): boolean => row.is.includes("more");
async function entries(view: string, below = false): Promise<any[]> {
  const roots = await rowsOf(view);
  if (!below) return roots;
  const [group] = roots;
  const more = roots.filter(isMore);
  return group && !isMore(group) ? [...(await rowsOf(view, group)), ...more] : more;
}

describe("views", function () {
  this.timeout(120_000);
  let engine: Engine;
  after(async () => {
    await signOutOfAll();
    await engine?.remove();
  });

  describe("of an engine without anything", () => {
    before(async () => {
      engine = await startEngine();
      await signInTo(engine);
    });
    after(() => engine.remove());

    for (const view of Object.keys(VIEWS)) {
      it(`${view} is empty, so that VS Code shows what to do`, async () => {
        assert.deepEqual(await rowsOf(view), []);
        assert.equal(extensionView(view).view.message ?? "", "");
      });
    }
  });

  describe("of one that is full", () => {
    before(async () => {
      engine = await startEngine({ rows: ROWS, jobs: JOBS, megabytes: 0.1 });
      await signInTo(engine);
    });

    for (const [view, { below, rows, first, most = rows, says }] of Object.entries(VIEWS)) {
      it(`${view} reads ${first} of ${rows} at once, and the others as they are asked for`, async () => {
        await vscode.commands.executeCommand(`${view}.focus`);
        await eventually(`${view} is visible`, () => extensionView(view).view.visible, PATIENCE_MS);
        const found = await entries(view, below);
        assert.equal(found.filter((row) => !isMore(row)).length, first);
        let all = found;
        for (let pages = 1; pages < MOST_PAGES && all.some(isMore); pages++) {
          const item = await itemOf(view, all.find(isMore));
          assert.equal(item.command?.command, "runwright.loadMore");
          await does("runwright.loadMore", item.command?.arguments);
          all = await entries(view, below);
        }
        const leaves = all.filter((row) => !isMore(row));
        assert.equal(new Set(leaves.map(({ id }) => id)).size, leaves.length, "no entry is there twice");
        const expected = Math.min(most, first * MOST_PAGES);
        assert.equal(leaves.length, expected);
        assert.equal(all.some(isMore), expected < most);
        for (const row of [leaves[0], leaves.at(-1)]) {
          const { label, contextValue, accessibilityInformation } = await itemOf(view, row);
          assert.ok(label && contextValue && accessibilityInformation?.label);
        }
        await does("runwright.refresh", [view]);
        assert.equal((await entries(view, below)).filter((row) => !isMore(row)).length, leaves.length, "reading again keeps what was read");
        if (says) assert.match(extensionView(view).view.message ?? "", says);
      });
    }

    it("the badge counts what waits", async () => {
      await eventually("the badge", () => extensionView("runwright.approvals").view.badge?.value === 200, PATIENCE_MS);
    });
  });
});

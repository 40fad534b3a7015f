import type { TriggerNote } from "../../../engine/core/trigger-note.ts";
import type { Runbook } from "../../../engine/protocol/http/runbooks.ts";
import { type Branch, shownBranch, wholeBranch } from "../branch.ts";
import { RUNBOOKS, versionsOf } from "../client/lists.ts";
import { createPagedBranch } from "../paged-branch.ts";
import type { Row } from "../row.ts";
import { runbookRow, versionRow } from "../rows/runbook-row.ts";
import { triggerRow, triggersRow } from "../rows/trigger-row.ts";
import { createTree, type Tree } from "../tree.ts";
import { readTriggers } from "../triggers/read-triggers.ts";
import { asked, type TreeSurroundings } from "./parts.ts";

/** Runbooks by name; below each what starts it by itself, and its versions, newest first. */
export function runbooksTree({ client, timers }: TreeSurroundings): Tree {
  function versions(runbook: Runbook): Branch {
    return wholeBranch(() =>
      asked(client, async (engine) => {
        const { items } = await engine.page(versionsOf(runbook.name));
        return items.map((version) => versionRow(runbook, version, timers.now()));
      }),
    );
  }
  /** What starts it, if something does, and its versions. */
  function below(runbook: Runbook): Branch {
    const list = versions(runbook);
    let top: readonly Row[] = [];
    return {
      ...list,
      rows: () => [...top, ...list.rows()],
      async read() {
        const [notes] = await Promise.all([asked(client, async (engine) => (await readTriggers(engine)).of(runbook.name)), list.read()]);
        if (notes) top = notes.length > 0 ? [triggersRow(runbook.name, notes)] : [];
      },
    };
  }

  const triggers = (row: Row): Branch => shownBranch(() => (row.subject as readonly TriggerNote[]).map((note) => triggerRow(row.id, note, timers.now())));

  return createTree({
    root: () => createPagedBranch({ client, door: RUNBOOKS, keyOf: ({ name }) => name, rowOf: runbookRow, order: "byName" }),
    branchOf: (row: Row) => (row.is.includes("runbook") ? below(row.subject as Runbook) : row.is.includes("triggers") ? triggers(row) : undefined),
  });
}

import { wholeBranch } from "../branch.ts";
import { UPDATES } from "../client/lists.ts";
import { createPagedBranch } from "../paged-branch.ts";
import type { Row } from "../row.ts";
import { classificationRows, updateRow } from "../rows/update-row.ts";
import { createTree, type Tree } from "../tree.ts";
import { asked, type TreeSurroundings } from "./parts.ts";

/** Missing updates of all machines, by classification; those that have none aren't shown. */
export function updatesTree({ client }: TreeSurroundings): Tree {
  return createTree({
    root: () =>
      wholeBranch(() =>
        asked(client, async (engine): Promise<Row[]> => {
          const rows = classificationRows();
          const first = await Promise.all(rows.map(({ subject }) => engine.page(UPDATES, { query: { classification: String(subject) }, limit: 1 })));
          return rows.filter((_, i) => (first[i]?.items.length ?? 0) > 0);
        }),
      ),
    branchOf: (row) =>
      row.is.includes("classification")
        ? createPagedBranch({
            client,
            door: UPDATES,
            query: () => ({ classification: String(row.subject) }),
            keyOf: (update) => updateRow(update, "classification").id,
            rowOf: (update) => updateRow(update, "classification"),
            order: "byName",
          })
        : undefined,
  });
}

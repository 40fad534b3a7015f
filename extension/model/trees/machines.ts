import type { Machine } from "../../../engine/protocol/http/machines.ts";
import { type Branch, shownBranch } from "../branch.ts";
import { MACHINES, UPDATES } from "../client/lists.ts";
import { createPagedBranch, type PagedBranch } from "../paged-branch.ts";
import { groupRow, machineRow } from "../rows/machine-row.ts";
import { updateRow } from "../rows/update-row.ts";
import { createTree, type Tree } from "../tree.ts";
import type { TreeSurroundings } from "./parts.ts";

/** `tag` groups by the values of one tag. */
export type Grouping = { readonly by: "scope" | "nothing" } | { readonly by: "tag"; readonly tag: string };

export interface MachinesTree extends Tree {
  grouping(): Grouping;
  group(grouping: Grouping): void;
  /** Tags that machines here have. */
  tags(): string[];
  select(selector: string | undefined): void;
  selector(): string | undefined;
}

/** Machines in groups; below each what it misses. */
export function machinesTree({ client, timers }: TreeSurroundings): MachinesTree {
  let grouping: Grouping = { by: "scope" };
  let selector: string | undefined;
  let list: PagedBranch<Machine>;

  function root(): Branch {
    const made = createPagedBranch<Machine>({
      client,
      door: MACHINES,
      query: () => ({ selector }),
      keyOf: ({ id }) => id,
      rowOf: (machine) => machineRow(machine, timers.now()),
      order: "byName",
      pageSize: 500,
    });
    list = made;
    return {
      ...made,
      rows: () => (grouping.by === "nothing" ? made.rows() : [...groups(made, grouping)].map(([title, machines]) => groupRow(title, machines))),
    };
  }

  const missing = (machine: string): Branch =>
    createPagedBranch({
      client,
      door: UPDATES,
      query: () => ({ machine }),
      keyOf: (update) => updateRow(update, "machine").id,
      rowOf: (update) => updateRow(update, "machine"),
      order: "byName",
    });

  const tree = createTree({
    root,
    branchOf(row) {
      if (row.is.includes("machine")) return missing(row.label);
      if (!row.is.includes("group")) return undefined;
      return shownBranch(() => (groups(list, grouping).get(row.label) ?? []).map((machine) => machineRow(machine, timers.now())));
    },
    note: () => (selector === undefined ? undefined : `Only machines that match ${selector}`),
  });
  return {
    ...tree,
    grouping: () => grouping,
    group(next) {
      grouping = next;
      tree.changed();
    },
    tags: () => [...new Set(list.items().flatMap(({ tags }) => Object.keys(tags)))].sort(),
    select(next) {
      selector = next;
      tree.reset();
    },
    selector: () => selector,
  };
}

function groups(list: PagedBranch<Machine>, grouping: Grouping): Map<string, Machine[]> {
  const titleOf = ({ scope, tags }: Machine) => (grouping.by === "tag" ? (tags[grouping.tag] ?? `no ${grouping.tag}`) : scope);
  const found = Map.groupBy(list.items(), titleOf);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

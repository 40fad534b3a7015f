import type { Occurrence, Preview, Resource } from "../../../engine/protocol/http/resources.ts";
import { wholeBranch } from "../branch.ts";
import { OCCURRENCES, SCHEDULES } from "../client/lists.ts";
import { createPagedBranch } from "../paged-branch.ts";
import type { Row } from "../row.ts";
import { comingRow, occurrenceRow, scheduleRow } from "../rows/schedule-row.ts";
import { createTree, type Tree } from "../tree.ts";
import { asked, type TreeSurroundings } from "./parts.ts";

/** Newest occurrences of all schedules that are looked through for each one's last. */
const LOOKED_THROUGH = 500;
const COMING = 5;
const PAST = 10;

/** Schedules with what comes next and what became of the last time; below each the next and the last times. */
export function schedulesTree({ client, timers }: TreeSurroundings): Tree {
  function root() {
    const last = new Map<string, Occurrence>();
    const list = createPagedBranch<Resource>({
      client,
      door: SCHEDULES,
      keyOf: ({ name }) => name,
      rowOf: (schedule) => scheduleRow(schedule, last.get(schedule.name), timers.now()),
      order: "byName",
    });
    async function readLast(): Promise<void> {
      const newest = await asked(client, async (engine) => (await engine.page(OCCURRENCES, { query: { kind: "Schedule" }, limit: LOOKED_THROUGH })).items);
      if (!newest) return;
      last.clear();
      for (const one of newest) if (!last.has(one.name)) last.set(one.name, one);
    }
    return { ...list, read: async () => void (await Promise.all([list.read(), readLast()])) };
  }

  function times(name: string) {
    return wholeBranch(() =>
      asked(client, async (engine): Promise<Row[]> => {
        const [coming, past] = await Promise.all([
          engine.ask<Preview>("GET", `/api/v1/schedules/${encodeURIComponent(name)}/preview`, { items: "array" }, { query: { count: COMING } }),
          engine.page(OCCURRENCES, { query: { kind: "Schedule", name }, limit: PAST }),
        ]);
        return [...coming.items.map((one) => comingRow(name, one)), ...past.items.map((one) => occurrenceRow(one, timers.now()))];
      }),
    );
  }

  return createTree({ root, branchOf: (row) => (row.is.includes("schedule") ? times(row.label) : undefined) });
}

import { parseSelector, selectorMatches } from "../core/selector.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { UpdateFilter, UpdateRecord } from "../store/records/updates.ts";
import type { Store } from "../store/store.ts";

export type ListedUpdate = UpdateRecord & { machine: string };
/** With a selector: only of machines that match it. */
export type UpdateSearch = Omit<UpdateFilter, "machineIds"> & { machineIds?: readonly string[]; selector?: string };

/** Machines looked at in one read. */
const AT_ONCE = 500;

/** Missing updates by machine, then by name. @throws SELECTOR_INVALID */
export async function searchUpdates(store: Pick<Store, "read">, { selector, ...filter }: UpdateSearch): Promise<ListedUpdate[]> {
  if (selector === undefined) return store.read.updates.list(filter);
  const wanted = parseSelector(selector);
  const found: ListedUpdate[] = [];
  for await (const machines of machinesFrom(store, filter)) {
    const matching = machines.filter((machine) => selectorMatches(wanted, machine)).map(({ id }) => id);
    const machineIds = filter.machineIds ? matching.filter((id) => filter.machineIds?.includes(id)) : matching;
    if (machineIds.length > 0) found.push(...(await store.read.updates.list({ ...filter, machineIds, limit: filter.limit - found.length })));
    if (found.length >= filter.limit) break;
  }
  return found;
}

/** In the order of their names, from the one in which the list goes on. */
async function* machinesFrom(store: Pick<Store, "read">, { scopes, after }: Pick<UpdateFilter, "scopes" | "after">): AsyncIterable<MachineRecord[]> {
  const begun = after && (await store.read.machines.byName(after.machine));
  if (begun) yield [begun];
  for (let last = after?.machine ?? ""; ; ) {
    const machines = await store.read.machines.list({ scopes, after: last, limit: AT_ONCE });
    yield machines;
    if (machines.length < AT_ONCE) return;
    last = machines.at(-1)?.name ?? "";
  }
}

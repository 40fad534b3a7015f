import type { Facts, MachineState } from "../core/machine.ts";
import type { Scope } from "../core/scope.ts";
import { parseSelector, selectorMatches } from "../core/selector.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store } from "../store/store.ts";

export interface SelectedMachine {
  id: string;
  name: string;
  scope: Scope;
  state: MachineState;
  tags: Readonly<Record<string, string>>;
  facts: Readonly<Facts> | null;
}

export interface Selection {
  /** A machine must match all of them; none: every machine of the scopes. */
  selectors: readonly string[];
  scopes: readonly Scope[];
}

/** Machines by selector, evaluated now. */
export function createSelection(store: Store) {
  return {
    /** By name. @throws SELECTOR_INVALID */
    async machines({ selectors, scopes }: Selection): Promise<MachineRecord[]> {
      const parsed = selectors.map(parseSelector);
      const machines = await store.read.machines.list({ scopes });
      return machines.filter((machine) => parsed.every((selector) => selectorMatches(selector, machine)));
    },
    /** The same within one scope, with what a runbook may see of them. @throws SELECTOR_INVALID */
    async select({ selectors, scope }: { selectors: readonly string[]; scope: Scope }): Promise<SelectedMachine[]> {
      const machines = await this.machines({ selectors, scopes: [scope] });
      return machines.map(({ id, name, scope, state, tags, facts }) => ({ id, name, scope, state, tags, facts }));
    },
  };
}

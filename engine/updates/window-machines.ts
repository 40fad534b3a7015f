import type { MaintenanceWindowSpec } from "../core/deploy/spec.ts";
import { MACHINES_OWN_ZONE } from "../core/deploy/window.ts";
import { zoneProblem } from "../core/schedule/zone.ts";
import type { Scope } from "../core/scope.ts";
import { parseSelector, selectorMatches } from "../core/selector.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Reads } from "../store/store.ts";

/** Machines of a window, as they are now, by name. @throws SELECTOR_INVALID */
export async function machinesOf(reads: Pick<Reads, "machines">, scope: Scope, { selector = "all" }: Pick<MaintenanceWindowSpec, "selector">) {
  const parsed = parseSelector(selector);
  return (await reads.machines.list({ scopes: [scope] })).filter((machine) => selectorMatches(parsed, machine));
}

/** The zone by which a machine goes; undefined: its agent hasn't told one. What a machine says of itself may be anything. */
export function zoneOf({ facts }: Pick<MachineRecord, "facts">): string | undefined {
  const zone = facts?.timeZone;
  return zone !== undefined && zoneProblem(zone) === undefined ? zone : undefined;
}

/** Zones in which a window opens: none for one that has its own. */
export const zonesOf = ({ timeZone }: Pick<MaintenanceWindowSpec, "timeZone">, machines: readonly Pick<MachineRecord, "facts">[]): string[] =>
  timeZone === MACHINES_OWN_ZONE ? [...new Set(machines.flatMap((machine) => zoneOf(machine) ?? []))].sort() : [];

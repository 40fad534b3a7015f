import type { Clock } from "../core/clock.ts";
import type { MaintenanceWindowSpec } from "../core/deploy/spec.ts";
import { MACHINES_OWN_ZONE } from "../core/deploy/window.ts";
import { type ClashingWindow, comingOccurrences, type WindowPreviewItem, windowPreview } from "../core/deploy/window-preview.ts";
import { parseDuration } from "../core/duration.ts";
import type { FreezeSpec, NamedFreeze } from "../core/freeze.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import { parseSelector, selectorMatches } from "../core/selector.ts";
import type { Reads } from "../store/store.ts";
import { documentsOf } from "./stored-documents.ts";
import { machinesOf, zoneOf } from "./window-machines.ts";

export interface AskedWindow {
  name: string;
  scope: Scope;
  spec: MaintenanceWindowSpec;
}

export interface WindowOutlook {
  machines: number;
  /** Machines whose zone isn't known, of a window that goes by it: they are left out. */
  withoutZone: number;
  items: WindowPreviewItem[];
}

const COUNT = 10;
/** Each is asked for each occurrence; of more than these nobody reads the names. */
const MOST_OTHERS = 50;
const OUT_OF_SIGHT = "(one in another scope)";
const MOST_NAMED = 3;

/** What is to come of a window: openings, and what stands in their way. */
export function createWindowOutlook({ clock }: { clock: Clock }) {
  /** @param maySee whether whoever asks may see windows of a scope; default: those of its own scope and below. Others are told without their names */
  async function outlook(
    reads: Reads,
    window: AskedWindow,
    { count = COUNT, from = clock.now(), maySee = (scope: Scope) => scopeIncludes(window.scope, scope) } = {},
  ): Promise<WindowOutlook> {
    const { name, scope, spec } = window;
    const machines = await machinesOf(reads, scope, spec);
    const machineZones = machines.map((machine) => zoneOf(machine) ?? "");
    const others: ClashingWindow[] = [];
    for (const other of await documentsOf(reads, "MaintenanceWindow")) {
      if (other.name === name || (other.spec as MaintenanceWindowSpec).enabled === false) continue;
      if (others.length >= MOST_OTHERS) break;
      const otherSpec = other.spec as MaintenanceWindowSpec;
      const selector = parseSelector(otherSpec.selector ?? "all");
      const shared = machines.filter((machine) => scopeIncludes(other.scope, machine.scope) && selectorMatches(selector, machine));
      if (shared.length === 0) continue;
      others.push({
        name: maySee(other.scope) ? other.name : OUT_OF_SIGHT,
        spec: otherSpec,
        shared: shared.length,
        zones: [...new Set(shared.map((machine) => zoneOf(machine) ?? "UTC"))],
      });
    }
    const stored = await reads.resources.byName("MaintenanceWindow", name);
    const exceptions = stored ? await reads.deployments.exceptions(stored.id) : [];
    const isOwn = spec.timeZone === MACHINES_OWN_ZONE;
    return {
      machines: machines.length,
      withoutZone: isOwn ? machineZones.filter((zone) => zone === "").length : 0,
      items: windowPreview({ scope, spec, machineZones }, { from, count }, { freezes: await freezesOf(reads), others, exceptions }),
    };
  }

  return {
    outlook,

    /** What an author should know of a window that is taken all the same. */
    async warnings(reads: Reads, window: AskedWindow): Promise<string[]> {
      const { spec, scope } = window;
      const { machines, withoutZone, items } = await outlook(reads, window);
      const where = spec.selector === undefined ? `there is no machine in ${scope} yet` : `its selector ${spec.selector} matches no machine in ${scope}`;
      const told = machines === 0 ? [`${where}: its plans will be empty`] : [];
      if (withoutZone > 0) told.push(`${withoutZone} of ${machines} machines haven't told their time zone and are left out: their agents are too old`);
      if (items.length === 0) told.push("it never opens again: all its times are over");
      const frozen = items.filter((item) => item.frozen !== null);
      if (frozen.length > 0)
        told.push(`${ofTen(frozen, items)} ${frozen.length === 1 ? "lies" : "lie"} in a freeze and won't start: ${named(frozen)} (${frozen[0]?.frozen})`);
      for (const clash of new Set(items.flatMap(({ clashes }) => clashes.map((one) => one.window)))) {
        const hit = items.filter(({ clashes }) => clashes.some((one) => one.window === clash));
        const shared = hit[0]?.clashes.find((one) => one.window === clash)?.machines ?? 0;
        told.push(
          `${ofTen(hit, items)} ${hit.length === 1 ? "overlaps" : "overlap"} those of the window ${clash} on ${shared} ${shared === 1 ? "machine" : "machines"}, of which each is in one deployment at a time: ${named(hit)}`,
        );
      }
      const [first, second] = comingOccurrences(spec, { from: clock.now(), zones: items[0]?.zones.map(({ timeZone }) => timeZone) ?? [] });
      if (first && second && second.at - first.at < parseDuration(spec.duration))
        told.push("it opens again before it has closed: two deployments at once would share its machines");
      return told;
    },
  };
}
export type WindowOutlooks = ReturnType<typeof createWindowOutlook>;

/** As they are where it is looked: a plan shows what the freezes do that it would make. */
const freezesOf = async (reads: Reads): Promise<NamedFreeze[]> =>
  (await documentsOf(reads, "Freeze")).map(({ name, scope, spec }) => ({ name, scope, spec: spec as FreezeSpec }));

const ofTen = (some: readonly unknown[], all: readonly unknown[]): string => `${some.length} of the next ${all.length} occurrences`;
const named = (items: readonly WindowPreviewItem[]): string =>
  `${items
    .slice(0, MOST_NAMED)
    .map(({ planned }) => planned.slice(0, 16))
    .join(", ")}${items.length > MOST_NAMED ? " …" : ""}`;

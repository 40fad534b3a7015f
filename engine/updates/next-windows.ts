import type { Clock } from "../core/clock.ts";
import { MACHINES_OWN_ZONE } from "../core/deploy/window.ts";
import type { NamedFreeze } from "../core/freeze.ts";
import type { Scope } from "../core/scope.ts";
import type { Store } from "../store/store.ts";
import { describeOpenings, enabledWindows, type RuledOpening, ruledOpenings, type WindowOpening, withZones } from "./window-openings.ts";

/** How far ahead the next opening is looked for; what opens later is nothing that people wait for. */
const AHEAD_MS = 400 * 86_400_000;
/** Machines join with other zones: what was found of a window that goes by them is found anew after this time. */
const ZONES_KEPT_MS = 10 * 60_000;
const MOST_KNOWN = 10_000;

interface Known {
  revision: number;
  opening: RuledOpening | null;
  /** From then on it is found anew. */
  until: number;
}

/** The windows that open next, each once. Of each window the next opening is remembered until it closes, so that a thousand windows aren't reckoned for each question. */
export function createNextWindows({ store, clock }: { store: Pick<Store, "read">; clock: Clock }) {
  const known = new Map<string, Known>();

  return async function nextWindows({
    scopes,
    freezes,
    limit,
  }: {
    scopes: readonly Scope[];
    freezes: readonly NamedFreeze[];
    limit: number;
  }): Promise<WindowOpening[]> {
    const now = clock.now();
    const windows = await enabledWindows(store.read, scopes);
    const openings: RuledOpening[] = [];
    for (const window of windows) {
      let found = known.get(window.id);
      if (found?.revision !== window.revision || found.until <= now) {
        const [opening = null] = ruledOpenings([await withZones(store.read, window)], { from: now, to: now + AHEAD_MS });
        const closesAt = opening?.occurrence.closesAt ?? now + AHEAD_MS;
        const until = window.spec.timeZone === MACHINES_OWN_ZONE ? Math.min(now + ZONES_KEPT_MS, closesAt) : closesAt;
        found = { revision: window.revision, opening, until };
        if (known.size >= MOST_KNOWN) known.clear();
        known.set(window.id, found);
      }
      if (found.opening) openings.push(found.opening);
    }
    const next = openings.toSorted((a, b) => a.occurrence.opensAt - b.occurrence.opensAt || (a.window.name < b.window.name ? -1 : 1)).slice(0, limit);
    const ids = next.map(({ window }) => window.id);
    const to = Math.max(now, ...next.map(({ occurrence }) => occurrence.closesAt));
    const [exceptions, deployments] = await Promise.all([store.read.deployments.exceptionsOf(ids), store.read.deployments.between(ids, { from: now, to })]);
    return describeOpenings(next, { exceptions, deployments, freezes });
  };
}
export type NextWindows = ReturnType<typeof createNextWindows>;

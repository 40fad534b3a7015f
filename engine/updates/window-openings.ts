import type { WindowOccurrence } from "../core/deploy/occurrences.ts";
import { MACHINES_OWN_ZONE } from "../core/deploy/window.ts";
import { comingOccurrences, frozenThroughout } from "../core/deploy/window-preview.ts";
import type { NamedFreeze } from "../core/freeze.ts";
import { merged } from "../core/merged.ts";
import type { Scope } from "../core/scope.ts";
import type { DeploymentHead } from "../store/records/deployment-heads.ts";
import type { WindowException } from "../store/records/deployments.ts";
import type { Reads } from "../store/store.ts";
import { documentsOf } from "./stored-documents.ts";
import { machinesOf, zonesOf } from "./window-machines.ts";
import type { WindowRecord } from "./window-record.ts";

/** One time that a window opens, and what stands in its way or was made of it. */
export interface WindowOpening {
  name: string;
  scope: Scope;
  /** Its key: `2026-03-29T03:30:00+02:00[Europe/Berlin]`; of one that somebody opened by hand `now …`. */
  occurrence: string;
  /** Of the zone in which it opens first, and closes last; Unix milliseconds. */
  opensAt: number;
  closesAt: number;
  /** What somebody decided about it. */
  exception: Pick<WindowException, "kind" | "reason" | "by"> | null;
  /** Why all of it is held back. */
  frozen: string | null;
  deployment: Pick<DeploymentHead, "id" | "status"> | null;
}

/** A window with the zones of its machines, where it goes by these. */
export interface ZonedWindow {
  window: WindowRecord;
  zones: readonly string[];
}

/** Enabled windows of these scopes. */
export async function enabledWindows(reads: Reads, scopes: readonly Scope[]): Promise<WindowRecord[]> {
  const windows = (await documentsOf(reads, "MaintenanceWindow", scopes)) as WindowRecord[];
  return windows.filter(({ spec }) => spec.enabled !== false);
}

export async function withZones(reads: Reads, window: WindowRecord): Promise<ZonedWindow> {
  const { scope, spec } = window;
  return { window, zones: spec.timeZone === MACHINES_OWN_ZONE ? zonesOf(spec, await machinesOf(reads, scope, spec)) : [] };
}

/** As their rules name them, by when they open, as they are asked for. What a window would have done before it was made isn't among them. */
export const ruledOpenings = (windows: readonly ZonedWindow[], range: { from: number; to: number }): Iterable<RuledOpening> =>
  merged<RuledOpening>(
    windows.map((window) => openingsOf(window, range)),
    ({ occurrence }) => occurrence.opensAt,
  );

export interface RuledOpening {
  window: WindowRecord;
  occurrence: WindowOccurrence;
}

/** Wall times of all zones lie this close to the same in UTC. */
const ZONES_MS = 16 * 3_600_000;

function* openingsOf({ window, zones }: ZonedWindow, { from, to }: { from: number; to: number }): Generator<RuledOpening> {
  for (const occurrence of comingOccurrences(window.spec, { from: Math.max(from, window.createdAt), zones })) {
    if (occurrence.at >= to + ZONES_MS) return;
    if (occurrence.opensAt < to) yield { window, occurrence };
  }
}

/** With all that is known of them. @param deployments of these windows, in this time */
export function describeOpenings(
  openings: readonly RuledOpening[],
  { exceptions, deployments, freezes }: { exceptions: readonly WindowException[]; deployments: readonly DeploymentHead[]; freezes: readonly NamedFreeze[] },
): WindowOpening[] {
  const keyOf = (windowId: string, occurrence: string) => `${windowId} ${occurrence}`;
  const excepted = new Map(exceptions.map((one) => [keyOf(one.windowId, one.occurrence), one]));
  const deployed = new Map(deployments.map((one) => [keyOf(one.windowId, one.occurrence), one]));
  return openings.map(({ window: { id, name, scope }, occurrence: { key, opensAt, closesAt } }) => {
    const exception = excepted.get(keyOf(id, key));
    const deployment = deployed.get(keyOf(id, key));
    return {
      ...{ name, scope, occurrence: key, opensAt, closesAt },
      exception: exception ? { kind: exception.kind, reason: exception.reason, by: exception.by } : null,
      frozen: frozenThroughout(freezes, scope, { opensAt, closesAt }),
      deployment: deployment ? { id: deployment.id, status: deployment.status } : null,
    };
  });
}

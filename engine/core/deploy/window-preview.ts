import { parseDuration } from "../duration.ts";
import { freezingAt, type NamedFreeze } from "../freeze.ts";
import type { DstNote } from "../schedule/instants.ts";
import type { Scope } from "../scope.ts";
import { cursorBefore, type WindowOccurrence, windowOccurrences } from "./occurrences.ts";
import type { MaintenanceWindowSpec } from "./spec.ts";
import { MACHINES_OWN_ZONE, timesOf, windowClock } from "./window.ts";

/** Another window, with the zones of the machines that it shares with this one. */
export interface ClashingWindow {
  name: string;
  spec: MaintenanceWindowSpec;
  /** How many machines both have. */
  shared: number;
  /** Zones of those machines; of a window with its own zone it alone counts. */
  zones: readonly string[];
}

export interface WindowPreviewItem {
  occurrence: string;
  planned: string;
  /** Of the zone in which it opens first, and closes last: with zone, such as `2026-03-29T03:30:00+02:00[Europe/Berlin]`. */
  opensAt: string;
  closesAt: string;
  isOpen: boolean;
  zones: { timeZone: string; opensAt: string; closesAt: string; dst: DstNote; machines: number }[];
  /** Zones whose clocks leave it out. */
  without: string[];
  /** The freeze that holds all of it back; null: none, or not to its end. */
  frozen: string | null;
  /** What somebody decided about it. */
  exception: { kind: "skipped" | "cancelled"; reason: string; by: string } | null;
  clashes: { window: string; machines: number }[];
}

export interface PreviewedWindow {
  scope: Scope;
  spec: MaintenanceWindowSpec;
  /** Of its machines; empty for a machine whose zone isn't known. */
  machineZones: readonly string[];
}

/** The coming occurrences of a window, with what clock changes, freezes, people and other windows do to them; one that is open now is among them. */
export function windowPreview(
  { scope, spec, machineZones }: PreviewedWindow,
  { from, count }: { from: number; count: number },
  around: {
    freezes: readonly NamedFreeze[];
    others: readonly ClashingWindow[];
    exceptions: readonly { occurrence: string; kind: "skipped" | "cancelled"; reason: string; by: string }[];
  },
): WindowPreviewItem[] {
  const items: WindowPreviewItem[] = [];
  for (const occurrence of comingOccurrences(spec, { from, zones: machineZones })) {
    if (items.length >= count) break;
    items.push(itemOf(occurrence, { scope, spec, machineZones }, from, around));
  }
  return items;
}

/** Those that haven't closed everywhere. */
export function* comingOccurrences(spec: MaintenanceWindowSpec, { from, zones }: { from: number; zones: readonly string[] }): Generator<WindowOccurrence> {
  const times = timesOf(spec);
  const known = [...new Set(zones)].filter((zone) => zone !== "").sort();
  const after = cursorBefore(spec, from) - parseDuration(spec.duration);
  for (const one of windowOccurrences(times, { after, zones: spec.timeZone === MACHINES_OWN_ZONE ? known : [] })) if (one.closesAt > from) yield one;
}

function itemOf(
  { key, planned, opensAt, closesAt, zones, without }: WindowOccurrence,
  { scope, spec, machineZones }: PreviewedWindow,
  now: number,
  { freezes, others, exceptions }: Parameters<typeof windowPreview>[2],
): WindowPreviewItem {
  const text = (at: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toString();
  const isOwn = spec.timeZone === MACHINES_OWN_ZONE;
  const first = zones.find(({ window }) => window.opensAt === opensAt)?.timeZone ?? "UTC";
  const last = zones.find(({ window }) => window.closesAt === closesAt)?.timeZone ?? "UTC";
  const exception = exceptions.find(({ occurrence }) => occurrence === key);
  return {
    ...{ occurrence: key, planned, opensAt: text(opensAt, first), closesAt: text(closesAt, last), isOpen: opensAt <= now && now < closesAt },
    zones: zones.map(({ timeZone, window, dst }) => ({
      ...{ timeZone, opensAt: text(window.opensAt, timeZone), closesAt: text(window.closesAt, timeZone), dst },
      machines: isOwn ? machineZones.filter((zone) => zone === timeZone).length : machineZones.length,
    })),
    without: [...without],
    frozen: frozenThroughout(freezes, scope, { opensAt, closesAt }),
    exception: exception ? { kind: exception.kind, reason: exception.reason, by: exception.by } : null,
    clashes: others
      .filter((other) => zones.some(({ timeZone, window }) => overlaps(other, isOwn ? timeZone : undefined, window)))
      .map(({ name, shared }) => ({ window: name, machines: shared })),
  };
}

/** The reason of the freeze that holds it from its begin to its end, by one freeze after the other; null: there is a time at which it may start. */
export function frozenThroughout(freezes: readonly NamedFreeze[], scope: Scope, { opensAt, closesAt }: { opensAt: number; closesAt: number }): string | null {
  const first = freezingAt(freezes, "deployments", scope, opensAt);
  for (let freezing = first; freezing; freezing = freezingAt(freezes, "deployments", scope, freezing.until))
    if (freezing.until >= closesAt) return first?.reason ?? null;
  return null;
}

/** Whether another window is open at some moment of this one, for the machines that both have. @param zone of this one's machines that the moment is about; undefined: of all */
function overlaps({ spec, zones }: ClashingWindow, zone: string | undefined, { opensAt, closesAt }: { opensAt: number; closesAt: number }): boolean {
  const asked = zones.filter((one) => zone === undefined || one === zone);
  const clocks =
    spec.timeZone === MACHINES_OWN_ZONE ? asked.map((one) => windowClock(timesOf(spec), one)) : asked.length > 0 ? [windowClock(timesOf(spec))] : [];
  return clocks.some((clock) => {
    const { open, nextAt } = clock.at(opensAt);
    return open !== null || (nextAt !== null && nextAt < closesAt);
  });
}

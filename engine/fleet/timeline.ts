import type { ActivityRecord } from "../store/records/activity.ts";
import type { AssessmentChange } from "../store/records/assessment-changes.ts";
import type { CommandHead } from "../store/records/commands.ts";
import type { InstallRecord } from "../store/records/installs.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store } from "../store/store.ts";
import { machineEvents } from "./machine-events.ts";

/** Of what happened at the same moment, in the order in which it is shown. */
export const TIMELINE_KINDS = ["event", "assessment", "install", "command"] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** One thing that happened on a machine, or to it. */
export type TimelineEntry = TimelinePlace &
  (
    | { kind: "event"; event: ActivityRecord }
    | { kind: "assessment"; assessment: AssessmentChange }
    | { kind: "install"; install: InstallRecord }
    | { kind: "command"; command: CommandHead }
  );

/** Where an entry stands: no other one of its kind has its id. */
export interface TimelinePlace {
  kind: TimelineKind;
  /** Unix milliseconds by the engine's clock. */
  at: number;
  id: string;
}

/** Before what one kind of entries is asked for: an id is before all others, so that with "" whatever happened at that moment is left out. */
interface Before {
  at: number;
  id: string;
}

/** What happened on a machine and to it, newest first: of these kinds, those behind a place. */
export async function machineTimeline(
  { read }: Pick<Store, "read">,
  machine: Pick<MachineRecord, "id" | "name">,
  { kinds, after, limit }: { kinds: readonly TimelineKind[]; after: TimelinePlace | null; limit: number },
): Promise<TimelineEntry[]> {
  const sources: Record<TimelineKind, (before: Before | null) => Promise<TimelineEntry[]>> = {
    event: async (before) => {
      const place = before && { at: before.at, seq: before.id === "" ? 0 : Number(before.id) };
      return (await machineEvents(read, machine, { before: place, limit })).map((event) => ({ kind: "event", at: event.at, id: String(event.seq), event }));
    },
    assessment: async (before) => {
      const found = await read.updates.changes(machine.id, { before: before && { receivedAt: before.at, id: before.id }, limit });
      return found.map((assessment) => ({ kind: "assessment", at: assessment.receivedAt, id: assessment.id, assessment }));
    },
    install: async (before) => {
      const found = await read.installs.ofMachine(machine.id, { after: before && { startedAt: before.at, commandId: before.id }, limit });
      return found.map((install) => ({ kind: "install", at: install.startedAt, id: install.commandId, install }));
    },
    command: async (before) => {
      const found = await read.commands.heads(machine.id, { before: before && { createdAt: before.at, id: before.id }, apart: "installs", limit });
      return found.map((command) => ({ kind: "command", at: command.createdAt, id: command.id, command }));
    },
  };
  const found = await Promise.all(kinds.map((kind) => sources[kind](beforeOf(kind, after))));
  // Sorting keeps the order of equals: within a kind it is that of its list.
  return found
    .flat()
    .sort((a, b) => b.at - a.at || rank(a.kind) - rank(b.kind))
    .slice(0, limit);
}

const rank = (kind: TimelineKind): number => TIMELINE_KINDS.indexOf(kind);

/** Of a kind that is shown later than the place's at the same moment, all of that moment is still to come. */
function beforeOf(kind: TimelineKind, after: TimelinePlace | null): Before | null {
  if (after === null) return null;
  const order = rank(kind) - rank(after.kind);
  return { at: order > 0 ? after.at + 1 : after.at, id: order === 0 ? after.id : "" };
}

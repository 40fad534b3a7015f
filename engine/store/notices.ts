import { type ChangeKind, isChangeKind } from "../core/change.ts";
import type { StandingNotes } from "./records/standings.ts";

/**
 * What writers tell the other engines of their database. Notices are hints, sent after the commit: whoever misses one finds the same in the tables.
 * Ids name what changed; what is true of it now is for the listener to read.
 */
export interface Notice {
  /** More happened than is named here, or something may have been missed: look at all that you care about. */
  everything: boolean;
  /** There is something in the queue of jobs. */
  queued: boolean;
  /** A resource has changed, a schedule has another time, or something happened that event rules may ask for. */
  triggered: boolean;
  /** Jobs that were moved to another status. */
  jobs: readonly string[];
  /** Commands that have ended, however. */
  commands: readonly string[];
  /** Machines that have a new command, or aren't connected any more to where they were. */
  machines: readonly string[];
}

/** How records note what others may want to hear. */
export interface Notes {
  noteQueued(): void;
  noteTrigger(): void;
  noteJob(id: string): void;
  noteCommand(id: string): void;
  noteMachine(id: string): void;
  /** Somebody may look at it. */
  noteChange(kind: ChangeKind): void;
  /** What is missing on a machine has changed, or by which verdict: its standing is made anew at the group's end. */
  noteMissing(machineId: string): void;
  /** The same of its assessment alone. */
  noteAssessed(machineId: string): void;
}

export const LOOK_AT_EVERYTHING: Notice = { everything: true, queued: true, triggered: true, jobs: [], commands: [], machines: [] };

/** PostgreSQL takes payloads shorter than 8,000 bytes: https://www.postgresql.org/docs/18/sql-notify.html */
const LONGEST_BYTES = 7_999;

/** Collects the notes of one group of writers. Those of a writer that was undone stay: a hint too many does no harm. */
export function createNotes(): Notes & { taken(): Notice | undefined; changed(): ChangeKind[]; standings(): StandingNotes } {
  let queued = false;
  let triggered = false;
  const jobs = new Set<string>();
  const commands = new Set<string>();
  const machines = new Set<string>();
  const changed = new Set<ChangeKind>();
  const standings = new Map<string, "missing" | "figures">();
  return {
    noteQueued() {
      queued = true;
    },
    noteTrigger() {
      triggered = true;
    },
    noteJob(id) {
      jobs.add(id);
      changed.add("jobs");
    },
    noteCommand(id) {
      commands.add(id);
      changed.add("machines");
    },
    noteMachine(id) {
      machines.add(id);
      changed.add("machines");
    },
    noteChange: (kind) => void changed.add(kind),
    noteMissing(machineId) {
      standings.set(machineId, "missing");
      changed.add("updates");
    },
    noteAssessed(machineId) {
      if (!standings.has(machineId)) standings.set(machineId, "figures");
      changed.add("updates");
    },
    standings: () => standings,
    changed: () => [...changed],
    /** @returns undefined when there is nothing to tell */
    taken() {
      if (!queued && !triggered && jobs.size + commands.size + machines.size === 0) return undefined;
      return { everything: false, queued, triggered, jobs: [...jobs], commands: [...commands], machines: [...machines] };
    },
  };
}

/** @param sender by which a listener knows its own notices */
export function encodeNotice(sender: string, notice: Notice): string {
  const { queued, triggered, jobs, commands, machines } = notice;
  const flags = { q: queued ? 1 : 0, t: triggered ? 1 : 0 };
  const text = `${sender} ${JSON.stringify({ ...flags, j: jobs, c: commands, m: machines })}`;
  return Buffer.byteLength(text) <= LONGEST_BYTES ? text : `${sender} ${JSON.stringify({ ...flags, all: 1 })}`;
}

/** @returns undefined for an own notice. What can't be read, such as that of another version, may mean anything. */
export function decodeNotice(sender: string, payload: string): Notice | undefined {
  if (payload.startsWith(`${sender} `)) return undefined;
  try {
    const { q, t, all, j, c, m }: Record<string, unknown> = JSON.parse(payload.slice(payload.indexOf(" ") + 1));
    if (all === 1) return { ...LOOK_AT_EVERYTHING, queued: q === 1, triggered: t === 1 };
    return { everything: false, queued: q === 1, triggered: t === 1, jobs: ids(j), commands: ids(c), machines: ids(m) };
  } catch {
    return LOOK_AT_EVERYTHING;
  }
}

function ids(value: unknown): string[] {
  if (Array.isArray(value) && value.every((id) => typeof id === "string")) return value;
  throw new TypeError("not a list of ids");
}

/** Kinds of records that a group of writers has changed, for the other engines. */
export const encodeChanges = (sender: string, kinds: readonly ChangeKind[]): string => [sender, ...kinds].join(" ");

/** @returns none for own ones; an engine of a later version may name some that aren't known here */
export function decodeChanges(own: string, payload: string): ChangeKind[] {
  const [sender, ...kinds] = payload.split(" ");
  return sender === own ? [] : kinds.filter(isChangeKind);
}

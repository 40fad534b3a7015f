import type { Json } from "./json.ts";

/** One runbook that a trigger starts. A trigger may have several, and several triggers may start the same runbook. */
export interface Run {
  runbook: string;
  /** Pinned; without it the newest published version at the time. */
  version?: number;
  /** Fixed: what is mapped from outside never takes their place. */
  parameters?: Readonly<Record<string, Json>>;
  /** Parameters taken from the document of a webhook or an event: name → JSON Pointer (RFC 6901), such as `/body/ref`. */
  map?: Readonly<Record<string, string>>;
  /** -100 to 100. */
  priority?: number;
}

/** When the job of the occurrence before hasn't ended: wait for it, leave this one out, or stop that one. */
export const OVERLAPS = ["queue", "skip", "cancel"] as const;
export type Overlap = (typeof OVERLAPS)[number];
/** So many occurrences of one run wait for earlier ones; further ones are skipped. */
export const MOST_WAITING = 100;

/** What happens to occurrences whose time passed while nobody could start them. */
export const MISFIRES = ["skip", "once", "all"] as const;
export interface MisfirePolicy {
  policy: (typeof MISFIRES)[number];
  /** What is late by more than this doesn't start, milliseconds. */
  graceMs: number;
  /** Of `all`: at most so many, the newest. */
  max: number;
}
export const DEFAULT_MISFIRE: MisfirePolicy = { policy: "once", graceMs: 3_600_000, max: 10 };

/**
 * What became of an occurrence:
 * - `started`: it has a job
 * - `waiting`: it will, when the job before has ended
 * - `missed`: its time passed while no engine was there, and its policy or grace let it go
 * - `merged`: missed, and a later occurrence stands for it
 * - `skipped`: the job before hadn't ended
 * - `frozen`: a freeze held it back
 * - `refused`: it couldn't start; the reason says why
 */
export const OCCURRENCE_STATUSES = ["started", "waiting", "missed", "merged", "skipped", "frozen", "refused"] as const;
export type OccurrenceStatus = (typeof OCCURRENCE_STATUSES)[number];

/** Which run of which resource has asked for a job. */
export const sourceOf = (resourceId: string, run: number): string => `${resourceId}/${run}`;

/** Triggers that lead to each other end: a job that this many of them led to triggers nothing more. */
export const MAX_CAUSAL_DEPTH = 8;

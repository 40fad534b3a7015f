import type { TimelineEntry } from "../../protocol/http/timeline.ts";
import { missingCounts } from "./missing-counts.ts";

/** What one machine missed at the end of each day, the last one being now. */
export interface AssessedDays {
  /** Days in UTC, such as `2026-03-01`. */
  at: string[];
  /** Null before its first assessment, as far as the timeline reaches back. */
  missing: (number | null)[];
  security: (number | null)[];
}

const DAY_MS = 86_400_000;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** @param entries of a timeline, newest first: an assessment holds until the next one that differs */
export function assessedDays(entries: readonly TimelineEntry[], { now, days }: { now: number; days: number }): AssessedDays {
  const assessments = entries.flatMap((entry) => (entry.kind === "assessment" ? [entry] : []));
  const at = Array.from({ length: days }, (_, i) => dayOf(now - (days - 1 - i) * DAY_MS));
  const counts = at.map((day) => {
    const holds = assessments.find((entry) => entry.at.slice(0, 10) <= day);
    // Older than the oldest that is here: what the oldest was compared with.
    const told = holds ? holds.now : assessments.at(-1)?.previous;
    return told ? missingCounts(told) : undefined;
  });
  return { at, missing: counts.map((one) => one?.missing ?? null), security: counts.map((one) => one?.security ?? null) };
}

export interface Tally {
  installs: number;
  /** Updates by what became of them. */
  succeeded: number;
  failed: number;
  commands: number;
  /** Reboots that an assessment found done. */
  reboots: number;
}

/** What happened since a moment, as far as the entries reach. */
export function tallyOf(entries: readonly TimelineEntry[], since: number): Tally {
  const tally: Tally = { installs: 0, succeeded: 0, failed: 0, commands: 0, reboots: 0 };
  for (const entry of entries) {
    if (Date.parse(entry.at) < since) continue;
    if (entry.kind === "command") tally.commands += 1;
    else if (entry.kind === "install") {
      tally.installs += 1;
      tally.succeeded += entry.statuses.Succeeded ?? 0;
      tally.failed += entry.statuses.Failed ?? 0;
    } else if (entry.kind === "assessment" && entry.previous?.rebootPending && !entry.now.rebootPending) tally.reboots += 1;
  }
  return tally;
}

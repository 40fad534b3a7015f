import type { MisfirePolicy } from "./trigger.ts";

/** An engine that is a little late, as it was busy or just started, hasn't missed anything. */
export const ON_TIME_MS = 60_000;

/** What the policy `all` starts at most. */
export const MOST_MADE_UP = 100;

/** An occurrence whose time has come. */
export interface Due {
  /** What the schedule named, Unix milliseconds. */
  at: number;
  /** When it was to start: with its jitter. */
  startAt: number;
  /** Why it mustn't start, when it falls into a freeze; null: it may. */
  frozen: string | null;
}

export type Decision = { at: number; startAt: number } & ({ status: "start"; reason: string } | { status: "missed" | "merged" | "frozen"; reason: string });

/**
 * Decides what becomes of occurrences whose time has come. Pure: the same for whoever decides.
 * @param due ascending
 * @param ahead how many further ones are due as well, may start and will be decided next, counted up to MOST_MADE_UP: the last of these isn't the newest
 * @param frozenNow why nothing may start at this moment: what was missed must not start later, inside a freeze
 */
export function decide(
  due: readonly Due[],
  { policy, graceMs, max }: MisfirePolicy,
  { now, ahead, frozenNow }: { now: number; ahead: number; frozenNow: string | null },
): Decision[] {
  const isLate = ({ startAt }: Due) => now - startAt > ON_TIME_MS;
  const mayStart = ({ startAt, frozen }: Due) => frozen === null && (now - startAt <= ON_TIME_MS || (policy !== "skip" && now - startAt <= graceMs));
  // Counted from the newest.
  const candidates = due.filter(mayStart);
  const rank = new Map(candidates.map((one, i) => [one.at, candidates.length - 1 - i + ahead]));
  const newest = candidates.at(-1);

  return due.map((one) => {
    const { at, startAt, frozen } = one;
    const place = { at, startAt };
    if (frozen !== null) return { ...place, status: "frozen", reason: frozen };
    if (!mayStart(one)) {
      const late = `no engine was there to start it in time, and it is ${seconds(now - startAt)} late`;
      return {
        ...place,
        status: "missed",
        reason: policy === "skip" ? `${late}; its misfire policy is skip` : `${late}: beyond its grace of ${seconds(graceMs)}`,
      };
    }
    const after = rank.get(at) ?? 0;
    if (policy === "once" && after > 0 && isLate(one)) {
      const by = ahead > 0 || newest === undefined ? "a later occurrence" : `the occurrence of ${new Date(newest.at).toISOString()}`;
      return { ...place, status: "merged", reason: `missed; ${by} stands for it (misfire policy once)` };
    }
    if (policy === "all" && after >= max && isLate(one))
      return { ...place, status: "missed", reason: `more than ${max} were missed, and only the newest ${max} are started (misfire policy all)` };
    if (frozenNow !== null && isLate(one)) return { ...place, status: "frozen", reason: `missed, and now ${frozenNow}` };
    if (frozenNow !== null) return { ...place, status: "frozen", reason: frozenNow };
    return { ...place, status: "start", reason: isLate(one) ? `started ${seconds(now - startAt)} late (misfire policy ${policy})` : "on time" };
  });
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

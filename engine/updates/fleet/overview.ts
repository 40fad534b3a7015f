import type { Clock } from "../../core/clock.ts";
import { createMissingReader, type MissingSums } from "../../core/missing-set.ts";
import { CLASSIFICATIONS, type Classification, COMPLIANCE_STATES, type ComplianceState, SEVERITIES, type Severity } from "../../core/update.ts";
import { VERDICTS } from "../../core/update-policy.ts";
import type { Store } from "../../store/store.ts";
import { type FleetQuestion, type Standing, standings } from "./standings.ts";

const DAY_MS = 86_400_000;
/** Ages up to which missing updates are counted together, in days; the last is without end. */
export const AGES = [7, 30, 90, null] as const;
const MOST_STALE = 10;

export interface Counted {
  count: number;
  machines: number;
}
export interface Aged {
  upToDays: (typeof AGES)[number];
  count: number;
  security: number;
}

/** How all machines stand, and what is missing on them: rows of the list of updates, whatever policies say of them. */
export interface FleetOverview {
  machines: {
    total: number;
    connected: number;
    byCompliance: Record<ComplianceState, number>;
    /** Agents that haven't been heard of for long. */
    staleAgents: number;
    rebootPending: number;
    withHeld: number;
    withExemptions: number;
  };
  updates: {
    missing: number;
    /** Beyond their due time, as machines are judged by them. */
    overdue: number;
    exploited: number;
    byClassification: ({ classification: Classification } & Counted)[];
    bySeverity: ({ severity: Severity } & Counted)[];
    /** Since they were first seen on their machine. */
    byAge: Aged[];
    oldestSecurityFirstSeenAt: number | null;
  };
  /** Those of which nothing was heard for longest. */
  staleMachines: { name: string; lastSeenAt: number }[];
}

/** @throws SELECTOR_INVALID */
export async function fleetOverview(parts: { store: Pick<Store, "read">; clock: Clock }, question: Omit<FleetQuestion, "with">): Promise<FleetOverview> {
  const sum = createSum(parts.clock.now());
  const { sums } = createMissingReader();
  for await (const page of standings(parts, { ...question, with: {} })) {
    for (const standing of page) {
      sum.machine(standing);
      if (standing.machine.missing !== null) sum.missing(sums(standing.machine.missing.sums));
    }
  }
  return sum.done();
}

function createSum(now: number) {
  const machines = {
    ...{ total: 0, connected: 0, byCompliance: zeros(COMPLIANCE_STATES), staleAgents: 0 },
    ...{ rebootPending: 0, withHeld: 0, withExemptions: 0 },
  };
  const byClassification = CLASSIFICATIONS.map((classification) => ({ classification, count: 0, machines: 0 }));
  const bySeverity = SEVERITIES.map((severity) => ({ severity, count: 0, machines: 0 }));
  const byAge: Aged[] = AGES.map((upToDays) => ({ upToDays, count: 0, security: 0 }));
  let stale: FleetOverview["staleMachines"] = [];
  let missing = 0;
  let overdue = 0;
  let exploited = 0;
  let oldestSecurity = Number.POSITIVE_INFINITY;

  return {
    machine({ machine: { name, state, staleSince, lastSeenAt, figures }, compliance }: Standing): void {
      machines.total++;
      machines.byCompliance[compliance]++;
      if (state === "online") machines.connected++;
      if (staleSince !== null) {
        machines.staleAgents++;
        stale.push({ name, lastSeenAt: lastSeenAt ?? staleSince });
        if (stale.length > 10 * MOST_STALE) stale = longest(stale);
      }
      if (!figures) return;
      if (figures.rebootPending) machines.rebootPending++;
      overdue += figures.verdicts.overdue ?? 0;
    },

    missing(sums: MissingSums): void {
      missing += sums.size;
      exploited += sums.exploited;
      if (sums.held > 0) machines.withHeld++;
      if ((sums.byVerdict[EXEMPT] ?? 0) > 0) machines.withExemptions++;
      addEach(byClassification, sums.byClassification);
      addEach(bySeverity, sums.bySeverity);
      for (let i = 0; i < sums.times; i++) {
        const seenAt = sums.firstSeenAt[i] ?? now;
        const security = sums.security[i] ?? 0;
        const age = byAge[ageOf(now - seenAt)];
        if (age) {
          age.count += sums.counts[i] ?? 0;
          age.security += security;
        }
        if (security > 0 && seenAt < oldestSecurity) oldestSecurity = seenAt;
      }
    },

    done(): FleetOverview {
      const some = (row: Counted) => row.count > 0;
      return {
        machines,
        updates: {
          ...{ missing, overdue, exploited, byAge, byClassification: byClassification.filter(some), bySeverity: bySeverity.filter(some) },
          oldestSecurityFirstSeenAt: oldestSecurity === Number.POSITIVE_INFINITY ? null : oldestSecurity,
        },
        staleMachines: longest(stale),
      };
    },
  };
}

const EXEMPT = VERDICTS.indexOf("exempt");

/** Adds the figures of one machine. */
function addEach(rows: readonly Counted[], counts: readonly number[]): void {
  for (let i = 0; i < rows.length; i++) {
    const [row, count = 0] = [rows[i], counts[i]];
    if (!row || count === 0) continue;
    row.count += count;
    row.machines++;
  }
}

const zeros = <Word extends string>(words: readonly Word[]) => Object.fromEntries(words.map((word) => [word, 0])) as Record<Word, number>;
const ageOf = (ms: number): number => AGES.findIndex((days) => days === null || ms <= days * DAY_MS);
const longest = (stale: FleetOverview["staleMachines"]) =>
  stale.toSorted((a, b) => a.lastSeenAt - b.lastSeenAt || (a.name < b.name ? -1 : 1)).slice(0, MOST_STALE);

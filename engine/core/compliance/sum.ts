import { CLASSIFICATIONS, type Classification, COMPLIANCE_STATES, type ComplianceState, isCritical, SEVERITIES, type Severity } from "../update.ts";
import { type ComplianceReport, type MachineFigures, type MissingCounts, type ScopeFigures, SECURITY_AGES } from "./report.ts";
import { isSecurity, securityBucket } from "./security-age.ts";

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;
const MOST_SCOPES = 200;
const MOST_NAMED = 20;

/** A machine as it is reported on. */
export interface ReportedMachine {
  name: string;
  scope: string;
  compliance: ComplianceState;
  rebootPending: boolean;
  assessedAt: number | null;
}

/** One update that it misses. Times are Unix milliseconds. */
export interface ReportedUpdate {
  name: string;
  classification: Classification;
  severity: Severity;
  /** Not offered to this machine yet. */
  phased: boolean;
  firstSeenAt: number;
  /** Infinity or null: no policy says. */
  dueAt: number | null;
}

/** The same of all that a machine misses, column by column: half a million are added up while somebody waits. Of each column the first `size` values count. */
export interface ReportedSet {
  size: number;
  /** undefined: it isn't known any more what it was. */
  offers: readonly (Pick<ReportedUpdate, "name" | "classification" | "severity"> | undefined)[];
  /** 1: not offered to this machine yet. */
  phased: readonly number[];
  firstSeenAt: readonly number[];
  dueAt: readonly (number | null)[];
}

export const reportedSet = (updates: readonly ReportedUpdate[]): ReportedSet => ({
  ...{ size: updates.length, offers: updates, phased: updates.map(({ phased }) => (phased ? 1 : 0)) },
  ...{ firstSeenAt: updates.map((update) => update.firstSeenAt), dueAt: updates.map((update) => update.dueAt) },
});

/** What a report says of machines and missing updates. */
export type ReportSums = Pick<
  ComplianceReport,
  "machines" | "byScope" | "moreScopes" | "byClassification" | "bySeverity" | "bySecurityAge" | "oldestSecurityFirstSeenAt" | "sla"
>;

/** Adds up machines one by one. */
export function createReportSum(now: number) {
  const byCompliance = zeros(COMPLIANCE_STATES);
  const scopes = new Map<string, ScopeFigures & { oldest: number }>();
  const classes = counters(CLASSIFICATIONS);
  const severities = counters(SEVERITIES);
  const ages = new Map<string, number>();
  /** By name; `last` is the number of the machine that was counted last. */
  const late = new Map<string, { machines: number; since: number; last: number }>();
  let worst: { machine: string; scope: string; overdue: number; since: number }[] = [];
  const sum = { total: 0, rebootPending: 0, overdue: 0, overdueMachines: 0, dueSoon: 0, oldest: Number.POSITIVE_INFINITY };

  function scopeOf(scope: string) {
    const known = scopes.get(scope);
    if (known) return known;
    const fresh = { scope, total: 0, byCompliance: zeros(COMPLIANCE_STATES), missing: 0, security: 0, overdue: 0, machines: 0 };
    const made = { ...fresh, oldestSecurityFirstSeenAt: null, oldest: Number.POSITIVE_INFINITY };
    scopes.set(scope, made);
    return made;
  }

  function countLate(name: string, dueAt: number): void {
    let known = late.get(name);
    if (!known) {
      known = { machines: 0, since: dueAt, last: 0 };
      late.set(name, known);
    }
    if (known.last !== sum.total) known.machines++;
    known.last = sum.total;
    if (dueAt < known.since) known.since = dueAt;
  }

  return {
    /** @returns what the machine's own row says */
    add(machine: ReportedMachine, { size, offers, phased, firstSeenAt, dueAt: due }: ReportedSet): MachineFigures {
      const place = scopeOf(machine.scope);
      const own = { missing: 0, critical: 0, security: 0, overdue: 0, oldest: Number.POSITIVE_INFINITY, since: Number.POSITIVE_INFINITY };
      sum.total++;
      place.total++;
      byCompliance[machine.compliance]++;
      place.byCompliance[machine.compliance]++;
      if (machine.rebootPending) sum.rebootPending++;
      for (let i = 0; i < size; i++) {
        const update = offers[i];
        if (update === undefined) continue;
        const dueAt = phased[i] === 1 ? Number.POSITIVE_INFINITY : (due[i] ?? Number.POSITIVE_INFINITY);
        const isOverdue = dueAt <= now;
        own.missing++;
        if (isCritical(update)) own.critical++;
        if (isSecurity(update)) {
          own.security++;
          own.oldest = Math.min(own.oldest, firstSeenAt[i] ?? Number.POSITIVE_INFINITY);
        }
        classes.add(update.classification, sum.total, isOverdue);
        severities.add(update.severity, sum.total, isOverdue);
        if (!isOverdue) {
          if (dueAt <= now + SOON_MS) sum.dueSoon++;
          continue;
        }
        own.overdue++;
        own.since = Math.min(own.since, dueAt);
        countLate(update.name, dueAt);
      }
      place.missing += own.missing;
      place.security += own.security;
      place.overdue += own.overdue;
      place.oldest = Math.min(place.oldest, own.oldest);
      if (own.missing > 0) place.machines++;
      sum.oldest = Math.min(sum.oldest, own.oldest);
      sum.overdue += own.overdue;
      if (own.overdue > 0) {
        sum.overdueMachines++;
        worst.push({ machine: machine.name, scope: machine.scope, overdue: own.overdue, since: own.since });
        if (worst.length > 50 * MOST_NAMED) worst = longestFirst(worst);
      }
      const bucket = securityBucket(finite(own.oldest), now);
      ages.set(bucket, (ages.get(bucket) ?? 0) + 1);
      const { name, scope, compliance, rebootPending, assessedAt } = machine;
      const { missing, critical, security, overdue } = own;
      return {
        ...{ machine: name, scope, compliance, missing, critical, security, overdue, rebootPending, bucket },
        ...{ oldestSecurityFirstSeenAt: finite(own.oldest), assessedAt },
      };
    },

    done(): ReportSums {
      const largest = [...scopes.values()].sort((a, b) => b.total - a.total).slice(0, MOST_SCOPES);
      const byName = largest.sort((a, b) => (a.scope < b.scope ? -1 : 1));
      const names = [...late].sort(([a, one], [b, other]) => other.machines - one.machines || one.since - other.since || (a < b ? -1 : 1));
      return {
        machines: {
          ...{ total: sum.total, byCompliance, rebootPending: sum.rebootPending },
          compliantShare: sum.total === 0 ? null : byCompliance.compliant / sum.total,
        },
        byScope: byName.map(({ oldest, ...scope }) => ({ ...scope, oldestSecurityFirstSeenAt: timeOf(oldest) })),
        moreScopes: scopes.size - byName.length,
        byClassification: classes.rows().map(({ word, ...counts }) => ({ classification: word, ...counts })),
        bySeverity: severities.rows().map(({ word, ...counts }) => ({ severity: word, ...counts })),
        bySecurityAge: SECURITY_AGES.map(({ bucket, fromDays }) => ({ bucket, fromDays, machines: ages.get(bucket) ?? 0 })),
        oldestSecurityFirstSeenAt: timeOf(sum.oldest),
        sla: {
          ...{ overdue: sum.overdue, machines: sum.overdueMachines, dueSoon: sum.dueSoon },
          updates: names.slice(0, MOST_NAMED).map(([name, { machines, since }]) => ({ name, machines, since: new Date(since).toISOString() })),
          worst: longestFirst(worst).map((one) => ({ ...one, since: new Date(one.since).toISOString() })),
        },
      };
    },
  };
}
export type ReportSum = ReturnType<typeof createReportSum>;

const zeros = <Word extends string>(words: readonly Word[]) => Object.fromEntries(words.map((word) => [word, 0])) as Record<Word, number>;
const finite = (at: number): number | null => (Number.isFinite(at) ? at : null);
const timeOf = (at: number): string | null => (Number.isFinite(at) ? new Date(at).toISOString() : null);
const longestFirst = <One extends { since: number; machine: string }>(all: readonly One[]): One[] =>
  all.toSorted((a, b) => a.since - b.since || (a.machine < b.machine ? -1 : 1)).slice(0, MOST_NAMED);

/** Missing updates by a word that each of them has. */
function counters<Word extends string>(words: readonly Word[]) {
  const rows = new Map(words.map((word) => [word, { word, missing: 0, machines: 0, overdue: 0, last: 0 }]));
  return {
    /** @param machine its number: several of one machine count it once */
    add(word: Word, machine: number, isOverdue: boolean): void {
      const row = rows.get(word);
      if (!row) return;
      row.missing++;
      if (isOverdue) row.overdue++;
      if (row.last !== machine) row.machines++;
      row.last = machine;
    },
    rows: (): (MissingCounts & { word: Word })[] => [...rows.values()].filter(({ missing }) => missing > 0).map(({ last: _, ...row }) => row),
  };
}

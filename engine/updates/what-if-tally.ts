import type { Scope } from "../core/scope.ts";
import { COMPLIANCE_STATES, type ComplianceState } from "../core/update.ts";
import type { EffectivePolicy } from "../core/update-policy/effective.ts";
import { verdictOf } from "../core/update-policy/verdict.ts";
import { reasonOf } from "../core/update-policy/words.ts";
import type { Verdict } from "../core/update-policy.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../store/records/updates.ts";
import { complianceOf } from "./assessment.ts";
import type { FirstSeen } from "./first-seen.ts";
import { judgeBy } from "./policy-judge.ts";

const MOST_MACHINES = 100;
const MOST_UPDATES = 20;

/** One update of one machine that would have another verdict, or would be due at another time. */
export interface ChangedVerdict {
  name: string;
  architecture: string;
  candidateVersion: string;
  before: Verdict;
  after: Verdict;
  dueBefore: number | null;
  dueAfter: number | null;
  /** Why it would be so, in a sentence. */
  reason: string;
}

export interface ChangedMachine {
  machine: string;
  scope: Scope;
  scopeAfter: Scope;
  before: ComplianceState;
  after: ComplianceState;
  updates: ChangedVerdict[];
  /** Further updates that would change. */
  more: number;
}

export interface WhatIf {
  /** How many may be seen, how many of them are in reach of the change, and for how many anything changes. */
  machines: { visible: number; judged: number; changed: number };
  /** States of those judged, before and after. */
  before: Record<ComplianceState, number>;
  after: Record<ComplianceState, number>;
  overdue: { before: number; after: number };
  /** How many updates would go from one verdict to another, on how many machines. */
  moves: { from: Verdict; to: Verdict; updates: number; machines: number }[];
  /** How many would be due at another time. */
  dueChanged: number;
  /** First those whose state changes, then by how many of their updates change. */
  items: ChangedMachine[];
  /** Further machines for which something changes. */
  more: number;
}

interface Comparison extends ChangedMachine {
  overdueBefore: number;
  overdueAfter: number;
  moves: ReadonlyMap<string, number>;
  dueChanged: number;
}

/** What the change does to one machine. */
export function compareMachine(given: {
  machine: MachineRecord;
  moved: MachineRecord;
  before: EffectivePolicy;
  after: EffectivePolicy;
  updates: readonly UpdateRecord[];
  assessment: AssessmentRecord | undefined;
  firstSeen: FirstSeen;
  now: number;
}): Comparison {
  const { machine, moved, updates, assessment, firstSeen, now } = given;
  const [before, after] = [given.before, given.after].map((policy) => judgeBy(policy, updates, { firstSeen, now })) as [
    ReturnType<typeof judgeBy<UpdateRecord>>,
    ReturnType<typeof judgeBy<UpdateRecord>>,
  ];
  const stateOf = ({ missing }: { missing: number }) => complianceOf(assessment && { ...assessment, missing }, now);
  const moves = new Map<string, number>();
  const changed: ChangedVerdict[] = [];
  let count = 0;
  let dueChanged = 0;
  for (const [i, is] of after.updates.entries()) {
    const was = before.updates[i];
    if (!was || (was.verdict === is.verdict && was.dueAt === is.dueAt)) continue;
    count += 1;
    if (was.verdict !== is.verdict) moves.set(`${was.verdict} ${is.verdict}`, (moves.get(`${was.verdict} ${is.verdict}`) ?? 0) + 1);
    if (was.dueAt !== is.dueAt) dueChanged += 1;
    if (changed.length === MOST_UPDATES) continue;
    const { name, architecture, candidateVersion } = is;
    const reason = reasonOf(is, verdictOf(given.after, is, { now, firstSeenIn: (scope) => firstSeen(is, scope) }), given.after);
    changed.push({ name, architecture, candidateVersion, before: was.verdict, after: is.verdict, dueBefore: was.dueAt, dueAfter: is.dueAt, reason });
  }
  return {
    ...{ machine: machine.name, scope: machine.scope, scopeAfter: moved.scope, before: stateOf(before), after: stateOf(after) },
    ...{ updates: changed, more: count - changed.length, moves, dueChanged },
    ...{ overdueBefore: before.verdicts.overdue ?? 0, overdueAfter: after.verdicts.overdue ?? 0 },
  };
}

/** Sums up a fleet, and keeps the machines for which most changes. */
export function createTally(visible: number) {
  const states = () => Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, 0])) as Record<ComplianceState, number>;
  const [before, after] = [states(), states()];
  const overdue = { before: 0, after: 0 };
  const moves = new Map<string, { updates: number; machines: number }>();
  const machines = { visible, judged: 0, changed: 0 };
  let dueChanged = 0;
  let kept: Comparison[] = [];
  const weight = (one: Comparison) => (one.before === one.after ? 0 : 1e9) + one.updates.length + one.more;
  const cut = () => {
    kept = kept.sort((a, b) => weight(b) - weight(a) || (a.machine < b.machine ? -1 : 1)).slice(0, MOST_MACHINES);
  };

  return {
    add(one: Comparison): void {
      machines.judged += 1;
      before[one.before] += 1;
      after[one.after] += 1;
      overdue.before += one.overdueBefore;
      overdue.after += one.overdueAfter;
      dueChanged += one.dueChanged;
      for (const [move, count] of one.moves) {
        const sum = moves.get(move) ?? { updates: 0, machines: 0 };
        moves.set(move, { updates: sum.updates + count, machines: sum.machines + 1 });
      }
      if (one.updates.length === 0 && one.before === one.after && one.scope === one.scopeAfter) return;
      machines.changed += 1;
      kept.push(one);
      if (kept.length >= 4 * MOST_MACHINES) cut();
    },
    result(): WhatIf {
      cut();
      const items = kept.map(({ machine, scope, scopeAfter, before, after, updates, more }) => ({ machine, scope, scopeAfter, before, after, updates, more }));
      return {
        ...{ machines, before, after, overdue, dueChanged, items, more: machines.changed - items.length },
        moves: [...moves].map(([move, sum]) => {
          const [from, to] = move.split(" ") as [Verdict, Verdict];
          return { from, to, ...sum };
        }),
      };
    },
  };
}

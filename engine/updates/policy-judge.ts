import type { Scope } from "../core/scope.ts";
import type { MissingUpdate } from "../core/update.ts";
import { type EffectivePolicy, effectivePolicy } from "../core/update-policy/effective.ts";
import type { ReadPolicy } from "../core/update-policy/read.ts";
import { countsAgainst, isWeighed, verdictOf } from "../core/update-policy/verdict.ts";
import type { Verdict } from "../core/update-policy.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { VerdictCounts } from "../store/records/updates.ts";
import type { Writes } from "../store/store.ts";
import { type FirstSeen, noteFirstSeen } from "./first-seen.ts";
import { createPolicyShelf, type PolicyShelf } from "./policy-shelf.ts";

export type Judged<Update> = Update & { verdict: Verdict; dueAt: number | null };

/** What policies say of all that is missing on a machine. */
export interface Judgement<Update = MissingUpdate> {
  updates: Judged<Update>[];
  /**
   * By verdict, those that the machine is judged by: not what isn't offered to it yet, nor definition updates that stand apart. `approved` is always there: without it nothing
   * has been judged.
   */
  verdicts: VerdictCounts;
  /** How many keep the machine from being compliant. */
  missing: number;
  /** The next moment at which something of it may change; null: not by time. */
  judgeAgainAt: number | null;
}

/** Judges updates by a policy that is known, and times that are. */
export function judgeBy<Update extends MissingUpdate>(
  policy: EffectivePolicy,
  updates: readonly Update[],
  { firstSeen, now }: { firstSeen: FirstSeen; now: number },
): Judgement<Update> {
  const verdicts: VerdictCounts = { approved: 0 };
  let missing = 0;
  let judgeAgainAt: number | null = null;
  const add = (word: keyof VerdictCounts) => {
    verdicts[word] = (verdicts[word] ?? 0) + 1;
  };
  const judged = updates.map((update): Judged<Update> => {
    const { verdict, dueAt, againAt } = verdictOf(policy, update, { now, firstSeenIn: (scope) => firstSeen(update, scope) });
    if (againAt !== null && (judgeAgainAt === null || againAt < judgeAgainAt)) judgeAgainAt = againAt;
    if (isWeighed(policy, update)) {
      add(verdict);
      if (dueAt !== null && dueAt <= now) add("overdue");
    }
    if (countsAgainst(policy, update, verdict)) missing += 1;
    return { ...update, verdict, dueAt };
  });
  return { updates: judged, verdicts, missing, judgeAgainAt };
}

/** Scopes from which a policy counts: their times are asked for. */
export const countedFrom = ({ deferral, sla }: EffectivePolicy): Scope[] => [deferral, sla].flatMap(({ origin }) => origin?.scope ?? []);

/** A machine and what is missing on it. */
export interface Case<Update> {
  machine: MachineRecord;
  updates: readonly Update[];
}

/**
 * Gives verdicts to what is missing on machines, in the transaction that stores them.
 *
 * Invariant: the machine's row is held before policies are read (`machines.hold`). Whoever changes a policy has every machine of its scope judged after the commit, in
 * transactions that hold the machine too: so the last judgement of a machine, whoever gives it, knows the newest policies.
 */
export function createPolicyJudge({ shelf = createPolicyShelf() }: { shelf?: PolicyShelf } = {}) {
  /** @returns one judgement for each, in their order */
  async function judgeMany<Update extends MissingUpdate>(tx: Writes, cases: readonly Case<Update>[], now: number): Promise<Judgement<Update>[]> {
    const above = new Map<Scope, readonly ReadPolicy[]>();
    for (const { machine } of cases) if (!above.has(machine.scope)) above.set(machine.scope, await shelf.above(tx, machine.scope));
    const judged = cases.map(({ machine, updates }) => ({ scope: machine.scope, updates, policy: effectivePolicy(above.get(machine.scope) ?? [], machine) }));
    const sightings = judged.map(({ scope, updates, policy }) => ({ scope, updates, asked: countedFrom(policy) }));
    const firstSeen = await noteFirstSeen(tx, sightings, now);
    return judged.map(({ policy, updates }) => judgeBy(policy, updates, { firstSeen, now }));
  }

  return {
    judgeMany,
    async judge<Update extends MissingUpdate>(tx: Writes, machine: MachineRecord, updates: readonly Update[], now: number): Promise<Judgement<Update>> {
      const [judgement] = await judgeMany(tx, [{ machine, updates }], now);
      return judgement as Judgement<Update>; // one for each
    },
  };
}
export type PolicyJudge = ReturnType<typeof createPolicyJudge>;

import type { Clock } from "../core/clock.ts";
import { readMask } from "../core/mask.ts";
import { type Scope, upwards } from "../core/scope.ts";
import type { ComplianceState, InstalledPackage } from "../core/update.ts";
import { type EffectivePolicy, effectivePolicy } from "../core/update-policy/effective.ts";
import { countsAgainst, verdictOf } from "../core/update-policy/verdict.ts";
import { changesOf, type PossibleChange, sentencesOf } from "../core/update-policy/words.ts";
import type { Verdict } from "../core/update-policy.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { UpdateRecord } from "../store/records/updates.ts";
import type { Store } from "../store/store.ts";
import { complianceOf } from "./assessment.ts";
import { complianceReasons } from "./compliance-words.ts";
import { type FirstSeen, readFirstSeen } from "./first-seen.ts";
import { judgeBy } from "./policy-judge.ts";
import { createPolicyShelf } from "./policy-shelf.ts";
import { type ShownPolicy, shownPolicy } from "./policy-shown.ts";

const MOST_UPDATES = 50;

/** Why one update on one machine has its verdict. */
export interface UpdateWhy {
  update: UpdateRecord;
  verdict: Verdict;
  /** Whether it keeps the machine from being compliant. */
  counts: boolean;
  dueAt: number | null;
  isOverdue: boolean;
  /** In the machine's scope and each one above; null: nobody has reported it there yet. */
  firstSeen: { scope: Scope; at: number | null }[];
  sentences: string[];
  changes: PossibleChange[];
}

export interface Why {
  compliance: ComplianceState;
  reasons: string[];
  /** Unix milliseconds; null: never. */
  assessedAt: number | null;
  policy: ShownPolicy;
  updates: UpdateWhy[];
  /** Others that were asked for and are left out. */
  more: number;
  /** What is installed under the name that was asked for, when nothing of it is missing. */
  installed: InstalledPackage[];
}

/** Explains what policies say of a machine and of its missing updates, as things stand now. Who sees a machine sees what decides about it, also policies from further up. */
export function createWhy({ store, clock }: { store: Pick<Store, "read">; clock: Clock }) {
  const shelf = createPolicyShelf();

  return async function why(machine: MachineRecord, wanted?: string): Promise<Why> {
    const now = clock.now();
    const scopes = upwards(machine.scope);
    const above = await shelf.above(store.read, machine.scope);
    const policy = effectivePolicy(above, machine);
    const [assessment, updates] = await Promise.all([store.read.updates.currentAssessment(machine.id), store.read.updates.ofMachine(machine.id)]);
    const firstSeen = await readFirstSeen(store.read, { scopes, updates, now });
    const judgement = judgeBy(policy, updates, { firstSeen, now });
    const evidence = assessment && { ...assessment, missing: judgement.missing };
    const chosen = wanted === undefined ? [] : updates.filter(isAskedFor(wanted));
    return {
      compliance: complianceOf(evidence, now),
      reasons: complianceReasons(evidence, judgement, now),
      assessedAt: assessment?.receivedAt ?? null,
      policy: shownPolicy(policy, above, machine, now),
      updates: chosen.slice(0, MOST_UPDATES).map((update) => explain(update, policy, { scopes, firstSeen, now })),
      more: Math.max(0, chosen.length - MOST_UPDATES),
      installed:
        wanted === undefined || chosen.length > 0
          ? []
          : (await store.read.updates.packages(machine.id)).filter(({ name }) => name.toLowerCase() === wanted.toLowerCase()).slice(0, MOST_UPDATES),
    };
  };
}
export type AskWhy = ReturnType<typeof createWhy>;

/** By name, which may be a mask; by an advisory or a vulnerability that it mends. */
function isAskedFor(wanted: string): (update: UpdateRecord) => boolean {
  const matches = readMask(wanted.toLowerCase());
  return ({ name, advisories, cves }) => [name, ...advisories, ...cves].some((word) => matches(word.toLowerCase()));
}

function explain(
  update: UpdateRecord,
  policy: EffectivePolicy,
  { scopes, firstSeen, now }: { scopes: readonly Scope[]; firstSeen: FirstSeen; now: number },
): UpdateWhy {
  const judged = verdictOf(policy, update, { now, firstSeenIn: (scope) => firstSeen(update, scope) });
  return {
    update,
    verdict: judged.verdict,
    counts: countsAgainst(policy, update, judged.verdict),
    dueAt: judged.dueAt,
    isOverdue: judged.dueAt !== null && judged.dueAt <= now,
    firstSeen: scopes.map((scope) => ({ scope, at: firstSeen.known(update, scope) })),
    sentences: sentencesOf(update, judged, policy),
    changes: changesOf(update, judged, policy),
  };
}

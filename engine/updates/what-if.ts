import { setImmediate } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { changedTags } from "../core/machine.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import { type EffectivePolicy, effectivePolicy } from "../core/update-policy/effective.ts";
import { type ReadPolicy, readPolicy } from "../core/update-policy/read.ts";
import type { PlacedPolicy, UpdatePolicySpec } from "../core/update-policy.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../store/records/updates.ts";
import type { Store } from "../store/store.ts";
import { readFirstSeen } from "./first-seen.ts";
import { countedFrom } from "./policy-judge.ts";
import { compareMachine, createTally, type WhatIf } from "./what-if-tally.ts";

/** Machines that are looked at before others get their turn. */
const AT_ONCE = 20;
const POLICIES_AT_ONCE = 1_000;

export interface Move {
  machineId: string;
  scope?: Scope;
  /** Null removes one. */
  tags?: Readonly<Record<string, string | null>>;
}

export interface WhatIfRequest {
  /** Policies as they would be, new ones too. */
  put: readonly PlacedPolicy[];
  /** Names of those that would be gone. */
  removed: readonly string[];
  moves: readonly Move[];
  /** Machines of these scopes and below are looked at: those that the caller may see. */
  scopes: readonly Scope[];
}

/** Shows what a change of policies, or of a machine's place, would do to verdicts and compliance. Writes nothing. One after the other: each reads a whole fleet. */
export function createWhatIf({ store, clock }: { store: Pick<Store, "read">; clock: Clock }) {
  let last: Promise<unknown> = Promise.resolve();

  async function allPolicies(): Promise<ReadPolicy[]> {
    const found: ReadPolicy[] = [];
    for (let after: string | undefined; ; ) {
      const page = await store.read.resources.list({ kind: "UpdatePolicy", scopes: ["/"], ...(after === undefined ? {} : { after }), limit: POLICIES_AT_ONCE });
      found.push(...page.map(({ name, scope, spec }) => readPolicy({ name, scope, spec: spec as UpdatePolicySpec })));
      after = page.at(-1)?.name;
      if (page.length < POLICIES_AT_ONCE) return found;
    }
  }

  async function run({ put, removed, moves, scopes }: WhatIfRequest): Promise<WhatIf> {
    const now = clock.now();
    const policies = await allPolicies();
    const replaced = new Set([...removed, ...put.map(({ name }) => name)]);
    const changed = [...policies.filter(({ place }) => replaced.has(place.policy)), ...put.map(readPolicy)];
    const after = [...policies.filter(({ place }) => !replaced.has(place.policy)), ...changed.slice(changed.length - put.length)];
    const moveOf = new Map(moves.map((move) => [move.machineId, move]));
    const visible = await store.read.machines.list({ scopes });
    const affected = visible.filter(({ id, scope }) => moveOf.has(id) || changed.some(({ place }) => scopeIncludes(place.scope, scope)));
    const tally = createTally(visible.length);
    for (let from = 0; from < affected.length; from += AT_ONCE) {
      await setImmediate();
      const some = affected.slice(from, from + AT_ONCE).map((machine) => {
        const moved = movedMachine(machine, moveOf.get(machine.id));
        return { machine, moved, before: effectivePolicy(policies, machine), after: effectivePolicy(after, moved) };
      });
      await compare(some);
    }
    return tally.result();

    async function compare(some: readonly { machine: MachineRecord; moved: MachineRecord; before: EffectivePolicy; after: EffectivePolicy }[]): Promise<void> {
      const ids = some.map(({ machine }) => machine.id);
      const [updates, assessments] = await Promise.all([store.read.verdicts.updatesOf(ids), store.read.updates.currentAssessments(ids)]);
      const counted = [...new Set(some.flatMap((one) => [...countedFrom(one.before), ...countedFrom(one.after)]))];
      const firstSeen = await readFirstSeen(store.read, { scopes: counted, updates: [...updates.values()].flat(), now });
      const assessed = new Map(assessments.map((one): [string, AssessmentRecord] => [one.machineId, one]));
      for (const one of some) {
        const own: readonly UpdateRecord[] = updates.get(one.machine.id) ?? [];
        tally.add(compareMachine({ ...one, updates: own, assessment: assessed.get(one.machine.id), firstSeen, now }));
      }
    }
  }

  return (request: WhatIfRequest): Promise<WhatIf> => {
    const result = last.then(() => run(request));
    last = result.catch(() => {}); // told to whoever asked
    return result;
  };
}
export type AskWhatIf = ReturnType<typeof createWhatIf>;

const movedMachine = (machine: MachineRecord, move: Move | undefined): MachineRecord =>
  move === undefined
    ? machine
    : {
        ...machine,
        ...(move.scope === undefined ? {} : { scope: move.scope }),
        ...(move.tags === undefined ? {} : { tags: changedTags(machine.tags, move.tags) }),
      };

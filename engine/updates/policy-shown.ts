import { type EffectivePolicy, FIELD_NAMES, type FieldName, holdsFor } from "../core/update-policy/effective.ts";
import { endOf, type ReadPolicy } from "../core/update-policy/read.ts";
import type { ExemptionSpec, PolicyPlace, UpdatePolicySpec } from "../core/update-policy.ts";
import type { MachineRecord } from "../store/records/machines.ts";

/** Of a long list people are shown the begin. */
const MOST_SHOWN = 100;

export interface ShownField {
  /** As its author wrote it. */
  value: unknown;
  /** Null: the default. */
  origin: PolicyPlace | null;
  /** Policies that say something else here, and aren't heard. */
  unheard: PolicyPlace[];
  /** Members of a long list that are left out. */
  more: number;
}

export interface ShownExemption extends Omit<ExemptionSpec, "updates">, PolicyPlace {
  updates: string[];
  isOver: boolean;
}

/** The policy that holds for one machine, for people. */
export interface ShownPolicy {
  fields: Record<FieldName, ShownField>;
  exclude: { items: (PolicyPlace & { mask: string })[]; more: number };
  exemptions: { items: ShownExemption[]; more: number };
  /** All that lie in its scope or above it, the one that wins first. */
  policies: (PolicyPlace & { selector: string | null; priority: number; holds: boolean })[];
}

/** What holds without any policy, in the words of documents. */
const DEFAULT_TEXTS: Readonly<Record<FieldName, unknown>> = {
  classifications: "all",
  severities: "all",
  include: [],
  deferral: "0d",
  approval: "auto",
  approved: [],
  sla: "none",
  definitions: "separate",
};

/** @param above all policies of its scope and above, in any order @param now Unix milliseconds */
export function shownPolicy(policy: EffectivePolicy, above: readonly ReadPolicy[], machine: MachineRecord, now: number): ShownPolicy {
  const specs = new Map(policy.policies.map(({ place, spec }) => [place.policy, spec]));
  const field = (name: FieldName): ShownField => {
    const { origin } = policy[name];
    const unheard = [...policy[name].unheard];
    const value = origin === null ? DEFAULT_TEXTS[name] : specs.get(origin.policy)?.[name];
    if (!Array.isArray(value)) return { value, origin, unheard, more: 0 };
    return { value: value.slice(0, MOST_SHOWN), origin, unheard, more: Math.max(0, value.length - MOST_SHOWN) };
  };
  const each = <Item>(of: (spec: UpdatePolicySpec) => readonly Item[] | undefined) =>
    policy.policies.flatMap(({ place, spec }) => (of(spec) ?? []).map((item) => ({ item, place })));
  const exclude = each(({ exclude }) => exclude).map(({ item: mask, place }) => ({ mask, ...place }));
  // In the order of those that were read, which leaves out what is meant for other machines.
  const meant = new Set(policy.exemptions);
  const exemptions = policy.policies.flatMap(({ place, spec, exemptions }) =>
    exemptions.flatMap((read, i): ShownExemption[] => {
      const written = spec.exemptions?.[i];
      return written && meant.has(read) ? [{ ...written, updates: [...written.updates], ...place, isOver: (endOf(written.expiresAt) ?? 0) <= now }] : [];
    }),
  );
  const others = above.filter((one) => !policy.policies.includes(one));
  return {
    fields: Object.fromEntries(FIELD_NAMES.map((name) => [name, field(name)])) as Record<FieldName, ShownField>,
    exclude: begin(exclude),
    exemptions: begin(exemptions),
    policies: [...policy.policies, ...others].map((one) => ({
      ...one.place,
      selector: one.spec.selector ?? null,
      priority: one.priority,
      holds: holdsFor(one, machine),
    })),
  };
}

const begin = <Item>(items: readonly Item[]) => ({ items: items.slice(0, MOST_SHOWN), more: Math.max(0, items.length - MOST_SHOWN) });

import type { SelectableMachine } from "../machine.ts";
import type { MaskSet } from "../mask.ts";
import { scopeIncludes } from "../scope.ts";
import { selectorMatches } from "../selector.ts";
import type { PolicyPlace } from "../update-policy.ts";
import { NO_PERIODS, NOTHING_APPROVED, type ReadExemption, type ReadFields, type ReadPolicy } from "./read.ts";

/** One field of the policy that holds for a machine. */
export interface Field<Value> {
  value: Value;
  /** Null: the default. */
  origin: PolicyPlace | null;
  /** Further policies that say something here, and aren't heard. */
  unheard: readonly PolicyPlace[];
}

/** What holds when no policy says anything: everything is approved at once. Null: no restriction. */
const DEFAULTS: { readonly [Name in keyof ReadFields]: ReadFields[Name] | (Name extends "classifications" | "severities" | "include" ? null : never) } = {
  classifications: null,
  severities: null,
  include: null,
  deferral: NO_PERIODS,
  approval: "auto",
  approved: NOTHING_APPROVED,
  sla: NO_PERIODS,
  definitions: "separate",
};
export type FieldName = keyof ReadFields;
export const FIELD_NAMES = Object.keys(DEFAULTS) as readonly FieldName[];

type Fields = { readonly [Name in FieldName]: Field<(typeof DEFAULTS)[Name]> };

/** What all policies together say of one machine, with the origin of each part. */
export interface EffectivePolicy extends Fields {
  /** Of all policies: an exclusion can't be undone further down. */
  exclude: readonly { place: PolicyPlace; masks: MaskSet }[];
  /** Of all policies, as far as they are meant for this machine; also those that are over. */
  exemptions: readonly ReadExemption[];
  /** Those that hold for the machine, the one that wins first. */
  policies: readonly ReadPolicy[];
}

/**
 * The order in which policies are heard: the nearest scope first; of one scope the higher priority, then the one that has chosen its machines, then by name. All of them
 * lie in scopes above the machine or its own, so that the longer scope is the nearer one.
 */
export function byPrecedence(a: ReadPolicy, b: ReadPolicy): number {
  return (
    b.place.scope.length - a.place.scope.length ||
    b.priority - a.priority ||
    Number(b.selector !== null) - Number(a.selector !== null) ||
    (a.place.policy < b.place.policy ? -1 : 1)
  );
}

export const holdsFor = ({ place, selector }: ReadPolicy, machine: SelectableMachine): boolean =>
  scopeIncludes(place.scope, machine.scope) && (selector === null || selectorMatches(selector, machine));

/** @param policies in any order; those of other scopes and for other machines are passed over */
export function effectivePolicy(policies: readonly ReadPolicy[], machine: SelectableMachine): EffectivePolicy {
  const heard = policies.filter((policy) => holdsFor(policy, machine)).sort(byPrecedence);
  return {
    ...(Object.fromEntries(FIELD_NAMES.map((name) => [name, fieldOf(name, heard)])) as unknown as Fields),
    exclude: heard.flatMap(({ place, exclude }) => (exclude === null ? [] : [{ place, masks: exclude }])),
    exemptions: heard.flatMap(({ exemptions }) => exemptions.filter(({ machines }) => machines === null || selectorMatches(machines, machine))),
    policies: heard,
  };
}

function fieldOf<Name extends FieldName>(name: Name, heard: readonly ReadPolicy[]): Field<unknown> {
  const [winner, ...unheard] = heard.filter(({ fields }) => fields[name] !== undefined);
  return { value: winner ? winner.fields[name] : DEFAULTS[name], origin: winner?.place ?? null, unheard: unheard.map(({ place }) => place) };
}

import type { SelectableMachine } from "../../engine/core/machine.ts";
import { parseScope } from "../../engine/core/scope.ts";
import type { MissingUpdate } from "../../engine/core/update.ts";
import { effectivePolicy } from "../../engine/core/update-policy/effective.ts";
import { readPolicy } from "../../engine/core/update-policy/read.ts";
import { verdictOf } from "../../engine/core/update-policy/verdict.ts";
import type { PlacedPolicy, UpdatePolicySpec } from "../../engine/core/update-policy.ts";

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 2, 10, 12);

/** Policies by `name@scope`. */
export const policies = (specs: Readonly<Record<string, UpdatePolicySpec>>): PlacedPolicy[] =>
  Object.entries(specs).map(([place, spec]) => {
    const [name = "", scope = "/"] = place.split("@");
    return { name, scope: parseScope(scope), spec };
  });

export const aSelectable = (fields: Partial<SelectableMachine> = {}): SelectableMachine => ({
  ...{ name: "web1", scope: "/prod/web", state: "online", tags: {}, facts: null },
  ...fields,
});

export const aMissing = (fields: Partial<MissingUpdate> = {}): MissingUpdate => ({
  ...{ kind: "package", name: "openssl", architecture: "amd64", installedVersion: "1.0", candidateVersion: "1.1" },
  ...{ classification: "security", severity: "unspecified", origin: "Debian-Security", held: false, phased: false, rebootBehaviour: "unknown" },
  ...{ cves: [], advisories: [] },
  ...fields,
});

export const effective = (specs: Readonly<Record<string, UpdatePolicySpec>>, machine: Partial<SelectableMachine> = {}) =>
  effectivePolicy(policies(specs).map(readPolicy), aSelectable(machine));

/** The verdict of one update. @param seen when it was first seen, by scope; elsewhere now */
export function judged(
  specs: Readonly<Record<string, UpdatePolicySpec>>,
  update: Partial<MissingUpdate> = {},
  { machine = {}, seen = {}, now = NOW }: { machine?: Partial<SelectableMachine>; seen?: Readonly<Record<string, number>>; now?: number } = {},
) {
  return verdictOf(effective(specs, machine), aMissing(update), { now, firstSeenIn: (scope) => seen[scope] ?? now });
}

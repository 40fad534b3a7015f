import type { Clock } from "../core/clock.ts";
import { canonicalJson } from "../core/json.ts";
import type { DocumentProblem, ResourceRecord } from "../core/resource.ts";
import type { Scope } from "../core/scope.ts";
import { policyProblems, policyWarnings } from "../core/update-policy/check.ts";
import { UpdatePolicySpec } from "../protocol/resources/update-policy.ts";
import type { Reads, Writes } from "../store/store.ts";

/** Policies of one scope. */
const MOST_IN_SCOPE = 100;

type PolicyRecord = ResourceRecord<UpdatePolicySpec>;

/** Update policies as resources: what this area tells `resources` about them. A change has the machines of its scope judged anew. */
export function policyKind({ clock }: { clock: Clock }) {
  const judgeAgain = (tx: Writes, { scope }: PolicyRecord, id: string) => tx.judgings.scopeChanged({ id, scope, at: clock.now() });

  return {
    kind: "UpdatePolicy",
    noun: "update-policies",
    command: "update policy",
    schema: UpdatePolicySpec,
    actions: { read: "policy.read", write: "policy.write" },
    runbooks: () => [],
    warnings: (spec: UpdatePolicySpec): string[] => policyWarnings(spec, clock.now()),

    async check({ name, scope, spec }: { name: string; scope: Scope; spec: UpdatePolicySpec }, { reads }: { reads: Reads }): Promise<DocumentProblem[]> {
      const others = (await reads.resources.headsIn("UpdatePolicy", [scope])).filter((one) => one.name !== name).length;
      const tooMany = {
        path: "/scope",
        message: `there are ${others} policies in ${scope} already, at most ${MOST_IN_SCOPE} may be: each machine goes by all of them`,
      };
      return [...policyProblems(spec), ...(others >= MOST_IN_SCOPE ? [tooMany] : [])];
    },

    async states(_: Reads, resources: readonly PolicyRecord[]): Promise<ReadonlyMap<string, { warnings?: readonly string[] }>> {
      const told = resources.map(({ id, spec }) => [id, policyWarnings(spec, clock.now())] as const);
      return new Map(told.filter(([, warnings]) => warnings.length > 0).map(([id, warnings]) => [id, { warnings }]));
    },

    async stored(tx: Writes, policy: PolicyRecord, before: PolicyRecord | undefined): Promise<void> {
      const content = ({ description: _, ...rest }: UpdatePolicySpec) => canonicalJson(rest);
      if (before && content(before.spec) === content(policy.spec)) return;
      await judgeAgain(tx, policy, `${policy.id} ${policy.revision}`);
    },

    removed: (tx: Writes, policy: PolicyRecord): Promise<void> => judgeAgain(tx, policy, `${policy.id} deleted`),
  } as const;
}
export type PolicyKind = ReturnType<typeof policyKind>;

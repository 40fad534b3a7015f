import { type Actor, isAllowed } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { SolutionRecord } from "../store/records/solutions.ts";
import type { Reads } from "../store/store.ts";
import type { DocumentKind } from "./document-kind.ts";
import { digestOf } from "./solution-change.ts";

/** A solution beside what is there of it. */
export interface SolutionView {
  record: SolutionRecord;
  /** Those that the actor may see. */
  members: { kind: string; name: string; scope: Scope; state: "asInstalled" | "changed" | "gone" }[];
}

export async function solutionView(reads: Reads, kinds: readonly DocumentKind[], record: SolutionRecord, actor: Actor): Promise<SolutionView> {
  const members: SolutionView["members"] = [];
  for (const { kind, name, scope, digest } of record.members) {
    const rules = kinds.find((one) => one.kind === kind);
    if (!rules || !isAllowed(actor, rules.actions.read, scope)) continue;
    const standing = await rules.find(reads, { name, scope });
    const isGone = !standing || standing.scope !== scope || rules.isGone?.(standing);
    members.push({ kind, name, scope, state: isGone ? "gone" : digestOf(rules, standing.fields) === digest ? "asInstalled" : "changed" });
  }
  return { record, members };
}

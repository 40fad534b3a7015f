import type { TSchema } from "typebox";
import type { DocumentProblem, ResourceRecord, StoredKind } from "../core/resource.ts";
import type { Action, Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { Reads, Writes } from "../store/store.ts";

/** What this area tells `resources` about one of its kinds. */
export interface TriggerKind<Spec> {
  kind: StoredKind;
  noun: string;
  command: string;
  schema: TSchema;
  actions: { read: Action; write: Action };
  runbooks(spec: Spec): readonly string[];
  /** Names of the secrets that it uses: a plan shows when they change. */
  secrets?(spec: Spec): readonly string[];
  check(
    document: { name: string; scope: Scope; spec: Spec },
    context: { reads: Reads; actor: Actor; before: ResourceRecord | undefined },
  ): Promise<DocumentProblem[]>;
  /** What the engine adds to each, by id. */
  states?(reads: Reads, resources: readonly ResourceRecord<Spec>[]): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  stored?(tx: Writes, resource: ResourceRecord<Spec>, before: ResourceRecord<Spec> | undefined, by: string): Promise<void>;
  removed?(tx: Writes, resource: ResourceRecord<Spec>): Promise<void>;
}

import type { TSchema } from "typebox";
import type { DocumentProblem, ResourceRecord, StoredKind } from "../core/resource.ts";
import type { Action, Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { Reads, Writes } from "../store/store.ts";

/** What a kind of stored resource adds to being stored: its shape, its rules, and what follows from a change. */
export interface ResourceKind {
  kind: StoredKind;
  /** Of the URL and the command, such as `schedules`. */
  noun: string;
  /** Of the command line, such as `schedule`. */
  command: string;
  /** Of the document without `kind`, `name` and `scope`. */
  schema: TSchema;
  actions: { read: Action; write: Action };
  /** Names of the runbooks that it starts, in the order of its runs. */
  runbooks(spec: unknown): readonly string[];
  /** Where they stand in the document. Default: `/runs/N/runbook`. */
  runbookPaths?(spec: unknown): readonly string[];
  /** What of a document has a say in what it does: whoever changes the rest isn't its author. Default: all of it. */
  effect?(spec: unknown): unknown;
  /** Names of the secrets that it uses: a plan shows when they change. */
  secrets?(spec: unknown): readonly string[];
  /** What an author should know of one that is taken all the same. */
  warnings?(spec: unknown): readonly string[];
  /** The same where it takes a look at what else is there. */
  advice?(reads: Reads, document: { name: string; scope: Scope; spec: unknown }): Promise<readonly string[]>;
  /** Rules beyond the schema. `reads` shows what will be there: in a transaction that changes several things, also what it has changed so far. */
  check(
    document: { name: string; scope: Scope; spec: unknown },
    context: { reads: Reads; actor: Actor; before: ResourceRecord | undefined },
  ): Promise<DocumentProblem[]>;
  /** What the engine adds to each, by id. */
  states?(reads: Reads, resources: readonly ResourceRecord[]): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  /** In the transaction that has stored it. */
  stored?(tx: Writes, resource: ResourceRecord, before: ResourceRecord | undefined, by: string): Promise<void>;
  /** In the transaction that removes it, before it is gone. */
  removed?(tx: Writes, resource: ResourceRecord): Promise<void>;
}

import type { TSchema } from "typebox";
import type { PermissionNote } from "../core/document.ts";
import type { Action, Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { Reads, Writes } from "../store/store.ts";
import type { Caller, RunbookFileChange } from "./ports.ts";

/** What is there of a kind, as its document would say it. */
export interface Standing {
  name: string;
  scope: Scope;
  /** Another one when anything has changed. */
  revision: number;
  /** Without `kind`, `name` and `scope`. */
  fields: Readonly<Record<string, unknown>>;
}

/** A document with its place. */
export interface Placed {
  name: string;
  scope: Scope;
  /** Without `kind`, `name` and `scope`. */
  fields: Readonly<Record<string, unknown>>;
  /** What `prepare` has made of it. */
  prepared: unknown;
}

export interface ChangeContext {
  caller: Caller;
  /** Of the plan that is done; of a plan that is only shown null. */
  plan: string | null;
  message: string;
}

/** What people are told of a change besides its fields. */
export interface Telling {
  permissions: PermissionNote[];
  warnings: string[];
  files?: RunbookFileChange[];
}

/**
 * A kind of document. Adding one means adding one of these to the list that `joints.ts` makes; its place there is the order in which things are made, and deletions
 * go the other way round.
 */
export interface DocumentKind<Found extends Standing = Standing> {
  kind: string;
  /** What editors check YAML with, without `kind`, `name` and `scope`. */
  schema: TSchema;
  /** What makes up the name of one that has no member `name`: `principal/role`. */
  nameFrom?: readonly string[];
  /** Whether one in another scope bears the same name. Default: names are unique, wherever it lies. */
  names?: "perScope";
  actions: { read: Action; write: Action };
  /** Default: as for writing. */
  removal?: Action;
  /** Wherever it is pruned; only where the documents have some of this kind; only with a flag of its own. */
  prune: "always" | "mentioned" | "asked";
  mayPrune?(standing: Found): boolean;
  /** What takes long or isn't done within a transaction. @throws what is wrong with the document, or PERMISSION_DENIED */
  prepare?(document: Pick<Placed, "name" | "fields">, actor: Actor): Promise<unknown>;
  /** In this scope; or anywhere, where names are unique. */
  find(reads: Reads, at: { name: string; scope: Scope }): Promise<Found | undefined>;
  /** By scope and name. */
  list(reads: Reads, scopes: readonly Scope[]): Promise<Found[]>;
  /** Whether the document says what is there already. Default: its fields are equal. */
  isSame?(document: Placed, before: Found): boolean;
  /** Names of the runbooks that it starts, in the order of its runs. */
  runbooks?(fields: Readonly<Record<string, unknown>>): readonly string[];
  /** Where they stand in the document. Default: `/runs/N/runbook`. */
  runbookPaths?(fields: Readonly<Record<string, unknown>>): readonly string[];
  /** What of the fields makes one that a solution has brought another one. Default: all of them. */
  content?(fields: Readonly<Record<string, unknown>>): unknown;
  /** Whether it was deleted, and could be restored. */
  isGone?(standing: Found): boolean;
  /** Brings it back as it was, for a solution that has it. */
  restore?(tx: Writes, gone: Found, context: ChangeContext): Promise<void>;
  /** What people see, and the plan's hash covers. Default: the fields. */
  shown?(document: Placed, before: Found | undefined): Readonly<Record<string, unknown>>;
  tell?(document: Placed, before: Found | undefined, reads: Reads): Promise<Partial<Telling>>;
  /** What its author should know beside all that is there then: asked when every document of the plan has been made, and what is to go is gone. */
  advise?(document: Placed, reads: Reads): Promise<readonly string[]>;
  tellRemoval?(before: Found): Partial<Telling>;
  /** @throws RESOURCE_INVALID whose details name the members, or another error of the catalogue */
  put(tx: Writes, document: Placed, before: Found | undefined, context: ChangeContext): Promise<void>;
  remove(tx: Writes, before: Found, context: ChangeContext): Promise<void>;
  /** For an export: what isn't in the fields. */
  exported?(reads: Reads, standing: Found): Promise<Readonly<Record<string, unknown>>>;
  /** After the commit. */
  changed?(): void;
}

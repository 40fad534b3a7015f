import type { Scope } from "./scope.ts";

/** Those that start runbooks. */
export const STARTING_KINDS = ["Schedule", "Webhook", "EventRule"] as const;
export type StartingKind = (typeof STARTING_KINDS)[number];

/**
 * What teams keep in files and review: a document has `kind`, `name`, mostly a `scope`, and its kind's own fields, all on one level.
 * These kinds are kept as their authors wrote them; variables, roles and runbooks have records of their own.
 */
export const STORED_KINDS = [...STARTING_KINDS, "Freeze", "UpdatePolicy", "MaintenanceWindow"] as const;
export type StoredKind = (typeof STORED_KINDS)[number];

/** One thing that is wrong with a document: `path` is a JSON Pointer. */
export interface DocumentProblem {
  path: string;
  message: string;
}

/** A name is unique among resources of its kind, whatever their scope: `runwright schedule show NAME` means one. */
export const RESOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;
export const RESOURCE_NAME_RULE = "lower-case letters, digits and . _ -, beginning with a letter or digit, at most 128";

/** As it is stored. */
export interface ResourceRecord<Spec = unknown, Kind extends StoredKind = StoredKind> {
  id: string;
  kind: Kind;
  scope: Scope;
  name: string;
  /** The document without `kind`, `name` and `scope`. */
  spec: Spec;
  /** Counts changes, from 1. */
  revision: number;
  createdAt: number;
  createdBy: string;
  updatedAt: number;
  updatedBy: string;
  /** Who has last changed what it does: whoever only describes it otherwise isn't meant. */
  authorId: string;
  author: string;
}

/** One that starts runbooks. */
export type Starter<Spec = unknown> = ResourceRecord<Spec, StartingKind>;

import type { VariableType } from "../core/asset.ts";
import type { PermissionNote } from "../core/document.ts";
import type { Json } from "../core/json.ts";
import type { JsonSchema, Manifest, Permissions } from "../core/manifest.ts";
import type { DocumentProblem } from "../core/resource.ts";
import type { Actor, Grant } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { AssetRecord } from "../store/records/assets.ts";
import type { PrincipalRecord } from "../store/records/principals.ts";
import type { SourceFile, VersionRecord } from "../store/records/runbooks.ts";
import type { Reads, Writes } from "../store/store.ts";

/*
 * What plans need of the rest of the engine; `joints.ts` joins it. All of it works in the caller's transaction: a plan is what an apply does, undone.
 */

/** Who asks, from where, and in which request. */
export interface Caller {
  actor: Actor;
  address: string;
  correlationId: string;
}

/** Appends to the activity log. */
export type Audit = (tx: Writes, caller: Caller, deed: { operation: string; target: string; scope: Scope; details: unknown }) => void;

export interface UploadedRunbook {
  name: string;
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
  sources: readonly SourceFile[];
}

export interface ReceivedRunbook extends UploadedRunbook {
  manifest: Manifest;
}

export interface RunbookPort {
  /** Loads the bundle in an isolate: never within a transaction. @throws TOO_LARGE, BAD_REQUEST, CHECK_FAILED */
  receive(upload: UploadedRunbook): Promise<ReceivedRunbook>;
  /** @throws NAME_TAKEN */
  publish(tx: Writes, name: string, scope: Scope, received: ReceivedRunbook, by: { by: string; message: string }): Promise<VersionRecord>;
  /** @throws RUNBOOK_NOT_FOUND */
  remove(tx: Writes, name: string, by: { by: string }): Promise<void>;
  /** @throws RUNBOOK_NOT_FOUND, RESTORE_EXPIRED */
  restore(tx: Writes, name: string, by: { by: string }): Promise<void>;
  /** What differs, and what the newer one may do that the older one may not. */
  compare(before: VersionRecord | undefined, after: ReceivedRunbook): { files: RunbookFileChange[]; permissions: PermissionNote[] };
  /** What it may do that goes beyond these permissions, in words. */
  beyond(permissions: Permissions, manifest: Manifest): string[];
  /** @throws PERMISSION_DENIED when it declares a secret that its author may not see */
  requireVisible(reads: Reads, manifest: Manifest, scope: Scope, actor: Actor): Promise<void>;
  /** Which resources start its newest version with parameters that it doesn't take; null: it is gone, and all that start it are meant. */
  brokenBy(reads: Reads, runbook: string, parameters: JsonSchema | null): Promise<{ kind: string; name: string; scope: Scope; problems: DocumentProblem[] }[]>;
}

export interface RunbookFileChange {
  path: string;
  change: "added" | "removed" | "changed";
  patch: string;
}

/** Plain variables, whose values people may see. */
export interface VariablePort {
  isEncrypted(asset: AssetRecord): boolean;
  /** Of a plain one. */
  value(reads: Reads, asset: AssetRecord): Promise<Json>;
  /** @throws BAD_REQUEST, TOO_LARGE, CONFLICT when it is of another kind or type */
  put(tx: Writes, variable: { scope: Scope; name: string; value: Json; type?: VariableType }, caller: Caller): Promise<unknown>;
  remove(tx: Writes, at: { scope: Scope; name: string }, caller: Caller): Promise<void>;
}

export interface RolePort {
  /** @throws PERMISSION_DENIED, CONFLICT when nobody would be left who administers the engine */
  setGrants(tx: Writes, principal: PrincipalRecord, grants: readonly Grant[], caller: Caller): Promise<void>;
  /** After the commit: who they are is asked anew. */
  changed(): void;
}

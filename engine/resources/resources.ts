import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { IdPrefix, NewId } from "../core/id.ts";
import { canonicalJson } from "../core/json.ts";
import { type DocumentProblem, RESOURCE_NAME, RESOURCE_NAME_RULE, type ResourceRecord, type StoredKind } from "../core/resource.ts";
import { type Actor, isAllowed } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import { shapeProblems } from "../protocol/resources/problems.ts";
import type { Reads, Store, Writes } from "../store/store.ts";
import type { ResourceKind } from "./kind.ts";

export interface ResourcesParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  kinds: readonly ResourceKind[];
}

export interface ResourceDocument {
  kind: StoredKind;
  name: string;
  scope: Scope;
  spec: unknown;
}

export interface ResourceChange {
  actor: Actor;
  /** The revision that the author has seen; refused when someone else has changed it since. */
  expectedRevision?: number;
  /** The entry of the activity log, in the same transaction. */
  also?(tx: Writes, change: { resource: ResourceRecord; before: ResourceRecord | undefined }): void;
}

/**
 * Schedules, webhooks, event rules and freezes: what they have in common. `put` and `remove` take a transaction, so that several can change together or not at all;
 * whoever calls them has authorised the actor.
 */
export function createResources({ store, clock, newId, kinds }: ResourcesParts) {
  const ofKind = (kind: StoredKind): ResourceKind => {
    const found = kinds.find((one) => one.kind === kind);
    if (!found) throw new RunwrightError("INTERNAL", `no part of the engine keeps resources of the kind ${kind}`);
    return found;
  };
  const missing = (kind: StoredKind, name: string) =>
    new RunwrightError("NOT_FOUND", `there is no ${kind} "${name}"; \`runwright ${ofKind(kind).command} list\` shows what there is`);

  /** All that is wrong with a document; the shape first, as rules read what has the right shape. */
  async function problemsOf(reads: Reads, { kind, name, scope, spec }: ResourceDocument, { actor }: Pick<ResourceChange, "actor">): Promise<DocumentProblem[]> {
    const rules = ofKind(kind);
    const problems: DocumentProblem[] = RESOURCE_NAME.test(name) ? [] : [{ path: "/name", message: `a name has ${RESOURCE_NAME_RULE}` }];
    const shape = shapeProblems(rules.schema, spec);
    if (shape.length > 0) return [...problems, ...shape];
    const before = await reads.resources.byName(kind, name);
    // Whoever only switches it off must be able to, above all when what it starts is gone.
    if (before?.scope === scope && isSwitchedOff(before.spec, spec)) return problems;
    return [...problems, ...(await rules.check({ name, scope, spec }, { reads, actor, before }))];
  }

  /**
   * Stores a document as a new or changed resource; an equal one changes nothing.
   * @throws RESOURCE_INVALID whose details are DocumentProblem[]; NAME_TAKEN when it lies in another scope; CONFLICT
   */
  async function put(
    tx: Writes,
    document: ResourceDocument,
    change: ResourceChange,
  ): Promise<{ resource: ResourceRecord; before: ResourceRecord | undefined }> {
    const { kind, name, scope, spec } = document;
    const rules = ofKind(kind);
    const found = await tx.resources.byName(kind, name);
    const before = found && (await tx.resources.lock(found.id));
    if (before && before.scope !== scope) {
      const where = isAllowed(change.actor, rules.actions.read, before.scope) ? `in scope ${before.scope}` : `where ${change.actor.name} can't see it`;
      throw new RunwrightError("NAME_TAKEN", `${kind} "${name}" exists ${where}; choose another name, or delete that one first`);
    }
    if (change.expectedRevision === 0 && before)
      throw new RunwrightError("CONFLICT", `${kind} "${name}" is there already, at revision ${before.revision}; choose another name, or change that one`);
    if (change.expectedRevision !== undefined && change.expectedRevision !== (before?.revision ?? 0))
      throw new RunwrightError(
        "CONFLICT",
        `${kind} "${name}" is at revision ${before?.revision ?? 0}, you have seen ${change.expectedRevision}; read it again`,
      );
    refuse(document, await problemsOf(tx, document, change));
    if (before && canonicalJson(before.spec) === canonicalJson(spec)) return { resource: before, before };
    const now = clock.now();
    const by = change.actor.name;
    const effectOf = (document: unknown) => canonicalJson(rules.effect?.(document) ?? document);
    const author = before && effectOf(before.spec) === effectOf(spec) ? {} : { authorId: change.actor.id, author: by };
    const resource: ResourceRecord = before
      ? { ...before, spec, revision: before.revision + 1, updatedAt: now, updatedBy: by, ...author }
      : {
          ...{ id: newId(PREFIX[kind]), kind, scope, name, spec, revision: 1, createdAt: now, createdBy: by, updatedAt: now, updatedBy: by },
          ...{ authorId: change.actor.id, author: by },
        };
    const runbooks = rules.runbooks(spec);
    if (before) await tx.resources.update(resource, runbooks);
    else await tx.resources.insert(resource, runbooks);
    await rules.stored?.(tx, resource, before, by);
    change.also?.(tx, { resource, before });
    return { resource, before };
  }

  /** @throws NOT_FOUND, CONFLICT */
  async function remove(tx: Writes, kind: StoredKind, name: string, change: ResourceChange): Promise<ResourceRecord> {
    const found = await tx.resources.byName(kind, name);
    const before = found && (await tx.resources.lock(found.id));
    if (!before) throw missing(kind, name);
    if (change.expectedRevision !== undefined && change.expectedRevision !== before.revision)
      throw new RunwrightError("CONFLICT", `${kind} "${name}" is at revision ${before.revision}, you have seen ${change.expectedRevision}; read it again`);
    await ofKind(kind).removed?.(tx, before);
    await tx.resources.delete(before.id);
    change.also?.(tx, { resource: before, before });
    return before;
  }

  return {
    kinds,
    ofKind,
    problemsOf,
    put,
    remove,
    /** @throws NOT_FOUND */
    async get(kind: StoredKind, name: string): Promise<ResourceRecord> {
      const found = await store.read.resources.byName(kind, name);
      if (!found) throw missing(kind, name);
      return found;
    },
  };
}
export type Resources = ReturnType<typeof createResources>;

const isSwitchedOff = (before: unknown, after: unknown): boolean => {
  const [was, is] = [before, after].map((spec) => Object(spec) as Record<string, unknown>);
  return is?.enabled === false && canonicalJson({ ...was, enabled: false }) === canonicalJson(is);
};

/** Of ids. */
const PREFIX: Readonly<Record<StoredKind, IdPrefix>> = {
  Schedule: "sch",
  Webhook: "whk",
  EventRule: "rul",
  Freeze: "frz",
  UpdatePolicy: "pol",
  MaintenanceWindow: "win",
};

/** @throws RESOURCE_INVALID */
export function refuse({ kind, name }: { kind: string; name: string }, problems: readonly DocumentProblem[]): void {
  if (problems.length === 0) return;
  const told = problems.map(({ path, message }) => (path === "" ? message : `${path} ${message}`)).join("; ");
  throw new RunwrightError("RESOURCE_INVALID", `${kind} "${name}": ${told}`, { details: problems.map(({ path, message }) => ({ field: path, message })) });
}

import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Scope } from "../core/scope.ts";
import type { DraftRecord, RunbookRecord, SourceFile, VersionRecord } from "../store/records/runbooks.ts";
import type { Reads, Store, Writes } from "../store/store.ts";

const RESTORE_MS = 30 * 86_400_000;

/** What a client sends and the engine has verified: the manifest comes from the bundle itself. */
export interface CheckedRunbook {
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
  manifest: Manifest;
  sources: readonly SourceFile[];
}

export interface CatalogueParts {
  store: Store;
  clock: Clock;
  newId: NewId;
}

/** Who changes something; `also` is written in the same transaction. */
export interface Change {
  by: string;
  also?: (tx: Writes, runbook: RunbookRecord, version: number | null) => void;
}

export interface Publication extends Change {
  message: string;
  /** The newest version that the author has seen; refused when someone else published since. */
  expectedVersion?: number;
}

/** Runbooks, their drafts and their numbered, immutable versions. */
export function createCatalogue({ store, clock, newId }: CatalogueParts) {
  async function find(tx: Pick<Reads, "runbooks">, name: string): Promise<RunbookRecord> {
    const runbook = await tx.runbooks.byName(name);
    if (!runbook) throw new RunwrightError("RUNBOOK_NOT_FOUND", `there is no runbook "${name}"; see \`runwright runbook list\``);
    return runbook;
  }

  async function findLive(tx: Pick<Reads, "runbooks">, name: string): Promise<RunbookRecord> {
    const runbook = await find(tx, name);
    if (runbook.deletedAt !== null) {
      throw new RunwrightError(
        "RUNBOOK_NOT_FOUND",
        `runbook "${name}" was deleted by ${runbook.deletedBy}; \`runwright runbook restore ${name}\` brings it back`,
      );
    }
    return runbook;
  }

  async function findOrCreate(tx: Writes, name: string, scope: Scope, by: string): Promise<RunbookRecord> {
    const known = await tx.runbooks.byName(name);
    if (known) {
      if (known.deletedAt !== null)
        throw new RunwrightError(
          "NAME_TAKEN",
          `runbook "${name}" was deleted and can still be restored; restore it with \`runwright runbook restore ${name}\`, or choose another name`,
        );
      if (known.scope !== scope) throw new RunwrightError("NAME_TAKEN", `runbook "${name}" exists in scope ${known.scope}; choose another name or that scope`);
      return known;
    }
    const runbook: RunbookRecord = { id: newId("run"), scope, name, createdAt: clock.now(), createdBy: by, latestVersion: 0, deletedAt: null, deletedBy: null };
    await tx.runbooks.insert(runbook);
    return runbook;
  }

  async function putDraft(tx: Writes, runbook: RunbookRecord, checked: CheckedRunbook, by: string): Promise<DraftRecord> {
    const now = clock.now();
    await tx.runbooks.putBundle({ hash: checked.bundleHash, text: checked.bundle, sourceMap: checked.sourceMap, createdAt: now });
    const before = await tx.runbooks.draft(runbook.id);
    const { bundleHash, manifest, sources } = checked;
    const draft = { runbookId: runbook.id, bundleHash, manifest, sources, revision: (before?.revision ?? 0) + 1, updatedAt: now, updatedBy: by };
    await tx.runbooks.putDraft(draft);
    return draft;
  }

  async function publishIn(
    tx: Writes,
    name: string,
    scope: Scope,
    checked: CheckedRunbook,
    { message, expectedVersion, by, also }: Publication,
  ): Promise<{ version: VersionRecord; isNew: boolean }> {
    const runbook = await findOrCreate(tx, name, scope, by);
    if (expectedVersion !== undefined && expectedVersion !== runbook.latestVersion) {
      throw new RunwrightError(
        "CONFLICT",
        `runbook "${name}" is at version ${runbook.latestVersion}, you have seen ${expectedVersion}; look at \`runwright runbook diff ${name}\` and publish again`,
      );
    }
    const newest = runbook.latestVersion > 0 ? await tx.runbooks.version(runbook.id, runbook.latestVersion) : undefined;
    if (newest?.bundleHash === checked.bundleHash) return { version: newest, isNew: false };
    await putDraft(tx, runbook, checked, by);
    const { bundleHash, manifest, sources } = checked;
    const number = runbook.latestVersion + 1;
    const version = { runbookId: runbook.id, version: number, bundleHash, manifest, sources, message, publishedAt: clock.now(), publishedBy: by };
    await tx.runbooks.insertVersion(version);
    also?.(tx, runbook, version.version);
    return { version, isNew: true };
  }

  async function deleteIn(tx: Writes, name: string, { by, also }: Change): Promise<void> {
    const runbook = await findLive(tx, name);
    await tx.runbooks.patch(runbook.id, { deletedAt: clock.now(), deletedBy: by });
    also?.(tx, runbook, null);
  }

  async function restoreIn(tx: Writes, name: string, { also }: Change): Promise<RunbookRecord> {
    const runbook = await find(tx, name);
    if (runbook.deletedAt === null) throw new RunwrightError("CONFLICT", `runbook "${name}" isn't deleted`);
    if (clock.now() - runbook.deletedAt > RESTORE_MS) throw new RunwrightError("RESTORE_EXPIRED", `runbook "${name}" was deleted more than 30 days ago`);
    await tx.runbooks.patch(runbook.id, { deletedAt: null, deletedBy: null });
    also?.(tx, runbook, null);
    return { ...runbook, deletedAt: null, deletedBy: null };
  }

  return {
    /** The same as `publish`, `delete` and `restore`, within a transaction that changes more. */
    publishIn,
    deleteIn,
    restoreIn,

    /** @throws RUNBOOK_NOT_FOUND */
    get: (name: string): Promise<RunbookRecord> => find(store.read, name),

    /** @throws NAME_TAKEN */
    saveDraft(name: string, scope: Scope, checked: CheckedRunbook, { by, also }: Change): Promise<DraftRecord> {
      return store.write(async (tx) => {
        const runbook = await findOrCreate(tx, name, scope, by);
        const draft = await putDraft(tx, runbook, checked, by);
        also?.(tx, runbook, null);
        return draft;
      });
    },

    /**
     * Makes a new version of what was checked. The same bundle as the newest version's makes none.
     * @throws NAME_TAKEN, CONFLICT
     */
    publish: (name: string, scope: Scope, checked: CheckedRunbook, publication: Publication): Promise<{ version: VersionRecord; isNew: boolean }> =>
      store.write((tx) => publishIn(tx, name, scope, checked, publication)),

    /** @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND */
    async version(name: string, number: number): Promise<VersionRecord> {
      const runbook = await find(store.read, name);
      const version = await store.read.runbooks.version(runbook.id, number);
      if (!version) throw new RunwrightError("VERSION_NOT_FOUND", `runbook "${name}" has no version ${number}; its newest is ${runbook.latestVersion}`);
      return version;
    },

    /** @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND when it has no draft */
    async draft(name: string): Promise<DraftRecord> {
      const draft = await store.read.runbooks.draft((await find(store.read, name)).id);
      if (!draft) throw new RunwrightError("VERSION_NOT_FOUND", `runbook "${name}" has no draft`);
      return draft;
    },

    /** Newest first. @throws RUNBOOK_NOT_FOUND */
    versions: async (name: string): Promise<VersionRecord[]> => store.read.runbooks.versions((await find(store.read, name)).id),

    /** It can be restored for 30 days; then it and its versions are removed for good. @throws RUNBOOK_NOT_FOUND */
    delete: (name: string, change: Change): Promise<void> => store.write((tx) => deleteIn(tx, name, change)),

    /** @throws RUNBOOK_NOT_FOUND, CONFLICT when it isn't deleted, RESTORE_EXPIRED */
    restore: (name: string, change: Change): Promise<RunbookRecord> => store.write((tx) => restoreIn(tx, name, change)),

    /** Removes what was deleted more than 30 days ago. @returns how many */
    async purge(): Promise<number> {
      const gone = await store.read.runbooks.list({ scopes: ["/"], deleted: true, limit: 1_000 });
      const due = gone.filter((runbook) => runbook.deletedAt !== null && clock.now() - runbook.deletedAt > RESTORE_MS);
      await store.write(async (tx) => {
        for (const runbook of due) await tx.runbooks.purge(runbook.id);
      });
      return due.length;
    },
  };
}
export type Catalogue = ReturnType<typeof createCatalogue>;

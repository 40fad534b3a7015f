import type { Clock } from "../core/clock.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { WRAPPED_KEYS, type WrappedKeyTable } from "../store/records/wrapped-keys.ts";
import type { Store } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { contextOf } from "./asset-seal.ts";
import { requireAction } from "./authorize.ts";
import { SEED_KEY } from "./identity.ts";
import { CHECK, checkOf, type MasterKey } from "./master-key.ts";
import type { StoredRootKeys } from "./root-keys.ts";
import type { Sealer } from "./sealer.ts";

const AT_ONCE = 200;
/** An engine may have wrapped a key with an old root key just before it learnt of the new one, and commit it much later. */
const FORGET_AFTER_MS = 3_600_000;

export interface KeyRotationParts {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  roots: StoredRootKeys;
  /** Reads the master key that takes the place of the present one; null: none is configured. @throws CONFIG_INVALID */
  nextMasterKey: (() => Promise<MasterKey>) | null;
}

/** What was done by one call; `done` false: call again to go on. */
export interface RotationStep {
  done: boolean;
  rootKey: string;
  /** The master key was changed: the next one is the present one from now on. */
  masterKeyChanged: boolean;
  /** Values of assets that were sealed anew. */
  assets: number;
  /** Keys of jobs, commands and the engine itself that were wrapped anew. */
  keys: number;
  /** What can't be opened, and stays as it is. */
  damaged: number;
}

/**
 * Replaces the root key, and everything that is wrapped with it. Each batch is a transaction that leaves everything readable: a kill in between loses nothing,
 * and the next call goes on where the rows say that it ended.
 */
export function createKeyRotation({ store, clock, sealer, roots, nextMasterKey }: KeyRotationParts) {
  let isRunning = false;

  /** One transaction: the new root key, and the new master key for all of them. */
  async function begin(caller: Caller): Promise<{ rootKey: string; masterKeyChanged: boolean }> {
    const given = await nextMasterKey?.();
    const master = given && checkOf(given) !== checkOf(roots.masterKey()) ? given : null;
    const begun = await store.write(async (tx) => {
      const before = await roots.stored(tx);
      const isNew = !before.rotating;
      const document = isNew ? roots.add(before, clock.now()) : before;
      if (isNew || master) await roots.put(tx, master ? roots.rewrapped(document, master) : document);
      if (master) await tx.meta.set(CHECK, checkOf(master));
      const details = { rootKey: document.current, ...(master ? { masterKeyChanged: true } : {}) };
      if (isNew || master) tx.activity.append(activityEntry(clock, caller, { operation: "asset.rotateKeys", target: "rootKeys", scope: ROOT_SCOPE, details }));
      return { rootKey: document.current, masterKeyChanged: master !== null };
    });
    await roots.refresh();
    return begun;
  }

  async function wrapAnew(table: WrappedKeyTable, step: RotationStep, signal: AbortSignal): Promise<void> {
    const prefix = sealer.currentPrefix();
    for (let after = ""; !signal.aborted; ) {
      const rows = await store.read.wrappedKeys.others(table, { prefix, after, limit: AT_ONCE });
      const next = rows.flatMap((row) => {
        const wrapped = unlessDamaged(step, () => sealer.rewrap(row.wrappedKey));
        return wrapped ? [{ row, wrapped }] : [];
      });
      await store.write(async (tx) => {
        for (const { row, wrapped } of next) await tx.wrappedKeys.replace(table, row, wrapped);
      });
      step.keys += next.length;
      const last = rows.at(-1);
      if (!last || rows.length < AT_ONCE) return;
      after = last.id;
    }
    step.done = false;
  }

  async function sealAnew(step: RotationStep, signal: AbortSignal): Promise<void> {
    const prefix = sealer.currentPrefix();
    for (let after = { assetId: "", version: 0 }; !signal.aborted; ) {
      const rows = await store.read.wrappedKeys.otherAssetVersions({ prefix, after, limit: AT_ONCE / 10 });
      const next = rows.flatMap((row) => {
        const text = unlessDamaged(step, () => sealer.unwrap(row.wrappedKey).open(row.ciphertext, contextOf(row.assetId, row.version)));
        if (text === undefined) return [];
        const { wrapped, key } = sealer.newKey();
        return [{ row, sealed: { wrappedKey: wrapped, ciphertext: key.seal(text, contextOf(row.assetId, row.version)) } }];
      });
      await store.write(async (tx) => {
        for (const { row, sealed } of next) await tx.wrappedKeys.replaceAssetVersion(row, sealed);
      });
      step.assets += next.length;
      const last = rows.at(-1);
      if (!last || rows.length < AT_ONCE / 10) return;
      after = last;
    }
    step.done = false;
  }

  /** The key of the engine's own identity. */
  async function wrapIdentity(step: RotationStep): Promise<void> {
    const prefix = sealer.currentPrefix();
    await store.write(async (tx) => {
      const wrapped = Buffer.from((await tx.meta.hold(SEED_KEY)) ?? "", "base64");
      if (wrapped.length === 0 || wrapped.subarray(0, prefix.length).equals(prefix)) return;
      await tx.meta.set(SEED_KEY, Buffer.from(sealer.rewrap(wrapped)).toString("base64"));
      step.keys++;
    });
  }

  /** Everything that isn't wrapped with the current root key. */
  async function anew(step: RotationStep, signal: AbortSignal): Promise<void> {
    await wrapIdentity(step);
    await sealAnew(step, signal);
    for (const table of WRAPPED_KEYS) if (!signal.aborted) await wrapAnew(table, step, signal);
    if (signal.aborted) step.done = false;
  }

  async function alone<Value>(work: () => Promise<Value>): Promise<Value> {
    if (isRunning) throw new RunwrightError("CONFLICT", "keys are being rotated already; wait until that has ended");
    isRunning = true;
    try {
      return await work();
    } finally {
      isRunning = false;
    }
  }

  return {
    /**
     * Begins a rotation, or goes on with one that hasn't ended, until the signal fires.
     * @throws PERMISSION_DENIED, CONFLICT when one is running here, CONFIG_INVALID when the next master key can't be read
     */
    async rotate(caller: Caller, signal: AbortSignal): Promise<RotationStep> {
      requireAction(caller.actor, "asset.rotateKeys", ROOT_SCOPE);
      return alone(async () => {
        const step: RotationStep = { ...(await begin(caller)), done: true, assets: 0, keys: 0, damaged: 0 };
        await anew(step, signal);
        if (!step.done) return step;
        await store.write(async (tx) => {
          const document = await roots.stored(tx);
          if (document.current === step.rootKey) await roots.put(tx, { ...document, rotating: false });
          const { rootKey, assets, keys, damaged } = step;
          const details = { rootKey, ended: true, assets, keys, damaged };
          tx.activity.append(activityEntry(clock, caller, { operation: "asset.rotateKeys", target: "rootKeys", scope: ROOT_SCOPE, details }));
        });
        return step;
      });
    },

    /** Forgets root keys that were replaced long ago, when nothing is wrapped with them any more. @returns how many */
    async tidy(signal: AbortSignal): Promise<number> {
      const since = clock.now() - FORGET_AFTER_MS;
      const isOver = ({ id, retiredAt }: { id: string; retiredAt?: number }, first: string) => id !== first && retiredAt !== undefined && retiredAt < since;
      await roots.refresh();
      const { document } = await store.write(async (tx) => ({ document: await roots.stored(tx) }));
      if (document.rotating || isRunning || !document.keys.some((key) => isOver(key, document.first))) return 0;
      return alone(async () => {
        const step: RotationStep = { done: true, rootKey: document.current, masterKeyChanged: false, assets: 0, keys: 0, damaged: 0 };
        await anew(step, signal);
        if (!step.done || step.damaged > 0) return 0;
        return store.write(async (tx) => {
          const now = await roots.stored(tx);
          if (now.current !== document.current) return 0;
          const keys = now.keys.filter((key) => !isOver(key, now.first));
          await roots.put(tx, { ...now, keys });
          return now.keys.length - keys.length;
        });
      });
    },
  };
}
export type KeyRotation = ReturnType<typeof createKeyRotation>;

/** What was altered in the store keeps nothing else from being rotated. */
function unlessDamaged<Value>(step: RotationStep, work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (!isRunwrightError(error, "MASTER_KEY_WRONG") && !isRunwrightError(error, "DATABASE_DAMAGED")) throw error;
    step.damaged++;
    return undefined;
  }
}

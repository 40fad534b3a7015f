import { type CallId, callKey } from "../core/call-id.ts";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Json } from "../core/json.ts";
import { createRecent, type Recent } from "../core/recent.ts";
import { type Actor, allowedScopes, isAllowed } from "../core/role.ts";
import { type Scope, upwards } from "../core/scope.ts";
import type { AssetKind, AssetRecord } from "../store/records/assets.ts";
import type { Reads, Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { describeGrants, requireAction } from "./authorize.ts";
import type { Sealer } from "./sealer.ts";

const NAME = /^[a-zA-Z][a-zA-Z0-9._-]{0,127}$/;
/** As Azure Automation's limit for a variable. */
const MAX_VALUE_BYTES = 1024 * 1024;
/** Older values are kept for jobs that have pinned them. */
const VERSIONS_KEPT = 5;
const OPENED_KEPT_BYTES = 1024 * 1024;

export interface AssetsParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  sealer: Sealer;
}

/** The job for which a value is read. */
export interface AssetReader {
  jobId: string;
  scope: Scope;
  actor: Actor;
  correlationId: string;
}

/** Variables and secrets. Values go in by `set` and out by `readVariable` and `readSecret` only, which serve jobs: nothing here gives a value to a person. */
export function createAssets({ store, clock, newId, sealer }: AssetsParts) {
  // A version never changes; which one counts is read each time.
  const opened: Recent<string> = createRecent({ maxWeight: OPENED_KEPT_BYTES, weigh: (value) => value.length });

  async function openValue(asset: AssetRecord, version: number): Promise<string | undefined> {
    const row = await store.read.assets.version(asset.id, version);
    return row && sealer.unwrap(row.wrappedKey).open(row.ciphertext, contextOf(asset.id, version));
  }

  /** From the job's own scope upwards: the nearest one wins. With a version, the nearest that has it. */
  async function find(
    kind: AssetKind,
    name: string,
    scope: Scope,
    version: number | null,
  ): Promise<{ asset: AssetRecord; value: string; version: number } | undefined> {
    for (const place of upwards(scope)) {
      const asset = await store.read.assets.byName(place, name);
      if (asset?.kind !== kind) continue;
      const value = await openValue(asset, version ?? asset.version);
      if (value !== undefined) return { asset, value, version: version ?? asset.version };
    }
    return undefined;
  }

  const missing = (kind: AssetKind, name: string, scope: Scope, version: number | null) =>
    new RunwrightError(
      "ASSET_NOT_FOUND",
      `there is no ${kind} "${name}"${version === null ? "" : ` with version ${version}`} in ${scope} or above; set it with \`runwright asset set ${name} --${kind}\``,
    );

  /** A new version of an asset, or a new asset, with its entry in the activity log. @param call of a job that sets it */
  async function put(
    tx: Writes,
    { scope, name, kind, text }: { scope: Scope; name: string; kind: AssetKind; text: string },
    caller: Caller,
    call: string | null,
  ): Promise<AssetRecord> {
    const now = clock.now();
    const by = caller.actor.name;
    const found = await tx.assets.byName(scope, name);
    if (found && found.kind !== kind) throw new RunwrightError("CONFLICT", `"${name}" is a ${found.kind} in ${scope}; delete it first to make it a ${kind}`);
    if (found && call !== null && (await tx.assets.wasWrittenBy(found.id, call))) return found;
    const asset: AssetRecord = found
      ? { ...found, version: found.version + 1, updatedAt: now, updatedBy: by }
      : { id: newId("ast"), scope, name, kind, version: 1, createdAt: now, createdBy: by, updatedAt: now, updatedBy: by, deletedAt: null };
    if (found) await tx.assets.patch(asset.id, { version: asset.version, updatedAt: now, updatedBy: by });
    else await tx.assets.insert(asset);
    const { wrapped, key } = sealer.newKey();
    await tx.assets.insertVersion({
      assetId: asset.id,
      version: asset.version,
      wrappedKey: wrapped,
      ciphertext: key.seal(text, contextOf(asset.id, asset.version)),
      createdAt: now,
      writtenBy: call,
    });
    await tx.assets.deleteVersionsBefore(asset.id, asset.version - VERSIONS_KEPT + 1);
    const details = { version: asset.version, ...(call === null ? {} : { call }) };
    tx.activity.append(activityEntry(clock, caller, { operation: "asset.set", target: `${kind}:${name}`, scope, details }));
    return asset;
  }

  function checkedText(name: string, value: Json): string {
    if (!NAME.test(name)) throw new RunwrightError("BAD_REQUEST", `name "${name}" must begin with a letter and hold letters, digits and . _ -, at most 128`);
    const text = JSON.stringify(value);
    if (Buffer.byteLength(text) > MAX_VALUE_BYTES) throw new RunwrightError("TOO_LARGE", `the value is larger than ${MAX_VALUE_BYTES} bytes`);
    return text;
  }

  return {
    /** Names and dates in all scopes that the actor may see. */
    list: (actor: Actor): Promise<AssetRecord[]> => store.read.assets.list({ scopes: allowedScopes(actor, "asset.list") }),

    /**
     * Stores a new version of an asset, or a new asset.
     * @param value text of a secret; any JSON value of a variable
     * @throws BAD_REQUEST, TOO_LARGE, PERMISSION_DENIED, CONFLICT when it exists as the other kind
     */
    async set({ scope, name, kind, value }: { scope: Scope; name: string; kind: AssetKind; value: Json }, caller: Caller): Promise<AssetRecord> {
      requireAction(caller.actor, "asset.write", scope);
      if (kind === "secret" && typeof value !== "string") throw new RunwrightError("BAD_REQUEST", "the value of a secret is a text");
      const text = checkedText(name, value);
      return store.write((tx) => put(tx, { scope, name, kind, text }, caller, null));
    },

    /** Forgets an asset and all its values. @throws ASSET_NOT_FOUND, PERMISSION_DENIED */
    async delete({ scope, name }: { scope: Scope; name: string }, caller: Caller): Promise<void> {
      requireAction(caller.actor, "asset.write", scope);
      await store.write(async (tx) => {
        const asset = await tx.assets.byName(scope, name);
        if (!asset) throw new RunwrightError("ASSET_NOT_FOUND", `there is no asset "${name}" in ${scope}; see \`runwright asset list\``);
        await tx.assets.patch(asset.id, { deletedAt: clock.now(), updatedBy: caller.actor.name });
        await tx.assets.deleteVersionsBefore(asset.id, asset.version + 1);
        tx.activity.append(activityEntry(clock, caller, { operation: "asset.delete", target: `${asset.kind}:${name}`, scope }));
      });
    },

    /**
     * Whether an author may give a runbook or webhook of this scope these secrets: they must see them, by name. Jobs find secrets upwards from their runbook's scope,
     * so that a role in one scope would else use the secrets of those above.
     * Every scope upwards counts, not only the nearest that has the name: whoever may delete the nearest would get the next one.
     * @throws PERMISSION_DENIED naming secret and scope
     */
    async requireVisible(secrets: readonly string[], scope: Scope, actor: Actor, reads: Pick<Reads, "assets"> = store.read): Promise<void> {
      const hidden = upwards(scope).filter((place) => !isAllowed(actor, "asset.list", place));
      if (secrets.length === 0 || hidden.length === 0) return;
      const [found] = await reads.assets.named({ kind: "secret", names: secrets, scopes: hidden });
      if (!found) return;
      throw new RunwrightError(
        "PERMISSION_DENIED",
        `what lies in ${scope} and names the secret "${found.name}" could read the one in ${found.scope}, where ${actor.name} needs the role "reader" and has ${describeGrants(actor.grants)}; use another name for a secret in ${scope}, or ask an administrator`,
      );
    },

    /** For a job. @throws ASSET_NOT_FOUND */
    async readVariable(name: string, reader: AssetReader): Promise<Json> {
      const found = await find("variable", name, reader.scope, null);
      if (!found) throw missing("variable", name, reader.scope, null);
      return JSON.parse(found.value);
    },

    /**
     * For a job: sets a variable in the scope of the job's runbook, whose author may write assets there. Once for each call, as long as its value is kept.
     * @throws BAD_REQUEST, TOO_LARGE, CONFLICT when it exists as a secret
     */
    async writeVariable(id: CallId, name: string, value: Json, { scope, actor, correlationId }: AssetReader): Promise<void> {
      const text = checkedText(name, value);
      const caller: Caller = { actor, address: "local", correlationId };
      await store.write((tx) => put(tx, { scope, name, kind: "variable", text }, caller, callKey(id)));
    },

    /**
     * For the engine's own use, such as verifying a webhook thousands of times: no entry in the activity log, and the value must go nowhere.
     * @throws ASSET_NOT_FOUND
     */
    async openSecret(name: string, scope: Scope): Promise<string> {
      for (const place of upwards(scope)) {
        const asset = await store.read.assets.byName(place, name);
        if (asset?.kind !== "secret") continue;
        const key = `${asset.id} ${asset.version}`;
        const text = opened.get(key) ?? (await openValue(asset, asset.version));
        if (text === undefined) continue;
        opened.set(key, text);
        return JSON.parse(text);
      }
      throw missing("secret", name, scope, null);
    },

    /**
     * For a job. The activity log knows of it before the job gets the value.
     * @param version the one that the job has pinned; null: the newest
     * @throws ASSET_NOT_FOUND when the secret, or that version of it, is gone
     */
    async readSecret(name: string, version: number | null, reader: AssetReader): Promise<{ value: string; version: number }> {
      const found = await find("secret", name, reader.scope, version);
      if (!found) throw missing("secret", name, reader.scope, version);
      const deed = { operation: "secret.read", target: `secret:${name}`, scope: found.asset.scope, details: { version: found.version, job: reader.jobId } };
      const caller: Caller = { actor: reader.actor, address: "local", correlationId: reader.correlationId };
      await store.write(async (tx) => tx.activity.append(activityEntry(clock, caller, deed)));
      return { value: JSON.parse(found.value), version: found.version };
    },
  };
}
export type Assets = ReturnType<typeof createAssets>;

const contextOf = (assetId: string, version: number): string => `asset ${assetId} version ${version}`;

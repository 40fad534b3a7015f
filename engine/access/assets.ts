import { ASSET_NAME, type AssetKind, PERMISSION_OF } from "../core/asset.ts";
import { type CallId, callKey } from "../core/call-id.ts";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Json } from "../core/json.ts";
import type { JsonSchema, Permissions } from "../core/manifest.ts";
import { createRecent, type Recent } from "../core/recent.ts";
import { type Actor, allowedScopes, isAllowed } from "../core/role.ts";
import { type Scope, upwards } from "../core/scope.ts";
import type { AssetRecord } from "../store/records/assets.ts";
import type { Reads, Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { contextOf } from "./asset-seal.ts";
import { type GivenAsset, isShown, openedAsset, prepareAsset, shownAsset } from "./asset-values.ts";
import { describeGrants, requireAction } from "./authorize.ts";
import type { Sealer } from "./sealer.ts";

/** Older values are kept for jobs that have pinned them. */
const VERSIONS_KEPT = 5;
/** Whoever renews a certificate by hand needs some time for it. */
const EXPIRY_WARNING_MS = 30 * 86_400_000;
const MOST_WARNINGS = 20;
const OPENED_KEPT_CHARS = 1024 * 1024;

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

/** What a job gets of an asset. */
export interface AssetReading {
  value: Json;
  version: number;
  /** What is masked in all that the job writes; null: it is no secret, and may be written down. */
  secrets: readonly string[] | null;
}

/**
 * Variables, secrets, credentials, certificates and connections. Values go in by `set` and out by `read`, which serves jobs; people are shown what isn't secret:
 * plain variables, certificates without their keys, connections without their secret members.
 */
export function createAssets({ store, clock, newId, sealer }: AssetsParts) {
  // A version never changes; which one counts is read each time.
  const opened: Recent<string> = createRecent({ maxWeight: OPENED_KEPT_CHARS, weigh: (value) => value.length });

  async function openValue(assets: Pick<Writes["assets"], "version">, assetId: string, version: number): Promise<Json | undefined> {
    const row = await assets.version(assetId, version);
    return row && (JSON.parse(sealer.unwrap(row.wrappedKey).open(row.ciphertext, contextOf(assetId, version))) as Json);
  }

  /** From the job's own scope upwards: the nearest one wins. With a version, the nearest that has it. */
  async function find(
    kind: AssetKind,
    name: string,
    scope: Scope,
    version: number | null,
  ): Promise<{ asset: AssetRecord; sealed: Json; version: number } | undefined> {
    for (const place of upwards(scope)) {
      const asset = await store.read.assets.byName(place, name);
      if (asset?.kind !== kind) continue;
      const sealed = await openValue(store.read.assets, asset.id, version ?? asset.version);
      if (sealed !== undefined) return { asset, sealed, version: version ?? asset.version };
    }
    return undefined;
  }

  const missing = (kind: AssetKind, name: string, scope: Scope, version: number | null) =>
    new RunwrightError(
      "ASSET_NOT_FOUND",
      `there is no ${kind} "${name}"${version === null ? "" : ` with version ${version}`} in ${scope} or above; set it with \`runwright asset set ${name} --${kind}\``,
    );

  /**
   * A new version of an asset, or a new asset, with its entry in the activity log.
   * @param how what the entry says besides; `call`: of a job that sets it
   */
  async function put(
    tx: Writes,
    { scope, name, ...given }: GivenAsset & { scope: Scope; name: string },
    caller: Caller,
    { operation = "asset.set", call }: { operation?: "asset.set" | "asset.import"; call?: string } = {},
  ): Promise<AssetRecord> {
    const now = clock.now();
    const by = caller.actor.name;
    if (!ASSET_NAME.test(name))
      throw new RunwrightError("BAD_REQUEST", `name "${name}" must begin with a letter and hold letters, digits and . _ -, at most 128`);
    const found = await tx.assets.byName(scope, name);
    if (found && found.kind !== given.kind)
      throw new RunwrightError("CONFLICT", `"${name}" is a ${found.kind} in ${scope}; delete it first to make it a ${given.kind}`);
    if (found && call !== undefined && (await tx.assets.wasWrittenBy(found.id, call))) return found;
    // A variable keeps what it is but for its value, so that its older one isn't opened.
    const before = found?.kind === "connection" ? await openValue(tx.assets, found.id, found.version) : null;
    const { facts, sealed } = prepareAsset(name, given, found && { record: found, sealed: () => before ?? null });
    const change = { ...facts, updatedAt: now, updatedBy: by };
    const asset: AssetRecord = found
      ? { ...found, ...change, version: found.version + 1 }
      : { id: newId("ast"), scope, name, kind: given.kind, version: 1, createdAt: now, createdBy: by, deletedAt: null, ...change };
    if (found) await tx.assets.patch(asset.id, { ...change, version: asset.version });
    else await tx.assets.insert(asset);
    const { wrapped, key } = sealer.newKey();
    await tx.assets.insertVersion({
      assetId: asset.id,
      version: asset.version,
      wrappedKey: wrapped,
      ciphertext: key.seal(JSON.stringify(sealed), contextOf(asset.id, asset.version)),
      createdAt: now,
      writtenBy: call ?? null,
    });
    await tx.assets.deleteVersionsBefore(asset.id, asset.version - VERSIONS_KEPT + 1);
    const details = { version: asset.version, ...(call === undefined ? {} : { call }) };
    tx.activity.append(activityEntry(clock, caller, { operation, target: `${given.kind}:${name}`, scope, details }));
    return asset;
  }

  async function remove(tx: Writes, { scope, name }: { scope: Scope; name: string }, caller: Caller): Promise<void> {
    const asset = await tx.assets.byName(scope, name);
    if (!asset) throw notThere(name, scope);
    await tx.assets.patch(asset.id, { deletedAt: clock.now(), updatedBy: caller.actor.name });
    await tx.assets.deleteVersionsBefore(asset.id, asset.version + 1);
    tx.activity.append(activityEntry(clock, caller, { operation: "asset.delete", target: `${asset.kind}:${name}`, scope }));
  }

  return {
    /** For whoever moves assets as a whole, or changes them together with other things: the actor has been authorised. */
    put,
    remove,
    openValue,

    /** Names, kinds and dates in all scopes that the actor may see. */
    list: (actor: Actor): Promise<AssetRecord[]> => store.read.assets.list({ scopes: allowedScopes(actor, "asset.list") }),

    /** One asset with what isn't secret of it. @throws ASSET_NOT_FOUND, also when the actor may not see it */
    async show({ scope, name }: { scope: Scope; name: string }, actor: Actor): Promise<{ asset: AssetRecord; value?: Json; schema?: JsonSchema }> {
      const asset = isAllowed(actor, "asset.list", scope) ? await store.read.assets.byName(scope, name) : undefined;
      if (!asset) throw notThere(name, scope);
      const sealed = isShown(asset) ? await openValue(store.read.assets, asset.id, asset.version) : undefined;
      return sealed === undefined ? { asset } : { asset, ...shownAsset(asset, sealed) };
    },

    /**
     * Stores a new version of an asset, or a new asset.
     * @returns it, and what an operator should know, such as that a certificate has expired
     * @throws BAD_REQUEST, TOO_LARGE, PERMISSION_DENIED, CONFLICT when it exists as another kind, or a variable as another type
     */
    async set(given: GivenAsset & { scope: Scope; name: string }, caller: Caller): Promise<{ asset: AssetRecord; warnings: string[] }> {
      requireAction(caller.actor, "asset.write", given.scope);
      const asset = await store.write((tx) => put(tx, given, caller));
      return { asset, warnings: expiryWarnings([asset], clock.now()) };
    },

    /** Forgets an asset and all its values. @throws ASSET_NOT_FOUND, PERMISSION_DENIED */
    async delete({ scope, name }: { scope: Scope; name: string }, caller: Caller): Promise<void> {
      requireAction(caller.actor, "asset.write", scope);
      await store.write((tx) => remove(tx, { scope, name }, caller));
    },

    /**
     * Whether an author may give a runbook or webhook of this scope what it names: they must see it, by name, unless anyone may know it. Jobs find assets upwards from their
     * runbook's scope, so that a role in one scope would else use the secrets of those above.
     * Every scope upwards counts, not only the nearest that has the name: whoever may delete the nearest would get the next one.
     * @throws PERMISSION_DENIED naming asset and scope
     */
    async requireVisible(permissions: Permissions, scope: Scope, actor: Actor, reads: Pick<Reads, "assets"> = store.read): Promise<void> {
      const hidden = upwards(scope).filter((place) => !isAllowed(actor, "asset.list", place));
      if (hidden.length === 0) return;
      for (const [kind, permission] of Object.entries(PERMISSION_OF) as [AssetKind, (typeof PERMISSION_OF)[AssetKind]][]) {
        const names = permissions[permission] ?? [];
        if (names.length === 0) continue;
        const found = (await reads.assets.named({ kind, names, scopes: hidden })).find((asset) => kind !== "variable" || asset.encrypted);
        if (!found) continue;
        throw new RunwrightError(
          "PERMISSION_DENIED",
          `what lies in ${scope} and names the ${kind} "${found.name}" could read the one in ${found.scope}, where ${actor.name} needs the role "reader" and has ${describeGrants(actor.grants)}; use another name for a ${kind} in ${scope}, or ask an administrator`,
        );
      }
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
        const value = opened.get(key) ?? (await openValue(store.read.assets, asset.id, asset.version));
        if (typeof value !== "string") continue;
        opened.set(key, value);
        return value;
      }
      throw missing("secret", name, scope, null);
    },

    /**
     * For a job. The activity log knows of it before the job gets the value.
     * @param version the one that the job has pinned; null: the newest
     * @throws ASSET_NOT_FOUND when the asset, or that version of it, is gone
     */
    async read(kind: AssetKind, name: string, version: number | null, reader: AssetReader): Promise<AssetReading> {
      const found = await find(kind, name, reader.scope, version);
      if (!found) throw missing(kind, name, reader.scope, version);
      const { asset, sealed } = found;
      const deed = { operation: `${kind}.read`, target: `${kind}:${name}`, scope: asset.scope, details: { version: found.version, job: reader.jobId } };
      const caller: Caller = { actor: reader.actor, address: "local", correlationId: reader.correlationId };
      await store.write(async (tx) => tx.activity.append(activityEntry(clock, caller, deed)));
      const { value, secrets } = openedAsset(asset, sealed);
      return { value, version: found.version, secrets: kind === "variable" && !asset.encrypted ? null : secrets };
    },

    /**
     * For a job: sets a variable in the scope of the job's runbook, whose author may write assets there. Once for each call, as long as its value is kept.
     * @throws BAD_REQUEST, TOO_LARGE, CONFLICT when it exists as another kind or type
     */
    async writeVariable(id: CallId, name: string, value: Json, { scope, actor, correlationId }: AssetReader): Promise<void> {
      const caller: Caller = { actor, address: "local", correlationId };
      await store.write((tx) => put(tx, { scope, name, kind: "variable", value }, caller, { call: callKey(id) }));
    },

    /** Certificates that have expired, or will in 30 days, in words. */
    async warnings(): Promise<string[]> {
      const now = clock.now();
      return expiryWarnings(await store.read.assets.expiring({ before: now + EXPIRY_WARNING_MS, limit: MOST_WARNINGS }), now);
    },
  };
}
export type Assets = ReturnType<typeof createAssets>;

const notThere = (name: string, scope: Scope) => new RunwrightError("ASSET_NOT_FOUND", `there is no asset "${name}" in ${scope}; see \`runwright asset list\``);

function expiryWarnings(assets: readonly AssetRecord[], now: number): string[] {
  return assets.flatMap(({ name, scope, notAfter }) => {
    if (notAfter === null || notAfter >= now + EXPIRY_WARNING_MS) return [];
    const day = new Date(notAfter).toISOString().slice(0, 10);
    return [`the certificate "${name}" in ${scope} ${notAfter < now ? "has expired" : "expires"} on ${day}: set a new one`];
  });
}

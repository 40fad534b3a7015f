import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { ASSET_KINDS, VARIABLE_TYPES } from "../core/asset.ts";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { canonicalJson, type Json, nestsTooDeep } from "../core/json.ts";
import type { JsonSchema } from "../core/manifest.ts";
import { type Actor, allowedScopes } from "../core/role.ts";
import { parseScope, type Scope, scopeIncludes } from "../core/scope.ts";
import type { AssetRecord } from "../store/records/assets.ts";
import type { Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { type GivenAsset, givenAsset, prepareAsset } from "./asset-values.ts";
import type { Assets } from "./assets.ts";
import { requireAction } from "./authorize.ts";
import { open, seal } from "./cipher.ts";

const MAX_ASSETS = 10_000;
/** All values together, as JSON. */
const MAX_BYTES = 32 * 1024 * 1024;

const Parcel = Compile(
  Type.Object({
    assets: Type.Array(
      Type.Object(
        {
          scope: Type.String({ maxLength: 600 }),
          name: Type.String({ maxLength: 128 }),
          kind: Type.Union(ASSET_KINDS.map((kind) => Type.Literal(kind))),
          value: Type.Unknown(),
          type: Type.Optional(Type.Union(VARIABLE_TYPES.map((type) => Type.Literal(type)))),
          encrypted: Type.Optional(Type.Boolean()),
          schema: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        },
        { additionalProperties: false },
      ),
      { maxItems: MAX_ASSETS },
    ),
  }),
);
type Packed = GivenAsset & { scope: Scope; name: string };

/** What a file is sealed with: a key from a passphrase, 32 bytes, and the file's header, which can't be changed without its seal being broken. */
export interface FileSeal {
  key: Uint8Array;
  header: string;
}

export interface MovedAsset extends Pick<AssetRecord, "kind" | "scope" | "name"> {
  change: "created" | "changed" | "unchanged";
}

/** Assets as a whole, sealed: their values leave the engine and come back without ever being readable on the way. */
export function createAssetTransfer({ store, clock, assets }: { store: Store; clock: Clock; assets: Pick<Assets, "put" | "openValue"> }) {
  async function pack(record: AssetRecord): Promise<Packed> {
    const sealed = await assets.openValue(store.read.assets, record.id, record.version);
    if (sealed === undefined) throw new RunwrightError("CONFLICT", `the asset "${record.name}" in ${record.scope} was just changed; try again`);
    return { scope: record.scope, name: record.name, ...givenAsset(record, sealed) };
  }

  /** What would become of one asset. */
  async function changeOf(tx: Writes, given: Packed): Promise<MovedAsset> {
    const { scope, name, kind } = given;
    const present = await tx.assets.byName(scope, name);
    if (present && present.kind !== kind)
      throw new RunwrightError("CONFLICT", `"${name}" is a ${present.kind} in ${scope}, and a ${kind} in the file; delete one of them (nothing was changed)`);
    const sealed = present && (await assets.openValue(tx.assets, present.id, present.version));
    const prepared = prepareAsset(name, given, present && { record: present, sealed: () => sealed ?? null });
    if (!present || sealed === undefined) return { kind, scope, name, change: "created" };
    const isSame =
      canonicalJson(sealed) === canonicalJson(prepared.sealed) && present.type === prepared.facts.type && present.encrypted === prepared.facts.encrypted;
    return { kind, scope, name, change: isSame ? "unchanged" : "changed" };
  }

  return {
    /**
     * Seals the assets of a scope and of all below it. Each is in the activity log before it leaves.
     * @param scope without it, all that the caller may export
     * @throws PERMISSION_DENIED, TOO_LARGE
     */
    async export({ key, header, scope }: FileSeal & { scope?: Scope | undefined }, caller: Caller): Promise<{ sealed: Uint8Array; items: MovedAsset[] }> {
      if (scope !== undefined) requireAction(caller.actor, "asset.export", scope);
      const records = (await store.read.assets.list({ scopes: allowedScopes(caller.actor, "asset.export") })).filter(
        (one) => scope === undefined || scopeIncludes(scope, one.scope),
      );
      if (records.length > MAX_ASSETS)
        throw new RunwrightError("TOO_LARGE", `there are ${records.length} assets, at most ${MAX_ASSETS} fit into one file; say which with --scope`);
      const packed: Packed[] = [];
      let bytes = 0;
      for (const record of records) {
        const one = await pack(record);
        bytes += Buffer.byteLength(JSON.stringify(one));
        if (bytes > MAX_BYTES) throw new RunwrightError("TOO_LARGE", `the assets have more than ${MAX_BYTES} bytes together; say which with --scope`);
        packed.push(one);
      }
      await store.write(async (tx) => {
        for (const { kind, name, scope: place, version } of records)
          tx.activity.append(activityEntry(clock, caller, { operation: "asset.export", target: `${kind}:${name}`, scope: place, details: { version } }));
      });
      const items = records.map(({ kind, name, scope: place }) => ({ kind, name, scope: place, change: "unchanged" as const }));
      return { sealed: seal(key, Buffer.from(JSON.stringify({ assets: packed })), contextOf(header)), items };
    },

    /**
     * Sets all assets of a file, or none. What is there and isn't in the file stays.
     * @param dry nothing is changed
     * @throws BAD_REQUEST when the passphrase is wrong or the file was altered; PERMISSION_DENIED, CONFLICT, TOO_LARGE
     */
    async import({ key, header, sealed, dry }: FileSeal & { sealed: Uint8Array; dry: boolean }, caller: Caller): Promise<MovedAsset[]> {
      const packed = unpack(open(key, sealed, contextOf(header)), caller.actor);
      return store.writeApart(async (tx) => {
        const items: MovedAsset[] = [];
        for (const one of packed) {
          const item = await changeOf(tx, one);
          if (!dry && item.change !== "unchanged") await assets.put(tx, one, caller, { operation: "asset.import" });
          items.push(item);
        }
        return items;
      });
    },
  };
}
export type AssetTransfer = ReturnType<typeof createAssetTransfer>;

const contextOf = (header: string): string => `runwright assets ${header}`;

/** Whoever knows the passphrase may still have written anything. */
function unpack(bytes: Buffer | undefined, actor: Actor): Packed[] {
  if (!bytes) throw new RunwrightError("BAD_REQUEST", "the file can't be opened: the passphrase is wrong, or the file was altered (nothing was changed)");
  const { assets } = parcelOf(bytes.toString("utf8"));
  const places = new Set<string>();
  return assets.map(({ scope: text, value, schema, ...one }) => {
    const scope = parseScope(text);
    requireAction(actor, "asset.import", scope);
    const place = `${scope} ${one.name}`;
    if (places.has(place)) throw new RunwrightError("BAD_REQUEST", `the file holds "${one.name}" in ${scope} twice (nothing was changed)`);
    places.add(place);
    return { ...one, scope, value: value as Json, ...(schema === undefined ? {} : { schema: schema as JsonSchema }) };
  });
}

function parcelOf(text: string): Static<ReturnType<typeof Parcel.Type>> {
  let parcel: unknown;
  try {
    parcel = nestsTooDeep(text) ? null : JSON.parse(text);
  } catch {
    parcel = null; // told below; what the parser says of it may show a value
  }
  if (Parcel.Check(parcel)) return parcel;
  throw new RunwrightError("BAD_REQUEST", "the file was opened, but what is in it isn't a list of assets that this engine knows (nothing was changed)");
}

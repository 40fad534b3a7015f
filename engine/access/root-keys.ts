import { randomBytes } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";
import type { Store, Writes } from "../store/store.ts";
import { open, seal } from "./cipher.ts";
import { CHECK, checkOf, isSame, type MasterKey, masterKeyOf } from "./master-key.ts";

/** What data keys are wrapped with. The master key wraps root keys only, so that it can be changed in one transaction. */
export interface RootKey {
  /** 16 hex digits. */
  id: string;
  /** The one that a store began with: it is kept for ever, as hashes of arguments in journals are made with it. */
  isFirst: boolean;
  /** 32 bytes, the same for the same purpose. */
  derive(purpose: string): Buffer;
}

/** Root keys as sealing needs them. */
export interface RootKeys {
  first(): RootKey;
  /** Wraps what is sealed from now on. @throws DATABASE_UNAVAILABLE when it hasn't been compared with the store for long: another engine may have replaced it */
  current(): RootKey;
  /** @throws DATABASE_UNAVAILABLE when it is looked for, as another engine may have made it: to be asked again; MASTER_KEY_WRONG when there is no such key */
  find(id: string): RootKey;
}

export interface StoredRootKeys extends RootKeys {
  /** Compares with the store what is known here. @throws MASTER_KEY_WRONG when the master key was changed and the new one isn't known to this engine */
  refresh(): Promise<void>;
  /** Reads and writes what is stored, within a transaction. */
  stored(tx: Writes): Promise<RootKeyDocument>;
  put(tx: Writes, document: RootKeyDocument): Promise<void>;
  /** The key that opens what is stored. */
  masterKey(): MasterKey;
  add(document: RootKeyDocument, at: number): RootKeyDocument;
  /** The same keys, wrapped with another master key. */
  rewrapped(document: RootKeyDocument, master: MasterKey): RootKeyDocument;
}

interface StoredKey {
  id: string;
  /** Wrapped with the master key, base64. */
  wrapped: string;
  /** Unix milliseconds; absent: it is the current one, or still the one that hashes are made with. */
  retiredAt?: number;
}

/** What the store holds. */
export interface RootKeyDocument {
  first: string;
  current: string;
  keys: readonly StoredKey[];
  /** A rotation is under way: not all that is wrapped is wrapped with the current key. */
  rotating: boolean;
}

const DOCUMENT = "rootKeys";
const KEY_BYTES = 32;
/** A key that wasn't compared with the store for this long wraps nothing more. An old key is forgotten much later. */
const STALE_MS = 5 * 60_000;

export interface RootKeysParts {
  store: Pick<Store, "read" | "write">;
  masterKey: MasterKey;
  /** Looks for the master key again, when it has been changed by another engine. @throws MASTER_KEY_WRONG */
  unlock(): Promise<MasterKey>;
  /** Milliseconds that only grow. */
  monotonic(): number;
  onProblem(error: unknown): void;
}

/** Opens the root keys of a store; at first start it makes the first one. @throws MASTER_KEY_WRONG, DATABASE_DAMAGED */
export async function openRootKeys({ store, masterKey, unlock, monotonic, onProblem }: RootKeysParts): Promise<StoredRootKeys> {
  let master = masterKey;
  let document = await begin(store, masterKey);
  let opened = openAll(document, master, new Map());
  let comparedAt = monotonic();
  let isLooking = false;
  /** Ids that a look into the store hasn't found. */
  const absent = new Set<string>();

  async function refresh(): Promise<void> {
    const began = monotonic();
    const { [DOCUMENT]: text, [CHECK]: check = "" } = await store.read.meta.getAll([DOCUMENT, CHECK]);
    if (text === undefined) throw new RunwrightError("DATABASE_DAMAGED", "the root keys are gone from the database; restore it from a backup");
    if (!isSame(check, checkOf(master))) master = await unlock();
    document = parse(text);
    opened = openAll(document, master, opened);
    comparedAt = began;
  }

  function look(id: string): void {
    if (isLooking) return;
    isLooking = true;
    refresh()
      .then(() => {
        if (!opened.has(id)) absent.add(id);
      }, onProblem)
      .finally(() => {
        isLooking = false;
      });
  }

  const known = (id: string): RootKey => {
    const key = opened.get(id);
    if (key) return key;
    throw new RunwrightError("DATABASE_DAMAGED", `the root key ${id} is gone from the database; restore it from a backup`);
  };

  return {
    first: () => known(document.first),
    current() {
      if (monotonic() - comparedAt <= STALE_MS) return known(document.current);
      look(document.current);
      throw new RunwrightError("DATABASE_UNAVAILABLE", "the root keys couldn't be compared with the database for long; tried again at once");
    },
    find(id) {
      const key = opened.get(id);
      if (key) return key;
      if (absent.has(id))
        throw new RunwrightError("MASTER_KEY_WRONG", `there is no root key ${id} in this store: what is wrapped with it comes from elsewhere`);
      look(id);
      throw new RunwrightError("DATABASE_UNAVAILABLE", "another engine has made a new root key, which is being read; try again in a moment");
    },
    refresh,
    masterKey: () => master,
    async stored(tx) {
      const text = await tx.meta.hold(DOCUMENT);
      if (text === undefined) throw new RunwrightError("DATABASE_DAMAGED", "the root keys are gone from the database; restore it from a backup");
      if (!isSame((await tx.meta.get(CHECK)) ?? "", checkOf(master)))
        throw new RunwrightError("CONFLICT", "another engine has just changed the master key; try again");
      return parse(text);
    },
    put: (tx, next) => tx.meta.set(DOCUMENT, JSON.stringify(next)),
    add(before, at) {
      const id = randomBytes(8).toString("hex");
      const keys = before.keys.map((key) => (key.id === before.current ? { ...key, retiredAt: at } : key));
      return { ...before, current: id, rotating: true, keys: [...keys, { id, wrapped: wrap(master, id, randomBytes(KEY_BYTES)) }] };
    },
    rewrapped: (before, next) => ({ ...before, keys: before.keys.map((key) => ({ ...key, wrapped: wrap(next, key.id, unwrap(master, key)) })) }),
  };
}

/** A key alone, for stores that know no others: those of tests. */
export function soleRootKey({ derive }: Pick<MasterKey, "derive">): RootKeys {
  const key: RootKey = { id: "0".repeat(16), isFirst: true, derive };
  return {
    first: () => key,
    current: () => key,
    find(id) {
      if (id === key.id) return key;
      throw new RunwrightError("MASTER_KEY_WRONG", `there is no root key ${id}`);
    },
  };
}

/** Engines that start together on an empty store agree on the first one's key. */
async function begin(store: Pick<Store, "read" | "write">, master: MasterKey): Promise<RootKeyDocument> {
  const stored = await store.read.meta.get(DOCUMENT);
  if (stored !== undefined) return parse(stored);
  const id = randomBytes(8).toString("hex");
  // A store from before there were root keys: its data keys are wrapped with what is derived from the master key itself.
  const isOld = (await store.read.assets.anyVersion()) !== undefined || (await store.read.meta.get("engineSeedKey")) !== undefined;
  const bytes = isOld ? master.bytes() : randomBytes(KEY_BYTES);
  const fresh: RootKeyDocument = { first: id, current: id, rotating: false, keys: [{ id, wrapped: wrap(master, id, bytes) }] };
  return parse(await store.write((tx) => tx.meta.setOnce(DOCUMENT, JSON.stringify(fresh))));
}

const contextOf = (id: string): string => `root key ${id}`;
const wrap = (master: MasterKey, id: string, bytes: Uint8Array): string =>
  Buffer.from(seal(master.derive("root keys"), bytes, contextOf(id))).toString("base64");

function unwrap(master: MasterKey, { id, wrapped }: StoredKey): Buffer {
  const bytes = open(master.derive("root keys"), Buffer.from(wrapped, "base64"), contextOf(id));
  if (bytes?.length === KEY_BYTES) return bytes;
  throw new RunwrightError(
    "MASTER_KEY_WRONG",
    `the root key ${id} can't be opened with this master key; give the engine the original key, or restore the database`,
  );
}

function openAll({ first, keys }: RootKeyDocument, master: MasterKey, known: ReadonlyMap<string, RootKey>): Map<string, RootKey> {
  const all = keys.map((key) => known.get(key.id) ?? { id: key.id, isFirst: key.id === first, derive: masterKeyOf(unwrap(master, key)).derive });
  return new Map(all.map((key) => [key.id, key]));
}

function parse(text: string): RootKeyDocument {
  try {
    return JSON.parse(text) as RootKeyDocument;
  } catch (cause) {
    throw new RunwrightError("DATABASE_DAMAGED", "the root keys in the database can't be read; restore it from a backup", { cause });
  }
}

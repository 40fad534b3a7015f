import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { RunwrightError } from "../core/errors.ts";
import { type Identity, newSeed, openIdentity } from "../protocol/signature.ts";
import { readJson, writeDurably } from "./state-directory.ts";

const key = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });

/** Where the machine's engine is and how it is known. */
const EngineAddressSchema = Type.Object({
  url: Type.String({ pattern: "^https?://" }),
  /** Further addresses, such as those of other engines of the same database, which have the same keys. */
  otherUrls: Type.Optional(Type.Array(Type.String({ pattern: "^https?://" }))),
  /** The engine's Ed25519 identity key. */
  engineKey: key,
  /** SHA-256 of the SubjectPublicKeyInfo of its TLS certificate, base64url. */
  tlsPin: Type.Optional(key),
  /** The operator accepted a connection that others on the way can read. */
  unencrypted: Type.Optional(Type.Boolean()),
});
export type EngineAddress = Static<typeof EngineAddressSchema>;

const Schema = Type.Object({
  /** Seed of the machine's Ed25519 key. It never leaves the machine. */
  seed: key,
  engine: EngineAddressSchema,
  /** Absent until the engine has welcomed the machine. */
  machineId: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
});
type StoredIdentity = Static<typeof Schema>;
const validator = Compile(Schema);

/** A machine that has joined. */
export interface MachineIdentity extends Identity {
  machineId: string;
  name: string;
  engine: EngineAddress;
}

/** The identity in use, and the one with which the machine asks to join: a join that is refused leaves the former as it was. */
const IDENTITY = "identity.json";
const JOINING = "joining.json";

/** @returns undefined when the machine hasn't joined yet. @throws AGENT_STATE when the file is damaged */
export async function readIdentity(stateDirectory: string): Promise<MachineIdentity | undefined> {
  const stored = await read(join(stateDirectory, IDENTITY));
  if (stored?.machineId === undefined || stored.name === undefined) return undefined;
  return { ...openIdentity(stored.seed), machineId: stored.machineId, name: stored.name, engine: stored.engine };
}

/**
 * The key with which to ask for membership. It is on disk before the engine hears of it, and stays the same until the engine has answered: when the answer
 * to a join was lost, asking again with the same key gives it once more.
 */
export async function prepareIdentity(stateDirectory: string, engine: EngineAddress): Promise<Identity> {
  const pending = await read(join(stateDirectory, JOINING)).catch(() => undefined); // damaged: a new key does as well
  const seed = pending?.engine.engineKey === engine.engineKey ? pending.seed : newSeed();
  await write(join(stateDirectory, JOINING), { seed, engine });
  return openIdentity(seed);
}

/** The engine has welcomed the prepared identity: it becomes the machine's own. */
export async function confirmIdentity(stateDirectory: string, member: { machineId: string; name: string }): Promise<void> {
  const pending = await read(join(stateDirectory, JOINING));
  if (pending === undefined) throw new RunwrightError("AGENT_STATE", "the new identity vanished while the machine joined; join again");
  await write(join(stateDirectory, IDENTITY), { ...pending, ...member });
  await unlink(join(stateDirectory, JOINING));
}

/** The engine calls the machine by another name now. @throws Error when it can't be written */
export async function renameIdentity(stateDirectory: string, name: string): Promise<void> {
  const path = join(stateDirectory, IDENTITY);
  const stored = await read(path);
  if (stored !== undefined && stored.name !== name) await write(path, { ...stored, name });
}

const write = (path: string, stored: StoredIdentity): Promise<void> => writeDurably(path, `${JSON.stringify(stored, null, 2)}\n`);

async function read(path: string): Promise<StoredIdentity | undefined> {
  const damaged = (cause?: unknown) => new RunwrightError("AGENT_STATE", `${path} is damaged; remove it and join again with a new join token`, { cause });
  const stored = await readJson(path).catch((cause) => {
    throw damaged(cause);
  });
  if (stored !== undefined && !validator.Check(stored)) throw damaged();
  return stored;
}

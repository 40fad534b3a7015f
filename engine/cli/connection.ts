import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { RunwrightError } from "../core/errors.ts";

/** How to reach an engine. */
export interface Connection {
  url: string;
  token: string;
  /** SHA-256 of the SPKI of a self-signed certificate, base64url. */
  tlsPin?: string;
}

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** Where this user keeps what the command knows. */
export const ownFolder = ({ env }: Surroundings): string => join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "runwright");
const profilePath = (around: Surroundings): string => join(ownFolder(around), "profile.json");
/** Says where the `admin.json` of the engine is that this user started last on this machine. It holds no token itself. */
const pointerPath = (around: Surroundings): string => join(ownFolder(around), "local-engine.json");

/**
 * `RUNWRIGHT_URL` and `RUNWRIGHT_TOKEN`, else the profile that `runwright login` wrote, else `.runwright/admin.json` of an engine in this folder, else that of the
 * engine that this user started last on this machine.
 * @throws UNAUTHENTICATED that says how to sign in
 */
export async function findConnection(around: Surroundings): Promise<Connection> {
  const { RUNWRIGHT_URL: url, RUNWRIGHT_TOKEN: token, RUNWRIGHT_TLS_PIN: tlsPin } = around.env;
  const own = join(around.env.RUNWRIGHT_DATA || join(around.cwd, ".runwright"), "admin.json");
  const stored = (await readConnection(profilePath(around))) ?? (await readConnection(own)) ?? (await readPointed(around));
  const found = { ...stored, ...(url ? { url, tlsPin: undefined } : {}), ...(token ? { token } : {}), ...(tlsPin ? { tlsPin } : {}) };
  if (found.url && found.token) return { url: found.url, token: found.token, ...(found.tlsPin ? { tlsPin: found.tlsPin } : {}) };
  throw new RunwrightError(
    "UNAUTHENTICATED",
    `no engine is known here: sign in with \`runwright login URL\`, set RUNWRIGHT_URL and RUNWRIGHT_TOKEN, or start one here with \`runwright serve\` (${own} isn't there)`,
  );
}

async function readPointed(around: Surroundings): Promise<Partial<Connection> | undefined> {
  const pointer = await readJson<{ admin?: unknown }>(pointerPath(around));
  return typeof pointer?.admin === "string" ? readConnection(pointer.admin) : undefined;
}

/** Lets this user's commands find the engine from every folder. Best effort: without a home, or with one that can't be written, only that is lost. */
export async function pointAt(around: Surroundings, adminFile: string): Promise<void> {
  if (!around.env.HOME && !around.env.XDG_CONFIG_HOME) return;
  await writeWhole(pointerPath(around), asJson({ admin: adminFile })).catch(() => {});
}

const readConnection = (path: string): Promise<Partial<Connection> | undefined> => readJson(path);

async function readJson<Value>(path: string): Promise<Value | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES")) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RunwrightError("CONFIG_INVALID", `${path} isn't valid JSON; remove it and sign in again`, { cause });
  }
}

/** @returns where it was written */
export async function writeProfile(around: Surroundings, connection: Connection): Promise<string> {
  const path = profilePath(around);
  await writeConnection(path, connection);
  return path;
}

export const writeConnection = (path: string, connection: Connection): Promise<void> => writeWhole(path, asJson(connection));

const asJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Whole or not at all, readable by its owner alone. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await rename(draft, path);
}

/** Where the engine was that has written this `admin.json`. */
export const readKnownUrl = async (path: string): Promise<string | null> => (await readConnection(path))?.url ?? null;

/** The token in an `admin.json`, if there is one. */
export const readAdminToken = async (path: string): Promise<string | null> => (await readConnection(path))?.token ?? null;

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

const profilePath = ({ env }: Surroundings): string => join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "runwright", "profile.json");

/**
 * `RUNWRIGHT_URL` and `RUNWRIGHT_TOKEN`, else the profile that `runwright login` wrote, else `.runwright/admin.json` of an engine in this folder.
 * @throws UNAUTHENTICATED that says how to sign in
 */
export async function findConnection(around: Surroundings): Promise<Connection> {
  const { RUNWRIGHT_URL: url, RUNWRIGHT_TOKEN: token, RUNWRIGHT_TLS_PIN: tlsPin } = around.env;
  const own = join(around.env.RUNWRIGHT_DATA || join(around.cwd, ".runwright"), "admin.json");
  const stored = (await readConnection(profilePath(around))) ?? (await readConnection(own));
  const found = { ...stored, ...(url ? { url, tlsPin: undefined } : {}), ...(token ? { token } : {}), ...(tlsPin ? { tlsPin } : {}) };
  if (found.url && found.token) return { url: found.url, token: found.token, ...(found.tlsPin ? { tlsPin: found.tlsPin } : {}) };
  throw new RunwrightError(
    "UNAUTHENTICATED",
    `no engine is known here: sign in with \`runwright login URL\`, set RUNWRIGHT_URL and RUNWRIGHT_TOKEN, or run the command in the folder of an engine (${own} isn't there)`,
  );
}

async function readConnection(path: string): Promise<Partial<Connection> | undefined> {
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

/** Whole or not at all, readable by its owner alone. */
export async function writeConnection(path: string, connection: Connection): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, path);
}

/** The token in an `admin.json`, if there is one. */
export const readAdminToken = async (path: string): Promise<string | null> => (await readConnection(path))?.token ?? null;

import { mkdir, open, readFile, realpath, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { RunwrightError } from "../core/errors.ts";

/** Where an agent keeps its key and its work unless it is told otherwise. */
export const DEFAULT_STATE = process.platform === "win32" ? "C:\\ProgramData\\Runwright\\agent" : "/var/lib/runwright-agent";

/**
 * Makes the agent's state directory, mode 0700: it holds the machine's private key.
 * @returns its real path
 * @throws AGENT_STATE when it can't be made, or others may enter it
 */
export async function openStateDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const real = await realpath(path);
    const { mode } = await stat(real);
    if (process.platform === "win32" || (mode & 0o077) === 0) return real;
  } catch (cause) {
    throw new RunwrightError("AGENT_STATE", `the state directory ${path} can't be used: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  throw new RunwrightError("AGENT_STATE", `others may enter the state directory ${path}, which holds the machine's private key; run: chmod 700 ${path}`);
}

/**
 * Writes a file, mode 0600, so that after a power cut there is either the old content or the new one: when the promise resolves, the new one is on disk.
 * Windows can't sync a directory; there the rename is durable once the file system's own log is written.
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  if (process.platform === "win32") return;
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The JSON value in a file; undefined when there is no such file. @throws when it can't be read or isn't JSON */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return JSON.parse(text) as unknown;
}

export const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

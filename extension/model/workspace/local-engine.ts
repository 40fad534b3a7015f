import { isRunwrightError, RunwrightError } from "../../../engine/core/errors.ts";
import { type EngineAddress, isOnThisMachine } from "../client/address.ts";
import { shaped } from "../client/shape.ts";
import { engineAddress } from "../engine-address.ts";
import { pause } from "../pause.ts";
import type { Timers } from "../timers.ts";

/** Where an engine that was started in a folder writes how its administrator reaches it, relative to that folder. */
export const ADMIN_FILE = [".runwright", "admin.json"] as const;

export interface Admin {
  address: EngineAddress;
  token: string;
}

/**
 * Whoever wrote the folder may have written the file, too: it leads to this machine and nowhere else.
 * @throws NOT_AN_ENGINE when it isn't such a file, or isn't whole yet; BAD_REQUEST when its engine is elsewhere
 */
export function adminOf(text: string): Admin {
  const shape = { url: "string", token: "string", tlsPin: "string?" } as const;
  const { url, token, tlsPin } = shaped<{ url: string; token: string; tlsPin?: string | null }>(parsed(text), shape, "admin.json");
  const address = engineAddress(url);
  if (!address.ok || !isOnThisMachine(new URL(address.url)))
    throw new RunwrightError(
      "BAD_REQUEST",
      `${ADMIN_FILE.join("/")} names ${JSON.stringify(url)}, which isn't on this machine; to use that engine, sign in to it`,
    );
  return { address: tlsPin ? { url: address.url, tlsPin } : { url: address.url }, token };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as what it is by whoever looks at its shape
  }
}

export interface LocalEngineParts<Signed> {
  /** @returns undefined while the file isn't there */
  read(): Promise<string | undefined>;
  signIn(admin: Admin, signal: AbortSignal): Promise<Signed>;
  timers: Pick<Timers, "after">;
}

const NOT_YET = ["ENGINE_UNREACHABLE", "ENGINE_SLOW", "NOT_AN_ENGINE", "UNAUTHENTICATED"] as const;

/** @returns undefined when no engine answers where the folder's file says: none was started there, or it has ended */
export async function signInToLocal<Signed>({ read, signIn }: LocalEngineParts<Signed>, signal: AbortSignal): Promise<Signed | undefined> {
  const text = await read();
  if (text === undefined) return undefined;
  try {
    return await signIn(adminOf(text), signal);
  } catch (error) {
    // An earlier engine has left the file, or this one is about to serve. Its token may be of before, too.
    if (NOT_YET.some((code) => isRunwrightError(error, code))) return undefined;
    throw error;
  }
}

const LOOK_AGAIN_MS = 500;

/** Until it serves. @throws the signal's reason, which is how a wait ends for an engine that never comes */
export async function waitForLocal<Signed>(parts: LocalEngineParts<Signed>, signal: AbortSignal): Promise<Signed> {
  for (;;) {
    signal.throwIfAborted();
    const signed = await signInToLocal(parts, signal);
    if (signed !== undefined) return signed;
    await pause(LOOK_AGAIN_MS, parts.timers, signal);
  }
}

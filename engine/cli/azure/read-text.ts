import { open } from "node:fs/promises";
import { RunwrightError } from "../../core/errors.ts";

/** More than a thousand configurations have. */
export const MOST_BYTES = 16 * 1024 * 1024;

/** @param shown the path as it was given @throws NOT_FOUND, TOO_LARGE, BAD_REQUEST */
export async function readBytes(path: string, shown: string): Promise<Uint8Array> {
  const file = await open(path, "r").catch((cause: Error) => {
    throw new RunwrightError("NOT_FOUND", `${shown} can't be read: ${cause.message}`, { cause });
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new RunwrightError("BAD_REQUEST", `${shown} isn't a file`);
    if (stats.size > MOST_BYTES) throw tooLarge(shown);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export const tooLarge = (shown: string) =>
  new RunwrightError("TOO_LARGE", `${shown} has more than ${MOST_BYTES / 1024 / 1024} MB: import the configurations in several files`);

/** UTF-8, or UTF-16 as `>` of Windows PowerShell writes it, which its first bytes tell. @throws BAD_REQUEST */
export function textOf(bytes: Uint8Array, shown: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RunwrightError("BAD_REQUEST", `${shown} isn't text in ${encoding.toUpperCase()}; save it anew from Azure`, { cause });
  }
}

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJson, writeDurably } from "../state-directory.ts";
import { isHash, parseVersions, type Versions } from "./versions.ts";

/** Of the one file that an agent is. CommonJS: it is run from the bytes whose hash was compared, also inside a single executable, which can't import files. */
const FILE = "agent.cjs";

export const hashOf = (code: Uint8Array): string => createHash("sha256").update(code).digest("hex");

/** `versions/HASH/agent.cjs` and `versions.json` in an agent's state directory. */
export function versionsIn(stateDirectory: string) {
  const directory = join(stateDirectory, "versions");
  const file = join(stateDirectory, "versions.json");
  const pathOf = (hash: string) => join(directory, hash, FILE);

  /** The code, checked. @returns undefined when it can't be read or was altered */
  async function read(hash: string): Promise<Buffer | undefined> {
    const code = await readFile(pathOf(hash)).catch(() => undefined);
    return code !== undefined && hashOf(code) === hash ? code : undefined;
  }

  return {
    pathOf,
    read,
    /** What runs and what is on trial. A damaged file is as good as none. */
    state: async (): Promise<Versions | undefined> => parseVersions(await readJson(file).catch(() => undefined)),
    /** Resolves when it is on disk. */
    write: (versions: Versions): Promise<void> => writeDurably(file, `${JSON.stringify(versions, null, 2)}\n`),
    /** Resolves when the code is on disk, under the hash of what it is. */
    async add(code: Uint8Array): Promise<string> {
      const hash = hashOf(code);
      if ((await read(hash)) !== undefined) return hash;
      await mkdir(join(directory, hash), { recursive: true, mode: 0o700 });
      try {
        await writeDurably(pathOf(hash), code);
      } catch (error) {
        await rm(join(directory, hash), { recursive: true, force: true }); // what didn't fit on the disk doesn't stay there
        throw error;
      }
      return hash;
    },
    /** Codes pile up with each update: all but these go. */
    async prune(keep: readonly (string | null)[]): Promise<void> {
      const names = await readdir(directory).catch(() => []); // none yet
      for (const name of names) if (isHash(name) && !keep.includes(name)) await rm(join(directory, name), { recursive: true, force: true });
    },
  };
}
export type VersionsDirectory = ReturnType<typeof versionsIn>;

import { mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, readJson, writeDurably } from "./state-directory.ts";

/** How far a lasting action has come, a file a command in a folder of its own. */
export function runFiles<State>(stateDirectory: string, folder: string, isState: (value: unknown) => value is State) {
  const directory = join(stateDirectory, folder);
  const fileOf = (commandId: string) => join(directory, `${commandId}.json`);
  return {
    async save(commandId: string, state: State): Promise<void> {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeDurably(fileOf(commandId), JSON.stringify(state));
    },
    /** Undefined: there is none, or it is damaged and says nothing. */
    async load(commandId: string): Promise<State | undefined> {
      const value = await readJson(fileOf(commandId)).catch(() => undefined);
      return isState(value) ? value : undefined;
    },
    async forget(commandId: string): Promise<void> {
      await unlink(fileOf(commandId)).catch((error) => {
        if (!isMissing(error)) throw error;
      });
    },
  };
}

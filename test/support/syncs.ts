import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { mock } from "node:test";

type Tell = (error: NodeJS.ErrnoException | null) => void;

export interface Syncs extends Disposable {
  /** The files that the system was asked to sync. */
  files: string[];
}

/** Until it is disposed of, whatever this process asks the system to sync goes by `how`: `sync` does it and answers, `tell` answers without. */
export function syncsBy(how: (sync: () => void, tell: Tell) => void): Syncs {
  const real = fs.fdatasync;
  const files: string[] = [];
  const replaced = mock.method(fs, "fdatasync", (descriptor: number, tell: Tell) => {
    files.push(fs.readlinkSync(`/proc/self/fd/${descriptor}`));
    how(() => real(descriptor, tell), tell);
  });
  syncBuiltinESMExports();
  return {
    files,
    [Symbol.dispose]() {
      replaced.mock.restore();
      syncBuiltinESMExports();
    },
  };
}

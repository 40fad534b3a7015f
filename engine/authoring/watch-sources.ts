import { watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Several files are saved at once, by a formatter for one. */
const PAUSE_MS = 300;
const SOURCE = /\.m?ts$/;
const NOT_OURS = /(^|[\\/])(node_modules|dist|\.git)[\\/]/;

export interface SourceWatch {
  /** Resolves when TypeScript has been saved since it was last asked, at once if it has already. @throws the signal's reason */
  changed(signal: AbortSignal): Promise<void>;
  stop(): void;
}

/** Watches folders, and those of files, with all below them. */
export async function watchSources(paths: readonly string[]): Promise<SourceWatch> {
  const folders = await Promise.all(paths.map(async (path) => ((await stat(path)).isDirectory() ? path : dirname(path))));
  let hasChanged = false;
  let told: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    hasChanged = true;
    told?.();
  };
  const watchers = [...new Set(folders)].map((folder) =>
    watch(folder, { recursive: true }, (_, name) => {
      if (name === null || !SOURCE.test(name) || NOT_OURS.test(name)) return;
      clearTimeout(timer);
      timer = setTimeout(tell, PAUSE_MS);
    }),
  );
  return {
    changed(signal) {
      return new Promise((resolve, reject) => {
        const over = () => reject(signal.reason);
        told = () => {
          hasChanged = false;
          told = undefined;
          signal.removeEventListener("abort", over);
          resolve();
        };
        if (signal.aborted) over();
        else if (hasChanged) told();
        else signal.addEventListener("abort", over, { once: true });
      });
    },
    stop() {
      clearTimeout(timer);
      for (const one of watchers) one.close();
    },
  };
}

import { isRunwrightError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import type { createControl } from "./control.ts";

const AT_ONCE = 200;

export interface ChildrenParts {
  store: Store;
  engineId: string;
  control: Pick<ReturnType<typeof createControl>, "stop">;
}

/**
 * Whoever stops a job doesn't want what it has started any more. Looked for in the store, not remembered: so it also holds for a child that was started
 * while its parent was being stopped, and when an engine dies in between.
 */
export function createChildren({ store, engineId, control }: ChildrenParts) {
  return {
    /** One round, down to children of children. @returns how many were stopped */
    async tick(): Promise<number> {
      let stopped = 0;
      for (;;) {
        const children = await store.read.jobs.childrenOfStopped(AT_ONCE);
        const before = stopped;
        for (const { id, parentId } of children) {
          try {
            await control.stop(id, engineId, undefined, `${parentId}, which had started it, was stopped`);
            stopped++;
          } catch (error) {
            if (!isRunwrightError(error, "JOB_FINAL")) throw error; // it ended meanwhile
          }
        }
        if (stopped === before) return stopped;
      }
    },
  };
}

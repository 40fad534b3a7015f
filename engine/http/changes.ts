import type { ChangeKind } from "../core/change.ts";
import type { Store } from "../store/store.ts";

/** Nobody is told more often than that. */
const EVERY_MS = 1_000;
/** What is written together is told together. */
const GATHER_MS = 20;

/**
 * Tells listeners which kinds of records have changed, at once and at most once a second: ten thousand changes in a second are one call for each of them. It listens to the store
 * only while somebody listens to it.
 */
export function createChanges({ store, everyMs = EVERY_MS }: { store: Pick<Store, "onChanged">; everyMs?: number }) {
  const listeners = new Set<(kinds: readonly ChangeKind[]) => void>();
  let pending = new Set<ChangeKind>();
  let timer: NodeJS.Timeout | undefined;
  let end: (() => void) | undefined;

  function note(kinds: readonly ChangeKind[]): void {
    for (const kind of kinds) pending.add(kind);
    timer ??= setTimeout(tell, GATHER_MS);
  }

  function tell(): void {
    timer = undefined;
    if (pending.size === 0) return;
    const kinds = [...pending];
    pending = new Set();
    timer = setTimeout(tell, everyMs);
    for (const listener of listeners) listener(kinds);
  }

  return {
    /** @returns ends it */
    subscribe(listener: (kinds: readonly ChangeKind[]) => void): () => void {
      listeners.add(listener);
      end ??= store.onChanged(note);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        end?.();
        end = undefined;
        clearTimeout(timer);
        timer = undefined;
        pending = new Set();
      };
    },
  };
}
export type Changes = ReturnType<typeof createChanges>;

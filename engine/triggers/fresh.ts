import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";

/** What another engine has changed is known after this time at the latest, also when its notice got lost. */
const FRESH_MS = 1_000;

/** Keeps what was read for as long as nobody has changed any resource, and for a second at most. */
export interface Fresh {
  /** @param load what to read; whatever it gives is kept. @returns reads it, or gives what was read a moment ago */
  keep<Value>(load: () => Promise<Value>): () => Promise<Value>;
  /** A word for what was read at this moment: while it is the same, nothing has changed. Null: nothing may be kept. */
  moment(): number | null;
}

/**
 * A commit here that changes a resource makes all that was read before it old at once; one of another engine does when its notice comes.
 * Until `start`, and after its end, nothing is kept: nobody would hear of changes.
 */
export function createFresh({ store, clock }: { store: Pick<Store, "onTriggered" | "onNotice">; clock: Clock }): Fresh & { start(): () => void } {
  let changes = 0;
  let hears = false;

  // Both parts only grow: one number tells them.
  const moment = (): number | null => (hears ? changes * 1e12 + Math.floor(clock.monotonic() / FRESH_MS) : null);
  return {
    moment,
    keep(load) {
      let kept: { moment: number; value: ReturnType<typeof load> } | undefined;
      return () => {
        const now = moment();
        if (now === null) return load();
        if (kept?.moment === now) return kept.value;
        // What is read now may be old when a change comes meanwhile: it is kept under the moment before that change.
        const value = load();
        kept = { moment: now, value };
        value.catch(() => {
          if (kept?.value === value) kept = undefined;
        });
        return value;
      };
    },
    start() {
      hears = true;
      store.onTriggered(() => {
        changes += 1;
      });
      const end = store.onNotice((notice) => {
        if (notice.triggered) changes += 1;
      });
      return () => {
        hears = false;
        end();
      };
    },
  };
}

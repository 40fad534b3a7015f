import type { Clock } from "../core/clock.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { parseRestoreNote } from "../protocol/restore-note.ts";
import { RESTORE_NOTE } from "../store/meta-keys.ts";
import type { ActivityEntry } from "../store/records/activity.ts";
import type { Store } from "../store/store.ts";

/**
 * Tells the activity log of a restore. Not the restore itself does: it may be of another schema version than this code's, and leaves the records as they were backed up
 * but for a note among them, without migrating them. The engine that starts first with them chains the entry, and takes the note away in the same
 * transaction: once, whatever dies between, and however many engines start at a time.
 */
export async function tellOfRestore({ store, clock, correlationId }: { store: Store; clock: Pick<Clock, "now">; correlationId: string }): Promise<void> {
  if ((await store.read.meta.get(RESTORE_NOTE)) === undefined) return;
  await store.write(async (tx) => {
    const text = await tx.meta.hold(RESTORE_NOTE);
    if (text === undefined) return; // another engine was first
    tx.activity.append(entryOf(text, { now: clock.now(), correlationId }));
    await tx.meta.remove(RESTORE_NOTE);
  });
}

function entryOf(text: string, { now, correlationId }: { now: number; correlationId: string }): ActivityEntry {
  const deed = { address: "local", operation: "engine.restore", target: "engine", scope: ROOT_SCOPE, result: "ok", correlationId };
  const note = parseRestoreNote(text);
  // A note by another version of this program: what is sure is that the records were restored.
  if (note === undefined) return { at: now, actorId: "", actorKind: "local", actorName: "", ...deed };
  const { at, user, host, ...details } = note;
  return { at, actorId: "", actorKind: "local", actorName: `${user}@${host}`, ...deed, details };
}

import type { WebSocket } from "ws";
import { CHANGE_KINDS, type ChangeKind, mayHearOf } from "../core/change.ts";
import type { Actor } from "../core/role.ts";
import type { ChangedMessage } from "../protocol/http/jobs.ts";
import type { Changes } from "./changes.ts";

/** Bytes that wait for a client: while there are more it is told nothing new, and then all at once. */
const MOST_WAITING = 64 * 1024;

/** Tells one client that something has changed, of the kinds that it may read. What exactly is for it to read. */
export function createChangeWatch({ socket, actor, changes }: { socket: WebSocket /** As it is now. */; actor(): Actor; changes: Changes }) {
  const untold = new Set<ChangeKind>();
  let end: (() => void) | undefined;

  function hear(kinds: readonly ChangeKind[]): void {
    for (const kind of kinds) untold.add(kind);
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount > MOST_WAITING) return;
    const of = [...untold].filter((kind) => mayHearOf(actor(), kind));
    untold.clear();
    if (of.length === 0) return;
    const message: ChangedMessage = { type: "changed", of };
    socket.send(JSON.stringify(message));
  }

  return {
    start(): void {
      end ??= changes.subscribe(hear);
      // What was read before may have changed before this moment, and nobody was told.
      hear(CHANGE_KINDS);
    },
    stop(): void {
      end?.();
      end = undefined;
      untold.clear();
    },
  };
}

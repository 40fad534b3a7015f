import pg from "pg";
import { CHANGE_KINDS, type ChangeKind } from "../../core/change.ts";
import { decodeChanges, decodeNotice, LOOK_AT_EVERYTHING, type Notice } from "../notices.ts";
import { streamOf } from "./pool.ts";

const AGAIN_MS = 500;
/** The safety net: however a notice was lost, it is found as late as this. */
const LOOK_MS = 1_000;
const BEAT_MS = 1_000;
/** Twice: a process that was busy for longer than once finds the answer that has come meanwhile. */
const PATIENCE_MS = 1_500;

export interface ListenerParts {
  url: string;
  channels: Record<"notices" | "changes", string>;
  /** What this engine tells itself isn't news. */
  self: string;
  /** Of an error while connecting: the server isn't there, or can't serve now. */
  isUnreachable(error: unknown): boolean;
  setAway(isAway: boolean): void;
}

/**
 * Hears what other engines tell, over a connection of its own, which is made with the first listener. A lost one is made again.
 * The same connection tells whether the database is there: it asks each second, and says so when no answer comes, or no connection.
 */
export function createListener({ url, channels, self, isUnreachable, setAway }: ListenerParts) {
  const listeners = new Set<(notice: Notice) => void>();
  const watchers = new Set<(kinds: readonly ChangeKind[]) => void>();
  let client: pg.Client | undefined;
  /** The next beat, the patience for its answer, or the next try to connect. */
  let timer: NodeJS.Timeout | undefined;
  let look: NodeJS.Timeout | undefined;
  let stopped = false;

  const tell = (notice: Notice) => {
    for (const listener of listeners) listener(notice);
  };
  const tellChanged = (kinds: readonly ChangeKind[]) => {
    if (kinds.length > 0) for (const watcher of watchers) watcher(kinds);
  };

  async function connect(): Promise<void> {
    const made = new pg.Client({ connectionString: url, application_name: "runwright listener", keepAlive: true, connectionTimeoutMillis: 2 * PATIENCE_MS });
    client = made;
    const lost = () => {
      if (client !== made || stopped) return;
      client = undefined;
      clearTimeout(timer);
      timer = setTimeout(() => void connect(), AGAIN_MS);
    };
    made.on("error", lost);
    made.on("end", lost);
    made.on("notification", ({ channel, payload = "" }) => {
      if (channel === channels.changes) return tellChanged(decodeChanges(self, payload));
      const notice = decodeNotice(self, payload);
      if (notice) tell(notice);
    });
    try {
      await made.connect();
      for (const channel of Object.values(channels)) await made.query(`listen ${channel}`);
      setAway(false);
      tell(LOOK_AT_EVERYTHING); // what was told while nobody listened
      tellChanged(CHANGE_KINDS);
      watch(made);
    } catch (error) {
      if (!stopped && isUnreachable(error)) setAway(true);
      made.end().catch(() => {}); // it never was connected
      lost();
    }
  }

  function watch(made: pg.Client): void {
    if (client !== made || stopped) return;
    const giveUp = () => {
      if (client !== made || stopped) return;
      setAway(true);
      streamOf(made).destroy();
    };
    timer = setTimeout(() => {
      timer = setTimeout(() => {
        timer = setTimeout(giveUp, PATIENCE_MS);
      }, PATIENCE_MS);
      made.query("select 1").then(
        () => {
          if (client !== made) return;
          clearTimeout(timer);
          watch(made);
        },
        () => {}, // the connection is gone, which its events tell
      );
    }, BEAT_MS);
  }

  function begin(): void {
    if (look !== undefined || stopped) return;
    look = setInterval(tell, LOOK_MS, { ...LOOK_AT_EVERYTHING, queued: false }); // the queue has a poll of its own
    void connect();
  }

  return {
    /** @returns ends the listening */
    listen(listener: (notice: Notice) => void): () => void {
      begin();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** @returns ends the listening */
    listenForChanges(watcher: (kinds: readonly ChangeKind[]) => void): () => void {
      begin();
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(look);
      clearTimeout(timer);
      const last = client;
      client = undefined;
      await last?.end().catch(() => {}); // it is gone already
    },
  };
}

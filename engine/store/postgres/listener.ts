import pg from "pg";
import { streamOf } from "./pool.ts";

const AGAIN_MS = 500;
const BEAT_MS = 1_000;
/** Twice: a process that was busy for longer than once finds the answer that has come meanwhile. */
const PATIENCE_MS = 1_500;

export interface ListenerParts {
  url: string;
  channel: string;
  /** What this engine announces itself isn't news. */
  self: string;
  /** Of an error while connecting: the server isn't there, or can't serve now. */
  isUnreachable(error: unknown): boolean;
  setAway(isAway: boolean): void;
}

/**
 * Hears what other engines announce, over a connection of its own. Announcements are hints: whoever misses one finds the same in the tables.
 * The same connection tells whether the database is there: it asks each second, and says so when no answer comes, or no connection.
 */
export function createListener({ url, channel, self, isUnreachable, setAway }: ListenerParts) {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function connect(listener: () => void): Promise<void> {
    const made = new pg.Client({ connectionString: url, application_name: "runwright listener", connectionTimeoutMillis: 2 * PATIENCE_MS });
    client = made;
    const again = () => {
      if (client !== made || stopped) return;
      client = undefined;
      clearTimeout(timer);
      timer = setTimeout(() => void connect(listener), AGAIN_MS);
    };
    made.on("error", again);
    made.on("end", again);
    made.on("notification", ({ payload }) => {
      if (payload !== self) listener();
    });
    try {
      await made.connect();
      await made.query(`listen ${channel}`);
      setAway(false);
      listener(); // what was announced while nobody listened
      watch(made);
    } catch (error) {
      if (!stopped && isUnreachable(error)) setAway(true);
      made.end().catch(() => {}); // it never was connected
      again();
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

  return {
    start: (listener: () => void): void => void connect(listener),
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      await last?.end().catch(() => {}); // it is gone already
    },
  };
}

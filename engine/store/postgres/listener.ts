import pg from "pg";
import { decodeNotice, LOOK_AT_EVERYTHING, type Notice } from "../notices.ts";

const AGAIN_MS = 1_000;
/** The safety net: however a notice was lost, it is found as late as this. */
const LOOK_MS = 1_000;

/** Hears what other engines tell, over a connection of its own, which is made with the first listener. A lost one is made again. */
export function createListener(url: string, channel: string, self: string) {
  const listeners = new Set<(notice: Notice) => void>();
  let client: pg.Client | undefined;
  let again: NodeJS.Timeout | undefined;
  let look: NodeJS.Timeout | undefined;
  let stopped = false;

  const tell = (notice: Notice) => {
    for (const listener of listeners) listener(notice);
  };

  async function connect(): Promise<void> {
    const made = new pg.Client({ connectionString: url, application_name: "runwright listener", keepAlive: true });
    client = made;
    const lost = () => {
      if (client !== made || stopped) return;
      client = undefined;
      again = setTimeout(() => void connect(), AGAIN_MS);
    };
    made.on("error", lost);
    made.on("end", lost);
    made.on("notification", ({ payload }) => {
      const notice = decodeNotice(self, payload ?? "");
      if (notice) tell(notice);
    });
    try {
      await made.connect();
      await made.query(`listen ${channel}`);
      tell(LOOK_AT_EVERYTHING); // what was told while nobody listened
    } catch {
      made.end().catch(() => {}); // it never was connected
      lost();
    }
  }

  return {
    /** @returns ends the listening */
    listen(listener: (notice: Notice) => void): () => void {
      if (look === undefined && !stopped) {
        look = setInterval(tell, LOOK_MS, { ...LOOK_AT_EVERYTHING, queued: false }); // the queue has a poll of its own
        void connect();
      }
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(look);
      clearTimeout(again);
      const last = client;
      client = undefined;
      await last?.end().catch(() => {}); // it is gone already
    },
  };
}

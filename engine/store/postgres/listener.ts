import pg from "pg";

const AGAIN_MS = 1_000;

/** Hears what other engines announce, over a connection of its own. Announcements are hints: whoever misses one finds the same in the tables. */
export function createListener(url: string, channel: string, self: string) {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function connect(listener: () => void): Promise<void> {
    const made = new pg.Client({ connectionString: url, application_name: "runwright listener" });
    client = made;
    const again = () => {
      if (client !== made || stopped) return;
      client = undefined;
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
      listener(); // what was announced while nobody listened
    } catch {
      made.end().catch(() => {}); // it never was connected
      again();
    }
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

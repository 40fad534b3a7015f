import type { Client } from "../client/client.ts";
import type { Timers } from "../timers.ts";
import type { PageContent } from "./block.ts";

/** A page that is kept up to date while somebody sees it. */
export interface LivePage {
  setVisible(isVisible: boolean): void;
  stop(): void;
}

/**
 * Asks again and again, one question after another, until the page is about something that has ended.
 * @param read the page as it is now, and whether it changes any more
 */
export function keepReading({
  everyMs,
  client,
  read,
  timers,
  show,
}: {
  everyMs: number;
  client(): Promise<Client | undefined>;
  read(client: Client): Promise<{ content: PageContent; isOver: boolean }>;
  timers: Timers;
  show(content: PageContent | { problem: string }): void;
}): LivePage {
  let isVisible = true;
  let isStopped = false;
  let isReading = false;
  let isOver = false;
  let cancel = () => {};

  async function round(): Promise<void> {
    if (isReading || isStopped || !isVisible || isOver) return;
    isReading = true;
    cancel();
    try {
      const engine = await client();
      if (engine) {
        const found = await read(engine);
        isOver = found.isOver;
        if (!isStopped) show(found.content);
      } else show({ problem: "The engine can't be reached; this is what was known last." });
    } catch (error) {
      if (!isStopped) show({ problem: error instanceof Error ? error.message : String(error) });
    } finally {
      isReading = false;
      if (!isStopped && isVisible && !isOver) cancel = timers.after(everyMs, () => void round());
    }
  }

  void round();
  return {
    setVisible(next) {
      isVisible = next;
      if (next) void round();
      else cancel();
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

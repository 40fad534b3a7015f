import { isRunwrightError } from "../../../engine/core/errors.ts";
import type { StreamedEntry, Streams } from "../../../engine/protocol/http/jobs.ts";
import type { Client } from "../client/client.ts";
import { jobPath } from "./live-job.ts";
import { readEntries } from "./read-entries.ts";

const MOST_ENTRIES = 1_000;

/**
 * What a job has written so far, page by page. Pages have fewer entries where these are so long that an answer would be too large to hold.
 * @param after entries with a higher number
 * @throws what `ask` throws
 */
export async function* streamPages(
  client: Client,
  id: string,
  { after, signal }: { after: number; signal?: AbortSignal },
): AsyncGenerator<readonly StreamedEntry[]> {
  const shape = { items: "array", last: "number" } as const;
  let limit = MOST_ENTRIES;
  for (;;) {
    try {
      const { items, last } = await client.ask<Streams>("GET", `${jobPath(id)}/streams`, shape, { query: { after, limit }, signal });
      if (items.length > 0) yield readEntries(items);
      // One that doesn't come further would be asked for ever.
      if (items.length < limit || last <= after) return;
      after = last;
    } catch (error) {
      if (!isRunwrightError(error, "TOO_LARGE") || limit === 1) throw error;
      limit = Math.ceil(limit / 4);
    }
  }
}

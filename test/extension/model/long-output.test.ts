import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";
import { createClient } from "../../../extension/model/client/client.ts";
import { sendOverNetwork } from "../../../extension/model/client/transport.ts";
import { clippedEntry } from "../../../extension/model/jobs/clipped-entry.ts";
import { streamPages } from "../../../extension/model/jobs/stream-pages.ts";
import { createTranscript } from "../../../extension/model/jobs/transcript.ts";

const at = "2026-01-01T12:03:04.120Z";
const log = (seq: number, message: string): StreamedEntry => ({ seq, at, kind: "log", level: "info", message });

describe("an output whose entries are long", () => {
  it("is cut to its newest also when much of it comes at once", () => {
    const transcript = createTranscript({ most: 100_000 });
    transcript.add(Array.from({ length: 1_000 }, (_, i) => log(i + 1, "x".repeat(10_000))));
    const text = transcript.text();
    assert.ok(text.length < 120_000, `${text.length}`);
    assert.match(text, /^… 99\d entries before this/);
  });

  it("is cut within an entry that is longer than all that is shown", () => {
    const transcript = createTranscript({ most: 1_000 });
    transcript.add([log(1, "x".repeat(5_000))]);
    assert.ok(transcript.text().length < 1_200);
    assert.match(transcript.text(), /… the rest of this entry/);
  });

  for (const [kind, entry] of [
    ["log", { ...log(1, "x".repeat(5_000)), details: { a: "y".repeat(5_000) } }],
    ["output", { seq: 1, at, kind: "output", value: { a: "x".repeat(5_000) } }],
    ["progress", { seq: 1, at, kind: "progress", fraction: 0.5, message: "x".repeat(5_000) }],
  ] as [string, StreamedEntry][]) {
    it(`is kept by a page as its beginning (${kind})`, () => {
      const length = JSON.stringify(clippedEntry(entry)).length;
      assert.ok(length > 2_000 && length < 2_300, `${length}`);
    });
  }

  it("is read in smaller pages, all of it and once, when an answer is too large to hold", async () => {
    const entries = Array.from({ length: 200 }, (_, i) => log(i + 1, "x".repeat(500_000)));
    const limits: number[] = [];
    const server = createServer((request, response) => {
      const query = new URL(request.url ?? "", "http://engine").searchParams;
      const [after, limit] = [Number(query.get("after")), Number(query.get("limit"))];
      limits.push(limit);
      const items = entries.slice(after, after + limit);
      response.end(JSON.stringify({ items, last: items.at(-1)?.seq ?? after, ended: false }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const client = createClient({ address: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, token: "", send: sendOverNetwork });
      const seen: number[] = [];
      for await (const page of streamPages(client, "job_1", { after: 0 })) seen.push(...page.map(({ seq }) => seq));
      assert.deepEqual(
        seen,
        entries.map(({ seq }) => seq),
      );
      assert.deepEqual([limits[0], limits.at(-1)], [1_000, 63]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}).timeout(60_000);

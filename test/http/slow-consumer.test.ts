import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { createChanges } from "../../engine/http/changes.ts";
import { createEventSession } from "../../engine/http/event-session.ts";
import { createJobFeed } from "../../engine/jobs/feed.ts";
import { actor, openAccess } from "../access/access.ts";

describe("a client of the events socket that doesn't read", function () {
  this.timeout(30_000);

  it("is dropped with a message that says how to go on, and holds no more in memory than one batch", async () => {
    await using access = await openAccess();
    const { store, clock } = access;
    const someone = actor("ada", { role: "reader", scope: "/" });
    const job = {
      id: "job_1",
      runbookId: "run_1",
      runbook: "big",
      version: 1,
      bundleHash: "0",
      scope: "/",
      params: {},
      trigger: "manual",
      dry: false,
      actor: someone,
    } as const;
    const manifest = { summary: "", parameters: {}, permissions: {}, limits: {} } as any;
    const text = "x".repeat(32 * 1024);
    await store.write(async (tx) => {
      await tx.runbooks.putBundle({ hash: "0", text: "", sourceMap: null, createdAt: 0 });
      await tx.jobs.insert(
        {
          ...job,
          manifest,
          correlationId: "c",
          parentId: null,
          depth: 0,
          priority: 0,
          seed: "",
          wrappedKey: new Uint8Array(1),
          createdAt: 0,
          idempotencyKey: null,
        },
        "ada",
      );
      await tx.streams.append(
        "job_1",
        Array.from({ length: 1_500 }, (_, i) => ({ seq: i + 1, at: clock.now(), kind: "output" as const, value: text })),
      );
    });

    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (socket) =>
      createEventSession({
        socket,
        actor: someone,
        reauthenticate: async () => someone,
        store,
        feed: createJobFeed(),
        changes: createChanges({ store }),
        patienceMs: 300,
      }),
    );
    await once(server, "listening");
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      await once(client, "open");
      const [served] = server.clients;
      assert.ok(served);
      client.send(JSON.stringify({ subscribe: { job: "job_1" } }));
      client.pause();
      while (served.readyState === WebSocket.OPEN) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(served.bufferedAmount < 20 * 1024 * 1024, `${served.bufferedAmount} bytes wait`);
      client.resume();
      const seen: number[] = [];
      client.on("message", (data) => seen.push(...(JSON.parse(String(data)).entries ?? []).map((entry: any) => entry.seq)));
      const [code, reason] = await once(client, "close");
      assert.deepEqual([code, /resume with `after`/.test(String(reason))], [1013, true]);
      assert.ok(seen.length < 1_500);
      assert.deepEqual(
        seen,
        Array.from({ length: seen.length }, (_, i) => i + 1),
      );
    } finally {
      client.terminate();
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";
import { goThrough } from "../../engine/cli/debug-session.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { DebugBegun } from "../../engine/protocol/http/debug.ts";
import { inspectorClient } from "./inspector-client.ts";

const BEGUN = { session: "dbg_1", ticket: "t1" } as DebugBegun;

describe("a command that goes through a debug session", () => {
  let engine: WebSocketServer;
  beforeEach(async () => {
    engine = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(engine, "listening");
  });
  afterEach(() => {
    for (const socket of engine.clients) socket.terminate();
    engine.close();
  });

  const onConnection = (act: (socket: WebSocket) => void) => void engine.on("connection", act);
  function go(signal = new AbortController().signal, onListening?: (url: string) => void) {
    const client = { socket: () => new WebSocket(`ws://127.0.0.1:${(engine.address() as AddressInfo).port}`) };
    return goThrough(client, BEGUN, onListening ? { inspector: { port: 0, title: "probe", file: "file:///probe.ts", onListening } } : {}, { signal });
  }

  it("tells why the connection was closed, when neither the debugger nor the user has left", async () => {
    for (const [code, reason, says] of [
      [1012, "the engine is stopping", /the engine is stopping \(1012\)/],
      [1013, "you read too slowly", /you read too slowly \(1013\)/],
      [1000, "", /no reason was told \(1000\)/],
    ] as const) {
      engine.removeAllListeners("connection");
      onConnection((socket) => socket.close(code, reason));
      await assert.rejects(go(), (error) => isRunwrightError(error, "ENGINE_UNREACHABLE") && says.test(error.message));
    }
  });

  it("ends without a fault when the debugger leaves, or the user", async () => {
    onConnection((socket) => socket.send('{"type":"ready"}'));
    assert.equal(await go(undefined, (url) => void inspectorClient(url).then((one) => one.close())), null);
    const user = new AbortController();
    engine.once("connection", () => user.abort());
    assert.equal(await go(user.signal), null);
  });
});

import { once } from "node:events";
import WebSocket from "ws";
import { bundleHashOf } from "../../engine/authoring/bundle.ts";
import type { DebugBegun, DebugMessage } from "../../engine/protocol/http/debug.ts";
import { protocolOver } from "../debug/inspector-client.ts";
import type { BenchEngine } from "./engine-under-test.ts";

const BUNDLE = `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "debugged", run: async ({ output }) => {
  const sum = 1 + 1;
  output(sum);
} } } };`;

/** Milliseconds from asking for a debug session to the first stop at a breakpoint, for each of so many sessions in a row. */
export async function firstStops(engine: BenchEngine, sessions: number): Promise<number[]> {
  await ask(engine, "PUT", "/api/v1/runbooks/debugged/draft", {
    ...{ bundle: BUNDLE, bundleHash: bundleHashOf(BUNDLE), sourceMap: null, sources: [{ path: "debugged.ts", text: "// bench" }] },
  });
  const times: number[] = [];
  for (let i = 0; i < sessions; i++) times.push(await firstStop(engine));
  return times;
}

async function firstStop(engine: BenchEngine): Promise<number> {
  const begin = performance.now();
  const begun = await ask<DebugBegun>(engine, "POST", "/api/v1/debug", { runbook: "debugged", draft: true, sourceRoot: "file:///bench/" });
  const socket = new WebSocket(`${engine.url.replace("http", "ws")}/api/v1/debug/${begun.session}`, {
    headers: { authorization: `Bearer ${engine.token}`, "runwright-ticket": begun.ticket },
  });
  const ready = Promise.withResolvers<void>();
  const hearers: ((text: string) => void)[] = [];
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as DebugMessage;
    if (message.type === "ready") ready.resolve();
    else if (message.type === "inspector") for (const hear of hearers) hear(message.message);
  });
  await ready.promise;
  const inspector = protocolOver({
    say: (message) => socket.send(JSON.stringify({ type: "inspector", message })),
    hear: (listener) => void hearers.push(listener),
    onClose: (listener) => void socket.on("close", listener),
    close: () => socket.close(),
  });
  await inspector.enable();
  await inspector.ask("Debugger.setBreakpointByUrl", { url: "file:///bench/.runwright/debugged.js", lineNumber: 2 });
  await inspector.release();
  await inspector.paused();
  const took = performance.now() - begin;
  inspector.ask("Debugger.resume");
  await once(socket, "close");
  return took;
}

async function ask<Body>({ client, url, token }: BenchEngine, method: "PUT" | "POST", path: string, body: unknown): Promise<Body> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await client.request({ origin: url, path, method, headers, body: JSON.stringify(body) });
  const answer = (await response.body.json()) as Body;
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${JSON.stringify(answer)}`);
  return answer;
}

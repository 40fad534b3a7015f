import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { RunwrightError } from "../core/errors.ts";

export interface RelayParts {
  /** Shown in lists of what can be debugged. */
  title: string;
  /** URL of the runbook's file. */
  file: string;
  /** 0: any free one. */
  port: number;
  /** Whether its address is told to whoever asks at the port, as debuggers do that look for something to debug. */
  isListed: boolean;
  /** From the debugger. */
  onMessage(message: string): void;
  /** The debugger has gone. */
  onLeft(): void;
}

export interface Relay {
  /** For debuggers: `ws://127.0.0.1:PORT/ID`. */
  url: string;
  send(message: string): void;
  stop(): Promise<void>;
}

/** Above it the connection to the debugger is closed. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** The engine takes 1 MB: the message as a JSON text, with some words around it. */
const MAX_WRAPPED_BYTES = 1024 * 1024 - 1024;

/** The answer to a request that the engine doesn't take because of its length: its connection would be closed. */
function refusalOf(text: string): string | undefined {
  if (Buffer.byteLength(JSON.stringify(text)) <= MAX_WRAPPED_BYTES) return undefined;
  let id: unknown = null;
  try {
    id = (JSON.parse(text) as { id?: unknown } | null)?.id;
  } catch {
    // no request: an answer without an id says so
  }
  return JSON.stringify({ id, error: { code: -32600, message: `a request of ${text.length} characters is longer than the engine takes` } });
}

/**
 * Where a debugger of this computer attaches, as to a Node process: Chrome DevTools, VS Code. It listens on the loopback address under a name that can't be guessed,
 * and takes neither web pages (they send an Origin; "null" is one, too) nor names that were made to point here (Host), as Node's own inspector does.
 * @throws PORT_TAKEN
 */
export async function openRelay({ title, file, port, isListed, onMessage, onLeft }: RelayParts): Promise<Relay> {
  const id = randomUUID();
  let socket: WebSocket | undefined;
  const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const isLocal = (host: string | undefined) => host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);

  const server = createServer(({ url = "", headers }, response) => {
    const path = (url.split("?")[0] ?? "").replace(/\/$/, "");
    response.setHeader("content-type", "application/json; charset=UTF-8");
    if (!isLocal(headers.host)) response.writeHead(400).end();
    else if (!isListed) response.writeHead(404).end();
    else if (path === "/json" || path === "/json/list") response.end(JSON.stringify([target()]));
    else if (path === "/json/version") response.end(JSON.stringify({ Browser: "runwright", "Protocol-Version": "1.3" }));
    else response.writeHead(404).end();
  });
  const target = () => ({
    ...{ description: "Runwright", type: "node", id, title, url: file },
    webSocketDebuggerUrl: `ws://${address()}/${id}`,
    devtoolsFrontendUrl: `devtools://devtools/bundled/js_app.html?v8only=true&ws=${address()}/${id}`,
  });
  const sockets = new WebSocketServer({
    server,
    path: `/${id}`,
    maxPayload: MAX_MESSAGE_BYTES,
    verifyClient: ({ req }: { req: { headers: { host?: string; origin?: string } } }, answer: (ok: boolean, code?: number, why?: string) => void) => {
      const { host, origin } = req.headers;
      if (!isLocal(host) || (origin !== undefined && !origin.startsWith("devtools://"))) answer(false, 403, "not for web pages");
      else if (socket) answer(false, 409, "a debugger is attached already");
      else answer(true);
    },
  });
  sockets.on("error", () => {}); // the server's own is told below
  sockets.on("connection", (opened) => {
    // Two may have been let in at once.
    if (socket) return opened.close(1013, "a debugger is attached already");
    socket = opened;
    opened.on("message", (data) => {
      const text = String(data);
      const refusal = refusalOf(text);
      if (refusal === undefined) onMessage(text);
      else opened.send(refusal);
    });
    opened.on("error", () => opened.terminate());
    opened.on("close", onLeft);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new RunwrightError("PORT_TAKEN", `port ${port} can't be listened on; choose another one with --port`, { cause })));
    server.listen(port, "127.0.0.1", resolve);
  });

  return {
    url: `ws://${address()}/${id}`,
    send(message) {
      if (socket?.readyState === socket?.OPEN) socket?.send(message);
    },
    async stop() {
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      for (const one of sockets.clients) one.close(1000, "the session has ended");
      // A debugger that doesn't answer the farewell doesn't hold anything up.
      const timer = setTimeout(() => {
        for (const one of sockets.clients) one.terminate();
      }, 1_000);
      await closed;
      clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

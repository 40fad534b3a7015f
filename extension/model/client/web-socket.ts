import type { TLSSocket } from "node:tls";
import WebSocket from "ws";
import type { EngineAddress } from "./address.ts";
import type { EventSocket, OpenEventSocket } from "./event-socket.ts";
import { whenPinned } from "./pin.ts";

const HANDSHAKE_MS = 10_000;
/** An engine pings every few seconds: a connection that is silent for so long is none. */
const SILENCE_MS = 15_000;

export interface Door {
  address: EngineAddress;
  token: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
}
export interface SocketListener {
  onOpen(): void;
  onText(text: string): void;
  /** Nothing follows. @param why what was said when it was refused or closed; empty: nothing */
  onClose(why: string): void;
}

/** The events socket, with the library that speaks the protocol. */
export const openWebSocket: OpenEventSocket = (address, token, listener) => openSocket({ address, token, path: "/api/v1/events" }, listener);

export function openSocket({ address: { url, tlsPin }, token, path, headers = {} }: Door, listener: SocketListener): EventSocket {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`, {
    headers: { ...headers, authorization: `Bearer ${token}` },
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: 64 * 1024 * 1024,
    ...(tlsPin === undefined
      ? {}
      : {
          rejectUnauthorized: false,
          finishRequest: (request) =>
            void request.once("socket", (tls) => whenPinned(tls as TLSSocket, tlsPin, (problem) => void (problem ? tls.destroy(problem) : request.end()))),
        }),
  });
  let isOver = false;
  let watch: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(() => socket.terminate(), SILENCE_MS);
  };
  let refused = "";
  const end = (tell: boolean, why = "") => {
    if (isOver) return;
    isOver = true;
    clearTimeout(watch);
    if (tell) listener.onClose(why);
  };
  socket.on("open", () => {
    alive();
    if (!isOver) listener.onOpen();
  });
  socket.on("ping", alive);
  socket.on("message", (data) => {
    alive();
    if (!isOver) listener.onText(String(data));
  });
  // "close" follows.
  socket.on("error", ({ message }) => {
    refused = message;
  });
  socket.on("close", (_, reason) => end(true, refused || String(reason)));
  return {
    send: (text) => {
      if (socket.readyState === socket.OPEN) socket.send(text);
    },
    drop() {
      end(false);
      socket.terminate();
    },
  };
}

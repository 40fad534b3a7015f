import { Compile } from "typebox/compile";
import type { WebSocket } from "ws";
import { ERRORS, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { DebugClientMessage, type DebugMessage } from "../protocol/http/debug.ts";
import type { AttachedDebugger } from "./ports.ts";

export interface DebugConnectionParts {
  /** Who holds the token may still debug. Rejects when not. */
  reauthenticate(): Promise<unknown>;
  /** What may wait for a client that reads slowly, characters. */
  maxBacklogChars: number;
}

const request = Compile(DebugClientMessage);
/** Pings, and looks at the token. */
const LOOK_MS = 5_000;
const MAX_UNANSWERED_PINGS = 3;

/** The engine's end of the connection of a debug session. It may be told things before its socket is open. */
export function serveDebugger({ reauthenticate, maxBacklogChars }: DebugConnectionParts) {
  let socket: WebSocket | undefined;
  const early: DebugMessage[] = [];

  function send(message: DebugMessage): void {
    if (!socket) return void early.push(message);
    if (socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify(message));
    if (socket.bufferedAmount > maxBacklogChars) socket.close(1013, "you read too slowly");
  }

  function fail(error: unknown): void {
    const { code, message } = isRunwrightError(error) ? error : new RunwrightError("INTERNAL", "the engine made a mistake");
    send({ type: "error", code, detail: message });
  }

  function take(attached: AttachedDebugger, text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (cause) {
      throw new RunwrightError("BAD_REQUEST", "messages are JSON", { cause });
    }
    if (!request.Check(message)) throw new RunwrightError("BAD_REQUEST", 'say { "type": "inspector", "message": "…" }, or begin, answer, alive');
    attached.take(message);
  }

  return {
    send,
    close: (reason: string) => socket?.close(1000, reason.slice(0, 100)),
    open(opened: WebSocket, attached: AttachedDebugger): void {
      socket = opened;
      let unanswered = 0;
      const timer = setInterval(() => {
        if (unanswered >= MAX_UNANSWERED_PINGS) return opened.terminate();
        unanswered++;
        opened.ping();
        reauthenticate().catch((error: unknown) => {
          // The database may be away: looked at again soon.
          if (!isRunwrightError(error) || !ERRORS[error.code].retry) opened.close(4401, isRunwrightError(error) ? error.code : "INTERNAL");
        });
      }, LOOK_MS);
      opened.on("pong", () => {
        unanswered = 0;
      });
      opened.on("message", (data, isBinary) => {
        try {
          take(attached, isBinary ? "" : String(data));
        } catch (error) {
          fail(error);
        }
      });
      opened.on("error", () => opened.terminate());
      opened.on("close", () => {
        clearInterval(timer);
        attached.left();
      });
      for (const message of early.splice(0)) send(message);
    },
  };
}

import { createHash, timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { WebSocket } from "ws";
import { RunwrightError } from "../core/errors.ts";
import { type EngineFrame, parseEngineFrame } from "../protocol/agent.ts";
import type { EngineAddress } from "./identity.ts";

/** Why a connection ended, and when to try again at the earliest. */
export interface Closing {
  reason: string;
  retryAfterMs?: number;
}

/** The engine said no, or couldn't be reached. */
export class ConnectError extends RunwrightError {
  /** Milliseconds to wait at least. */
  readonly retryAfterMs: number | undefined;
  constructor(code: RunwrightError["code"], message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(code, message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Trying again soon is useless: an operator has to do something first. */
export const PATIENCE_MS = 5 * 60_000;

/** Gives the frames of a socket one by one while the handshake lasts, then to a listener. */
export function createInbox(socket: WebSocket) {
  const waiting: EngineFrame[] = [];
  let listener: ((frame: EngineFrame) => void) | undefined;
  let wake = () => {};
  let failure: Error | undefined;
  let refused: Closing | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };

  socket.on("message", (data) => {
    const parsed = parseEngineFrame(String(data));
    // A frame that this version doesn't know is passed over: within one protocol version an engine may add some.
    if (!parsed.ok) return;
    if (parsed.frame.type === "refuse")
      refused = { reason: parsed.frame.message, ...(parsed.frame.retryAfterMs === undefined ? {} : { retryAfterMs: parsed.frame.retryAfterMs }) };
    if (listener) listener(parsed.frame);
    else if (waiting.push(parsed.frame) === 1) wake();
  });
  const closed = new Promise<Closing>((resolve) => {
    socket.on("close", (code, reason) => {
      const words = reason.toString() || `connection closed (${code})`;
      fail(new ConnectError("ENGINE_UNREACHABLE", words));
      resolve(refused ?? { reason: words });
    });
  });

  return {
    closed,
    fail,
    /** Resolves when the connection stands and its certificate is the pinned one. */
    opened: (engine: EngineAddress): Promise<void> =>
      new Promise((resolve, reject) => {
        let wrongPin: ConnectError | undefined;
        socket.once("upgrade", (response) => {
          if (engine.tlsPin !== undefined && !hasPin(response.socket as TLSSocket, engine.tlsPin)) {
            wrongPin = new ConnectError("ENGINE_KEY_WRONG", `the TLS certificate of ${engine.url} isn't the pinned one; if it was replaced, join again`, {
              retryAfterMs: PATIENCE_MS,
            });
            socket.terminate();
          }
        });
        socket.once("open", resolve);
        socket.on("error", (cause) =>
          reject(wrongPin ?? new ConnectError("ENGINE_UNREACHABLE", `${engine.url} can't be reached: ${cause.message}`, { cause })),
        );
        socket.once("unexpected-response", (request, response) => {
          const seconds = Number(response.headers["retry-after"]);
          const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
          request.destroy();
          reject(
            new ConnectError(response.statusCode === 429 ? "OVERLOADED" : "ENGINE_UNREACHABLE", `${engine.url} answered with HTTP ${response.statusCode}`, {
              retryAfterMs,
            }),
          );
        });
      }),
    async next(): Promise<EngineFrame> {
      while (waiting.length === 0) {
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return waiting.shift() as EngineFrame;
    },
    listen(onFrame: (frame: EngineFrame) => void) {
      listener = onFrame;
      for (const frame of waiting.splice(0)) onFrame(frame);
    },
  };
}

/** RFC 7469: the pin is the hash of the key, so that a renewed certificate with the same key passes. */
function hasPin(socket: TLSSocket, pin: string): boolean {
  const certificate = socket.getPeerX509Certificate?.();
  if (certificate === undefined) return false;
  const hash = createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest();
  return timingSafeEqual(hash, Buffer.from(pin, "base64url"));
}

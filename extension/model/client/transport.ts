import { type ClientRequest, request as plainRequest } from "node:http";
import { Agent, request as secureRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { whenPinned } from "./pin.ts";

export interface Sent {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** For all of it: connecting, sending, the whole answer. */
  timeoutMs: number;
  tlsPin?: string | undefined;
  signal?: AbortSignal | undefined;
}
export interface Answered {
  status: number;
  text: string;
}
export type Send = (request: Sent) => Promise<Answered>;

/** Characters of an answer; a page of 500 large jobs has less. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** A resumed session has no certificate to look at, and who else has begun it in this process isn't known: each connection with a pin begins its own. */
const pinned = new Agent({ keepAlive: true, maxCachedSessions: 0 });

/** @throws ENGINE_UNREACHABLE, ENGINE_SLOW, TOO_LARGE when the answer is, the signal's reason */
export const sendOverNetwork: Send = ({ method, url, headers, body, timeoutMs, tlsPin, signal }) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const deadline = AbortSignal.timeout(timeoutMs);
    const ends = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, signal: ends };
    const trust = tlsPin === undefined ? {} : { rejectUnauthorized: false, agent: pinned };
    const request = url.protocol === "https:" ? secureRequest(url, { ...options, ...trust }) : plainRequest(url, options);
    const fail = (cause: unknown) => {
      if (signal?.aborted) reject(signal.reason);
      else if (deadline.aborted) reject(tooSlow(url, timeoutMs));
      else reject(unreachable(url, cause));
    };
    request.once("error", fail);
    request.once("response", (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      response.on("data", (piece: Buffer) => {
        size += piece.length;
        if (size > LONGEST_ANSWER) request.destroy(new RunwrightError("TOO_LARGE", `the engine's answer has more than ${LONGEST_ANSWER / 1_048_576} MB`));
        else pieces.push(piece);
      });
      response.once("error", fail);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString("utf8") }));
    });
    whenTrusted(request, tlsPin, () => request.end(body));
  });

/** Headers carry the token: with a pin they leave only after the key was looked at. */
function whenTrusted(request: ClientRequest, tlsPin: string | undefined, proceed: () => void): void {
  if (tlsPin === undefined) {
    proceed();
    return;
  }
  request.once("socket", (socket) => whenPinned(socket as TLSSocket, tlsPin, (problem) => (problem ? request.destroy(problem) : proceed())));
}

const tooSlow = (url: URL, timeoutMs: number) =>
  new RunwrightError(
    "ENGINE_SLOW",
    `the engine at ${url.origin} hasn't answered within ${timeoutMs / 1_000} s; it may be overloaded, or something on the way holds it up`,
  );

function unreachable(url: URL, cause: unknown): RunwrightError {
  if (cause instanceof RunwrightError) return cause;
  const reason = cause instanceof Error ? ("code" in cause && String(cause.code)) || cause.message : String(cause);
  const hint = /CERT|SELF_SIGNED/.test(reason)
    ? "its certificate isn't trusted here; sign in again to trust its key"
    : "is it running, and is the address right?";
  return new RunwrightError("ENGINE_UNREACHABLE", `the engine at ${url.origin} can't be reached (${reason}): ${hint}`, { cause });
}

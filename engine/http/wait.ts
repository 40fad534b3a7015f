import type { FastifyRequest } from "fastify";
import { parseDuration } from "../core/duration.ts";
import { RunwrightError } from "../core/errors.ts";

const LONGEST_MS = 60_000;

/** @returns milliseconds; null when nobody wants to wait. @throws DURATION_INVALID, BAD_REQUEST */
export function parseWait(wait: string | undefined): number | null {
  if (wait === undefined) return null;
  const ms = /^\d+$/.test(wait) ? Number(wait) * 1_000 : parseDuration(wait);
  if (ms > LONGEST_MS) throw new RunwrightError("BAD_REQUEST", "wait at most 60s and ask again");
  return ms;
}

/** Fires after `ms`, when the client goes away, or when the engine stops, whichever is first. `using` ends it. */
export function patience(request: FastifyRequest, ms: number, stopping: AbortSignal): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (stopping.aborted) abort();
  const timer = setTimeout(abort, ms);
  request.raw.socket.once("close", abort);
  stopping.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      request.raw.socket.off("close", abort);
      stopping.removeEventListener("abort", abort);
    },
  };
}

import type { Clock } from "../core/clock.ts";
import type { Log } from "./ports.ts";
import type { Span } from "./span.ts";

export interface ExporterParts {
  /** Sends one request. @returns the answer's status and Retry-After in seconds; rejects when nobody answers */
  post(body: string, signal: AbortSignal): Promise<{ status: number; retryAfterSeconds: number | null }>;
  encode(spans: readonly Span[]): object;
  log: Log;
  clock: Pick<Clock, "monotonic">;
  /** Counted for `/metrics`. */
  onSent(count: number): void;
  onDropped(count: number): void;
}

/** Spans that wait to be sent; what comes beyond is dropped, and counted: traces may be lost, jobs may not be slowed. */
const MOST_WAITING = 20_000;
const AT_ONCE = 1_000;
const GATHER_MS = 1_000;
const PATIENCE_MS = 10_000;
/** A stop waits so long for a collector, however much waits: what has begun to end must end in time. */
export const STOP_WITHIN_MS = 3_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const MOST_TRIES = 8;
/** OTLP: these may be tried again, anything else is a refusal. https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504]);
const TOLD_EVERY_MS = 60_000;
export const ENGINE_STOPS = "the engine stops";

/** Sends spans to a collector, some at a time, one request after the other. */
export function createExporter({ post, encode, log, clock, onSent, onDropped }: ExporterParts) {
  const stopping = new AbortController();
  /** Nothing is sent any more, and what is under way is cut off. */
  const ended = new AbortController();
  let waiting: Span[] = [];
  let running: Promise<void> | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  function drop(count: number, why: string): void {
    onDropped(count);
    const now = clock.monotonic();
    if (now - toldAt < TOLD_EVERY_MS) return;
    toldAt = now;
    log.warn({ spans: count }, `traces are lost: ${why}`);
  }

  async function run(): Promise<void> {
    await pause(GATHER_MS);
    while (waiting.length > 0 && !ended.signal.aborted) {
      const batch = waiting.slice(0, AT_ONCE);
      waiting = waiting.slice(AT_ONCE);
      await send(batch);
    }
    running = undefined;
  }

  async function send(batch: readonly Span[]): Promise<void> {
    const body = JSON.stringify(encode(batch));
    for (let tries = 1; ; tries++) {
      let wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
      let why: string;
      try {
        const { status, retryAfterSeconds } = await post(body, AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ended.signal]));
        if (status >= 200 && status < 300) return onSent(batch.length);
        why = `the collector answers with ${status}`;
        if (!RETRYABLE.has(status)) return drop(batch.length, why);
        if (retryAfterSeconds !== null) wait = Math.min(LONGEST_WAIT_MS, retryAfterSeconds * 1_000);
      } catch {
        why = "the collector can't be reached"; // words of the error may hold the address with its password
      }
      if (tries >= MOST_TRIES || stopping.signal.aborted) return drop(batch.length, why);
      await pause(wait);
    }
  }

  /** Ends early when the engine stops: what waits then is sent once more, and not again. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (stopping.signal.aborted) return resolve();
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        stopping.signal.removeEventListener("abort", done);
        resolve();
      }
      stopping.signal.addEventListener("abort", done);
    });
  }

  return {
    /** Counts what is lost. */
    drop,
    add(spans: readonly Span[]): void {
      if (ended.signal.aborted) {
        drop(spans.length, ENGINE_STOPS);
        return;
      }
      const room = Math.max(0, MOST_WAITING - waiting.length);
      if (spans.length > room) drop(spans.length - room, `more than ${MOST_WAITING} spans wait to be sent`);
      waiting.push(...spans.slice(0, room));
      if (waiting.length > 0) running ??= run();
    },
    /** Sends what waits, once. @param limit fires when that must be over; without it after three seconds */
    async stop(limit?: AbortSignal): Promise<void> {
      stopping.abort();
      const end = () => ended.abort();
      const timer = limit ? undefined : setTimeout(end, STOP_WITHIN_MS);
      if (limit?.aborted) end();
      limit?.addEventListener("abort", end);
      await running;
      clearTimeout(timer);
      limit?.removeEventListener("abort", end);
      end();
      if (waiting.length > 0) drop(waiting.length, ENGINE_STOPS);
      waiting = [];
    },
  };
}
export type Exporter = ReturnType<typeof createExporter>;

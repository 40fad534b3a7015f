import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";
import { createExporter } from "./exporter.ts";
import { toOtlp } from "./otlp.ts";
import type { Log } from "./ports.ts";
import type { AttributeValue } from "./span.ts";
import { createTraces } from "./traces.ts";

export interface TracingParts {
  store: Pick<Store, "read">;
  clock: Pick<Clock, "monotonic">;
  log: Log;
  /** Of the collector: whole, with its path. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Of the engine, as OpenTelemetry's `resource`. */
  resource: Readonly<Record<string, AttributeValue>>;
  version: string;
  onSpans(result: "sent" | "dropped", count: number): void;
}

/** Traces of jobs, sent to a collector by OTLP over HTTP as JSON. */
export function createTracing({ store, clock, log, url, headers, resource, version, onSpans }: TracingParts) {
  const exporter = createExporter({
    encode: (spans) => toOtlp(spans, resource, version),
    async post(body, signal) {
      const response = await fetch(url, { method: "POST", body, signal, redirect: "error", headers: { ...headers, "content-type": "application/json" } });
      await response.body?.cancel();
      const seconds = Number(response.headers.get("retry-after"));
      return { status: response.status, retryAfterSeconds: seconds > 0 ? seconds : null };
    },
    log,
    clock,
    onSent: (count) => onSpans("sent", count),
    onDropped: (count) => onSpans("dropped", count),
  });
  return createTraces({ store, exporter, log });
}

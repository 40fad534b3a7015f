import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

/** Measurements of one engine, for Prometheus. Labels are bounded: routes by their pattern, never by what a client sent. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "runwright_" });
  const requests = new Histogram({
    name: "runwright_http_request_seconds",
    help: "Time from the first byte of a request to the end of its answer",
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [registry],
  });
  return {
    registry,
    observeRequest({ method, route, status, ms }: { method: string; route: string; status: number; ms: number }): void {
      requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, ms / 1_000);
    },
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

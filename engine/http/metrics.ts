import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Times in Unix milliseconds. */
export interface EndedJob {
  status: string;
  failureCode: string | null;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
}

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
  const ended = new Counter({
    name: "runwright_jobs_ended_total",
    help: "Jobs that ended on this engine, by how and why",
    labelNames: ["status", "failure_code"] as const,
    registers: [registry],
  });
  const duration = new Histogram({
    name: "runwright_job_seconds",
    help: "Time from the first attempt of a job to its end",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 900, 3_600, 21_600],
    registers: [registry],
  });
  const delay = new Histogram({
    name: "runwright_job_start_delay_seconds",
    help: "Time from asking for a job to its first attempt",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 60, 600],
    registers: [registry],
  });
  const commands = new Counter({
    name: "runwright_machine_commands_ended_total",
    help: "Commands for machines that ended on this engine, by what they do and how",
    labelNames: ["action", "status"] as const,
    registers: [registry],
  });
  const spans = new Counter({
    name: "runwright_trace_spans_total",
    help: "Spans of traces that were sent to the collector, or dropped",
    labelNames: ["result"] as const,
    registers: [registry],
  });
  return {
    registry,
    observeCommand({ action, status }: { action: string; status: string }): void {
      commands.inc({ action, status });
    },
    observeSpans(result: "sent" | "dropped", count: number): void {
      spans.inc({ result }, count);
    },
    /** Figures that are looked up when they are asked for. */
    watch({ running, connected }: { running(): number; connected(): number }): void {
      new Gauge({
        name: "runwright_jobs_running",
        help: "Attempts that run on this engine",
        registers: [registry],
        collect() {
          this.set(running());
        },
      });
      new Gauge({
        name: "runwright_agents_connected",
        help: "Agents that are connected to this engine",
        registers: [registry],
        collect() {
          this.set(connected());
        },
      });
    },
    observeJob({ status, failureCode, createdAt, startedAt, endedAt }: EndedJob): void {
      ended.inc({ status, failure_code: failureCode ?? "" });
      if (startedAt === null || endedAt === null) return;
      duration.observe((endedAt - startedAt) / 1_000);
      delay.observe(Math.max(0, startedAt - createdAt) / 1_000);
    },
    observeRequest({ method, route, status, ms }: { method: string; route: string; status: number; ms: number }): void {
      requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, ms / 1_000);
    },
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

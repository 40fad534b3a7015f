import { isFinal } from "../core/job.ts";
import type { Store } from "../store/store.ts";
import { ENGINE_STOPS, type Exporter, STOP_WITHIN_MS } from "./exporter.ts";
import { type EndedJob, spansOfJob } from "./job-spans.ts";
import type { Log } from "./ports.ts";

export interface TracesParts {
  store: Pick<Store, "read">;
  exporter: Exporter;
  log: Log;
}

/** Of one job; a trace with more is of no use to anybody. */
const MOST_CALLS = 2_000;
const MOST_COMMANDS = 2_000;
/** Jobs that wait to be told of; beyond, some aren't, and each counts as a span that was dropped: how many more it had isn't known. */
const MOST_WAITING = 1_000;
/** Of them, those that are told of when the engine stops. */
const MOST_AT_STOP = 50;

/**
 * Tells a collector of jobs that have ended, from their records: what runs isn't measured by anything that it has to wait for, and a job that a crash has moved to another engine is told of whole, by the engine on
 * which it ended.
 */
export function createTraces({ store, exporter, log }: TracesParts) {
  const waiting: string[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        const ended = await read(id);
        if (ended) exporter.add(spansOfJob(ended));
      } catch (error) {
        log.error({ err: error, job: id }, "a job's trace couldn't be read; it isn't told");
      }
    }
    running = undefined;
  }

  async function read(id: string): Promise<EndedJob | undefined> {
    const job = await store.read.jobs.get(id);
    if (!job || !isFinal(job.status)) return undefined;
    const [transitions, calls, commands, dueAt] = await Promise.all([
      store.read.jobs.transitions(id),
      store.read.journal.calls(id, { after: -1, limit: MOST_CALLS }),
      store.read.commands.tracedOfJob(id, MOST_COMMANDS),
      dueAtOf(job.correlationId),
    ]);
    const installs = await store.read.installs.some(
      commands.filter(({ action }) => action === "install" || action === "rollback").map((command) => command.id),
    );
    const byCommand = new Map(installs.map((install) => [install.commandId, install]));
    return {
      job,
      dueAt,
      transitions: transitions.map(({ to, at }) => ({ to, at })),
      calls,
      callsLeftOut: Math.max(0, job.settleSeq - calls.length),
      commands: commands.map((command) => ({ ...command, install: byCommand.get(command.id) ?? null })),
    };
  }

  /** What a schedule or a rule has started carries its occurrence on. */
  const dueAtOf = async (correlationId: string): Promise<number | null> =>
    correlationId.startsWith("occ_") ? ((await store.read.occurrences.get(correlationId))?.dueAt ?? null) : null;

  function leave(jobs: readonly string[]): void {
    if (jobs.length > 0) exporter.drop(jobs.length, ENGINE_STOPS);
  }

  return {
    jobEnded(id: string): void {
      if (waiting.length < MOST_WAITING) {
        waiting.push(id);
        running ??= run();
      } else exporter.drop(1, `more than ${MOST_WAITING} jobs wait to be told of`);
    },
    /** Tells what is known, then ends; neither the store nor a collector holds that up for long. */
    async stop(): Promise<void> {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), STOP_WITHIN_MS);
      leave(waiting.splice(MOST_AT_STOP));
      await Promise.race([running, new Promise((resolve) => limit.signal.addEventListener("abort", resolve))]);
      leave(waiting.splice(0));
      await exporter.stop(limit.signal);
      clearTimeout(timer);
    },
  };
}

import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import { type AgentFrame, type CommandOutcome, type EngineFrames, MAX_FRAME_BYTES } from "../protocol/agent.ts";
import { afterWaiting } from "../protocol/start-within.ts";
import { type Action, type ActionContext, AgentStops, type LastingAction } from "./actions.ts";
import type { Audit } from "./audit.ts";
import type { CommandOnDisk, CommandRecords } from "./command-records.ts";
import { withoutCredentials } from "./credentials.ts";
import type { Log } from "./log.ts";
import { createSlots } from "./slots.ts";

const MAX_RUNNING = 16;

export interface CommandsParts {
  records: CommandRecords;
  actions: Readonly<Record<string, Action | LastingAction>>;
  /** Why the machine's own policy forbids it; undefined: it doesn't. */
  refusalOf(command: { action: string; args: unknown }): Promise<string | undefined>;
  audit: Audit;
  clock: Clock;
  log: Log;
  /** Called after each command that was executed. */
  onFinished(action: string): void;
}

type Command = EngineFrames["command"];

/**
 * Commands of the engine, each executed at most once over restarts of either side.
 * Invariant: `started` is on disk before a command is acknowledged or executed, and its outcome before the engine hears of it. A command that started and
 * has no outcome when the agent starts again was interrupted; it isn't repeated. A lasting one goes on where its own record says it was.
 */
export async function createCommands({ records, actions, refusalOf, audit, clock, log, onFinished }: CommandsParts) {
  let send: ((frame: AgentFrame) => void) | undefined;
  const running = new Map<string, AbortController>();
  const unconfirmed = new Map<string, CommandOutcome | "on disk">();
  const slots = createSlots(MAX_RUNNING);
  const ended = new Set<Promise<void>>();
  const stop = new AbortController();

  const isFirst = ({ action }: CommandOnDisk): boolean => lastingOf(action)?.resumesFirst === true;
  for (const record of records.left.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)) || a.startedAt - b.startedAt)) {
    if (record.outcome !== undefined) {
      unconfirmed.set(record.id, "on disk");
      await forget(record);
    } else if (!goOn(record)) await conclude(record.id, record.action, interrupted("the agent ended while it ran"), record.startedAt);
  }

  /** Undefined: the action is unknown, or doesn't outlive its process. */
  function lastingOf(action: string): LastingAction | undefined {
    const found = Object.hasOwn(actions, action) ? actions[action] : undefined;
    return typeof found === "function" ? undefined : found;
  }

  async function forget({ id, action }: Pick<CommandOnDisk, "id" | "action">): Promise<void> {
    await lastingOf(action)
      ?.forget?.(id)
      .catch((error) => log.warn({ err: error, command: id }, "what was kept of a command that has ended can't be removed"));
  }

  /** @returns false when its action doesn't outlive its process */
  function goOn({ id, action, startedAt }: CommandOnDisk): boolean {
    const lasting = lastingOf(action);
    if (lasting === undefined) return false;
    void track(id, async (signal) => {
      await audit.write({ event: "resumed", commandId: id, action });
      const outcome = await outcomeOf(
        async (context) => {
          const resumed = await lasting.resume(context);
          return resumed === undefined ? interrupted("the agent ended while it ran, and left no record of how far it had come") : completed(resumed.value);
        },
        // The engine knows pieces of output by their numbers: these follow all that came before.
        { id, signal, afterSeq: clock.now() },
      );
      if (outcome) await conclude(id, action, outcome, startedAt);
      onFinished(action);
    });
    return true;
  }

  /** A command is under way until its outcome is on disk. */
  function track(id: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const done = work(controller.signal)
      .catch((error) => {
        log.error({ err: error, command: id }, "a command couldn't be carried out");
        send?.({ type: "result", commandId: id, outcome: failed(isFull(error) ? "DISK_FULL" : "INTERNAL", `it didn't start: ${error.message}`) });
      })
      .finally(() => {
        running.delete(id);
        ended.delete(done);
      });
    ended.add(done);
    return done;
  }

  async function conclude(id: string, action: string, found: CommandOutcome, startedAt = clock.now()): Promise<void> {
    const outcome = thatFits(found);
    unconfirmed.set(id, "on disk");
    try {
      await records.end({ id, action, startedAt, endedAt: clock.now(), outcome });
      await forget({ id, action });
    } catch (error) {
      unconfirmed.set(id, outcome); // a full disk: as long as this process lives, the engine can still hear of it
      log.error({ err: error, command: id }, "the outcome of a command can't be written down");
    }
    const exitCode = outcome.status === "completed" && isExit(outcome.value) ? outcome.value.exitCode : undefined;
    const code = outcome.status === "completed" ? undefined : outcome.error.code;
    await audit.write({ event: "finished", commandId: id, action, status: outcome.status, exitCode, code });
    await report(id);
  }

  /** Sends an outcome; the engine's confirmation ends it. */
  async function report(id: string): Promise<void> {
    const kept = unconfirmed.get(id);
    const outcome = kept === "on disk" || kept === undefined ? (await records.read(id))?.outcome : kept;
    // Also one that an earlier version of the agent has written down.
    if (outcome) send?.({ type: "result", commandId: id, outcome: thatFits(outcome) });
  }

  async function perform(command: Command, signal: AbortSignal): Promise<void> {
    const { id, action, args } = command;
    const arrived = { wall: clock.now(), monotonic: clock.monotonic() };
    // Whichever clock says more is believed: one may be set back, the other one stands still while the machine sleeps.
    const waitedMs = () => Math.max(clock.now() - arrived.wall, clock.monotonic() - arrived.monotonic);
    const argv = typeof args === "object" && args !== null && "argv" in args && Array.isArray(args.argv) ? args.argv.map(String) : undefined;
    const slot = await slots.take();
    try {
      const reason = await refusalOf(command);
      if (reason !== undefined) {
        await audit.write({ event: "refused", commandId: id, action, argv, reason });
        return await conclude(id, action, { status: "refused", error: { code: "AGENT_REFUSED", message: reason } });
      }
      if (signal.aborted) return await conclude(id, action, failed("COMMAND_CANCELLED", "it was cancelled before it started"));
      if (clock.monotonic() - arrived.monotonic >= command.startWithinMs) {
        return await conclude(id, action, failed("COMMAND_EXPIRED", `${MAX_RUNNING} other commands ran until its time was over; it didn't start`));
      }
      const perform = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (perform === undefined) return await conclude(id, action, failed("BAD_REQUEST", `this agent doesn't know the action "${action}"; upgrade it`));
      const startedAt = clock.now();
      await records.start(id, action);
      await audit.write({ event: "accepted", commandId: id, action, argv });
      send?.({ type: "ack", commandId: id });
      const start = typeof perform === "function" ? perform : perform.start;
      const isPlain = typeof perform === "function";
      const outcome = await outcomeOf(
        async (context) => {
          const value = await start(afterWaiting(args, waitedMs()), context);
          return isPlain && stop.signal.aborted ? interrupted("the agent was stopped while it ran") : completed(value);
        },
        { id, signal, afterSeq: 0 },
      );
      // A lasting one that the process leaves has no outcome yet: the next process goes on with it.
      if (outcome) await conclude(id, action, outcome, startedAt);
      onFinished(action);
    } finally {
      slot.release();
    }
  }

  /** @returns undefined when it goes on in the next process */
  async function outcomeOf(
    work: (context: ActionContext) => Promise<CommandOutcome>,
    { id, signal, afterSeq }: { id: string; signal: AbortSignal; afterSeq: number },
  ): Promise<CommandOutcome | undefined> {
    let seq = afterSeq;
    const output = (stream: "stdout" | "stderr", chunk: string) => send?.({ type: "output", commandId: id, seq: ++seq, stream, chunk });
    try {
      return await work({ commandId: id, signal, stopping: stop.signal, output });
    } catch (error) {
      if (error instanceof AgentStops) return undefined;
      return isRunwrightError(error) ? failed(error.code, error.message) : failed("INTERNAL", error instanceof Error ? error.message : String(error));
    }
  }

  return {
    running: (): string[] => [...running.keys()],
    /** A connection is open: what it hasn't confirmed yet goes out at once. */
    async attach(to: (frame: AgentFrame) => void): Promise<void> {
      send = to;
      for (const id of unconfirmed.keys()) await report(id);
    },
    detach(): void {
      send = undefined;
    },
    /** Never rejects, as the others: what goes wrong is the command's outcome, or in the log. */
    async receive(command: Command): Promise<void> {
      const { id, action } = command;
      if (stop.signal.aborted) return;
      if (running.has(id)) {
        // Its acknowledgement was lost; or it isn't on disk yet, and the acknowledgement comes by itself.
        if (records.isKnown(id)) send?.({ type: "ack", commandId: id });
        return;
      }
      if (records.isKnown(id) || unconfirmed.has(id)) return report(id);
      if (command.acknowledged) return conclude(id, action, interrupted("this agent has no record of it: its state directory was replaced"));
      await track(id, (signal) => perform(command, signal));
    },
    async confirm(id: string): Promise<void> {
      unconfirmed.delete(id);
      // Without the mark the next process sends the outcome once more, and is confirmed once more.
      await records.confirm(id).catch((error) => log.warn({ err: error, command: id }, "the confirmation of a command can't be written down"));
    },
    cancel(id: string): void {
      running.get(id)?.abort();
    },
    /** Ends what runs; it counts as interrupted, unless it outlives its process. */
    async stop(): Promise<void> {
      stop.abort();
      for (const controller of running.values()) controller.abort();
      await Promise.all(ended);
    },
  };
}
export type Commands = Awaited<ReturnType<typeof createCommands>>;

/** The engine breaks a connection off on which a larger frame comes, and would for ever: the outcome is sent until it is confirmed. */
const MAX_OUTCOME_BYTES = MAX_FRAME_BYTES - 64 * 1024;
function thatFits(outcome: CommandOutcome): CommandOutcome {
  const bytes = Buffer.byteLength(JSON.stringify(outcome));
  if (bytes <= MAX_OUTCOME_BYTES) return outcome;
  return failed(
    "TOO_LARGE",
    `it has ended (${outcome.status}), and its outcome takes ${bytes} bytes, of which ${MAX_OUTCOME_BYTES} can be sent; the machine's log has more`,
  );
}

const completed = (value: unknown): CommandOutcome => ({ status: "completed", value });
const failed = (code: string, message: string): CommandOutcome => ({ status: "failed", error: { code, message: withoutCredentials(message, 4_000) } });
const interrupted = (why: string): CommandOutcome => ({
  status: "interrupted",
  error: { code: "COMMAND_INTERRUPTED", message: `${why}; it may have been done wholly, partly or not at all, and isn't repeated` },
});
const isExit = (value: unknown): value is { exitCode: number | null } => typeof value === "object" && value !== null && "exitCode" in value;
const isFull = (error: unknown): boolean => error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");

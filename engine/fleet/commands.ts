import type { Clock } from "../core/clock.ts";
import { type ErrorCode, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { isFinal } from "../core/job.ts";
import type { CommandStatus } from "../core/machine.ts";
import type { Actor } from "../core/role.ts";
import { type AgentFrames, type CommandOutcome, MAX_FRAME_BYTES } from "../protocol/agent.ts";
import { afterWaiting } from "../protocol/start-within.ts";
import type { CommandRecord } from "../store/records/commands.ts";
import type { Store, Writes } from "../store/store.ts";
import { checked, expiry, timeoutOf, valueOrThrow } from "./command-endings.ts";
import { createCommandOutput, type OutputListener } from "./command-output.ts";
import type { CommandSeal } from "./command-seal.ts";
import { createCommandWaiters } from "./command-waiters.ts";
import type { Connection, Connections } from "./connections.ts";
import { createFalseClaims } from "./false-claims.ts";
import type { Log } from "./ports.ts";

/** How long a command waits for its machine to take it. */
const START_WITHIN_MS = 60_000;
/** How long after its own time limit a result is waited for: the machine may reboot in between. */
const RESULT_GRACE_MS = 15 * 60_000;
/**
 * A machine that is offline and hasn't been heard of for so long won't be back in a moment. One whose engine was killed is still said to be online, and has
 * its chance to come to another engine, until liveness finds that nobody has recorded it.
 */
const GONE_MS = 2 * 60_000;
/** A restarted engine gives its agents so long to come back. */
const RETURN_MS = 45_000;
/** An agent breaks the connection off on which a larger frame comes, and the command would be sent again with each one that follows. */
const MAX_ARGS_BYTES = MAX_FRAME_BYTES / 2;

export interface CommandRequest {
  /** Asked again with the same id, the same command is meant: it isn't executed twice. */
  id: string;
  machineId: string;
  action: string;
  /** With `timeoutMs`, how long it may take once started; the result is awaited a while longer. Without it, a day. */
  args: unknown;
  startWithinMs?: number;
  jobId: string | null;
  actor: Actor;
  correlationId: string;
}

/** What is stored as the result of an ended command: what the agent said, or why the engine stopped waiting. */
export type StoredOutcome = CommandOutcome | { status: "expired"; error: { code: ErrorCode; message: string } };

export interface CommandsParts {
  store: Store;
  clock: Clock;
  connections: Connections;
  engineId: string;
  seal: CommandSeal;
  /** Told in the transaction that ends a command. What it throws keeps the command from ending. */
  onEnded?: OnEnded;
  /** Told once a command's end is stored: a transaction may run twice, or not be committed. */
  onStored?(ended: EndedCommand): void;
  log: Log;
}

export interface EndedCommand {
  action: string;
  status: StoredOutcome["status"];
}

/** What else belongs to the storing of a command, in its transaction. */
export interface Storing {
  /** May refuse it: what it throws keeps a new command from being stored. */
  admit?(tx: Writes): Promise<void>;
  /** Written with it. */
  also?(tx: Writes): void;
}

/** What else is to be written when a command ends. */
export type OnEnded = (tx: Writes, ended: { command: CommandRecord; args(): unknown; outcome: StoredOutcome; at: number }) => Promise<void>;

/**
 * Commands for machines. Any engine takes one, the engine that the machine is connected to sends it and stores its result, and whoever waits hears of it.
 * Invariant: the row is committed before the frame is sent. After a crash it may be sent twice; an agent executes a known id once.
 */
export function createCommands({ store, clock, connections, engineId, seal, onEnded, onStored, log }: CommandsParts) {
  const waiters = createCommandWaiters();
  /** Commands that agents of this engine have, as far as is known here, by the machine's id. They leave with their end, wherever that comes from. */
  const inHand = new Map<string, string>();
  const output = createCommandOutput({ store, clock, seal });
  const falselyClaimed = createFalseClaims({ store, clock, log });
  const startedAt = clock.monotonic();

  /**
   * Stores the end of a command unless it has one; an outcome of the agent replaces "expired", as it came late and is the truth.
   * @param by who says so: what the engine gives up after it was sent may be under way until its machine says how it ended
   */
  async function end(
    id: string,
    outcome: StoredOutcome,
    { by, mayEnd }: { by: "engine" | "machine"; mayEnd(command: CommandRecord): boolean },
  ): Promise<CommandRecord | undefined> {
    const ended = await store.write(async (tx) => {
      const command = await tx.commands.hold(id);
      if (!command || !mayEnd(command) || (command.endedAt !== null && command.status !== "expired")) return undefined;
      const at = clock.now();
      const unheard = by === "engine" && command.sentAt !== null;
      await tx.commands.patch(id, { status: outcome.status satisfies CommandStatus, result: seal.sealResult(command, outcome), endedAt: at, unheard });
      await onEnded?.(tx, { command, args: () => seal.args(command), outcome, at });
      return command;
    });
    if (ended) {
      onStored?.({ action: ended.action, status: outcome.status });
      inHand.delete(id);
      await output.flush(id);
      waiters.settle(id, outcome);
    } else if (waiters.has(id)) {
      // An outage may have swallowed the answer to the write that ended it: whoever waits still has to hear.
      const command = await store.read.commands.get(id);
      if (command?.endedAt) waiters.settle(id, outcomeOf(command));
    }
    return ended;
  }

  /** A command was cancelled, and its agent says what it had done by then: the command stays as it is, what was done is kept. @returns true: the command is another machine's */
  async function endedAfterAll(id: string, machineId: string, outcome: CommandOutcome): Promise<boolean> {
    return store.write(async (tx) => {
      const command = await tx.commands.hold(id);
      if (command?.machineId !== machineId) return command !== undefined;
      if (command.status !== "failed") return false;
      const stored = seal.result(command);
      const isCancelled = stored !== null && stored.status !== "completed" && stored.error.code === ("COMMAND_CANCELLED" satisfies ErrorCode);
      if (!isCancelled) return false;
      await tx.commands.patch(id, { unheard: false });
      await onEnded?.(tx, { command, args: () => seal.args(command), outcome, at: clock.now() });
      return false;
    });
  }

  /**
   * Invariant: a machine gets commands from the engine that its row names alone. An engine that holds an older connection of it sends nothing, and the newer
   * one looks for what is open when it begins: no command is lost in between.
   */
  async function deliver({ id, machineId }: CommandRecord, connection: Connection): Promise<void> {
    const now = clock.now();
    const command = await store.write(async (tx) => {
      const current = await tx.commands.hold(id);
      if (!current || current.endedAt !== null || (await tx.machines.get(machineId))?.engine !== engineId) return undefined;
      if (current.status !== "queued") return current;
      if (current.deadlineAt <= now) return undefined; // it is about to expire
      await tx.commands.patch(id, { status: "sent", sentAt: now });
      return current;
    });
    if (!command) return;
    inHand.set(id, machineId);
    const startWithinMs = Math.max(0, command.deadlineAt - now);
    const args = afterWaiting(seal.args(command), clock.now() - command.createdAt);
    connection.send({
      type: "command",
      id: command.id,
      action: command.action,
      args,
      startWithinMs,
      acknowledged: command.status === "acknowledged",
    });
  }

  /** A command that was altered in the store keeps no other one, nor its machine, from going on. */
  async function unlessDamaged({ id, machineId }: CommandRecord, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!isRunwrightError(error) || !["DATABASE_DAMAGED", "MASTER_KEY_WRONG"].includes(error.code)) throw error;
      log.error({ err: error, command: id, machine: machineId }, "a command was altered in the store; it is left as it is");
    }
  }

  /** What was stored; what can't be opened is an outcome, too. */
  function outcomeOf(command: CommandRecord): StoredOutcome {
    try {
      const outcome = seal.result(command);
      if (outcome) return outcome;
      throw new RunwrightError("INTERNAL", `command ${command.id} has ended without a result`);
    } catch (error) {
      // Its root key is still to be read: whoever waits goes on waiting.
      if (!isRunwrightError(error) || error.code === "DATABASE_UNAVAILABLE") throw error;
      log.error({ err: error, command: command.id, machine: command.machineId }, "the result of a command can't be read");
      return { status: "failed", error: { code: error.code, message: error.message } };
    }
  }

  async function enqueue(request: CommandRequest, { admit, also }: Storing = {}): Promise<CommandRecord> {
    const known = await store.read.commands.get(request.id);
    if (known) return sendAgain(checked(known, request));
    const machine = await store.read.machines.get(request.machineId);
    if (!machine || machine.removedAt !== null) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine ${request.machineId}`);
    const now = clock.now();
    const unheard = machine.lastSeenAt === null ? Number.POSITIVE_INFINITY : now - machine.lastSeenAt;
    const shutOut = machine.state === "revoked" || machine.state === "cloned";
    const gone = machine.state === "offline" && unheard > GONE_MS && clock.monotonic() - startedAt > RETURN_MS;
    if (shutOut || gone)
      throw new RunwrightError("AGENT_OFFLINE", `${machine.name} is ${machine.state}; start its agent, join it again, or leave the machine out`);
    const { id, machineId, action, args, jobId, actor, correlationId } = request;
    const bytes = Buffer.byteLength(JSON.stringify(args) ?? "");
    if (bytes > MAX_ARGS_BYTES)
      throw new RunwrightError(
        "TOO_LARGE",
        `the arguments of "${action}" take ${bytes} bytes, at most ${MAX_ARGS_BYTES} travel; give the machine less at once`,
      );
    const command: CommandRecord = {
      ...{ id, machineId, action, jobId, actor, correlationId },
      ...seal.begin(id, args),
      ...{
        status: "queued",
        createdAt: now,
        deadlineAt: now + (request.startWithinMs ?? START_WITHIN_MS),
        sentAt: null,
        acknowledgedAt: null,
        endedAt: null,
      },
    };
    const stored = await store.write(async (tx) => {
      // Invariant: what has ended sends nothing. Who waits for a machine may go by it; and whoever ends the job at this moment finds the command afterwards, or comes first.
      const job = jobId === null ? undefined : await tx.jobs.lock(jobId);
      if (job && isFinal(job.status)) throw new RunwrightError("CONFLICT", `the job ${jobId} has ended, and sends nothing to machines any more`);
      await admit?.(tx);
      if (!(await tx.commands.insert(command))) return (await tx.commands.get(id)) ?? command;
      also?.(tx);
      return command;
    });
    return sendAgain(checked(stored, request));
  }

  /** Asked for again: its machine may have connected too early to find it, or an outage came between the row and the frame. */
  async function sendAgain(command: CommandRecord): Promise<CommandRecord> {
    const connection = connections.get(command.machineId);
    if (connection && (command.status === "queued" || command.status === "sent")) await deliver(command, connection);
    return command;
  }

  return {
    /**
     * Stores a command, sends it, and waits for its end.
     * @param signal nobody waits any more; the command goes on
     * @returns what the action returned, JSON
     * @throws AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED, COMMAND_INTERRUPTED, COMMAND_CANCELLED, MACHINE_NOT_FOUND, CONFLICT, and what the agent failed with
     */
    async perform(
      request: CommandRequest,
      { signal, onOutput, ...storing }: { signal?: AbortSignal; onOutput?: OutputListener } & Storing = {},
    ): Promise<unknown> {
      signal?.throwIfAborted();
      const ended = Promise.withResolvers<StoredOutcome>();
      ended.promise.catch(() => {}); // it may be rejected while the row is still being stored
      const forget = waiters.add(request.id, ended.resolve);
      const unlisten = onOutput ? output.listen(request.id, onOutput) : undefined;
      const abort = () => ended.reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      try {
        const command = await enqueue(request, storing);
        const known = seal.result(command);
        if (known) ended.resolve(known);
        return valueOrThrow(await ended.promise);
      } finally {
        signal?.removeEventListener("abort", abort);
        unlisten?.();
        forget();
      }
    },

    /** Stores a command and sends it when its machine is there. @throws like `perform`, before it is stored */
    enqueue,

    /** Waits until a command has ended, or the signal fires. @returns the command as it is then @throws NOT_FOUND */
    async wait(id: string, signal: AbortSignal): Promise<CommandRecord> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = () => resolve();
      const forget = waiters.add(id, waiter);
      signal.addEventListener("abort", waiter);
      try {
        const command = await store.read.commands.get(id);
        if (!command) throw new RunwrightError("NOT_FOUND", `there is no command ${id}`);
        if (command.endedAt !== null || signal.aborted) return command;
        await promise;
        return (await store.read.commands.get(id)) ?? command;
      } finally {
        signal.removeEventListener("abort", waiter);
        forget();
      }
    },

    /** Ends a command for whoever waits; its agent is told to end it as soon as it can be. @returns false when it had ended already */
    async cancel(id: string): Promise<boolean> {
      const error = { code: "COMMAND_CANCELLED", message: "the command was cancelled; if it had started, its processes are ended" };
      const command = await end(id, { status: "failed", error }, { by: "engine", mayEnd: (one) => one.endedAt === null });
      if (command) connections.get(command.machineId)?.send({ type: "cancel", commandId: id });
      return command !== undefined;
    },

    /** The job has been stopped: what it asked for isn't wanted any more. */
    async cancelOfJob(jobId: string): Promise<void> {
      for (const { id } of await store.read.commands.openOfJob(jobId)) await this.cancel(id);
    },

    /** A machine has connected: what it hasn't finished is sent again, oldest first. */
    async connected(connection: Connection): Promise<void> {
      for (const command of await store.read.commands.open(connection.machineId)) await unlessDamaged(command, () => deliver(command, connection));
    },

    /** Another engine has stored commands for it: those that this one hasn't sent are sent, oldest first. */
    async serve(connection: Connection): Promise<void> {
      for (const command of await store.read.commands.open(connection.machineId))
        if (inHand.get(command.id) !== connection.machineId) await unlessDamaged(command, () => deliver(command, connection));
    },

    /** Whether the end of the command matters here: somebody waits for it, or an agent of this engine has it. */
    isAwaited: (id: string): boolean => waiters.has(id) || inHand.has(id),
    awaited: (): string[] => [...new Set([...waiters.ids(), ...inHand.keys()])],

    /** Of these commands some may have ended through another engine: whoever waits is told, and agents that have one are told to end it. */
    async endedElsewhere(ids: readonly string[]): Promise<void> {
      for (const command of await store.read.commands.ended(ids)) {
        const machineId = inHand.get(command.id);
        inHand.delete(command.id);
        if (machineId !== undefined) connections.get(machineId)?.send({ type: "cancel", commandId: command.id });
        if (waiters.has(command.id)) waiters.settle(command.id, outcomeOf(command));
      }
    },

    /** It says which commands run; those that nobody waits for are ended. */
    async running(connection: Connection, ids: readonly string[]): Promise<void> {
      for (const id of ids) {
        if (inHand.get(id) === connection.machineId) continue;
        const command = await store.read.commands.get(id);
        if (command && command.machineId === connection.machineId && command.endedAt === null) inHand.set(id, connection.machineId);
        else connection.send({ type: "cancel", commandId: id });
      }
    },

    async acknowledged(connection: Connection, { commandId }: AgentFrames["ack"]): Promise<void> {
      const now = clock.now();
      const isAnothers = await store.write(async (tx) => {
        const command = await tx.commands.hold(commandId);
        if (command?.machineId !== connection.machineId) return command !== undefined;
        if (command.endedAt !== null || command.status === "acknowledged") return false;
        const deadlineAt = now + timeoutOf(seal.args(command)) + RESULT_GRACE_MS;
        await tx.commands.patch(commandId, { status: "acknowledged", acknowledgedAt: now, deadlineAt });
        return false;
      });
      if (isAnothers) await falselyClaimed(connection, { frame: "ack", commandId });
    },

    output: ({ machineId }: Connection, frame: AgentFrames["output"]): Promise<void> => output.add(machineId, frame),

    /** The confirmation is sent after the commit: until then the agent keeps the result. */
    async finished(connection: Connection, { commandId, outcome }: AgentFrames["result"]): Promise<void> {
      if (inHand.get(commandId) === connection.machineId) inHand.delete(commandId); // it has ended there: nobody tells it to end
      const command = await end(commandId, outcome, { by: "machine", mayEnd: (one) => one.machineId === connection.machineId });
      if (!command) {
        log.info({ command: commandId, machine: connection.name }, "a result came for a command that had ended, or that this engine doesn't know");
        if (await endedAfterAll(commandId, connection.machineId, outcome)) await falselyClaimed(connection, { frame: "result", commandId });
      }
      connection.send({ type: "resultConfirmed", commandId });
    },

    /** Ends what has waited too long. Each engine looks; one ends it, and an agent that has it still in its queue is told not to begin it any more. */
    async tick(): Promise<void> {
      const now = clock.now();
      for (const command of await store.read.commands.expired(now)) {
        const machine = await store.read.machines.get(command.machineId);
        const outcome = { status: "expired", error: expiry(command, machine?.name ?? command.machineId) } as const;
        await unlessDamaged(command, async () => {
          const ended = await end(command.id, outcome, { by: "engine", mayEnd: (one) => one.endedAt === null && one.deadlineAt < now });
          if (ended && ended.status !== "queued") connections.get(command.machineId)?.send({ type: "cancel", commandId: command.id });
        });
      }
    },

    /** Ends all that a machine still had to do, as it isn't a member any more. */
    async abandon(machineId: string, message: string): Promise<void> {
      for (const { id } of await store.read.commands.open(machineId))
        await end(id, { status: "expired", error: { code: "AGENT_OFFLINE", message } }, { by: "engine", mayEnd: (one) => one.endedAt === null });
    },
    stop: () => output.stop(),
  };
}
export type Commands = ReturnType<typeof createCommands>;

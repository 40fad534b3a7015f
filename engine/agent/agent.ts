import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Facts } from "../core/machine.ts";
import { helloStatement } from "../protocol/signature.ts";
import { createAddresses } from "./addresses.ts";
import { createAssess } from "./assess.ts";
import { openAudit } from "./audit.ts";
import { backoff } from "./backoff.ts";
import { bootId } from "./boot-id.ts";
import { openCommandRecords } from "./command-records.ts";
import { type Commands, createCommands } from "./commands.ts";
import { createExec } from "./exec.ts";
import { collectFacts } from "./facts.ts";
import { watchFacts } from "./facts-watch.ts";
import { openSession, type Session } from "./handshake.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { type MachineIdentity, readIdentity, renameIdentity } from "./identity.ts";
import { ConnectError } from "./inbox.ts";
import { createInstall } from "./install.ts";
import { lockStateDirectory } from "./lock.ts";
import type { Log } from "./log.ts";
import { createPackageFetch, type PackageFetch } from "./package-fetch.ts";
import { findAdapter, type PackageAdapter } from "./packages/adapter.ts";
import { knownAdapters } from "./packages/known.ts";
import { rebootCommandIn, refusalOf, SYSTEM_POLICY } from "./policy.ts";
import { openPresence } from "./presence.ts";
import { packageManagersAtWork } from "./process-tree.ts";
import { createReboot } from "./reboot.ts";
import { defaultRebootCommand } from "./reboot-command.ts";
import { createReporter, inventoryAction, type Reporter } from "./reporter.ts";
import { createRollback } from "./rollback.ts";
import { newRunId } from "./run-id.ts";
import { createSelfUpdate, type SelfUpdate, UPDATE_AGENT } from "./self-update.ts";
import type { Starter } from "./starter/contract.ts";
import { openStateDirectory } from "./state-directory.ts";
import { createTurn } from "./turn.ts";

export interface AgentParts {
  /** Where `joinEngine` has put the machine's identity. */
  stateDirectory: string;
  agentVersion: string;
  clock: Clock;
  log: Log;
  /** The agent's own environment; commands inherit little of it (exec.ts). */
  environment: Readonly<Record<string, string | undefined>>;
  /** Addresses of the engine besides those with which the machine joined. */
  urls?: readonly string[];
  /** Package managers that it knows; without it, all of them. */
  adapters?: readonly PackageAdapter[];
  /** Policies of the machine, all of which must allow a command; without it, the system's and that of the state directory. */
  policies?: readonly string[];
  /** With which this agent was started, and without which its engine can't update it. */
  starter?: Starter;
  /** Told whenever the engine has taken a report. */
  onReported?(): void;
  /** Which boot this is; without it, as the system says. */
  bootId?(): Promise<string>;
  /** Those that a reboot would interrupt; without it, as the system's list of processes says. */
  packageManagersAtWork?(): Promise<readonly string[]>;
}

export interface Agent {
  machineId: string;
  name: string;
  /** Resolves when the engine has welcomed the agent for the first time. */
  connected: Promise<void>;
  /** Ends what runs (it counts as interrupted), closes the connection and gives up the state directory. Asking twice is harmless. */
  stop(): Promise<void>;
}

/** A connection that lasted this long wasn't a failure. */
const STABLE_MS = 10_000;

/**
 * Starts the agent of a machine that has joined: it stays connected to its engine, obeys its commands as far as the machine's policy allows, and reports what is
 * installed and missing. It never gives up: an engine that is away, or refuses it, is asked again with growing, jittered pauses.
 * @throws AGENT_STATE when the machine hasn't joined, or another agent uses the directory
 */
export async function startAgent(parts: AgentParts): Promise<Agent> {
  const { clock, log, agentVersion } = parts;
  const stateDirectory = await openStateDirectory(parts.stateDirectory);
  const identity = await readIdentity(stateDirectory);
  if (identity === undefined)
    throw new RunwrightError("AGENT_STATE", `${stateDirectory} holds no identity: join an engine first, with "runwright agent join TOKEN"`);
  const lock = await lockStateDirectory(stateDirectory);
  try {
    const audit = openAudit(stateDirectory, { clock, log });
    const presence = openPresence(stateDirectory, { agentVersion, clock, log });
    await presence.started();
    const adapter = await findAdapter(parts.adapters ?? knownAdapters(clock));
    const reporter = await createReporter({ stateDirectory, adapter, clock, log });
    const turn = createTurn();
    const bootOf = parts.bootId ?? bootId;
    const policies = parts.policies ?? [SYSTEM_POLICY, join(stateDirectory, "policy.json")];
    const packages = createPackageFetch();
    const running = () => commands.running();
    const selfUpdate = createSelfUpdate({ stateDirectory, starter: parts.starter, agentVersion, packages, running, clock, log });
    const commands = await createCommands({
      records: await openCommandRecords(stateDirectory, clock),
      actions: {
        exec: createExec({ clock, environment: parts.environment }),
        inventory: inventoryAction(reporter),
        assess: createAssess({ stateDirectory, adapter, turn, reporter }),
        install: createInstall({
          ...{ stateDirectory, adapter, turn, reportNow: reporter.reportNow, clock },
          refusal: () => refusalOf(policies, { action: "install", args: {} }),
        }),
        rollback: createRollback({
          ...{ stateDirectory, adapter, turn, reportNow: reporter.reportNow, clock },
          refusal: () => refusalOf(policies, { action: "rollback", args: {} }),
        }),
        reboot: createReboot({
          ...{ stateDirectory, bootId: bootOf, turn, clock, busy: parts.packageManagersAtWork ?? packageManagersAtWork },
          command: async () => (await rebootCommandIn(policies)) ?? defaultRebootCommand(),
        }),
        [UPDATE_AGENT]: selfUpdate.action,
      },
      refusalOf: (command) => refusalOf(policies, command),
      audit,
      clock,
      log,
      onFinished: () => void reporter.packagesMayHaveChanged(),
    });
    const stopped = new AbortController();
    const connected = Promise.withResolvers<void>();
    const urls = [identity.engine.url, ...(identity.engine.otherUrls ?? []), ...(parts.urls ?? [])] as const;
    const collect = () => collectFacts(agentVersion, bootOf);
    const loop = stayConnected({ identity, urls, collect, clock, log, signal: stopped.signal }, async (session, url) => {
      connected.resolve();
      await audit.write({ event: "connected", engine: url });
      await presence.connected(url);
      const onRenamed = (name: string) =>
        renameIdentity(stateDirectory, name).catch((error) => log.warn({ err: error, name }, "the machine's new name can't be written down"));
      await onRenamed(session.welcome.name);
      const reason = await serve(session, {
        commands,
        reporter,
        packages,
        selfUpdate,
        onReported: parts.onReported,
        onRenamed,
        collect,
        signal: stopped.signal,
      });
      await audit.write({ event: "disconnected", engine: url, reason });
      await presence.disconnected(reason);
    });
    let stopping: Promise<void> | undefined;
    const stop = async () => {
      await commands.stop();
      stopped.abort();
      await loop;
      await reporter.stop();
      await lock.release();
    };
    return { machineId: identity.machineId, name: identity.name, connected: connected.promise, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface ServeParts {
  commands: Commands;
  reporter: Reporter;
  packages: PackageFetch;
  selfUpdate: SelfUpdate;
  onReported?(): void;
  onRenamed(name: string): Promise<void>;
  collect(): Promise<Facts>;
  signal: AbortSignal;
}

/** One connection, from welcome to end. @returns why it ended */
async function serve(session: Session, { commands, reporter, packages, selfUpdate, onReported, onRenamed, collect, signal }: ServeParts): Promise<string> {
  const close = () => session.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  const heartbeat = startHeartbeat(session, commands.running, session.welcome.heartbeatMs);
  const facts = watchFacts(session.send, collect);
  try {
    session.listen((frame) => {
      // What isn't taken now is sent again to the next process of this agent, when that connects.
      if (frame.type === "command" && selfUpdate.takesCommands()) void commands.receive(frame);
      else if (frame.type === "renamed") void onRenamed(frame.name);
      else if (frame.type === "packagePart") packages.receive(frame);
      else if (frame.type === "resultConfirmed") void commands.confirm(frame.commandId);
      else if (frame.type === "cancel") commands.cancel(frame.commandId);
      else if (frame.type === "inventoryTaken") {
        reporter.taken(frame);
        onReported?.();
      } else if (frame.type === "inventoryWanted") reporter.wanted(frame);
    });
    await commands.attach(session.send);
    packages.attach(session.send);
    reporter.attach(session.send, session.welcome);
    return (await session.closed).reason;
  } finally {
    heartbeat.stop();
    facts.stop();
    commands.detach();
    packages.detach();
    reporter.detach();
    signal.removeEventListener("abort", close);
  }
}

interface LoopParts {
  identity: MachineIdentity;
  urls: readonly [string, ...string[]];
  collect(): Promise<Facts>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** The main loop: connect, serve, wait, again. An address that is of no use is followed by the next one. Never rejects. */
async function stayConnected(parts: LoopParts, onSession: (session: Session, url: string) => Promise<void>): Promise<void> {
  const { identity, collect, clock, log, signal } = parts;
  const runId = newRunId();
  const addresses = createAddresses(parts.urls);
  while (!signal.aborted) {
    let welcomedAt = Number.POSITIVE_INFINITY;
    const url = addresses.current();
    let retryAfterMs: number | undefined;
    try {
      const facts = await collect();
      const { machineId, publicKey, engine } = identity;
      const session = await openSession(
        { ...engine, url },
        (nonces, protocol) => ({
          type: "hello",
          protocol,
          runId,
          machineId,
          publicKey,
          signature: identity.sign(helloStatement(nonces, machineId, runId)),
          facts,
        }),
        signal,
      );
      welcomedAt = clock.monotonic();
      log.info({ engine: url, machine: session.welcome.name }, "connected");
      await onSession(session, url);
      const closing = await session.closed;
      retryAfterMs = closing.retryAfterMs;
      if (!signal.aborted) log.warn({ reason: closing.reason }, "the connection is gone; connecting again");
    } catch (error) {
      if (error instanceof ConnectError) retryAfterMs = error.retryAfterMs;
      if (!signal.aborted)
        log.warn({ err: error, code: error instanceof RunwrightError ? error.code : undefined }, "the engine can't be used now; trying again");
    }
    const worked = clock.monotonic() - welcomedAt > STABLE_MS;
    if (worked) addresses.worked();
    const { rounds, isLast } = worked ? { rounds: 0, isLast: true } : addresses.failed();
    // What one engine asks for is no reason to keep away from the next one.
    await delay(backoff(rounds, isLast ? retryAfterMs : undefined), undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

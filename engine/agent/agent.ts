import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { createAssess } from "./assess.ts";
import { openAudit } from "./audit.ts";
import { bootId } from "./boot-id.ts";
import { openCommandRecords } from "./command-records.ts";
import { createCommands } from "./commands.ts";
import { createExec } from "./exec.ts";
import { collectFacts } from "./facts.ts";
import { readIdentity, renameIdentity } from "./identity.ts";
import { createInstall } from "./install.ts";
import { lockStateDirectory } from "./lock.ts";
import type { Log } from "./log.ts";
import { createPackageFetch } from "./package-fetch.ts";
import { findAdapter, type PackageAdapter } from "./packages/adapter.ts";
import { knownAdapters } from "./packages/known.ts";
import { rebootCommandIn, refusalOf, SYSTEM_POLICY } from "./policy.ts";
import { openPresence } from "./presence.ts";
import { packageManagersAtWork } from "./process-tree.ts";
import { createReboot } from "./reboot.ts";
import { defaultRebootCommand } from "./reboot-command.ts";
import { createReporter, inventoryAction } from "./reporter.ts";
import { createRollback } from "./rollback.ts";
import { createSelfUpdate, UPDATE_AGENT } from "./self-update.ts";
import { serveSession } from "./serve-session.ts";
import type { Starter } from "./starter/contract.ts";
import { openStateDirectory } from "./state-directory.ts";
import { stayConnected } from "./stay-connected.ts";
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
      const reason = await serveSession(session, {
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

import { setTimeout as delay } from "node:timers/promises";
import { createCommands } from "../agent/commands.ts";
import type { MachineIdentity } from "../agent/identity.ts";
import { createPackageFetch } from "../agent/package-fetch.ts";
import { serveSession } from "../agent/serve-session.ts";
import { stayConnected } from "../agent/stay-connected.ts";
import type { Clock } from "../core/clock.ts";
import { simulatedActions } from "./actions.ts";
import type { FleetFigures } from "./figures.ts";
import type { SimulatedHost } from "./host.ts";
import { type CommandMemory, createRecords } from "./records.ts";
import { createSimulatedReporter, type ReportMemory, type SimulatedReporter } from "./reporter.ts";

export interface Pace {
  /** How long one update takes, milliseconds. */
  installMs: number;
  /** How long a machine is away when it reboots, milliseconds. */
  rebootMs: number;
}

export interface SimulatedAgentParts {
  identity: MachineIdentity;
  host: SimulatedHost;
  pace: Pace;
  clock: Clock;
  figures: FleetFigures;
}

export interface SimulatedAgent {
  readonly machineId: string;
  /** Number of the newest report that the engine has confirmed; 0: none. */
  taken(): number;
  /** Reports now. @returns when the engine has confirmed it, or doesn't */
  report(): Promise<void>;
  /** Is away for a while, as after a loss of power or network: what runs is interrupted. */
  goAway(ms: number): void;
  stop(): Promise<void>;
}

/** The agent of a simulated machine: the real one's connection, commands and reports, with a memory in the place of its disk. */
export function startSimulatedAgent({ identity, host, pace, clock, figures }: SimulatedAgentParts): SimulatedAgent {
  const { log } = figures;
  const stopped = new AbortController();
  const commandMemory: CommandMemory = new Map();
  const reportMemory: ReportMemory = { sequence: 0, taken: 0 };
  const reboots = new Map<string, { bootId: string; askedAt: number }>();
  let leave: (ms: number, then?: () => void) => void = () => {};
  let reporter: SimulatedReporter | undefined;

  /** One process of the agent, from its start until the machine goes down or the agent is stopped. @returns how long the machine is away */
  async function run(): Promise<number> {
    const down = new AbortController();
    let awayMs = 0;
    leave = (ms, then) => {
      if (down.signal.aborted) return;
      awayMs = ms;
      then?.();
      down.abort();
    };
    const own = createSimulatedReporter({ host, memory: reportMemory, clock, figures });
    reporter = own;
    const goDown = () =>
      leave(pace.rebootMs, () => {
        host.reboot();
        figures.rebooted();
      });
    const commands = await createCommands({
      records: createRecords(commandMemory, clock.now),
      actions: simulatedActions({ host, reporter: own, clock, installMs: pace.installMs, reboots, goDown }),
      refusalOf: async () => undefined,
      audit: { write: async () => {} },
      onFinished: figures.commanded,
      ...{ clock, log },
    });
    const signal = AbortSignal.any([stopped.signal, down.signal]);
    const collect = async () => host.facts();
    let wishedAt = clock.monotonic();
    await stayConnected({ identity, urls: [identity.engine.url], collect, clock, log, signal }, async (session) => {
      figures.admitted(clock.monotonic() - wishedAt);
      const packages = createPackageFetch();
      await serveSession(session, { commands, reporter: own, packages, selfUpdate: { takesCommands: () => true }, onRenamed: async () => {}, collect, signal });
      figures.gone();
      wishedAt = clock.monotonic();
    });
    own.stop();
    await commands.stop();
    return awayMs;
  }

  async function live(): Promise<void> {
    while (!stopped.signal.aborted) await delay(await run(), undefined, { signal: stopped.signal }).catch(() => {}); // stopped: the loop ends
  }

  const life = live();
  return {
    machineId: identity.machineId,
    taken: () => reportMemory.taken,
    report: async () => void (await reporter?.reportNow()),
    goAway: (ms) => leave(ms),
    async stop() {
      stopped.abort();
      await life;
    },
  };
}

import { availableParallelism } from "node:os";
import type { Clock } from "../core/clock.ts";
import type { Ending } from "../core/journal.ts";
import type { AttemptJournal, AttemptToRun, Extraction, Run, Sandbox } from "../core/run.ts";
import { probeBoundary } from "./boundary.ts";
import { type Broker, createBroker } from "./broker.ts";
import { createCatalogue } from "./capabilities/catalogue.ts";
import type { HostFunction } from "./capabilities/function.ts";
import { readConcurrencyKey } from "./concurrency-key.ts";
import { createDebugHosts } from "./debug/host.ts";
import { extractManifest } from "./extraction.ts";
import { createHttpClient } from "./http/client.ts";
import { readablePaths, runnerCommand } from "./launch.ts";
import { createPool } from "./pool.ts";
import type { HttpPolicy, SandboxLog, SandboxPorts } from "./ports.ts";
import type { RunnerSlot } from "./runner-slot.ts";
import type { BundleToLoad } from "./throw-away.ts";

export interface SandboxParts {
  clock: Clock;
  log: SandboxLog;
  ports: SandboxPorts;
  http: HttpPolicy;
  /** Take the place of functions with the same name: the test harness fakes what would reach the network or take time. */
  replaced?: readonly HostFunction[];
  /** Runner processes; default: one a processor, at least two. */
  runners?: number;
  /** Attempts at the same time in one runner; default 50. */
  attemptsPerRunner?: number;
  /**
   * A job that does nothing but sleep, for longer than this, gives its isolate back; default a second: for a shorter sleep a new isolate and the replay of the
   * journal cost more than the memory is worth.
   */
  releaseFromMs?: number;
  /** A job that does nothing but wait for people, events or other jobs gives its isolate back after this time; default 250. */
  patienceMs?: number;
  /** Attempts after which a runner is replaced; default 20,000. */
  recycleAfter?: number;
  /** Journals are told where bundles have been. For tests: guest code may use V8's own language then. */
  covers?: boolean;
  /** Its runners don't keep this process alive. */
  unref?: boolean;
}

/** What the engine sees of the sandbox; `run`, `freeSlots` and `concurrencyKey` are the part of `jobs`. */
export interface RunningSandbox extends Sandbox {
  /** Resolves when the first runner is ready. */
  ready(): Promise<void>;
  /** Loads a bundle in a throw-away isolate without any capability and reads what it declares. Never rejects for what the bundle does. */
  extract(bundle: BundleToLoad): Promise<Extraction>;
  describe(): SandboxDescription;
  /** Names of the functions that may change something, sorted. */
  writes: readonly string[];
  /** Ends all runners; attempts that still run become `lost`. */
  stop(): Promise<void>;
}

export interface SandboxDescription {
  runners: { pid: number; isReady: boolean; attempts: number }[];
  freeSlots: number;
  /** Processes of debug sessions. */
  debugged: number[];
  /** What keeps native code in a runner from the rest of the computer, and what doesn't, in words. */
  boundary: { holds: readonly string[]; warnings: readonly string[] };
}

/** Beyond the places of ordinary runners: each one has a user of its own. */
const FIRST_DEBUG_PLACE = 1_000;

const NO_USAGE = { cpuMs: 0, heapBytes: 0, hostCalls: 0 };

/**
 * Starts the runners; nothing is awaited, attempts wait for the first runner that is ready.
 *
 * `run(attempt, journal)` returns at once. `ended` resolves, and never rejects, with `completed`, `failed` (see FailureCode), `stopped`, or `lost`: then another
 * attempt goes on from the journal. Everything the attempt wrote was handed to the journal before `ended` resolves; nothing is handed over afterwards.
 * Calls that are open when `run` of the runbook ends are aborted and leave no outcome.
 */
export function createSandbox({
  clock,
  log,
  ports,
  http,
  replaced = [],
  runners,
  attemptsPerRunner = 50,
  recycleAfter = 20_000,
  releaseFromMs = 1_000,
  patienceMs = 250,
  covers = false,
  unref = false,
}: SandboxParts): RunningSandbox {
  const httpClient = createHttpClient(http.allowedPrivateHosts);
  const catalogue = createCatalogue(ports, httpClient, replaced);
  const boundary = probeBoundary(readablePaths());
  for (const warning of boundary.warnings) log.warn({ boundary: boundary.holds }, warning);
  const pool = createPool({
    runners: runners ?? Math.max(2, availableParallelism()),
    attemptsPerRunner,
    slot: (index) => ({
      name: `runner-${index}`,
      command: runnerCommand(boundary, index, { covers }),
      unref,
      clock,
      log,
      recycleAfter,
    }),
  });

  const debugHosts = createDebugHosts({ command: (place) => runnerCommand(boundary, FIRST_DEBUG_PLACE + place, { debug: true }), log });

  return {
    freeSlots: () => pool.freeSlots(),
    run: (attempt, journal) => startRun(attempt, journal),
    ready: () => pool.ready(),
    writes: [...catalogue.values()].flatMap(({ op, effect }) => (effect === "read" ? [] : [op])).sort(),
    extract: (bundle) => extractManifest(pool, bundle),
    concurrencyKey: (request) => readConcurrencyKey(pool, request),
    describe: () => ({
      runners: pool.slots.map((slot) => ({ pid: slot.pid, isReady: slot.isReady(), attempts: slot.attempts })),
      freeSlots: pool.freeSlots(),
      debugged: debugHosts.pids(),
      boundary: { holds: boundary.holds, warnings: boundary.warnings },
    }),
    async stop() {
      await Promise.all([pool.stop(), debugHosts.stop()]);
      await httpClient.close();
    },
  };

  function startRun(attempt: AttemptToRun, journal: AttemptJournal): Run {
    if (attempt.debug) return startDebugRun(attempt, journal);
    const { promise: ended, resolve } = Promise.withResolvers<Ending>();
    let broker: Broker | undefined;
    const lost = (reason: string) => resolve({ kind: "lost", reason, blameless: true });
    const placement = pool.place((slot) => {
      try {
        broker = begin(attempt, journal, slot);
        resolve(broker.ended);
      } catch (error) {
        lost(`it couldn't be started: ${error instanceof Error ? error.message : String(error)}`);
      }
    }, lost);
    return {
      ended,
      stop() {
        if (broker !== undefined) {
          broker.stop();
          return;
        }
        placement.cancel();
        resolve({ kind: "stopped", usage: NO_USAGE });
      },
      abandon(reason) {
        if (broker !== undefined) {
          broker.abandon(reason);
          return;
        }
        placement.cancel();
        lost(reason);
      },
    };
  }

  /** In a process of its own, for as long as somebody debugs it. */
  function startDebugRun(attempt: AttemptToRun, journal: AttemptJournal): Run {
    const host = debugHosts.start(attempt.manifest.limits.memoryMb, {
      receive: (message) => broker.receive(message),
      lost: (reason) => broker.lose(`its process ended: ${reason}`, false),
    });
    const broker = createBroker({
      ...brokerParts(attempt, journal),
      number: 1,
      // Whoever looks at it wants to go on looking, whatever it waits for.
      releaseFromMs: Number.POSITIVE_INFINITY,
      patienceMs: Number.POSITIVE_INFINITY,
      send: host.send,
      onUnresponsive: () => host.kill("it didn't answer"),
    });
    host.send({ type: "bundle", hash: attempt.bundleHash, text: attempt.bundle });
    broker.begin();
    void broker.ended.then(() => host.kill("its session has ended"));
    return { ended: broker.ended, stop: broker.stop, abandon: broker.abandon };
  }

  function brokerParts(attempt: AttemptToRun, journal: AttemptJournal) {
    return {
      attempt,
      journal,
      catalogue,
      argsHashKey: ports.keys.argsHashKey(attempt.originId),
      clock,
    };
  }

  function begin(attempt: AttemptToRun, journal: AttemptJournal, slot: RunnerSlot): Broker {
    let broker: Broker | undefined;
    const { number, send } = slot.join(
      {
        memoryMb: attempt.manifest.limits.memoryMb,
        receive: (message) => broker?.receive(message),
        lost: (reason, blameless) => broker?.lose(`its runner died: ${reason}`, blameless),
      },
      { hash: attempt.bundleHash, text: attempt.bundle },
    );
    broker = createBroker({
      ...brokerParts(attempt, journal),
      number,
      releaseFromMs,
      patienceMs,
      send,
      onUnresponsive: () => slot.kill("it didn't answer"),
    });
    broker.begin();
    return broker;
  }
}

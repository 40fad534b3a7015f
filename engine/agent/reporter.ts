import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Inventory } from "../core/update.ts";
import type { AgentFrame } from "../protocol/agent.ts";
import type { Action } from "./actions.ts";
import { jitter } from "./backoff.ts";
import { inventoryParts } from "./inventory-parts.ts";
import type { Log } from "./log.ts";
import { findAdapter, type PackageAdapter } from "./packages/adapter.ts";
import { readJson, writeDurably } from "./state-directory.ts";

/** A report of this age, of packages that haven't changed since, is sent again instead of asking the package manager again. */
const FRESH_MS = 10 * 60_000;
/** After a reconnect all agents of an engine are back within a minute; their reports may take a while longer. */
const RECONNECT_SPREAD_MS = 30_000;

export interface ReporterParts {
  stateDirectory: string;
  adapters: readonly PackageAdapter[];
  clock: Clock;
  log: Log;
}

interface Report {
  sequence: number;
  inventory: Inventory;
  stamp: string;
}

/** Tells the engine what is installed and what is missing: when a connection opens, every hour or so, after packages have changed, and when asked. */
export async function createReporter({ stateDirectory, adapters, clock, log }: ReporterParts) {
  const adapter = await findAdapter(adapters);
  const sequenceFile = join(stateDirectory, "sequence.json");
  let sequence = await readJson(sequenceFile).then(
    (value) => (typeof value === "number" ? value : 0),
    () => 0,
  ); // damaged: the clock gives the next
  let send: ((frame: AgentFrame) => void) | undefined;
  let last: Report | undefined;
  let collecting: Promise<Report> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let connections = 0;

  async function collect(): Promise<Report> {
    const stamp = await adapter.stamp();
    const inventory = { ...(await adapter.inventory()), collectedAt: clock.now() };
    // Grows with every report, also when the clock is set back, and over a lost state directory as far as the clock can be trusted.
    sequence = Math.max(sequence + 1, clock.now());
    await writeDurably(sequenceFile, JSON.stringify(sequence));
    last = { sequence, inventory, stamp };
    return last;
  }

  /** Whoever asks while a report is being made gets that one. */
  const fresh = (): Promise<Report> => {
    collecting ??= collect().finally(() => {
      collecting = undefined;
    });
    return collecting;
  };

  const deliver = (report: Report) => {
    for (const part of inventoryParts(report.inventory, report.sequence)) send?.(part);
    return report;
  };

  async function report(): Promise<void> {
    try {
      const recent = last !== undefined && clock.now() - last.inventory.collectedAt < FRESH_MS && last.stamp === (await adapter.stamp());
      deliver(recent && last ? last : await fresh());
    } catch (error) {
      log.error({ err: error }, "the inventory can't be made");
    }
  }

  function schedule(everyMs: number, inMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      void report().finally(() => {
        if (send) schedule(everyMs, jitter(everyMs));
      });
    }, inMs);
  }

  let everyMs = 3_600_000;
  return {
    attach(to: (frame: AgentFrame) => void, inventoryMs: number): void {
      send = to;
      everyMs = inventoryMs;
      schedule(everyMs, connections++ === 0 ? 0 : randomInt(RECONNECT_SPREAD_MS));
    },
    detach(): void {
      send = undefined;
      clearTimeout(timer);
    },
    /** Reports soon if a command has changed what is installed. */
    async packagesMayHaveChanged(): Promise<void> {
      if (send && last && last.stamp !== (await adapter.stamp())) schedule(everyMs, 1_000);
    },
    /** The action `inventory`: the report goes out before the result, in figures. */
    action: (async () => {
      const { sequence: number, inventory } = deliver(await fresh());
      const { packageManager, collectedAt, listsUpdatedAt, rebootPending, problems } = inventory;
      return {
        sequence: number,
        packageManager,
        collectedAt,
        listsUpdatedAt,
        rebootPending,
        problems,
        installed: inventory.installed.length,
        updates: inventory.updates.length,
      };
    }) satisfies Action,
    async stop(): Promise<void> {
      send = undefined;
      clearTimeout(timer);
      await collecting?.catch(() => {}); // it was logged, or is the command's outcome
    },
  };
}
export type Reporter = Awaited<ReturnType<typeof createReporter>>;

import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { judgeReport, type Report } from "../core/report.ts";
import { differenceOf, sizeOf } from "../core/report-difference.ts";
import type { Inventory } from "../core/update.ts";
import type { AgentFrame, EngineFrames } from "../protocol/agent.ts";
import { digestOf } from "../protocol/report-digest.ts";
import type { Action } from "./actions.ts";
import { jitter } from "./backoff.ts";
import { createConfirmed } from "./confirmed-findings.ts";
import { inventoryParts } from "./inventory-parts.ts";
import type { Log } from "./log.ts";
import type { PackageAdapter } from "./packages/adapter.ts";
import { openRefreshState } from "./refresh-state.ts";
import { readJson, writeDurably } from "./state-directory.ts";

/** A report of this age, of packages that haven't changed since, is sent again instead of asking the package manager again. */
const FRESH_MS = 10 * 60_000;
/** With an engine that doesn't say when: after a reconnect all its agents are back within a minute; their reports may take a while longer. */
const RECONNECT_SPREAD_MS = 30_000;
/** Whoever has asked for a report waits so long until the engine has it. */
const CONFIRM_MS = 2 * 60_000;

export interface ReporterParts {
  stateDirectory: string;
  adapter: PackageAdapter;
  clock: Clock;
  log: Log;
}

interface MadeReport {
  sequence: number;
  inventory: Inventory;
  digest: string;
  stamp: string;
  /** By the monotonic clock: the other one may be set. */
  madeAt: number;
}

/** A report that somebody asked for. */
export interface ReportMade {
  sequence: number;
  inventory: Inventory;
  /** Whether the engine has said that it has it. */
  taken: boolean;
}

/**
 * Tells the engine what is installed and what is missing: when a connection opens, every hour or so, after packages have changed, and when asked. Once the engine has
 * confirmed a report, only what differs from it travels.
 */
export async function createReporter({ stateDirectory, adapter, clock, log }: ReporterParts) {
  const confirmed = createConfirmed({ stateDirectory, log });
  const sequenceFile = join(stateDirectory, "sequence.json");
  const lists = await openRefreshState(join(stateDirectory, "refreshed.json"), { log });
  let sequence = await readNumber(sequenceFile); // lost or damaged: the clock gives the next, and the engine says when that isn't enough
  let engine: { send(frame: AgentFrame): void; answers: boolean } | undefined;
  let last: MadeReport | undefined;
  let collecting: Promise<MadeReport> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let connections = 0;
  let everyMs = 3_600_000;
  const waiting = new Set<{ sequence: number; end(isTaken: boolean): void }>();

  /** Grows with every report, also when the clock is set back, and over a lost state directory as far as the clock can be trusted. */
  async function nextSequence(): Promise<number> {
    sequence = Math.max(sequence + 1, clock.now());
    // On a full disk the engine says which number it wants.
    await writeDurably(sequenceFile, JSON.stringify(sequence)).catch((error) => log.warn({ err: error }, "the number of the last report can't be kept"));
    return sequence;
  }

  async function collect(): Promise<MadeReport> {
    const stamp = await adapter.stamp();
    const found = await adapter.inventory();
    const collectedAt = clock.now();
    const problem = lists.problem();
    const problems = problem === null ? found.problems : [problem, ...found.problems];
    const inventory = judgeReport({ ...found, problems, listsUpdatedAt: lists.provenAt(found.listsUpdatedAt, collectedAt), collectedAt });
    last = { sequence: await nextSequence(), inventory, digest: digestOf(inventory), stamp, madeAt: clock.monotonic() };
    return last;
  }

  /** Whoever asks while a report is being made gets that one. */
  const fresh = (): Promise<MadeReport> => {
    collecting ??= collect().finally(() => {
      collecting = undefined;
    });
    return collecting;
  };

  /** The report as it travels: what differs from what the engine has, where that is less than the whole. */
  async function asSent({ sequence, inventory, digest }: MadeReport): Promise<Report> {
    const whole = { sequence, inventory };
    // An engine that fails to find packages keeps what it knows: there is nothing to compare.
    const base = engine?.answers && inventory.installed.length > 0 ? await confirmed.get() : undefined;
    if (base === undefined) return whole;
    const { removed, ...changed } = differenceOf(base, inventory);
    if (sizeOf({ removed, ...changed }) >= inventory.installed.length + inventory.updates.length) return whole;
    return { sequence, inventory: { ...inventory, ...changed }, difference: { base: base.digest, digest, removed } };
  }

  async function deliver(report: MadeReport): Promise<void> {
    for (const part of inventoryParts(await asSent(report))) engine?.send(part);
  }

  async function report(): Promise<void> {
    try {
      const recent = last !== undefined && clock.monotonic() - last.madeAt < FRESH_MS && last.stamp === (await adapter.stamp());
      await deliver(recent && last ? last : await fresh());
    } catch (error) {
      log.error({ err: error }, "the inventory can't be made");
    }
  }

  function schedule(inMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const mine = timer;
      void report().finally(() => {
        if (engine && timer === mine) schedule(jitter(everyMs));
      });
    }, inMs);
  }

  function taken({ sequence: number, digest }: EngineFrames["inventoryTaken"]): void {
    if (last && digest === last.digest) confirmed.set({ digest: last.digest, ...last.inventory });
    else confirmed.keepOnly(digest);
    for (const one of waiting) if (one.sequence <= number) one.end(true);
  }

  async function wanted({ afterMs, whole, beyond }: EngineFrames["inventoryWanted"]): Promise<void> {
    if (whole) confirmed.forget();
    if (beyond !== undefined && last && last.sequence <= beyond) {
      sequence = Math.max(sequence, beyond);
      last = { ...last, sequence: await nextSequence() };
    }
    if (engine) schedule(afterMs ?? 0); // each agent is given a time of its own
  }

  function untilTaken(number: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isTaken: boolean) => {
        clearTimeout(limit);
        waiting.delete(one);
        resolve(isTaken);
      };
      const one = { sequence: number, end };
      const limit = setTimeout(() => end(false), CONFIRM_MS);
      waiting.add(one);
    });
  }

  /** A report made now. @returns when the engine has it, or doesn't say so in time */
  async function reportNow(): Promise<ReportMade> {
    // One that is being made may be older than what has just been done.
    await collecting?.catch(() => {}); // told to whoever asked for that one
    const made = await fresh();
    const isTaken = engine?.answers ? untilTaken(made.sequence) : Promise.resolve(false);
    await deliver(made);
    return { sequence: made.sequence, inventory: made.inventory, taken: await isTaken };
  }

  return {
    /** @param inventoryAfterMs when the engine wants the first report; absent: it doesn't say, nor answer */
    attach(send: (frame: AgentFrame) => void, { inventoryMs, inventoryAfterMs }: Pick<EngineFrames["welcome"], "inventoryMs" | "inventoryAfterMs">): void {
      engine = { send, answers: inventoryAfterMs !== undefined };
      everyMs = inventoryMs;
      const isFirst = connections++ === 0;
      schedule(inventoryAfterMs ?? (isFirst ? 0 : randomInt(RECONNECT_SPREAD_MS)));
    },
    detach(): void {
      engine = undefined;
      clearTimeout(timer);
    },
    taken,
    wanted: (frame: EngineFrames["inventoryWanted"]): void =>
      void wanted(frame).catch((error) => log.error({ err: error }, "the report can't be sent again; the next one comes in its time")),
    /** Reports soon if a command has changed what is installed. Never rejects. */
    async packagesMayHaveChanged(): Promise<void> {
      try {
        if (engine && last && last.stamp !== (await adapter.stamp())) schedule(1_000);
      } catch (error) {
        log.warn({ err: error }, "whether packages have changed can't be found out; the next report comes in its time");
      }
    },
    reportNow,
    /** All lists have just been fetched: not every package manager leaves a trace of that. */
    listsRefreshed: (): Promise<void> => lists.succeeded(clock.now()),
    /** They couldn't be fetched. @param problem why, in words: of every report until they can */
    listsNotRefreshed: (problem: string): Promise<void> => lists.failed(problem),
    async stop(): Promise<void> {
      engine = undefined;
      clearTimeout(timer);
      for (const one of waiting) one.end(false);
      await collecting?.catch(() => {}); // it was logged, or is the command's outcome
      await confirmed.settled();
    },
  };
}
export type Reporter = Awaited<ReturnType<typeof createReporter>>;

/** The action `inventory`: the engine has the report before the result, which is in figures. */
export const inventoryAction =
  (reporter: Pick<Reporter, "reportNow">): Action =>
  async () =>
    figures(await reporter.reportNow());

/** What a report says, without its lists. */
export function figures({ sequence, inventory, taken }: ReportMade) {
  const { packageManager, collectedAt, listsUpdatedAt, rebootPending, problems, installed, updates } = inventory;
  return { sequence, taken, packageManager, collectedAt, listsUpdatedAt, rebootPending, problems, installed: installed.length, updates: updates.length };
}

const readNumber = (path: string): Promise<number> =>
  readJson(path).then(
    (value) => (typeof value === "number" ? value : 0),
    () => 0,
  );

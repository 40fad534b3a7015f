import { jitter } from "../agent/backoff.ts";
import { inventoryParts } from "../agent/inventory-parts.ts";
import type { Reporter, ReportMade } from "../agent/reporter.ts";
import type { Clock } from "../core/clock.ts";
import type { Findings, Report } from "../core/report.ts";
import { differenceOf, sizeOf } from "../core/report-difference.ts";
import type { AgentFrame } from "../protocol/agent.ts";
import { digestOf } from "../protocol/report-digest.ts";
import type { FleetFigures } from "./figures.ts";
import type { SimulatedHost } from "./host.ts";

/** What an agent keeps of its reports over restarts. */
export interface ReportMemory {
  sequence: number;
  /** What the engine has confirmed to have. */
  confirmed?: Findings & { digest: string };
  /** Number of the newest report that the engine has confirmed. */
  taken: number;
}

const CONFIRM_MS = 2 * 60_000;

/** The agent's reporter by the same rules, for a host that is read in no time and without a disk: what a report holds is shared by all machines, and not kept by any. */
export function createSimulatedReporter({ host, memory, clock, figures }: { host: SimulatedHost; memory: ReportMemory; clock: Clock; figures: FleetFigures }) {
  let send: ((frame: AgentFrame) => void) | undefined;
  let last: { sequence: number; findings: Findings; digest: string } | undefined;
  let everyMs = 3_600_000;
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<{ sequence: number; end(isTaken: boolean): void }>();

  function deliver(): Pick<ReportMade, "sequence" | "inventory"> {
    memory.sequence = Math.max(memory.sequence + 1, clock.now());
    const inventory = host.inventory(clock.now());
    const { installed, updates } = inventory;
    last = { sequence: memory.sequence, findings: { installed, updates }, digest: digestOf(inventory) };
    const whole: Report = { sequence: last.sequence, inventory };
    const { removed, ...changed } = memory.confirmed ? differenceOf(memory.confirmed, last.findings) : { removed: undefined };
    const isShorter = removed && sizeOf({ removed, installed: [], updates: [], ...changed }) < installed.length + updates.length;
    const base = memory.confirmed?.digest;
    const report =
      isShorter && base !== undefined ? { ...whole, inventory: { ...inventory, ...changed }, difference: { base, digest: last.digest, removed } } : whole;
    if (send) figures.reportSent();
    for (const part of inventoryParts(report)) send?.(part);
    return { sequence: last.sequence, inventory };
  }

  function schedule(inMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      deliver();
      schedule(jitter(everyMs));
    }, inMs);
  }

  const untilTaken = (sequence: number): Promise<boolean> =>
    new Promise((resolve) => {
      const limit = setTimeout(() => one.end(false), CONFIRM_MS);
      const one = {
        sequence,
        end(isTaken: boolean) {
          clearTimeout(limit);
          waiting.delete(one);
          resolve(isTaken);
        },
      };
      waiting.add(one);
    });

  const lines: Pick<Reporter, "attach" | "detach" | "taken" | "wanted"> = {
    attach(to, { inventoryMs, inventoryAfterMs }) {
      send = to;
      everyMs = inventoryMs;
      schedule(inventoryAfterMs ?? 0);
    },
    detach() {
      send = undefined;
      clearTimeout(timer);
    },
    taken({ sequence, digest }) {
      figures.reportTaken();
      memory.taken = Math.max(memory.taken, sequence);
      if (last && digest === last.digest) memory.confirmed = { ...last.findings, digest };
      else if (memory.confirmed?.digest !== digest) delete memory.confirmed;
      for (const one of waiting) if (one.sequence <= sequence) one.end(true);
    },
    wanted({ afterMs, whole, beyond }) {
      figures.reportPutOff();
      if (whole) delete memory.confirmed;
      if (beyond !== undefined) memory.sequence = Math.max(memory.sequence, beyond);
      if (send) schedule(afterMs ?? 0);
    },
  };
  return {
    ...lines,
    /** @returns when the engine has it, or doesn't say so in time */
    async reportNow(): Promise<ReportMade> {
      const made = deliver();
      return { ...made, taken: await untilTaken(made.sequence) };
    },
    stop(): void {
      lines.detach();
      for (const one of waiting) one.end(false);
    },
  };
}
export type SimulatedReporter = ReturnType<typeof createSimulatedReporter>;

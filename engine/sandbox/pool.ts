import { RunwrightError } from "../core/errors.ts";
import type { Participant, RunnerSlot, RunnerSlotParts } from "./runner-slot.ts";
import { createRunnerSlot } from "./runner-slot.ts";

/**
 * Places of each runner beyond `attemptsPerRunner`, for what takes milliseconds and someone waits for: a full house of jobs that run for hours must not keep
 * others from asking for a job.
 */
const BRIEF_PLACES = 10;

/** A placement that may still be waiting for a runner. */
export interface Placement {
  /** Gives the place back before it was taken. */
  cancel(): void;
}

export interface Pool {
  readonly slots: readonly RunnerSlot[];
  freeSlots(): number;
  /** Calls `begin` with a ready runner, at once when there is one. @param how brief ones may use the places kept for them */
  place(begin: (slot: RunnerSlot) => void, refuse: (reason: string) => void, how?: { isBrief: boolean }): Placement;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface PoolParts {
  runners: number;
  attemptsPerRunner: number;
  slot(index: number): Omit<RunnerSlotParts, "onReady" | "onFreed">;
}

export type { Participant };

/** A fixed number of runners; an attempt goes to the ready one with the fewest. */
export function createPool({ runners, attemptsPerRunner, slot }: PoolParts): Pool {
  const waiting: { begin: (slot: RunnerSlot) => void; refuse: (reason: string) => void; isBrief: boolean }[] = [];
  let isStopped = false;

  const slots = Array.from({ length: runners }, (_, index) => createRunnerSlot({ ...slot(index), onReady: placeWaiting, onFreed: placeWaiting }));

  function freest(places: number): RunnerSlot | undefined {
    let best: RunnerSlot | undefined;
    for (const candidate of slots) {
      if (candidate.isReady() && candidate.attempts < places && (best === undefined || candidate.attempts < best.attempts)) best = candidate;
    }
    return best;
  }

  function placeWaiting(): void {
    for (;;) {
      if (waiting.length === 0) return;
      const free = freest(attemptsPerRunner);
      const reserve = free ?? freest(attemptsPerRunner + BRIEF_PLACES);
      const at = free ? 0 : waiting.findIndex((one) => one.isBrief);
      if (reserve === undefined || at < 0) return;
      waiting.splice(at, 1)[0]?.begin(reserve);
    }
  }

  return {
    slots,
    freeSlots() {
      if (isStopped) return 0;
      const ready = slots.filter((one) => one.isReady());
      // What is held up is free, or replaced, in a moment; it counts when there is nothing else, as nobody is told when it is free again.
      const usable = ready.length > 0 ? ready : slots.filter((one) => one.isHeldUp());
      const free = usable.reduce((sum, one) => sum + Math.max(0, attemptsPerRunner - one.attempts), 0);
      return Math.max(0, free - waiting.filter((one) => !one.isBrief).length);
    },
    place(begin, refuse, { isBrief } = { isBrief: false }) {
      if (isStopped) {
        refuse("the sandbox has stopped");
        return { cancel: () => {} };
      }
      const entry = { begin, refuse, isBrief };
      waiting.push(entry);
      placeWaiting();
      return {
        cancel() {
          const at = waiting.indexOf(entry);
          if (at >= 0) waiting.splice(at, 1);
        },
      };
    },
    async ready() {
      if (isStopped) throw new RunwrightError("STOPPING", "the sandbox has stopped");
      await Promise.any(slots.map((one) => one.ready()));
    },
    async stop() {
      isStopped = true;
      for (const { refuse } of waiting.splice(0)) refuse("the sandbox stops");
      await Promise.all(slots.map((one) => one.stop()));
    },
  };
}

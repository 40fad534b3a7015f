import type { FailureCode, JobError } from "../core/job.ts";
import type { EngineMessage, IsolateLimits } from "../protocol/sandbox.ts";
import type { Pool } from "./pool.ts";
import { createStackMapper } from "./stack.ts";

type Start = Extract<EngineMessage, { type: "start" }>;

export interface BundleToLoad {
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
}

export interface ThrowAway extends Pick<Start, "mode" | "params" | "now"> {
  /** For messages: "loading the runbook". */
  what: string;
  limits: IsolateLimits;
  wallMs: number;
  isBrief: boolean;
}

/** `value`: JSON text that guest code made: nothing about it is trusted. `isOurs`: it wasn't the bundle's fault. */
export type Evaluation = { ok: true; value: string } | { ok: false; failureCode: FailureCode; error: JobError; isOurs: boolean };

/** Loads a bundle in an isolate that has no capability and is thrown away afterwards, and takes one value out of it. Never rejects. */
export function evaluateOnce(pool: Pool, { bundle, bundleHash, sourceMap }: BundleToLoad, { what, wallMs, isBrief, ...start }: ThrowAway): Promise<Evaluation> {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const refuse = (failureCode: FailureCode, error: JobError) => resolve({ ok: false, failureCode, error, isOurs: false });
  const giveUp = (message: string) => resolve({ ok: false, failureCode: "error", error: { name: "Error", message }, isOurs: true });
  let stop: (() => void) | undefined;
  const wall = setTimeout(() => {
    placement.cancel();
    if (stop === undefined) return giveUp("no runner was free in time");
    stop();
    refuse("timeout", { name: "LimitError", message: `${what} took longer than ${wallMs} ms` });
  }, wallMs);
  promise.finally(() => clearTimeout(wall));

  const placement = pool.place(
    (slot) => {
      const { number, send } = slot.join(
        {
          memoryMb: start.limits.memoryMb,
          receive(message) {
            if (message.type === "doomed") return refuse("memory", { name: "LimitError", message: `out of memory: ${message.reason}` });
            if (message.type !== "end") return; // what it writes while it is loaded interests nobody
            const { ending } = message;
            if (ending.kind === "completed") return resolve({ ok: true, value: ending.value });
            if (ending.kind === "stopped") return refuse("error", { name: "Error", message: `${what} was stopped` });
            const stack = createStackMapper(sourceMap)(ending.error.stack);
            refuse(ending.failureCode, { name: ending.error.name, message: ending.error.message, ...(stack ? { stack } : {}) });
          },
          lost: (reason) => giveUp(`its runner died: ${reason}`),
        },
        { hash: bundleHash, text: bundle },
      );
      stop = () => send({ type: "stop", attempt: number });
      send({ type: "start", attempt: number, bundleHash, job: "{}", seed: "00", skipEntries: 0, sitesUpTo: 0, expected: "[]", ...start });
    },
    giveUp,
    { isBrief },
  );
  return promise;
}

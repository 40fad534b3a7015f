import type { FailureCode, JobError } from "../core/job.ts";
import type { Extraction } from "../core/run.ts";
import type { IsolateLimits } from "../protocol/sandbox.ts";
import { manifestOf } from "./manifest.ts";
import type { Pool } from "./pool.ts";
import { createStackMapper } from "./stack.ts";

export interface BundleToExtract {
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
}

/** Declarations need next to nothing. */
const LIMITS: IsolateLimits = { cpuMs: 2_000, memoryMb: 64, outputBytes: 64 * 1024, logRate: 100, hostCalls: 0 };
const WALL_MS = 10_000;

export function extractManifest(pool: Pool, { bundle, bundleHash, sourceMap }: BundleToExtract): Promise<Extraction> {
  const { promise, resolve } = Promise.withResolvers<Extraction>();
  const refuse = (failureCode: FailureCode, error: JobError) => resolve({ ok: false, failureCode, error });
  let stop = () => {};
  const wall = setTimeout(() => {
    placement.cancel();
    stop();
    refuse("timeout", { name: "LimitError", message: `loading the runbook took longer than ${WALL_MS} ms` });
  }, WALL_MS);
  promise.finally(() => clearTimeout(wall));

  const placement = pool.place(
    (slot) => {
      const { number, send } = slot.join(
        {
          memoryMb: LIMITS.memoryMb,
          receive(message) {
            if (message.type === "doomed") return refuse("memory", { name: "LimitError", message: `out of memory: ${message.reason}` });
            if (message.type !== "end") return; // what it writes while it is loaded interests nobody
            const { ending } = message;
            if (ending.kind === "completed") return resolve(manifestOf(ending.value));
            if (ending.kind === "stopped") return refuse("error", { name: "Error", message: "loading was stopped" });
            const stack = createStackMapper(sourceMap)(ending.error.stack);
            refuse(ending.failureCode, { name: ending.error.name, message: ending.error.message, ...(stack ? { stack } : {}) });
          },
          lost: (reason) => refuse("error", { name: "Error", message: `its runner died: ${reason}` }),
        },
        { hash: bundleHash, text: bundle },
      );
      stop = () => send({ type: "stop", attempt: number });
      send({
        type: "start",
        attempt: number,
        mode: "extract",
        bundleHash,
        params: "null",
        job: "{}",
        seed: "00",
        now: 0,
        skipEntries: 0,
        sitesUpTo: 0,
        limits: LIMITS,
      });
    },
    (reason) => refuse("error", { name: "Error", message: reason }),
  );
  return promise;
}

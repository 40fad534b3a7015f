import type { Extraction } from "../core/run.ts";
import type { IsolateLimits } from "../protocol/sandbox.ts";
import { manifestOf } from "./manifest.ts";
import type { Pool } from "./pool.ts";
import { type BundleToLoad, evaluateOnce } from "./throw-away.ts";

/** Declarations need next to nothing. */
const LIMITS: IsolateLimits = { cpuMs: 2_000, memoryMb: 64, outputBytes: 64 * 1024, logRate: 100, hostCalls: 0 };
const WALL_MS = 10_000;

export async function extractManifest(pool: Pool, bundle: BundleToLoad): Promise<Extraction> {
  const found = await evaluateOnce(pool, bundle, {
    mode: "extract",
    params: "null",
    now: 0,
    what: "loading the runbook",
    limits: LIMITS,
    wallMs: WALL_MS,
    isBrief: false,
  });
  return found.ok ? manifestOf(found.value) : { ok: false, failureCode: found.failureCode, error: found.error };
}

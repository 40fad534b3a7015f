import type { Clock } from "../core/clock.ts";
import { concurrencyKeyOf } from "../core/concurrency.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Sandbox } from "../core/run.ts";
import type { Bundles } from "./bundles.ts";

export interface KeyParts {
  clock: Clock;
  sandbox: Pick<Sandbox, "concurrencyKey">;
  bundles: Bundles;
}

export interface KeyedRunbook {
  runbookId: string;
  runbook: string;
  bundleHash: string;
  manifest: Manifest;
}

/** What jobs of a runbook count together by. It costs nothing but where the runbook has a key function: that one runs in the sandbox, before the job exists. */
export function createConcurrencyKeys({ clock, sandbox, bundles }: KeyParts) {
  /**
   * @param params validated
   * @throws PARAMETERS_INVALID when `concurrency.key` doesn't make a key of them; BUNDLE_DAMAGED, OVERLOADED
   */
  return async function keyOf({ runbookId, runbook, bundleHash, manifest: { concurrency } }: KeyedRunbook, params: unknown): Promise<string | null> {
    if (!concurrency) return null;
    if (!concurrency.hasKey) return concurrencyKeyOf(runbookId, null);
    const { text, sourceMap } = await bundles.load(bundleHash, runbook);
    const reading = await sandbox.concurrencyKey({ bundle: text, bundleHash, sourceMap, params, now: clock.now() });
    if (reading.ok) return concurrencyKeyOf(runbookId, reading.key);
    throw new RunwrightError(
      "PARAMETERS_INVALID",
      `concurrency.key of ${runbook} makes no key of these parameters (${reading.problem}); it must return a text of 1 to 200 characters`,
      { details: [] },
    );
  };
}
export type ConcurrencyKeys = ReturnType<typeof createConcurrencyKeys>;

import { createHash } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";
import { createRecent } from "../core/recent.ts";
import type { BundleRecord } from "../store/records/runbooks.ts";
import type { Store } from "../store/store.ts";

const KEPT_BYTES = 16 * 1024 * 1024;

/** Bundles as they were published, each compared with its hash when it is read. */
export function createBundles(store: Pick<Store, "read">) {
  const recent = createRecent<BundleRecord>({ maxWeight: KEPT_BYTES, weigh: ({ text, sourceMap }) => text.length + (sourceMap?.length ?? 0) });
  return {
    /** @throws BUNDLE_DAMAGED: a job never runs anything but what was published */
    async load(hash: string, runbook: string): Promise<BundleRecord> {
      const known = recent.get(hash);
      if (known) return known;
      const bundle = await store.read.runbooks.bundle(hash);
      if (!bundle || createHash("sha256").update(bundle.text).digest("hex") !== hash) {
        throw new RunwrightError(
          "BUNDLE_DAMAGED",
          `the bundle ${hash.slice(0, 12)} of ${runbook} is ${bundle ? "altered" : "missing"} in the store; publish the runbook again`,
        );
      }
      recent.set(hash, bundle);
      return bundle;
    },
  };
}
export type Bundles = ReturnType<typeof createBundles>;

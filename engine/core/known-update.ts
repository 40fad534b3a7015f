import type { MissingUpdate } from "./update.ts";
import type { Verdict } from "./update-policy.ts";

/** A missing update with what the engine knows of it besides. Times are Unix milliseconds. */
export interface KnownUpdate extends MissingUpdate {
  /** When the engine first heard of it on this machine. */
  firstSeenAt: number;
  /** What policies say of it: only `approved` ones are to be installed. */
  verdict: Verdict;
  /** When it must be installed by; null: no policy says. */
  dueAt: number | null;
  /** One of its CVEs is known to be exploited since; null: none is. */
  exploitedSince: number | null;
  /** Highest probability that one of its CVEs is exploited within 30 days, 0 to 1; null: not known. */
  epss: number | null;
}

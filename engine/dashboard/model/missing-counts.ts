import type { Assessment } from "../../protocol/http/machines.ts";

export interface MissingCounts {
  /** Offered to the machine and not installed. */
  missing: number;
  /** Of these, of the classes `security` and `critical`. */
  security: number;
  /** Of these, those that the machine holds back. */
  held: number;
}

/** An assessment counts by class; updates that are held or phased stand under those names besides, and phased ones aren't offered yet. */
export function missingCounts({ counts }: Pick<Assessment, "counts">): MissingCounts {
  const { held = 0, phased = 0, ...byClass } = counts;
  const all = Object.values(byClass).reduce((sum, count) => sum + count, 0);
  return { missing: Math.max(0, all - phased), security: (counts.security ?? 0) + (counts.critical ?? 0), held };
}

/** `warning`: it works, but somebody should look. `problem`: something doesn't work, or won't for long. */
export const SEVERITIES = ["ok", "warning", "problem"] as const;

/** What one check has found. */
export interface Finding {
  check: string;
  state: (typeof SEVERITIES)[number];
  /** What is so, in one sentence. */
  found: string;
  /** What to do; empty when it is as it should be. */
  advice: string;
}

export const ok = (check: string, found: string): Finding => ({ check, state: "ok", found, advice: "" });
export const warning = (check: string, found: string, advice: string): Finding => ({ check, state: "warning", found, advice });
export const problem = (check: string, found: string, advice: string): Finding => ({ check, state: "problem", found, advice });

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import { RunwrightError } from "../errors.ts";

/** How many machines may fail: so many, or a share of those that the deployment has. */
export type ErrorBudget = { count: number } | { percent: number };

/** Reads `3` or `5%`. @throws BAD_REQUEST */
export function readBudget(text: string): ErrorBudget {
  const [, digits, percent] = /^(\d{1,6}(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === "%" ? value > 100 : !Number.isInteger(value)))
    throw new RunwrightError("BAD_REQUEST", `error budget "${text}" isn't a number of machines such as 3, or a share such as 5%`);
  return percent === "%" ? { percent: value } : { count: value };
}

/** In machines; a share is rounded down, and printed in the plan. AWS's documentation contradicts itself here (docs/windows.md). */
export const allowedFailures = (budget: ErrorBudget, machines: number): number =>
  "count" in budget ? budget.count : Math.floor((machines * budget.percent) / 100);

/** A rollout stops when more have failed than may; once somebody has gone on in spite of some, with the next one. @param forgiven so many had failed then */
export const isSpent = (failed: number, allowed: number, forgiven = 0): boolean => failed > Math.max(allowed, forgiven);

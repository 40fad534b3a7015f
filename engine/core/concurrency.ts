import type { Concurrency } from "./manifest.ts";

/** Longest key that `concurrency.key` may return. */
export const MAX_KEY_CHARS = 200;
/** Jobs in the way that a reason names. */
export const NAMED_IN_REASONS = 3;

/** What jobs count together by. @param key `null`: the runbook has no key function, all its jobs count together */
export const concurrencyKeyOf = (runbookId: string, key: string | null): string => `${runbookId}:${key ?? ""}`;
/** What `concurrency.key` returned; empty when there is no such function. */
export const shownKey = (concurrencyKey: string): string => concurrencyKey.slice(concurrencyKey.indexOf(":") + 1);

/** A job of the key that hasn't ended. */
export interface UnderWay {
  id: string;
  /** Not begun: kept in the queue until another one has ended. */
  heldBack: boolean;
}

export type Admission = "go" | "hold" | "skip" | "fail";

/** What becomes of a new job when so many of its key are under way. */
export function admissionOf({ limit, overflow }: Concurrency, underWay: number): Admission {
  if (underWay < limit) return "go";
  return overflow === "queue" || overflow === "cancelRunning" ? "hold" : overflow;
}

/** With `cancelRunning` the newest jobs stay, held-back ones among them. @param all of the key, oldest first, without the new one */
export function supersededBy<Job extends UnderWay>({ limit, overflow }: Concurrency, all: readonly Job[]): Job[] {
  return overflow === "cancelRunning" ? all.slice(0, Math.max(0, all.length + 1 - limit)) : [];
}

/** Why a job doesn't go, for people. @param inTheWay ids, the first ones of `count` */
export function reasonOf(concurrencyKey: string, { limit }: Concurrency, inTheWay: readonly string[], count: number): string {
  const key = shownKey(concurrencyKey);
  const more = count - inTheWay.length;
  const which = `${inTheWay.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const whose = key === "" ? "of this runbook" : `with the concurrency key "${key}"`;
  return `${which} ${count === 1 ? "is" : "are"} in its way: at most ${limit} ${limit === 1 ? "job" : "jobs"} ${whose} may be under way`;
}

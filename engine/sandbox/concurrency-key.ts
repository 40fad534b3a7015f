import { MAX_KEY_CHARS } from "../core/concurrency.ts";
import { RunwrightError } from "../core/errors.ts";
import type { KeyReading, KeyRequest } from "../core/run.ts";
import type { IsolateLimits } from "../protocol/sandbox.ts";
import type { Pool } from "./pool.ts";
import { evaluateOnce } from "./throw-away.ts";

/** Whoever asks for the job waits for it. Loading a large bundle takes most of the time; what could be published can also make its key. */
const LIMITS: IsolateLimits = { cpuMs: 2_000, memoryMb: 64, outputBytes: 64 * 1024, logRate: 100, hostCalls: 0 };
const WALL_MS = 5_000;

export async function readConcurrencyKey(pool: Pool, { params, now, ...bundle }: KeyRequest): Promise<KeyReading> {
  const found = await evaluateOnce(pool, bundle, {
    mode: "key",
    params: JSON.stringify(params) ?? "null",
    now,
    what: "concurrency.key",
    limits: LIMITS,
    wallMs: WALL_MS,
    isBrief: true,
  });
  if (!found.ok) {
    if (found.isOurs) throw new RunwrightError("OVERLOADED", `concurrency.key couldn't be called: ${found.error.message}; try again in a moment`);
    const { name, message, stack } = found.error;
    const place = stack?.split("\n")[0];
    return { ok: false, problem: `${name}: ${message}${place ? ` ${place}` : ""}` };
  }
  const key = textOf(found.value);
  return key === undefined ? { ok: false, problem: `it must return a text of 1 to ${MAX_KEY_CHARS} characters without control characters` } : { ok: true, key };
}

/** @param json what guest code made: it may be anything */
function textOf(json: string): string | undefined {
  if (json.length > MAX_KEY_CHARS * 6 + 2) return undefined; // each character escaped, and the quotes
  let key: unknown;
  try {
    key = JSON.parse(json);
  } catch {
    return undefined; // the prelude sends JSON; who sends something else gets no key
  }
  if (typeof key !== "string" || key.length < 1 || key.length > MAX_KEY_CHARS) return undefined;
  // PostgreSQL stores no NUL, and neither a terminal nor a log wants the others.
  return key.isWellFormed() && !/\p{Cc}/u.test(key) ? key : undefined;
}

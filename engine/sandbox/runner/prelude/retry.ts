import type { Channel } from "./channel.ts";
import type { Realm, State } from "./realm.ts";

/** `ctx.retry`: pure guest code around sleeps of the journal. Lengths of time are worked out by the engine: the isolate parses none. */
export function createRetry(realm: Realm, state: State, channel: Channel): (work: unknown, options?: unknown) => Promise<unknown> {
  const wanted = (on: unknown, error: unknown): boolean => {
    if (on === undefined) return true;
    if (typeof on === "function") return !!on(error);
    if (!realm.isArray(on)) throw new realm.TypeError("retry: on must be a list of error codes or names, or a function");
    const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
    for (let i = 0; i < on.length; i++) if (on[i] === code || on[i] === name) return true;
    return false;
  };
  const messageOf = (error: unknown): string => {
    try {
      const message = (error as { message?: unknown } | null)?.message;
      return typeof message !== "string" ? "" : message.length <= 1_000 ? `: ${message}` : `: ${realm.slice(message, 0, 1_000)}…`;
    } catch {
      return ""; // a getter of guest code threw
    }
  };

  return async (work, options = {}) => {
    const { attempts = 3, backoff = {}, on } = options as { attempts?: unknown; backoff?: Record<string, unknown>; on?: unknown };
    const { initial = "1s", factor = 2, max = "5m" } = backoff;
    if (typeof work !== "function") throw new realm.TypeError("retry needs a function");
    if (typeof attempts !== "number" || attempts % 1 !== 0 || attempts < 1 || attempts > 100)
      throw new realm.RangeError("retry: attempts must be from 1 to 100");
    if (typeof factor !== "number" || !(factor >= 1 && factor <= 10)) throw new realm.RangeError("retry: backoff.factor must be from 1 to 10");
    let scale = 1;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt);
      } catch (error) {
        if (state.ended || attempt >= attempts || !wanted(on, error)) throw error;
        channel.emit("log", { level: "warning", message: `try ${attempt} of ${attempts} failed${messageOf(error)}`, mayBeCut: true });
        // Shortened by up to a quarter, so that many jobs don't come back at once.
        await channel.call("sleep", { duration: initial, from: state.now, scale: scale * (1 - state.nextWord(0) / 2 ** 34), max });
        scale *= factor;
        if (scale > 1e9) scale = 1e9;
      }
    }
  };
}

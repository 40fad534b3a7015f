import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { isAhead } from "../core/list-age.ts";
import type { Log } from "./log.ts";
import { readJson, writeDurably } from "./state-directory.ts";

const Schema = Type.Object({
  /** When all lists came in last, Unix milliseconds by the machine's clock; 0: never, as far as this agent knows. */
  at: Type.Number({ minimum: 0 }),
  /** Why they couldn't be fetched since. */
  problem: Type.Union([Type.String(), Type.Null()]),
});
const validator = Compile(Schema);

/**
 * What became of the last time that this agent fetched the package lists. It outlives the agent: a repository that is refused stays refused after a restart, and package managers
 * leave traces that look as if lists had come in when they haven't.
 */
export async function openRefreshState(file: string, { log }: { log: Log }) {
  const found = await readJson(file).catch(() => undefined); // lost or damaged: the package manager's own traces tell less
  let state: Static<typeof Schema> = validator.Check(found) ? found : { at: 0, problem: null };

  async function set(next: typeof state): Promise<void> {
    state = next;
    await writeDurably(file, JSON.stringify(next)).catch((error) => log.warn({ err: error }, "what became of the package lists can't be written down"));
  }

  return {
    succeeded: (at: number): Promise<void> => set({ at, problem: null }),
    /** It is a problem of every report until they can be fetched. */
    failed: (problem: string): Promise<void> => set({ ...state, problem }),
    problem: (): string | null => state.problem,
    /**
     * When lists were fetched, by what the package manager says and what this agent knows.
     * @param traced null: there are none, whatever was fetched once
     */
    provenAt(traced: number | null, now: number): number | null {
      // A time ahead of the clock is of a clock that was wrong: by it, lists would be fresh for ever.
      if (traced === null || isAhead(state.at, now)) return traced;
      if (isAhead(traced, now)) return state.at > 0 ? Math.min(state.at, now) : traced;
      return Math.max(traced, Math.min(state.at, now));
    },
  };
}
export type RefreshState = Awaited<ReturnType<typeof openRefreshState>>;

import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { WhoAmI } from "../../protocol/http/access.ts";
import type { About } from "../../protocol/http/status.ts";
import { type Engine, SESSION } from "./engine.ts";
import { Problem, toProblem } from "./problem.ts";

export type SignedIn =
  | { state: "asking" }
  | { state: "in"; who: WhoAmI; about: About }
  /** `because`: a session that was there has ended. */
  | { state: "out"; because?: Problem }
  | { state: "unreachable"; problem: Problem };

export interface Session {
  state: ReadonlySignal<SignedIn>;
  /** Looks who is signed in; called at the start, and again until the engine answers. */
  ask(): Promise<void>;
  /** @throws Problem */
  signIn(by: { code: string } | { token: string }): Promise<void>;
  /** Whoever couldn't be signed out stays signed in, and is told why by `signOutProblem`. */
  signOut(): Promise<void>;
  signOutProblem: Signal<Problem | undefined>;
  /** An answer said that the session is over. */
  ended(because?: Problem): void;
}

export function createSession({ engine }: { engine: Engine }): Session {
  const state = signal<SignedIn>({ state: "asking" });
  const signOutProblem = signal<Problem | undefined>(undefined);

  async function ask(): Promise<void> {
    try {
      const [who, about] = await Promise.all([engine.get<WhoAmI>("/api/v1/whoami"), engine.get<About>("/api/v1/about")]);
      state.value = { state: "in", who, about };
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 401) state.value = { state: "out", ...(problem.code === "UNAUTHENTICATED" ? {} : { because: problem }) };
      else state.value = { state: "unreachable", problem };
    }
  }

  return {
    state,
    ask,
    async signIn(by) {
      await engine.send("POST", SESSION, by);
      await ask();
    },
    async signOut() {
      signOutProblem.value = undefined;
      try {
        await engine.send("DELETE", SESSION);
        state.value = { state: "out" };
      } catch (error) {
        signOutProblem.value = toProblem(error);
      }
    },
    signOutProblem,
    ended(because) {
      if (state.value.state === "in")
        state.value = {
          state: "out",
          because: because ?? new Problem({ code: "TOKEN_REVOKED", status: 401, detail: "this session has ended; sign in again" }),
        };
    },
  };
}

/** The code of a one-time link in an address such as `http://host/#sign-in=CODE`; it never reaches a server by itself. */
export const codeIn = (hash: string): string | undefined => /^#sign-in=([\w-]{10,200})$/.exec(hash)?.[1];

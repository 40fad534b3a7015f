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

export interface SessionParts {
  engine: Engine;
  /** Of the one-time link that the page was opened with. */
  code?: string | undefined;
  /** The browser's cookie is of another session than what this page shows: nothing of that may stay. */
  onAnother(): void;
  /** This page has signed the browser in or out. */
  onChanged(): void;
  /** false: other rights must wait, as with them goes what somebody types just now. */
  mayTakeAway(): boolean;
  /** Milliseconds. */
  monotonic(): number;
}

export interface Session {
  state: ReadonlySignal<SignedIn>;
  /** Looks who is signed in; called at the start, again until the engine answers, and when another tab has signed in or out. */
  ask(): Promise<void>;
  /** @throws Problem */
  signIn(by: { code: string } | { token: string }): Promise<void>;
  /** The code of a link that isn't used before whoever is signed in already has said so: it may be somebody else's. undefined: none, or not any more. */
  link: Signal<string | undefined>;
  /** Why the link didn't sign in. */
  linkProblem: ReadonlySignal<Problem | undefined>;
  /** Whoever couldn't be signed out stays signed in, and is told why by `signOutProblem`. */
  signOut(): Promise<void>;
  signOutProblem: Signal<Problem | undefined>;
  /** Called every few seconds while the page is seen: asks each minute whether somebody's rights are still what they were. */
  keepUp(): Promise<void>;
  /** An answer said that a right is missing: perhaps it was there when the page asked for it last. */
  refused(): Promise<void>;
  /** An answer said that the session is over. */
  ended(because?: Problem): void;
}

const RIGHTS_EVERY_MS = 60_000;
const REFUSED_EVERY_MS = 5_000;

export function createSession({ engine, code, onAnother, onChanged, mayTakeAway, monotonic }: SessionParts): Session {
  const state = signal<SignedIn>({ state: "asking" });
  const link = signal(code);
  const linkProblem = signal<Problem | undefined>(undefined);
  const signOutProblem = signal<Problem | undefined>(undefined);

  let askedAt = Number.NEGATIVE_INFINITY;
  let refusedAt = Number.NEGATIVE_INFINITY;
  /** Rights have changed, and the page doesn't show it yet. */
  let isHeldBack = false;

  async function ask(): Promise<void> {
    const shown = state.peek();
    askedAt = monotonic();
    try {
      if (link.peek() !== undefined && shown.state !== "in") await useLink();
      const [who, about] = await Promise.all([engine.get<WhoAmI>("/api/v1/whoami"), shown.state === "in" ? shown.about : engine.get<About>("/api/v1/about")]);
      const current = state.peek();
      if (current.state !== "in") state.value = { state: "in", who, about };
      else if (who.id !== current.who.id || who.tokenId !== current.who.tokenId) onAnother();
      else {
        const isSame = JSON.stringify(who.grants) === JSON.stringify(current.who.grants);
        isHeldBack = !isSame && !mayTakeAway();
        if (!isSame && !isHeldBack) state.value = { ...current, who };
      }
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 401) state.value = { state: "out", ...(problem.code === "UNAUTHENTICATED" ? {} : { because: problem }) };
      else if (state.peek().state !== "in") state.value = { state: "unreachable", problem };
    }
  }

  /** Of whoever is signed in nothing is taken away; that is asked first. Browsers note refusals in the console, so whether somebody is isn't learnt from one. */
  async function useLink(): Promise<void> {
    const { name } = await engine.get<{ name: string | null }>(SESSION);
    if (name !== null) return;
    try {
      await engine.send("POST", SESSION, { code: link.peek() });
      onChanged();
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 0) throw problem;
      linkProblem.value = problem;
    }
    link.value = undefined;
  }

  return {
    state,
    ask,
    async signIn(by) {
      await engine.send("POST", SESSION, by);
      onChanged();
      if (state.peek().state === "in") onAnother();
      else await ask();
    },
    link,
    linkProblem,
    async signOut() {
      signOutProblem.value = undefined;
      try {
        await engine.send("DELETE", SESSION);
        state.value = { state: "out" };
        onChanged();
      } catch (error) {
        signOutProblem.value = toProblem(error);
      }
    },
    signOutProblem,
    async keepUp() {
      if (state.peek().state === "in" && (isHeldBack || monotonic() - askedAt >= RIGHTS_EVERY_MS)) await ask();
    },
    async refused() {
      const now = monotonic();
      if (state.peek().state !== "in" || now - refusedAt < REFUSED_EVERY_MS) return;
      refusedAt = now;
      await ask();
    },
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

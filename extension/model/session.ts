import { isRunwrightError, type RunwrightError } from "../../engine/core/errors.ts";
import type { Client } from "./client/client.ts";
import type { Greeting } from "./client/greeting.ts";
import { createEmitter } from "./emitter.ts";
import type { KnownEngine, KnownEngines } from "./known-engines.ts";
import type { Timers } from "./timers.ts";

/**
 * How this window stands with its engine.
 * - `none`: nobody has signed in to any
 * - `signedOut`: it is known, its token isn't
 * - `idle`: nothing was asked of it yet: whatever asks first connects
 * - `lost`: it doesn't answer; it is tried again by itself
 * - `refused`: it answers, and won't work with us: somebody must do something
 */
export type SessionState =
  | { readonly kind: "none" }
  | { readonly kind: "signedOut" | "idle" | "connecting"; readonly engine: KnownEngine }
  | { readonly kind: "connected"; readonly engine: KnownEngine; readonly greeting: Greeting; readonly client: Client }
  | { readonly kind: "lost"; readonly engine: KnownEngine; readonly problem: string; readonly greeting: Greeting | undefined }
  | { readonly kind: "refused"; readonly engine: KnownEngine; readonly problem: string; readonly isToken: boolean };

export interface Session {
  state(): SessionState;
  on(listener: (state: SessionState) => void): () => void;
  /** Connects if need be. @returns undefined when there is nobody to talk to; `state` says why */
  client(): Promise<Client | undefined>;
  /** Another engine, another token, or trying again now. */
  restart(): Promise<void>;
  /** The token of an engine has changed, perhaps in another window: what works with the old one begins anew. */
  tokenChanged(url: string): Promise<void>;
  stop(): void;
}

export interface SessionParts {
  engines: Pick<KnownEngines, "chosen" | "token">;
  connect(engine: KnownEngine, token: string, onAnswer: (error?: unknown) => void): Client;
  greet(client: Client, signal: AbortSignal): Promise<Greeting>;
  timers: Timers;
  /** From 0 to 1: a hundred windows don't come back in the same moment. */
  chance(): number;
}

/** Milliseconds: doubled at each try. */
const RETRY = { first: 1_000, most: 30_000 };
/** Says that the engine is there, for whoever looks at the status bar only. */
const LOOK_MS = 60_000;

export function createSession({ engines, connect, greet, timers, chance }: SessionParts): Session {
  const changes = createEmitter<SessionState>();
  let life = new AbortController();
  let cancelTimer = () => {};
  let tries = 0;
  let lastGreeting: Greeting | undefined;
  /** That was tried last; null: there was none; undefined: nothing was tried yet. */
  let usedToken: string | null | undefined;
  let restarting: Promise<void> = Promise.resolve();
  let underWay: Promise<Client | undefined> | undefined;
  let state: SessionState = initial();

  function initial(): SessionState {
    const engine = engines.chosen();
    return engine ? { kind: "idle", engine } : { kind: "none" };
  }

  function become(next: SessionState): void {
    state = next;
    changes.fire(next);
  }

  function later(ms: number, run: () => void): void {
    cancelTimer();
    cancelTimer = timers.after(ms, run);
  }

  async function attempt(): Promise<Client | undefined> {
    const own = life;
    const engine = engines.chosen();
    if (!engine) {
      become({ kind: "none" });
      return undefined;
    }
    const token = await engines.token(engine.url);
    if (own.signal.aborted) return undefined;
    usedToken = token ?? null;
    if (token === undefined) {
      become({ kind: "signedOut", engine });
      return undefined;
    }
    if (state.kind !== "lost") become({ kind: "connecting", engine });
    // What a client of an earlier life hears isn't about this one.
    const client = connect(engine, token, (error) => own === life && heard(engine, error));
    try {
      const greeting = await greet(client, own.signal);
      if (own.signal.aborted) return undefined;
      lastGreeting = greeting;
      become({ kind: "connected", engine, greeting, client });
      later(LOOK_MS, look);
      return client;
    } catch (error) {
      if (!own.signal.aborted) failed(engine, error);
      return undefined;
    }
  }

  function connectOnce(): Promise<Client | undefined> {
    underWay ??= attempt().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  /** Of any request, while connected: that nobody is there, or the token is no good. What else goes wrong is about that request alone. */
  function heard(engine: KnownEngine, error: unknown): void {
    if (state.kind !== "connected" || error === undefined) return;
    if (isRunwrightError(error, "ENGINE_UNREACHABLE") || isOfToken(error)) failed(engine, error);
  }

  function failed(engine: KnownEngine, error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (isOfToken(error) || isRunwrightError(error, "ENGINE_INCOMPATIBLE")) {
      cancelTimer();
      become({ kind: "refused", engine, problem, isToken: isOfToken(error) });
      return;
    }
    const ms = Math.min(RETRY.most, RETRY.first * 2 ** tries);
    tries += 1;
    become({ kind: "lost", engine, problem, greeting: lastGreeting });
    later(ms * (0.75 + chance() / 2), () => void connectOnce());
  }

  function look(): void {
    if (state.kind !== "connected") return;
    const { client, engine } = state;
    const own = life;
    later(LOOK_MS, look);
    greet(client, own.signal).then(
      () => {
        // Not as soon as it is back: one that comes and goes is tried ever more seldom, too.
        tries = 0;
      },
      (error: unknown) => own === life && state.kind === "connected" && failed(engine, error),
    );
  }

  async function beginAnew(): Promise<void> {
    life.abort();
    life = new AbortController();
    cancelTimer();
    tries = 0;
    await underWay;
    if (state.kind !== "none" && state.engine.url !== engines.chosen()?.url) lastGreeting = undefined;
    become(initial());
    await connectOnce();
  }

  function restart(): Promise<void> {
    restarting = beginAnew();
    return restarting;
  }

  return {
    state: () => state,
    on: changes.on,
    client: async () => {
      if (state.kind === "connected") return state.client;
      // What is lost or refused is tried again by the timer or by a person, not by each view that asks.
      if (state.kind === "idle" || state.kind === "connecting") return connectOnce();
      return undefined;
    },
    restart,
    async tokenChanged(url) {
      const token = (await engines.token(url)) ?? null;
      // Whoever signs in or out in this window restarts by themselves: that comes first.
      await restarting;
      await underWay;
      if (usedToken === undefined || state.kind === "none" || state.engine.url !== url) return;
      if (token !== usedToken) await restart();
    },
    stop() {
      life.abort();
      cancelTimer();
    },
  };
}

const TOKEN_CODES: readonly RunwrightError["code"][] = ["UNAUTHENTICATED", "TOKEN_MALFORMED", "TOKEN_EXPIRED", "TOKEN_REVOKED"];
const isOfToken = (error: unknown): boolean => isRunwrightError(error) && TOKEN_CODES.includes(error.code);

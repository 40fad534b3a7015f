import { signal } from "@preact/signals-core";

/** What can have changed somewhere; pages say which of these they show. */
export type Kind = string;

export interface LiveSocket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  onclose: ((code: number) => void) | null;
}

export interface LiveParts {
  connect(): LiveSocket;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
  random(): number;
  /** A session that is over closes the socket with this cause. */
  onSignedOut(): void;
}

export interface JobListener {
  /** Entries up to this `seq` are known. */
  after(): number;
  take(message: JobMessage): void;
}

/** What the engine says of a job that is watched; see engine/protocol/http/jobs.ts. */
export interface JobMessage {
  type: "entries" | "status" | "ended" | "error";
  job: string | null;
  [member: string]: unknown;
}

export type LiveState = "connecting" | "live" | "lost";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const SIGNED_OUT = 4401;
/** The engine is asked so often whether it is there, and may leave so many questions unanswered: a connection that a sleeping computer or a network has lost tells nobody. */
const ASK_MS = 10_000;
const MOST_UNANSWERED = 2;
/** How long it has for an answer when there is cause for doubt. */
const DOUBT_MS = 5_000;

/**
 * The one connection over which the engine tells that something has changed. What is told is only a hint to read again, so a message that was missed costs nothing: the engine begins by telling that everything may have
 * changed, when a page is opened, as what it has read by then may be older, and after each reconnection.
 */
export function createLive({ connect, setTimer, clearTimer, random, onSignedOut }: LiveParts) {
  const state = signal<LiveState>("connecting");
  const listeners = new Set<(kinds: ReadonlySet<Kind>) => void>();
  const jobs = new Map<string, Set<JobListener>>();
  let socket: LiveSocket | undefined;
  let timer: unknown;
  let asking: unknown;
  let unanswered = 0;
  let failures = 0;
  let running = false;

  const say = (message: unknown): void => {
    if (state.value === "live") socket?.send(JSON.stringify(message));
  };
  const ask = (job: string): void => {
    const after = Math.min(...[...(jobs.get(job) ?? [])].map((listener) => listener.after()));
    if (Number.isFinite(after)) say({ subscribe: { job, after } });
  };

  function askWhetherThere(waitMs = ASK_MS): void {
    if (unanswered >= MOST_UNANSWERED) {
      lose();
      return;
    }
    unanswered += 1;
    say({ ping: true });
    asking = setTimer(() => askWhetherThere(), waitMs);
  }

  function take(text: string): void {
    unanswered = 0;
    const message = JSON.parse(text) as { type: string; of?: readonly Kind[]; job?: string | null };
    if (message.type === "changed") {
      const kinds = new Set(message.of ?? []);
      for (const listener of listeners) listener(kinds);
    } else if (typeof message.job === "string") for (const listener of jobs.get(message.job) ?? []) listener.take(message as JobMessage);
  }

  function open(): void {
    timer = undefined;
    const opened = connect();
    socket = opened;
    opened.onopen = () => {
      failures = 0;
      state.value = "live";
      say({ subscribe: { changes: true } });
      for (const job of jobs.keys()) ask(job);
    };
    opened.onmessage = take;
    opened.onclose = (code) => {
      if (socket === opened) lose(code);
    };
    unanswered = 0;
    asking = setTimer(() => askWhetherThere(), ASK_MS);
  }

  /** Browsers complain of one that is closed before it is open. */
  function end(one: LiveSocket): void {
    if (state.value === "live") one.close();
    else one.onopen = () => one.close();
  }

  function lose(code?: number): void {
    const lost = socket;
    socket = undefined;
    clearTimer(asking);
    if (lost) end(lost); // of one that is dead the browser tells long after
    state.value = "lost";
    if (!running) return;
    if (code === SIGNED_OUT) {
      running = false;
      onSignedOut();
      return;
    }
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + random() / 2);
    failures += 1;
    timer = setTimer(open, wait);
  }

  return {
    state,
    start(): void {
      if (running) return;
      running = true;
      state.value = "connecting";
      open();
    },
    stop(): void {
      running = false;
      if (timer !== undefined) clearTimer(timer);
      timer = undefined;
      clearTimer(asking);
      const closing = socket;
      socket = undefined;
      if (closing) end(closing);
      state.value = "connecting";
    },
    /** The computer may have slept, or have another network: the engine has to answer soon, or the connection counts as lost. One that is lost is tried at once. */
    doubt(): void {
      if (!running) return;
      if (socket === undefined) {
        clearTimer(timer);
        open();
        return;
      }
      clearTimer(asking);
      unanswered = MOST_UNANSWERED - 1;
      askWhetherThere(DOUBT_MS);
    },
    /** @returns what ends it */
    onChange(listener: (kinds: ReadonlySet<Kind>) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Entries and moves of one job, from where the listener is, without a gap. @returns what ends it */
    watchJob(job: string, listener: JobListener): () => void {
      const all = jobs.get(job) ?? new Set();
      all.add(listener);
      jobs.set(job, all);
      ask(job);
      return () => {
        all.delete(listener);
        if (all.size > 0) return;
        jobs.delete(job);
        say({ unsubscribe: { job } });
      };
    },
  };
}
export type Live = ReturnType<typeof createLive>;

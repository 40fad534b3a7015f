import type { EventsMessage, StreamedEntry, Transition } from "../../engine/protocol/http/jobs.ts";
import type { Client } from "./client/client.ts";
import type { EventSocket, OpenEventSocket } from "./client/event-socket.ts";
import { TRANSITION } from "./client/lists.ts";
import { isShaped } from "./client/shape.ts";
import { readEntries } from "./jobs/read-entries.ts";
import type { Timers } from "./timers.ts";

export interface JobListener {
  /** Each entry once and in order, whatever happens to the connection. */
  onEntries(entries: readonly StreamedEntry[]): void;
  onStatus(transition: Transition): void;
  /** Nothing follows. */
  onEnded(): void;
  /** The engine won't tell: the job is gone, or isn't ours to see. Nothing follows. */
  onRefused(detail: string): void;
  /** Whether what is shown is live. */
  onLive(isLive: boolean): void;
}

/** One socket for all jobs that are watched; it is there while there are any, and is made again when it breaks. */
export interface Events {
  follow(jobId: string, after: number, listener: JobListener): () => void;
  /** Another engine: those who follow begin anew by themselves. */
  reset(): void;
  stop(): void;
}

interface Followed {
  jobId: string;
  after: number;
  listener: JobListener;
}

const RETRY = { first: 500, most: 15_000 };

export function createEvents({
  client,
  open,
  timers,
  chance,
}: {
  client(): Promise<Client | undefined>;
  open: OpenEventSocket;
  timers: Timers;
  chance(): number;
}): Events {
  const followed = new Set<Followed>();
  let socket: EventSocket | undefined;
  let isOpen = false;
  let isOpening = false;
  let tries = 0;
  let cancelRetry = () => {};

  /** Those who follow the same job share its subscription, which begins where the one who knows least is. */
  function subscribe(jobId: string): void {
    const after = Math.min(...[...followed].filter((one) => one.jobId === jobId).map((one) => one.after));
    socket?.send(JSON.stringify({ subscribe: { job: jobId, after } }));
  }

  async function connect(): Promise<void> {
    if (socket || isOpening || followed.size === 0) return;
    isOpening = true;
    cancelRetry();
    try {
      const engine = await client();
      if (!engine) return retry();
      if (followed.size === 0) return;
      socket = open(engine.address, engine.token, { onOpen: opened, onText: take, onClose: lost });
    } finally {
      isOpening = false;
    }
  }

  function opened(): void {
    isOpen = true;
    tries = 0;
    for (const jobId of new Set([...followed].map((one) => one.jobId))) subscribe(jobId);
    for (const { listener } of followed) listener.onLive(true);
  }

  function lost(): void {
    socket = undefined;
    isOpen = false;
    for (const { listener } of followed) listener.onLive(false);
    retry();
  }

  function retry(): void {
    if (followed.size === 0) return;
    const ms = Math.min(RETRY.most, RETRY.first * 2 ** tries);
    tries += 1;
    cancelRetry();
    cancelRetry = timers.after(ms * (0.75 + chance() / 2), () => void connect());
  }

  function take(text: string): void {
    const message = messageOf(text);
    if (!message) return;
    for (const one of [...followed]) {
      if (one.jobId !== message.job) continue;
      if (message.type === "entries") {
        const fresh = message.entries.filter(({ seq }) => seq > one.after);
        one.after = fresh.at(-1)?.seq ?? one.after;
        if (fresh.length > 0) one.listener.onEntries(fresh);
      } else if (message.type === "status") one.listener.onStatus(message.transition);
      else {
        leave(one);
        if (message.type === "ended") one.listener.onEnded();
        else one.listener.onRefused(message.detail);
      }
    }
  }

  function leave(one: Followed): void {
    followed.delete(one);
    if (followed.size > 0) return;
    cancelRetry();
    socket?.drop();
    socket = undefined;
    isOpen = false;
  }

  return {
    follow(jobId, after, listener) {
      const one = { jobId, after, listener };
      followed.add(one);
      if (isOpen) {
        subscribe(jobId);
        listener.onLive(true);
      } else void connect();
      return () => {
        const isLast = ![...followed].some((other) => other !== one && other.jobId === jobId);
        if (followed.has(one) && isLast) socket?.send(JSON.stringify({ unsubscribe: { job: jobId } }));
        leave(one);
      };
    },
    reset() {
      socket?.drop();
      if (socket) lost();
    },
    stop() {
      followed.clear();
      cancelRetry();
      socket?.drop();
      socket = undefined;
    },
  };
}

/** What isn't understood is left out: a newer engine may say more. */
function messageOf(text: string): EventsMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined; // as above
  }
  if (typeof message !== "object" || message === null || !("type" in message) || !("job" in message)) return undefined;
  if (message.type === "entries" && "entries" in message && Array.isArray(message.entries))
    return { type: "entries", job: String(message.job), entries: readEntries(message.entries) };
  const isKnown =
    (message.type === "status" && "transition" in message && isShaped(message.transition, TRANSITION)) ||
    message.type === "ended" ||
    (message.type === "error" && "detail" in message && typeof message.detail === "string");
  // Proven above.
  return isKnown ? (message as EventsMessage) : undefined;
}

import { Compile } from "typebox/compile";
import type { WebSocket } from "ws";
import { ERRORS, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { isFinal } from "../core/job.ts";
import type { Actor } from "../core/role.ts";
import { type EventsMessage, EventsRequest, toStreamedEntry } from "../protocol/http/jobs.ts";
import type { Store } from "../store/store.ts";
import { createChangeWatch } from "./change-watch.ts";
import type { Changes } from "./changes.ts";
import type { Jobs } from "./ports.ts";
import { toTransition, visibleJob } from "./routes/jobs.ts";

export interface EventSessionParts {
  socket: WebSocket;
  actor: Actor;
  /** Who holds the token now, with what rights. Rejects when it isn't good any more. */
  reauthenticate(): Promise<Actor>;
  store: Pick<Store, "read">;
  feed: Jobs["feed"];
  changes: Changes;
  patienceMs?: number;
}

const request = Compile(EventsRequest);
const MAX_SUBSCRIPTIONS = 100;
const AT_ONCE = 500;
/** A client that hasn't taken what it was sent after this long is dropped; it can come back with `after`. */
const PATIENCE_MS = 10_000;
/** Looks again without being told: another engine may run the job. Also pings, and checks the token. */
const LOOK_AGAIN_MS = 2_000;
const MAX_UNANSWERED_PINGS = 15;

const SAY = 'say {"subscribe":{"job":"job_…","after":0}}, {"subscribe":{"changes":true}}, "unsubscribe" with the same, or {"ping":true}';

interface Subscription {
  jobId: string;
  after: number;
  /** Last transition that was told. */
  told: number;
  /** One round runs at a time; what happens meanwhile asks for another one. */
  running: boolean;
  again: boolean;
  over: boolean;
  end(): void;
}

/**
 * One connection of the events socket. What is live is only a hint to look: entries are always read from the store, after the last one told.
 * So there is no gap and no duplicate between what was stored before and what comes now, whichever engine runs the job.
 */
export function createEventSession({ socket, actor: signedIn, reauthenticate, store, feed, changes, patienceMs = PATIENCE_MS }: EventSessionParts): void {
  const subscriptions = new Map<string, Subscription>();
  let actor = signedIn;
  let unanswered = 0;
  const watch = createChangeWatch({ socket, actor: () => actor, changes });

  function send(message: EventsMessage): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  /** Sends, and waits until the network has taken it: what a slow client hasn't read yet stays in the store. @returns false when it took too long */
  function deliver(message: EventsMessage): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), patienceMs);
      socket.send(JSON.stringify(message), () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  function fail(job: string | null, error: unknown): void {
    const { code, message } = isRunwrightError(error) ? error : new RunwrightError("INTERNAL", "the engine made a mistake");
    send({ type: "error", job, code, detail: message });
  }

  /** Tells what is new about a job. The job is read first: whatever led to its status is stored by then, so the entries that follow are complete. */
  async function round(subscription: Subscription): Promise<void> {
    const { jobId } = subscription;
    // Asked each time: what the actor may see can change while it watches.
    const job = await visibleJob(store, actor, jobId);
    const transitions = await store.read.jobs.transitions(jobId);
    for (;;) {
      const entries = await store.read.streams.list(jobId, { after: subscription.after, limit: AT_ONCE });
      if (subscription.over || socket.readyState !== socket.OPEN) return;
      if (entries.length > 0 && !(await deliver({ type: "entries", job: jobId, entries: entries.map(toStreamedEntry) }))) {
        return void socket.close(1013, "you read too slowly; connect again and resume with `after`");
      }
      subscription.after = entries.at(-1)?.seq ?? subscription.after;
      if (entries.length < AT_ONCE) break;
    }
    if (subscription.over) return;
    for (const transition of transitions) {
      if (transition.seq <= subscription.told) continue;
      send({ type: "status", job: jobId, transition: toTransition(transition) });
      subscription.told = transition.seq;
    }
    if (isFinal(job.status)) {
      send({ type: "ended", job: jobId, status: job.status });
      drop(jobId);
    }
  }

  function look(subscription: Subscription): void {
    if (subscription.over) return;
    subscription.again = true;
    if (subscription.running) return;
    void rounds(subscription);
  }

  async function rounds(subscription: Subscription): Promise<void> {
    subscription.running = true;
    try {
      while (subscription.again && !subscription.over) {
        subscription.again = false;
        await round(subscription);
      }
    } catch (error) {
      if (!mayPass(error)) fail(subscription.jobId, error);
      if (isRunwrightError(error, "JOB_NOT_FOUND")) drop(subscription.jobId);
    } finally {
      subscription.running = false;
    }
  }

  function drop(jobId: string): void {
    const subscription = subscriptions.get(jobId);
    if (!subscription) return;
    subscription.over = true;
    subscription.end();
    subscriptions.delete(jobId);
  }

  async function subscribe(jobId: string, after: number): Promise<void> {
    await visibleJob(store, actor, jobId);
    if (!subscriptions.has(jobId) && subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new RunwrightError("BAD_REQUEST", `at most ${MAX_SUBSCRIPTIONS} jobs on one connection`);
    drop(jobId);
    const subscription: Subscription = { jobId, after, told: 0, running: false, again: false, over: false, end: () => {} };
    subscriptions.set(jobId, subscription);
    subscription.end = feed.subscribe(jobId, () => look(subscription));
    look(subscription);
  }

  async function take(text: string): Promise<void> {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (cause) {
      throw new RunwrightError("BAD_REQUEST", "messages are JSON", { cause });
    }
    if (!request.Check(message)) throw new RunwrightError("BAD_REQUEST", SAY);
    if ("ping" in message) send({ type: "pong", job: null });
    else if ("subscribe" in message) {
      if ("changes" in message.subscribe) watch.start();
      else await subscribe(message.subscribe.job, message.subscribe.after ?? 0);
    } else if ("changes" in message.unsubscribe) watch.stop();
    else drop(message.unsubscribe.job);
  }

  const timer = setInterval(() => {
    if (unanswered >= MAX_UNANSWERED_PINGS) return socket.terminate();
    unanswered += 1;
    socket.ping();
    reauthenticate().then(
      (found) => {
        actor = found;
      },
      (error) => {
        if (!mayPass(error)) socket.close(4401, isRunwrightError(error) ? error.code : "INTERNAL");
      },
    );
    for (const subscription of subscriptions.values()) look(subscription);
  }, LOOK_AGAIN_MS);

  socket.on("pong", () => {
    unanswered = 0;
  });
  socket.on("message", (data, isBinary) => {
    void take(isBinary ? "" : String(data)).catch((error) => fail(null, error));
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(timer);
    watch.stop();
    for (const jobId of [...subscriptions.keys()]) drop(jobId);
  });
}

/** The database is away: it is looked at again soon, and nothing is told until then, so that nothing is missed. */
const mayPass = (error: unknown): boolean => isRunwrightError(error) && ERRORS[error.code].retry;

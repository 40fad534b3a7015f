import type { Clock } from "../core/clock.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { isFinal } from "../core/job.ts";
import type { DebugClientMessage } from "../protocol/http/debug.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { AlsoBegun, Caller, DebugJobs, DebugLog } from "./ports.ts";
import { createSession, type Session, type SessionClient } from "./session.ts";
import { issueTicket, type Ticket } from "./tickets.ts";

/** A ticket's life. */
const TICKET_MS = 60_000;
/** A client that says nothing for so long has forgotten its session. */
const IDLE_MS = 30 * 60_000;
/** Each one is a process with an isolate. */
const MOST = 16;
/** So that nobody takes them all. */
const MOST_OF_ONE = 4;

export interface DebugParts {
  clock: Clock;
  newId: NewId;
  log: DebugLog;
  jobs: DebugJobs;
  /** Names of the functions that change something: only these can be allowed. */
  writes: readonly string[];
  /** Writes the end of a session into the activity log. */
  recordEnd(caller: Caller, ended: { jobId: string; scope: string; details: object }): Promise<void>;
  ticketMs?: number;
  idleMs?: number;
  most?: number;
  mostOfOne?: number;
}

interface Wishes {
  inspect: boolean;
  sourceRoot: string;
  caller: Caller;
  also: AlsoBegun;
}

export interface DebugWishes extends Wishes {
  runbook: string;
  version: number | "latest" | "draft";
  bundleHash?: string;
  params: unknown;
  dry: boolean;
  narrowedTo: string | null;
}

export interface ReplayWishes extends Wishes {
  jobId: string;
  from?: number;
  allow: readonly string[];
  ask: boolean;
}

export interface Begun {
  session: string;
  ticket: string;
  expiresAt: number;
  job: JobRecord;
}

/** The client's side of an open session. */
export interface Attached {
  /** Of the job. */
  scope: string;
  /** @throws BAD_REQUEST, CONFLICT */
  take(message: DebugClientMessage): void;
  /** The connection is gone: the job ends. */
  left(): void;
}

interface Open {
  session: Session;
  ticket: Ticket;
  job: JobRecord;
  actorId: string;
  touch(): void;
  end(reason: string): void;
}

const stopping = () => new RunwrightError("STOPPING", "the engine is stopping; try again in a moment");

/** Debug sessions of this engine: each is a job, a process, and one connection, and none of them outlives the others. */
export function createDebugSessions({
  clock,
  newId,
  log,
  jobs,
  writes,
  recordEnd,
  ticketMs = TICKET_MS,
  idleMs = IDLE_MS,
  most = MOST,
  mostOfOne = MOST_OF_ONE,
}: DebugParts) {
  const open = new Map<string, Open>();
  const ends = new Set<Promise<void>>();
  /** Ids of actors. */
  const beginning: string[] = [];
  let isStopped = false;

  async function begin(wishes: Wishes & { allow?: readonly string[]; ask?: boolean }, start: (session: Session) => Promise<JobRecord>): Promise<Begun> {
    if (isStopped) throw stopping();
    const all = [...[...open.values()].map(({ actorId }) => actorId), ...beginning];
    if (all.length >= most) throw new RunwrightError("OVERLOADED", `${most} debug sessions are open already; end one, or try again later`);
    const { inspect, sourceRoot, caller, allow = [], ask = false } = wishes;
    const isOwn = (actorId: string) => actorId === caller.actor.id;
    if (all.filter(isOwn).length >= mostOfOne) throw new RunwrightError("OVERLOADED", `you have ${mostOfOne} debug sessions open already; end one of them`);
    const session = createSession({ inspect, sourceRoot, allow: new Set(allow), ask });
    beginning.push(caller.actor.id);
    try {
      const begun = keep(session, await start(session), caller);
      if (isStopped) {
        open.get(begun.session)?.end("the engine stops");
        throw stopping();
      }
      return begun;
    } finally {
      beginning.splice(beginning.findIndex(isOwn), 1);
    }
  }

  function keep(session: Session, job: JobRecord, caller: Caller): Begun {
    const id = newId("dbg");
    const expiresAt = clock.now() + ticketMs;
    const ticket = issueTicket({ actorId: caller.actor.id, expiresAt });
    const began = clock.monotonic();
    let timer = setTimeout(() => end("nobody has connected in time"), ticketMs);
    const unsubscribe = jobs.feed.subscribe(job.id, (event) => {
      if (event.kind !== "status" || !isFinal(event.job.status)) return;
      const { status, failureCode, error } = event.job;
      session.tell({ type: "ended", job: job.id, status, failureCode, error });
      end("the job has ended");
    });

    function end(reason: string): void {
      if (!open.delete(id)) return;
      clearTimeout(timer);
      unsubscribe();
      session.close(reason);
      const done = finish(reason).finally(() => ends.delete(done));
      ends.add(done);
    }
    async function finish(reason: string): Promise<void> {
      try {
        await jobs.stop(job.id, caller.actor.name, undefined, `its debug session ended: ${reason}`);
      } catch (error) {
        if (!isRunwrightError(error, "JOB_FINAL")) log.error({ err: error, job: job.id }, "the job of a debug session couldn't be stopped");
      }
      const details = { job: job.id, reason, seconds: Math.round((clock.monotonic() - began) / 1_000) };
      await recordEnd(caller, { jobId: job.id, scope: job.scope, details }).catch((error) =>
        log.error({ err: error, job: job.id }, "the end of a debug session couldn't be recorded"),
      );
    }

    open.set(id, {
      session,
      ticket,
      job,
      actorId: caller.actor.id,
      end,
      touch() {
        // Its client may go on talking until it hears of the end.
        if (!open.has(id)) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          session.tell({ type: "error", code: "SESSION_IDLE", detail: `the debugger has said nothing for ${Math.round(idleMs / 60_000)} minutes` });
          end("it was idle for too long");
        }, idleMs);
      },
    });
    return { session: id, ticket: ticket.text, expiresAt, job };
  }

  return {
    /** @throws OVERLOADED, STOPPING, and as a run is refused */
    debug({ runbook, version, bundleHash, params, dry, narrowedTo, ...wishes }: DebugWishes): Promise<Begun> {
      const { actor, correlationId } = wishes.caller;
      const request = {
        runbook,
        version,
        ...(bundleHash === undefined ? {} : { bundleHash }),
        params,
        trigger: "manual" as const,
        dry,
        narrowedTo,
        actor,
        correlationId,
        also: wishes.also,
      };
      return begin(wishes, (session) => jobs.debug(request, session.link(null)));
    },
    /** @throws BAD_REQUEST, OVERLOADED, STOPPING, JOB_NOT_FOUND, CONFLICT, BUNDLE_DAMAGED, DATABASE_DAMAGED */
    async replay({ jobId, from, ...wishes }: ReplayWishes): Promise<Begun> {
      const unknown = wishes.allow.find((name) => !writes.includes(name));
      if (unknown !== undefined) throw new RunwrightError("BAD_REQUEST", `"${unknown}" isn't a write that can be allowed; these are: ${writes.join(", ")}`);
      const { actor, correlationId } = wishes.caller;
      const request = { jobId, ...(from === undefined ? {} : { from }), actor, correlationId, also: wishes.also };
      return begin(wishes, (session) => jobs.replay(request, session.link));
    },
    /** @throws NOT_FOUND, TICKET_INVALID */
    attach({ session: id, ticket, actorId }: { session: string; ticket: string; actorId: string }, client: SessionClient): Attached {
      const found = open.get(id);
      if (!found) throw new RunwrightError("NOT_FOUND", `there is no debug session ${id.slice(0, 64)}: it is over, or lives on another engine`);
      found.session.attach(client, found.ticket, { ticket, actorId, now: clock.now() });
      found.touch();
      return {
        scope: found.job.scope,
        take(message) {
          found.touch();
          found.session.take(message);
        },
        left: () => found.end("its connection was closed"),
      };
    },
    count: (): number => open.size,
    async stop(): Promise<void> {
      isStopped = true;
      for (const { end } of [...open.values()]) end("the engine stops");
      await Promise.all(ends);
    },
  };
}
export type DebugSessions = ReturnType<typeof createDebugSessions>;

import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { EVENT_NAME, MAX_EVENT_BYTES } from "../core/event.ts";
import { canonicalJson, type Json, MAX_JSON_DEPTH, nestsTooDeep } from "../core/json.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import { topicOfEvent } from "../core/wait.ts";
import type { EventRecord } from "../store/records/events.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Bell } from "./bell.ts";

/** Looked at again without being asked: it may have been published at another engine. */
const LOOK_MS = 1_000;
const AT_ONCE = 200;
/** How long events are kept for jobs that come to wait for them later. */
const KEPT_MS = 30 * 86_400_000;

export interface EventsParts {
  store: Store;
  clock: Clock;
  bell: Bell;
  engineId: string;
  onRoused(job: JobRecord): void;
  /** The time of waiting jobs has come. */
  onDue(): void;
}

export interface EventQuery {
  name: string;
  scope: Scope;
  after: number;
  since: number;
  match: Readonly<Record<string, unknown>>;
  taken: ReadonlySet<number>;
}

/** Named events that jobs wait for: published in a scope, seen by the jobs there and below, each once by each job, in order. */
export function createEvents({ store, clock, bell, engineId, onRoused, onDue }: EventsParts) {
  return {
    /**
     * @param also written in the same transaction
     * @returns its number, and how many waiting jobs go on because of it
     * @throws BAD_REQUEST, TOO_LARGE
     */
    async publish(
      event: { name: string; scope: Scope; payload: Json; by: string },
      also?: (tx: Writes, seq: number) => void,
    ): Promise<{ seq: number; roused: number; at: number }> {
      const { name, scope, payload, by } = event;
      if (!EVENT_NAME.test(name)) throw new RunwrightError("BAD_REQUEST", "the name of an event has letters, digits and . _ : / -, at most 200");
      const text = JSON.stringify(payload);
      if (nestsTooDeep(text)) throw new RunwrightError("BAD_REQUEST", `the event nests deeper than ${MAX_JSON_DEPTH} levels`);
      const bytes = Buffer.byteLength(text);
      if (bytes > MAX_EVENT_BYTES)
        throw new RunwrightError("TOO_LARGE", `the event takes ${bytes} bytes, at most ${MAX_EVENT_BYTES} are allowed; pass a reference to large data instead`);
      const at = clock.now();
      const { seq, roused, due } = await store.write(async (tx) => {
        const number = await tx.events.publish({ name, scope, payload, publishedBy: by, at });
        also?.(tx, number);
        return { seq: number, ...(await tx.jobs.rouse(topicOfEvent(name), { at, by: engineId, reason: `the event ${name} was published`, within: scope })) };
      });
      bell.ring(topicOfEvent(name));
      for (const job of roused) onRoused(job);
      if (due > 0) onDue();
      return { seq, roused: roused.length + due, at };
    },

    /** The first event that fits, and the number of the last one that was looked at. */
    async find({ name, scope, after, since, match, taken }: EventQuery): Promise<{ event: EventRecord | undefined; last: number }> {
      const wanted = Object.entries(match).map(([key, value]) => [key, canonicalJson(value)] as const);
      const fits = ({ seq, scope: where, payload }: EventRecord): boolean => {
        if (taken.has(seq) || !scopeIncludes(where, scope)) return false;
        if (wanted.length === 0) return true;
        if (typeof payload !== "object" || payload === null) return false;
        const members = new Map<string, unknown>(Object.entries(payload));
        return wanted.every(([key, value]) => members.has(key) && canonicalJson(members.get(key)) === value);
      };
      // Also what is older than the job counts as looked at.
      const newest = await store.read.events.last(name);
      for (let last = after; ; ) {
        const found = await store.read.events.list(name, { after: last, since, limit: AT_ONCE });
        const event = found.find(fits);
        last = event?.seq ?? found.at(-1)?.seq ?? last;
        if (event) return { event, last };
        if (found.length < AT_ONCE) return { event, last: Math.max(last, newest) };
      }
    },

    next(name: string, until: number | null, signal: AbortSignal): Promise<void> {
      const left = until === null ? LOOK_MS : Math.max(0, until - clock.now());
      return bell.next(topicOfEvent(name), Math.min(LOOK_MS, left), signal);
    },

    purge: (): Promise<number> => store.write((tx) => tx.events.purge(clock.now() - KEPT_MS)),
  };
}
export type Events = ReturnType<typeof createEvents>;

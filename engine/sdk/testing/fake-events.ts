import { RunwrightError } from "../../core/errors.ts";
import { canonicalJson, type Json } from "../../core/json.ts";
import type { EventsPort } from "../../sandbox/ports.ts";
import type { JobLife } from "./job-time.ts";
import { lengthOf } from "./moment.ts";

/** A payload that is published some time after the job began. */
export class Later {
  readonly after: string | number;
  readonly payload: Json;
  constructor(after: string | number, payload: Json) {
    this.after = after;
    this.payload = payload;
  }
}

/** `events: { "build-done": [later("10m", { project: "shop" })] }` */
export const later = (after: string | number, payload: Json = null): Later => new Later(after, payload);

/** Payloads by the name of the event, in the order in which they are published: at once, or `later`. */
export type FakeEvents = Readonly<Record<string, readonly (Json | Later)[]>>;

export interface EventBoard extends EventsPort {
  publish(name: string, payload: Json): void;
  /** Nothing more will happen: whoever waits without an end is told. @returns whether somebody was */
  giveUp(): boolean;
}

interface Published {
  payload: Json;
  at: number;
}

/** @param over the job has ended: nothing more is published */
export function fakeEvents(events: FakeEvents, life: JobLife, over?: AbortSignal): EventBoard {
  const start = life.now();
  const published = new Map<string, Published[]>();
  let waiting: { tell: () => void; refuse: () => void }[] = [];

  function publish(name: string, payload: Json): void {
    published.set(name, [...(published.get(name) ?? []), { payload, at: life.now() }]);
    const told = waiting;
    waiting = [];
    for (const { tell } of told) tell();
  }
  for (const [name, payloads] of Object.entries(events)) {
    for (const one of payloads) {
      if (!(one instanceof Later)) publish(name, one);
      // Not work of the job: its time goes on meanwhile. What comes after its end isn't published any more.
      else
        life.ring(start + lengthOf(one.after), over).then(
          () => publish(name, one.payload),
          () => {},
        );
    }
  }

  return {
    publish,
    giveUp() {
      const refused = waiting;
      waiting = [];
      for (const { refuse } of refused) refuse();
      return refused.length > 0;
    },
    async find({ name, after, match, taken }) {
      const known = published.get(name) ?? [];
      const wanted = Object.entries(match);
      const seq = known.findIndex(({ payload }, i) => {
        const members = Object(payload) as Record<string, unknown>;
        return i >= after && !taken.has(i + 1) && wanted.every(([key, value]) => canonicalJson(members[key] ?? null) === canonicalJson(value));
      });
      const found = known[seq];
      if (found === undefined) return { event: undefined, last: known.length };
      return { event: { name, seq: seq + 1, payload: found.payload, publishedBy: "tester", at: found.at }, last: seq + 1 };
    },
    async next(name, until, signal) {
      const over = new AbortController();
      const news = new Promise<void>((tell, reject) => {
        const refuse = () => reject(new RunwrightError("WAIT_TIMED_OUT", `this test has no more events "${name}"; give them in events`));
        waiting.push({ tell, refuse });
      });
      if (until === null) return life.apart(Promise.race([news, gone(signal)]));
      const late = life.ring(until, AbortSignal.any([signal, over.signal])).then(() => {
        throw new RunwrightError("WAIT_TIMED_OUT", `no event "${name}" came in time`);
      });
      late.catch(() => {}); // one came
      news.catch(() => {}); // it was too late
      return life.apart(Promise.race([news, late])).finally(() => over.abort());
    },
  };
}

function gone(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

import { Type } from "typebox";
import { parseDuration } from "../../core/duration.ts";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import { EVENT_NAME } from "../../core/event.ts";
import { MAX_TIME_MS } from "../../core/wait.ts";
import type { EventsPort, PublishedEvent } from "../ports.ts";
import { type CallContext, type HostFunction, hostFunction } from "./function.ts";

const WaitFor = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  /** Number of the last event that a wait for this name and match was given: part of the arguments, so that a replay asks for the same. */
  after: Type.Integer({ minimum: 0 }),
  match: Type.Record(Type.String(), Type.Unknown()),
  timeout: Type.Optional(Type.Union([Type.String({ maxLength: 50 }), Type.Number()])),
  /** Job time at the call, Unix milliseconds: a crash doesn't start the time again. */
  from: Type.Number(),
});
type WaitFor = Type.Static<typeof WaitFor>;

export function eventFunctions(events: EventsPort): HostFunction[] {
  return [
    hostFunction(WaitFor, {
      op: "events.wait",
      effect: "read",
      waits: true,
      alsoCheck: problemWith,
      perform: (wanted, context) => waitFor(events, wanted, context),
      seen(event: PublishedEvent, context) {
        takenBy(context, event.name).add(event.seq);
      },
    }),
  ];
}

async function waitFor(events: EventsPort, wanted: WaitFor, context: CallContext): Promise<PublishedEvent> {
  const { name, match } = wanted;
  const { attempt, clock, signal, awaits, masker } = context;
  // Names are shown to whoever sees what the job waits for.
  if (masker.mask(name) !== name) throw new RunwrightError("BAD_REQUEST", "the name of the event holds a secret that the job has read; use `match` for it");
  const until = endOf(wanted);
  const taken = takenBy(context, name);
  let { after } = wanted;
  for (;;) {
    const { event, last } = await events.find({ name, scope: attempt.scope, after, since: attempt.eventsFrom, match, taken });
    if (event !== undefined && !taken.has(event.seq)) {
      // Taken at once: two calls that wait for the same name get one event each.
      taken.add(event.seq);
      return event;
    }
    after = event === undefined ? last : event.seq;
    if (event !== undefined) continue;
    if (until !== null && clock.now() >= until) throw new RunwrightError("WAIT_TIMED_OUT", `no event "${name}" came within ${wanted.timeout}`);
    awaits({ kind: "event", name, after, until });
    await events.next(name, until, signal);
  }
}

function takenBy({ events }: CallContext, name: string): Set<number> {
  const taken = events.get(name) ?? new Set();
  events.set(name, taken);
  return taken;
}

const endOf = ({ timeout, from }: WaitFor): number | null => (timeout === undefined ? null : from + parseDuration(timeout));

function problemWith(wanted: WaitFor): string | undefined {
  if (!EVENT_NAME.test(wanted.name)) return `"${wanted.name.slice(0, 100)}" isn't the name of an event: letters, digits and . _ : / -, at most 200`;
  try {
    return (endOf(wanted) ?? 0) <= MAX_TIME_MS ? undefined : "timeout would end after the year 275760, when time does";
  } catch (error) {
    if (isRunwrightError(error, "DURATION_INVALID")) return `timeout: ${error.message}`;
    throw error;
  }
}

import type { JobTime } from "./clock.ts";
import type { Quiet } from "./quiet.ts";

/** What fakes need of one job: its time, and to say when they are at work for it. */
export interface JobLife extends JobTime {
  /** The test's own function is at work: time stands still. */
  during: Quiet["during"];
  apart: Quiet["apart"];
  /** The clock alone, for what waits for more than time, or for nobody: not apart by itself. */
  ring: JobTime["until"];
}

/** Waiting for a clock isn't work. */
export const jobLife = (clock: JobTime, { during, apart }: Quiet): JobLife => ({
  now: clock.now,
  until: (at, signal) => (at <= clock.now() ? Promise.resolve() : apart(clock.until(at, signal))),
  during,
  apart,
  ring: clock.until,
});

/** Where no job is: nothing takes time. */
export const timeless = (now: () => number): JobLife => ({
  now,
  until: async () => {},
  during: async (work) => work(),
  apart: (wait) => wait,
  ring: async () => {},
});

/** Each function of a port counts as work while it runs. */
export function atWork<Port extends object>(port: Port, { during }: Pick<JobLife, "during">): Port {
  const rows = Object.entries(port).map(([name, act]) => [name, (...args: unknown[]) => during(() => act(...args))]);
  return Object.fromEntries(rows) as Port;
}

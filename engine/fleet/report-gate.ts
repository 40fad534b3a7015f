import type { Clock } from "../core/clock.ts";
import type { FleetSettings } from "./ports.ts";

/** A report of which nothing more comes gives its place to another one, milliseconds. */
const STALLED_MS = 60_000;
/** So many times as many wait in line as are taken in. */
const LINE = 4;
/** Between two reports that are asked for lies a little more than one takes: what else the engine does goes on. */
const HEADROOM = 1.1;
/** They are asked for at this distance at most, milliseconds: those that come may take less than those before, as after an outage of the database. */
const FARTHEST_MS = 20;
/** How much the newest report counts for what one takes. */
const NEWEST = 0.1;

/** A place at which one report is taken in. */
export interface ReportPlace {
  /** Others are taken in before it. Rejects never; resolves also when the place is lost or left meanwhile. */
  free: Promise<void>;
  /** False: it took too long, and another report has the place. */
  isHeld(): boolean;
  /** All of it is there: however long the database takes, it keeps its place. */
  keep(): void;
  /** May be called twice. */
  leave(): void;
}

/**
 * Admits reports step by step: a herd that connects together is asked for its first reports one after the other, and only so many are taken in at a time, however
 * many come. A few more wait in line, so that there is always one to go on with; what comes beyond them waits at the agents and costs the engine no memory. They are asked for
 * about as fast as they are taken in.
 * @param workedMs how long the engine's thread has worked since it began
 */
export function createReportGate(
  { reports, reportsPerSecond }: Pick<FleetSettings, "reports" | "reportsPerSecond">,
  clock: Pick<Clock, "monotonic">,
  workedMs: () => number,
) {
  const inside = new Map<ReportPlace, number>();
  const line = new Map<ReportPlace, () => void>();
  const whole = new Set<ReportPlace>();
  let nextAt = Number.NEGATIVE_INFINITY;
  /** What one report takes, milliseconds: the thread's work from one to the next, or all the time while others wait in line. How long one waits for the disk holds no other up. */
  let takesMs = 0;
  let last = { at: clock.monotonic(), worked: workedMs(), isLine: false };

  function leave(place: ReportPlace): void {
    if (whole.delete(place)) {
      const next = { at: clock.monotonic(), worked: workedMs(), isLine: line.size > 0 };
      const took = last.isLine ? next.at - last.at : next.worked - last.worked;
      takesMs += NEWEST * (Math.min(took, FARTHEST_MS) - takesMs);
      last = next;
    }
    line.get(place)?.();
    line.delete(place);
    if (inside.delete(place)) admit();
  }

  function admit(): void {
    for (const [place, free] of line) {
      if (inside.size >= reports) return;
      line.delete(place);
      inside.set(place, clock.monotonic());
      free();
    }
  }

  return {
    /** When another report is welcome, milliseconds from now; each asker gets a time of its own. */
    place(): number {
      const now = clock.monotonic();
      const at = Math.max(now, nextAt);
      nextAt = at + Math.max(1_000 / reportsPerSecond, takesMs * HEADROOM);
      return Math.round(at - now);
    },
    /** @returns a place, or one in the line; undefined when that is full, too */
    enter(): ReportPlace | undefined {
      const now = clock.monotonic();
      if (inside.size >= reports) for (const [place, since] of inside) if (now - since > STALLED_MS) leave(place);
      if (line.size >= reports * LINE) return undefined;
      const { promise: free, resolve } = Promise.withResolvers<void>();
      const place: ReportPlace = {
        free,
        isHeld: () => inside.has(place) || line.has(place),
        keep() {
          inside.set(place, Number.POSITIVE_INFINITY);
          whole.add(place);
        },
        leave: () => leave(place),
      };
      line.set(place, resolve);
      admit();
      return place;
    },
  };
}
export type ReportGate = ReturnType<typeof createReportGate>;

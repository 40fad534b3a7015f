import type { Clock } from "../core/clock.ts";
import type { FleetSettings } from "./ports.ts";

/** A report of which nothing more comes gives its place to another one, milliseconds. */
const STALLED_MS = 60_000;
/** Between two reports that are asked for lies a quarter more than one takes: what else the engine does goes on. */
const HEADROOM = 1.25;
/** They are asked for at this distance at most, milliseconds: those that come may take less than those before. */
const FARTHEST_MS = 20;
/** How much the newest report counts for what one takes. */
const NEWEST = 0.1;
/** One that took longer than so many usual ones counts as these: an outage of the database says nothing of what reports take, and agents keep to the time that they were told. */
const MOST_USUAL = 2;

/** A place at which one report is taken in. */
export interface ReportPlace {
  /** False: it took too long, and another report has the place. */
  isHeld(): boolean;
  /** All of it is there: however long the database takes, it keeps its place. */
  keep(): void;
  /** May be called twice. */
  leave(): void;
}

/**
 * Admits reports step by step: a herd that connects together is asked for its first reports one after the other, and only so many are taken in at a time, however
 * many come. What waits, waits at the agents: it costs the engine no memory. They are asked for no faster than they are taken in, as each that is sent away has travelled for nothing.
 */
export function createReportGate({ reports, reportsPerSecond }: Pick<FleetSettings, "reports" | "reportsPerSecond">, clock: Pick<Clock, "monotonic">) {
  const inside = new Map<ReportPlace, number>();
  /** Of those that are there as a whole, since when. */
  const whole = new Map<ReportPlace, number>();
  let nextAt = Number.NEGATIVE_INFINITY;
  /** What one report takes of an engine that does nothing else, milliseconds: those that are taken in together share it. */
  let takesMs = 0;

  function leave(place: ReportPlace): void {
    const since = whole.get(place);
    if (since !== undefined) {
      const took = (clock.monotonic() - since) / whole.size;
      takesMs += NEWEST * (Math.min(took, MOST_USUAL * Math.max(takesMs, 1_000 / reportsPerSecond)) - takesMs);
    }
    whole.delete(place);
    inside.delete(place);
  }

  return {
    /** When another report is welcome, milliseconds from now; each asker gets a time of its own. */
    place(): number {
      const now = clock.monotonic();
      const at = Math.max(now, nextAt);
      nextAt = at + Math.max(1_000 / reportsPerSecond, Math.min(takesMs * HEADROOM, FARTHEST_MS));
      return Math.round(at - now);
    },
    /** @returns undefined when all places are taken */
    enter(): ReportPlace | undefined {
      const now = clock.monotonic();
      if (inside.size >= reports) for (const [place, since] of inside) if (now - since > STALLED_MS) inside.delete(place);
      if (inside.size >= reports) return undefined;
      const place: ReportPlace = {
        isHeld: () => inside.has(place),
        keep() {
          inside.set(place, Number.POSITIVE_INFINITY);
          whole.set(place, clock.monotonic());
        },
        leave: () => leave(place),
      };
      inside.set(place, now);
      return place;
    },
  };
}
export type ReportGate = ReturnType<typeof createReportGate>;

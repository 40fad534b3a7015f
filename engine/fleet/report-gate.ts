import type { Clock } from "../core/clock.ts";
import type { FleetSettings } from "./ports.ts";

/** A report of which nothing more comes gives its place to another one, milliseconds. */
const STALLED_MS = 60_000;

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
 * many come. What waits, waits at the agents: it costs the engine no memory.
 */
export function createReportGate({ reports, reportsPerSecond }: Pick<FleetSettings, "reports" | "reportsPerSecond">, clock: Pick<Clock, "monotonic">) {
  const inside = new Map<ReportPlace, number>();
  let nextAt = Number.NEGATIVE_INFINITY;

  return {
    /** When another report is welcome, milliseconds from now; each asker gets a time of its own. */
    place(): number {
      const now = clock.monotonic();
      const at = Math.max(now, nextAt);
      nextAt = at + 1_000 / reportsPerSecond;
      return Math.round(at - now);
    },
    /** @returns undefined when all places are taken */
    enter(): ReportPlace | undefined {
      const now = clock.monotonic();
      if (inside.size >= reports) for (const [place, since] of inside) if (now - since > STALLED_MS) inside.delete(place);
      if (inside.size >= reports) return undefined;
      const place: ReportPlace = {
        isHeld: () => inside.has(place),
        keep: () => void inside.set(place, Number.POSITIVE_INFINITY),
        leave: () => void inside.delete(place),
      };
      inside.set(place, now);
      return place;
    },
  };
}
export type ReportGate = ReturnType<typeof createReportGate>;

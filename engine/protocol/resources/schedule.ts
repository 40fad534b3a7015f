import { type Static, Type } from "typebox";
import type { Run } from "../../core/trigger.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { RecurrenceShape } from "./recurrence.ts";
import { Description, DurationText, Misfire, Moment, Overlap, Runs, ZoneName } from "./shapes.ts";

/** `kind: Schedule`, without `kind`, `name` and `scope`. `docs/schedules.md` has its rules. */
export const ScheduleSpec = Closed({
  description: Type.Optional(Description),
  enabled: Type.Optional(Type.Boolean({ description: "Default: true" })),
  cron: Type.Optional(Type.String({ maxLength: 200, description: "Cron expression of 5 or 6 fields; or else a recurrence" })),
  recurrence: Type.Optional(RecurrenceShape),
  timeZone: ZoneName,
  startAt: Type.Optional({ ...Moment, description: "First moment at which it may run" }),
  expiresAt: Type.Optional({ ...Moment, description: "First moment at which it no longer runs" }),
  dst: Type.Optional(Closed({ gap: Type.Optional(OneOf(["shift", "skip"])), repeat: Type.Optional(OneOf(["first", "last", "both"])) })),
  jitter: Type.Optional({
    ...DurationText,
    description: "Each occurrence starts later by a part of this, up to 1h: many schedules don't start in the same second",
  }),
  misfire: Type.Optional(Misfire),
  overlap: Type.Optional(Overlap),
  runs: Runs,
});
export type ScheduleSpec = Omit<Static<typeof ScheduleSpec>, "runs"> & { runs: readonly Run[] };

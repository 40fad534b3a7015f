import { type Static, Type } from "typebox";
import { HELD } from "../../core/freeze.ts";
import { WindowOpening } from "./overview.ts";
import { Closed, Moment, Nullable, OneOf, Time } from "./shapes.ts";

export const CalendarQuery = Closed({ from: Moment, to: Moment });

/** At most 2,000 openings and freezes, by when they begin. */
export const Calendar = Type.Object({
  from: Time,
  to: Time,
  windows: Type.Array(WindowOpening),
  freezes: Type.Array(
    Type.Object(
      { name: Type.String(), scope: Type.String(), reason: Type.String(), holds: Type.Array(OneOf(HELD)), from: Time, to: Time },
      { description: "Each time that one lasts" },
    ),
  ),
  schedules: Type.Array(Type.Object({ day: Type.String({ description: "In UTC, such as 2026-03-01" }), occurrences: Type.Integer() }), {
    description: "How often all enabled schedules are to run, freezes or not; days without any are left out",
  }),
  cutAt: Nullable(Type.String({ format: "date-time", description: "What begins then or later is left out: there is too much. Ask for less time" })),
  schedulesLeftOut: Type.Integer({ description: "More schedules than 5,000 aren't counted" }),
});
export type Calendar = Static<typeof Calendar>;

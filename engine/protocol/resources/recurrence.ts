import { Type } from "typebox";
import { WEEKDAYS } from "../../core/schedule/recurrence.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { Moment } from "./shapes.ts";

const frequency = (word: string) => Type.Literal(word);
const every = (maximum: number) => Type.Optional(Type.Integer({ minimum: 1, maximum, description: "Every nth, counted from startAt. Default: 1" }));
const times = Type.Array(Type.String({ description: "Wall time, such as 02:30" }), { minItems: 1 });
const Weekday = OneOf(WEEKDAYS);
const monthly = {
  frequency: frequency("monthly"),
  every: every(48),
  times,
  offsetDays: Type.Optional(Type.Integer({ minimum: -31, maximum: 31, description: "Moves each day that was found" })),
};

/** What `core/schedule` reads; it checks more than a schema can say. */
export const RecurrenceShape = Type.Union([
  Closed({ frequency: frequency("once"), at: Moment }),
  Closed({ frequency: frequency("hourly"), every: every(8_784) }),
  Closed({ frequency: frequency("daily"), every: every(3_660), times }),
  Closed({ frequency: frequency("weekly"), every: every(520), weekdays: Type.Array(Weekday, { minItems: 1 }), times }),
  Closed({
    ...monthly,
    days: Type.Array(Type.Union([Type.Integer({ minimum: 1, maximum: 31 }), Type.Literal("last")]), { minItems: 1 }),
  }),
  Closed({
    ...monthly,
    weekdays: Type.Array(Closed({ nth: Type.Union([Type.Integer({ minimum: 1, maximum: 5 }), Type.Literal("last")]), weekday: Weekday }), { minItems: 1 }),
  }),
]);

import { Type } from "typebox";
import { HELD } from "../../core/freeze.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { RecurrenceShape } from "./recurrence.ts";
import { Description, DurationText, Moment, ZoneName } from "./shapes.ts";

const reason = Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: "Instead of the freeze's own reason" }));
const duration = { ...DurationText, description: "How long each one lasts, at most 31d" };

/** `kind: Freeze`, without `kind`, `name` and `scope`. */
export const FreezeSpec = Closed({
  description: Type.Optional(Description),
  timeZone: ZoneName,
  reason: Type.String({ minLength: 1, maxLength: 500, description: "Why nothing may change: whoever is held back reads it" }),
  holds: Type.Optional(
    Type.Array(OneOf(HELD), {
      minItems: 1,
      description: "What it holds back, in its scope and below. Default: schedules, events and deployments; not webhooks",
    }),
  ),
  periods: Type.Array(
    Type.Union([
      Closed({ from: Moment, to: Moment, reason }),
      Closed({ cron: Type.String({ maxLength: 200 }), duration, reason }),
      Closed({ recurrence: RecurrenceShape, duration, reason }),
    ]),
    { minItems: 1, maxItems: 200 },
  ),
});

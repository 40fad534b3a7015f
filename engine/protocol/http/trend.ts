import { type Static, Type } from "typebox";
import { CLASSIFICATIONS, COMPLIANCE_STATES } from "../../core/update.ts";
import { Closed, Time } from "./shapes.ts";

export const TrendQuery = Closed({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 400, description: "So many days up to today, in UTC; default 90" })),
  selector: Type.Optional(Type.String({ maxLength: 2_000, description: "Of scopes, such as scope=/prod: figures are kept for each scope" })),
});

const figures = <Word extends string>(words: readonly Word[]) =>
  Type.Object(Object.fromEntries(words.map((word) => [word, Type.Integer()])) as Record<Word, Type.TInteger>);
export const TrendDay = Type.Object({
  day: Type.String({ description: "In UTC, such as 2026-03-01" }),
  takenAt: Time,
  machines: figures(COMPLIANCE_STATES),
  missing: figures(CLASSIFICATIONS),
  overdue: Type.Integer(),
});
export type TrendDay = Static<typeof TrendDay>;
/** Oldest first. Days of which nothing was counted are left out. */
export const Trend = Type.Object({ items: Type.Array(TrendDay) });
export type Trend = Static<typeof Trend>;

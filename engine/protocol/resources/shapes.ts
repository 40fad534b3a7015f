import { type TProperties, Type } from "typebox";
import { MOST_MADE_UP } from "../../core/misfire.ts";
import { JSON_POINTER } from "../../core/pointer.ts";
import { MISFIRES, OVERLAPS } from "../../core/trigger.ts";
import { Closed, OneOf } from "../http/shapes.ts";

/*
 * Shapes that several kinds of documents share. They are the JSON Schemas that editors complete and check YAML with, so each member says what it is for.
 */

export const DurationText = Type.String({ pattern: "^\\s*(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+\\s*$", description: "Such as 30s, 15m, 1h30m, 7d" });
export const Pointer = Type.String({ pattern: JSON_POINTER.source, maxLength: 500, description: "JSON Pointer, such as /body/ref" });
export const Description = Type.String({ maxLength: 1_000, description: "For people" });
export const Moment = Type.String({
  maxLength: 100,
  description: "An instant such as 2026-03-29T02:30+02:00, or a wall time of the zone such as 2026-03-29T02:30",
});
export const ZoneName = Type.String({ maxLength: 100, description: "IANA name such as Europe/Berlin, or UTC" });

const run: TProperties = {
  runbook: Type.String({ maxLength: 63, description: "Name of the runbook" }),
  version: Type.Optional(Type.Integer({ minimum: 1, description: "Pinned; without it the newest published version at the time" })),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "Fixed parameters" })),
  priority: Type.Optional(Type.Integer({ minimum: -100, maximum: 100, description: "Higher ones go first" })),
};
const runs = <Properties extends TProperties>(properties: Properties) =>
  Type.Array(Closed(properties), { minItems: 1, maxItems: 20, description: "What is started each time" });
export const Runs = runs(run);
export const MappedRuns = runs({
  ...run,
  map: Type.Optional(Type.Record(Type.String(), Pointer, { description: "Parameters taken from the document: name to JSON Pointer. Fixed ones win" })),
});

export const Where = Type.Array(
  Closed({
    at: Pointer,
    equals: Type.Optional(Type.Unknown({ description: "The value is this" })),
    in: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 100, description: "The value is one of these" })),
    startsWith: Type.Optional(Type.String({ maxLength: 1_000, description: "The value is a text that begins so" })),
    exists: Type.Optional(Type.Boolean({ description: "Whether there is such a value" })),
  }),
  { maxItems: 50, description: "Fires only when all of these hold" },
);

export const Overlap = {
  ...OneOf(OVERLAPS),
  description: "When the job before hasn't ended: wait for it, leave this one out, or stop that one. Default: queue",
};
export const Misfire = Closed({
  policy: Type.Optional({
    ...OneOf(MISFIRES),
    description: "What was missed while no engine was there: skip, start once (default), or start all, at most max",
  }),
  grace: Type.Optional({ ...DurationText, description: "What is late by more than this doesn't start. Default: 1h" }),
  max: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_MADE_UP, description: "Of the policy all: the newest so many. Default: 10" })),
});

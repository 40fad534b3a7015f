import { type Static, Type } from "typebox";
import { HAPPENINGS } from "../../core/happening.ts";
import type { Condition } from "../../core/pointer.ts";
import type { Run } from "../../core/trigger.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { Description, DurationText, MappedRuns, Overlap, Where } from "./shapes.ts";

/** `kind: EventRule`, without `kind`, `name` and `scope`. */
export const EventRuleSpec = Closed({
  description: Type.Optional(Description),
  enabled: Type.Optional(Type.Boolean({ description: "Default: true" })),
  on: { ...OneOf(HAPPENINGS), description: "What starts the runbooks, when it happens in the rule's scope or below" },
  where: Type.Optional(Where),
  grace: Type.Optional({ ...DurationText, description: "What happened longer ago than this, while no engine was there, starts nothing. Default: 1h" }),
  overlap: Type.Optional(Overlap),
  runs: MappedRuns,
});
export type EventRuleSpec = Omit<Static<typeof EventRuleSpec>, "runs" | "where"> & { runs: readonly Run[]; where?: readonly Condition[] };

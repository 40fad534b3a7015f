import { type Static, Type } from "typebox";
import { STARTING_KINDS, STORED_KINDS } from "../../core/resource.ts";
import { OCCURRENCE_STATUSES } from "../../core/trigger.ts";
import { Closed, Nullable, OneOf, page, ScopeText, search, Time } from "./shapes.ts";

export const Resource = Type.Object({
  id: Type.String(),
  kind: OneOf(STORED_KINDS),
  name: Type.String(),
  scope: ScopeText,
  /** The document without kind, name and scope: its shape is that of /schemas/KIND.json. */
  spec: Type.Record(Type.String(), Type.Unknown()),
  revision: Type.Integer(),
  createdAt: Time,
  createdBy: Type.String(),
  updatedAt: Time,
  updatedBy: Type.String(),
  /** What the engine adds, such as `nextAt` of a schedule. */
  state: Type.Record(Type.String(), Type.Unknown()),
});
export type Resource = Static<typeof Resource>;

export const ResourceRequest = Closed({
  scope: Type.Optional(ScopeText),
  /** The revision that was read, 0 for a new one: refused when someone else has changed it since. */
  expectedRevision: Type.Optional(Type.Integer({ minimum: 0 })),
  spec: Type.Unknown(),
});
export const ResourceQuery = Closed({
  ...page,
  search,
  runbook: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: "Only those that start this runbook" })),
});
export const DeleteQuery = Closed({ expectedRevision: Type.Optional(Type.Integer({ minimum: 1 })) });

export const PreviewQuery = Closed({
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  /** An instant, or a wall time of the schedule's zone, as in its document. */
  from: Type.Optional(Type.String({ maxLength: 100 })),
});
export const PreviewRequest = Closed({ scope: Type.Optional(ScopeText), spec: Type.Unknown() });
export const Preview = Type.Object({
  /** Whether any of them will start anything as things are. */
  enabled: Type.Boolean(),
  items: Type.Array(
    Type.Object({
      at: Type.String(),
      planned: Type.String(),
      dst: OneOf(["none", "shifted", "first", "second", "leftOut"]),
      frozen: Nullable(Type.String()),
      clashes: Type.Array(Type.String()),
    }),
  ),
});
export type Preview = Static<typeof Preview>;

export const ComingQuery = Closed({
  names: Type.String({ minLength: 1, maxLength: 13_000, description: "Of schedules, at most 100, separated by commas" }),
});
export const Coming = Type.Object({
  at: Time,
  until: Time,
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      at: Type.Array(Time),
      more: Type.Boolean({ description: "There are more before `until` than stand here" }),
    }),
  ),
});
export type Coming = Static<typeof Coming>;

export const OccurrenceQuery = Closed({
  ...page,
  kind: Type.Optional(OneOf(STARTING_KINDS)),
  name: Type.Optional(Type.String({ maxLength: 128 })),
  status: Type.Optional(OneOf(OCCURRENCE_STATUSES)),
});
/** What became of an occurrence of a schedule or a firing of a rule. */
export const Occurrence = Type.Object({
  id: Type.String(),
  kind: OneOf(STARTING_KINDS),
  name: Type.String(),
  scope: ScopeText,
  runbook: Type.String(),
  /** Instant of the occurrence, or id of what happened. */
  key: Type.String(),
  dueAt: Time,
  decidedAt: Time,
  status: OneOf(OCCURRENCE_STATUSES),
  reason: Type.String(),
  jobId: Nullable(Type.String()),
});
export type Occurrence = Static<typeof Occurrence>;

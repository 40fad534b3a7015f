import { type Static, Type } from "typebox";
import { CHANGE_ACTIONS } from "../../core/install.ts";
import { COMMAND_STATUSES } from "../../core/machine.ts";
import { COMPLIANCE_STATES } from "../../core/update.ts";
import { Closed, Nullable, OneOf, page, Time } from "./shapes.ts";

export const TimelineQuery = Closed(page);
export const CommandsQuery = Closed(page);

const Who = Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() });
const place = { at: Time, id: Type.String() };

/** A command as lists show it; GET /api/v1/commands/ID opens it. */
export const CommandHead = Type.Object({
  id: Type.String(),
  action: Type.String(),
  status: OneOf(COMMAND_STATUSES),
  jobId: Nullable(Type.String()),
  actor: Who,
  correlationId: Type.String(),
  createdAt: Time,
  deadlineAt: Time,
  sentAt: Nullable(Time),
  acknowledgedAt: Nullable(Time),
  endedAt: Nullable(Time),
});
export type CommandHead = Static<typeof CommandHead>;

const Assessed = Type.Object({
  compliance: OneOf(COMPLIANCE_STATES),
  counts: Type.Record(Type.String(), Type.Integer()),
  verdicts: Type.Record(Type.String(), Type.Integer()),
  rebootPending: Type.Boolean(),
});

/** What happened on a machine and to it. */
export const TimelineEntry = Type.Union([
  Type.Object(
    { kind: Type.Literal("assessment"), ...place, now: Assessed, previous: Nullable(Assessed) },
    { description: "That differs from the one before it, which is null for the first" },
  ),
  Type.Object(
    {
      ...{
        kind: Type.Literal("install"),
        ...place,
        action: OneOf(CHANGE_ACTIONS),
        jobId: Nullable(Type.String()),
        endedAt: Nullable(Time),
        rebootPending: Type.Boolean(),
      },
      statuses: Type.Record(Type.String(), Type.Integer(), { description: "Updates by what became of them" }),
      updates: Type.Array(Type.String(), { description: "Names, ten at most" }),
    },
    { description: "Its id is that of its command, which isn't an entry of its own then" },
  ),
  Type.Object({
    kind: Type.Literal("command"),
    ...place,
    action: Type.String(),
    status: OneOf(COMMAND_STATUSES),
    jobId: Nullable(Type.String()),
    actor: Who,
    endedAt: Nullable(Time),
  }),
  Type.Object(
    { kind: Type.Literal("event"), ...place, operation: Type.String(), actor: Who, result: Type.String(), details: Type.Optional(Type.Unknown()) },
    { description: "Of the activity log, for those who may read it: joined, tagged, renamed …" },
  ),
]);
export type TimelineEntry = Static<typeof TimelineEntry>;

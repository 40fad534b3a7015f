import { type Static, Type } from "typebox";
import { APPROVAL_STATUSES, DECISIONS } from "../../core/approval.ts";
import { Closed, Nullable, OneOf, page, ScopeText, Time } from "./shapes.ts";

export const ApprovalQuery = Closed({
  ...page,
  job: Type.Optional(Type.String({ maxLength: 64 })),
  open: Type.Optional(Type.Boolean({ description: "Only those that still can be decided" })),
});

export const DecisionRequest = Closed({
  reason: Type.Optional(Type.String({ maxLength: 2_000, description: "For the record and for the job" })),
  answers: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "What the approval's form asks for" })),
});

export const Decision = Type.Object({
  by: Type.String(),
  decision: OneOf(DECISIONS),
  reason: Type.String(),
  answers: Type.Record(Type.String(), Type.Unknown()),
  at: Time,
});

/** What a job asks people for. */
export const Approval = Type.Object({
  id: Type.String(),
  job: Type.String(),
  runbook: Type.String(),
  scope: Type.String(),
  message: Type.String(),
  status: OneOf(APPROVAL_STATUSES),
  who: Type.Array(Type.String({ description: "role:ROLE, user:NAME or service:NAME" })),
  minimum: Type.Integer(),
  notRequester: Type.Boolean(),
  onTimeout: OneOf(["reject", "approve"]),
  requester: Type.String(),
  form: Nullable(Type.Unknown({ description: "JSON Schema of the answers" })),
  requestedAt: Time,
  expiresAt: Time,
  closedAt: Nullable(Time),
  /** Not in lists. */
  decisions: Type.Optional(Type.Array(Decision)),
});
export type Approval = Static<typeof Approval>;

export const PublishRequest = Closed({
  payload: Type.Optional(Type.Unknown({ description: "Any JSON value, at most 64 KB" })),
  scope: Type.Optional(ScopeText),
});

export const Published = Type.Object({
  name: Type.String(),
  seq: Type.Integer(),
  scope: Type.String(),
  at: Time,
  roused: Type.Integer({ description: "Waiting jobs that were woken to look at it" }),
});
export type Published = Static<typeof Published>;

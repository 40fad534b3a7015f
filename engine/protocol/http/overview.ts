import { type Static, Type } from "typebox";
import { DEPLOYMENT_STATUSES } from "../../core/deploy/status.ts";
import { CLASSIFICATIONS, COMPLIANCE_STATES, SEVERITIES } from "../../core/update.ts";
import { Closed, Nullable, OneOf, Time } from "./shapes.ts";

export const SelectorText = Type.String({ maxLength: 2_000, description: "Of machines that match it" });
export const OverviewQuery = Closed({ selector: Type.Optional(SelectorText) });

const Count = Type.Integer();
const byCompliance = Type.Object(
  Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, Count])) as Record<(typeof COMPLIANCE_STATES)[number], typeof Count>,
);

/** One time that a maintenance window opens, and what stands in its way or was made of it. */
export const WindowOpening = Type.Object({
  name: Type.String(),
  scope: Type.String(),
  occurrence: Type.String({ description: "Its key; of one that somebody opened by hand: now …" }),
  opensAt: Time,
  closesAt: Time,
  exception: Nullable(Type.Object({ kind: OneOf(["skipped", "cancelled"]), reason: Type.String(), by: Type.String() })),
  frozen: Nullable(Type.String({ description: "Why all of it is held back" })),
  deployment: Nullable(Type.Object({ id: Type.String(), status: OneOf(DEPLOYMENT_STATUSES) })),
});
export type WindowOpening = Static<typeof WindowOpening>;

/** All that is under way, at one look. What the caller may not read is null; a selector is about machines and updates alone. */
export const Overview = Type.Object({
  at: Time,
  machines: Nullable(
    Type.Object({
      total: Count,
      connected: Count,
      byCompliance,
      staleAgents: Type.Integer({ description: "Not heard of for long" }),
      rebootPending: Count,
      withHeld: Type.Integer({ description: "On which a missing update is held" }),
      withExemptions: Type.Integer({ description: "On which a missing update is exempt" }),
    }),
  ),
  updates: Nullable(
    Type.Object(
      {
        missing: Count,
        overdue: Type.Integer({ description: "As machines are judged by them" }),
        exploited: Type.Integer({ description: "That mend what is known to be exploited" }),
        byClassification: Type.Array(Type.Object({ classification: OneOf(CLASSIFICATIONS), count: Count, machines: Count })),
        bySeverity: Type.Array(Type.Object({ severity: OneOf(SEVERITIES), count: Count, machines: Count })),
        byAge: Type.Array(Type.Object({ upToDays: Nullable(Type.Integer()), count: Count, security: Count }), {
          description: "Since they were first seen on their machine; each counts in the first that fits",
        }),
        oldestSecurityFirstSeenAt: Nullable(Time),
      },
      { description: "Rows of the list of missing updates, whatever policies say of them" },
    ),
  ),
  jobs: Nullable(Type.Object({ queued: Count, running: Count, waiting: Count, suspended: Count, failedLastDay: Count, completedLastDay: Count })),
  approvalsOpen: Nullable(Type.Integer({ description: "That jobs ask people for" })),
  deployments: Nullable(
    Type.Object({
      open: Type.Integer({ description: "That haven't ended" }),
      awaitingApproval: Count,
      haltedInAll: Count,
      halted: Type.Array(Type.Object({ id: Type.String(), window: Type.String(), reason: Type.String(), since: Time }), {
        description: "20 at most, newest first",
      }),
    }),
  ),
  nextWindows: Nullable(Type.Array(WindowOpening, { description: "The next opening of ten windows at most, earliest first" })),
  staleMachines: Nullable(Type.Array(Type.Object({ name: Type.String(), lastSeenAt: Time }), { description: "Ten at most, not heard of for longest first" })),
});
export type Overview = Static<typeof Overview>;

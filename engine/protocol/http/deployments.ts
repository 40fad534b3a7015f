import { type Static, Type } from "typebox";
import { REBOOT_MODES } from "../../core/deploy/plan.ts";
import { REBOOT_STATES } from "../../core/deploy/reboot-state.ts";
import { DEPLOYMENT_STATUSES, MACHINE_STATUSES } from "../../core/deploy/status.ts";
import { CLASSIFICATIONS, REBOOT_BEHAVIOURS, SEVERITIES } from "../../core/update.ts";
import { Closed, Nullable, OneOf, page, ScopeText, Time } from "./shapes.ts";

export const WindowPreviewQuery = Closed({ count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: "Default: 10" })) });
export const WindowPreviewRequest = Closed({ scope: Type.Optional(ScopeText), spec: Type.Unknown() });

const Zoned = Type.String({ description: "With zone, such as 2026-03-29T03:30:00+02:00[Europe/Berlin]" });
/** What is to come of a window. */
export const WindowPreview = Type.Object({
  enabled: Type.Boolean(),
  machines: Type.Integer({ description: "That it is about now" }),
  withoutZone: Type.Integer({ description: "Of a window with timeZone machine: those whose zone isn't known, which are left out" }),
  items: Type.Array(
    Type.Object({
      occurrence: Type.String(),
      planned: Type.String({ description: "Wall time that the rule names" }),
      opensAt: Zoned,
      closesAt: Zoned,
      isOpen: Type.Boolean(),
      zones: Type.Array(
        Type.Object({
          ...{ timeZone: Type.String(), opensAt: Zoned, closesAt: Zoned, machines: Type.Integer() },
          dst: OneOf(["none", "shifted", "first", "second"]),
        }),
      ),
      without: Type.Array(Type.String({ description: "Zone whose clocks leave it out" })),
      frozen: Nullable(Type.String({ description: "Why all of it is held back" })),
      exception: Nullable(Type.Object({ kind: OneOf(["skipped", "cancelled"]), reason: Type.String(), by: Type.String() })),
      clashes: Type.Array(Type.Object({ window: Type.String(), machines: Type.Integer({ description: "That both have" }) })),
    }),
  ),
});
export type WindowPreview = Static<typeof WindowPreview>;

const Reason = Type.String({ minLength: 1, maxLength: 1_000, description: "Why: others will ask" });
const DurationOfOpening = Type.Optional(Type.String({ maxLength: 50, description: "From 30m to 24h. Default: as long as the window" }));
export const OpenNowRequest = Closed({ reason: Reason, duration: DurationOfOpening });
export const ExceptRequest = Closed({ reason: Reason });
export const SkipRequest = Closed({ reason: Reason, occurrence: Type.Optional(Type.String({ maxLength: 200, description: "Default: the next one" })) });
export const WindowException = Type.Object({
  occurrence: Type.String(),
  kind: OneOf(["skipped", "cancelled"]),
  reason: Type.String(),
  by: Type.String(),
  at: Time,
});
export type WindowException = Static<typeof WindowException>;
export const WindowExceptions = Type.Object({ items: Type.Array(WindowException) });
export type WindowExceptions = Static<typeof WindowExceptions>;

export const SteerRequest = Closed({ reason: Type.Optional(Type.String({ maxLength: 1_000 })) });
export const RetryRequest = Closed({
  reason: Reason,
  duration: Type.Optional(Type.String({ maxLength: 50, description: "Opens the window for so long. Default: what is left of it, when it is open" })),
});
export const RollbackRequest = Closed({
  reason: Type.Optional(Type.String({ maxLength: 1_000, description: "Why: others will ask. Needed unless it is a plan" })),
  machines: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      minItems: 1,
      maxItems: 1_000,
      description: "Names. Default: all on which it has installed something",
    }),
  ),
  plan: Type.Optional(Type.Boolean({ description: "Only say what would go back, and what can't" })),
});
/** `outputs` of the job have, for each machine, what became of each update. */
export const RollbackStarted = Type.Object({ jobId: Type.String() });
export type RollbackStarted = Static<typeof RollbackStarted>;
export const PlanDecisionRequest = Closed({
  planHash: Type.String({ pattern: "^[0-9a-f]{12,64}$", description: "Of the plan that was read: all of it, or its first twelve digits at least" }),
  reason: Type.Optional(Type.String({ maxLength: 1_000 })),
});

const Expected = Type.Object({ p50: Type.Integer(), p95: Type.Integer() }, { description: "Milliseconds" });
const PlannedUpdate = Type.Object({
  name: Type.String(),
  architecture: Type.String(),
  fromVersion: Nullable(Type.String()),
  version: Type.String(),
  classification: OneOf(CLASSIFICATIONS),
  severity: OneOf(SEVERITIES),
  expected: Type.Object({ p50: Type.Integer(), p95: Type.Integer(), basis: OneOf(["update", "machine", "default"]), samples: Type.Integer() }),
  reboot: OneOf(REBOOT_BEHAVIOURS),
});

/** What is planned for a machine, and what became of it. */
export const DeploymentMachine = Type.Object({
  id: Type.String(),
  name: Type.String(),
  wave: Nullable(Type.Integer({ description: "From 0; null: the plan leaves it alone" })),
  status: OneOf(MACHINE_STATUSES),
  message: Type.String(),
  opensAt: Time,
  closesAt: Time,
  expectedStart: Time,
  expected: Expected,
  reboot: OneOf(["no", "possible", "expected"]),
  rebootState: OneOf(REBOOT_STATES),
  updates: Type.Array(PlannedUpdate),
  left: Type.Array(Type.Object({ name: Type.String(), version: Type.String(), reason: Type.String() }, { description: "What doesn't fit in the window" })),
  startedAt: Nullable(Time),
  endedAt: Nullable(Time),
  installCommand: Nullable(Type.String({ description: "Under which its install is in the history of the machine, and in its agent's log" })),
  rebootCommand: Nullable(Type.String()),
  bootIdBefore: Nullable(Type.String()),
  bootIdAfter: Nullable(Type.String({ description: "Another one than before: proof of the reboot" })),
  notes: Type.Array(
    Type.Object({ at: Time, what: Type.String(), ok: Type.Boolean(), message: Type.String() }, { description: "Hooks, health checks, unasked reboots" }),
  ),
});
export type DeploymentMachine = Static<typeof DeploymentMachine>;

export const DeploymentQuery = Closed({
  ...page,
  window: Type.Optional(Type.String({ maxLength: 128 })),
  status: Type.Optional(OneOf(DEPLOYMENT_STATUSES)),
});
export const DeploymentMachineQuery = Closed({ ...page, status: Type.Optional(OneOf(MACHINE_STATUSES)) });

const Counts = Type.Record(Type.String(), Type.Integer(), { description: "Machines by status" });

/** One rollout in one occurrence of a window. */
export const Deployment = Type.Object({
  id: Type.String(),
  window: Type.String(),
  scope: ScopeText,
  occurrence: Type.String(),
  opensAt: Time,
  closesAt: Time,
  reserveFrom: Time,
  status: OneOf(DEPLOYMENT_STATUSES),
  reason: Type.String(),
  planHash: Type.String(),
  machines: Counts,
  allowedFailures: Type.Integer({ description: "More failed machines than these halt it" }),
  approval: Type.Object({ count: Type.Integer(), roles: Type.Array(Type.String()), byRequester: Type.Boolean() }),
  settings: Type.Object({
    ...{ waves: Type.String(), maxParallel: Type.Integer(), errorBudget: Type.String(), soak: Type.String(), reboot: OneOf(REBOOT_MODES) },
    ...{ rebootReserve: Type.String(), selector: Nullable(Type.String()), runbook: Type.String(), runbookVersion: Nullable(Type.Integer()) },
    hookVersions: Type.Record(Type.String(), Nullable(Type.Integer()), { description: "Of the runbooks of its hooks, by name; null: it wasn't published" }),
  }),
  requestedBy: Type.String(),
  createdAt: Time,
  startedAt: Nullable(Time),
  endedAt: Nullable(Time),
  jobId: Nullable(Type.String()),
  retryOf: Nullable(Type.String()),
});
export type Deployment = Static<typeof Deployment>;

/** With who decided about its plan, also about earlier ones, and what became of hooks that run once. */
export const DeploymentDetail = Type.Object({
  ...Deployment.properties,
  decisions: Type.Array(
    Type.Object({ by: Type.String(), decision: OneOf(["approved", "rejected"]), planHash: Type.String(), reason: Type.String(), at: Time }),
  ),
  hooks: Type.Array(Type.Object({ at: Type.String(), what: Type.String(), ok: Type.Boolean(), message: Type.String() })),
});
export type DeploymentDetail = Static<typeof DeploymentDetail>;

/** How far it is, at a moment of the engine's clock. */
export const DeploymentProgress = Type.Object({
  at: Time,
  deployment: Deployment,
  waves: Type.Array(Type.Object({ wave: Type.Integer(), machines: Counts })),
  running: Type.Array(
    Type.Object({ name: Type.String(), wave: Type.Integer(), startedAt: Nullable(Time), message: Type.String(), rebootState: OneOf(REBOOT_STATES) }),
  ),
  ended: Type.Array(
    Type.Object({ name: Type.String(), wave: Type.Integer(), status: OneOf(MACHINE_STATUSES), message: Type.String(), endedAt: Nullable(Time) }),
    { description: "The last ones first" },
  ),
});
export type DeploymentProgress = Static<typeof DeploymentProgress>;

import { Type } from "typebox";
import { REBOOT_MODES } from "../../core/deploy/plan.ts";
import { HOOK_FAILURES, HOOK_POINTS, type MaintenanceWindowSpec as Spec, WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { DEFAULT_WAVES } from "../../core/deploy/waves.ts";
import { CONFIGURATION_FILES } from "../../core/install.ts";
import { ROLES } from "../../core/role.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { RecurrenceShape } from "./recurrence.ts";
import { Description, DurationText, Moment } from "./shapes.ts";

const optionalDuration = (description: string) => Type.Optional({ ...DurationText, description });
const RunbookName = Type.String({ minLength: 1, maxLength: 63 });
const Program = Type.Array(Type.String({ maxLength: 32_768, pattern: "^[^\\u0000]*$" }), {
  minItems: 1,
  maxItems: 100,
  description: "A program and its arguments; no shell",
});

/** `kind: MaintenanceWindow`, without `kind`, `name` and `scope`. `docs/windows.md` has its rules. */
export const MaintenanceWindowSpec = Closed({
  description: Type.Optional(Description),
  enabled: Type.Optional(Type.Boolean({ description: "Default: true. A window that is disabled plans and starts nothing by itself" })),
  cron: Type.Optional(Type.String({ maxLength: 200, description: "When it opens: a cron expression of 5 or 6 fields; or else a recurrence" })),
  recurrence: Type.Optional(RecurrenceShape),
  timeZone: Type.String({ maxLength: 100, description: "IANA name such as Europe/Berlin, or UTC; or machine: each machine's own, so that it follows the sun" }),
  startAt: Type.Optional({ ...Moment, description: "First moment at which it may open" }),
  expiresAt: Type.Optional({ ...Moment, description: "First moment at which it no longer opens" }),
  dst: Type.Optional(Closed({ gap: Type.Optional(OneOf(["shift", "skip"])), repeat: Type.Optional(OneOf(["first", "last", "both"])) })),
  duration: { ...DurationText, description: "How long it is open, from 30m to 24h" },
  rebootReserve: optionalDuration("Kept free at its end for reboots. Default: 20m"),
  selector: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, description: "Which machines of its scope and below. Default: all" })),
  runbook: Type.Optional({ ...RunbookName, description: `Carries deployments out. Default: ${WINDOW_DEFAULTS.runbook}` }),
  planAhead: optionalDuration(`The plan is made this long before it opens, up to 31d. Default: ${WINDOW_DEFAULTS.planAhead}`),
  approval: Type.Optional(
    Closed({
      count: Type.Integer({ minimum: 0, maximum: 20, description: "So many different people must approve the plan; 0: nobody" }),
      roles: Type.Optional(Type.Array(OneOf(ROLES), { minItems: 1, maxItems: ROLES.length, description: "Who may, or a higher role. Default: operator" })),
      byRequester: Type.Optional(
        Type.Boolean({ description: "Whoever asked for the plan, or has changed the window last, may approve it too. Default: false" }),
      ),
    }),
  ),
  waves: Type.Optional(Type.String({ maxLength: 500, description: `Numbers of machines, shares, rest. Default: ${DEFAULT_WAVES}` })),
  maxParallel: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: `Machines of a wave at one time. Default: ${WINDOW_DEFAULTS.maxParallel}` }),
  ),
  errorBudget: Type.Optional(
    Type.String({
      maxLength: 50,
      description: `More failed machines than this stop the rollout: 3, or 5%, rounded down. Default: ${WINDOW_DEFAULTS.errorBudget}`,
    }),
  ),
  soak: optionalDuration(`Pause between waves. Default: ${WINDOW_DEFAULTS.soak}`),
  reboot: Type.Optional({ ...OneOf(REBOOT_MODES), description: `Default: ${WINDOW_DEFAULTS.reboot}` }),
  rebootRules: Type.Optional(
    Type.Array(
      Closed({
        tag: Type.String({ pattern: "^[A-Za-z0-9._-]{1,64}$", description: "Machines that share its value are a group" }),
        atOnce: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: "So many of a group may be down. Default: 1" })),
        quorum: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: "So many of a group must be up" })),
      }),
      { maxItems: 20 },
    ),
  ),
  configurationFiles: Type.Optional({
    ...OneOf(CONFIGURATION_FILES),
    description: `Files that both the owner and the new version have changed. Default: ${WINDOW_DEFAULTS.configurationFiles}`,
  }),
  allowRemovals: Type.Optional(Type.Boolean({ description: "An update may remove other packages. Default: false" })),
  hooks: Type.Optional(
    Type.Array(
      Closed({
        at: { ...OneOf(HOOK_POINTS), description: "Once for the deployment: before, after; else for each machine" },
        runbook: Type.Optional({ ...RunbookName, description: "Runs on the engine" }),
        command: Type.Optional(Program),
        timeout: Type.Optional(DurationText),
        onFailure: Type.Optional({ ...OneOf(HOOK_FAILURES), description: "What follows when it fails or takes too long" }),
      }),
      { maxItems: 20 },
    ),
  ),
  healthCheck: Type.Optional(Closed({ command: Program, timeout: Type.Optional(DurationText) })),
  notify: Type.Optional(
    Closed({
      url: Type.String({ maxLength: 2_000, description: "Told when a deployment was halted or has ended" }),
      secret: Type.String({ minLength: 1, maxLength: 200, description: "Name of the secret that signs it, as Standard Webhooks do" }),
    }),
  ),
});
export type MaintenanceWindowSpec = Spec;

import { type Static, Type } from "typebox";
import { CHANGE_ACTIONS, INSTALL_STATUSES } from "../../core/install.ts";
import { COMMAND_STATUSES, type Facts, MACHINE_STATES } from "../../core/machine.ts";
import { CLASSIFICATIONS, COMPLIANCE_STATES, REBOOT_BEHAVIOURS, SEVERITIES, UPDATE_KINDS } from "../../core/update.ts";
import { VERDICTS } from "../../core/update-policy.ts";
import { ExecArgsSchema } from "../agent.ts";
import { Closed, Nullable, OneOf, page, ScopeText, Tags, Time } from "./shapes.ts";

export const JoinTokenRequest = Closed({
  url: Type.Optional(Type.String({ pattern: "^https?://", maxLength: 2_000, description: "How the machine reaches this engine; else as you have reached it" })),
  scope: Type.Optional(ScopeText),
  tags: Type.Optional(Tags),
  replaces: Type.Optional(Type.String({ description: "Name of a machine that was set up anew" })),
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  expiresIn: Type.Optional(Type.String({ maxLength: 20, description: "Duration; 1h without it" })),
});
export const JoinToken = Type.Object({
  id: Type.String(),
  scope: Type.String(),
  tags: Type.Record(Type.String(), Type.String()),
  replaces: Nullable(Type.String()),
  maxUses: Type.Integer(),
  uses: Type.Integer(),
  createdAt: Time,
  createdBy: Type.String(),
  expiresAt: Time,
  revokedAt: Nullable(Time),
});
export type JoinToken = Static<typeof JoinToken>;
export const NewJoinToken = Type.Object({
  id: Type.String(),
  token: Type.String({ description: "Shown this once" }),
  url: Type.String({ description: "Where the machine will look for the engine" }),
  expiresAt: Time,
});
export type NewJoinToken = Static<typeof NewJoinToken>;

export const MachineQuery = Closed({
  cursor: page.cursor,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_000 })),
  selector: Type.Optional(Type.String({ maxLength: 2_000 })),
  compliance: Type.Optional(OneOf(COMPLIANCE_STATES)),
});
export const TagsRequest = Closed({ tags: Tags });
export const RenameRequest = Closed({ name: Type.String({ maxLength: 63 }) });

export const Assessment = Type.Object({
  compliance: OneOf(COMPLIANCE_STATES),
  packageManager: Type.String(),
  collectedAt: Time,
  receivedAt: Time,
  listsUpdatedAt: Nullable(Time),
  rebootPending: Type.Boolean(),
  rebootReasons: Type.Array(Type.String()),
  counts: Type.Record(Type.String(), Type.Integer()),
  verdicts: Type.Record(Type.String(), Type.Integer(), {
    description: "Missing updates by what policies say of them; those beyond their due time under overdue",
  }),
  problems: Type.Array(Type.String()),
  installedCount: Type.Integer(),
});
export type Assessment = Static<typeof Assessment>;
export const Machine = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scope: Type.String(),
  state: OneOf(MACHINE_STATES),
  tags: Type.Record(Type.String(), Type.String()),
  facts: Nullable(Type.Unsafe<Facts>(Type.Object({}))),
  enrolledAt: Time,
  enrolledBy: Type.String(),
  lastSeenAt: Nullable(Time),
  /** When it was last seen before it became stale: it hasn't been for long. Null: it isn't stale. */
  staleSince: Nullable(Time),
  assessment: Nullable(Assessment),
});
export type Machine = Static<typeof Machine>;

export const CommandRequest = Closed({ action: Type.Literal("exec"), args: ExecArgsSchema });
export const Command = Type.Object({
  id: Type.String(),
  machine: Type.String(),
  action: Type.String(),
  args: Type.Unknown({
    description: "Values of environment variables and standard input are left out. null for a command of a job: its journal shows the call, secrets replaced",
  }),
  status: OneOf(COMMAND_STATUSES),
  result: Type.Unknown({ description: "null for a command of a job, as is its output: they may hold secrets, which only the job's own streams mask" }),
  jobId: Nullable(Type.String()),
  actor: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
  correlationId: Type.String(),
  createdAt: Time,
  deadlineAt: Time,
  sentAt: Nullable(Time),
  acknowledgedAt: Nullable(Time),
  endedAt: Nullable(Time),
  /** Written so far, in order. */
  output: Type.Array(Type.Object({ seq: Type.Integer(), stream: OneOf(["stdout", "stderr"]), chunk: Type.String() })),
});
export type Command = Static<typeof Command>;
export const CommandQuery = Closed({ wait: Type.Optional(Type.String({ maxLength: 20 })), after: Type.Optional(Type.Integer({ minimum: 0 })) });

export const AssessQuery = Closed({ ...CommandQuery.properties, refresh: Type.Optional(Type.Boolean({ description: "Fetch the package lists first" })) });

export const UpdateQuery = Closed({
  ...page,
  machine: Type.Optional(Type.String()),
  selector: Type.Optional(Type.String({ maxLength: 2_000, description: "Of machines that match it" })),
  name: Type.Optional(Type.String({ maxLength: 500, description: "Exactly this name" })),
  classification: Type.Optional(OneOf(CLASSIFICATIONS)),
  severity: Type.Optional(OneOf(SEVERITIES)),
  verdict: Type.Optional(OneOf(VERDICTS)),
  cve: Type.Optional(Type.String({ pattern: "^CVE-\\d{4}-\\d{4,19}$", description: "That they mend" })),
  exploited: Type.Optional(Type.Boolean({ description: "Only those that mend what is known to be exploited" })),
  overdue: Type.Optional(Type.Boolean({ description: "Only those beyond their due time, and offered to their machine" })),
});
export const Update = Type.Object({
  machine: Type.String(),
  kind: OneOf(UPDATE_KINDS),
  name: Type.String(),
  title: Nullable(Type.String()),
  architecture: Type.String(),
  installedVersion: Nullable(Type.String()),
  candidateVersion: Type.String(),
  classification: OneOf(CLASSIFICATIONS),
  severity: OneOf(SEVERITIES),
  origin: Type.String(),
  held: Type.Boolean(),
  phased: Type.Boolean(),
  rebootBehaviour: OneOf(REBOOT_BEHAVIOURS),
  cves: Type.Array(Type.String()),
  advisories: Type.Array(Type.String()),
  sizeBytes: Nullable(Type.Number()),
  firstSeenAt: Time,
  verdict: OneOf(VERDICTS),
  dueAt: Nullable(Time),
  exploitedSince: Nullable(Time),
  epss: Nullable(Type.Number({ description: "Probability of being exploited within 30 days, 0 to 1" })),
});
export type Update = Static<typeof Update>;
export const Package = Type.Object({ name: Type.String(), architecture: Type.String(), version: Type.String(), held: Type.Boolean() });
export type Package = Static<typeof Package>;

export const InstallsQuery = Closed({ ...page });
export const Install = Type.Object({
  commandId: Type.String(),
  machine: Type.String(),
  action: OneOf(CHANGE_ACTIONS),
  jobId: Nullable(Type.String()),
  packageManager: Type.String({ description: "Empty when the machine said nothing" }),
  startedAt: Time,
  endedAt: Nullable(Time),
  rebootPending: Type.Boolean(),
  resumed: Type.Integer(),
  repairs: Type.Array(Type.String()),
  logFile: Type.String(),
  updates: Type.Array(
    Type.Object({
      name: Type.String(),
      architecture: Type.String(),
      fromVersion: Nullable(Type.String()),
      version: Type.String(),
      status: OneOf(INSTALL_STATUSES),
      message: Type.String(),
      startedAt: Nullable(Time),
      endedAt: Nullable(Time),
    }),
  ),
});
export type Install = Static<typeof Install>;

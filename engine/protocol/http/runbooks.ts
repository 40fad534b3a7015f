import { type Static, Type } from "typebox";
import { JOB_STATUSES } from "../../core/job.ts";
import { STORED_KINDS } from "../../core/resource.ts";
import { Closed, Nullable, OneOf, page, ScopeText, search, Time } from "./shapes.ts";

export const RunbookQuery = Closed({ ...page, search, deleted: Type.Optional(Type.Boolean()) });

const source = Closed({ path: Type.String({ minLength: 1, maxLength: 500 }), text: Type.String() });
const upload = {
  bundle: Type.String({ minLength: 1 }),
  bundleHash: Type.String({ pattern: "^[0-9a-f]{64}$", description: "SHA-256 of the bundle; shows damage on the way" }),
  sourceMap: Nullable(Type.String()),
  sources: Type.Array(source, { maxItems: 1_000 }),
};
export const DraftRequest = Closed({ ...upload, scope: Type.Optional(ScopeText) });
export const PublishRequest = Closed({
  ...upload,
  scope: Type.Optional(ScopeText),
  message: Type.Optional(Type.String({ maxLength: 2_000 })),
  expectedVersion: Type.Optional(Type.Integer({ minimum: 0, description: "Refuse when somebody published since" })),
  breakTriggers: Type.Optional(Type.Boolean({ description: "Also when schedules, webhooks or rules start it with parameters that it doesn't take any more" })),
});
export type PublishRequest = Static<typeof PublishRequest>;

export const RollbackRequest = Closed({
  version: Type.Integer({ minimum: 1, description: "The one that is published again" }),
  message: Type.Optional(Type.String({ maxLength: 2_000 })),
  expectedVersion: Type.Optional(Type.Integer({ minimum: 0, description: "Refuse when somebody published since" })),
  breakTriggers: Type.Optional(Type.Boolean({ description: "Also when schedules, webhooks or rules start it with parameters that it doesn't take any more" })),
});

export const DeleteRunbookQuery = Closed({ breakTriggers: Type.Optional(Type.Boolean({ description: "Also when schedules, webhooks or rules start it" })) });

export const Runbook = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scope: Type.String(),
  latestVersion: Type.Integer({ description: "0: never published" }),
  createdAt: Time,
  createdBy: Type.String(),
  deletedAt: Nullable(Time),
  deletedBy: Nullable(Type.String()),
});
export type Runbook = Static<typeof Runbook>;

/** As lists show it. */
export const ListedRunbook = Type.Object({
  ...Runbook.properties,
  published: Nullable(Type.Object({ summary: Type.String(), publishedAt: Time, publishedBy: Type.String() }, { description: "Of its newest version" })),
  newestJob: Nullable(Type.Object({ id: Type.String(), status: OneOf(JOB_STATUSES), createdAt: Time })),
  starters: Type.Array(Type.Object({ kind: OneOf(STORED_KINDS), count: Type.Integer(), first: Type.String() }), {
    description: "What starts it by itself: how many of each kind, and the first by name",
  }),
});
export type ListedRunbook = Static<typeof ListedRunbook>;

const content = {
  bundleHash: Type.String(),
  manifest: Type.Object({ summary: Type.String(), parameters: Type.Unknown(), permissions: Type.Unknown(), limits: Type.Unknown() }),
};
export const Draft = Type.Object({ ...content, revision: Type.Integer(), updatedAt: Time, updatedBy: Type.String() });
export type Draft = Static<typeof Draft>;
export const Version = Type.Object({ version: Type.Integer(), ...content, message: Type.String(), publishedAt: Time, publishedBy: Type.String() });
export type Version = Static<typeof Version>;
export const VersionWithSources = Type.Object({ ...Version.properties, sources: Type.Array(source) });
export type VersionWithSources = Static<typeof VersionWithSources>;
export const RunbookDetails = Type.Object({ ...Runbook.properties, latest: Nullable(Version), draft: Nullable(Draft) });
export type RunbookDetails = Static<typeof RunbookDetails>;
export const Published = Type.Object({ isNew: Type.Boolean(), version: Version });
export type Published = Static<typeof Published>;

export const CheckRequest = Closed({
  entry: Type.String({ minLength: 1, maxLength: 500, description: "Path of the runbook among the sources" }),
  sources: Type.Array(source, {
    minItems: 1,
    maxItems: 200,
    description: "The runbook and the files that it imports, relative to one folder that holds them all",
  }),
});
export type CheckRequest = Static<typeof CheckRequest>;
export const Checked = Type.Object({
  ok: Type.Boolean({ description: "No error; there may be warnings" }),
  diagnostics: Type.Array(
    Type.Object({
      file: Type.String({ description: "Relative to the folder of the runbook" }),
      line: Type.Integer(),
      column: Type.Integer(),
      code: Type.String(),
      message: Type.String(),
      severity: OneOf(["error", "warning"]),
    }),
  ),
  manifest: Nullable(Type.Object({ summary: Type.String(), parameters: Type.Unknown(), permissions: Type.Unknown(), limits: Type.Unknown() })),
});
export type Checked = Static<typeof Checked>;
export const Bundled = Type.Object({
  ...Checked.properties,
  made: Nullable(Type.Object(upload, { description: "What a draft, a publication or a document of the kind Runbook takes; null: it doesn't pass its check" })),
});
export type Bundled = Static<typeof Bundled>;

export const DiffQuery = Closed({ from: Type.Optional(Type.Integer({ minimum: 1 })), to: Type.Optional(Type.Integer({ minimum: 1 })) });
export const Diff = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  files: Type.Array(Type.Object({ path: Type.String(), change: OneOf(["added", "removed", "changed"]), patch: Type.String() })),
  permissions: Type.Array(
    Type.Object({ permission: Type.String(), kind: OneOf(["added", "removed", "changed"]), text: Type.String(), widened: Type.Boolean() }),
  ),
  /** Whether any permission was widened: what a reviewer must look at. */
  widened: Type.Boolean(),
});
export type Diff = Static<typeof Diff>;

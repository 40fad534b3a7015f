import { type Static, Type } from "typebox";
import { CHANGE_ACTIONS, MOST_DOCUMENTS } from "../../core/document.ts";
import { RESOURCE_NAME } from "../../core/resource.ts";
import { SolutionSpec } from "../resources/solution.ts";
import { Closed, OneOf, page, ScopeText } from "./shapes.ts";

const request = {
  documents: Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: MOST_DOCUMENTS, description: "As in YAML, one object each" }),
  scope: Type.Optional({ ...ScopeText, description: "Where documents lie that name no scope; with prune, where it looks, and below" }),
  prune: Type.Optional(Type.Boolean({ description: "Delete what lies there and isn't among the documents" })),
  pruneRunbooks: Type.Optional(Type.Boolean({ description: "Runbooks too" })),
  solution: Type.Optional(
    // The documents are one: they are installed as such, and what it no longer has goes.
    Closed({
      name: Type.String({ pattern: RESOURCE_NAME.source }),
      ...SolutionSpec.properties,
      overwrite: Type.Optional(Type.Boolean({ description: "Also what is there already, or was changed or deleted since" })),
    }),
  ),
  removeSolution: Type.Optional(
    Type.String({ maxLength: 128, description: "Takes away what this solution has brought and nobody has changed; no documents then" }),
  ),
  message: Type.Optional(Type.String({ maxLength: 2_000, description: "Of new versions of runbooks" })),
};
export const PlanRequest = Closed(request);
export type PlanRequest = Static<typeof PlanRequest>;
export const ApplyRequest = Closed({ ...request, hash: Type.String({ pattern: "^[0-9a-f]{64}$", description: "Of the plan that is to be done" }) });
export type ApplyRequest = Static<typeof ApplyRequest>;

const permission = Type.Object({ text: Type.String(), widened: Type.Boolean() });
export const PlannedChange = Type.Object({
  action: OneOf(CHANGE_ACTIONS),
  kind: Type.String(),
  name: Type.String(),
  scope: Type.String(),
  /** Null: it isn't there. */
  before: Type.Unknown(),
  after: Type.Unknown(),
  fields: Type.Array(Type.Object({ path: Type.String(), before: Type.Optional(Type.Unknown()), after: Type.Optional(Type.Unknown()) })),
  /** Of a runbook. */
  files: Type.Optional(Type.Array(Type.Object({ path: Type.String(), change: OneOf(["added", "removed", "changed"]), patch: Type.String() }))),
  permissions: Type.Array(permission),
  warnings: Type.Array(Type.String()),
});
export type PlannedChange = Static<typeof PlannedChange>;

export const KeptMember = Type.Object({ kind: Type.String(), name: Type.String(), scope: Type.String(), reason: Type.String() });
export type KeptMember = Static<typeof KeptMember>;

export const Plan = Type.Object({
  /** Of what is there and what is to be: `apply` with another one is refused. */
  hash: Type.String(),
  changes: Type.Array(PlannedChange),
  unchanged: Type.Integer(),
  /** Of a solution: what stays as it is, and why. */
  kept: Type.Optional(Type.Array(KeptMember)),
});
export type Plan = Static<typeof Plan>;

export const DocumentQuery = Closed({ ...page, scope: Type.Optional(ScopeText) });
/** With `kind`, `name` and `scope`; a runbook has its `sources`. */
export const StandingDocument = Type.Record(Type.String(), Type.Unknown());

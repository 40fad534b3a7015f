import { type Static, Type } from "typebox";
import { CLASSIFICATIONS, COMPLIANCE_STATES, SEVERITIES, UPDATE_KINDS } from "../../core/update.ts";
import { VERDICTS } from "../../core/update-policy.ts";
import { UpdateQuery } from "./machines.ts";
import { SelectorText } from "./overview.ts";
import { Closed, Nullable, OneOf, Time } from "./shapes.ts";

export const FacetsQuery = Closed({ selector: Type.Optional(SelectorText), compliance: Type.Optional(OneOf(COMPLIANCE_STATES)) });
const Facet = Type.Object({
  items: Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }), { description: "The 20 most frequent, most first" }),
  more: Type.Integer({ description: "How many other values there are" }),
});
/** How many machines have which value. A machine of which one isn't known isn't counted there. */
export const MachineFacets = Type.Object({
  total: Type.Integer(),
  ...{ state: Facet, compliance: Facet, scope: Facet, os: Facet, agentVersion: Facet },
  tag: Type.Object(Facet.properties, { description: "As KEY=VALUE" }),
});
export type MachineFacets = Static<typeof MachineFacets>;

export const UpdateGroupQuery = Closed({
  ...UpdateQuery.properties,
  by: OneOf(["update", "cve"]),
  search: Type.Optional(Type.String({ maxLength: 200, description: "Part of the name or of the CVE, in any letter case" })),
});

const Verdicts = Type.Object(Object.fromEntries(VERDICTS.map((verdict) => [verdict, Type.Optional(Type.Integer())])), {
  description: "Missing updates by verdict",
});
const grouped = {
  machines: Type.Integer({ description: "That miss it" }),
  overdue: Type.Integer({ description: "Beyond their due time, and offered to their machine" }),
  firstSeenAt: Time,
  exploitedSince: Nullable(Time),
  epss: Nullable(Type.Number({ description: "Probability of being exploited within 30 days, 0 to 1" })),
  verdicts: Type.Unsafe<Partial<Record<(typeof VERDICTS)[number], number>>>(Verdicts),
  severity: OneOf(SEVERITIES),
};

/** Missing updates of one name, on all machines; where they differ, the most urgent of them. */
export const UpdateGroup = Type.Object({
  by: Type.Literal("update"),
  name: Type.String(),
  kind: OneOf(UPDATE_KINDS),
  title: Nullable(Type.String()),
  newestVersion: Type.String(),
  versions: Type.Integer({ description: "How many are offered" }),
  classification: OneOf(CLASSIFICATIONS),
  cves: Type.Integer({ description: "How many it mends" }),
  ...grouped,
});
export type UpdateGroup = Static<typeof UpdateGroup>;

/** Missing updates that mend one vulnerability. */
export const CveGroup = Type.Object({
  by: Type.Literal("cve"),
  cve: Type.String(),
  updates: Type.Array(Type.String(), { description: "Names of those that mend it, ten at most" }),
  updateCount: Type.Integer(),
  ...grouped,
});
export type CveGroup = Static<typeof CveGroup>;

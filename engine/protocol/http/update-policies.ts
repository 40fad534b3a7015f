import { type Static, Type } from "typebox";
import { CLASSIFICATIONS, COMPLIANCE_STATES, SEVERITIES } from "../../core/update.ts";
import { VERDICTS } from "../../core/update-policy.ts";
import { Package } from "./machines.ts";
import { Closed, Nullable, OneOf, ScopeText, Time } from "./shapes.ts";

export const WhyQuery = Closed({
  update: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: "Name of an update, which may hold *, or an advisory or vulnerability that it mends" }),
  ),
});

const place = { policy: Type.String(), scope: Type.String() };
const Place = Type.Object(place);
const State = OneOf(COMPLIANCE_STATES);
const VerdictWord = OneOf(VERDICTS);

const Field = Type.Object({
  /** As in the document. */
  value: Type.Unknown(),
  /** Null: the default. */
  origin: Nullable(Place),
  /** Policies that say something else here, and aren't heard. */
  unheard: Type.Array(Place),
  /** Members of a long list that are left out. */
  more: Type.Integer(),
});

/** What all policies together say of a machine. */
export const EffectivePolicy = Type.Object({
  fields: Type.Record(Type.String(), Field),
  exclude: Type.Object({ items: Type.Array(Type.Object({ mask: Type.String(), ...place })), more: Type.Integer() }),
  exemptions: Type.Object({
    items: Type.Array(
      Type.Object({
        updates: Type.Array(Type.String()),
        machines: Type.Optional(Type.String()),
        owner: Type.String(),
        reason: Type.String(),
        expiresAt: Type.String(),
        isOver: Type.Boolean(),
        ...place,
      }),
    ),
    more: Type.Integer(),
  }),
  /** All of its scope and above, the one that wins first; `holds`: its selector selects the machine. */
  policies: Type.Array(Type.Object({ ...place, selector: Nullable(Type.String()), priority: Type.Integer(), holds: Type.Boolean() })),
});

export const UpdateWhy = Type.Object({
  name: Type.String(),
  title: Nullable(Type.String()),
  architecture: Type.String(),
  installedVersion: Nullable(Type.String()),
  candidateVersion: Type.String(),
  classification: OneOf(CLASSIFICATIONS),
  severity: OneOf(SEVERITIES),
  cves: Type.Array(Type.String()),
  advisories: Type.Array(Type.String()),
  held: Type.Boolean(),
  phased: Type.Boolean(),
  verdict: VerdictWord,
  /** Whether it keeps the machine from being compliant. */
  counts: Type.Boolean(),
  dueAt: Nullable(Time),
  overdue: Type.Boolean(),
  /** On this machine. */
  firstSeenAt: Time,
  /** In its scope and each one above; null: not yet. */
  firstSeen: Type.Array(Type.Object({ scope: Type.String(), at: Nullable(Time) })),
  /** The steps to the verdict, in words; the last one is the conclusion. */
  sentences: Type.Array(Type.String()),
  /** What would change the verdict; `at` null: somebody must do it. */
  changes: Type.Array(Type.Object({ at: Nullable(Time), text: Type.String() })),
});
export type UpdateWhy = Static<typeof UpdateWhy>;

export const Why = Type.Object({
  machine: Type.String(),
  scope: Type.String(),
  compliance: State,
  reasons: Type.Array(Type.String()),
  assessedAt: Nullable(Time),
  policy: EffectivePolicy,
  updates: Type.Array(UpdateWhy),
  /** Further ones that fit what was asked for. */
  more: Type.Integer(),
  /** What is installed under the name that was asked for, when nothing of it is missing. */
  installed: Type.Array(Package),
});
export type Why = Static<typeof Why>;

export const WhatIfRequest = Closed({
  documents: Type.Optional(
    Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      maxItems: 1_000,
      description: "Update policies as in YAML: new ones, and those that would be so",
    }),
  ),
  scope: Type.Optional({ ...ScopeText, description: "Where documents lie that name no scope" }),
  delete: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 1_000, description: "Names of policies that would be gone" })),
  moves: Type.Optional(
    Type.Array(
      Closed({
        machine: Type.String({ maxLength: 255 }),
        scope: Type.Optional(ScopeText),
        tags: Type.Optional(
          Type.Record(Type.String({ maxLength: 64 }), Nullable(Type.String({ maxLength: 256 })), { description: "Tags that would be set; null removes one" }),
        ),
      }),
      { maxItems: 1_000, description: "Machines that would lie elsewhere, or have other tags" },
    ),
  ),
});
export type WhatIfRequest = Static<typeof WhatIfRequest>;

const States = Type.Object({ compliant: Type.Integer(), noncompliant: Type.Integer(), notassessed: Type.Integer(), stale: Type.Integer() });
export const WhatIf = Type.Object({
  /** How many you may see, how many of them the change reaches, and for how many something changes. */
  machines: Type.Object({ visible: Type.Integer(), judged: Type.Integer(), changed: Type.Integer() }),
  /** States of those that it reaches. */
  before: States,
  after: States,
  overdue: Type.Object({ before: Type.Integer(), after: Type.Integer() }),
  moves: Type.Array(Type.Object({ from: VerdictWord, to: VerdictWord, updates: Type.Integer(), machines: Type.Integer() })),
  /** Updates that would be due at another time. */
  dueChanged: Type.Integer(),
  /** First those whose state changes; at most 100, with 20 updates each. */
  items: Type.Array(
    Type.Object({
      machine: Type.String(),
      scope: Type.String(),
      scopeAfter: Type.String(),
      before: State,
      after: State,
      updates: Type.Array(
        Type.Object({
          name: Type.String(),
          architecture: Type.String(),
          candidateVersion: Type.String(),
          before: VerdictWord,
          after: VerdictWord,
          dueBefore: Nullable(Time),
          dueAfter: Nullable(Time),
          reason: Type.String(),
        }),
      ),
      more: Type.Integer(),
    }),
  ),
  more: Type.Integer(),
  /** Of the documents. */
  warnings: Type.Array(Type.Object({ policy: Type.String(), text: Type.String() })),
});
export type WhatIf = Static<typeof WhatIf>;

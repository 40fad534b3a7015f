import { type TProperties, type TSchema, Type } from "typebox";
import { CLASSIFICATIONS, SEVERITIES } from "../../core/update.ts";
import { APPROVALS, DEFINITION_WAYS, type UpdatePolicySpec as Spec } from "../../core/update-policy.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { Description, DurationText, Moment } from "./shapes.ts";

const MOST_MASKS = 10_000;

const Selector = Type.String({ minLength: 1, maxLength: 2_000, description: "A selector, such as tag:role=web os=linux" });
const Mask = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: "^\\S(.*\\S)?$",
  description: "Name of an update, or KB or advisory; * stands for any characters, letter case doesn't count",
});
const masks = (description: string) => Type.Optional(Type.Array(Mask, { maxItems: MOST_MASKS, description }));

const words: TProperties = Object.fromEntries([...new Set([...CLASSIFICATIONS, ...SEVERITIES])].map((word) => [word, Type.Optional(DurationText)]));
const periods = (description: string) =>
  Type.Optional({ ...(Type.Union([DurationText, Closed({ default: Type.Optional(DurationText), ...words })]) as TSchema), description });

/** `kind: UpdatePolicy`, without `kind`, `name` and `scope`. `docs/updates.md` has its rules. */
export const UpdatePolicySpec = Closed({
  description: Type.Optional(Description),
  selector: Type.Optional({ ...Selector, description: "Which machines of its scope and below. Default: all" }),
  priority: Type.Optional(Type.Integer({ minimum: -1_000, maximum: 1_000, description: "Among policies of one scope the higher one wins. Default: 0" })),
  classifications: Type.Optional(Type.Array(OneOf(CLASSIFICATIONS), { minItems: 1, maxItems: 20, description: "What is chosen. Default: all" })),
  severities: Type.Optional(Type.Array(OneOf(SEVERITIES), { minItems: 1, maxItems: 20, description: "What of it is chosen. Default: all" })),
  include: masks("Chosen as well, whatever their class; alone: nothing else is chosen"),
  exclude: masks("Not deployed; wins over what is included, and adds to what policies above exclude"),
  deferral: periods("Not deployed before this time has passed since the engine first saw the update in the policy's scope. Default: 0d"),
  approval: Type.Optional({ ...OneOf(APPROVALS), description: "manual: only what is approved. Default: auto" }),
  approved: masks("With approval: manual, what a person has approved: masks, or name=version"),
  sla: periods("Until when it must be installed, counted in the same way"),
  definitions: Type.Optional({
    ...OneOf(DEFINITION_WAYS),
    description: "separate: definition updates don't count for compliance; include: they do. Default: separate",
  }),
  exemptions: Type.Optional(
    Type.Array(
      Closed({
        updates: Type.Array({ ...Mask, description: "Masks as elsewhere, or ids of vulnerabilities such as CVE-2026-12345" }, { minItems: 1, maxItems: 1_000 }),
        machines: Type.Optional(Selector),
        owner: Type.String({ minLength: 1, maxLength: 200, description: "Who answers for it" }),
        reason: Type.String({ minLength: 1, maxLength: 1_000 }),
        expiresAt: { ...Moment, description: "When it ends: an instant, or a date or wall time in UTC" },
      }),
      { maxItems: 1_000, description: "What is left out for a while without counting as missing; adds to those of policies above" },
    ),
  ),
});
export type UpdatePolicySpec = Spec;

import type { Scope } from "./scope.ts";
import type { Classification, Severity } from "./update.ts";

/**
 * What policies say of one missing update. Only `approved` ones are installed.
 *
 * | verdict | means | counts against compliance |
 * |---|---|---|
 * | approved | may be installed | yes |
 * | excluded | selected, and named by an exclusion: it isn't deployed, and the risk stays | yes |
 * | exempt | somebody answers for leaving it out, with a reason and an end | no |
 * | deferred | selected; too young, counted from when the engine first saw it in the policy's scope | no |
 * | unapproved | selected; the policy wants a person to approve it first | no |
 * | notselected | the policy doesn't choose its classification or severity | no |
 */
export const VERDICTS = ["approved", "excluded", "exempt", "deferred", "unapproved", "notselected"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Whether a missing update of this verdict keeps its machine from being compliant. */
export const COUNTS: Readonly<Record<Verdict, boolean>> = {
  approved: true,
  excluded: true,
  exempt: false,
  deferred: false,
  unapproved: false,
  notselected: false,
};

/** `manual`: only what `approved` names may be installed. */
export const APPROVALS = ["auto", "manual"] as const;
export type ApprovalWay = (typeof APPROVALS)[number];

/** Whether definition updates (of virus scanners, several a day) count for compliance as others do. */
export const DEFINITION_WAYS = ["separate", "include"] as const;
export type DefinitionWay = (typeof DEFINITION_WAYS)[number];

/** A duration for all, or by classification or severity; of several that fit an update the shortest counts, of none `default`. */
export type Periods = string | Readonly<Partial<Record<"default" | Classification | Severity, string>>>;

/** An update policy as its authors wrote it. Masks hold `*` and are compared with names and advisories, whatever their letter case. */
export interface UpdatePolicySpec {
  description?: string;
  /** Which machines of its scope and below. Default: all. */
  selector?: string;
  /** Among policies of one scope the higher one wins. Default: 0. */
  priority?: number;
  classifications?: readonly Classification[];
  severities?: readonly Severity[];
  include?: readonly string[];
  exclude?: readonly string[];
  /** Counted from when the engine first saw the update in the scope of the policy that says so. */
  deferral?: Periods;
  approval?: ApprovalWay;
  /** With `approval: manual`: masks, or `name=version`. */
  approved?: readonly string[];
  /** Until when it must be installed, counted in the same way. */
  sla?: Periods;
  definitions?: DefinitionWay;
  exemptions?: readonly ExemptionSpec[];
}

export interface ExemptionSpec {
  /** Masks; or ids of vulnerabilities, such as `CVE-2026-12345`. */
  updates: readonly string[];
  /** A selector. Default: all machines of the policy. */
  machines?: string;
  /** Who answers for it. */
  owner: string;
  reason: string;
  /** An instant, or a wall time or date in UTC. */
  expiresAt: string;
}

/** Where a policy lies. */
export interface PolicyPlace {
  policy: string;
  scope: Scope;
}

/** An update policy with its place. */
export interface PlacedPolicy {
  name: string;
  scope: Scope;
  spec: UpdatePolicySpec;
}

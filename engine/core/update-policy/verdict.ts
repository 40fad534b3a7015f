import type { Scope } from "../scope.ts";
import type { MissingUpdate } from "../update.ts";
import { COUNTS, type PolicyPlace, type Verdict } from "../update-policy.ts";
import type { EffectivePolicy } from "./effective.ts";
import { periodFor, type ReadExemption, versionKey } from "./read.ts";

/** What a verdict goes by. */
export type JudgedUpdate = Pick<MissingUpdate, "name" | "candidateVersion" | "classification" | "severity" | "cves" | "advisories">;

export interface Circumstances {
  /** When the engine first saw the update there, Unix milliseconds. */
  firstSeenIn(scope: Scope): number;
  now: number;
}

/** One step on the way to a verdict, in the order in which they are taken; `words.ts` says them. */
export type Finding =
  | { rule: "selected"; by: "default" | "classes"; origins: readonly PolicyPlace[] }
  | { rule: "selected"; by: "include"; mask: string; origins: readonly PolicyPlace[] }
  | { rule: "notselected"; because: "classification" | "severity" | "include"; origins: readonly PolicyPlace[] }
  | { rule: "exempt"; exemptions: readonly ReadExemption[]; until: number }
  | { rule: "exemptionOver"; exemption: ReadExemption }
  | { rule: "exemptionPartial"; exemption: ReadExemption; rest: readonly string[] }
  | { rule: "excluded"; mask: string; place: PolicyPlace; included: boolean }
  | { rule: "approved"; by: string; place: PolicyPlace | null }
  | { rule: "unapproved"; place: PolicyPlace | null }
  | (Counted & { rule: "deferred"; until: number })
  | (Counted & { rule: "deferralOver"; until: number })
  | (Counted & { rule: "due"; dueAt: number; isOver: boolean });

/** A period of a policy, counted from when the update was first seen in its scope. Null: it holds for all updates. */
interface Counted {
  place: PolicyPlace;
  ms: number;
  word: string | null;
  from: number;
}

export interface UpdateVerdict {
  verdict: Verdict;
  /** When it must be installed by, Unix milliseconds; null: no policy says. */
  dueAt: number | null;
  /** The next moment at which verdict or `isOver` may be another one; later than now. Null: not by time. */
  againAt: number | null;
  findings: readonly Finding[];
}

/**
 * What policies say of an update. In this order: is it chosen at all, does somebody answer for leaving it out, is it excluded, is it approved, is it old enough. The first
 * that says no gives the verdict.
 */
export function verdictOf(policy: EffectivePolicy, update: JudgedUpdate, { firstSeenIn, now }: Circumstances): UpdateVerdict {
  const findings: Finding[] = [];
  const [selection, isIncluded] = selectionOf(policy, update);
  findings.push(selection);
  if (selection.rule === "notselected") return { verdict: "notselected", dueAt: null, againAt: null, findings };

  const exemption = exemptionOf(policy, update, now);
  findings.push(...exemption);
  const exempt = exemption.find((one) => one.rule === "exempt");
  if (exempt) return { verdict: "exempt", dueAt: null, againAt: exempt.until, findings };

  const due = dueOf(policy, update, firstSeenIn, now);
  const dueAt = due?.dueAt ?? null;
  const times = due && !due.isOver ? [due.dueAt] : [];
  const end = (verdict: Verdict): UpdateVerdict => ({
    ...{ verdict, dueAt, findings: due ? [...findings, due] : findings },
    againAt: times.length === 0 ? null : Math.min(...times),
  });

  const exclusion = exclusionOf(policy, update, isIncluded);
  if (exclusion) {
    findings.push(exclusion);
    return end("excluded");
  }
  const approval = approvalOf(policy, update);
  if (approval) findings.push(approval);
  const deferral = deferralOf(policy, update, firstSeenIn, now);
  if (deferral) findings.push(deferral);
  // Time alone doesn't end the waiting for a person.
  if (approval?.rule === "unapproved") return end("unapproved");
  if (deferral?.rule !== "deferred") return end("approved");
  times.push(deferral.until);
  return end("deferred");
}

/** What masks are compared with. */
const wordsOf = ({ name, advisories }: JudgedUpdate): readonly string[] => (advisories.length === 0 ? [name] : [name, ...advisories]);

function firstMask(masks: { find(value: string): string | undefined }, words: readonly string[]): string | undefined {
  for (const word of words) {
    const mask = masks.find(word);
    if (mask !== undefined) return mask;
  }
  return undefined;
}

const placesOf = (...fields: readonly { origin: PolicyPlace | null }[]): PolicyPlace[] => fields.flatMap(({ origin }) => origin ?? []);

/** `include` adds to what classes choose; alone it chooses nothing else. */
function selectionOf(policy: EffectivePolicy, update: JudgedUpdate): [Finding, isIncluded: boolean] {
  const { classifications, severities, include } = policy;
  const mask = include.value === null ? undefined : firstMask(include.value, wordsOf(update));
  if (mask !== undefined) return [{ rule: "selected", by: "include", mask, origins: placesOf(include) }, true];
  if (classifications.value === null && severities.value === null) {
    if (include.value === null) return [{ rule: "selected", by: "default", origins: [] }, false];
    return [{ rule: "notselected", because: "include", origins: placesOf(include) }, false];
  }
  if (classifications.value?.has(update.classification) === false)
    return [{ rule: "notselected", because: "classification", origins: placesOf(classifications) }, false];
  if (severities.value?.has(update.severity) === false) return [{ rule: "notselected", because: "severity", origins: placesOf(severities) }, false];
  return [{ rule: "selected", by: "classes", origins: placesOf(classifications, severities) }, false];
}

/**
 * An update is exempt by its name or advisory; or by its vulnerabilities, when each of them is: else an exemption of one would hide the others. What is over is told too, as it
 * explains why the update counts again.
 */
function exemptionOf(policy: EffectivePolicy, update: JudgedUpdate, now: number): Finding[] {
  if (policy.exemptions.length === 0) return [];
  const words = wordsOf(update);
  const left = new Set(update.cves);
  const used: ReadExemption[] = [];
  const findings: Finding[] = [];
  let named: ReadExemption | undefined;
  for (const exemption of policy.exemptions) {
    const isNamed = firstMask(exemption.updates, words) !== undefined;
    const covered = update.cves.filter((cve) => exemption.vulnerabilities.find(cve) !== undefined);
    if (!isNamed && covered.length === 0) continue;
    if (exemption.expiresAt <= now) {
      findings.push({ rule: "exemptionOver", exemption });
      continue;
    }
    if (isNamed && exemption.expiresAt > (named?.expiresAt ?? 0)) named = exemption;
    if (covered.some((cve) => left.has(cve))) used.push(exemption);
    for (const cve of covered) left.delete(cve);
  }
  if (named) return [{ rule: "exempt", exemptions: [named], until: named.expiresAt }];
  if (used.length > 0 && left.size === 0) return [{ rule: "exempt", exemptions: used, until: Math.min(...used.map(({ expiresAt }) => expiresAt)) }];
  return [...findings, ...used.map((exemption): Finding => ({ rule: "exemptionPartial", exemption, rest: [...left] }))];
}

function exclusionOf(policy: EffectivePolicy, update: JudgedUpdate, included: boolean): Finding | undefined {
  const words = wordsOf(update);
  for (const { place, masks } of policy.exclude) {
    const mask = firstMask(masks, words);
    if (mask !== undefined) return { rule: "excluded", mask, place, included };
  }
  return undefined;
}

function approvalOf({ approval, approved }: EffectivePolicy, update: JudgedUpdate): Finding | undefined {
  if (approval.value === "auto") return undefined;
  const words = wordsOf(update);
  const by =
    firstMask(approved.value.names, words) ?? words.map((word) => approved.value.versions.get(versionKey(word, update.candidateVersion))).find(Boolean);
  return by === undefined ? { rule: "unapproved", place: approval.origin } : { rule: "approved", by, place: approved.origin };
}

type FirstSeenIn = Circumstances["firstSeenIn"];

function deferralOf({ deferral }: EffectivePolicy, update: JudgedUpdate, firstSeenIn: FirstSeenIn, now: number): Finding | undefined {
  const period = periodFor(deferral.value, update);
  if (period === null || period.ms === 0 || deferral.origin === null) return undefined;
  const from = firstSeenIn(deferral.origin.scope);
  const until = from + period.ms;
  return { rule: until > now ? "deferred" : "deferralOver", place: deferral.origin, ...period, from, until };
}

function dueOf({ sla }: EffectivePolicy, update: JudgedUpdate, firstSeenIn: FirstSeenIn, now: number): Extract<Finding, { rule: "due" }> | undefined {
  const period = periodFor(sla.value, update);
  if (period === null || sla.origin === null) return undefined;
  const from = firstSeenIn(sla.origin.scope);
  const dueAt = from + period.ms;
  return { rule: "due", place: sla.origin, ...period, from, dueAt, isOver: dueAt <= now };
}

/** Whether definition updates of this machine are counted by themselves. */
const isApart = (policy: EffectivePolicy, { classification }: Pick<MissingUpdate, "classification">): boolean =>
  classification === "definition" && policy.definitions.value === "separate";

/** Whether an update is one of those by which a machine is judged: it has been offered to it, and isn't apart. */
export const isWeighed = (policy: EffectivePolicy, update: Pick<MissingUpdate, "classification" | "phased">): boolean =>
  !update.phased && !isApart(policy, update);

/** Whether it keeps its machine from being compliant. */
export const countsAgainst = (policy: EffectivePolicy, update: Pick<MissingUpdate, "classification" | "phased">, verdict: Verdict): boolean =>
  COUNTS[verdict] && isWeighed(policy, update);

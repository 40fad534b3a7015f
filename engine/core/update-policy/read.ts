import { parseDuration } from "../duration.ts";
import { type MaskSet, maskSet } from "../mask.ts";
import { readMomentIn } from "../schedule/moment.ts";
import { parseSelector, type Selector } from "../selector.ts";
import type { Classification, MissingUpdate, Severity } from "../update.ts";
import type { ApprovalWay, DefinitionWay, ExemptionSpec, Periods, PlacedPolicy, PolicyPlace, UpdatePolicySpec } from "../update-policy.ts";

/** The fields of which the nearest policy that says something wins. */
export interface ReadFields {
  classifications: ReadonlySet<Classification>;
  severities: ReadonlySet<Severity>;
  include: MaskSet;
  deferral: ReadPeriods;
  approval: ApprovalWay;
  approved: ReadApproved;
  sla: ReadPeriods;
  definitions: DefinitionWay;
}

/** A policy whose texts have been read, once for all machines. */
export interface ReadPolicy {
  place: PolicyPlace;
  spec: UpdatePolicySpec;
  /** Null: all machines. */
  selector: Selector | null;
  priority: number;
  fields: { readonly [Name in keyof ReadFields]?: ReadFields[Name] };
  exclude: MaskSet | null;
  exemptions: readonly ReadExemption[];
}

export interface ReadExemption extends Pick<ExemptionSpec, "owner" | "reason"> {
  place: PolicyPlace;
  machines: Selector | null;
  updates: MaskSet;
  /** Those of them that name vulnerabilities. */
  vulnerabilities: MaskSet;
  /** Unix milliseconds. */
  expiresAt: number;
}

/** @throws SELECTOR_INVALID, DURATION_INVALID: what is stored was checked */
export function readPolicy({ name, scope, spec }: PlacedPolicy): ReadPolicy {
  const { selector, priority = 0, classifications, severities, include, exclude, deferral, approval, approved, sla, definitions, exemptions = [] } = spec;
  const place = { policy: name, scope };
  return {
    ...{ place, spec, priority },
    selector: selector === undefined ? null : parseSelector(selector),
    fields: {
      ...(classifications && { classifications: new Set(classifications) }),
      ...(severities && { severities: new Set(severities) }),
      ...(include && { include: maskSet(include) }),
      ...(deferral !== undefined && { deferral: readPeriods(deferral) }),
      ...(approval && { approval }),
      ...(approved && { approved: readApproved(approved) }),
      ...(sla !== undefined && { sla: readPeriods(sla) }),
      ...(definitions && { definitions }),
    },
    exclude: exclude && exclude.length > 0 ? maskSet(exclude) : null,
    exemptions: exemptions.map((one) => readExemption(one, place)),
  };
}

const isVulnerability = (mask: string): boolean => /^cve-/i.test(mask);

function readExemption({ updates, machines, owner, reason, expiresAt }: ExemptionSpec, place: PolicyPlace): ReadExemption {
  return {
    ...{ place, owner, reason },
    machines: machines === undefined ? null : parseSelector(machines),
    updates: maskSet(updates.filter((mask) => !isVulnerability(mask))),
    vulnerabilities: maskSet(updates.filter(isVulnerability)),
    // One that can't be read ends nothing and exempts nothing.
    expiresAt: endOf(expiresAt) ?? 0,
  };
}

/** When an exemption ends, Unix milliseconds; undefined: it can't be read. */
export const endOf = (expiresAt: string): number | undefined => readMomentIn(expiresAt, "UTC")?.epochMilliseconds;

/** Durations in milliseconds, by classification and severity. */
export interface ReadPeriods {
  byWord: ReadonlyMap<string, number>;
  otherwise: number | null;
}

export const NO_PERIODS: ReadPeriods = { byWord: new Map(), otherwise: null };

export function readPeriods(periods: Periods): ReadPeriods {
  if (typeof periods === "string") return { byWord: new Map(), otherwise: parseDuration(periods) };
  const { default: otherwise, ...words } = periods;
  return {
    byWord: new Map(Object.entries(words).map(([word, duration]) => [word, parseDuration(duration)])),
    otherwise: otherwise === undefined ? null : parseDuration(otherwise),
  };
}

/** Which one holds for an update, and the word that it comes from; null: none. */
export function periodFor(
  { byWord, otherwise }: ReadPeriods,
  { classification, severity }: Pick<MissingUpdate, "classification" | "severity">,
): { ms: number; word: string | null } | null {
  let best: { ms: number; word: string | null } | null = null;
  for (const word of [classification, severity]) {
    const ms = byWord.get(word);
    if (ms !== undefined && (best === null || ms < best.ms)) best = { ms, word };
  }
  return best ?? (otherwise === null ? null : { ms: otherwise, word: null });
}

/** What a person has approved: names by masks, and single versions of them. */
export interface ReadApproved {
  names: MaskSet;
  /** `name=version`, the name in lower case: as it was written. */
  versions: ReadonlyMap<string, string>;
}

export const NOTHING_APPROVED: ReadApproved = { names: maskSet([]), versions: new Map() };

/** A name holds no `=`, a version may. */
export function readApproved(approved: readonly string[]): ReadApproved {
  const [versions, masks] = [approved.filter((one) => one.includes("=")), approved.filter((one) => !one.includes("="))];
  return { names: maskSet(masks), versions: new Map(versions.map((written) => [versionKey(...nameAndVersion(written)), written])) };
}

export const versionKey = (name: string, version: string): string => `${name.toLowerCase()}=${version}`;

function nameAndVersion(written: string): [string, string] {
  const at = written.indexOf("=");
  return [written.slice(0, at), written.slice(at + 1)];
}

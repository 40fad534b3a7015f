import { RunwrightError } from "../errors.ts";
import { isInnerMask } from "../mask.ts";
import type { DocumentProblem } from "../resource.ts";
import { parseSelector } from "../selector.ts";
import { CLASSIFICATIONS, SEVERITIES } from "../update.ts";
import type { ExemptionSpec, UpdatePolicySpec } from "../update-policy.ts";
import { endOf, periodFor, readPeriods } from "./read.ts";
import { periodText, updatesText } from "./words.ts";

/** Masks of one policy that are tried one by one on each update. */
const MOST_INNER = 200;
const LONGEST_MS = 3_650 * 86_400_000;

/** What is wrong with a policy beyond its shape. */
export function policyProblems(spec: UpdatePolicySpec): DocumentProblem[] {
  const { selector, include, exclude, approved, deferral, sla, exemptions = [] } = spec;
  return [
    ...selectorProblems(selector, "/selector"),
    ...(approved ?? []).flatMap((one, i) => approvedProblems(one, `/approved/${i}`)),
    ...periodProblems(deferral, "/deferral"),
    ...periodProblems(sla, "/sla"),
    ...exemptions.flatMap((one, i) => exemptionProblems(one, `/exemptions/${i}`)),
    ...maskProblems([include, exclude, approved, ...exemptions.map(({ updates }) => updates)]),
  ];
}

function selectorProblems(text: string | undefined, path: string): DocumentProblem[] {
  if (text === undefined) return [];
  try {
    // What changes each minute isn't what a machine is.
    return parseSelector(text).some(({ key }) => key === "state") ? [{ path, message: "can't go by whether machines are online" }] : [];
  } catch (error) {
    if (!(error instanceof RunwrightError)) throw error;
    return [{ path, message: error.message }];
  }
}

function maskProblems(lists: readonly (readonly string[] | undefined)[]): DocumentProblem[] {
  const inner = lists.reduce((sum, list = []) => sum + list.filter(isInnerMask).length, 0);
  if (inner <= MOST_INNER) return [];
  const message = `has ${inner} masks with * on both sides or in their midst, at most ${MOST_INNER} may be; of those that only begin or end with it there may be thousands`;
  return [{ path: "", message }];
}

const approvedProblems = (one: string, path: string): DocumentProblem[] =>
  /^[^=*]+=[^*]+$/.test(one) || !one.includes("=") ? [] : [{ path, message: "name=version names one version of one update, without *" }];

function periodProblems(periods: UpdatePolicySpec["deferral"], path: string): DocumentProblem[] {
  if (periods === undefined) return [];
  const entries = typeof periods === "string" ? [[path, periods] as const] : Object.entries(periods).map(([word, one]) => [`${path}/${word}`, one] as const);
  if (entries.length === 0) return [{ path, message: "says nothing; leave it out" }];
  return entries.flatMap(([at, one]) => ((readPeriods(one).otherwise ?? 0) > LONGEST_MS ? [{ path: at, message: "is at most 3650d" }] : []));
}

function exemptionProblems({ machines, expiresAt }: ExemptionSpec, path: string): DocumentProblem[] {
  const unreadable = { path: `${path}/expiresAt`, message: 'isn\'t a moment; write an instant such as "2026-12-31T18:00Z", or a date' };
  return [...selectorProblems(machines, `${path}/machines`), ...(endOf(expiresAt) === undefined ? [unreadable] : [])];
}

/** What an author should know of a policy that is taken all the same. @param now Unix milliseconds */
export function policyWarnings(spec: UpdatePolicySpec, now: number): string[] {
  const { exclude = [], include = [], exemptions = [], approval, approved } = spec;
  const excluded = new Set(exclude.map((mask) => mask.toLowerCase()));
  return [
    ...(exclude.some(isEverything)
      ? [
          "excludes everything: nothing is deployed, and what is missing still counts, so that no machine becomes compliant by it; to leave updates out for a while, exempt them",
        ]
      : include.filter((mask) => excluded.has(mask.toLowerCase())).map((mask) => `"${mask}" is included and excluded: the exclusion wins`)),
    ...lateWarnings(spec),
    ...(approval === "manual" && approved === undefined
      ? ["wants everything approved by a person, and names nothing that is, unless a policy above does"]
      : []),
    ...exemptions.flatMap(({ updates, machines, owner, expiresAt }) => [
      ...((endOf(expiresAt) ?? 0) <= now ? [`the exemption for which ${owner} answers is over already (${expiresAt})`] : []),
      ...(updates.some(isEverything) && machines === undefined
        ? [`the exemption for which ${owner} answers is of every update on every machine until ${expiresAt}`]
        : []),
    ]),
  ];
}

const isEverything = (mask: string): boolean => /^\*+$/.test(mask);

/** Updates that are overdue before they may be installed. */
function lateWarnings({ deferral, sla }: UpdatePolicySpec): string[] {
  if (deferral === undefined || sla === undefined) return [];
  const [deferred, due] = [readPeriods(deferral), readPeriods(sla)];
  const late = new Set<string>();
  for (const classification of CLASSIFICATIONS) {
    for (const severity of SEVERITIES) {
      const [first, last] = [periodFor(deferred, { classification, severity }), periodFor(due, { classification, severity })];
      if (first === null || last === null || first.ms === 0 || first.ms < last.ms) continue;
      late.add(
        `defers ${updatesText(first.word)} by ${periodText(first.ms)}, and wants ${updatesText(last.word)} installed within ${periodText(last.ms)}: they are overdue before they may be installed`,
      );
    }
  }
  return [...late];
}

import { formatDuration } from "../duration.ts";
import type { MissingUpdate } from "../update.ts";
import type { PolicyPlace, Verdict } from "../update-policy.ts";
import type { EffectivePolicy } from "./effective.ts";
import type { Finding, UpdateVerdict } from "./verdict.ts";

type Told<Rule extends Finding["rule"]> = Extract<Finding, { rule: Rule }>;

/** `2026-03-04 10:00 UTC` */
export const timeText = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
export const placeText = ({ policy, scope }: PolicyPlace): string => `policy ${policy} (${scope})`;
const placesText = (places: readonly PolicyPlace[]): string => listText([...new Set(places.map(placeText))]);
/** A period that policies set; exact, also of weeks and months. */
export const periodText = (ms: number): string => (ms === 0 ? "0d" : ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : formatDuration(ms));

export function listText(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Each step towards a verdict as a sentence. */
const SENTENCES: { readonly [Rule in Finding["rule"]]: (finding: Told<Rule>, update: MissingUpdate, policy: EffectivePolicy) => string } = {
  selected: (finding, { classification, severity }, policy) => {
    if (finding.by === "default") return "No policy restricts what is chosen.";
    if (finding.by === "include") return `It is chosen by its name: ${placesText(finding.origins)} includes "${finding.mask}".`;
    const reasons = [policy.classifications.value && `its classification ${classification}`, policy.severities.value && `its severity ${severity}`];
    const said = listText(reasons.filter((one) => one !== null));
    return `It is chosen by ${said}: ${placesText(finding.origins)}.`;
  },
  notselected: ({ because, origins }, { classification, severity }, policy) => {
    const by = placesText(origins);
    if (because === "include") return `It isn't chosen: ${by} names what is, and it isn't among that.`;
    if (because === "severity") return `It isn't chosen: its severity is ${severity}, and ${by} chooses ${[...(policy.severities.value ?? [])].join(", ")}.`;
    return `It isn't chosen: its classification is ${classification}, and ${by} chooses ${[...(policy.classifications.value ?? [])].join(", ")}.`;
  },
  exempt: ({ exemptions, until }) => {
    const [first, ...others] = exemptions.map(({ owner, reason, place }) => `${owner} answers for leaving it out (${placeText(place)}): ${reason}`);
    return `It is exempt until ${timeText(until)}: ${[first, ...others].join("; ")}`;
  },
  exemptionOver: ({ exemption: { owner, place, expiresAt } }) =>
    `An exemption for which ${owner} answered (${placeText(place)}) ended at ${timeText(expiresAt)}.`,
  exemptionPartial: ({ exemption: { place, owner }, rest }) =>
    `The exemption for which ${owner} answers (${placeText(place)}) doesn't cover all that it mends: ${listText(rest.slice(0, 5))}${rest.length > 5 ? ` and ${rest.length - 5} more are` : rest.length === 1 ? " is" : " are"} left.`,
  excluded: ({ mask, place, included }) => `${capital(placeText(place))} excludes "${mask}"${included ? ", and an exclusion wins over an inclusion" : ""}.`,
  approved: ({ by, place }) => `A person has approved "${by}"${place ? ` (${placeText(place)})` : ""}.`,
  unapproved: ({ place }) => `${place ? capital(placeText(place)) : "The policy"} wants a person to approve it first, and nobody has approved this version.`,
  deferred: (finding) => `${deferralText(finding)}: until ${timeText(finding.until)}.`,
  deferralOver: (finding) => `${deferralText(finding)}; that was over at ${timeText(finding.until)}.`,
  due: ({ place, ms, word, from, dueAt, isOver }) =>
    `${capital(placeText(place))} gives ${updatesText(word)} ${periodText(ms)} from ${timeText(from)}, when it was first seen in ${place.scope}: ${
      isOver ? `it should have been installed by ${timeText(dueAt)}, and is overdue` : `it must be installed by ${timeText(dueAt)}`
    }.`,
};

/** @param word the classification or severity that a period is for; null: what no other period is for */
export const updatesText = (word: string | null): string => (word === null ? "updates" : `${word} updates`);

const deferralText = ({ place, ms, word, from }: Told<"deferred" | "deferralOver">): string =>
  `${capital(placeText(place))} defers ${updatesText(word)} by ${periodText(ms)}, counted from ${timeText(from)}, when it was first seen in ${place.scope}`;

const CONCLUSIONS: Readonly<Record<Verdict, string>> = {
  approved: "So it is approved: it may be installed, and counts as missing until it is.",
  excluded: "So it is excluded: it isn't deployed, and still counts as missing, as the risk stays.",
  exempt: "So it is exempt: it isn't deployed, and doesn't count as missing.",
  deferred: "So it is deferred: it isn't deployed yet, and doesn't count as missing yet.",
  unapproved: "So it is unapproved: it isn't deployed, and doesn't count as missing.",
  notselected: "So it isn't selected: it isn't deployed, and doesn't count as missing.",
};

/** What besides policies decides how an update counts and whether it can be installed. */
function circumstances(update: MissingUpdate, policy: EffectivePolicy): string[] {
  const { definitions } = policy;
  return [
    ...(update.phased ? ["It is phased, and the machine's turn hasn't come: it doesn't count as missing before."] : []),
    ...(update.classification === "definition" && definitions.value === "separate"
      ? [`Definition updates stand apart (${definitions.origin ? placeText(definitions.origin) : "the default"}): it doesn't count for compliance.`]
      : []),
    ...(update.held
      ? ["It is held on the machine: the package manager won't install it before the hold is lifted there, and it counts as missing all the same."]
      : []),
  ];
}

/** Why it has this verdict, as sentences in the order of the steps; the last one is the conclusion. */
export function sentencesOf(update: MissingUpdate, { verdict, findings }: UpdateVerdict, policy: EffectivePolicy): string[] {
  const told = findings.map((finding) => sentenceOf(finding, update, policy));
  return [...told, ...circumstances(update, policy), CONCLUSIONS[verdict]];
}

const sentenceOf = (finding: Finding, update: MissingUpdate, policy: EffectivePolicy): string =>
  (SENTENCES[finding.rule] as (one: Finding, update: MissingUpdate, policy: EffectivePolicy) => string)(finding, update, policy);

/** Which steps decide on a verdict; the last of them that was taken is the reason in short. */
const DECIDING: Readonly<Record<Verdict, readonly Finding["rule"][]>> = {
  approved: ["selected", "approved", "deferralOver", "exemptionOver"],
  excluded: ["excluded"],
  exempt: ["exempt"],
  deferred: ["deferred"],
  unapproved: ["unapproved"],
  notselected: ["notselected"],
};

/** The sentence that says the most about why it has this verdict. */
export function reasonOf(update: MissingUpdate, { verdict, findings }: UpdateVerdict, policy: EffectivePolicy): string {
  const finding = findings.findLast(({ rule }) => DECIDING[verdict].includes(rule));
  return finding ? sentenceOf(finding, update, policy) : "";
}

/** Something that would change a verdict: by itself at a moment, or when somebody does it. */
export interface PossibleChange {
  /** Unix milliseconds; null: not by time. */
  at: number | null;
  text: string;
}

/** What would change it, the earliest first, then what somebody can do. */
export function changesOf(update: MissingUpdate, { findings }: UpdateVerdict, policy: EffectivePolicy): PossibleChange[] {
  const found = findings.flatMap((one): PossibleChange[] => CHANGES[one.rule]?.(one as never, update) ?? []);
  if (update.phased) found.push({ at: null, text: "the distribution offers it to this machine" });
  if (update.classification === "definition" && policy.definitions.value === "separate")
    found.push({ at: null, text: "`definitions: include` in a policy: then it counts" });
  if (update.held) found.push({ at: null, text: "the hold is lifted on the machine" });
  return found.sort((a, b) => (a.at ?? Number.POSITIVE_INFINITY) - (b.at ?? Number.POSITIVE_INFINITY) || 0);
}

const CHANGES: { readonly [Rule in Finding["rule"]]?: (finding: Told<Rule>, update: MissingUpdate) => PossibleChange[] } = {
  notselected: ({ because, origins }, { name, classification, severity }) => {
    const [place] = origins;
    const by = place ? placeText(place) : "a policy";
    const more =
      because === "classification"
        ? `\`${classification}\` among the classifications of ${by}, or `
        : because === "severity"
          ? `\`${severity}\` among the severities of ${by}, or `
          : "";
    return [{ at: null, text: `${more}"${name}" in the \`include\` of a policy: then it is chosen` }];
  },
  exempt: ({ until }) => [{ at: until, text: "the exemption ends: it is judged as if there were none" }],
  exemptionPartial: ({ rest }) => [{ at: null, text: `an exemption that also covers ${listText(rest.slice(0, 5))}` }],
  excluded: ({ mask, place }) => [
    { at: null, text: `"${mask}" taken out of the \`exclude\` of ${placeText(place)}` },
    { at: null, text: "an exemption, with an owner, a reason and an end: then it doesn't count as missing" },
  ],
  unapproved: ({ place }, { name, candidateVersion }) => [
    { at: null, text: `"${name}=${candidateVersion}" among what is \`approved\` by ${place ? placeText(place) : "a policy"}` },
  ],
  deferred: ({ until }) => [{ at: until, text: "the deferral ends" }],
  due: ({ dueAt, isOver }) => (isOver ? [] : [{ at: dueAt, text: "it becomes overdue" }]),
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

import { listOf, memberOf, textOf } from "../../core/loosely.ts";
import { ruleWords } from "./rule-words.ts";

type Spec = Readonly<Record<string, unknown>>;

const shown = (name: string, value: unknown): (readonly [string, string])[] => {
  const text = textOf(value);
  return text === undefined ? [] : [[name, text]];
};

const MISFIRE: Readonly<Record<string, string>> = {
  skip: "what was missed isn't started",
  once: "what was missed is started once",
  all: "all that was missed is started",
};
const OVERLAP: Readonly<Record<string, string>> = {
  queue: "waits until the job before has ended",
  skip: "is left out while the job before runs",
  cancel: "stops the job before",
};
const GAP: Readonly<Record<string, string>> = {
  shift: "a time that clocks leave out is moved behind the gap",
  skip: "a time that clocks leave out is skipped",
};
const REPEAT: Readonly<Record<string, string>> = {
  first: "a repeated time runs the first time",
  last: "a repeated time runs the second time",
  both: "a repeated time runs both times",
};
const worded = (words: Readonly<Record<string, string>>, word: string): string => (Object.hasOwn(words, word) ? (words[word] ?? word) : word);

/** What a schedule's document says besides what it starts. Where it says nothing, the engine's defaults hold and are told. */
export function scheduleFacts(spec: Spec): (readonly [string, string])[] {
  const policy = textOf(memberOf(spec.misfire, "policy")) ?? "once";
  const grace = textOf(memberOf(spec.misfire, "grace")) ?? "1h";
  return [
    ["Rule", ruleWords(spec)],
    ["Time zone", textOf(spec.timeZone) ?? "UTC"],
    ...shown("From", spec.startAt),
    ...shown("Until", spec.expiresAt),
    ...shown("Jitter", spec.jitter),
    ["Missed", `${worded(MISFIRE, policy)}, up to ${grace} late`],
    ["Overlap", worded(OVERLAP, textOf(spec.overlap) ?? "queue")],
    ["Clock changes", `${worded(GAP, textOf(memberOf(spec.dst, "gap")) ?? "shift")}; ${worded(REPEAT, textOf(memberOf(spec.dst, "repeat")) ?? "first")}`],
  ];
}

/** One runbook that a document starts. */
export interface StartedRun {
  runbook: string;
  version: number | undefined;
  parameters: unknown;
  /** Parameters that are taken from what was received: name and JSON Pointer. */
  map: unknown;
}

export const startedRuns = (spec: Spec): StartedRun[] =>
  listOf(spec.runs).flatMap((run) => {
    const runbook = textOf(memberOf(run, "runbook"));
    const version = memberOf(run, "version");
    return runbook === undefined
      ? []
      : [{ runbook, version: typeof version === "number" ? version : undefined, parameters: memberOf(run, "parameters"), map: memberOf(run, "map") }];
  });

/** How requests to a webhook prove where they come from, and what else is asked of them. */
export function webhookFacts(spec: Spec): (readonly [string, string])[] {
  const { verify } = spec;
  const scheme = textOf(memberOf(verify, "scheme")) ?? "none";
  const hmac = memberOf(verify, "hmac");
  const addresses = listOf(spec.allowedAddresses).map(String);
  const rate = spec.rateLimit;
  return [
    ["Verified", scheme === "none" ? "no: whoever knows the address may send" : `signed by the scheme ${scheme}`],
    ...shown("With the secret", memberOf(verify, "secret")),
    ...(hmac === undefined ? [] : shown("Signature", `${textOf(memberOf(hmac, "header")) ?? ""}, ${textOf(memberOf(hmac, "algorithm")) ?? "sha256"}`)),
    ["Taken from", addresses.length === 0 ? "any address" : addresses.join(", ")],
    [
      "At most",
      rate === undefined ? "20 requests a second, 100 at once" : `${memberOf(rate, "perSecond")} requests a second, ${memberOf(rate, "burst")} at once`,
    ],
    ...(listOf(spec.where).length === 0 ? [] : [["Only when", listOf(spec.where).map(conditionWords).join(" and ")] as const]),
    ["Senders may wait", spec.wait === false ? "no" : "yes, with ?wait="],
  ];
}

function conditionWords(condition: unknown): string {
  const at = textOf(memberOf(condition, "at")) ?? "the document";
  const json = (name: string) => JSON.stringify(memberOf(condition, name)) ?? "";
  if (memberOf(condition, "equals") !== undefined) return `${at} is ${json("equals")}`;
  if (memberOf(condition, "in") !== undefined) return `${at} is one of ${json("in")}`;
  if (memberOf(condition, "startsWith") !== undefined) return `${at} begins with ${json("startsWith")}`;
  return `${at} ${memberOf(condition, "exists") === false ? "isn't there" : "is there"}`;
}

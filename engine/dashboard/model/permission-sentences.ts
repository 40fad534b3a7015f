import { formatDuration } from "../../core/duration.ts";
import { listOf, memberOf, textOf } from "../../core/loosely.ts";
import { bytesText, counted } from "./words.ts";

/** What a runbook may do: a sentence, and the names that it is about. */
export interface Sentence {
  says: string;
  names: readonly string[];
  /** It changes something outside of the engine, or opens secrets: what a reviewer looks at first. */
  weighs: "heavy" | "light";
}

const LISTS: readonly { permission: string; says: string; weighs: Sentence["weighs"] }[] = [
  { permission: "http", says: "Sends requests to", weighs: "heavy" },
  { permission: "secrets", says: "Reads the secrets", weighs: "heavy" },
  { permission: "credentials", says: "Reads users and passwords of the credentials", weighs: "heavy" },
  { permission: "certificates", says: "Reads, with their keys, the certificates", weighs: "heavy" },
  { permission: "connections", says: "Reads the connections", weighs: "heavy" },
  { permission: "variables", says: "Reads the variables", weighs: "light" },
  { permission: "setVariables", says: "Sets the variables", weighs: "heavy" },
  { permission: "engine", says: "Has the engine itself do", weighs: "heavy" },
  { permission: "jobs", says: "Starts jobs of the runbooks", weighs: "heavy" },
];

const ACTIONS: Readonly<Record<string, string>> = {
  exec: "runs programs",
  inventory: "has them look for updates",
  install: "installs updates",
  reboot: "reboots them",
  tag: "changes their tags",
};
const KNOWN = new Set(["machines", "deployments", ...LISTS.map(({ permission }) => permission)]);

/** Permissions of a manifest, in words. What isn't known here is told as it stands: nothing that opens something is left out. */
export function permissionSentences(permissions: unknown): Sentence[] {
  const names = (permission: string) => listOf(memberOf(permissions, permission)).map(String);
  const others = typeof permissions === "object" && permissions !== null ? Object.entries(permissions).filter(([name]) => !KNOWN.has(name)) : [];
  return [
    ...machineSentences(memberOf(permissions, "machines")),
    ...LISTS.map(({ permission, says, weighs }) => ({ says, names: names(permission), weighs })).filter(({ names }) => names.length > 0),
    ...(memberOf(permissions, "deployments") === true
      ? [{ says: "Carries out the deployment that has started its job", names: [], weighs: "heavy" as const }]
      : []),
    ...others.map(([name, value]) => ({ says: name, names: [JSON.stringify(value) ?? ""], weighs: "heavy" as const })),
  ];
}

function machineSentences(machines: unknown): Sentence[] {
  if (machines === undefined) return [];
  const select = textOf(memberOf(machines, "select")) ?? "";
  const actions = listOf(memberOf(machines, "actions"))
    .map(String)
    .filter((action) => action !== "read");
  const does = actions.map((action) => (Object.hasOwn(ACTIONS, action) ? (ACTIONS[action] ?? action) : action));
  const where = select === "" ? "On all machines of its scope" : "On machines that match";
  const what = does.length === 0 ? "reads facts, tags, packages and updates" : does.join(", ").replace(/, ([^,]*)$/, " and $1");
  return [{ says: `${where}, ${what}`, names: select === "" ? [] : [select], weighs: does.length > 0 ? "heavy" : "light" }];
}

/** Limits of a manifest: name and value in words. */
export function limitWords(limits: unknown): (readonly [string, string])[] {
  const number = (name: string) => {
    const value = memberOf(limits, name);
    return typeof value === "number" ? value : undefined;
  };
  const shown = (name: string, label: string, words: (value: number) => string): (readonly [string, string])[] => {
    const value = number(name);
    return value === undefined ? [] : [[label, words(value)]];
  };
  return [
    ...shown("timeoutMs", "Time", (ms) => `${formatDuration(ms)}, waiting not counted`),
    ...shown("cpuMs", "CPU time of an attempt", formatDuration),
    ...shown("memoryMb", "Memory", (mb) => `${mb} MB`),
    ...shown("outputBytes", "Streams", bytesText),
    ...shown("logRate", "Stream entries", (rate) => `${counted(rate, "entry", "entries")} a second`),
    ...shown("hostCalls", "Host calls", (calls) => counted(calls, "call")),
  ];
}

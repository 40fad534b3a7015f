/**
 * Which code of the agent runs on this machine, and which one is on trial. Pure: the starter and the agent write what comes out to `versions.json`.
 *
 *     an update: tryOut → started (once for each start) → kept, or wentBack
 */
export interface Versions {
  /** What came with the starter when it was last looked at. Another one, of a newer package, takes over. */
  brought: string;
  /** What runs. Codes are named by their SHA-256, hex. */
  current: string;
  /** What ran before; null: nothing did. */
  previous: string | null;
  trial: Trial | null;
  /** Of the last trial, until the next one. */
  verdict: Verdict | null;
}

export interface Trial {
  hash: string;
  version: string;
  /** Of the command that asked for it. */
  commandId: string;
  /** In which it must have reported to its engine, milliseconds from when the starter starts it first. */
  deadlineMs: number;
  /** How often it was started; on disk before each start, so that a machine which it brings down counts, too. */
  starts: number;
}

export interface Verdict extends Pick<Trial, "hash" | "version" | "commandId"> {
  kept: boolean;
  /** Why it was or wasn't, in words. */
  reason: string;
}

export type Step = { do: "run"; hash: string } | { do: "try"; trial: Trial } | { do: "goBack"; reason: string };

/** A new version that ends before it has reported may be started so often. */
export const MAX_STARTS = 3;
const HASH = /^[0-9a-f]{64}$/;
export const isHash = (text: unknown): text is string => typeof text === "string" && HASH.test(text);

export function nextStep({ current, trial }: Versions): Step {
  if (trial === null) return { do: "run", hash: current };
  if (trial.starts >= MAX_STARTS) return { do: "goBack", reason: `it was started ${trial.starts} times and never reported` };
  return { do: "try", trial };
}

/** What came with the starter. A trial that is under way then has lost its meaning: whoever brought the new code wants that one. */
export function taken(versions: Versions | undefined, brought: string): Versions {
  if (versions === undefined) return { brought, current: brought, previous: null, trial: null, verdict: null };
  if (versions.brought === brought) return versions;
  const { trial } = versions;
  const over = trial === null ? versions : wentBack(versions, "another version was installed meanwhile");
  return { ...over, brought, ...(over.current === brought ? {} : { current: brought, previous: over.current }) };
}

export const tryOut = (versions: Versions, trial: Omit<Trial, "starts">): Versions => ({ ...versions, trial: { ...trial, starts: 0 }, verdict: null });

export const started = (versions: Versions): Versions =>
  versions.trial === null ? versions : { ...versions, trial: { ...versions.trial, starts: versions.trial.starts + 1 } };

export function kept(versions: Versions, reason: string): Versions {
  const { trial, current } = versions;
  if (trial === null) return versions;
  return { ...versions, current: trial.hash, previous: current, trial: null, verdict: { ...namesOf(trial), kept: true, reason } };
}

export function wentBack(versions: Versions, reason: string): Versions {
  const { trial } = versions;
  return trial === null ? versions : { ...versions, trial: null, verdict: { ...namesOf(trial), kept: false, reason } };
}

/** The current code can't be used: the one before takes its place. @returns undefined when there is none */
export const fallenBack = (versions: Versions): Versions | undefined =>
  versions.previous === null ? undefined : { ...versions, current: versions.previous, previous: null };

const namesOf = ({ hash, version, commandId }: Trial) => ({ hash, version, commandId });

/** What a file says. @returns undefined for what isn't one of ours: then only what came with the starter is known */
export function parseVersions(value: unknown): Versions | undefined {
  if (!isObject(value)) return undefined;
  const { brought, current, previous, trial, verdict } = value;
  if (!isHash(brought) || !isHash(current) || !(previous === null || isHash(previous))) return undefined;
  if (!(trial === null || isTrial(trial)) || !(verdict === null || isVerdict(verdict))) return undefined;
  return { brought, current, previous, trial, verdict };
}

// By hand: a validator's library would be most of the starter, which stays small enough to be read.
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isNamed = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && isHash(value.hash) && typeof value.version === "string" && typeof value.commandId === "string";
const isCount = (value: unknown): boolean => typeof value === "number" && value >= 0 && Number.isFinite(value);
const isTrial = (value: unknown): value is Trial & Record<string, unknown> => isNamed(value) && isCount(value.deadlineMs) && isCount(value.starts);
const isVerdict = (value: unknown): value is Verdict & Record<string, unknown> =>
  isNamed(value) && typeof value.kept === "boolean" && typeof value.reason === "string";

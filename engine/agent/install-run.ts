import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { type ChosenUpdate, type ConfigurationFiles, INSTALL_STATUSES, type InstallStatus } from "../core/install.ts";
import { withoutCredentials } from "./credentials.ts";
import { type BatchResult, keyOf, type PackageState } from "./packages/adapter.ts";
import { listed } from "./packages/removals.ts";

const update = Type.Object({
  name: Type.String(),
  architecture: Type.String(),
  version: Type.String(),
  fromVersion: Type.Union([Type.String(), Type.Null()]),
  status: Type.Unsafe<InstallStatus>(Type.Union(INSTALL_STATUSES.map((status) => Type.Literal(status)))),
  message: Type.String(),
  startedAt: Type.Union([Type.Number(), Type.Null()]),
  endedAt: Type.Union([Type.Number(), Type.Null()]),
  /** How often it was begun. */
  tries: Type.Integer({ minimum: 0 }),
});

const Schema = Type.Object({
  updates: Type.Array(update),
  configurationFiles: Type.Union([Type.Literal("keep"), Type.Literal("replace")]),
  lockTimeoutMs: Type.Number(),
  /** Absent: an earlier version of the agent wrote it down. */
  allowRemovals: Type.Optional(Type.Boolean()),
  repairs: Type.Array(Type.String()),
  /** How often an agent found it begun. */
  resumed: Type.Integer({ minimum: 0 }),
  /** What it had left half way was mended, or was to be, when its time was over already: once. */
  mendedLate: Type.Optional(Type.Boolean()),
  /** It was cancelled: the next agent begins nothing, though its engine may be away. */
  cancelled: Type.Boolean(),
  time: Type.Object({ leftMs: Type.Union([Type.Number(), Type.Null()]), at: Type.Number() }),
});
/** One run of the action `install`, as it is on disk before each batch: from it the next agent goes on. Times are Unix milliseconds by the machine's clock. */
export type InstallRun = Static<typeof Schema>;
const validator = Compile(Schema);
export const isInstallRun = (value: unknown): value is InstallRun => validator.Check(value);
export type RunUpdate = InstallRun["updates"][number];
interface BeginArgs {
  updates: readonly ChosenUpdate[];
  configurationFiles?: ConfigurationFiles;
  lockTimeoutMs?: number;
  allowRemovals?: boolean;
  startWithinMs?: number | null;
}
type States = ReadonlyMap<string, PackageState>;

/** Another program may hold the package manager for so long; unattended upgrades do for minutes. */
export const LOCK_TIMEOUT_MS = 10 * 60_000;
/** An update during which the machine or the agent went down so often isn't begun once more. */
const MAX_TRIES = 3;
/** A run that the agent or the machine was torn out of so often isn't gone on with: mending it may be what brings the machine down. */
export const MAX_RESUMED = 6;
/** What the protocol takes for a version. */
const MAX_VERSION = 256;
const MAX_MESSAGE = 4_000;
/** Characters of all messages together, so that a report fits in a frame. */
const MAX_MESSAGES = 2_000_000;

/** @param args of the command @param now Unix milliseconds */
export function beginRun(
  { updates, configurationFiles = "keep", lockTimeoutMs = LOCK_TIMEOUT_MS, allowRemovals = false, startWithinMs = null }: BeginArgs,
  now: number,
): InstallRun {
  const nothing = { fromVersion: null, status: "NotStarted", message: "", startedAt: null, endedAt: null, tries: 0 } as const;
  return {
    updates: updates.map(({ name, architecture, version }) => ({ name, architecture, version, ...nothing })),
    ...{ configurationFiles, lockTimeoutMs, allowRemovals, repairs: [], resumed: 0, cancelled: false },
    time: { leftMs: startWithinMs, at: now },
  };
}

/** Notes what was there before, of what nothing has been begun yet. */
export function noteVersions(run: InstallRun, states: States): void {
  for (const one of run.updates)
    if (one.tries === 0 && one.fromVersion === null) one.fromVersion = states.get(keyOf(one))?.version.slice(0, MAX_VERSION) ?? null;
}

/**
 * What an earlier agent left open is compared with what is installed, which counts also when the state was lost. What was in progress and isn't there is begun once
 * more, unless it brings the machine down each time.
 * @returns those that have changed
 */
export function recover(run: InstallRun, states: States, now: number): RunUpdate[] {
  const changed: RunUpdate[] = [];
  for (const one of run.updates) {
    const isInstalled = isThere(one, states);
    if (one.status !== "InProgress" && !(one.status === "NotStarted" && isInstalled)) continue;
    changed.push(one);
    if (isInstalled) Object.assign(one, { status: "Succeeded", endedAt: now });
    else if (one.tries >= MAX_TRIES) {
      const message = `the agent or the machine went down ${one.tries} times while it was being installed; it isn't begun once more`;
      Object.assign(one, { status: "Failed", message, endedAt: now });
    } else one.status = "NotStarted";
  }
  return changed;
}

function isThere(one: RunUpdate, states: States): boolean {
  const state = states.get(keyOf(one));
  return state?.whole === true && state.version === one.version;
}

/** What comes next: in the order in which they were chosen; one that was interrupted by itself, so that it takes no others along. */
export function nextBatch(run: InstallRun, size: number): RunUpdate[] {
  const left = run.updates.filter(({ status }) => status === "NotStarted");
  const [first] = left;
  if (first === undefined) return [];
  if (first.tries > 0) return [first];
  const interrupted = left.findIndex(({ tries }) => tries > 0);
  return left.slice(0, interrupted < 0 ? size : Math.min(size, interrupted));
}

export function beginBatch(batch: readonly RunUpdate[], now: number): void {
  for (const one of batch) Object.assign(one, { status: "InProgress", startedAt: one.startedAt ?? now, tries: one.tries + 1 });
}

export function endBatch(run: InstallRun, batch: readonly RunUpdate[], { failed, untried, removed }: BatchResult, now: number): void {
  for (const one of batch) {
    const message = failed.get(keyOf(one));
    if (untried?.has(keyOf(one))) takeBack(one);
    else
      Object.assign(one, {
        status: message === undefined ? "Succeeded" : "Failed",
        message: shortened(message ?? removalsOf(removed?.get(keyOf(one)) ?? []), run),
        endedAt: now,
      });
  }
}

const removalsOf = (names: readonly string[]): string => (names.length === 0 ? "" : `${listed(names)} removed for it`);

/** What is there whole counts as installed, whatever went wrong around it. @returns those of the batch under way that are */
export function keepInstalled(run: InstallRun, states: States, now: number): RunUpdate[] {
  const there = run.updates.filter((one) => one.status === "InProgress" && isThere(one, states));
  for (const one of there) Object.assign(one, { status: "Succeeded", endedAt: now });
  return there;
}

/** What was tried, and isn't there whole, has failed: it is told what is there instead. @param states undefined: nobody could say @returns those */
export function failUnderWay(run: InstallRun, message: string, { states, now }: { states: States | undefined; now: number }): RunUpdate[] {
  const tried = run.updates.filter(({ status }) => status === "InProgress");
  for (const one of tried) {
    const found = states?.get(keyOf(one));
    const instead = found ? `it is ${found.version.slice(0, MAX_VERSION)}${found.whole ? "" : ", half installed,"} now` : "it isn't installed now";
    Object.assign(one, { status: "Failed", message: shortened(`${states ? instead : "what is installed now isn't known"}: ${message}`, run), endedAt: now });
  }
  return tried;
}

/** What hasn't ended gets a status and the reason; a batch that was begun, and couldn't start, too. @returns those */
export function giveUp(run: InstallRun, status: InstallStatus, message: string): RunUpdate[] {
  for (const one of run.updates) if (one.status === "InProgress") takeBack(one);
  const left = run.updates.filter((one) => one.status === "NotStarted");
  for (const one of left) Object.assign(one, { status, message: shortened(message, run) });
  return left;
}

function takeBack(one: RunUpdate): void {
  const tries = one.tries - 1;
  Object.assign(one, { status: "NotStarted", tries, startedAt: tries === 0 ? null : one.startedAt });
}

const shortened = (message: string, { updates }: InstallRun): string =>
  withoutCredentials(message, Math.min(MAX_MESSAGE, Math.ceil(MAX_MESSAGES / updates.length)));

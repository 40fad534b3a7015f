import { parseDuration } from "../duration.ts";
import type { HOOK_FAILURES, Hook, HookPoint } from "./spec.ts";

export type HookFailure = (typeof HOOK_FAILURES)[number];

/** Whether a hook runs once for the deployment, or for each machine. */
const OF_EACH_MACHINE: Record<HookPoint, boolean> = { before: false, beforeMachine: true, afterInstall: true, afterReboot: true, after: false };
export const isOfEachMachine = (at: HookPoint): boolean => OF_EACH_MACHINE[at];

/** What was meant to come first and didn't come true keeps the rest from being done, unless the window says otherwise. */
const ON_FAILURE: Record<HookPoint, HookFailure> = {
  before: "abort",
  beforeMachine: "skipMachine",
  afterInstall: "skipMachine",
  afterReboot: "skipMachine",
  after: "continue",
};
export const onFailureOf = ({ at, onFailure }: Pick<Hook, "at" | "onFailure">): HookFailure => onFailure ?? ON_FAILURE[at];

const DEFAULT_TIMEOUT_MS = 20 * 60_000;
/** Milliseconds; Azure's pre-scripts have 20 minutes, too. */
export const timeoutOf = ({ timeout }: { timeout?: string }): number => (timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(timeout));

/** For people: `the runbook drain`, `the program /usr/local/bin/drain`. */
export const nameOfHook = ({ runbook, command }: Pick<Hook, "runbook" | "command">): string =>
  runbook === undefined ? `the program ${command?.[0] ?? ""}` : `the runbook ${runbook}`;

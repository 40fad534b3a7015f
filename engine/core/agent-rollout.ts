import type { ErrorCode } from "./errors.ts";

/** What has become of one machine in a rollout of a new agent. */
export const AGENT_UPDATE_STATES = ["waiting", "updating", "updated", "current", "offline", "refused", "failed", "notTried"] as const;
export type AgentUpdateState = (typeof AGENT_UPDATE_STATES)[number];

export const ROLLOUT_STATES = ["running", "halted", "completed"] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** How many machines at a time: a number of them, or a share of all. */
export type Batch = { count: number } | { percent: number };

/** `10%` or `5`. @returns undefined for anything else */
export function parseBatch(text: string): Batch | undefined {
  const [, number, sign] = /^(\d{1,6})(%?)$/.exec(text) ?? [];
  const value = Number(number);
  if (number === undefined || value < 1) return undefined;
  if (sign === "%") return value <= 100 ? { percent: value } : undefined;
  return { count: value };
}

/** Never none: a share of few machines is one. */
export const batchSize = (batch: Batch, machines: number): number =>
  "count" in batch ? batch.count : Math.max(1, Math.floor((machines * batch.percent) / 100));

/**
 * What an error of one machine says about the rollout. Some are about this machine alone; everything else may be the new version's doing, and no further machine
 * gets it: also that a machine isn't heard of any more.
 */
const HARMLESS: Partial<Record<ErrorCode, AgentUpdateState>> = {
  AGENT_OFFLINE: "offline",
  MACHINE_NOT_FOUND: "offline", // removed meanwhile
  AGENT_REFUSED: "refused",
  AGENT_NOT_UPDATABLE: "refused",
  BAD_REQUEST: "refused", // an agent from before there were updates
  DISK_FULL: "failed",
};

export function judgeFailure(code: ErrorCode): { state: AgentUpdateState; halts: boolean } {
  const harmless = HARMLESS[code];
  return harmless === undefined ? { state: "failed", halts: true } : { state: harmless, halts: false };
}

/** Whether a machine runs this build, by what its agent says of itself (semver build metadata: the hash of its code). */
export const runsBuild = (agentVersion: string | undefined, { version, hash }: { version: string; hash: string }): boolean =>
  agentVersion === `${version}+${hash.slice(0, 12)}`;

import type { RetryPolicy } from "./retry.ts";

/** What a runbook declares about itself, taken from its bundle: JSON, nothing executable. */
export interface Manifest {
  summary: string;
  /** JSON Schema of the parameters: always an object schema. */
  parameters: JsonSchema;
  permissions: Permissions;
  limits: Limits;
  concurrency?: Concurrency;
  retry?: RetryPolicy;
  sharedIsolate: boolean;
}

export type JsonSchema = { [key: string]: unknown };

export const OVERFLOWS = ["queue", "skip", "fail", "cancelRunning"] as const;

/** How many jobs with the same key may be under way at once. */
export interface Concurrency {
  limit: number;
  /** What becomes of a job beyond the limit. */
  overflow: (typeof OVERFLOWS)[number];
  /** Whether the bundle has a function that makes the key from the parameters; without one all jobs of the runbook have the same. */
  hasKey: boolean;
}

export const MACHINE_ACTIONS = ["read", "exec", "inventory", "install", "reboot", "tag"] as const;
export type MachineAction = (typeof MACHINE_ACTIONS)[number];

/** What a runbook may have the engine itself do. */
export const ENGINE_ACTIONS = ["backup"] as const;
export type EngineAction = (typeof ENGINE_ACTIONS)[number];

/** Deny by default: what isn't named here is refused. */
export interface Permissions {
  /** Machines that match `select`, and what may be done to them. Reading facts, tags and updates needs no action. */
  machines?: { select: string; actions: readonly MachineAction[] };
  /** Allowed origins, or origin and path prefix: `https://api.example.com`, `https://*.example.com/v1/`. */
  http?: readonly string[];
  secrets?: readonly string[];
  credentials?: readonly string[];
  certificates?: readonly string[];
  connections?: readonly string[];
  variables?: readonly string[];
  /** Variables that it may set, where the runbook itself lies. */
  setVariables?: readonly string[];
  /** Names of runbooks that it may start as jobs. */
  jobs?: readonly string[];
  /** It may carry out the deployment that has started its job, and no other one. */
  deployments?: true;
  /** What it may have the engine do, on behalf of someone who may. */
  engine?: readonly EngineAction[];
}

export interface Limits {
  /** Wall time over all attempts, waiting not counted, milliseconds. */
  timeoutMs: number;
  /** CPU time of the isolate in one attempt, milliseconds. */
  cpuMs: number;
  memoryMb: number;
  /** Bytes of all streams together. */
  outputBytes: number;
  /** Stream entries in any one second. */
  logRate: number;
  hostCalls: number;
}

export const DEFAULT_LIMITS: Limits = {
  timeoutMs: 15 * 60_000,
  cpuMs: 60_000,
  memoryMb: 64,
  outputBytes: 10 * 1024 * 1024,
  logRate: 1_000,
  hostCalls: 10_000,
};

/** What no runbook may exceed. */
export const MAX_LIMITS: Limits = {
  timeoutMs: 30 * 24 * 3_600_000,
  cpuMs: 60 * 60_000,
  memoryMb: 1_024,
  outputBytes: 100 * 1024 * 1024,
  logRate: 10_000,
  hostCalls: 100_000,
};

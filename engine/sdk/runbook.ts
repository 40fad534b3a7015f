import type { Static, TObject, TProperties } from "typebox";
import type { OVERFLOWS } from "../core/manifest.ts";
import type { RETRY_FROM } from "../core/retry.ts";
import type { Context } from "./context.ts";
import type { Duration } from "./duration.ts";
import type { CheckedSelector, DeclaredPermissions } from "./known.ts";
import type { Backoff } from "./retry.ts";

/** What one job may use. What is left out has a default; see the documentation for both defaults and maxima. */
export interface RunbookLimits {
  /** Wall time over all attempts, waiting not counted; default 15 minutes. */
  timeout?: Duration;
  /** CPU time of one attempt; default 1 minute. */
  cpu?: Duration;
  /** Memory of the isolate, MB; default 64. */
  memoryMb?: number;
  /** Bytes of output, log and progress together; default 10 MB. */
  outputBytes?: number;
  /** Log lines, outputs and progress messages in any one second; default 1,000. */
  logRate?: number;
  /** Calls of capabilities; default 10,000. */
  hostCalls?: number;
}

/** How many jobs of this runbook may run at once. */
export interface RunbookConcurrency<Params> {
  /** Jobs with equal keys count together; without it all jobs of the runbook do. */
  key?: (params: Params) => string;
  limit: number;
  /** What happens to a job beyond the limit; default `queue`. */
  overflow?: (typeof OVERFLOWS)[number];
}

/** What happens to a job that fails, before anyone is told. */
export interface RunbookRetry {
  /** Tries in all, 1 to 100; default 3. */
  attempts?: number;
  /** Pauses between tries; the job waits without an isolate. */
  backoff?: Backoff;
  /** Failure codes (`error`, `timeout` …), codes (`HTTP_FAILED`) or names of errors; default `["error"]`: whatever the runbook throws. */
  on?: readonly string[];
  /**
   * `lastCall` (default): what was recorded stays done, and the last call, whose outcome made the runbook fail, is made anew. `start`: everything is done again,
   * from the top.
   */
  from?: (typeof RETRY_FROM)[number];
}

/** A misspelt permission would silently grant nothing: unknown keys are an error. */
type OnlyKnown<Granted> = { readonly [Key in Exclude<keyof Granted, keyof DeclaredPermissions>]: never };

/** Tags that a selector names exist, where that is known. */
type OnlyKnownTags<Granted> = Granted extends { readonly machines: { readonly select: infer Select extends string } }
  ? { readonly machines: { readonly select: CheckedSelector<Select> } }
  : unknown;

/** Inferred from the properties, not from the whole schema: with `Static` of a type parameter that extends `TObject` a type check takes one second longer. */
type Params<Properties extends TProperties> = Static<TObject<Properties>>;

export interface RunbookDefinition<Properties extends TProperties = TProperties, Granted extends DeclaredPermissions = DeclaredPermissions> {
  /** One sentence: what it does, for lists and approvals. */
  summary: string;
  /** `Type.Object({...})`: validates what a job is given, makes forms and documentation, and types `params`. */
  parameters?: TObject<Properties>;
  /** What the runbook may do; everything else is refused. */
  permissions?: Granted & OnlyKnown<Granted> & OnlyKnownTags<Granted>;
  limits?: RunbookLimits;
  concurrency?: RunbookConcurrency<Params<Properties>>;
  /** Without it a job that fails stays failed, and can be resumed by hand. */
  retry?: RunbookRetry;
  /** Lets jobs of this runbook share an isolate, each in a context of its own: faster, less separated from each other. Default false. */
  sharedIsolate?: boolean;
  /**
   * The work. After a crash it is run again from the top, and calls that were already made return what they returned then: decide only on `ctx`,
   * parameters, `Date` and `Math.random`, all of which repeat themselves.
   */
  run(context: Context<Params<Properties>, Granted>): unknown;
}

/** A runbook: the default export of its module. */
export interface Runbook<Properties extends TProperties = TProperties, Granted extends DeclaredPermissions = DeclaredPermissions> {
  readonly kind: "runwright.runbook";
  readonly definition: Readonly<RunbookDefinition<Properties, Granted>>;
}

/**
 * Declares a runbook. Export the result as default.
 *
 *     export default runbook({
 *       summary: "Say hello",
 *       parameters: Type.Object({ name: Type.String({ default: "world" }) }),
 *       run({ params, log }) {
 *         log(`Hello, ${params.name}`);
 *       },
 *     });
 */
export function runbook<Properties extends TProperties = Record<never, never>, const Granted extends DeclaredPermissions = Record<never, never>>(
  definition: RunbookDefinition<Properties, Granted>,
): Runbook<Properties, Granted> {
  return Object.freeze({ kind: "runwright.runbook", definition: Object.freeze({ ...definition }) });
}

import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { CallId } from "../../core/call-id.ts";
import type { Clock } from "../../core/clock.ts";
import type { Effect, Outcome } from "../../core/journal.ts";
import type { Masker } from "../../core/masking.ts";
import type { AttemptToRun } from "../../core/run.ts";
import type { Wait } from "../../core/wait.ts";
import type { OnBehalfOf } from "../ports.ts";

/** What a host function may look at while it serves one call. */
export interface CallContext {
  attempt: AttemptToRun;
  call: number;
  /** Names the call for the outside. */
  id: CallId;
  /** From now on the call only waits, for this: while every open call does, the job needs no isolate. May be said again when it changes. */
  awaits(wait: Wait): void;
  onBehalfOf: OnBehalfOf;
  /** Aborted when the attempt ends. */
  signal: AbortSignal;
  masker: Masker;
  /** Ids of the machines that the job has selected so far: only these may be addressed. */
  machines: Set<string>;
  /** Ids of the jobs that the job has started. */
  children: Set<string>;
  /** Numbers of the events that the job has taken, by name. */
  events: Map<string, Set<number>>;
  /** Versions of the secret assets that the job has read, by kind and name such as `credential:admin`. */
  assetVersions: Map<string, number>;
  clock: Clock;
}

/**
 * A function that the sandbox offers to runbooks: a row in the catalogue of capabilities. Arguments are JSON from guest code; nothing about them is
 * trusted before `check` has passed. What isn't declared in the runbook's permissions is refused before anything happens.
 */
export interface HostFunction<Args = unknown, Value = unknown> {
  /** Capability and function, such as `machines.exec`. */
  op: string;
  /** `write`: issued calls are recorded before they are performed, and dry jobs record them instead. */
  effect: Effect | ((args: Args) => Effect);
  /** Time spent in it isn't counted against the job's wall time. */
  waits?: true;
  /** What is wrong with the arguments, in words. */
  check(args: unknown): string | undefined;
  /** Why the runbook may not, in words: the job then fails with `permission_denied`. */
  refuse?(args: Args, context: CallContext): string | undefined;
  /** @throws whatever the runbook shall see; RunwrightErrors keep their code */
  perform(args: Args, context: CallContext): Promise<Value>;
  /** What a dry job gets instead. It may look, and changes nothing. */
  dry?(args: Args, context: CallContext): Value | Promise<Value>;
  /** A write was issued by an earlier attempt that left no outcome: an outcome, or `perform` to do it (again). */
  recover?(args: Args, context: CallContext): Outcome | "perform";
  /** What is kept in the journal instead of the value, when the value itself must not be. */
  conceal?(value: Value, context: CallContext): unknown;
  /** Gets the value back from what was kept. @throws ASSET_NOT_FOUND: the job fails with `secret_changed` */
  reveal?(kept: unknown, context: CallContext): Promise<Value>;
  /** What guest code gets, when it isn't the value itself. */
  deliver?(value: Value): unknown;
  /** Called with each value before guest code sees it, live as in replay. */
  seen?(value: Value, context: CallContext): void;
}

/** Gives a host function the check of its schema, and forgets its types: from here on they are guaranteed by `check`. */
export function hostFunction<Schema extends TSchema, Value>(
  schema: Schema,
  row: Omit<HostFunction<Static<Schema>, Value>, "check"> & { alsoCheck?: (args: Static<Schema>) => string | undefined },
): HostFunction {
  const validator = Compile(schema);
  const check = (args: unknown): string | undefined => {
    if (validator.Check(args)) return row.alsoCheck?.(args as Static<Schema>);
    const [first] = validator.Errors(args);
    return first === undefined ? "invalid arguments" : `${first.instancePath.slice(1).replaceAll("/", ".") || "arguments"} ${first.message}`;
  };
  return { ...row, check } as unknown as HostFunction;
}

/** Whether something that others will see holds a secret that the job has read, in whatever form. */
export const holdsSecret = (masker: Masker, value: unknown): boolean => JSON.stringify(masker.maskJson(value)) !== JSON.stringify(value);

import type { TProperties } from "typebox";
import type { MachineAction } from "../core/manifest.ts";
import type { Approval, ApprovalOptions } from "./approval.ts";
import type { Certificates, Connections, Credentials, Secrets, Variables } from "./assets.ts";
import type { Deployments } from "./deployments.ts";
import type { Duration } from "./duration.ts";
import type { Engine } from "./engine.ts";
import type { Event, WaitForOptions } from "./event.ts";
import type { Http } from "./http.ts";
import type { Jobs } from "./jobs.ts";
import type { DeclaredPermissions } from "./known.ts";
import type { Machines } from "./machines.ts";
import type { RetryOptions } from "./retry.ts";

/** Writes log lines; `log(…)` is `log.info(…)`. Details are kept as JSON. */
export interface Log {
  (message: string, details?: unknown): void;
  debug(message: string, details?: unknown): void;
  verbose(message: string, details?: unknown): void;
  info(message: string, details?: unknown): void;
  warning(message: string, details?: unknown): void;
  error(message: string, details?: unknown): void;
}

/** The job that runs. */
export interface JobFacts {
  readonly id: string;
  readonly runbook: string;
  /** `null`: a draft. */
  readonly version: number | null;
  /** Job time, Unix milliseconds. */
  readonly startedAt: number;
}

/** What every runbook gets. */
export interface BaseContext<Params> {
  /** Validated against the declared schema, defaults filled in. */
  readonly params: Params;
  readonly log: Log;
  /** Adds a JSON value to what the job outputs. */
  output(value: unknown): void;
  /**
   * Says how far the job is.
   * @param fraction from 0 to 1
   */
  progress(fraction: number, message?: string): void;
  /** Waits for a while, or until an instant; the job survives restarts of the engine meanwhile. */
  sleep(when: Duration | Temporal.Instant | Temporal.ZonedDateTime | Date): Promise<void>;
  /**
   * Asks people, and waits until they have approved; the job needs no memory meanwhile.
   * @throws an error with code APPROVAL_REJECTED when someone refuses, WAIT_TIMED_OUT when nobody has decided in time
   */
  approval<Form extends TProperties = Record<never, never>>(options: ApprovalOptions<Form>): Promise<Approval<Form>>;
  /**
   * Waits for an event of this name, published where the job lies or above. Events count from the time when the job was asked for; each call gets the
   * next one.
   * @throws an error with code WAIT_TIMED_OUT
   */
  waitFor(name: string, options?: WaitForOptions): Promise<Event>;
  /**
   * Does something again when it fails, with growing pauses that survive a crash. Each try makes its calls anew.
   * @param work is given the number of the try, from 1
   * @throws what the last try threw
   */
  retry<Value>(work: (attempt: number) => Promise<Value> | Value, options?: RetryOptions): Promise<Value>;
  readonly job: JobFacts;
}

type Names<Grant> = Grant extends readonly (infer Name extends string)[] ? Name : never;
type Actions<Grant> = Grant extends { readonly actions: readonly (infer Action extends MachineAction)[] } ? Action : never;

/** What `run` gets: a capability is there only when the runbook's permissions declare it, and only as far as they do. */
export type Context<Params, Granted extends DeclaredPermissions> = BaseContext<Params> &
  (Granted extends { readonly http: infer Grant } ? { readonly http: Http<Names<Grant>> } : unknown) &
  (Granted extends { readonly secrets: infer Grant } ? { readonly secrets: Secrets<Names<Grant>> } : unknown) &
  (Granted extends { readonly credentials: infer Grant } ? { readonly credentials: Credentials<Names<Grant>> } : unknown) &
  (Granted extends { readonly certificates: infer Grant } ? { readonly certificates: Certificates<Names<Grant>> } : unknown) &
  (Granted extends { readonly connections: infer Grant } ? { readonly connections: Connections<Names<Grant>> } : unknown) &
  (Granted extends { readonly variables: infer Read; readonly setVariables: infer Set }
    ? { readonly variables: Variables<Names<Read>, Names<Set>> }
    : Granted extends { readonly variables: infer Read }
      ? { readonly variables: Pick<Variables<Names<Read>>, "get"> }
      : Granted extends { readonly setVariables: infer Set }
        ? { readonly variables: Pick<Variables<string, Names<Set>>, "set"> }
        : unknown) &
  (Granted extends { readonly machines: infer Grant } ? { readonly machines: Machines<Actions<Grant>> } : unknown) &
  (Granted extends { readonly deployments: true } ? { readonly deployments: Deployments } : unknown) &
  (Granted extends { readonly engine: infer Grant } ? { readonly engine: Pick<Engine, Names<Grant> & keyof Engine> } : unknown) &
  (Granted extends { readonly jobs: infer Grant } ? { readonly jobs: Jobs<Names<Grant>> } : unknown);

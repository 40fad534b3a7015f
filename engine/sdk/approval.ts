import type { Static, TObject, TProperties } from "typebox";
import type { Role } from "../core/role.ts";
import type { Duration } from "./duration.ts";

/** Who may decide: anyone who has the role (or a higher one) where the job lies, or somebody by name. */
export type Approver = `role:${Role}` | `user:${string}` | `service:${string}`;

export interface ApprovalOptions<Form extends TProperties = TProperties> {
  /** What is to be decided, in words. */
  message: string;
  /** Default `role:operator`. Whoever decides must be at least an operator where the job lies. */
  who?: Approver | readonly Approver[];
  /** So many different people must approve; default 1. One who rejects ends it. */
  minimum?: number;
  /** Whoever asked for the job may not decide; default false. */
  notRequester?: boolean;
  /** How long it may take; default 7 days, at most 365. */
  timeout?: Duration;
  /** What follows when nobody has decided in time; default `reject`: the call fails with code WAIT_TIMED_OUT. */
  onTimeout?: "reject" | "approve";
  /** What approvers fill in. */
  form?: TObject<Form>;
}

/** It was approved; a refusal throws. */
export interface Approval<Form extends TProperties = TProperties> {
  /** Nobody had decided in time, and `onTimeout` says to go on. */
  readonly timedOut: boolean;
  readonly decisions: readonly { readonly by: string; readonly reason: string /** Unix milliseconds. */; readonly at: number }[];
  /** What the last approver filled in; empty when `timedOut`. */
  readonly answers: Static<TObject<Form>>;
}

import type { Json } from "../core/json.ts";
import type { Duration } from "./duration.ts";

export interface WaitForOptions {
  /** Members of the payload that must be equal; other events are passed over. */
  match?: { readonly [member: string]: Json };
  /** How long to wait; default: for ever. After it the call fails with code WAIT_TIMED_OUT. */
  timeout?: Duration;
}

/** Something named that has happened, as it was published: `runwright event publish`, or `POST /api/v1/events/NAME`. */
export interface Event {
  readonly name: string;
  /** Grows with each event of this name. */
  readonly seq: number;
  readonly payload: Json;
  readonly publishedBy: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The only way to know the time: handed in, so that tests can advance it. */
export interface Clock {
  /** Unix milliseconds of the wall clock; may jump. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. For durations and deadlines. */
  monotonic(): number;
}

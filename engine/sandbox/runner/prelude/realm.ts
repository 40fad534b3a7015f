/**
 * What the prelude keeps from before guest code ran. Guest code may replace anything that it can reach (`Array.prototype`, `Promise.prototype.then`, `JSON` …):
 * code of the prelude that runs later uses only what is captured here, and neither spreads, destructures nor iterates arrays.
 */
export interface Realm {
  apply: typeof Reflect.apply;
  construct: typeof Reflect.construct;
  define: typeof Object.defineProperty;
  create: typeof Object.create;
  freeze: typeof Object.freeze;
  keys: typeof Object.keys;
  isArray: typeof Array.isArray;
  stringify: typeof JSON.stringify;
  parse: typeof JSON.parse;
  String: typeof String;
  Error: typeof Error;
  TypeError: typeof TypeError;
  RangeError: typeof RangeError;
  Promise: typeof Promise;
  resolve: (value: unknown) => Promise<unknown>;
  settled: (promise: Promise<unknown>, done: (value: unknown) => void, failed: (reason: unknown) => void) => void;
  charCodeAt: (text: string, index: number) => number;
  slice: (text: string, from: number, to?: number) => string;
  indexOf: (text: string, part: string, from?: number) => number;
  symbolFor: typeof Symbol.for;
  /** V8's own, which speaks to debuggers alone. */
  console: unknown;
  /** Wall clock, for the rate of stream entries only; guest code never sees it. */
  wallClock: () => number;
  Uint8Array: typeof Uint8Array;
  Float64Array: typeof Float64Array;
}

/** What changes while the job runs. */
export interface State {
  /** Job time, Unix milliseconds. */
  now: number;
  /** Set when nothing may leave the isolate any more. */
  ended: boolean;
  /** Leaves the isolate: fire and forget, in order, primitives only. */
  send: (kind: number, a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown) => void;
  limits: { outputBytes: number; logRate: number; hostCalls: number };
  skipEntries: number;
  sitesUpTo: number;
  /** Of those calls: whoever makes the expected one needn't say where. */
  expected: readonly string[];
  /** Fills with the job's random bytes; `stream` 0 serves `Math.random`, 1 serves `crypto`. */
  nextWord: (stream: 0 | 1) => number;
  seed: (hex: string) => void;
}

export function captureRealm(): Realm {
  const { apply, construct } = Reflect;
  const { charCodeAt, slice, indexOf } = String.prototype;
  const { then } = Promise.prototype;
  const resolve = Promise.resolve;
  const PromiseConstructor = Promise;
  return {
    apply,
    construct,
    define: Object.defineProperty,
    create: Object.create,
    freeze: Object.freeze,
    keys: Object.keys,
    isArray: Array.isArray,
    stringify: JSON.stringify,
    parse: JSON.parse,
    String,
    Error,
    TypeError,
    RangeError,
    Promise,
    resolve: (value) => apply(resolve, PromiseConstructor, [value]) as Promise<unknown>,
    settled: (promise, done, failed) => {
      apply(then, promise, [done, failed]);
    },
    charCodeAt: (text, index) => apply(charCodeAt, text, [index]) as number,
    slice: (text, from, to) => apply(slice, text, [from, to]) as string,
    indexOf: (text, part, from) => apply(indexOf, text, [part, from]) as number,
    symbolFor: Symbol.for,
    console: globalThis.console,
    wallClock: Date.now,
    Uint8Array,
    Float64Array,
  };
}

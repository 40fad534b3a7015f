import ivm from "isolated-vm";
import { KINDS, PRELUDE_FILE, preludeText, WARM_UP } from "./prelude/text.ts";

/** The only file that touches isolated-vm. No object of it ever reaches guest code: the callback is captured by the prelude and is no isolated-vm object inside. */

/** Name of the bundle in stack traces. */
export const BUNDLE_FILE = "runbook.js";
export const DEFAULT_MEMORY_MB = 64;

const snapshot = ivm.Isolate.createSnapshot([{ code: preludeText(), filename: PRELUDE_FILE }], WARM_UP);

/** What comes out of an isolate, in the order in which it was sent. */
export type Sent = (kind: number, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => void;

export interface PreparedIsolate {
  readonly memoryMb: number;
  onSent: Sent;
  onCatastrophe: (message: string) => void;
  /** Runs one step of the prelude as a task of its own. Resolves after its microtasks have drained; rejects with an unhandled rejection of guest code. */
  enter(step: string, ...args: (string | number | boolean)[]): Promise<unknown>;
  /** Evaluates the bundle; rejects with what it throws. */
  evaluate(bundle: string): Promise<unknown>;
  /** CPU time so far, milliseconds; `null` once it's gone. */
  cpuMs(): number | null;
  heapBytes(): Promise<number>;
  isGone(): boolean;
  /** Ends guest code at once, also in an endless loop. May be called again. */
  dispose(): void;
}

/** A fresh isolate with a fresh context in which the prelude has run. It takes about 2 ms, on another thread for the most part. */
export async function prepareIsolate(memoryMb: number): Promise<PreparedIsolate> {
  const isolate = new ivm.Isolate({ memoryLimit: memoryMb, snapshot, onCatastrophicError: (message) => prepared.onCatastrophe(message) });
  const context = await isolate.createContext();
  const send = new ivm.Callback((kind: number, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => prepared.onSent(kind, a, b, c, d, e), {
    ignored: true,
  });
  const enter = (await context.evalClosure("return globalThis.__install($0)", [send], { result: { reference: true } })) as ivm.Reference<
    (...args: unknown[]) => void
  >;
  let lastCpuMs = 0;
  const prepared: PreparedIsolate = {
    memoryMb,
    onSent: () => {},
    onCatastrophe: () => {},
    enter: (step, ...args) => enter.apply(undefined, [step, ...args]),
    evaluate: (bundle) => context.eval(bundle, { filename: BUNDLE_FILE }),
    cpuMs() {
      if (isolate.isDisposed) return lastCpuMs;
      lastCpuMs = Number(isolate.cpuTime / 1_000n) / 1_000;
      return lastCpuMs;
    },
    async heapBytes() {
      const heap = await isolate.getHeapStatistics();
      return heap.used_heap_size + heap.externally_allocated_size;
    },
    isGone: () => isolate.isDisposed,
    dispose() {
      if (!isolate.isDisposed) isolate.dispose();
    },
  };
  return prepared;
}

export { KINDS };

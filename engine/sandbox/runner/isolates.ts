import ivm from "isolated-vm";
import { PRELUDE_FILE, preludeText, WARM_UP } from "./prelude/text.ts";

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
  /** To be asked only when no task of it runs: it would wait for that, and nothing else could happen meanwhile. 0 once it's gone. */
  heapBytes(): number;
  /** JSON text of where the bundle has been; rejects when it can't be asked any more. */
  coverage(): Promise<string>;
  isGone(): boolean;
  /**
   * The same isolate with a fresh context in which the prelude has run. The context before is let go: nothing of it can be reached from the new one, and what its code still sends is heard by nobody. To be called
   * only when its tasks have drained.
   */
  renew(): Promise<PreparedIsolate>;
  /** Ends guest code at once, also in an endless loop. May be called again. */
  dispose(): void;
}

/**
 * V8's own counts, asked for in its own language, which needs `--allow-natives-syntax`: the inspector has them too, but a session can't be opened on an isolate that comes
 * from a snapshot (V8 ends the process), and takes 1 to 4 of 100 with it under load. Nothing of it is there in runners that don't cover.
 */
const COVER = "%DebugTogglePreciseCoverage(true); %DebugToggleBlockCoverage(true)";
const COVERED = "return JSON.stringify(%DebugCollectCoverage().filter((one) => one.script === $0).flatMap((one) => [...one]))";

/** A connection to V8's inspector in an isolate. */
export interface InspectorSession {
  dispatchProtocolMessage(message: string): void;
  onResponse: (id: number, message: string) => void;
  onNotification: (message: string) => void;
}

export interface InspectedIsolate extends PreparedIsolate {
  sessions: readonly [InspectorSession, InspectorSession];
}

/**
 * A fresh isolate with a fresh context in which the prelude has run. It takes about 2 ms, on this thread: what runs is ours alone and always the same, and the ways to another thread and back would take half as long
 * again. Nothing else is asked of an isolate like this: where what a runbook or its caller has made could use up the memory, V8 may hold the thread for ever.
 */
export function prepareIsolate(memoryMb: number, covers = false): PreparedIsolate {
  const { isolate, prepared } = newIsolate(memoryMb, { inspector: false });
  const context = isolate.createContextSync();
  if (covers) context.evalSync(COVER);
  return accept(context, prepared, context.evalClosureSync(INSTALL, [sender(prepared)], { result: { reference: true } }));
}

/** The same for a debugger. */
export async function prepareInspected(memoryMb: number): Promise<InspectedIsolate> {
  const { isolate, prepared } = newIsolate(memoryMb, { inspector: true });
  const context = await isolate.createContext({ inspector: true });
  let sessions: InspectedIsolate["sessions"] | undefined;
  // Only while this very thread has the isolate's lock: anywhere else the V8 of Node 26 aborts the process when a session is opened ("IsCreationThread").
  const open = new ivm.Callback(() => {
    sessions = [isolate.createInspectorSession(), isolate.createInspectorSession()];
  });
  context.evalClosureSync("$0()", [open]);
  if (sessions === undefined) throw new Error("the inspector couldn't be opened");
  await context.eval(preludeText(), { filename: PRELUDE_FILE });
  await install(context, prepared);
  return Object.assign(prepared, { sessions });
}

function newIsolate(memoryMb: number, { inspector }: { inspector: boolean }): { isolate: ivm.Isolate; prepared: PreparedIsolate } {
  let current: PreparedIsolate;
  const isolate = new ivm.Isolate({
    ...{ memoryLimit: memoryMb, inspector, onCatastrophicError: (message: string) => current.onCatastrophe(message) },
    // What comes from a snapshot belongs to no context, and V8 then doesn't pass over it when code is stepped through.
    ...(inspector ? {} : { snapshot }),
  });
  const notYet = () => Promise.reject(new Error("the prelude hasn't run"));
  let lastCpuMs = 0;
  const inContext = (letGo: () => void): PreparedIsolate => ({
    memoryMb,
    onSent: () => {},
    onCatastrophe: () => {},
    enter: notYet,
    evaluate: notYet,
    coverage: notYet,
    cpuMs() {
      if (isolate.isDisposed) return lastCpuMs;
      lastCpuMs = Number(isolate.cpuTime / 1_000n) / 1_000;
      return lastCpuMs;
    },
    heapBytes() {
      try {
        const heap = isolate.getHeapStatisticsSync();
        return heap.used_heap_size + heap.externally_allocated_size;
      } catch {
        return 0; // it was disposed of, or is by this very question, as it has no memory left
      }
    },
    isGone: () => isolate.isDisposed,
    async renew() {
      letGo();
      const context = await isolate.createContext();
      current = inContext(() => context.release());
      return install(context, current);
    },
    dispose() {
      if (!isolate.isDisposed) isolate.dispose();
    },
  });
  const prepared = inContext(() => {});
  current = prepared;
  return { isolate, prepared };
}

const INSTALL = "return globalThis.__install($0)";
const sender = (prepared: PreparedIsolate) =>
  new ivm.Callback((kind: number, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => prepared.onSent(kind, a, b, c, d, e), { ignored: true });

/** Runs the prelude in a context. */
async function install(context: ivm.Context, prepared: PreparedIsolate): Promise<PreparedIsolate> {
  return accept(context, prepared, await context.evalClosure(INSTALL, [sender(prepared)], { result: { reference: true } }));
}

function accept(context: ivm.Context, prepared: PreparedIsolate, enter: ivm.Reference<(...args: unknown[]) => void>): PreparedIsolate {
  let text = "";
  return Object.assign(prepared, {
    enter: (step: string, ...args: (string | number | boolean)[]) => enter.apply(undefined, [step, ...args]),
    evaluate(bundle: string) {
      text = bundle;
      return context.eval(bundle, { filename: BUNDLE_FILE });
    },
    coverage: async () => String(await context.evalClosure(COVERED, [text])),
  });
}

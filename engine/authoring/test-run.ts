import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { pathToFileURL } from "node:url";
import { RunwrightError } from "../core/errors.ts";
import { TEST_EVENTS_VERSION, type TestEvent, type TestPlace, type TestResult } from "../protocol/test-events.ts";
import { SDK_ENTRY } from "./modules.ts";
import { errorOf, errorOfOutput, isOfSubtests } from "./test-outcome.ts";
import { watchTestProcess } from "./test-process.ts";

const GRACE_MS = 15_000;
/** What gives a file another while: a test begins or ends. Output doesn't, or a file that prints would never be ended. */
const SIGNS_OF_LIFE: ReadonlySet<string> = new Set(["test:dequeue", "test:complete"]);
/** Files at the same time: each has a process and a runner. */
const MOST_AT_ONCE = 4;

export interface TestRunOptions {
  /** Absolute paths. */
  files: readonly string[];
  /** Environment of the tests, which are programs of the author's own. */
  env: Readonly<Record<string, string | undefined>>;
  /** Only tests of which one of these fits the name, suites and all, joined by spaces. */
  only?: readonly RegExp[];
  /** Of one test. A file of which no test begins or ends for a little longer is ended. Infinity: none. */
  timeoutMs: number;
  /** That little while; default 15 s: a file is loaded, and its process ends. */
  graceMs?: number;
  /** Golden files are written anew. */
  update?: boolean;
  /** Folder for what the sandbox tells of where runbooks have been. */
  coverage?: string;
  /** Port at which each process waits for a debugger; 0: any. One file at a time then. */
  inspect?: number;
  /** With `inspect`: each job of a runbook waits for a debugger, too, at an address of its own. */
  inspectRunbooks?: boolean;
  /** Gets what happens, as it happens; first `start`, last `end`. */
  tell: (event: TestEvent) => void;
  /** Between the last test and `end`. */
  beforeEnd?: () => Promise<void>;
  signal?: AbortSignal;
}

/** Runs tests with Node's own runner, one process a file. @returns whether all passed; rejects when `signal` is aborted */
export async function runTests(options: TestRunOptions): Promise<{ ok: boolean }> {
  const { files, tell, signal, inspect, beforeEnd } = options;
  const started = performance.now();
  const counts = { passed: 0, failed: 0, skipped: 0, broken: 0 };
  const count = (event: TestEvent) => {
    if (event.type === "test") counts[event.result]++;
    if (event.type === "broken") counts.broken++;
    tell(event);
  };
  tell({ type: "start", version: TEST_EVENTS_VERSION, files: [...files] });
  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      signal?.throwIfAborted();
      await runFile(file, { ...options, tell: count });
    }
  };
  const lanes = inspect === undefined ? Math.min(MOST_AT_ONCE, availableParallelism(), files.length) : 1;
  await Promise.all(Array.from({ length: lanes }, lane));
  signal?.throwIfAborted();
  await beforeEnd?.();
  const ok = counts.failed + counts.broken === 0 && counts.passed + counts.skipped > 0;
  tell({ type: "end", ok, ...counts, durationMs: Math.round(performance.now() - started) });
  return { ok };
}

/** Loaded before the tests, with what they are told. */
function preloaded({ update, coverage, inspectRunbooks }: Pick<TestRunOptions, "update" | "coverage" | "inspectRunbooks">): string {
  const url = pathToFileURL(join(import.meta.dirname, `test-resolve${SDK_ENTRY.slice(-3)}`));
  url.searchParams.set("settings", JSON.stringify({ update, coverage, inspect: inspectRunbooks }));
  // Nobody reads it: by it the process is known.
  url.searchParams.set("run", randomUUID());
  return url.href;
}

/** Who asks for any free port reads the address; at a port that is known, debuggers look for it. Every user of the computer may look there, and attach. */
function inspector(port: number | undefined): string[] {
  if (port === undefined) return [];
  return [`--inspect-brk=127.0.0.1:${port}`, ...(port === 0 ? ["--inspect-publish-uid=stderr"] : [])];
}

async function runFile(file: string, options: TestRunOptions): Promise<void> {
  const { env, only, timeoutMs, graceMs = GRACE_MS, inspect, tell, signal } = options;
  const limitMs = inspect === undefined ? timeoutMs : Number.POSITIVE_INFINITY;
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const live = () => {
    clearTimeout(timer);
    if (Number.isFinite(limitMs)) timer = setTimeout(() => end.abort(), limitMs + graceMs);
  };
  live();
  const preload = preloaded(options);
  const started = watchTestProcess(preload);
  const stream = run({
    files: [file],
    isolation: "process",
    execArgv: ["--import", preload, ...inspector(inspect)],
    env: environment(env),
    signal: signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]),
    ...(Number.isFinite(limitMs) && { timeout: limitMs }),
    ...(only !== undefined && only.length > 0 && { testNamePatterns: [...only] }),
  });
  const read = readerOf(file, tell);
  try {
    for await (const { type, data } of stream as AsyncIterable<{ type: string; data: RunnerEvent }>) {
      if (signal?.aborted) continue;
      if (SIGNS_OF_LIFE.has(type)) live();
      read(type, data, end.signal.aborted ? Math.round((limitMs + graceMs) / 1_000) : undefined);
    }
  } finally {
    clearTimeout(timer);
    await started.ended();
  }
}

/** What Node's runner tells; members differ by the kind of event. */
interface RunnerEvent {
  name?: string;
  testId?: number;
  parentId?: number;
  file?: string;
  line?: number;
  column?: number;
  /** Absent: it is the file itself. */
  entryFile?: string;
  message?: string;
  type?: string;
  skip?: string | boolean;
  todo?: string | boolean;
  details?: { duration_ms?: number; type?: string; passed?: boolean; error?: unknown };
}

const DEBUGGER = /^Debugger listening on (\S+)(?: for runbook (\S+))?/;
/** Told by Node to whoever debugs. */
const DEBUGGER_WORDS = /^(For help, see: https:\/\/nodejs\.org\/|Debugger attached|Waiting for the debugger)/;
const KEPT_CHARS = 16_000;

function readerOf(file: string, tell: (event: TestEvent) => void) {
  const names = new Map<number, { name: string; parent: number; isSuite: boolean }>();
  let written = "";
  const running = new Map<number, string>();
  let began = 0;
  const pathOf = ({ name = "", parentId = 0 }: RunnerEvent): string[] => {
    const path = [name];
    for (let at = names.get(parentId); at !== undefined; at = names.get(at.parent)) path.unshift(at.name);
    return path;
  };
  const placeOf = (data: RunnerEvent): TestPlace => ({ file: data.file ?? file, line: data.line ?? 1, column: data.column ?? 1, path: pathOf(data) });

  function whyBroken(silentFor: number | undefined): string {
    const [name] = running.values();
    if (silentFor === undefined) return /^(?:Uncaught )?(\w*Error\b.*)$/m.exec(written)?.[1] ?? "its process has ended in the middle";
    const silent = `for ${silentFor} s no test has begun or ended, so its process was ended`;
    if (name !== undefined) return `${silent}; the test "${name}" was at work`;
    return began === 0 ? silent : `${silent}: its tests are over, and something that they have left open keeps it alive, such as a timer or a server`;
  }

  /** @param silentFor seconds after which it was ended */
  return (type: string, data: RunnerEvent, silentFor: number | undefined): void => {
    const { message = "", details, testId } = data;
    const isFile = data.entryFile === undefined && data.name === file;
    switch (type) {
      case "test:enqueue":
        if (testId !== undefined && !isFile) names.set(testId, { name: data.name ?? "", parent: data.parentId ?? 0, isSuite: data.type === "suite" });
        break;
      case "test:dequeue":
        // Its own type is wrong here (Node 26.10): that of what comes before it.
        if (isFile || names.get(testId ?? 0)?.isSuite) break;
        began++;
        if (testId !== undefined) running.set(testId, pathOf(data).join(" "));
        tell({ type: "began", ...placeOf(data) });
        break;
      case "test:stdout":
      case "test:stderr": {
        const [, url, runbook] = DEBUGGER.exec(message) ?? [];
        if (url !== undefined) tell({ type: "debugger", file, url, ...(runbook !== undefined && { runbook }) });
        if (url !== undefined || DEBUGGER_WORDS.test(message)) break;
        if (type === "test:stderr") written = (written + message).slice(-KEPT_CHARS);
        tell({ type: "output", file, stream: type === "test:stdout" ? "stdout" : "stderr", text: message });
        break;
      }
      case "test:complete":
        if (testId !== undefined) running.delete(testId);
        if (!isFile) {
          const result = resultOf(placeOf(data), data);
          if (result !== undefined) tell(result);
        } else if (details?.passed === false && !isOfSubtests(details.error)) {
          tell({ type: "broken", file, error: errorOfOutput(whyBroken(silentFor), written, file) });
        }
        break;
    }
  };
}

function resultOf(place: TestPlace, { skip, todo, details = {} }: RunnerEvent): TestResult | undefined {
  const durationMs = Math.round((details.duration_ms ?? 0) * 1_000) / 1_000;
  const base = { type: "test", ...place, durationMs } as const;
  const aside = skip ?? todo;
  if (details.passed === false && todo === undefined) {
    if (details.type === "suite" && isOfSubtests(details.error)) return undefined;
    return { ...base, result: "failed", error: errorOf(details.error, place.file) };
  }
  if (details.type === "suite") return undefined;
  if (aside === undefined || aside === false) return { ...base, result: "passed" };
  return { ...base, result: "skipped", ...(typeof aside === "string" && aside !== "" && { reason: aside }) };
}

/** Compiled code is kept beside the engine's own, where that can be written: loading the harness takes half the time then. */
function environment(env: TestRunOptions["env"]): Record<string, string> {
  const cache = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "runwright");
  const own = Object.entries({ NODE_COMPILE_CACHE: cache, ...env }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(own.filter(([name]) => name !== "NODE_TEST_CONTEXT"));
}

/** A name as a whole, suites and all. @throws BAD_REQUEST */
export function namePattern(name: string): RegExp {
  if (name.trim() === "") throw new RunwrightError("BAD_REQUEST", "the name of a test isn't empty");
  return new RegExp(`^${RegExp.escape(name)}$`);
}

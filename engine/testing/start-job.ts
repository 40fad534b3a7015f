import type { FailureCode, JobError } from "../core/job.ts";
import type { Ending } from "../core/journal.ts";
import type { Json } from "../core/json.ts";
import type { Manifest } from "../core/manifest.ts";
import type { AttemptJournal, AttemptToRun, Run } from "../core/run.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { ClockWorks } from "../sdk/testing/clock.ts";
import { jobLife } from "../sdk/testing/job-time.ts";
import { declaredOf, neededFor } from "../sdk/testing/permissions.ts";
import { createQuiet } from "../sdk/testing/quiet.ts";
import { createRecorder, type JournalEntry, type Recorder } from "../sdk/testing/record.ts";
import type { LoadedRunbook } from "./bundled.ts";
import { keepCoverage } from "./coverage-file.ts";
import { type DebuggerWishes, openToDebugger } from "./open-to-debugger.ts";
import type { AttemptWorld, SharedSandbox } from "./shared-sandbox.ts";
import { createWorld, type Surroundings, type World } from "./world.ts";

export interface JobOptions {
  runbook: string;
  loaded: LoadedRunbook;
  /** As checked. */
  params: unknown;
  surroundings: Surroundings;
  clock: ClockWorks;
  seed: string;
  dry: boolean;
  /** Calls that aren't declared go on all the same, and are told. */
  observes: boolean;
  /** Whenever the job waits, its attempt ends and another one goes on from the journal. */
  interrupted: boolean;
  /** Somebody debugs it. */
  debug?: DebuggerWishes | undefined;
}

export type JobEnd = { status: "completed" | "failed" | "stopped"; failureCode: FailureCode | null; error: JobError | null };

/** A job of a test, from inside. */
export interface StartedJob {
  readonly world: World;
  readonly recorder: Recorder;
  readonly manifest: Manifest;
  /** Permissions that its calls needed, declared or not. */
  readonly needed: ReadonlySet<string>;
  ended: Promise<JobEnd>;
  hasEnded(): boolean;
  /** Resolves when it can do nothing until time goes on or somebody acts, or has ended. */
  quiet(): Promise<void>;
  /** Calls that have no outcome yet. */
  open(): JournalEntry[];
  stop(): void;
  /** `ended` rejects. */
  giveUp(error: Error): void;
}

const TESTER = { id: "prn_test", kind: "user" as const, name: "test", grants: [{ role: "admin" as const, scope: ROOT_SCOPE }] };
/** Attempts that end because their runner died, as by another job that took all its memory. */
const MOST_LOST = 3;

export function startJob(
  sandbox: SharedSandbox,
  { runbook, loaded, params, surroundings, clock, seed, dry, observes, interrupted, debug }: JobOptions,
): StartedJob {
  const { bundle, bundleHash, sourceMap, manifest } = loaded;
  const quiet = createQuiet();
  const over = new AbortController();
  const world = createWorld(surroundings, jobLife(clock, quiet), over.signal);
  const recorder = createRecorder(clock);
  const startedAt = clock.now();
  const needed = new Set<string>();
  const declared = new Set(declaredOf(manifest.permissions));
  const { promise: ended, resolve, reject } = Promise.withResolvers<JobEnd>();
  ended.catch(() => {}); // whoever asks is told
  let run: Run | undefined;
  let isOver = false;
  let lost = 0;
  let working = 0;
  let workedMs = 0;
  let interruptedAfter = -1;
  let isInterrupting = false;
  let isTimedOut = false;

  const attemptWorld: AttemptWorld = {
    catalogue: world.catalogue,
    clock: world.clock,
    called(op, args, { call, masker }, refusal) {
      recorder.issued(call, op, masker.labelJson(args) as Json);
      for (const permission of neededFor(op, args, manifest.permissions)) needed.add(permission);
      if (refusal === undefined) return false;
      // What is refused for another reason, such as a machine that wasn't selected, stays refused.
      return observes && neededFor(op, args, manifest.permissions).some((one) => !declared.has(one) && one !== "machines:read");
    },
    working() {
      working++;
      return () => {
        working--;
      };
    },
  };

  function end(how: JobEnd | Error): void {
    if (isOver) return;
    isOver = true;
    leave();
    over.abort(new Error("the job has ended"));
    quiet.end();
    if (how instanceof Error) reject(how);
    else resolve(how);
  }

  function begin(): void {
    const { journal, recorded, storedStreamEntries } = recorder.attempt({ ...quiet, covered: (ranges) => keepCoverage(loaded, ranges) });
    const attempt: AttemptToRun = {
      ...{ jobId: "job_test", originId: "job_test", attempt: 1, runbook, version: null, scope: ROOT_SCOPE },
      ...{ bundle, bundleHash, sourceMap, manifest, params, secrets: [], seed, startedAt, usedMs: 0, dry },
      ...{ actor: TESTER, correlationId: "test", depth: 0, retry: 0, eventsFrom: startedAt, recorded, storedStreamEntries },
    };
    const opened = debug && openToDebugger({ file: loaded.file, runbook }, debug, { left: stop, failed: giveUp });
    const told: AttemptJournal = {
      ...journal,
      emit(body, at) {
        journal.emit(body, at);
        debug?.onEntry?.(body, clock.now());
      },
    };
    quiet.stir();
    run = sandbox.run({ ...attempt, ...(opened && { debug: opened.link }) }, attemptWorld, told);
    run.ended.then(async (ending) => {
      onEnded(ending);
      await opened?.close();
    });
  }

  function onEnded(ending: Ending): void {
    if (isTimedOut) {
      const message = `it took longer than ${manifest.limits.timeoutMs} ms; raise limits.timeout if that is meant`;
      end({ status: "failed", failureCode: "timeout", error: { name: "LimitError", message } });
    } else if (ending.kind === "waiting") end(new Error("the job released its isolate, which it doesn't where its waits are a test's"));
    else if (ending.kind === "failed") end({ status: "failed", failureCode: ending.failureCode, error: ending.error });
    else if (ending.kind !== "lost") end({ status: ending.kind, failureCode: null, error: null });
    else if (!isInterrupting && ++lost > MOST_LOST) end(new Error(`the sandbox lost the job: ${ending.reason}`));
    else if (!isOver) {
      isInterrupting = false;
      begin();
    }
  }

  /** It has something to do until it has ended: to end. */
  function stop(): void {
    const stopped = run;
    if (stopped === undefined) return;
    void quiet.during(() => stopped.ended);
    stopped.stop();
  }

  function giveUp(error: Error): void {
    stop();
    end(error);
  }

  async function whenQuiet(): Promise<void> {
    await quiet.when();
    const settled = recorder.record.calls.length;
    if (!interrupted || isOver || settled === interruptedAfter) return;
    interruptedAfter = settled;
    isInterrupting = true;
    quiet.stir();
    run?.abandon("the test interrupts it");
    await quiet.when();
  }

  const leave = clock.follow({
    quiet: whenQuiet,
    passed(ms) {
      if (working > 0) workedMs += ms;
      if (workedMs <= manifest.limits.timeoutMs || isTimedOut) return;
      isTimedOut = true;
      stop();
    },
  });
  begin();

  return {
    ...{ world, recorder, manifest, needed, ended },
    hasEnded: () => isOver,
    quiet: whenQuiet,
    open: () => recorder.entries.filter((entry) => entry.kind === "call" && entry.outcome === undefined),
    stop,
    giveUp,
  };
}

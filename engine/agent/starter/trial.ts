import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { formatDuration } from "../../core/duration.ts";
import { kept, nextStep, started, type Versions, wentBack } from "./versions.ts";

/** What the agent on trial says over its channel when it has reported. */
export const REPORTED = "reported";
/** Between SIGTERM and SIGKILL. A process that hangs hears only the second. */
const GRACE_MS = 20_000;
const PAUSE_MS = 1_000;

export interface TrialParts {
  /** Starts the agent on trial in a process of its own, with a channel. */
  start(hash: string): ChildProcess;
  /** Resolves when it is on disk. */
  write(versions: Versions): Promise<void>;
  /** Fires when the starter is asked to end. */
  signal: AbortSignal;
  monotonic(): number;
  log(message: string): void;
  graceMs?: number;
  pauseMs?: number;
}

type End = { how: "reported" | "late" | "stopped" } | { how: "ended"; words: string };

/**
 * Tries the new version in a process of its own, which can be killed when it hangs, until it has reported, was started too often, or its time is over.
 * @returns what holds from now on; with the trial still in it when the starter was asked to end
 */
export async function conductTrial(before: Versions, parts: TrialParts): Promise<Versions> {
  const { trial } = before;
  if (trial === null) return before;
  const { write, signal, monotonic, log, pauseMs = PAUSE_MS } = parts;
  const endsAt = monotonic() + trial.deadlineMs;
  const late = `it hasn't reported within ${formatDuration(trial.deadlineMs)}`;
  let versions = before;
  let last: string | undefined;

  const conclude = async (after: Versions): Promise<Versions> => {
    log(`agent ${trial.version} (${trial.hash.slice(0, 12)}) ${after.verdict?.kept ? "is kept" : "is given up"}: ${after.verdict?.reason}`);
    // Without it on disk the next start tries once more: at most so often as starts were written down.
    await write(after).catch((error: Error) => log(`what came of the trial can't be written down: ${error.message}`));
    return after;
  };

  while (!signal.aborted) {
    const step = nextStep(versions);
    if (step.do !== "try") return conclude(wentBack(versions, step.do === "goBack" ? (last ?? step.reason) : "there is nothing to try"));
    const left = endsAt - monotonic();
    if (left <= 0) return conclude(wentBack(versions, last ?? late));
    versions = started(versions);
    try {
      await write(versions);
    } catch (error) {
      // A start that isn't counted could go on for ever.
      return conclude(wentBack(versions, `its start can't be written down: ${error instanceof Error ? error.message : error}`));
    }
    const end = await runOnce(parts.start(trial.hash), { ...parts, withinMs: left });
    if (end.how === "reported") return conclude(kept(versions, "it has reported"));
    if (end.how === "late") return conclude(wentBack(versions, late));
    if (end.how === "ended") {
      last = `${end.words} before it had reported, ${versions.trial?.starts} times`;
      log(`agent ${trial.version} on trial: ${end.words}`);
      await delay(pauseMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
    }
  }
  return versions;
}

/** One start, from spawn to exit. */
async function runOnce(child: ChildProcess, { withinMs, signal, graceMs = GRACE_MS }: TrialParts & { withinMs: number }): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const exited = new Promise<void>((done) => {
    child.once("error", (error) => {
      resolve({ how: "ended", words: `it can't be started: ${error.message}` });
      if (child.pid === undefined) done();
    });
    child.once("exit", (code, name) => {
      resolve({ how: "ended", words: name === null ? `it ended with exit code ${code}` : `it was ended by ${name}` });
      done();
    });
  });
  child.on("message", (message) => {
    if (message === REPORTED) resolve({ how: "reported" });
  });
  const timer = setTimeout(() => resolve({ how: "late" }), withinMs);
  const stop = () => resolve({ how: "stopped" });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const end = await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  if (end.how !== "ended") child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(kill);
  return end;
}

import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { InstallStatus } from "../core/install.ts";
import { type ActionContext, AgentStops, unlessStopped } from "./actions.ts";
import type { ChangeLog } from "./change-log.ts";
import {
  beginBatch,
  endBatch,
  failUnderWay,
  giveUp,
  type InstallRun,
  keepInstalled,
  MAX_RESUMED,
  nextBatch,
  noteVersions,
  type RunUpdate,
  recover,
} from "./install-run.ts";
import { type ChangeContext, keyOf, type PackageAdapter, type PackageChanges, type PackageState } from "./packages/adapter.ts";
import type { TimeLeft } from "./time-left.ts";

/** Timers can't be longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface BatchParts {
  adapter: PackageAdapter;
  change: PackageChanges;
  context: ActionContext;
  log: ChangeLog;
  time: TimeLeft;
  clock: Clock;
  refusal(): Promise<string | undefined>;
  /** Resolves when the run is on disk. @throws AgentStops */
  save(): Promise<void>;
  tell(updates: readonly RunUpdate[]): void;
}

/**
 * Mends, then installs batch by batch. An error before anything was done is the command's; later ones are told with the updates that they kept from being installed.
 * @throws AgentStops when the agent stops: the run on disk is where the next one goes on
 */
export async function installAll(run: InstallRun, parts: BatchParts): Promise<void> {
  const { change, context, clock, log, time, save, tell } = parts;
  const { signal: over, look, clear } = timesUp(time);
  const noneMayStart = AbortSignal.any([context.signal, over]);
  const changing: ChangeContext = {
    // Looked at anew by whoever asks: a timer doesn't notice that the machine slept or its clock was set.
    get signal() {
      look();
      return noneMayStart;
    },
    log: (text) => void log.write(text),
    logFile: log.file,
    lockTimeoutMs: run.lockTimeoutMs,
    lockWaitedMs: 0,
  };
  const whyNot = (): [InstallStatus, string] | undefined => {
    if (context.stopping.aborted) throw new AgentStops();
    if (run.cancelled) return ["Cancelled", "the install was cancelled before this one began"];
    return over.aborted || time.leftMs() <= 0 ? ["MaintenanceWindowExceeded", "its time was over before this one could begin"] : undefined;
  };
  const forbid = (why: string) => tell(giveUp(run, "Cancelled", `the machine's owner has forbidden it meanwhile: ${why}`));
  try {
    const refusal = run.resumed > 0 ? await parts.refusal() : undefined;
    const isHopeless = run.resumed > MAX_RESUMED;
    await mend(run, parts, changing, refusal === undefined && !isHopeless ? "repair" : "leave");
    if (isHopeless)
      tell(giveUp(run, "Failed", `the agent or the machine went down ${run.resumed} times during this install; it isn't gone on with: log in and look`));
    if (refusal !== undefined) forbid(refusal);
    for (let batch = nextBatch(run, change.batchSize); batch.length > 0 && !whyNot(); batch = nextBatch(run, change.batchSize)) {
      const forbidden = await parts.refusal();
      if (forbidden !== undefined) {
        forbid(forbidden);
        break;
      }
      beginBatch(batch, clock.now());
      await save();
      tell(batch);
      await log.write(`== ${new Date(clock.now()).toISOString()} ${batch.map((one) => `${keyOf(one)}=${one.version}`).join(" ")}\n`);
      const chosen = batch.map(({ name, architecture, version }) => ({ name, architecture, version }));
      const { configurationFiles, allowRemovals = false } = run;
      endBatch(run, batch, await unlessStopped(context, change.install(chosen, { configurationFiles, allowRemovals }, changing)), clock.now());
      tell(batch);
    }
  } catch (error) {
    if (error instanceof AgentStops) throw error;
    // The database knows better than whatever went wrong around it.
    const states = await statesOf(run, parts).catch(() => undefined);
    if (states) tell(keepInstalled(run, states, clock.now()));
    if (!isRunwrightError(error, "COMMAND_CANCELLED")) {
      // Nothing has been begun: the command's own code says more than the same words for each update.
      if (run.resumed === 0 && run.updates.every(({ status }) => status === "NotStarted")) throw error;
      const [message, code] = error instanceof Error ? [error.message, isRunwrightError(error) ? ` [${error.code}]` : ""] : [String(error), ""];
      // Those of the catalogue say that nothing could be tried.
      if (!isRunwrightError(error)) tell(failUnderWay(run, message, { states, now: clock.now() }));
      tell(giveUp(run, "Failed", `${message}${code}`));
    }
  } finally {
    clear();
  }
  const reason = whyNot();
  if (reason) tell(giveUp(run, ...reason));
  await save().catch((error) => {
    if (error instanceof AgentStops) throw error; // a disk that is full: the outcome tells what the state can't
  });
}

/** Puts right what is half way, then notes what is installed: before an install, or after an earlier agent's part of it. */
async function mend(run: InstallRun, parts: BatchParts, changing: ChangeContext, how: "repair" | "leave"): Promise<void> {
  const { change, context, clock, save, tell } = parts;
  const isLate = run.cancelled || changing.signal.aborted;
  const isOurs = run.updates.some(({ status }) => status === "InProgress");
  let failure: unknown;
  // What this run itself has left half way is mended also when its time is over or it is cancelled. Then once: it may be what brings the machine down.
  if (how === "repair" && (!isLate || (isOurs && run.mendedLate !== true))) {
    if (isLate) {
      run.mendedLate = true;
      await save();
    }
    const mending = isOurs ? { ...changing, signal: context.stopping } : changing;
    try {
      run.repairs.push(...(await unlessStopped(context, change.repair(mending))));
    } catch (error) {
      if (error instanceof AgentStops) throw error;
      failure = error;
    }
    changing.lockWaitedMs = mending.lockWaitedMs;
  }
  const states = await unlessStopped(
    context,
    statesOf(run, parts).catch((error: unknown) => Promise.reject(failure ?? error)),
  );
  noteVersions(run, states);
  if (run.resumed > 0) tell(recover(run, states, clock.now()));
  if (failure !== undefined) throw failure;
}

/** Where the adapter doesn't tell, its inventory does, which knows no patches. */
export async function statesOf(
  { updates }: InstallRun,
  { adapter, change }: Pick<BatchParts, "adapter" | "change">,
): Promise<ReadonlyMap<string, PackageState>> {
  if (change.states) return change.states(updates);
  const { installed } = await adapter.inventory();
  return new Map(installed.map((one) => [keyOf(one), { version: one.version, whole: true }]));
}

/** Fires when no batch may start any more, so that nobody waits for a lock until then and starts one. */
function timesUp(time: TimeLeft): { signal: AbortSignal; look(): void; clear(): void } {
  const controller = new AbortController();
  const look = () => {
    if (time.leftMs() <= 0) controller.abort();
  };
  const leftMs = time.leftMs();
  const timer = leftMs > LONGEST_TIMER_MS ? undefined : setTimeout(() => controller.abort(), Math.max(0, leftMs));
  return { signal: controller.signal, look, clear: () => clearTimeout(timer) };
}

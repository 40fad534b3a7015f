import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { InstallReport } from "../core/install.ts";
import type { Inventory } from "../core/update.ts";
import { type InstallArgs, installArgs, MAX_FRAME_BYTES } from "../protocol/agent.ts";
import { type ActionContext, AgentStops, type LastingAction, unlessStopped } from "./actions.ts";
import { type ChangeLog, follow, openChangeLog } from "./change-log.ts";
import { installAll, statesOf } from "./install-batches.ts";
import { beginRun, giveUp, type InstallRun, isInstallRun, type RunUpdate, recover } from "./install-run.ts";
import { keyOf, type PackageAdapter, type PackageChanges } from "./packages/adapter.ts";
import { runFiles } from "./run-file.ts";
import { timeLeft } from "./time-left.ts";
import type { Turn } from "./turn.ts";

export interface InstallParts {
  stateDirectory: string;
  adapter: PackageAdapter;
  /** One command at a time changes packages. */
  turn: Turn;
  /** Tells the engine what is installed and missing now. */
  reportNow(): Promise<{ inventory: Inventory }>;
  /** Why the machine's policy forbids to go on with an install; undefined: it doesn't. */
  refusal(): Promise<string | undefined>;
  clock: Clock;
}

/**
 * The action `install`: exactly the chosen updates, in small batches, each judged by the package database. What was interrupted is mended first; what was killed, rebooted or
 * stopped in the middle goes on by itself, as long as its time isn't over and nobody has cancelled or forbidden it.
 */
export function createInstall(parts: InstallParts): LastingAction {
  const { stateDirectory, adapter, turn, clock } = parts;
  const files = runFiles(stateDirectory, "installs", isInstallRun);

  async function perform(run: InstallRun, context: ActionContext): Promise<InstallReport> {
    const { change } = adapter;
    if (change === undefined) throw new RunwrightError("EXEC_FAILED", `this agent can't install with ${adapter.name}: it only lists`);
    const time = timeLeft(clock, run.time);
    // One after the other: a cancellation is written down while a batch runs.
    let saved: Promise<void> = Promise.resolve();
    const save = () => {
      saved = saved.catch(() => {}).then(() => files.save(context.commandId, { ...run, time: time.onDisk() }));
      return unlessStopped(context, saved).catch(fullDisk);
    };
    const cancelled = () => {
      if (context.stopping.aborted) return;
      run.cancelled = true;
      save().catch(() => {}); // its next write says so
    };
    context.signal.addEventListener("abort", cancelled, { once: true });
    if (context.signal.aborted) cancelled();
    try {
      const unsaved = await save().then(
        () => undefined,
        (error: unknown) => error,
      );
      // Nothing has been begun: the command may fail. What an earlier agent has done is told all the same.
      if (unsaved !== undefined && (run.resumed === 0 || unsaved instanceof AgentStops)) throw unsaved;
      using _ = await unlessStopped(context, turn.take());
      const log = await openChangeLog(stateDirectory, context.commandId).catch((error: unknown) => error);
      if (unsaved !== undefined || !isLog(log)) {
        if (run.resumed === 0) throw log;
        return await salvaged(run, unsaved ?? log, change, context);
      }
      const stopFollowing = follow(log, (chunk) => context.output("stderr", chunk));
      try {
        await installAll(run, { ...parts, context, change, log, time, save, tell: (updates) => tell(updates, context) });
        return await reportOf(run, log.file, context);
      } finally {
        await stopFollowing();
      }
    } finally {
      context.signal.removeEventListener("abort", cancelled);
    }
  }

  /** A run that can't be gone on with, as nothing can be written down: what the database says of it, and why the rest isn't there. */
  async function salvaged(run: InstallRun, why: unknown, change: PackageChanges, context: ActionContext): Promise<InstallReport> {
    const states = await statesOf(run, { adapter, change }).catch(() => undefined);
    if (states) tell(recover(run, states, clock.now()), context);
    tell(giveUp(run, "Failed", `the install can't be gone on with: ${why instanceof Error ? why.message : String(why)}`), context);
    return reportOf(run, "", context);
  }

  async function reportOf(run: InstallRun, logFile: string, context: ActionContext): Promise<InstallReport> {
    const pending = await rebootPending(context);
    return bounded({
      packageManager: adapter.name,
      updates: run.updates.map(({ tries: _, ...update }) => update),
      rebootPending: pending.length > 0,
      rebootReasons: short(pending),
      repairs: short(run.repairs),
      resumed: run.resumed,
      logFile,
    });
  }

  /** Why a reboot is pending. What was installed is told, also when the machine can't be looked at any more: its next report says the rest. */
  async function rebootPending(context: ActionContext): Promise<readonly string[]> {
    try {
      const { inventory } = await unlessStopped(context, parts.reportNow());
      return inventory.rebootPending ? inventory.rebootReasons : [];
    } catch (error) {
      if (error instanceof AgentStops) throw error;
      context.output("stderr", `runwright: what is installed now can't be reported: ${error instanceof Error ? error.message : String(error)}\n`);
      return [];
    }
  }

  return {
    start: (args, context) => perform(beginRun(parsed(args), clock.now()), context),
    async resume(context) {
      const run = await files.load(context.commandId);
      return run && { value: await perform({ ...run, resumed: run.resumed + 1 }, context) };
    },
    forget: files.forget,
  };
}

const MOST_TOLD = 256 * 1024;
/** A line for each, in few pieces: an engine keeps only so many of a command's output, and takes none that is too long. */
function tell(updates: readonly RunUpdate[], { output }: ActionContext): void {
  let piece = "";
  for (const { tries: _, ...update } of updates) {
    piece += `${JSON.stringify(update)}\n`;
    if (piece.length < MOST_TOLD) continue;
    output("stdout", piece);
    piece = "";
  }
  if (piece !== "") output("stdout", piece);
}

const isLog = (found: unknown): found is ChangeLog => typeof found === "object" && found !== null && "file" in found;

function parsed(args: unknown): InstallArgs {
  if (!installArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "install needs a list of updates, each with name, architecture and version");
  const keys = new Set<string>();
  for (const one of args.updates) {
    if (keys.has(keyOf(one))) throw new RunwrightError("BAD_REQUEST", `${keyOf(one)} is to be installed twice`);
    keys.add(keyOf(one));
  }
  return args;
}

function fullDisk(cause: unknown): never {
  if (cause instanceof Error && "code" in cause && ["ENOSPC", "EDQUOT"].includes(`${cause.code}`))
    throw new RunwrightError("DISK_FULL", `how far the install has come can't be written down: ${cause.message}`, { cause });
  throw cause;
}

/** Reports travel in one frame: where there are too many words, each update keeps the first of its own. */
function bounded(report: InstallReport): InstallReport {
  for (const most of [Number.POSITIVE_INFINITY, 200, 0]) {
    const shorter = { ...report, updates: report.updates.map((update) => ({ ...update, message: update.message.slice(0, most) })) };
    if (Buffer.byteLength(JSON.stringify(shorter)) <= MAX_REPORT_BYTES) return shorter;
  }
  return report; // the agent says of any outcome that doesn't fit that it doesn't
}

const MAX_REPORT_BYTES = MAX_FRAME_BYTES / 2;
const short = (texts: readonly string[]): string[] => texts.slice(0, 100).map((text) => text.slice(0, 4_000));

import type { Clock } from "../core/clock.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { InstalledUpdate, InstallReport, InstallStatus } from "../core/install.ts";
import type { Inventory } from "../core/update.ts";
import { type InstallArgs, installArgs } from "../protocol/agent.ts";
import { type ActionContext, AgentStops, isStopping, type LastingAction, unlessStopped } from "./actions.ts";
import { follow, openChangeLog } from "./change-log.ts";
import { type InstallState, isInstallState, leftNow, notStarted } from "./install-state.ts";
import { type ChangeContext, keyOf, type PackageAdapter, type PackageChanges, type PackageState } from "./packages/adapter.ts";
import { runFiles } from "./run-file.ts";
import type { Turn } from "./turn.ts";

/** Another program may hold the package manager for so long; unattended upgrades do for minutes. */
export const LOCK_TIMEOUT_MS = 10 * 60_000;

export interface InstallParts {
  stateDirectory: string;
  adapter: PackageAdapter;
  /** One command at a time changes packages. */
  turn: Turn;
  /** Tells the engine what is installed and missing now. */
  reportNow(): Promise<{ inventory: Inventory }>;
  clock: Clock;
}

/**
 * The action `install`: exactly the chosen updates, in small batches, each judged by the package database. What was interrupted is mended first; what was killed, rebooted or
 * stopped in the middle goes on by itself, as long as its time isn't over.
 */
export function createInstall({ stateDirectory, adapter, turn, reportNow, clock }: InstallParts): LastingAction {
  const files = runFiles(stateDirectory, "installs", isInstallState);

  async function run(state: InstallState, context: ActionContext): Promise<InstallReport> {
    const { change } = adapter;
    if (change === undefined) throw new RunwrightError("EXEC_FAILED", `this agent can't install with ${adapter.name}: it only lists`);
    const { signal, commandId } = context;
    const log = await openChangeLog(stateDirectory, commandId);
    const stopFollowing = follow(log.file, (chunk) => context.output("stderr", chunk));
    const changing: ChangeContext = { signal, log: (text) => void log.write(text), logFile: log.file, lockTimeoutMs: state.lockTimeoutMs };
    const since = clock.monotonic();
    const given = leftNow(state, clock.now());
    const leftMs = () => (given === null ? null : Math.max(0, given - (clock.monotonic() - since)));
    const save = async () => {
      if (isStopping(signal)) throw new AgentStops();
      Object.assign(state, { leftMs: leftMs(), savedAt: clock.now() });
      await files.save(commandId, state);
    };
    const settle = async (some: readonly InstalledUpdate[], status: InstallStatus, message: (update: InstalledUpdate) => string) => {
      const at = clock.now();
      for (const update of some) {
        const isOver = status !== "InProgress";
        Object.assign(update, {
          status,
          message: message(update).slice(0, 4_000),
          ...(isOver ? { endedAt: update.startedAt === null ? null : at } : { startedAt: at }),
        });
        context.output("stdout", `${JSON.stringify(update)}\n`);
      }
      await save();
    };

    try {
      await save();
      state.repairs.push(...(await unlessStopped(signal, change.repair(changing))));
      await reconcile(change, state);
      for (;;) {
        const open = state.updates.filter(({ status }) => status === "NotStarted");
        if (open.length === 0) break;
        if (signal.aborted) {
          await settle(open, "Cancelled", () => "the install was cancelled before this one began");
          break;
        }
        if (leftMs() === 0) {
          await settle(open, "MaintenanceWindowExceeded", () => "its time was over before this one could begin");
          break;
        }
        const batch = open.slice(0, change.batchSize);
        await settle(batch, "InProgress", () => "");
        const failure = await installBatch(change, batch, state, changing);
        const failed = typeof failure === "string" ? undefined : failure;
        const why = (update: InstalledUpdate) => failed?.get(keyOf(update)) ?? (typeof failure === "string" ? failure : undefined);
        await settle(
          batch.filter((update) => why(update) !== undefined),
          "Failed",
          (update) => why(update) ?? "",
        );
        await settle(
          batch.filter((update) => why(update) === undefined),
          "Succeeded",
          () => "",
        );
      }
      const { inventory } = await unlessStopped(signal, reportNow());
      const { rebootPending, rebootReasons } = inventory;
      return {
        packageManager: adapter.name,
        updates: state.updates,
        rebootPending,
        rebootReasons: rebootReasons.slice(0, 100),
        repairs: state.repairs.slice(0, 100),
        resumed: state.resumed,
        logFile: log.file,
      };
    } finally {
      await stopFollowing();
    }
  }

  /** @returns those that have failed, or why nothing of the batch could be tried */
  async function installBatch(change: PackageChanges, batch: readonly InstalledUpdate[], state: InstallState, changing: ChangeContext) {
    try {
      const chosen = batch.map(({ name, architecture, version }) => ({ name, architecture, version }));
      return (await unlessStopped(changing.signal, change.install(chosen, { configurationFiles: state.configurationFiles }, changing))).failed;
    } catch (error) {
      if (!isRunwrightError(error)) throw error;
      return `${error.message} [${error.code}]`;
    }
  }

  /** What the package database says: versions from before, at the first start; what an interrupted batch has done, at others. */
  async function reconcile(change: PackageChanges, state: InstallState): Promise<void> {
    const found = await statesOf(change, state);
    for (const update of state.updates) {
      const now = found.get(keyOf(update));
      if (update.startedAt === null && update.status === "NotStarted") update.fromVersion = now?.version ?? null;
      if (update.status !== "InProgress") continue;
      const isDone = now?.version === update.version && now.whole;
      Object.assign(update, isDone ? { status: "Succeeded", endedAt: clock.now(), message: "ended while the agent was away" } : { status: "NotStarted" });
    }
  }

  async function statesOf(change: PackageChanges, { updates }: InstallState): Promise<ReadonlyMap<string, PackageState>> {
    if (change.states) return change.states(updates);
    const { installed } = await adapter.inventory();
    return new Map(installed.map((one) => [keyOf(one), { version: one.version, whole: true }]));
  }

  /** In its turn; what it has kept goes when its outcome is known, and stays when the process ends before. */
  async function inTurn(state: InstallState, context: ActionContext): Promise<InstallReport> {
    await files.save(context.commandId, state);
    using _ = await unlessStopped(context.signal, turn.take());
    try {
      const report = await run(state, context);
      await files.forget(context.commandId);
      return report;
    } catch (error) {
      if (!(error instanceof AgentStops)) await files.forget(context.commandId);
      throw error;
    }
  }

  return {
    async start(args, context) {
      if (!installArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "install needs a list of updates, each with name, architecture and version");
      return inTurn(stateOf(args, clock.now()), context);
    },
    async resume(context) {
      const state = await files.load(context.commandId);
      return state && { value: await inTurn({ ...state, resumed: state.resumed + 1 }, context) };
    },
  };
}

function stateOf({ updates, configurationFiles = "keep", lockTimeoutMs = LOCK_TIMEOUT_MS, startWithinMs }: InstallArgs, now: number): InstallState {
  const unique = new Map(updates.map((update) => [keyOf(update), notStarted(update)]));
  return { updates: [...unique.values()], configurationFiles, lockTimeoutMs, leftMs: startWithinMs ?? null, savedAt: now, repairs: [], resumed: 0 };
}

import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { RunwrightError } from "../core/errors.ts";
import type { ChosenUpdate } from "../core/install.ts";
import { type RollbackReport, settledBefore, type TakenBack } from "../core/rollback.ts";
import { installReport } from "../protocol/agent.ts";
import { type RollbackArgs, RollbackArgsSchema, rollbackArgs } from "../protocol/rollback.ts";
import { type ActionContext, type LastingAction, unlessStopped } from "./actions.ts";
import { createInstall, type InstallParts } from "./install.ts";
import { keyOf, type PackageAdapter, type PackageChanges } from "./packages/adapter.ts";
import { runFiles } from "./run-file.ts";

const Update = RollbackArgsSchema.properties.updates.items;
const Schema = Type.Object({
  tried: Type.Array(Update),
  settled: Type.Array(
    Type.Object({ ...Update.properties, status: Type.Union([Type.Literal("Succeeded"), Type.Literal("NotPossible")]), message: Type.String() }),
  ),
  lockTimeoutMs: Type.Optional(Type.Number()),
});
/** As it is on disk before anything is changed. How far it has come is in the run of the install that carries it out. */
type RollbackRun = Static<typeof Schema>;
const validator = Compile(Schema);
const isRollbackRun = (value: unknown): value is RollbackRun => validator.Check(value);
type Changed = RollbackArgs["updates"][number];

/**
 * The action `rollback`: takes back what one earlier install has changed, as far as the package manager can. It is an install of the older versions, in one batch because
 * packages that went up together often can only come down together; so it is mended first, judged by the package database, and goes on after a crash as an install does.
 */
export function createRollback(parts: InstallParts): LastingAction {
  const { stateDirectory, adapter } = parts;
  const files = runFiles(stateDirectory, "rollbacks", isRollbackRun);

  const installing = (tried: readonly Changed[]): LastingAction => createInstall({ ...parts, adapter: downwards(adapter, tried) });

  async function perform({ tried, lockTimeoutMs }: RollbackRun, context: ActionContext): Promise<unknown> {
    const updates = tried.map(({ name, architecture, fromVersion }) => ({ name, architecture, version: fromVersion ?? "" }));
    return installing(tried).start({ updates, ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }) }, context);
  }

  return {
    async start(args, context) {
      const { updates, plan, lockTimeoutMs } = parsed(args);
      const settled = await unlessStopped(context, settle(adapter, updates));
      const tried = updates.filter((update) => !settled.has(keyOf(update)));
      const run: RollbackRun = {
        tried,
        settled: updates.flatMap((update) => settledRow(update, settled.get(keyOf(update)))),
        ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
      };
      if (plan || tried.length === 0) return nothingDone(adapter.name, updates, settled);
      await unlessStopped(context, files.save(context.commandId, run));
      return reportOf(run, await perform(run, context));
    },
    async resume(context) {
      const run = await files.load(context.commandId);
      if (run === undefined) return undefined;
      // It may have ended before the install that carries it out was written down: then nothing was begun.
      const resumed = await installing(run.tried).resume(context);
      return { value: reportOf(run, resumed ? resumed.value : await perform(run, context)) };
    },
    async forget(commandId) {
      await installing([]).forget?.(commandId);
      await files.forget(commandId);
    },
  };
}

type Settled = ReadonlyMap<string, Pick<TakenBack, "status" | "message">>;

/** What becomes of updates without being tried, by `keyOf`. */
async function settle({ name, change, inventory }: PackageAdapter, updates: readonly Changed[]): Promise<Settled> {
  const settled = new Map<string, Pick<TakenBack, "status" | "message">>();
  const states = change?.states ? await change.states(updates) : new Map((await inventory()).installed.map((one) => [keyOf(one), one]));
  for (const update of updates) {
    const found = settledBefore(update, states.get(keyOf(update))?.version);
    if (found) settled.set(keyOf(update), found);
  }
  const left = updates.filter((update) => !settled.has(keyOf(update)));
  const obstacles = left.length === 0 ? new Map<string, string>() : await change?.rollback?.obstacles(left.map(before));
  for (const update of left) {
    const obstacle = obstacles === undefined ? `${name} can't go back to an exact earlier version` : obstacles.get(keyOf(update));
    if (obstacle !== undefined) settled.set(keyOf(update), { status: "NotPossible", message: obstacle });
  }
  return settled;
}

/**
 * The same package manager, which installs older versions over newer ones.
 * @param tried what is looked at once more when it is its turn: somebody else may have changed packages meanwhile
 */
function downwards(adapter: PackageAdapter, tried: readonly Changed[]): PackageAdapter {
  const { change } = adapter;
  const rollback = change?.rollback;
  if (change === undefined || rollback === undefined) return adapter;
  const install: PackageChanges["install"] = async (updates, options, context) => {
    const chosen = new Set(updates.map(keyOf));
    const settled = await settle(
      adapter,
      tried.filter((update) => chosen.has(keyOf(update))),
    );
    const possible = updates.filter((update) => !settled.has(keyOf(update)));
    const { failed, ...result } = possible.length === 0 ? { failed: new Map<string, string>() } : await rollback.install(possible, options, context);
    const impossible = [...settled].flatMap(([key, { status, message }]) => (status === "NotPossible" ? [[key, message] as const] : []));
    return { ...result, failed: new Map([...failed, ...impossible]) };
  };
  return { ...adapter, change: { ...change, batchSize: Number.POSITIVE_INFINITY, install } };
}

const before = ({ name, architecture, fromVersion }: Changed): ChosenUpdate => ({ name, architecture, version: fromVersion ?? "" });

function settledRow(update: Changed, settled: Pick<TakenBack, "status" | "message"> | undefined): RollbackRun["settled"] {
  return settled === undefined ? [] : [{ ...update, status: settled.status === "Succeeded" ? "Succeeded" : "NotPossible", message: settled.message }];
}

function nothingDone(packageManager: string, updates: readonly Changed[], settled: Settled): RollbackReport {
  const planned = { status: "NotStarted", message: "" } as const;
  const rows = updates.map((update): TakenBack => ({ ...update, ...(settled.get(keyOf(update)) ?? planned) }));
  return { packageManager, updates: rows, rebootPending: false, repairs: [], resumed: 0, logFile: "" };
}

/** Of an install of the older versions: it calls the version before what it goes back to. */
function reportOf({ tried, settled }: RollbackRun, report: unknown): RollbackReport {
  if (!installReport.Check(report)) throw new RunwrightError("INTERNAL", "the install of older versions has left no report");
  const { packageManager, rebootPending, repairs, resumed, logFile } = report;
  const outcomes = new Map(report.updates.map((update) => [keyOf(update), update]));
  const rows = tried.map((update): TakenBack => {
    const { status = "Failed", message = "its outcome isn't known" } = outcomes.get(keyOf(update)) ?? {};
    return { ...update, status, message };
  });
  return { packageManager, updates: [...rows, ...settled], rebootPending, repairs, resumed, logFile };
}

function parsed(args: unknown): RollbackArgs {
  if (!rollbackArgs.Check(args))
    throw new RunwrightError("BAD_REQUEST", "rollback needs a list of updates, each with name, architecture, version and fromVersion");
  if (new Set(args.updates.map(keyOf)).size < args.updates.length) throw new RunwrightError("BAD_REQUEST", "an update is to be taken back twice");
  return args;
}

import { setTimeout as delay } from "node:timers/promises";
import { type Action, type LastingAction, unlessStopped } from "../agent/actions.ts";
import { figures as figuresOf } from "../agent/reporter.ts";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { InstalledUpdate, InstallReport } from "../core/install.ts";
import { execArgs, installArgs, rebootArgs } from "../protocol/agent.ts";
import type { SimulatedHost } from "./host.ts";
import type { SimulatedReporter } from "./reporter.ts";

export interface ActionParts {
  host: SimulatedHost;
  reporter: Pick<SimulatedReporter, "reportNow">;
  clock: Clock;
  /** How long one update takes, milliseconds. */
  installMs: number;
  /** Boots that commands have ended, by the command's id: kept by the machine. */
  reboots: Map<string, { bootId: string; askedAt: number }>;
  /** The machine goes down, and this process with it. */
  goDown(): void;
}

/** What a simulated machine does when it is told to: by the same frames and outcomes as a real one, to packages that are numbers. */
export function simulatedActions(parts: ActionParts): Readonly<Record<string, Action | LastingAction>> {
  const { host, reporter, clock, reboots } = parts;
  const report: Action = async () => figuresOf(await reporter.reportNow());

  const install: Action = async (args, { signal, output }): Promise<InstallReport> => {
    if (!installArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "install needs a list of updates, each with name, architecture and version");
    const endsAt = clock.monotonic() + (args.startWithinMs ?? Number.POSITIVE_INFINITY);
    const updates: InstalledUpdate[] = [];
    const skipped = (status: "Cancelled" | "MaintenanceWindowExceeded") => ({ fromVersion: null, status, message: "", startedAt: null, endedAt: null });
    for (const chosen of args.updates) {
      if (signal.aborted) updates.push({ ...chosen, ...skipped("Cancelled") });
      else if (clock.monotonic() >= endsAt) updates.push({ ...chosen, ...skipped("MaintenanceWindowExceeded") });
      else {
        await delay(parts.installMs);
        updates.push(host.install(chosen, clock.now()));
      }
    }
    output("stdout", updates.map((update) => `${JSON.stringify(update)}\n`).join(""));
    const { inventory } = await reporter.reportNow();
    const { packageManager, rebootPending, rebootReasons } = inventory;
    return { packageManager, updates, rebootPending, rebootReasons, repairs: [], resumed: 0, logFile: "" };
  };

  const reboot: LastingAction = {
    resumesFirst: true,
    async start(args, context) {
      if (!rebootArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "reboot needs a reason and the boot id that is to end");
      if (host.bootId() !== args.bootId) return { bootIdBefore: args.bootId, bootId: host.bootId(), downMs: null };
      reboots.set(context.commandId, { bootId: args.bootId, askedAt: clock.now() });
      parts.goDown();
      return unlessStopped(context, new Promise<never>(() => {}));
    },
    async resume({ commandId }) {
      const begun = reboots.get(commandId);
      return begun && { value: { bootIdBefore: begun.bootId, bootId: host.bootId(), downMs: clock.now() - begun.askedAt } };
    },
    forget: async (commandId) => void reboots.delete(commandId),
  };

  /** No program is started: each one does nothing, and well. */
  const exec: Action = async (args) => {
    if (!execArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "exec needs a program and its arguments");
    const quiet = { stdout: "", stderr: "", stdoutTruncated: false, stderrTruncated: false, timedOut: false, cancelled: false, durationMs: 0 };
    return { exitCode: 0, signal: null, ...quiet };
  };

  return { inventory: report, assess: report, install, reboot, exec };
}

import { type CallId, callKey } from "../core/call-id.ts";
import { RunwrightError } from "../core/errors.ts";
import type { ChosenUpdate, ConfigurationFiles, InstallReport } from "../core/install.ts";
import type { Actor } from "../core/role.ts";
import type { ChangedPackage, RollbackReport } from "../core/rollback.ts";
import { assessReport, rebootReport } from "../protocol/agent.ts";
import { readInstallReport } from "../protocol/install-report.ts";
import { rollbackReport } from "../protocol/rollback.ts";
import type { Store } from "../store/store.ts";
import type { Commands, Storing } from "./commands.ts";

/** A call of a job that asks a machine to do something: done once, however often it is asked for. */
export interface MachineCall {
  id: CallId;
  machineId: string;
  onBehalfOf: { actor: Actor; correlationId: string };
  /** Nobody waits any more; the machine goes on. */
  signal: AbortSignal;
  /** May refuse it, in the transaction that stores its command. */
  admit?: Storing["admit"];
}

/** What jobs ask of machines to keep them patched. Errors are those of the command, see `Commands.perform`. */
export function createUpdateActions({ store, commands }: { store: Store; commands: Pick<Commands, "perform"> }) {
  const perform = ({ id, machineId, onBehalfOf: { actor, correlationId }, signal, admit }: MachineCall, action: string, args: object): Promise<unknown> =>
    commands.perform({ id: callKey(id), machineId, action, args, jobId: id.jobId, actor, correlationId }, { signal, ...(admit && { admit }) });

  return {
    /**
     * Has the machine report what is installed and missing. When it answers, the report is stored.
     * @throws COMMAND_EXPIRED when its report didn't come
     */
    async assess(call: MachineCall, options: { refresh: boolean; timeoutMs: number }): Promise<void> {
      const report = await perform(call, "assess", options);
      if (!assessReport.Check(report)) throw unknownAnswer("assess");
      const stored = await store.read.updates.currentAssessment(call.machineId);
      if (stored === undefined || stored.sequence < report.sequence)
        throw new RunwrightError("COMMAND_EXPIRED", "the machine has looked for updates, and its report didn't reach the engine in time; it comes by itself");
    },

    async install(
      call: MachineCall,
      request: {
        updates: readonly ChosenUpdate[];
        configurationFiles?: ConfigurationFiles;
        allowRemovals?: boolean;
        startWithinMs?: number;
        timeoutMs: number;
      },
    ): Promise<InstallReport> {
      const report = readInstallReport(await perform(call, "install", request));
      if (report === undefined) throw unknownAnswer("install");
      return report;
    },

    async rollback(call: MachineCall, request: { updates: readonly ChangedPackage[]; plan: boolean; timeoutMs: number }): Promise<RollbackReport> {
      const report = await perform(call, "rollback", request);
      if (!rollbackReport.Check(report)) throw unknownAnswer("rollback");
      return report;
    },

    /** Ends the boot that the engine knows of: when the machine has rebooted since, nothing is done. @throws AGENT_OFFLINE, MACHINE_NOT_FOUND, REBOOT_FAILED, TOO_LATE */
    async reboot(call: MachineCall, request: { reason: string; startWithinMs?: number; timeoutMs: number }) {
      const machine = await store.read.machines.get(call.machineId);
      const bootId = machine?.facts?.bootId;
      if (!bootId) throw new RunwrightError("AGENT_OFFLINE", `${machine?.name ?? call.machineId} has never said which boot it runs; is its agent connected?`);
      const report = await perform(call, "reboot", { ...request, bootId });
      if (!rebootReport.Check(report)) throw unknownAnswer("reboot");
      return report;
    },
  };
}
export type UpdateActions = ReturnType<typeof createUpdateActions>;

const unknownAnswer = (action: string) => new RunwrightError("INTERNAL", `the agent answered "${action}" with something that isn't its report`);

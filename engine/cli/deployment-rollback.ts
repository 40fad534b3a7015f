import type { Command } from "commander";
import type { MachineRollback } from "../core/deploy/rollback.ts";
import type { RollbackStatus } from "../core/rollback.ts";
import type { RollbackStarted } from "../protocol/http/deployments.ts";
import type { Job } from "../protocol/http/jobs.ts";
import { type Context, withClient } from "./command.ts";
import { deploymentPath } from "./deployment-text.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { showTable } from "./list.ts";
import { shownJob, tellEnding } from "./run.ts";

interface Options {
  machine?: string[];
  reason?: string;
  plan?: boolean;
  json?: boolean;
}

export function addDeploymentRollback(deployment: Command, context: Context): void {
  deployment
    .command("rollback <id>")
    .description("Go back to the versions before a deployment, where the package manager can; ends with 1 when something failed or couldn't")
    .option("--machine <name...>", "these alone; default: all on which it has installed something")
    .option("--reason <text>", "why; it is written into the activity log")
    .option("--plan", "only say for each machine what would go back, and what can't and why")
    .option("--json", "print the job as one JSON object")
    .action((id: string, options: Options, command: Command) => {
      if (!options.plan && options.reason === undefined) command.error("error: say why with --reason TEXT, or look first with --plan");
      return rollBack(id, options, context);
    });
}

async function rollBack(id: string, { machine, reason, plan = false, json }: Options, context: Context): Promise<void> {
  const { terminal } = context;
  await withClient(context, async (client) => {
    const body = { plan, ...(reason === undefined ? {} : { reason }), ...(machine === undefined ? {} : { machines: machine }) };
    const { jobId } = await client.request<RollbackStarted>("POST", `${deploymentPath(id)}/rollback`, { body });
    const print = entryPrinter(terminal);
    const onEntry: Parameters<typeof followJob>[2]["onEntry"] = (entry) => (json || entry.kind === "output" ? undefined : print(entry));
    const job = await followJob(client, jobId, { ...context, onEntry });
    const results = resultsOf(job);
    const isWell = job.status === "completed" && results.every(({ problem, updates }) => problem === null && updates.every(({ status }) => WELL.has(status)));
    if (!isWell) process.exitCode = 1;
    if (json) return terminal.printJson(shownJob(job));
    terminal.endProgress();
    showTable(terminal, results.flatMap(rowsOf), [
      { title: "machine", value: (row) => row.machine },
      { title: "update", value: (row) => row.name },
      { title: "from", value: (row) => row.version },
      { title: "back to", value: (row) => row.fromVersion ?? "" },
      { title: plan ? "would" : "result", value: (row) => row.result, style: (row) => row.style },
      { title: "message", value: (row) => row.message },
    ]);
    tellEnding(job, context);
  });
}

const WELL: ReadonlySet<RollbackStatus> = new Set(["Succeeded", "NotStarted"]);
const WORDS: Readonly<Record<RollbackStatus, { text: string; style: "green" | "yellow" | "red" }>> = {
  NotStarted: { text: "go back", style: "green" },
  InProgress: { text: "in progress", style: "yellow" },
  Succeeded: { text: "went back", style: "green" },
  Failed: { text: "failed", style: "red" },
  NotPossible: { text: "not possible", style: "yellow" },
  MaintenanceWindowExceeded: { text: "too late", style: "yellow" },
  Cancelled: { text: "cancelled", style: "yellow" },
};

interface Row {
  machine: string;
  name: string;
  version: string;
  fromVersion: string | null;
  result: string;
  style: "green" | "yellow" | "red";
  message: string;
}

function rowsOf({ machine, problem, updates }: MachineRollback): Row[] {
  if (problem !== null) return [{ machine, name: "", version: "", fromVersion: null, result: "nothing", style: "red", message: problem }];
  return updates.map(({ name, version, fromVersion, status, message }) => {
    const { text: result, style } = WORDS[status];
    return { machine, name, version, fromVersion, result, style, message };
  });
}

/** The runbook puts out one object for each machine; a fork of it may put out other things, too. */
const resultsOf = ({ outputs }: Job): MachineRollback[] =>
  (outputs ?? []).filter((output): output is MachineRollback & Job["outputs"] => {
    return typeof output === "object" && output !== null && "machine" in output && "problem" in output && "updates" in output && Array.isArray(output.updates);
  });

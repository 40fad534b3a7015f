import { type PlanToTell, planLines, takes } from "../core/deploy/plan-text.ts";
import type { Deployment, DeploymentDetail, DeploymentMachine } from "../protocol/http/deployments.ts";
import type { Client } from "./client.ts";
import type { Context } from "./command.ts";
import { DEPLOYMENT_STYLES, MACHINE_STYLES } from "./deployment-styles.ts";
import { showFields, showTable } from "./list.ts";
import { clean, relativeTime } from "./terminal.ts";

export const deploymentPath = (id: string): string => `/api/v1/deployments/${encodeURIComponent(id)}`;

export async function allMachines(client: Client, id: string): Promise<DeploymentMachine[]> {
  return Array.fromAsync(client.pages<DeploymentMachine>(`${deploymentPath(id)}/machines`, { limit: 500 }));
}

/** The clock by which an occurrence is named; of machines with different ones, and for what somebody has opened by hand, UTC. */
const zoneOf = ({ occurrence }: Pick<Deployment, "occurrence">): string => /\[(.*)\]$/.exec(occurrence)?.[1] ?? "UTC";
const wall = (deployment: Pick<Deployment, "occurrence">, at: string): string =>
  Temporal.Instant.from(at).toZonedDateTimeISO(zoneOf(deployment)).toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");

/** The plan as it is to be approved. */
export function showPlan({ terminal }: Context, deployment: Deployment, machines: readonly DeploymentMachine[]): void {
  const { window, planHash: hash, allowedFailures, settings } = deployment;
  const at = (moment: string) => wall(deployment, moment);
  const plan: PlanToTell = {
    ...{
      window,
      hash,
      allowedFailures,
      opens: at(deployment.opensAt),
      closes: `${at(deployment.closesAt)} ${zoneOf(deployment)}`,
      reserve: settings.rebootReserve,
    },
    runbook: versioned(settings.runbook, settings.runbookVersion),
    hooks: Object.entries(settings.hookVersions).map(([name, version]) => versioned(name, version)),
    ...{ waves: settings.waves, maxParallel: settings.maxParallel, soak: settings.soak, errorBudget: settings.errorBudget, reboot: settings.reboot },
    machines: machines.map((machine) => ({ ...machine, starts: at(machine.expectedStart).slice(11) })),
  };
  // What packages and machines are called is theirs.
  for (const line of planLines(plan)) terminal.print(clean(line).replaceAll("\n", " "));
}

const versioned = (name: string, version: number | null): string => (version === null ? `${name}, which isn't published` : `${name}@${version}`);

export function showStatus({ terminal, now }: Context, deployment: DeploymentDetail): void {
  const { status, reason, approval, decisions, planHash } = deployment;
  const counts = Object.entries(deployment.machines).map(([word, n]) => `${n} ${word}`);
  showFields(terminal, [
    ["id", deployment.id],
    ["window", `${deployment.window}, ${wall(deployment, deployment.opensAt)} to ${wall(deployment, deployment.closesAt)} ${zoneOf(deployment)}`],
    ["status", `${terminal.colour(DEPLOYMENT_STYLES[status], status)}`],
    ["reason", reason],
    ["machines", counts.join(", ")],
    [
      "approval",
      approval.count === 0
        ? "needs none"
        : `${approval.count} of ${approval.roles.join(", ")}${approval.byRequester ? "" : `, not ${deployment.requestedBy} nor who has changed the window last`}`,
    ],
    ["asked by", deployment.requestedBy],
    ["job", deployment.jobId ?? ""],
    ["takes up", deployment.retryOf ?? ""],
    ["started", deployment.startedAt ?? ""],
    ["ended", deployment.endedAt ?? ""],
  ]);
  showTable(terminal, decisions, [
    { title: "by", value: (row) => row.by },
    { title: "decision", value: (row) => row.decision, style: (row) => (row.decision === "approved" ? "green" : "red") },
    { title: "plan", value: (row) => (row.planHash === planHash ? "this one" : `${row.planHash.slice(0, 12)}, which isn't any more`) },
    { title: "when", value: (row) => relativeTime(row.at, now()) },
    { title: "reason", value: (row) => row.reason },
  ]);
  showTable(terminal, deployment.hooks, [
    { title: "hook", value: (row) => row.at },
    { title: "what", value: (row) => row.what },
    { title: "result", value: (row) => (row.ok ? "ok" : "failed"), style: (row) => (row.ok ? "green" : "red") },
    { title: "message", value: (row) => row.message },
  ]);
}

/** What became of each machine. */
export function showMachines({ terminal }: Context, machines: readonly DeploymentMachine[]): void {
  showTable(terminal, machines, [
    { title: "machine", value: (row) => row.name },
    { title: "wave", value: (row) => (row.wave === null ? "" : row.wave + 1) },
    { title: "status", value: (row) => row.status, style: (row) => MACHINE_STYLES[row.status] },
    { title: "updates", value: (row) => row.updates.length },
    { title: "reboot", value: (row) => row.rebootState, spare: 1 },
    { title: "expected", value: (row) => (row.wave === null ? "" : takes(row.expected)), spare: 3 },
    { title: "took", value: (row) => tookOf(row), spare: 2 },
    { title: "message", value: (row) => row.message },
  ]);
}

const tookOf = ({ startedAt, endedAt }: DeploymentMachine): string =>
  startedAt === null || endedAt === null ? "" : `${Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000))} s`;

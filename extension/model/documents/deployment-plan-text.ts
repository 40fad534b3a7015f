import { planLines } from "../../../engine/core/deploy/plan-text.ts";
import type { Deployment, DeploymentMachine } from "../../../engine/protocol/http/deployments.ts";

/** The plan of a deployment as it is to be approved: the same words that the command line has. */
export function deploymentPlanText(deployment: Deployment, machines: readonly DeploymentMachine[]): string {
  const { window, planHash: hash, allowedFailures, settings, occurrence } = deployment;
  // The clock by which an occurrence is named; of what somebody has opened by hand, UTC.
  const timeZone = /\[(.*)\]$/.exec(occurrence)?.[1] ?? "UTC";
  const at = (moment: string) => wallTime(moment, timeZone);
  const lines = planLines({
    ...{ window, hash, allowedFailures, opens: at(deployment.opensAt), closes: `${at(deployment.closesAt)} ${timeZone}`, reserve: settings.rebootReserve },
    runbook: versioned(settings.runbook, settings.runbookVersion),
    hooks: Object.entries(settings.hookVersions ?? {}).map(([name, version]) => versioned(name, version)),
    ...{ waves: settings.waves, maxParallel: settings.maxParallel, soak: settings.soak, errorBudget: settings.errorBudget, reboot: settings.reboot },
    machines: machines.map((machine) => ({ ...machine, starts: at(machine.expectedStart).slice(11) })),
  });
  return `${lines.map((line) => line.replaceAll("\n", " ")).join("\n")}\n`;
}

const versioned = (name: string, version: number | null): string => (version === null ? `${name}, which isn't published` : `${name}@${version}`);

/** `2026-03-29 02:30`; an editor's Node has no Temporal yet. */
function wallTime(moment: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  return format.format(new Date(moment));
}

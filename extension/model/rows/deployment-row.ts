import { counted } from "../../../engine/core/counted.ts";
import { countsAsFailed, type DeploymentStatus, isEnded, type MachineStatus, UNDER_WAY } from "../../../engine/core/deploy/status.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Deployment, DeploymentProgress } from "../../../engine/protocol/http/deployments.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

const STATUSES: Record<DeploymentStatus, { words: string; icon: Icon }> = {
  planned: { words: "planned", icon: { name: "calendar" } },
  awaitingApproval: { words: "waits for approval", icon: { name: "bell", colour: COLOURS.warning } },
  approved: { words: "approved", icon: { name: "check" } },
  running: { words: "running", icon: { name: "loading~spin", colour: COLOURS.active } },
  halted: { words: "halted", icon: { name: "debug-pause", colour: COLOURS.warning } },
  aborting: { words: "is being ended", icon: { name: "loading~spin", colour: COLOURS.warning } },
  succeeded: { words: "succeeded", icon: { name: "pass", colour: COLOURS.good } },
  failed: { words: "failed", icon: { name: "error", colour: COLOURS.bad } },
  aborted: { words: "aborted", icon: { name: "circle-slash", colour: COLOURS.muted } },
  expired: { words: "expired", icon: { name: "history", colour: COLOURS.muted } },
};
const MOVES: Partial<Record<DeploymentStatus, readonly string[]>> = {
  awaitingApproval: ["decidable", "abortable"],
  approved: ["abortable"],
  planned: ["abortable"],
  running: ["haltable", "abortable"],
  halted: ["continuable", "abortable"],
  failed: ["retryable", "reversible"],
  succeeded: ["reversible"],
  aborted: ["retryable", "reversible"],
  expired: ["retryable"],
};
/** @returns a status that only a newer engine has as it is */
export const deploymentWords = (status: string): string => (knows(status) ? STATUSES[status].words : status);
const knows = (status: string): status is DeploymentStatus => Object.hasOwn(STATUSES, status);

export const isUnderWay = ({ status }: Deployment): boolean => knows(status) && UNDER_WAY.includes(status);

export function deploymentRow(deployment: Deployment, now: number): Row {
  const { id, window, status } = deployment;
  const { words, icon } = knows(status) ? STATUSES[status] : { words: status, icon: { name: "question" } };
  const left = isUnderWay(deployment) ? `window closes ${relativeTime(deployment.closesAt, now)}` : "";
  return {
    id,
    label: window,
    description: [words, left, relativeTime(deployment.createdAt, now)].filter(Boolean).join(" · "),
    tooltip: facts([
      ["Deployment", id],
      ["Window", window],
      ["Status", deployment.reason === "" ? words : `${words}: ${deployment.reason}`],
      ["Opens", deployment.opensAt],
      ["Closes", deployment.closesAt],
      ["Machines", countsText(deployment.machines)],
      ["Asked for by", deployment.requestedBy],
      ["Plan", deployment.planHash.slice(0, 12)],
    ]),
    icon,
    is: ["deployment", status, ...((knows(status) && MOVES[status]) || []), ...(knows(status) && isEnded(status) ? ["ended"] : [])],
    children: "closed",
    click: { command: "runwright.openDeployment", title: "Open Deployment", arguments: [id] },
    subject: deployment,
  };
}

/** `3 Succeeded, 1 Failed` */
export const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ");

export function waveRow(deployment: string, { wave, machines }: DeploymentProgress["waves"][number]): Row {
  const counts = Object.entries(machines);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  const of = (...statuses: string[]) => counts.reduce((total, [status, count]) => (statuses.includes(status) ? total + count : total), 0);
  const failed = counts.reduce((total, [status, count]) => (isBad(status) ? total + count : total), 0);
  const ended = sum - of("NotStarted", "InProgress");
  const icon: Icon =
    failed > 0
      ? { name: "error", colour: COLOURS.bad }
      : ended === sum
        ? { name: "pass", colour: COLOURS.good }
        : of("InProgress") > 0
          ? { name: "loading~spin", colour: COLOURS.active }
          : { name: "circle-large-outline", colour: COLOURS.muted };
  return {
    id: `${deployment} wave ${wave}`,
    label: `Wave ${wave + 1}`,
    description: `${ended} of ${counted(sum, "machine")}${failed > 0 ? ` · ${failed} failed` : ""}`,
    tooltip: facts([[`Wave ${wave + 1}`, countsText(machines)]]),
    icon,
    is: ["wave"],
  };
}

export function runningRow(deployment: string, { name, wave, message, rebootState }: DeploymentProgress["running"][number]): Row {
  return {
    id: `${deployment} on ${name}`,
    label: name,
    description: [`wave ${wave + 1}`, message, rebootState === "NotNeeded" ? "" : rebootState].filter(Boolean).join(" · "),
    icon: { name: "loading~spin", colour: COLOURS.active },
    is: ["deployed"],
    click: { command: "runwright.openMachine", title: "Open Machine", arguments: [name] },
  };
}

export function endedRow(deployment: string, { name, wave, status, message }: DeploymentProgress["ended"][number]): Row {
  return {
    id: `${deployment} on ${name}`,
    label: name,
    description: [`wave ${wave + 1}`, status, message].filter(Boolean).join(" · "),
    icon: isBad(status) ? { name: "error", colour: COLOURS.bad } : { name: "pass", colour: COLOURS.good },
    is: ["deployed", "ended"],
    click: { command: "runwright.openMachine", title: "Open Machine", arguments: [name] },
  };
}

const isBad = (status: string): boolean => countsAsFailed(status as MachineStatus) === true;

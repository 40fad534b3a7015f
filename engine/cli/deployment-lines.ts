import { isEnded } from "../core/deploy/status.ts";
import type { DeploymentProgress } from "../protocol/http/deployments.ts";
import { clean } from "./terminal.ts";

/** What has changed between two looks at a rollout, a line each, for logs and pipes. @param before null: the first look */
export function changesOf(before: DeploymentProgress | null, now: DeploymentProgress): string[] {
  const time = now.at.slice(11, 19);
  const { deployment, waves, running, ended } = now;
  const lines: string[] = [];
  if (before === null) lines.push(`${time} ${deployment.id} of ${deployment.window}: open from ${deployment.opensAt} to ${deployment.closesAt}`);
  const standing = `${time} ${deployment.status}: ${deployment.reason}`;
  const isNews = before?.deployment.status !== deployment.status || before.deployment.reason !== deployment.reason;
  if (isNews && !isEnded(deployment.status)) lines.push(standing);
  const ran = new Set(before?.running.map(({ name }) => name));
  for (const { name, wave } of running) if (!ran.has(name)) lines.push(`${time} wave ${wave + 1}: ${name} begins`);
  // Those that have ended since; the engine tells the last ones only, and waves tell the rest.
  const known = new Set(before?.ended.map(keyOf));
  for (const one of ended.toReversed())
    if (!known.has(keyOf(one))) lines.push(`${time} wave ${one.wave + 1}: ${one.name} ${one.status}${one.message === "" ? "" : `: ${one.message}`}`);
  for (const { wave, machines } of waves) {
    const was = before?.waves.find((one) => one.wave === wave);
    if (was && isDone(machines) && !isDone(was.machines)) lines.push(`${time} wave ${wave + 1} is done: ${countsText(machines)}`);
  }
  // What became of the last machines comes before what became of all.
  if (isNews && isEnded(deployment.status)) lines.push(standing);
  return lines.map((line) => clean(line).replaceAll("\n", " "));
}

const keyOf = ({ name, status, endedAt }: DeploymentProgress["ended"][number]): string => `${name}\n${status}\n${endedAt}`;
const isDone = ({ NotStarted = 0, InProgress = 0 }: Record<string, number>): boolean => NotStarted + InProgress === 0;
const countsText = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ");

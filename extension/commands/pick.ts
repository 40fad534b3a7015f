import { relativeTime } from "../../engine/core/relative-time.ts";
import type { Client } from "../model/client/client.ts";
import { DEPLOYMENTS, JOBS, MACHINES, RUNBOOKS } from "../model/client/lists.ts";
import { askToPick } from "./ask-for.ts";

/** Of what a list in the palette shows at once. */
const MOST = 200;

/** For commands that were called on nothing. @throws CancellationError */
export async function pickRunbook(client: Client, title: string): Promise<string> {
  const { items } = await client.page(RUNBOOKS, { limit: 500 });
  if (items.length === 0) throw new Error("This engine has no runbook yet: publish one first.");
  const rows = items.map(({ name, latestVersion, scope }) => ({
    label: name,
    description: `${latestVersion === 0 ? "draft only" : `v${latestVersion}`} · ${scope}`,
  }));
  return (await askToPick(rows, { title, placeHolder: "Which runbook?" })).label;
}

export async function pickJob(client: Client, title: string, query: { status?: string } = {}): Promise<string> {
  const { items } = await client.page(JOBS, { limit: MOST, query });
  if (items.length === 0) throw new Error("There is no such job now.");
  const now = Date.now();
  const rows = items.map(({ id, runbook, status, createdAt }) => ({
    label: runbook,
    description: `${status} · ${relativeTime(createdAt, now)}`,
    detail: id,
    id,
  }));
  return (await askToPick(rows, { title, placeHolder: "Which job?" })).id;
}

export async function pickMachine(client: Client, title: string): Promise<string> {
  const { items } = await client.page(MACHINES, { limit: 500 });
  if (items.length === 0) throw new Error("This engine manages no machine yet.");
  return (
    await askToPick(
      items.map(({ name, scope, state }) => ({ label: name, description: `${state} · ${scope}` })),
      { title, placeHolder: "Which machine?" },
    )
  ).label;
}

export async function pickDeployment(client: Client, title: string): Promise<string> {
  const { items } = await client.page(DEPLOYMENTS, { limit: MOST });
  if (items.length === 0) throw new Error("There is no deployment yet.");
  return (
    await askToPick(
      items.map(({ id, window, status, createdAt }) => ({ label: window, description: `${status} · ${relativeTime(createdAt, Date.now())}`, detail: id, id })),
      { title, placeHolder: "Which deployment?" },
    )
  ).id;
}

import type { Deployment, DeploymentMachine } from "../../../engine/protocol/http/deployments.ts";
import type { VersionWithSources } from "../../../engine/protocol/http/runbooks.ts";
import type { Client } from "../client/client.ts";
import { DEPLOYMENTS, machinesOf } from "../client/lists.ts";
import { deploymentPlanText } from "./deployment-plan-text.ts";

/** Pages of 500 machines: as many as an editor shows. */
const MOST_PAGES = 40;
const part = encodeURIComponent;

/** A version never changes, so it is read once. */
export function createVersionReader(): (client: Client, runbook: string, version: number) => Promise<VersionWithSources> {
  const known = new Map<string, Promise<VersionWithSources>>();
  return (client, runbook, version) => {
    const key = `${client.address.url} ${runbook}@${version}`;
    const read = known.get(key) ?? readVersion(client, runbook, version);
    known.set(key, read);
    read.catch(() => known.delete(key));
    return read;
  };
}

const readVersion = (client: Client, runbook: string, version: number): Promise<VersionWithSources> =>
  client.ask<VersionWithSources>("GET", `/api/v1/runbooks/${part(runbook)}/versions/${version}`, { version: "number", sources: "array", manifest: "object" });

export async function readDeploymentPlanText(client: Client, id: string): Promise<string> {
  const deployment = await client.ask<Deployment>("GET", `/api/v1/deployments/${part(id)}`, DEPLOYMENTS.shape);
  const machines: DeploymentMachine[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await client.page(machinesOf(id), { cursor, limit: 500 });
    machines.push(...page.items);
    if (page.next === null) return deploymentPlanText(deployment, machines);
    cursor = page.next;
  }
  return `${deploymentPlanText(deployment, machines)}\n… and more machines: \`runwright deployment show ${id} --plan\` shows all\n`;
}

import type { DeploymentMachine } from "../../engine/protocol/http/deployments.ts";
import type { Install, Machine } from "../../engine/protocol/http/machines.ts";
import type { DemoEngine } from "./engine.ts";
import { bootIdOf, type Host, installedOn, logOn } from "./hosts.ts";

/** What the demo finds out about a host after the rollout, beside what the engine says. */
export interface Evidence {
  host: Host;
  row: DeploymentMachine;
  /** Planned updates whose version dpkg-query shows now. */
  there: number;
  /** Where the engine's word and the host's own programs disagree, in words. */
  contradictions: string[];
  commandId: string;
  logHash: string;
}

export interface Before {
  versions: Map<string, string>;
  bootId: string;
}

/** Reads each host with its own programs, and compares that with what the engine says of it. */
export async function evidenceOf(engine: DemoEngine, host: Host, row: DeploymentMachine, before: Before): Promise<Evidence> {
  const versions = await installedOn(host);
  const contradictions: string[] = [];
  const installs = await engine.client.request<{ items: Install[] }>("GET", `/api/v1/machines/${host.name}/installs`);
  const install = installs.items.find(({ commandId }) => commandId === row.installCommand);
  if (!install) contradictions.push(`the engine has no install ${row.installCommand}`);
  for (const { name, version, status } of install?.updates ?? []) {
    const now = versions.get(name);
    if ((status === "Succeeded") !== (now === version))
      contradictions.push(`${name} ${version} is ${status} for the engine, and dpkg-query says ${now ?? "nothing"}`);
  }
  const planned = new Set(row.updates.map(({ name }) => name));
  for (const [name, version] of before.versions)
    if (!planned.has(name) && versions.get(name) !== version) contradictions.push(`${name} wasn't planned, and is ${versions.get(name)} instead of ${version}`);
  const hasRebooted = (await bootIdOf(host)) !== before.bootId;
  if (hasRebooted !== (row.rebootState === "Completed")) contradictions.push(`its reboot is ${row.rebootState} for the engine, and its boot id says otherwise`);
  const log = install ? await logOn(host, install.logFile) : undefined;
  if (install && !log) contradictions.push(`its log ${install.logFile} isn't there`);
  return {
    ...{ host, row, contradictions, commandId: row.installCommand ?? "", logHash: log?.sha256 ?? "" },
    there: row.updates.filter(({ name, version }) => versions.get(name) === version).length,
  };
}

export const machineOf = (engine: DemoEngine, name: string): Promise<Machine> => engine.client.request<Machine>("GET", `/api/v1/machines/${name}`);

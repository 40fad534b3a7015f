import { ASSET_KINDS, PERMISSION_OF } from "../../core/asset.ts";
import { grantOpens } from "../../core/http-grant.ts";
import type { MachineAction, Permissions } from "../../core/manifest.ts";

/**
 * Permissions as texts: `secrets:status-token`, `http:https://status.example.com`, `machines`, `machines:exec`, `setVariables:cursor`, `jobs:hello`, `engine:backup`, `deployments`.
 */
export interface PermissionReport {
  /** Declared, and used by a call. */
  used: string[];
  /** Declared, and used by no call. A test that doesn't come to all of a runbook doesn't use all of its permissions: ask over all runs of a file. */
  unused: string[];
  /** Used, and not declared: the call was refused, or let through where the test says `permissions: "observe"`. */
  undeclaredUse: string[];
}

const ACTIONS: Readonly<Record<string, MachineAction>> = {
  "machines.exec": "exec",
  "machines.assess": "inventory",
  "machines.install": "install",
  "machines.reboot": "reboot",
  "machines.setTags": "tag",
};
const LISTS = ["secrets", "credentials", "certificates", "connections", "variables", "setVariables", "jobs", "engine", "http"] as const;

/** What a call needs, as permissions. `declared` tells which grant of http opens it. */
export function neededFor(op: string, args: unknown, declared: Permissions): string[] {
  const { name = "", url = "", runbook = "" } = args as { name?: string; url?: string; runbook?: string };
  const [area = ""] = op.split(".");
  if (op === "variables.set") return [`setVariables:${name}`];
  if (ASSET_KINDS.some((kind) => PERMISSION_OF[kind] === area)) return [`${area}:${name}`];
  if (area === "engine") return [op.replace(".", ":")];
  if (op === "jobs.start") return [`jobs:${runbook}`];
  if (area === "deployments") return [area];
  if (area === "machines") return ["machines", `machines:${ACTIONS[op] ?? "read"}`];
  if (area !== "http") return [];
  const wanted = new URL(url);
  return [`http:${declared.http?.find((grant) => grantOpens(grant, wanted)) ?? wanted.origin}`];
}

/** All that is declared. Reading machines needs no action, so `machines:read` is never told. */
export function declaredOf(declared: Permissions): string[] {
  const lists = LISTS.flatMap((key) => (declared[key] ?? []).map((name) => `${key}:${name}`));
  const machines = declared.machines === undefined ? [] : ["machines", ...declared.machines.actions.map((action) => `machines:${action}`)];
  return [...lists, ...machines, ...(declared.deployments ? ["deployments"] : [])].filter((one) => one !== "machines:read").sort();
}

/** @param needed by all calls */
export function reportOf(declared: Permissions, needed: ReadonlySet<string>): PermissionReport {
  const known = declaredOf(declared);
  const undeclared = [...needed].filter((one) => one !== "machines:read" && !known.includes(one));
  return { used: known.filter((one) => needed.has(one)), unused: known.filter((one) => !needed.has(one)), undeclaredUse: undeclared.sort() };
}

import { formatDuration } from "../core/duration.ts";
import { grantOpens } from "../core/http-grant.ts";
import type { Limits, Manifest, Permissions } from "../core/manifest.ts";
import { parseSelector } from "../core/selector.ts";

/** One difference between what two versions may do or use, in words. */
export interface PermissionChange {
  /** Such as `http` or `limits.memoryMb`. */
  permission: string;
  kind: "added" | "removed" | "changed";
  text: string;
  /** The newer version may do or use something that the older one may not. When that can't be known it counts as widened. */
  widened: boolean;
}

export function diffPermissions(before: Manifest, after: Manifest): PermissionChange[] {
  const [was, is] = [before.permissions, after.permissions];
  return [
    ...machineChanges(was.machines, is.machines),
    ...listChanges("http", was.http, is.http, "send requests to", (grant, grants) => grants.some((one) => grantCovers(one, grant))),
    ...listChanges("secrets", was.secrets, is.secrets, "read the secret"),
    ...listChanges("credentials", was.credentials, is.credentials, "read the credential"),
    ...listChanges("certificates", was.certificates, is.certificates, "read the certificate"),
    ...listChanges("connections", was.connections, is.connections, "read the connection"),
    ...listChanges("variables", was.variables, is.variables, "read the variable"),
    ...listChanges("setVariables", was.setVariables, is.setVariables, "set the variable"),
    ...listChanges("jobs", was.jobs, is.jobs, "start jobs of the runbook"),
    ...listChanges("engine", was.engine, is.engine, "have the engine make a"),
    ...deploymentChanges(was.deployments, is.deployments),
    ...limitChanges(before.limits, after.limits),
    ...(before.sharedIsolate === after.sharedIsolate
      ? []
      : [
          change(
            "sharedIsolate",
            "changed",
            after.sharedIsolate ? "its jobs now share an isolate" : "each job now has an isolate of its own",
            after.sharedIsolate,
          ),
        ]),
  ];
}

const change = (permission: string, kind: PermissionChange["kind"], text: string, widened: boolean): PermissionChange => ({ permission, kind, text, widened });

type Covers = (entry: string, entries: readonly string[]) => boolean;

function listChanges(name: string, was: readonly string[] = [], is: readonly string[] = [], may: string, covered: Covers = () => false): PermissionChange[] {
  return [
    ...is.filter((entry) => !was.includes(entry)).map((entry) => change(name, "added", `may ${may} ${entry}`, !covered(entry, was))),
    ...was
      .filter((entry) => !is.includes(entry))
      .map((entry) => change(name, "removed", `may no longer ${may} ${entry}${covered(entry, is) ? ", except as another grant allows" : ""}`, false)),
  ];
}

function deploymentChanges(was: Permissions["deployments"], is: Permissions["deployments"]): PermissionChange[] {
  if (was === is) return [];
  const what = "carry out deployments that start it";
  return [is ? change("deployments", "added", `may ${what}`, true) : change("deployments", "removed", `may no longer ${what}`, false)];
}

/** Whether all that `grant` opens is open already: tried with an address that only a wildcard would match. */
function grantCovers(wider: string, grant: string): boolean {
  const url = URL.parse(grant.replace("://*.", "://no-host-has-this-label."));
  return url !== null && grantOpens(wider, url);
}

type Machines = Permissions["machines"];

function machineChanges(was: Machines, is: Machines): PermissionChange[] {
  if (was === undefined && is === undefined) return [];
  if (was === undefined) return is === undefined ? [] : [change("machines", "added", `may ${actionsOf(is)} machines: ${is.select}`, true)];
  if (is === undefined) return [change("machines", "removed", `may no longer ${actionsOf(was)} machines: ${was.select}`, false)];
  const changes = listChanges("machines", was.actions, is.actions, "do on machines:");
  if (was.select.trim() === is.select.trim()) return changes;
  return [change("machines", "changed", `machines: ${was.select} → ${is.select}`, !isNarrower(was.select, is.select)), ...changes];
}

const actionsOf = ({ actions }: NonNullable<Machines>) => (actions.length === 0 ? "read" : actions.join(", "));

/** All terms must hold, so one more term selects fewer machines; whether other terms do can't be told. */
function isNarrower(was: string, is: string): boolean {
  const terms = parseSelector(is).map((term) => JSON.stringify(term));
  return parseSelector(was).every((term) => terms.includes(JSON.stringify(term)));
}

function limitChanges(was: Limits, is: Limits): PermissionChange[] {
  return (Object.keys(is) as (keyof Limits)[]).flatMap((name) => {
    if (was[name] === is[name]) return [];
    const shown = (limits: Limits) => (name.endsWith("Ms") ? formatDuration(limits[name]) : String(limits[name]));
    return [change(`limits.${name}`, "changed", `${name.replace(/Ms$/, "")}: ${shown(was)} → ${shown(is)}`, is[name] > was[name])];
  });
}

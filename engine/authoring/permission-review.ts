import type { Diagnostic, DiagnosticCode } from "../core/diagnostic.ts";
import { grantIsUnprotected } from "../core/http-grant.ts";
import type { Permissions } from "../core/manifest.ts";
import { locateInDefinition } from "./locate.ts";
import type { SourceFile } from "./modules.ts";

/** What a reviewer would remark on permissions that are valid. */
interface Remark {
  /** Path in the definition. */
  path: string;
  code: DiagnosticCode;
  message: string;
  severity: Diagnostic["severity"];
}

/** Remarks on declared permissions: too broad, never used (a search in the author's text, so only a warning), unprotected. */
export function reviewPermissions(permissions: Permissions, entry: SourceFile, sources: readonly SourceFile[]): Diagnostic[] {
  const text = sources.map((source) => source.text).join("\n");
  const remarks = [
    ...machineRemarks(permissions, text),
    ...httpRemarks(permissions, text),
    ...nameRemarks(permissions, text),
    ...deploymentRemarks(permissions, text),
  ];
  return remarks.map(({ path, ...remark }) => ({ file: entry.path, ...locateInDefinition(entry.text, path), ...remark }));
}

/** The function that an action opens, and how often the source names it at least: the permission itself may have the same name. */
const USES = {
  exec: { word: "exec", least: 2 },
  inventory: { word: "assess", least: 1 },
  install: { word: "install", least: 2 },
  reboot: { word: "reboot", least: 2 },
  tag: { word: "setTags", least: 1 },
} as const;

function machineRemarks({ machines }: Permissions, text: string): Remark[] {
  if (machines === undefined) return [];
  const remarks: Remark[] = [];
  const path = "permissions.machines";
  const changing = machines.actions.filter((action) => action !== "read");
  if (machines.select.trim() === "all" && changing.length > 0) {
    const message = `allows ${changing.join(", ")} on every machine; name the machines, such as os=linux tag:role=web`;
    remarks.push({ path: `${path}.select`, code: "BROAD_PERMISSION", message, severity: "warning" });
  }
  if (count(text, /\bmachines\b/g) < 2) remarks.push(unused(path, "machines"));
  for (const [action, { word, least }] of Object.entries(USES)) {
    if (machines.actions.some((one) => one === action) && count(text, new RegExp(`\\b${word}\\b`, "g")) < least)
      remarks.push(unused(`${path}.actions`, `the action "${action}"`));
  }
  return remarks;
}

function httpRemarks({ http = [] }: Permissions, text: string): Remark[] {
  return http.flatMap((grant): Remark[] => {
    const path = indexed("http", grant, text);
    if (grantIsUnprotected(grant)) {
      return [
        {
          path,
          code: "PERMISSION_INVALID",
          message: `"${grant}" must begin with https://: what goes there could be read and changed on its way`,
          severity: "error",
        },
      ];
    }
    if (grant.includes("://*."))
      return [{ path, code: "BROAD_PERMISSION", message: `"${grant}" opens every subdomain; name the hosts if they are known`, severity: "warning" }];
    // In a computed address the host stands alone, or not at all when it is a parameter.
    const host = grant.replace(/^https?:\/\//, "").split("/")[0] ?? grant;
    return text.split(host).length - 1 < 2 && count(text, /\bhttp\b(?!s?:)/g) < 2 ? [unused(path, `"${grant}"`)] : [];
  });
}

function nameRemarks(permissions: Permissions, text: string): Remark[] {
  return (["secrets", "credentials", "certificates", "connections", "variables", "setVariables", "jobs"] as const).flatMap((kind) =>
    (permissions[kind] ?? []).flatMap((name) => (quotedCount(text, name) < 2 ? [unused(indexed(kind, name, text), `"${name}"`)] : [])),
  );
}

const deploymentRemarks = ({ deployments }: Permissions, text: string): Remark[] =>
  deployments && count(text, /\bdeployments\b/g) < 2 ? [unused("permissions.deployments", "deployments")] : [];

const unused = (path: string, what: string): Remark => ({
  path,
  code: "UNUSED_PERMISSION",
  message: `${what} is declared and never used: remove it`,
  severity: "warning",
});
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
const quotedCount = (text: string, name: string) => ['"', "'", "`"].reduce((sum, quote) => sum + text.split(quote + name + quote).length - 1, 0);

/** Manifests are sorted, sources aren't: the place in the source's own list. */
function indexed(kind: string, entry: string, text: string): string {
  // A list ends where another one begins: else each `http: [` without an end would be a search through the whole text.
  const list = new RegExp(`\\b${kind}\\s*:\\s*\\[([^\\][]*)\\]`).exec(text)?.[1] ?? "";
  const index = [...list.matchAll(/["'`]([^"'`]*)["'`]/g)].findIndex(([, value]) => value === entry);
  return index < 0 ? `permissions.${kind}` : `permissions.${kind}[${index}]`;
}

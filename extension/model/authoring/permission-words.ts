import { grantProblem } from "../../../engine/core/http-grant.ts";
import { code, escaped } from "../markdown.ts";

/** What each permission opens, as Markdown. `docs/runbooks.md` says the same at more length. */
const OPENS: Readonly<Record<string, string>> = {
  machines:
    "`ctx.machines`: machines that match `select`, with their facts, tags, packages and updates. What may be done to them is in `actions`. A job never reaches a machine outside of it, whatever it selects.",
  "machines.select": "The machines that jobs of this runbook may reach. Evaluated anew each time.",
  "machines.actions": "What may be done to the machines; reading facts, tags and updates needs no action.",
  http: "`ctx.http.fetch` to these origins, or origins with a path prefix. `https://*.example.com` opens all subdomains.",
  secrets:
    "`ctx.secrets.get(name)`: these secrets, as texts. Their values are masked in everything that a job writes. Whoever publishes must be allowed to see them.",
  credentials: "`ctx.credentials.get(name)`: `{ user, password }` of these credentials. The password is masked in everything that a job writes.",
  certificates: "`ctx.certificates.get(name)`: these certificates with their keys, as PEM.",
  connections: "`ctx.connections.get(name)`: these connections, as objects that fit their schemas.",
  variables: "`ctx.variables.get(name)`: reading these variables.",
  setVariables: "`ctx.variables.set(name, value)`: changing these variables in the scope where the runbook lies.",
  jobs: "`ctx.jobs.run(name)` and `ctx.jobs.start(name)`: jobs of these runbooks, with the permissions of those.",
  engine: "`ctx.engine.backup()`: what the engine itself does for the runbook, on behalf of someone who may have it done.",
  deployments: "`ctx.deployments.get(id)`: the steps of the deployment that has started the job, and of no other one.",
};

const ACTIONS: Readonly<Record<string, string>> = {
  read: "Facts, tags, packages and missing updates; open without it as well.",
  exec: "`machine.exec(argv)`: running any program on the machine, as its agent may.",
  inventory: "`machine.assess()`: having the machine look for missing updates now.",
  install: "`machine.install(updates)`: installing updates.",
  reboot: "`machine.reboot({ reason })`: rebooting the machine.",
  tag: "`machine.setTags(tags)`: changing the machine's tags, and with them which selectors it matches.",
};

/** Which single thing an entry of a list opens. */
const ENTRIES: Readonly<Record<string, (text: string) => string>> = {
  http: (grant) => {
    const problem = grantProblem(grant);
    if (problem !== undefined) return `${code(grant)} ${escaped(problem)}`;
    const path = grant.replace(/^https?:\/\/[^/]+/, "");
    const what = path === "" || path === "/" ? "everything at" : path.endsWith("/") ? "everything that begins with" : "this address, and everything below it:";
    return `Opens ${what} ${code(grant)}${grant.includes("://*.") ? ", at every subdomain" : ""}.`;
  },
  secrets: (name) => `Opens the secret ${code(name)}.`,
  credentials: (name) => `Opens the credential ${code(name)}.`,
  certificates: (name) => `Opens the certificate ${code(name)} with its key.`,
  connections: (name) => `Opens the connection ${code(name)}.`,
  variables: (name) => `May read the variable ${code(name)}.`,
  setVariables: (name) => `May set the variable ${code(name)}.`,
  engine: (name) => `May have the engine do: ${code(name)}.`,
  jobs: (name) => `May start jobs of the runbook ${code(name)}.`,
};

/**
 * @param path below `permissions`, such as `["http", "0"]`
 * @param text of the entry, if it is one
 */
export function permissionWords(path: readonly string[], text: string | undefined): string | undefined {
  const [first = "", second] = path;
  if (first === "machines") {
    if (second === "actions" && text !== undefined && path.length === 3) return ACTIONS[text];
    return OPENS[second === undefined ? "machines" : `machines.${second}`];
  }
  if (second !== undefined && text !== undefined && Object.hasOwn(ENTRIES, first)) return ENTRIES[first]?.(text);
  return Object.hasOwn(OPENS, first) ? OPENS[first] : undefined;
}

import { isBuiltin } from "node:module";

/** What takes the place of Node's modules in the sandbox. Keys are module names without `node:` and without subpath. */
const INSTEAD: Record<string, string> = {
  fs: "keep values in variables (permissions.variables), or work with files on a machine: machine.exec",
  child_process: "run programs on a machine: machine.exec (permissions.machines with the action exec)",
  http: "use http.fetch (permissions.http)",
  https: "use http.fetch (permissions.http)",
  http2: "use http.fetch (permissions.http)",
  net: "use http.fetch (permissions.http)",
  tls: "use http.fetch (permissions.http)",
  dgram: "use http.fetch (permissions.http)",
  dns: "use http.fetch (permissions.http)",
  crypto: "use the global crypto (randomUUID, getRandomValues)",
  timers: "use sleep, which also survives a restart",
  os: "read machine.facts",
  process: "use the parameters, or variables (permissions.variables)",
  events: "await what you need, or use an npm package without Node's modules",
  console: "use log",
  buffer: "use Uint8Array, TextEncoder, TextDecoder, atob and btoa",
  assert: "throw an error",
  test: "write tests in a file NAME.test.ts beside the runbook",
};

/** Whether `specifier` could mean a module of Node: `node:fs`, `fs`, `fs/promises`. */
export const isNodeBuiltin = (specifier: string): boolean => specifier.startsWith("node:") || isBuiltin(specifier);

/** Why the import fails and what to use. */
export function nodeBuiltinMessage(specifier: string, importedBy: string | undefined): string {
  const name = specifier.replace(/^node:/, "").split("/")[0] ?? "";
  const instead = INSTEAD[name] ?? "use plain TypeScript, or an npm package without Node's modules";
  const who = importedBy === undefined ? "" : `${importedBy} needs "${specifier}", but `;
  return importedBy === undefined
    ? `the sandbox has no "${specifier}": ${instead}`
    : `${who}the sandbox has none of Node's modules: use a package without them (${instead})`;
}

import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { openChecker } from "../checking.ts";
import { isRunbookName } from "../core/runbook-name.ts";
import type { Machine } from "../protocol/http/machines.ts";
import type { Published } from "../protocol/http/runbooks.ts";
import { type Client, createClient } from "./client.ts";
import { type Context, explain } from "./command.ts";
import type { Connection } from "./connection.ts";
import { showMissingUpdates } from "./missing-updates.ts";
import { type OwnAgent, startOwnAgent } from "./own-agent.ts";
import { OWN_COMMAND } from "./own-name.ts";
import { tellOfDashboard } from "./sign-in-link.ts";
import { clean, type Terminal } from "./terminal.ts";

export interface QuickstartParts {
  connection: Connection;
  data: string;
  context: Context;
}

/**
 * The first minute of a newcomer: this machine's agent, the runbooks of this folder, and the machine's real missing updates as a table.
 * Nothing that fails here ends the engine: it is told, and the engine goes on serving.
 * @returns ends the agent
 */
export async function quickstart({ connection, data, context }: QuickstartParts): Promise<{ stop(): Promise<void> }> {
  const { terminal, cwd, signal } = context;
  const client = createClient(connection);
  const agent = startOwnAgent({ client, data, context });
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      terminal.endProgress();
      if (!signal.aborted) for (const line of explain(error)) terminal.note(line);
      return undefined;
    }
  };
  await attempt(() => publishAll(client, join(cwd, "runbooks"), context));
  const machine = signal.aborted ? undefined : await attempt(() => assessedMachine(agent, terminal));
  if (machine) await attempt(() => showMissingUpdates(client, machine, context));
  if (!signal.aborted) {
    tellWhereItServes(terminal, connection.url);
    await attempt(() => tellOfDashboard(client, context));
    tellWhatNext(terminal);
  }
  return {
    async stop() {
      await agent.stop();
      await client.stop();
    },
  };
}

async function assessedMachine(agent: OwnAgent, terminal: Terminal): Promise<Machine> {
  const { name } = await agent.connected();
  terminal.note(`This machine is enrolled as ${name}.`);
  terminal.progress("Its agent looks at what is installed and what is missing …");
  const machine = await agent.assessed();
  terminal.endProgress();
  return machine;
}

/** The runbooks in a folder and those below it. The same bundle makes no new version; one that doesn't pass its check is told and left out. */
async function publishAll(client: Client, folder: string, { terminal, signal }: Context): Promise<void> {
  const entries = await runbooksIn(folder);
  if (entries.length === 0) return terminal.note(`There are no runbooks in ${folder}.`);
  const checker = openChecker();
  const names: string[] = [];
  try {
    for (const entry of entries) {
      const name = basename(entry, ".ts");
      terminal.progress(`Checking ${name} …`);
      const { ok, diagnostics, bundle, bundleHash, sourceMap, sources } = await checker.check({ entry, signal });
      if (!ok) {
        terminal.note(`${name} doesn't pass its check: ${clean(diagnostics.find((one) => one.severity === "error")?.message ?? "")}`);
        continue;
      }
      const body = { bundle, bundleHash, sourceMap: sourceMap ?? null, sources, scope: "/", message: "published at start" };
      const { isNew, version } = await client.request<Published>("POST", `/api/v1/runbooks/${name}/publish`, { body, signal });
      names.push(isNew ? `${name} (new: version ${version.version})` : name);
    }
    terminal.note(`Published runbooks: ${names.join(", ")}.`);
  } finally {
    terminal.endProgress();
    await checker.stop();
  }
}

/** Files that declare a runbook: what they import and their tests aren't ones. */
async function runbooksIn(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true }).catch(() => []); // no such folder: nothing to publish
  const candidates = paths.filter((path) => path.endsWith(".ts") && isRunbookName(basename(path, ".ts")) && !path.includes("node_modules")).sort();
  const texts = await Promise.all(candidates.map((path) => readFile(join(folder, path), "utf8")));
  return candidates.filter((_, i) => /^export default /m.test(texts[i] ?? "")).map((path) => join(folder, path));
}

function tellWhereItServes(terminal: Terminal, url: string): void {
  terminal.print("");
  terminal.print(`The engine serves on ${url}; Ctrl-C ends it.`);
}

function tellWhatNext(terminal: Terminal): void {
  terminal.print("In another terminal, try:");
  for (const [command, what] of [
    [`${OWN_COMMAND} run missing-updates --follow`, "run it again and watch"],
    [`${OWN_COMMAND} update list`, "every missing update"],
    [`${OWN_COMMAND} runbook new my-first`, "write a runbook, then: runbook check, publish, run"],
    [`${OWN_COMMAND} job list`, "what ran, and how it ended"],
    [`${OWN_COMMAND} activity list`, "who did what"],
    ["npm run demo", "throw-away hosts, patched for real in a window that opens now"],
  ] as const)
    terminal.print(`  ${terminal.colour("cyan", command.padEnd(57))} ${what}`);
}

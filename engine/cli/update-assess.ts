import type { Command } from "commander";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { Machine, Command as MachineCommand } from "../protocol/http/machines.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { complianceOf } from "./machine-words.ts";
import { clean, table } from "./terminal.ts";

/** Machines asked at a time: a large fleet mustn't answer in one second. */
const AT_ONCE = 16;
/** A machine fetches its package lists first: it may take a while. */
const WAIT = "60s";
const MOST_WAITS = 10;

interface AssessOptions {
  wait?: boolean;
  refresh?: boolean;
  json?: boolean;
}

interface Asked {
  machine: string;
  command: string | null;
  status: MachineCommand["status"] | "not sent";
  /** Why it didn't work. */
  problem: string | null;
  /** What is known of the machine afterwards, with `--wait`. */
  assessment: Machine["assessment"];
}

/** @param update the command `update` */
export function addUpdateAssess(update: Command, context: Context): void {
  const { terminal } = context;
  update
    .command("assess <machine-or-selector>")
    .description('Ask machines to look for missing updates now: one by its name, or those that a selector such as "tag:role=web" chooses; "all" for all')
    .option("--refresh", "fetch the package lists first")
    .option("--wait", "until they have answered")
    .option("--json", "print JSON")
    .action((wanted: string, options: AssessOptions) =>
      withClient(context, async (client) => {
        const machines = await machinesOf(client, wanted);
        if (machines.length === 0) throw new RunwrightError("MACHINE_NOT_FOUND", `no machine matches "${wanted}"`);
        const asked = await askAll(client, machines, options, context);
        if (asked.some(({ status }) => status === "not sent" || (options.wait && status !== "completed"))) process.exitCode = 1;
        if (options.json) return terminal.printJson(asked);
        const columns = [
          { title: "machine", value: (row: Asked) => row.machine },
          { title: "command", value: (row: Asked) => row.status, style: (row: Asked) => (row.problem ? ("red" as const) : undefined) },
          ...(options.wait ? [{ title: "updates", value: (row: Asked) => (row.assessment ? complianceOf(row.assessment) : "") }] : []),
          { title: "problem", value: (row: Asked) => row.problem ?? "" },
        ];
        for (const line of table(terminal, asked, columns)) terminal.print(line);
        if (!options.wait) terminal.note("Results come within seconds: see runwright update list, or ask with --wait.");
      }),
    );
}

/** A name has no `=`, which every term of a selector but `all` has. */
async function machinesOf(client: Client, wanted: string): Promise<string[]> {
  if (wanted !== "all" && !wanted.includes("=")) return [(await client.request<Machine>("GET", pathOf(wanted))).name];
  const names: string[] = [];
  for await (const { name, state } of client.pages<Machine>("/api/v1/machines", { selector: wanted, limit: 500 }))
    if (state === "online" || state === "offline") names.push(name);
  return names;
}

async function askAll(client: Client, machines: readonly string[], options: AssessOptions, { terminal, signal }: Context): Promise<Asked[]> {
  const asked = new Map<string, Asked>();
  const left = [...machines];
  const work = async () => {
    for (let machine = left.shift(); machine !== undefined; machine = left.shift()) {
      signal.throwIfAborted();
      asked.set(machine, await ask(client, machine, options, signal));
      if (machines.length > 1 && terminal.isTty) terminal.progress(`${asked.size} of ${machines.length}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  terminal.endProgress();
  return machines.flatMap((machine) => asked.get(machine) ?? []);
}

async function ask(client: Client, machine: string, { refresh, wait }: AssessOptions, signal: AbortSignal): Promise<Asked> {
  try {
    const query = { ...(refresh ? { refresh } : {}), ...(wait ? { wait: WAIT } : {}) };
    let command = await client.request<MachineCommand>("POST", `${pathOf(machine)}/assess`, { query, signal });
    for (let waits = 1; wait && command.endedAt === null && waits < MOST_WAITS; waits++)
      command = await client.request<MachineCommand>("GET", `/api/v1/commands/${command.id}`, { query: { wait: WAIT }, signal });
    const { assessment } = wait ? await client.request<Machine>("GET", pathOf(machine), { signal }) : { assessment: null };
    return { machine, command: command.id, status: command.status, problem: problemOf(command), assessment };
  } catch (error) {
    signal.throwIfAborted();
    if (!isRunwrightError(error) || error.code === "ENGINE_UNREACHABLE") throw error;
    return { machine, command: null, status: "not sent", problem: `${error.message} [${error.code}]`, assessment: null };
  }
}

/** What the agent failed with. */
function problemOf({ result }: MachineCommand): string | null {
  const error = typeof result === "object" && result !== null && "error" in result ? result.error : undefined;
  if (typeof error !== "object" || error === null || !("message" in error) || !("code" in error)) return null;
  return clean(`${error.message} [${error.code}]`);
}

const pathOf = (name: string) => `/api/v1/machines/${encodeURIComponent(name)}`;

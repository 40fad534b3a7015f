import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { AgentRollout } from "../protocol/http/agent-rollouts.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { duration } from "./options.ts";
import { clean, type Terminal } from "./terminal.ts";

const PATH = "/api/v1/agent-rollout";
const LOOK_EVERY_MS = 500;
const STYLES = {
  updated: "green",
  current: "green",
  failed: "red",
  refused: "yellow",
  offline: "gray",
  notTried: "gray",
  waiting: "gray",
  updating: "cyan",
} as const;

interface Options {
  batch: string;
  deadline: string;
  wait: boolean;
  show?: boolean;
  halt?: boolean;
  json?: boolean;
}

/** Ends with 1 when it was halted, or a machine that was told isn't updated. */
export function addAgentUpdate(agent: Command, context: Context): void {
  agent
    .command("update [selector]")
    .description("Bring the engine's own build of the agent to machines, some at a time; the first that goes back halts it")
    .option("--batch <number>", 'machines at a time, such as "5" or "10%"', "10%")
    .option("--deadline <duration>", "in which a new agent must have reported, else the one before runs again", duration, "10m")
    .option("--no-wait", "don't wait for the end")
    .option("--show", "show the newest rollout")
    .option("--halt", "tell no further machine")
    .option("--json", "print JSON")
    .action((selector: string | undefined, { batch, deadline, wait, show, halt, json }: Options) =>
      withClient(context, async (client) => {
        const { terminal } = context;
        const method = halt ? "DELETE" : show ? "GET" : "POST";
        const body = method === "POST" ? { selector, batch, deadline } : undefined;
        let rollout = await client.request<AgentRollout>(method, PATH, { body });
        if (method === "POST" && wait) rollout = await followed(client, rollout, { terminal: json ? undefined : terminal, signal: context.signal });
        if (rollout.state === "halted" || rollout.machines.some(({ state }) => state === "failed")) process.exitCode = 1;
        if (json) return terminal.printJson(rollout);
        await showRollout(context, rollout);
      }),
    );
}

/** Says what changes as it does. */
async function followed(
  client: Client,
  begun: AgentRollout,
  { terminal, signal }: { terminal: Terminal | undefined; signal: AbortSignal },
): Promise<AgentRollout> {
  const told = new Map<string, string>();
  terminal?.note(`agent ${begun.version} (${begun.hash.slice(0, 12)}) for ${begun.machines.length} machines, ${begun.batch} at a time`);
  for (let rollout = begun; ; ) {
    for (const { name, state, message } of rollout.machines) {
      if (told.get(name) === state || state === "waiting") continue;
      told.set(name, state);
      terminal?.note(`${clean(name)}: ${state}${message ? `, ${clean(message)}` : ""}`);
    }
    if (rollout.endedAt !== null) return rollout;
    await delay(LOOK_EVERY_MS, undefined, { signal });
    rollout = await client.request<AgentRollout>("GET", PATH);
    if (rollout.id !== begun.id) throw new Error(`another rollout (${rollout.id}) was started; this one's end isn't known`);
  }
}

async function showRollout(context: Context, { state, reason, machines, version, hash }: AgentRollout): Promise<void> {
  await listed(context, machines, {
    json: false,
    empty: "No machine was selected.",
    columns: [
      { title: "machine", value: (row) => row.name },
      { title: "agent", value: (row) => row.state, style: (row) => STYLES[row.state] },
      { title: "message", value: (row) => row.message },
    ],
  });
  context.terminal.note(`rollout of ${version} (${hash.slice(0, 12)}): ${state}${reason ? `; ${clean(reason)}` : ""}`);
}

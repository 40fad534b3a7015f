import { spawn } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runbookNameOf } from "../authoring/names.ts";
import { openChecker } from "../checking.ts";
import { formatDuration } from "../core/duration.ts";
import type { Job } from "../protocol/http/jobs.ts";
import type { Machine } from "../protocol/http/machines.ts";
import { type Client, createClient } from "./client.ts";
import { type Context, explain } from "./command.ts";
import type { Connection } from "./connection.ts";
import { followJob } from "./follow.ts";
import { relativeTime, type Terminal, table } from "./terminal.ts";

const MAIN = fileURLToPath(new URL("../runwright.mjs", import.meta.url));
const SAMPLE = "missing-updates";
const AGENT_PATIENCE_MS = 180_000;

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
  const { terminal, cwd } = context;
  const client = createClient(connection);
  const agent = startOwnAgent({ client, data, context });
  try {
    const machine = await agent.joined;
    terminal.note(`This machine is enrolled as ${machine}.`);
    await publishAll(client, join(cwd, "runbooks"), terminal);
    terminal.progress("The agent looks at what is installed and what is missing …");
    await agent.assessed;
    terminal.endProgress();
    await showMissingUpdates(client, machine, context);
    tellWhatNext(terminal, connection.url);
  } catch (error) {
    if (!context.signal.aborted) {
      for (const line of explain(error)) terminal.note(line);
      terminal.note("The engine goes on serving. What failed above can be done again with the command: npx runwright --help");
    }
  }
  return {
    async stop() {
      await agent.stop();
      await client.stop();
    },
  };
}

/** A real agent in a process of its own; it joins once and keeps its identity in the data directory. */
function startOwnAgent({ client, data, context }: { client: Client; data: string; context: Context }) {
  const stateDirectory = join(data, "agent");
  const over = new AbortController();
  let child: ReturnType<typeof spawn> | undefined;

  async function join_(): Promise<string> {
    const known = await stat(join(stateDirectory, "identity.json")).catch(() => undefined);
    if (!known) {
      const { token } = await client.request<{ token: string }>("POST", "/api/v1/join-tokens", {
        body: { scope: "/", uses: 1, tags: {}, url: client.connection.url },
      });
      await runToEnd(["agent", "join", "--state", stateDirectory], token);
    }
    child = spawn(process.execPath, [...process.execArgv, MAIN, "agent", "run", "--state", stateDirectory], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true, // Ctrl-C reaches the engine alone, which ends the agent in its turn
      env: agentEnvironment(context.env),
    });
    child.stderr?.resume();
    child.once("exit", (code) => {
      if (!over.signal.aborted)
        context.terminal.note(
          `The agent of this machine ended with ${code}; start it again with: npx runwright agent run --state ${relative(context.cwd, stateDirectory)}`,
        );
    });
    const { items } = await waitFor(
      () => client.request<{ items: { name: string; state: string }[] }>("GET", "/api/v1/machines", { query: { selector: "state=online" } }),
      ({ items }) => items.length > 0,
      context.signal,
    );
    return items[0]?.name ?? "";
  }

  function runToEnd(args: string[], stdin: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = "";
      const process_ = spawn(process.execPath, [...process.execArgv, MAIN, ...args], { stdio: ["pipe", "ignore", "pipe"], env: agentEnvironment(context.env) });
      process_.stderr.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      process_.once("error", reject);
      process_.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the agent couldn't join: ${said.trim()}`))));
      process_.stdin.end(stdin);
    });
  }

  const joined = join_();
  const assessed = joined.then(async (name) => {
    await waitFor(
      () => client.request<Machine>("GET", `/api/v1/machines/${name}`),
      (machine) => machine.assessment !== null,
      context.signal,
    );
  });
  assessed.catch(() => {}); // awaited later, or told by `joined`
  return {
    joined,
    assessed,
    async stop() {
      over.abort();
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

const agentEnvironment = (env: Context["env"]): NodeJS.ProcessEnv => ({ PATH: env.PATH, HOME: env.HOME, LANG: env.LANG });

async function waitFor<Answer>(ask: () => Promise<Answer>, isGood: (answer: Answer) => boolean, signal: AbortSignal): Promise<Answer> {
  for (let waited = 0; waited < AGENT_PATIENCE_MS; waited += 200) {
    signal.throwIfAborted();
    const answer = await ask();
    if (isGood(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the agent of this machine wasn't heard of in ${AGENT_PATIENCE_MS / 60_000} minutes`);
}

/** What lies in `runbooks/` and its folders, tests left out. The same bundle makes no new version. */
async function publishAll(client: Client, folder: string, terminal: Terminal): Promise<void> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const files = entries.filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts")).sort();
  const checker = openChecker();
  try {
    for (const file of files) {
      const entry = join(folder, file);
      const name = runbookNameOf(entry);
      terminal.progress(`Checking and publishing ${name} …`);
      const { ok, diagnostics, bundle, bundleHash, sourceMap, sources } = await checker.check({ entry });
      if (!ok) {
        terminal.note(`${name} doesn't pass its check: ${diagnostics[0]?.message ?? ""}`);
        continue;
      }
      const answer = await client.request<{ isNew: boolean; version: { version: number } }>("POST", `/api/v1/runbooks/${name}/publish`, {
        body: { bundle, bundleHash, sourceMap, sources, scope: "/", message: "published by npm start" },
      });
      if (answer.isNew) terminal.note(`Published ${name}, version ${answer.version.version}.`);
    }
  } finally {
    terminal.endProgress();
    await checker.stop();
  }
}

interface SummaryRow {
  machine: string;
  critical: number;
  security: number;
  other: number;
  held: number;
  rebootPending: boolean;
  /** Seconds. */
  listsAge: number | null;
}

async function showMissingUpdates(client: Client, machine: string, context: Context): Promise<void> {
  const { terminal } = context;
  const job = await client.request<Job>("POST", `/api/v1/runbooks/${SAMPLE}/jobs`, { body: { params: { selector: `name=${machine}` } } });
  terminal.note(`Job ${job.id} runs ${SAMPLE} in the sandbox:`);
  const done = await followJob(client, job.id, {
    signal: context.signal,
    onEntry: (entry) => {
      if (entry.kind === "log") terminal.note(`  ${entry.message}`);
      if (entry.kind === "progress") terminal.progress(`  ${Math.round(entry.fraction * 100)} % ${entry.message ?? ""}`);
    },
  });
  terminal.endProgress();
  if (done.status !== "completed") throw new Error(`job ${done.id} ${done.status}: ${done.error?.message ?? ""}`);
  const rows = (done.outputs ?? []).flatMap((output) => (isSummary(output) ? output.rows : []));
  terminal.print("");
  const columns = [
    { title: "machine", value: (row: SummaryRow) => row.machine },
    { title: "critical", value: (row: SummaryRow) => row.critical },
    { title: "security", value: (row: SummaryRow) => row.security },
    { title: "other", value: (row: SummaryRow) => row.other },
    { title: "held", value: (row: SummaryRow) => row.held },
    { title: "reboot", value: (row: SummaryRow) => (row.rebootPending ? "pending" : "no") },
    { title: "package lists", value: (row: SummaryRow) => (row.listsAge === null ? "never fetched" : `${formatDuration(row.listsAge * 1_000)} old`) },
  ];
  for (const line of table(terminal, rows, columns)) terminal.print(line);
  await showFirstUpdates(client, machine, terminal, context.now());
}

const isSummary = (output: unknown): output is { rows: SummaryRow[] } =>
  typeof output === "object" && output !== null && "rows" in output && Array.isArray(output.rows);

interface UpdateRow {
  name: string;
  installedVersion: string;
  candidateVersion: string;
  classification: string;
  origin: string;
  firstSeenAt: string;
}

async function showFirstUpdates(client: Client, machine: string, terminal: Terminal, now: number): Promise<void> {
  const { items } = await client.request<{ items: UpdateRow[] }>("GET", "/api/v1/updates", { query: { machine, limit: 500 } });
  if (items.length === 0) return;
  const shown = items.toSorted((a, b) => Number(b.classification === "security") - Number(a.classification === "security")).slice(0, 12);
  const columns = [
    { title: "update", value: (row: UpdateRow) => row.name },
    { title: "installed", value: (row: UpdateRow) => row.installedVersion },
    { title: "candidate", value: (row: UpdateRow) => row.candidateVersion },
    {
      title: "classification",
      value: (row: UpdateRow) => row.classification,
      style: (row: UpdateRow) => (row.classification === "security" ? ("yellow" as const) : undefined),
    },
    { title: "first seen", value: (row: UpdateRow) => relativeTime(row.firstSeenAt, now) },
  ];
  terminal.print("");
  for (const line of table(terminal, shown, columns)) terminal.print(line);
  if (items.length > shown.length) terminal.print(`… and ${items.length - shown.length} more: npx runwright update list --machine ${machine}`);
}

function tellWhatNext(terminal: Terminal, url: string): void {
  terminal.print("");
  terminal.print(`The engine serves on ${url}; Ctrl-C ends it. In another terminal, try:`);
  for (const [command, what] of [
    ["npx runwright run missing-updates --follow", "run it again and watch"],
    ["npx runwright update list", "every missing update"],
    ["npx runwright runbook new my-first", "write a runbook, then: runbook check, run --draft, publish"],
    ["npx runwright job list", "what ran, and how it ended"],
    ["npx runwright activity list", "who did what"],
  ])
    terminal.print(`  ${terminal.colour("cyan", (command ?? "").padEnd(46))} ${what}`);
}

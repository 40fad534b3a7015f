import { resolve } from "node:path";
import type { Command } from "commander";
import { startAgent } from "../agent/agent.ts";
import { joinEngine } from "../agent/join.ts";
import { DEFAULT_STATE } from "../agent/state-directory.ts";
import { systemClock } from "../clock.ts";
import type { JoinToken, NewJoinToken } from "../protocol/http/machines.ts";
import { VERSION } from "../version.ts";
import { addAgentService } from "./agent-service.ts";
import { addAgentUpdate } from "./agent-update.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { addresses, duration, keyValues, wholeNumber } from "./options.ts";
import { relativeTime } from "./terminal.ts";

export function addAgent(program: Command, context: Context): void {
  const agent = program.command("agent").description("Enrol machines, run the agent on one, and update agents");
  addToken(agent.command("token").description("Tokens with which machines join"), context);
  addAgentService(agent, context);
  addAgentUpdate(agent, context);

  agent
    .command("join [token]")
    .description("Enrol this machine; without an argument the token is read from standard input, so that it shows in no process list")
    .option("--state <dir>", `where the agent keeps its key and its work (default ${DEFAULT_STATE})`)
    .option("--name <name>", "name of the machine (default: its host name)")
    .option("--url <urls>", "further addresses of the engine, or of others of its database, separated by commas: tried in turn", addresses)
    .option("--unencrypted", "accept an engine on another machine without TLS")
    .option("--json", "print JSON")
    .action(async (token: string | undefined, options: { state?: string; name?: string; url?: string[]; unencrypted?: boolean; json?: boolean }) => {
      const joined = await joinEngine({
        token: token ?? (await context.stdin()).trim(),
        stateDirectory: stateOf(options, context),
        name: options.name,
        urls: options.url,
        unencrypted: options.unencrypted ? "accept" : "refuse",
        agentVersion: VERSION,
        clock: systemClock,
        log: logOf(context),
        signal: context.signal,
      });
      const { url, name, stateDirectory } = joined;
      if (options.json) context.terminal.printJson({ url, name, stateDirectory });
      else context.terminal.print(`joined ${url} as ${name}; start the agent with: runwright agent run --state ${stateDirectory}`);
    });

  agent
    .command("run")
    .description("Run the agent until it is stopped")
    .option("--state <dir>", `where the agent keeps its key and its work (default ${DEFAULT_STATE})`)
    .option("--url <urls>", "further addresses of the engine, separated by commas, besides those with which the machine joined", addresses)
    .action(async (options: { state?: string; url?: string[] }) => {
      const running = await startAgent({
        stateDirectory: stateOf(options, context),
        urls: options.url,
        agentVersion: VERSION,
        clock: systemClock,
        log: logOf(context),
        environment: context.env,
      });
      await new Promise<void>((resolve) => {
        if (context.signal.aborted) return resolve();
        context.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await running.stop();
    });
}

function addToken(token: Command, context: Context): void {
  const { terminal } = context;
  token
    .command("create")
    .description("Make a join token; it is shown this once")
    .option("--scope <scope>", "scope of the machines that join with it")
    .option("--tag <key=value...>", "tags of the machines that join with it", keyValues)
    .option("--replaces <machine>", "name of a machine that was set up anew")
    .option("--uses <number>", "machines that may join with it", wholeNumber(1), 1)
    .option("--expires-in <duration>", "how long it is good", duration, "1h")
    .option("--url <url>", "how machines reach the engine (default: as this command does)")
    .option("--json", "print JSON")
    .action(
      async (options: { scope?: string; tag?: Record<string, string>; replaces?: string; uses: number; expiresIn: string; url?: string; json?: boolean }) =>
        withClient(context, async (client) => {
          const { scope, tag: tags = {}, replaces, uses, expiresIn, url } = options;
          const reached = client.connection.url;
          // An address of this machine only says nothing to another one: then the engine names itself.
          const isOwn = /^https?:\/\/(127\.|localhost\b|\[::1\])/.test(reached);
          const body = { scope, tags, replaces, uses, expiresIn, url: url ?? (isOwn ? undefined : reached) };
          const made = await client.request<NewJoinToken>("POST", "/api/v1/join-tokens", { body });
          if (options.json) terminal.printJson(made);
          else {
            terminal.print(made.token);
            terminal.note(`good until ${made.expiresAt}, for an engine at ${made.url}; on the machine: runwright agent join, then paste it`);
          }
        }),
    );
  token
    .command("list")
    .description("List join tokens")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<JoinToken>("/api/v1/join-tokens"), {
          json: json === true,
          empty: "No join tokens yet: make one with `runwright agent token create`.",
          columns: [
            { title: "id", value: (row) => row.id },
            { title: "scope", value: (row) => row.scope },
            { title: "used", value: (row) => `${row.uses} of ${row.maxUses}` },
            { title: "by", value: (row) => row.createdBy, spare: 1 },
            { title: "state", value: (row) => stateOfToken(row, context.now()) },
          ],
        }),
      ),
    );
  token
    .command("revoke <id>")
    .description("Revoke a join token; machines that have joined stay")
    .option("--json", "print JSON")
    .action((id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request<void>("DELETE", `/api/v1/join-tokens/${encodeURIComponent(id)}`);
        if (json) terminal.printJson({ id, state: "revoked" });
        else terminal.print(`revoked ${id}`);
      }),
    );
}

function stateOfToken({ revokedAt, expiresAt, uses, maxUses }: JoinToken, now: number): string {
  if (revokedAt) return "revoked";
  if (uses >= maxUses) return "used up";
  return `${Date.parse(expiresAt) <= now ? "expired" : "good, ends"} ${relativeTime(expiresAt, now)}`;
}

const stateOf = ({ state }: { state?: string }, context: Context): string => (state ? resolve(context.cwd, state) : DEFAULT_STATE);

/** The agent's log goes to standard error, where systemd's journal and containers look for it. */
function logOf({ terminal }: Context) {
  const say = (level: string) => (fields: object, message: string) =>
    terminal.note(JSON.stringify({ level, time: new Date().toISOString(), ...plain(fields), message }));
  return { debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") };
}

const plain = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? { name: value.name, message: value.message } : value]));

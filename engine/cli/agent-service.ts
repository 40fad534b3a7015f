import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { installService, serviceDefinition, uninstallService } from "../agent/installation/install.ts";
import { DEFAULT_STATE } from "../agent/state-directory.ts";
import { agentStatus } from "../agent/status.ts";
import { statusText } from "../agent/status-text.ts";
import { agentBundle } from "../agent-bundle.ts";
import type { Context } from "./command.ts";
import { showFields } from "./list.ts";
import { addresses } from "./options.ts";

const STATE = `where the agent keeps its key and its work (default ${DEFAULT_STATE})`;

/** What is done to the machine at hand: no engine is asked. */
export function addAgentService(agent: Command, context: Context): void {
  const { terminal } = context;
  const stateOf = ({ state }: { state?: string }): string => (state ? resolve(context.cwd, state) : DEFAULT_STATE);

  agent
    .command("install")
    .description("Make the agent a service of this machine; doing it again changes what differs")
    .option("--state <dir>", STATE)
    .option("--url <urls>", "further addresses of the engine, separated by commas", addresses)
    .option("--dry-run", "print the service's definition, change nothing")
    .option("--json", "print what was done as JSON")
    .action(async (options: { state?: string; url?: string[]; dryRun?: boolean; json?: boolean }) => {
      const service = { stateDirectory: stateOf(options), urls: options.url };
      if (options.dryRun) return terminal.print(serviceDefinition({ ...service, program: programIn("") }).trimEnd());
      const { agent: code, starter } = await agentBundle();
      const folder = await mkdtemp(join(tmpdir(), "runwright-agent-"));
      try {
        const program = programIn(folder);
        await writeFile(program.agent, code);
        await writeFile(program.starter, starter);
        tell(await installService({ ...service, program }), options);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

  agent
    .command("uninstall")
    .description("Remove the service; the machine's key and its records stay")
    .option("--state <dir>", STATE)
    .option("--json", "print what was done as JSON")
    .action(async (options: { state?: string; json?: boolean }) => tell(await uninstallService({ stateDirectory: stateOf(options) }), options));

  agent
    .command("status")
    .description("Show this machine's identity, its engine, its last connection, and what its agent does")
    .option("--state <dir>", STATE)
    .option("--json", "print JSON")
    .action(async (options: { state?: string; json?: boolean }) => {
      const status = await agentStatus(stateOf(options));
      if (options.json) terminal.printJson(status);
      else showFields(terminal, statusText(status, context.now()));
    });

  const tell = (done: readonly string[], { json }: { json?: boolean }) => {
    if (json) terminal.printJson({ done });
    else for (const line of done) terminal.print(line);
  };
}

const programIn = (folder: string) =>
  ({ kind: "scripts", node: process.execPath, starter: join(folder, "agent-start.mjs"), agent: join(folder, "agent.cjs") }) as const;

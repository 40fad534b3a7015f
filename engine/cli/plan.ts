import { resolve } from "node:path";
import type { Command } from "commander";
import { type Context, withClient } from "./command.ts";
import { several } from "./options.ts";
import { type PlanOptions, planFiles } from "./resources/plan-files.ts";
import { planText } from "./resources/plan-text.ts";
import { savePlan } from "./resources/saved-plan.ts";

const CHANGES = 3;

/** The options that say what is to be planned. */
export const withPlanOptions = (command: Command): Command =>
  command
    .option("-f, --file <path>", "a file or a folder of YAML documents and runbooks; may be given several times", several)
    .option("--scope <scope>", "where documents lie that name no scope; with --prune, where to look, and below")
    .option("--prune", "delete what isn't in the files: of each kind in the scopes in which they have some, or all in --scope")
    .option("--prune-runbooks", "runbooks too; they can be restored for 30 days")
    .option("-m, --message <text>", "what has changed, for new versions of runbooks")
    .option("--source", "show the sources of runbooks line by line")
    .option("--json", "print JSON");

export function addPlan(program: Command, context: Context): void {
  const { terminal, cwd } = context;
  withPlanOptions(program.command("plan"))
    .description("Show what applying files would change; ends with 3 when there are changes, 0 when there are none")
    .option("-o, --out <file>", "save the plan: `runwright apply FILE` does exactly that")
    .action(async (options: Partial<PlanOptions> & { out?: string; source?: boolean }, command: Command) => {
      const { file, out, source } = options;
      if (file === undefined) command.error("error: name what to plan: -f DIR");
      else
        await withClient(context, async (client) => {
          const { request, plan } = await planFiles({ ...options, file }, client, context);
          if (out !== undefined) await savePlan(resolve(cwd, out), client.connection.url, { ...request, hash: plan.hash });
          if (options.json) terminal.printJson(plan);
          else for (const line of planText(plan, terminal, { source: source === true, done: false })) terminal.print(line);
          if (out !== undefined && !options.json) terminal.note(`saved; apply it with: runwright apply ${out}`);
          if (plan.changes.length > 0) process.exitCode = CHANGES;
        });
    });
}

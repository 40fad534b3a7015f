import { resolve } from "node:path";
import type { Command } from "commander";
import type { ApplyRequest, Plan } from "../protocol/http/plan.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { withPlanOptions } from "./plan.ts";
import { question } from "./prompt.ts";
import { type PlanOptions, planFiles } from "./resources/plan-files.ts";
import { planText } from "./resources/plan-text.ts";
import { readPlan } from "./resources/saved-plan.ts";

interface ApplyOptions extends Partial<PlanOptions> {
  yes?: boolean;
  source?: boolean;
}

export function addApply(program: Command, context: Context): void {
  withPlanOptions(program.command("apply"))
    .argument("[plan]", "a plan that `runwright plan -o` has saved: exactly that is done")
    .description("Make what files say: shows the plan, asks, and does exactly that or nothing")
    .option("--yes", "don't ask")
    .action(async (saved: string | undefined, options: ApplyOptions, command: Command) => {
      const { file, yes, scope, prune, pruneRunbooks } = options;
      if ((saved === undefined) === (file === undefined)) command.error("error: name either files with -f, or a saved plan");
      if (saved !== undefined && (scope !== undefined || prune || pruneRunbooks))
        command.error("error: a saved plan says already where it prunes, and in which scope");
      if (file !== undefined && !yes && !process.stdin.isTTY) command.error("error: nobody can be asked here: look at the plan first, then say --yes");
      if (saved !== undefined) await withClient(context, (client) => applySaved(saved, options, client, context));
      else if (file !== undefined) await withClient(context, (client) => applyFiles({ ...options, file }, client, context));
    });
}

async function applySaved(saved: string, { json, source = false }: ApplyOptions, client: Client, context: Context): Promise<void> {
  const { terminal, cwd } = context;
  const done = await apply(await readPlan(resolve(cwd, saved), saved, client.connection.url), client);
  if (json) return terminal.printJson(done);
  for (const line of planText(done, terminal, { source, done: true })) terminal.print(line);
}

async function applyFiles(options: ApplyOptions & Pick<PlanOptions, "file">, client: Client, context: Context): Promise<void> {
  const { terminal } = context;
  const { yes, json, source = false } = options;
  const { request, plan } = await planFiles(options, client, context);
  const show = (shown: Plan, done: boolean) => planText(shown, terminal, { source, done });
  if (!json) for (const line of show(plan, false)) terminal.print(line);
  if (plan.changes.length === 0) return json ? terminal.printJson(plan) : undefined;
  if (!yes && !/^y(es)?$/i.test(await question(context, "Do this? Answer yes to do it: "))) return terminal.note("nothing was changed");
  const done = await apply({ ...request, hash: plan.hash }, client);
  if (json) terminal.printJson(done);
  else terminal.print(show(done, true).at(-1) ?? "");
}

/** Not to be interrupted: whether it was done would be unknown. @throws PLAN_CHANGED */
const apply = (request: ApplyRequest, client: Client): Promise<Plan> => client.request<Plan>("POST", "/api/v1/apply", { body: request });

import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import type { Plan, PlanRequest } from "../protocol/http/plan.ts";
import { shapeProblems } from "../protocol/resources/problems.ts";
import { SolutionSpec } from "../protocol/resources/solution.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { question } from "./prompt.ts";
import { type Gathered, withPath } from "./resources/gather.ts";
import { planFiles } from "./resources/plan-files.ts";
import { planText } from "./resources/plan-text.ts";

interface ChangeOptions {
  plan?: boolean;
  yes?: boolean;
  json?: boolean;
}

interface InstallOptions extends ChangeOptions {
  scope?: string;
  overwrite?: boolean;
  source?: boolean;
  message?: string;
}

const CHANGES = 3;

/** @param solution the command `solution` */
export function addSolutionChanges(solution: Command, context: Context): void {
  const withOptions = (command: Command) =>
    command.option("--plan", "only show what would change; ends with 3 when something would").option("--yes", "don't ask").option("--json", "print JSON");

  withOptions(solution.command("install <folder>"))
    .description("Install a solution, or another version of it: shows the plan with all that its runbooks may do, asks, and does exactly that or nothing")
    .option("--scope <scope>", "where its documents lie that name no scope; default: the root")
    .option("--overwrite", "take the solution's also where something is there already, or was changed or deleted since")
    .option("--source", "show the sources of runbooks line by line")
    .option("-m, --message <text>", "what has changed, for new versions of runbooks")
    .action(async (folder: string, options: InstallOptions, command: Command) => {
      requireAnswer(options, command);
      await withClient(context, async (client) => {
        const solutionOf = (gathered: Gathered) => readSolution(gathered, folder, options.overwrite === true ? "overwrite" : "keep");
        const { request, plan } = await planFiles({ ...options, file: [folder], solution: solutionOf, within: folder }, client, context);
        await change({ request, plan }, options, client, context);
      });
    });

  withOptions(solution.command("remove <name>"))
    .description("Take away what a solution has brought and nobody has changed since; says what it leaves")
    .action(async (name: string, options: ChangeOptions, command: Command) => {
      requireAnswer(options, command);
      await withClient(context, async (client) => {
        const request: PlanRequest = { documents: [], removeSolution: name };
        const plan = await client.request<Plan>("POST", "/api/v1/plan", { body: request, signal: context.signal });
        await change({ request, plan }, options, client, context);
      });
    });
}

function requireAnswer({ plan, yes }: ChangeOptions, command: Command): void {
  if (!plan && !yes && !process.stdin.isTTY) command.error("error: nobody can be asked here: look at it with --plan first, then say --yes");
}

async function change(
  { request, plan }: { request: PlanRequest; plan: Plan },
  { plan: onlyPlan, yes, json, source = false }: ChangeOptions & { source?: boolean },
  client: Client,
  context: Context,
): Promise<void> {
  const { terminal } = context;
  if (!json) for (const line of planText(plan, terminal, { source, done: false })) terminal.print(line);
  if (onlyPlan || plan.changes.length === 0) {
    if (json) terminal.printJson(plan);
    if (onlyPlan && plan.changes.length > 0) process.exitCode = CHANGES;
    return;
  }
  if (!yes && !/^y(es)?$/i.test(await question(context, "Do this? Answer yes to do it: "))) return terminal.note("nothing was changed");
  const done = await client.request<Plan>("POST", "/api/v1/apply", { body: { ...request, hash: plan.hash } });
  if (json) terminal.printJson(done);
  else terminal.print(planText(done, terminal, { source, done: true }).at(-1) ?? "");
}

/** The one document that says what the folder is. @throws NOT_FOUND, RESOURCE_INVALID */
function readSolution({ solutions, problems }: Gathered, folder: string, clashes: "overwrite" | "keep"): PlanRequest["solution"] {
  const [found, second] = solutions;
  if (!found)
    throw new RunwrightError(
      "NOT_FOUND",
      `${folder} is no solution: it has no document of the kind Solution, such as solution.yaml; docs/solutions.md says how to write one`,
    );
  const { document, source } = found;
  const { kind: _, name, scope, ...spec } = document;
  const report = (path: string, message: string, at = source) => void problems.push({ file: at.file, ...at.at(path), message: withPath(path, message) });
  if (second) report("", "there is another solution already; a folder holds one", second.source);
  if (typeof name !== "string") report("", "must have name, a text");
  if (scope !== undefined) report("/scope", "isn't said here, but when it is installed: --scope");
  for (const { path, message } of shapeProblems(SolutionSpec, spec)) report(path, message);
  return { ...(spec as SolutionSpec), name: String(name), ...(clashes === "overwrite" ? { overwrite: true } : {}) };
}

import type { Command } from "commander";
import { counted } from "../core/counted.ts";
import { DEPLOYMENT_STATUSES } from "../core/deploy/status.ts";
import type { Deployment, DeploymentDetail } from "../protocol/http/deployments.ts";
import { type Context, withClient } from "./command.ts";
import { addDeploymentRollback } from "./deployment-rollback.ts";
import { DEPLOYMENT_STYLES } from "./deployment-styles.ts";
import { allMachines, deploymentPath, showMachines, showPlan, showStatus } from "./deployment-text.ts";
import { watchDeployment } from "./deployment-watch.ts";
import { listed } from "./list.ts";
import { duration, oneOf, planHash, wholeNumber } from "./options.ts";
import { pathOf } from "./resource.ts";
import { clean, relativeTime } from "./terminal.ts";

export function addDeployment(program: Command, context: Context): void {
  const { terminal } = context;
  const deployment = program.command("deployment").description("Rollouts of updates in maintenance windows: plan, approve, watch and steer them");
  /** Who has made a plan reads here how it goes on. */
  const showNextStep = ({ id, status, planHash: hash }: Deployment) => {
    if (status === "awaitingApproval") terminal.note(`approve it with: runwright deployment approve ${id} ${hash.slice(0, 16)}`);
  };
  const statusText = ({ status }: Pick<Deployment, "status">) => terminal.colour(DEPLOYMENT_STYLES[status], status);

  deployment
    .command("list")
    .description("List deployments, newest first")
    .option("--window <name>", "of one window")
    .option("--status <status>", `one of ${DEPLOYMENT_STATUSES.join(", ")}`, oneOf(DEPLOYMENT_STATUSES))
    .option("-n, --limit <number>", "at most so many", wholeNumber(1), 50)
    .option("--json", "print JSON")
    .action(({ window, status, limit, json }: { window?: string; status?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Deployment>("/api/v1/deployments", { window, status, limit: Math.min(500, limit) }), {
          json: json === true,
          most: limit,
          empty:
            window === undefined && status === undefined
              ? "No deployments yet: `runwright deployment plan WINDOW` plans what a window will do next."
              : `No deployments${window === undefined ? "" : ` of the window ${window}`}${status === undefined ? "" : ` that are ${status}`}.`,
          columns: [
            { title: "id", value: (row) => row.id },
            { title: "window", value: (row) => row.window },
            { title: "opens", value: (row) => relativeTime(row.opensAt, context.now()), spare: 1 },
            { title: "status", value: (row) => row.status, style: (row) => DEPLOYMENT_STYLES[row.status] },
            { title: "machines", value: (row) => plannedOf(row) },
            { title: "reason", value: (row) => row.reason, spare: 2 },
          ],
        }),
      ),
    );

  deployment
    .command("plan <window>")
    .description("Plan what a window will do when it is open next: a dry run with a hash, which approval is bound to")
    .option("--json", "print JSON: the deployment, with its machines")
    .action((window: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const made = await client.request<Deployment>("POST", `${pathOf("windows", window)}/plan`);
        const machines = await allMachines(client, made.id);
        if (json) return terminal.printJson({ ...made, plan: machines });
        showPlan(context, made, machines);
        terminal.print("");
        terminal.print(`deployment ${made.id} is ${statusText(made)}: ${clean(made.reason)}`);
        showNextStep(made);
      }),
    );

  for (const [verb, description] of [
    ["approve", "Approve exactly the plan of this hash"],
    ["reject", "Refuse the plan of this hash; another one may be made, and approved"],
  ] as const) {
    deployment
      .command(verb)
      .argument("<id>")
      .argument("<hash>", "of the plan", planHash)
      .description(`${description}, which \`deployment plan\` and \`deployment show\` print; its first twelve digits are enough`)
      .option("--reason <text>", "for the record")
      .option("--json", "print JSON")
      .action((id: string, hash: string, { reason, json }: { reason?: string; json?: boolean }) =>
        withClient(context, async (client) => {
          const body = { planHash: hash, ...(reason === undefined ? {} : { reason }) };
          const decided = await client.request<DeploymentDetail>("POST", `${deploymentPath(id)}/${verb}`, { body });
          if (json) terminal.printJson(decided);
          else terminal.print(`${id} is ${statusText(decided)}: ${clean(decided.reason)}`);
        }),
      );
  }

  deployment
    .command("show <id>")
    .description("Show a deployment: its plan before it starts, then what became of each machine")
    .option("--plan", "show the plan, also when it has started")
    .option("--json", "print JSON: with its machines")
    .action((id: string, { plan, json }: { plan?: boolean; json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<DeploymentDetail>("GET", deploymentPath(id));
        const machines = await allMachines(client, id);
        if (json) return terminal.printJson({ ...found, plan: machines });
        if (plan || found.startedAt === null) {
          showPlan(context, found, machines);
          terminal.print("");
        }
        showStatus(context, found);
        if (found.startedAt !== null) showMachines(context, machines);
      }),
    );

  deployment
    .command("watch <id>")
    .description("Watch a rollout until it has ended: waves, machines, time left in the window; ends with 0 when it has succeeded")
    .option("--json", "print a line of JSON for each change")
    .action((id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const ended = await watchDeployment(client, id, context, { json: json === true });
        if (ended.status !== "succeeded") process.exitCode = 1;
      }),
    );

  for (const [verb, description] of [
    ["halt", "Let nothing new begin; what runs on machines is let finish"],
    ["continue", "Let a halted deployment go on"],
    ["abort", "End it: nothing new begins, and what runs on machines is let finish"],
  ] as const) {
    deployment
      .command(`${verb} <id>`)
      .description(description)
      .option("--reason <text>", "why; it is written into the activity log", "")
      .option("--json", "print JSON")
      .action((id: string, { reason, json }: { reason: string; json?: boolean }) =>
        withClient(context, async (client) => {
          const moved = await client.request<DeploymentDetail>("POST", `${deploymentPath(id)}/${verb}`, { body: { reason } });
          if (json) terminal.printJson(moved);
          else terminal.print(`${id} is ${statusText(moved)}: ${clean(moved.reason)}`);
        }),
      );
  }

  addDeploymentRollback(deployment, context);

  deployment
    .command("retry <id>")
    .description("Plan a new deployment with the machines that failed or weren't reached, in what is left of the window")
    .requiredOption("--reason <text>", "why; it is written into the activity log")
    .option("--duration <duration>", "open the window for so long, from 30m to 24h", duration)
    .option("--json", "print JSON")
    .action((id: string, { reason, duration: length, json }: { reason: string; duration?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const body = { reason, ...(length === undefined ? {} : { duration: length }) };
        const made = await client.request<Deployment>("POST", `${deploymentPath(id)}/retry`, { body });
        if (json) return terminal.printJson(made);
        terminal.print(`deployment ${made.id} takes up ${counted(plannedOf(made), "machine")} of ${id} and is ${statusText(made)}: ${clean(made.reason)}`);
        terminal.note(`see its plan with: runwright deployment show ${made.id}`);
        showNextStep(made);
      }),
    );
}

const plannedOf = ({ machines: { NotIncluded: _ = 0, ...planned } }: Deployment): number => Object.values(planned).reduce((sum, n) => sum + n, 0);

import { parseDuration } from "../../engine/core/duration.ts";
import type { Deployment, DeploymentDetail, RollbackStarted } from "../../engine/protocol/http/deployments.ts";
import type { Client } from "../model/client/client.ts";
import { DEPLOYMENTS } from "../model/client/lists.ts";
import { askForText, askToConfirm } from "./ask-for.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { pickDeployment } from "./pick.ts";
import { deploymentIn } from "./subject.ts";

const pathOf = (id: string) => `/api/v1/deployments/${encodeURIComponent(id)}`;
const refreshed = ({ trees }: CommandParts) => trees["runwright.deployments"].tree.refresh();

/** The plan as it is to be approved. */
export const openPlanOfDeployment: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = deploymentIn(given) ?? (await pickDeployment(client, "Read the Plan"));
  const { window } = await client.ask<Deployment>("GET", pathOf(id), DEPLOYMENTS.shape);
  await parts.documents.open({ kind: "deploymentPlan", id, title: window });
};

const STEERING = {
  halt: { title: "Halt", detail: "Nothing new begins; what runs on machines is let finish." },
  continue: { title: "Continue", detail: "It goes on with what hasn't begun." },
  abort: { title: "End", detail: "Nothing new begins, and it can't be continued; what runs on machines is let finish." },
} as const;

const steer =
  (verb: keyof typeof STEERING): Run =>
  async (parts, given) => {
    const client = await engineOf(parts);
    const { title, detail } = STEERING[verb];
    const id = deploymentIn(given) ?? (await pickDeployment(client, `${title} Deployment`));
    const reason = await askForText({ title: `${title} Deployment`, prompt: `${detail} Reason, for the record:` });
    if (verb === "abort") await askToConfirm("End this deployment?", { detail, action: "End" });
    await client.ask<DeploymentDetail>("POST", `${pathOf(id)}/${verb}`, DEPLOYMENTS.shape, { body: { reason } });
    await refreshed(parts);
  };
export const haltDeployment = steer("halt");
export const continueDeployment = steer("continue");
export const abortDeployment = steer("abort");

const RETRY_PROMPT = "For how long is its window opened, such as 2h? Empty: what is left of it, while it is open";

function durationProblem(text: string): string | undefined {
  try {
    if (text.trim() !== "") parseDuration(text.trim());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Plans a new one with the machines that failed or weren't reached. */
export const retryDeployment: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = deploymentIn(given) ?? (await pickDeployment(client, "Retry Deployment"));
  const reason = await askForReason("Retry Deployment");
  const duration = (await askForText({ title: "Retry Deployment", prompt: RETRY_PROMPT, placeHolder: "2h", validateInput: durationProblem })).trim();
  const body = { reason, ...(duration === "" ? {} : { duration }) };
  await client.ask<Deployment>("POST", `${pathOf(id)}/retry`, DEPLOYMENTS.shape, { body });
  await refreshed(parts);
};

/** Starts a job that takes back what was installed: first as a plan, which only says what would go back. */
export const rollBackDeployment: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = deploymentIn(given) ?? (await pickDeployment(client, "Roll Back Deployment"));
  const plan = await rollBack(client, id, { plan: true });
  await parts.documents.open({ kind: "job", id: plan.jobId, title: "rollback-plan" });
  const reason = await askForReason("Roll Back Deployment");
  await askToConfirm("Take back what this deployment has installed?", {
    detail: "What would go back, and what can't, stands in the output that was opened.",
    action: "Roll Back",
  });
  const { jobId } = await rollBack(client, id, { reason });
  await parts.documents.open({ kind: "job", id: jobId, title: "rollback" });
};

const rollBack = (client: Client, id: string, body: object): Promise<RollbackStarted> =>
  client.ask<RollbackStarted>("POST", `${pathOf(id)}/rollback`, { jobId: "string" }, { body });

const askForReason = (title: string): Promise<string> =>
  askForText({ title, prompt: "Reason: others will ask", validateInput: (text) => (text.trim() === "" ? "It needs a reason." : undefined) });

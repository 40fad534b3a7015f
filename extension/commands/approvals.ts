import { type Field, fieldsOf } from "../../engine/core/parameter-form.ts";
import { relativeTime } from "../../engine/core/relative-time.ts";
import type { Approval } from "../../engine/protocol/http/approvals.ts";
import type { Deployment, DeploymentDetail } from "../../engine/protocol/http/deployments.ts";
import type { Client } from "../model/client/client.ts";
import { APPROVALS, DEPLOYMENTS } from "../model/client/lists.ts";
import type { Question } from "../model/rows/approval-row.ts";
import { askForText, askToPick } from "./ask-for.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { askForField, isCleared } from "./run.ts";
import { questionIn } from "./subject.ts";

type Verb = "approve" | "reject";

/** Answers what a job or a deployment asks: with a reason, for the record and for whoever has asked. */
const decide =
  (verb: Verb): Run =>
  async (parts, given) => {
    const client = await engineOf(parts);
    const question = questionIn(given) ?? (await questionOfPage(client, given)) ?? (await pickQuestion(client, verb));
    if (question.kind === "job") await decideJob(client, question.approval.id, verb);
    else await decidePlan(client, question.deployment, verb);
    await refreshed(parts);
  };

export const approve = decide("approve");
export const reject = decide("reject");

/** The page of a deployment knows its id. */
async function questionOfPage(client: Client, given: unknown): Promise<Question | undefined> {
  if (typeof given !== "string" || given === "") return undefined;
  return { kind: "deployment", deployment: await client.ask<Deployment>("GET", `/api/v1/deployments/${encodeURIComponent(given)}`, DEPLOYMENTS.shape) };
}

async function decideJob(client: Client, id: string, verb: Verb): Promise<void> {
  const path = `/api/v1/approvals/${encodeURIComponent(id)}`;
  const { message, form } = await client.ask<Approval>("GET", path, APPROVALS.shape);
  const title = `${verb === "approve" ? "Approve" : "Reject"}: ${message.split("\n")[0]}`;
  const answers = verb === "approve" ? await askForAnswers(fieldsOf(form), title) : {};
  const reason = await askForText({ title, prompt: "Reason, for the record and for the job" });
  const body = { reason, ...(verb === "approve" && form !== null ? { answers } : {}) };
  await client.ask<Approval>("POST", `${path}/${verb}`, APPROVALS.shape, { body });
}

async function askForAnswers(fields: readonly Field[], title: string): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const field of fields) {
    const value = await askForField(field, field.otherwise, title);
    if (!isCleared(value)) answers[field.name] = value;
  }
  return answers;
}

/** Bound to the plan that was read: another one in between is refused by the engine. */
async function decidePlan(client: Client, { id, window, planHash }: { id: string; window: string; planHash: string }, verb: Verb): Promise<void> {
  const reason = await askForText({
    title: `${verb === "approve" ? "Approve" : "Reject"} the Plan for ${window}`,
    prompt: `Reason, for the record. The decision is about the plan ${planHash.slice(0, 12)}.`,
  });
  await client.ask<DeploymentDetail>("POST", `/api/v1/deployments/${encodeURIComponent(id)}/${verb}`, DEPLOYMENTS.shape, { body: { planHash, reason } });
}

async function pickQuestion(client: Client, verb: Verb): Promise<Question> {
  const [approvals, deployments] = await Promise.all([
    client.page(APPROVALS, { query: { open: true }, limit: 200 }),
    client.page(DEPLOYMENTS, { query: { status: "awaitingApproval" }, limit: 200 }),
  ]);
  const now = Date.now();
  const rows: { label: string; description: string; question: Question }[] = [
    ...approvals.items.map((approval) => ({
      label: approval.message.split("\n")[0] ?? approval.id,
      description: `${approval.runbook} · ends ${relativeTime(approval.expiresAt, now)}`,
      question: { kind: "job" as const, approval },
    })),
    ...deployments.items.map((deployment) => ({
      label: `Plan for ${deployment.window}`,
      description: `opens ${relativeTime(deployment.opensAt, now)}`,
      question: { kind: "deployment" as const, deployment },
    })),
  ];
  if (rows.length === 0) throw new Error("Nothing waits for an approval.");
  return (await askToPick(rows, { title: verb === "approve" ? "Approve" : "Reject", placeHolder: "What?" })).question;
}

const refreshed = ({ trees }: CommandParts) => Promise.all([trees["runwright.approvals"].tree.refresh(), trees["runwright.deployments"].tree.refresh()]);

import { counted } from "../../../engine/core/counted.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Approval } from "../../../engine/protocol/http/approvals.ts";
import type { Deployment } from "../../../engine/protocol/http/deployments.ts";
import { COLOURS, facts, type Row } from "../row.ts";
import { countsText } from "./deployment-row.ts";

/** What somebody is asked to decide: a job's question, or the plan of a deployment. */
export type Question = { readonly kind: "job"; readonly approval: Approval } | { readonly kind: "deployment"; readonly deployment: Deployment };

export function questionRow(question: Question, now: number): Row {
  return question.kind === "job" ? approvalRow(question, now) : planRow(question, now);
}

function approvalRow(question: Question & { kind: "job" }, now: number): Row {
  const { id, message, runbook, requester, expiresAt, who, minimum, job, onTimeout } = question.approval;
  return {
    id,
    label: message.split("\n")[0] ?? message,
    description: `${runbook} · asked by ${requester} · ends ${relativeTime(expiresAt, now)}`,
    tooltip: facts([
      ["Question", message],
      ["Runbook", runbook],
      ["Job", job],
      ["Asked for by", requester],
      ["Who may decide", `${minimum} of ${who.join(", ")}`],
      ["Until", `${expiresAt}, then ${onTimeout === "approve" ? "it counts as approved" : "it fails"}`],
    ]),
    icon: { name: "bell", colour: COLOURS.warning },
    is: ["question", "ofJob"],
    click: { command: "runwright.openJobOutput", title: "Open Output", arguments: [job] },
    subject: question,
  };
}

function planRow(question: Question & { kind: "deployment" }, now: number): Row {
  const { id, window, machines, opensAt, requestedBy, planHash, approval } = question.deployment;
  const sum = Object.entries(machines).reduce((total, [status, count]) => (status === "NotIncluded" ? total : total + count), 0);
  return {
    id,
    label: `Plan for ${window}`,
    description: `${counted(sum, "machine")} · ${Date.parse(opensAt) > now ? "opens" : "opened"} ${relativeTime(opensAt, now)}`,
    tooltip: facts([
      ["Window", window],
      ["Machines", countsText(machines)],
      ["Opens", opensAt],
      ["Asked for by", requestedBy],
      ["Who may decide", `${approval.count} of ${approval.roles.join(", ")}${approval.byRequester ? "" : `, not ${requestedBy}`}`],
      ["Plan", planHash.slice(0, 12)],
    ]),
    icon: { name: "checklist", colour: COLOURS.warning },
    is: ["question", "ofPlan"],
    click: { command: "runwright.openPlanOfDeployment", title: "Read the Plan", arguments: [id] },
    subject: question,
  };
}

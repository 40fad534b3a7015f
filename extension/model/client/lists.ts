import type { Asset } from "../../../engine/protocol/http/access.ts";
import type { Approval } from "../../../engine/protocol/http/approvals.ts";
import type { Deployment, DeploymentMachine } from "../../../engine/protocol/http/deployments.ts";
import type { Job, JournalEntry, Transition } from "../../../engine/protocol/http/jobs.ts";
import type { Machine, Update } from "../../../engine/protocol/http/machines.ts";
import type { Occurrence, Resource } from "../../../engine/protocol/http/resources.ts";
import type { Runbook, Version } from "../../../engine/protocol/http/runbooks.ts";
import type { Delivery } from "../../../engine/protocol/http/webhooks.ts";
import type { ListDoor } from "./client.ts";
import type { Shape } from "./shape.ts";

/** The lists of the HTTP API that are shown here, and what each item must have. */
const door = <Item>(path: string, what: string, shape: Shape<Item>): ListDoor<Item> => ({ path, what, shape });

const RESOURCE: Shape<Resource> = { id: "string", name: "string", scope: "string", spec: "object", state: "object", revision: "number" };
const part = encodeURIComponent;

export const RUNBOOKS = door<Runbook>("/api/v1/runbooks", "runbook", { name: "string", scope: "string", latestVersion: "number", createdBy: "string" });
export const JOBS = door<Job>("/api/v1/jobs", "job", {
  id: "string",
  runbook: "string",
  version: "number?",
  status: "string",
  createdAt: "string",
  trigger: "string",
  actor: "object",
});
export const SCHEDULES = door<Resource>("/api/v1/schedules", "schedule", RESOURCE);
export const WEBHOOKS = door<Resource>("/api/v1/webhooks", "webhook", RESOURCE);
export const OCCURRENCES = door<Occurrence>("/api/v1/occurrences", "occurrence", {
  id: "string",
  name: "string",
  status: "string",
  dueAt: "string",
  reason: "string",
});
export const MACHINES = door<Machine>("/api/v1/machines", "machine", {
  id: "string",
  name: "string",
  scope: "string",
  state: "string",
  tags: "object",
  assessment: "object?",
});
export const UPDATES = door<Update>("/api/v1/updates", "update", {
  machine: "string",
  name: "string",
  architecture: "string",
  candidateVersion: "string",
  classification: "string",
});
export const DEPLOYMENTS = door<Deployment>("/api/v1/deployments", "deployment", {
  id: "string",
  window: "string",
  status: "string",
  machines: "object",
  planHash: "string",
  settings: "object",
});
export const APPROVALS = door<Approval>("/api/v1/approvals", "approval", {
  id: "string",
  job: "string",
  runbook: "string",
  message: "string",
  status: "string",
  expiresAt: "string",
});
export const ASSETS = door<Asset>("/api/v1/assets", "asset", { id: "string", name: "string", scope: "string", kind: "string" });

export const versionsOf = (runbook: string) =>
  door<Version>(`/api/v1/runbooks/${part(runbook)}/versions`, "version", {
    version: "number",
    publishedAt: "string",
    publishedBy: "string",
    manifest: "object",
  });
export const deliveriesOf = (webhook: string) =>
  door<Delivery>(`/api/v1/webhooks/${part(webhook)}/deliveries`, "delivery", { id: "string", status: "string", receivedAt: "string" });
export const machinesOf = (deployment: string) =>
  door<DeploymentMachine>(`/api/v1/deployments/${part(deployment)}/machines`, "machine of a deployment", {
    name: "string",
    status: "string",
    updates: "array",
  });
export const TRANSITION: Shape<Transition> = { seq: "number", at: "string", to: "string", by: "string" };
export const transitionsOf = (job: string) => door<Transition>(`/api/v1/jobs/${part(job)}/transitions`, "transition", TRANSITION);
export const journalOf = (job: string) =>
  door<JournalEntry>(`/api/v1/jobs/${part(job)}/journal`, "host call", { call: "number", op: "string", issuedAt: "string" });

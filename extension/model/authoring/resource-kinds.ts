import type { TSchema } from "typebox";
import type { EditorKind } from "../../../engine/protocol/resources/editor-schema.ts";
import { EventRuleSpec } from "../../../engine/protocol/resources/event-rule.ts";
import { FreezeSpec } from "../../../engine/protocol/resources/freeze.ts";
import { MaintenanceWindowSpec } from "../../../engine/protocol/resources/maintenance-window.ts";
import { RoleSpec } from "../../../engine/protocol/resources/role.ts";
import { RunbookFileSpec } from "../../../engine/protocol/resources/runbook.ts";
import { ScheduleSpec } from "../../../engine/protocol/resources/schedule.ts";
import { SolutionSpec } from "../../../engine/protocol/resources/solution.ts";
import { UpdatePolicySpec } from "../../../engine/protocol/resources/update-policy.ts";
import { VariableSpec } from "../../../engine/protocol/resources/variable.ts";
import { WebhookSpec } from "../../../engine/protocol/resources/webhook.ts";

const kind = (name: string, schema: TSchema, nameFrom?: readonly string[]): EditorKind => ({ kind: name, schema, ...(nameFrom && { nameFrom }) });

/** Kinds of documents that YAML files hold, as the engine of this version knows them; a test compares them with what it publishes. */
export const RESOURCE_KINDS: readonly EditorKind[] = [
  kind("Schedule", ScheduleSpec),
  kind("EventRule", EventRuleSpec),
  kind("Webhook", WebhookSpec),
  kind("Freeze", FreezeSpec),
  kind("UpdatePolicy", UpdatePolicySpec),
  kind("MaintenanceWindow", MaintenanceWindowSpec),
  kind("Variable", VariableSpec),
  kind("Role", RoleSpec, ["principal", "role"]),
  kind("Runbook", RunbookFileSpec),
  kind("Solution", SolutionSpec),
];

export const kindOf = (document: unknown): EditorKind | undefined => {
  const { kind: name, apiVersion }: { kind?: unknown; apiVersion?: unknown } = Object(document);
  // Kubernetes has kinds of these names, too; its documents say which API they are of.
  return apiVersion === undefined ? RESOURCE_KINDS.find((one) => one.kind === name) : undefined;
};

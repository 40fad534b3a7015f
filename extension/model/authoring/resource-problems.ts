import { readYaml, type YamlDocument } from "../../../engine/cli/resources/yaml.ts";
import { windowProblems } from "../../../engine/core/deploy/check.ts";
import type { MaintenanceWindowSpec } from "../../../engine/core/deploy/spec.ts";
import { isRunwrightError } from "../../../engine/core/errors.ts";
import type { FreezeSpec } from "../../../engine/core/freeze.ts";
import { freezeProblems } from "../../../engine/core/freeze-check.ts";
import { type DocumentProblem, RESOURCE_NAME, RESOURCE_NAME_RULE, STORED_KINDS } from "../../../engine/core/resource.ts";
import { limitProblems, timetableProblems } from "../../../engine/core/schedule-check.ts";
import type { Timetable } from "../../../engine/core/schedule-timer.ts";
import { parseScope } from "../../../engine/core/scope.ts";
import { policyProblems } from "../../../engine/core/update-policy/check.ts";
import type { UpdatePolicySpec } from "../../../engine/core/update-policy.ts";
import { shapeProblems } from "../../../engine/protocol/resources/problems.ts";
import { mayHoldResources } from "./resource-documents.ts";
import { kindOf, RESOURCE_KINDS } from "./resource-kinds.ts";

/** One thing that is wrong with a text. */
export interface TextProblem {
  /** From 1. */
  line: number;
  column: number;
  message: string;
}

/** Rules beyond the shape, for documents of which the shape is right. What needs an engine, such as whether a runbook is there, a plan tells. */
const RULES: Readonly<Record<string, (spec: unknown, now: number) => DocumentProblem[]>> = {
  Schedule: (spec) => [...timetableProblems(spec as Timetable), ...limitProblems(spec as Parameters<typeof limitProblems>[0])],
  Freeze: (spec) => freezeProblems(spec as FreezeSpec),
  MaintenanceWindow: (spec, now) => windowProblems(spec as MaintenanceWindowSpec, now),
  UpdatePolicy: (spec) => policyProblems(spec as UpdatePolicySpec),
};

/**
 * What is wrong with the documents of a YAML file: the same shapes and rules that an engine applies. Documents of others are left alone, and so is a file without any of ours.
 * @param now Unix milliseconds
 */
export function resourceProblems(text: string, now: number): TextProblem[] {
  if (!mayHoldResources(text)) return [];
  const { documents, problems } = readYaml(text);
  const ours = documents.filter(({ value }) => kindOf(value) !== undefined);
  // YAML that can't be read is ours to tell when something in the file is: other files have other readers.
  if (
    ours.length === 0 &&
    !RESOURCE_KINDS.some(({ kind }) => new RegExp(`^kind\\s*:\\s*["']?${kind}["']?\\s*$`, "m").test(text) && !/^apiVersion\s*:/m.test(text))
  )
    return [];
  return [...problems, ...ours.flatMap((document) => problemsOf(document, now))];
}

function problemsOf(document: YamlDocument, now: number): TextProblem[] {
  const kind = kindOf(document.value);
  if (!kind) return [];
  const { kind: _, name, scope, ...spec } = Object(document.value) as Record<string, unknown>;
  const found = [...nameProblems(kind, name), ...scopeProblems(scope), ...specProblems(kind, spec, now)];
  return found.map(({ path, message }) => ({ ...document.at(path), message: path === "" ? message : `${path.slice(1)}: ${message}` }));
}

function specProblems({ kind, schema }: (typeof RESOURCE_KINDS)[number], spec: unknown, now: number): DocumentProblem[] {
  const shape = shapeProblems(schema, spec);
  if (shape.length > 0) return shape;
  try {
    return RULES[kind]?.(spec, now) ?? [];
  } catch (error) {
    if (isRunwrightError(error)) return [{ path: "", message: error.message }];
    throw error;
  }
}

function nameProblems({ kind, nameFrom }: (typeof RESOURCE_KINDS)[number], name: unknown): DocumentProblem[] {
  if (nameFrom) return name === undefined ? [] : [{ path: "/name", message: `isn't known here: a ${kind} has no name, but ${nameFrom.join(" and ")}` }];
  if (name === undefined) return [{ path: "", message: "must have name" }];
  if (typeof name !== "string" || name === "") return [{ path: "/name", message: "must be a text, and not an empty one" }];
  const isStored = STORED_KINDS.some((one) => one === kind);
  return isStored && !RESOURCE_NAME.test(name) ? [{ path: "/name", message: `must be ${RESOURCE_NAME_RULE}` }] : [];
}

function scopeProblems(scope: unknown): DocumentProblem[] {
  if (scope === undefined) return [];
  if (typeof scope !== "string") return [{ path: "/scope", message: 'must be a text such as "/team"' }];
  try {
    parseScope(scope);
    return [];
  } catch (error) {
    if (isRunwrightError(error)) return [{ path: "/scope", message: error.message }];
    throw error;
  }
}

import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { parseDuration } from "../core/duration.ts";
import { isRunwrightError } from "../core/errors.ts";
import { DEFAULT_LIMITS, type Limits, MACHINE_ACTIONS, type Manifest, MAX_LIMITS, OVERFLOWS, type Permissions } from "../core/manifest.ts";
import type { Extraction } from "../core/run.ts";
import { parseSelector } from "../core/selector.ts";
import { grantProblem } from "./capabilities/http-grant.ts";

const Duration = Type.Union([Type.String({ maxLength: 50 }), Type.Number({ minimum: 0 })]);
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 1_000 });
const closed = { additionalProperties: false };

const Declared = Type.Object({
  summary: Type.String({ minLength: 1, maxLength: 1_000 }),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  permissions: Type.Optional(
    Type.Object(
      {
        machines: Type.Optional(
          Type.Object({ select: Type.String({ maxLength: 10_000 }), actions: Type.Array(Type.Union(MACHINE_ACTIONS.map((action) => Type.Literal(action)))) }, closed),
        ),
        http: Type.Optional(Names),
        secrets: Type.Optional(Names),
        variables: Type.Optional(Names),
        jobs: Type.Optional(Names),
      },
      closed,
    ),
  ),
  limits: Type.Optional(
    Type.Object(
      {
        timeout: Type.Optional(Duration),
        cpu: Type.Optional(Duration),
        memoryMb: Type.Optional(Type.Integer({ minimum: 16 })),
        outputBytes: Type.Optional(Type.Integer({ minimum: 1 })),
        logRate: Type.Optional(Type.Integer({ minimum: 1 })),
        hostCalls: Type.Optional(Type.Integer({ minimum: 0 })),
      },
      closed,
    ),
  ),
  concurrency: Type.Optional(
    Type.Object({
      limit: Type.Integer({ minimum: 1, maximum: 10_000 }),
      overflow: Type.Optional(Type.Union(OVERFLOWS.map((overflow) => Type.Literal(overflow)))),
      hasKey: Type.Boolean(),
    }),
  ),
  sharedIsolate: Type.Optional(Type.Boolean()),
});
const validator = Compile(Declared);
type Declared = Type.Static<typeof Declared>;

/** Validates what a bundle declares and fills in the defaults. @param text JSON that guest code made: nothing about it is trusted */
export function manifestOf(text: string): Extraction {
  const problem = (message: string): Extraction => ({ ok: false, failureCode: "rejected", error: { name: "ManifestError", message } });
  let declared: unknown;
  try {
    declared = JSON.parse(text);
  } catch {
    return problem("what the runbook declares isn't JSON");
  }
  if (!validator.Check(declared)) {
    const [first] = validator.Errors(declared);
    return problem(`${first?.instancePath.slice(1).replaceAll("/", ".") || "the runbook"} ${first?.message ?? "isn't valid"}`);
  }
  try {
    const { summary, parameters, permissions = {}, limits = {}, concurrency, sharedIsolate = false } = declared;
    const manifest: Manifest = {
      summary,
      parameters: parametersOf(parameters),
      permissions: permissionsOf(permissions),
      limits: limitsOf(limits),
      sharedIsolate,
      ...(concurrency ? { concurrency: { limit: concurrency.limit, overflow: concurrency.overflow ?? "queue" } } : {}),
    };
    return { ok: true, manifest };
  } catch (error) {
    if (error instanceof Problem || isRunwrightError(error)) return problem(error.message);
    throw error;
  }
}

class Problem extends Error {}

function parametersOf(parameters: Declared["parameters"]): Manifest["parameters"] {
  if (parameters === undefined) return { type: "object", properties: {}, additionalProperties: false };
  if (parameters["type"] !== "object") throw new Problem('parameters must be an object schema: Type.Object({ ... }), or JSON Schema with type "object"');
  return parameters;
}

function permissionsOf({ machines, http, secrets, variables, jobs }: NonNullable<Declared["permissions"]>): Permissions {
  if (machines !== undefined) parseSelector(machines.select);
  for (const grant of http ?? []) {
    const wrong = grantProblem(grant);
    if (wrong !== undefined) throw new Problem(`permissions.http: "${grant}" ${wrong}`);
  }
  const sorted = <Name extends string>(names: readonly Name[]): Name[] => [...new Set(names)].sort();
  return {
    ...(machines ? { machines: { select: machines.select.trim(), actions: sorted(machines.actions) } } : {}),
    ...(http ? { http: sorted(http) } : {}),
    ...(secrets ? { secrets: sorted(secrets) } : {}),
    ...(variables ? { variables: sorted(variables) } : {}),
    ...(jobs ? { jobs: sorted(jobs) } : {}),
  };
}

function limitsOf({ timeout, cpu, ...counts }: NonNullable<Declared["limits"]>): Limits {
  const limits: Limits = { ...DEFAULT_LIMITS, ...counts };
  if (timeout !== undefined) limits.timeoutMs = parseDuration(timeout);
  if (cpu !== undefined) limits.cpuMs = parseDuration(cpu);
  for (const name of Object.keys(limits) as (keyof Limits)[]) {
    if (limits[name] > MAX_LIMITS[name]) throw new Problem(`limits: ${name} is ${limits[name]}; at most ${MAX_LIMITS[name]} is allowed`);
  }
  if (limits.timeoutMs === 0 || limits.cpuMs === 0) throw new Problem("limits: timeout and cpu must be above zero");
  return limits;
}

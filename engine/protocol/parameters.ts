import { RunwrightError } from "../core/errors.ts";
import { MAX_JSON_DEPTH, nestsTooDeep } from "../core/json.ts";
import type { JsonSchema } from "../core/manifest.ts";
import { type SchemaErrors, SchemaTooCostly, schemaErrors } from "./schema-check.ts";

const MAX_BYTES = 512 * 1024; // as Azure Automation's limit for all parameters of a job
const MAX_ERRORS_TOLD = 20;

export interface FieldError {
  /** JSON Pointer of the field, such as `/targets/0`. */
  field: string;
  message: string;
}

/**
 * Fills in defaults and checks the parameters of a job before the job exists.
 * @param schema JSON Schema of an object, from the runbook's manifest
 * @returns the parameters that the runbook will see
 * @throws PARAMETERS_INVALID whose details are FieldError[]; TOO_LARGE
 */
export const validateParameters = (runbook: string, schema: JsonSchema, given: unknown): Record<string, unknown> =>
  checkAgainst(`parameters of ${runbook}`, schema, given);

/**
 * The same for any object that someone fills in.
 * @param what in words, for the error
 * @throws PARAMETERS_INVALID, TOO_LARGE
 */
export function checkAgainst(what: string, schema: JsonSchema, given: unknown): Record<string, unknown> {
  const params = given ?? {};
  if (!isObject(params)) throw invalid(what, [{ field: "", message: "must be an object" }]);
  if (nestsTooDeep(textOf(what, params))) throw invalid(what, [{ field: "", message: `nest deeper than ${MAX_JSON_DEPTH} levels` }]);

  const errors = unknownFields(schema, params);
  const filled = withDefaults(schema, params) as Record<string, unknown>;
  errors.push(...fieldErrors(schema, filled));
  if (errors.length > 0) throw invalid(what, errors.slice(0, MAX_ERRORS_TOLD));
  return filled;
}

/**
 * One member after the other: a webhook's map may name the same large body thousands of times, and the text of all of it would end the engine.
 * @throws TOO_LARGE
 */
function textOf(what: string, params: Record<string, unknown>): string {
  const members: string[] = [];
  let size = 2;
  for (const [name, value] of Object.entries(params)) {
    const text = JSON.stringify(value);
    if (text === undefined) continue;
    const member = `${JSON.stringify(name)}:${text}`;
    size += Buffer.byteLength(member) + (members.length > 0 ? 1 : 0);
    if (size > MAX_BYTES)
      throw new RunwrightError("TOO_LARGE", `${what} take more than the ${MAX_BYTES} bytes that are allowed; pass a reference to large data instead`);
    members.push(member);
  }
  return `{${members.join(",")}}`;
}

function invalid(what: string, errors: FieldError[]): RunwrightError {
  const told = errors.map((error) => `${error.field || "parameters"} ${error.message}`).join("; ");
  return new RunwrightError("PARAMETERS_INVALID", `${what}: ${told}`, { details: errors });
}

/** JSON Schema lets unknown members pass; an operator who misspelt one wants to know. */
function unknownFields(schema: JsonSchema, params: Record<string, unknown>): FieldError[] {
  if (schema.additionalProperties !== undefined || schema.patternProperties !== undefined || !isObject(schema.properties)) return [];
  const known = Object.keys(schema.properties);
  return Object.keys(params)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field: `/${name}`,
      message: known.length > 0 ? `is not a parameter; known are ${known.join(", ")}` : "is not a parameter; there are none",
    }));
}

function fieldErrors(schema: JsonSchema, params: Record<string, unknown>): FieldError[] {
  try {
    return readable(schemaErrors(schema, params));
  } catch (error) {
    if (!(error instanceof SchemaTooCostly)) throw error;
    return [{ field: "", message: `can't be checked against the runbook's schema: ${error.message}; its author must make its patterns simpler` }];
  }
}

function readable(found: SchemaErrors): FieldError[] {
  return found.flatMap((error) => {
    if (error.keyword === "boolean") return []; // told again by the keyword that holds it
    const missing = "requiredProperties" in error.params && Array.isArray(error.params.requiredProperties) ? error.params.requiredProperties : null;
    if (missing) return missing.map((name) => ({ field: `${error.instancePath}/${name}`, message: "is required" }));
    return [{ field: error.instancePath, message: error.message }];
  });
}

function withDefaults(schema: unknown, value: unknown): unknown {
  if (!isObject(schema)) return value;
  if (value === undefined) return "default" in schema ? structuredClone(schema.default) : undefined;
  if (!isObject(value) || !isObject(schema.properties)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, member] of Object.entries(schema.properties)) {
    const next = withDefaults(member, Object.hasOwn(value, name) ? value[name] : undefined);
    if (next !== undefined) filled[name] = next;
  }
  return filled;
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

import type { TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { pointerPart } from "../../core/pointer.ts";
import type { DocumentProblem } from "../../core/resource.ts";
import { isRecord, notKnown } from "../../core/schedule/problem.ts";
import { type SchemaErrors, SchemaTooCostly, schemaErrors } from "../schema-check.ts";

const MOST_TOLD = 20;
/** Kinds are few, and their schemas ours: none takes longer than a value is long. What fits, as nearly all does, needs no watching then. */
const compiled = new WeakMap<TSchema, Validator>();

function fits(schema: TSchema, value: unknown): boolean {
  const validator = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, validator);
  return validator.Check(value);
}

/** What of a value doesn't fit the schema of its kind, in words: a misspelt key with the one that was probably meant. Empty: it fits. */
export function shapeProblems(schema: TSchema, value: unknown): DocumentProblem[] {
  if (fits(schema, value)) return [];
  let found: SchemaErrors;
  try {
    found = schemaErrors(schema as Record<string, unknown>, value);
  } catch (error) {
    if (!(error instanceof SchemaTooCostly)) throw error;
    return [{ path: "", message: `can't be checked: ${error.message}` }];
  }
  const problems = found.flatMap(({ keyword, instancePath, message, params }) => {
    const given: Readonly<Record<string, unknown>> = { ...params };
    if (keyword === "additionalProperties" || keyword === "unevaluatedProperties") {
      const names = [given.additionalProperties ?? given.unevaluatedProperties].flat().map(String);
      const known = Object.keys(propertiesAt(schema, instancePath));
      return names.map((name) => ({
        path: instancePath + pointerPart(name),
        message: known.length > 0 ? notKnown(name, known) : `"${name}" isn't known here`,
      }));
    }
    if (keyword === "required") return [given.requiredProperties].flat().map((name) => ({ path: instancePath, message: `must have ${name}` }));
    if (keyword === "boolean") return []; // told again by the keyword that holds it
    if (Array.isArray(given.allowedValues)) return [{ path: instancePath, message: `must be one of ${given.allowedValues.join(", ")}` }];
    return [{ path: instancePath, message }];
  });
  return withoutAlternatives(problems).slice(0, MOST_TOLD);
}

/** Of a union each alternative tells what it misses: what lies deeper says more than what lies above it. */
function withoutAlternatives(problems: readonly DocumentProblem[]): DocumentProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path}\n${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return !(message.includes("anyOf") && problems.some((other) => other.path !== path && other.path.startsWith(path)));
  });
}

/** The properties that the schema knows where the pointer leads; of a union those of all its members. */
function propertiesAt(schema: unknown, pointer: string): Record<string, unknown> {
  const alternatives = (one: unknown): unknown[] => (isRecord(one) && Array.isArray(one.anyOf) ? one.anyOf.flatMap(alternatives) : [one]);
  let places = alternatives(schema);
  for (const part of pointer.split("/").slice(1)) {
    places = places.flatMap((place) => {
      if (!isRecord(place)) return [];
      const next = isRecord(place.properties) && Object.hasOwn(place.properties, part) ? place.properties[part] : place.items;
      return next === undefined ? [] : alternatives(next);
    });
  }
  return Object.assign({}, ...places.map((place) => (isRecord(place) && isRecord(place.properties) ? place.properties : {})));
}

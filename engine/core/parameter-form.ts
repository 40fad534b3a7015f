import type { JsonSchema } from "./manifest.ts";

/** One parameter of a runbook as a form asks for it. */
export interface Field {
  name: string;
  description: string;
  required: boolean;
  /** Absent: it has none. */
  otherwise?: unknown;
  /** Absent: anything that `read` takes. */
  choices?: readonly unknown[];
  /** Holds what its schema calls secret, however deep: it is neither shown nor kept. */
  secret: boolean;
  /** What a person reads of its type, such as `whole number`. */
  takes: string;
  /** @returns the value, or what is wrong with the text */
  read(text: string): { value: unknown } | { problem: string };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields of a runbook's parameters, in their order. What the schema says beyond that is the engine's to check; so are patterns: an author's can take forever, and here nothing would end them. */
export function fieldsOf(schema: unknown): Field[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => fieldOf(name, isObject(property) ? property : {}, required.includes(name), schema));
}

function fieldOf(name: string, schema: JsonSchema, isRequired: boolean, whole: JsonSchema): Field {
  const choices = choicesOf(schema);
  const hasDefault = "default" in schema;
  return {
    name,
    description: typeof schema.description === "string" ? schema.description : "",
    required: isRequired && !hasDefault,
    secret: holdsSecret(schema, whole),
    ...(hasDefault ? { otherwise: schema.default } : {}),
    ...(choices ? { choices } : {}),
    ...readerOf(schema),
  };
}

/** Looks through all of a schema; what it refers to lies among the definitions of the whole. */
function holdsSecret(schema: JsonSchema, { $defs, definitions }: JsonSchema): boolean {
  const waiting: unknown[] = [schema];
  const seen = new Set<unknown>();
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (typeof one !== "object" || one === null || seen.has(one)) continue;
    seen.add(one);
    const { writeOnly, format, $ref }: { writeOnly?: unknown; format?: unknown; $ref?: unknown } = one;
    if (writeOnly === true || format === "password") return true;
    waiting.push(...Object.values(one).filter((value) => value !== undefined), ...($ref === undefined ? [] : [$defs ?? null, definitions ?? null]));
  }
  return false;
}

function choicesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if (Array.isArray(schema.enum)) return schema.enum;
  if (schema.type === "boolean") return [true, false];
  const { anyOf } = schema;
  const isLiterals = Array.isArray(anyOf) && anyOf.length > 0 && anyOf.every((one) => isObject(one) && "const" in one);
  return isLiterals ? anyOf.map((one) => Object(one).const) : undefined;
}

function readerOf(schema: JsonSchema): Pick<Field, "takes" | "read"> {
  if (schema.type === "string") return { takes: takesText(schema), read: (text) => textIn(text, schema) };
  if (schema.type === "integer" || schema.type === "number") {
    const isWhole = schema.type === "integer";
    return { takes: `${isWhole ? "whole number" : "number"}${rangeOf(schema)}`, read: (text) => numberIn(text, isWhole, schema) };
  }
  return { takes: typeof schema.type === "string" ? `${schema.type}, as JSON` : "JSON", read: jsonIn };
}

const takesText = ({ format, pattern }: JsonSchema): string =>
  `text${typeof format === "string" ? `, ${format}` : ""}${typeof pattern === "string" ? `, matching ${pattern}` : ""}`;
const rangeOf = ({ minimum, maximum }: JsonSchema): string =>
  [...(typeof minimum === "number" ? [`from ${minimum}`] : []), ...(typeof maximum === "number" ? [`up to ${maximum}`] : [])].map((one) => `, ${one}`).join("");

function textIn(text: string, { minLength, maxLength }: JsonSchema): ReturnType<Field["read"]> {
  const length = [...text].length;
  if (typeof minLength === "number" && length < minLength) return { problem: `It must have at least ${minLength} characters.` };
  if (typeof maxLength === "number" && length > maxLength) return { problem: `It may have at most ${maxLength} characters.` };
  return { value: text };
}

function numberIn(text: string, isWhole: boolean, { minimum, maximum }: JsonSchema): ReturnType<Field["read"]> {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || (isWhole && !Number.isInteger(value))) return { problem: `It must be a ${isWhole ? "whole " : ""}number.` };
  if (typeof minimum === "number" && value < minimum) return { problem: `It must be at least ${minimum}.` };
  if (typeof maximum === "number" && value > maximum) return { problem: `It must be at most ${maximum}.` };
  return { value };
}

function jsonIn(text: string): ReturnType<Field["read"]> {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'It must be JSON, such as ["a"] or {"b": 1}.' }; // what V8 says repeats the text, which may be secret
  }
}

export type Values = Readonly<Record<string, unknown>>;

/** Values of the last time that the runbook still takes. */
export function rememberedValues(fields: readonly Field[], stored: unknown): Values {
  if (!isObject(stored)) return {};
  const fits = ({ name, secret, choices }: Field) =>
    !secret && Object.hasOwn(stored, name) && (choices === undefined || choices.some((one) => JSON.stringify(one) === JSON.stringify(stored[name])));
  return Object.fromEntries(fields.filter(fits).map(({ name }) => [name, stored[name]]));
}

/** What may be kept for the next time. */
export const valuesToKeep = (fields: readonly Field[], values: Values): Values =>
  Object.fromEntries(fields.filter(({ name, secret }) => !secret && Object.hasOwn(values, name)).map(({ name }) => [name, values[name]]));

export function shownValue({ name, secret, otherwise, required }: Field, values: Values): string {
  const shown = (value: unknown) => (secret ? "••••••" : (JSON.stringify(value) ?? ""));
  if (Object.hasOwn(values, name)) return shown(values[name]);
  if (otherwise !== undefined) return `${shown(otherwise)} (default)`;
  return required ? "(needed)" : "(none)";
}

export const missingFields = (fields: readonly Field[], values: Values): string[] =>
  fields.filter(({ name, required }) => required && !Object.hasOwn(values, name)).map(({ name }) => name);

/** As it stands in a box, for `read` to take it again. */
export function fieldText(field: Field, value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" && field.takes.startsWith("text") ? value : JSON.stringify(value);
}

import { type Field, fieldsOf, fieldText, rememberedValues, valuesToKeep } from "../../core/parameter-form.ts";

/** Texts as they stand in the boxes of a form, by parameter; an empty one means: not given. */
export type Texts = Readonly<Record<string, string>>;

export type Filled = { params: Record<string, unknown> } | { problems: Readonly<Record<string, string>> };

/** What a schema without fields is filled in by: all parameters as JSON. */
const WHOLE: Field = {
  name: "Parameters",
  description: "All of them, as JSON",
  required: false,
  secret: false,
  takes: "object, as JSON",
  read(text) {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null && !Array.isArray(value) ? { value } : { problem: "It must be a JSON object." };
    } catch {
      return { problem: 'It must be JSON, such as {"name": "Ada"}.' };
    }
  },
};

/** The fields of a runbook's form. `one`: the runbook's parameters aren't told by name, so all of them are one JSON value. */
export function formOf(schema: unknown): { fields: readonly Field[]; shape: "each" | "one" | "none" } {
  const fields = fieldsOf(schema);
  if (fields.length > 0) return { fields, shape: "each" };
  const isClosed = typeof schema === "object" && schema !== null && "properties" in schema;
  return isClosed ? { fields: [], shape: "none" } : { fields: [WHOLE], shape: "one" };
}

/** @param stored what was kept the last time */
export function textsAtFirst(fields: readonly Field[], stored: unknown): Texts {
  const remembered = rememberedValues(fields, stored);
  return Object.fromEntries(fields.map((field) => [field.name, Object.hasOwn(remembered, field.name) ? textOf(field, remembered[field.name]) : ""]));
}

const textOf = (field: Field, value: unknown): string => (field.choices ? choiceText(value) : fieldText(field, value));

export function fill({ fields, shape }: ReturnType<typeof formOf>, texts: Texts): Filled {
  const params: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const { name, required, choices, read } of fields) {
    const text = texts[name] ?? "";
    if (text === "") {
      if (required) problems[name] = "It is needed.";
      continue;
    }
    // A choice stands in its box as JSON, whatever its type is.
    const found = choices ? { value: choices.find((choice) => JSON.stringify(choice) === text) } : read(text);
    if ("problem" in found) problems[name] = found.problem;
    else if (found.value === undefined) problems[name] = "It is none of the choices.";
    else params[name] = found.value;
  }
  if (Object.keys(problems).length > 0) return { problems };
  return { params: shape === "one" ? { ...(params[WHOLE.name] ?? {}) } : params };
}

/** What is kept for the next time: never a secret, nor parameters that might hold one unseen. */
export const keepable = ({ fields, shape }: ReturnType<typeof formOf>, params: Readonly<Record<string, unknown>>): unknown =>
  shape === "each" ? valuesToKeep(fields, params) : {};

/** As a choice stands in its box. */
export const choiceText = (choice: unknown): string => JSON.stringify(choice) ?? "";

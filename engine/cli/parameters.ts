/** A parameter of a runbook, as a person reads it. */
export interface ShownParameter {
  name: string;
  /** Such as `integer, minimum 1`. */
  takes: string;
  /** The value that it has when none is given; `(required)` when one must be. */
  otherwise: string;
  description: string;
}

/** @param schema JSON Schema of an object: what a manifest says a runbook takes */
export function parametersOf(schema: unknown): ShownParameter[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => {
    const { type, enum: values, const: only, default: otherwise, description, ...rules } = isObject(property) ? property : {};
    const kind = Array.isArray(values)
      ? values.map((one) => JSON.stringify(one)).join(" | ")
      : only !== undefined
        ? JSON.stringify(only)
        : (type ?? choices(rules));
    const told = Object.entries(rules).filter(([, value]) => typeof value !== "object");
    return {
      name,
      takes: [kind, ...told.map(([rule, value]) => `${rule} ${value}`)].join(", "),
      otherwise: otherwise !== undefined ? JSON.stringify(otherwise) : required.includes(name) ? "(required)" : "",
      description: typeof description === "string" ? description : "",
    };
  });
}

/** A union of literals lists them; anything else is seen with --json. */
function choices({ anyOf }: Record<string, unknown>): string {
  const values = Array.isArray(anyOf) ? anyOf.map((one) => (isObject(one) && one.const !== undefined ? JSON.stringify(one.const) : "")) : [];
  return values.length > 0 && values.every((one) => one !== "") ? values.join(" | ") : "see --json";
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

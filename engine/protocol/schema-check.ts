import { createContext, Script } from "node:vm";
import { Errors } from "typebox/schema";

/** How long a value may be looked at, milliseconds. What runs meanwhile waits for it. */
const PATIENCE_MS = 250;
const PLAIN_CHARS = 8_192;

/** Keywords whose cost grows with the value and no faster. The others can be written so that a short value takes for ever: `^(a+)+$` is enough. */
const PLAIN = new Set(
  "type properties required additionalProperties items const enum default title description minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems".split(
    " ",
  ),
);

let watcher: { context: { look?: () => void }; script: Script } | undefined;

export type SchemaErrors = ReturnType<typeof Errors>[1];

/**
 * What of a value doesn't fit a schema; nothing: it fits. Both come from outside, and this process serves others too: a check that takes too long is ended.
 * @throws SchemaTooCostly
 */
export function schemaErrors(schema: Record<string, unknown>, value: unknown): SchemaErrors {
  let found: SchemaErrors = [];
  const look = () => {
    [, found] = Errors(schema, value);
  };
  // Watching a check costs more than most checks do.
  if (isPlain(schema) && sizeOf(schema) + sizeOf(value) <= PLAIN_CHARS) look();
  else watched(look);
  return found;
}

/** A schema that takes too long for this value, or that refers to itself without end. */
export class SchemaTooCostly extends Error {
  override readonly name = "SchemaTooCostly";
}

function watched(look: () => void): void {
  watcher ??= { context: createContext({}), script: new Script("look()") };
  const { context, script } = watcher;
  try {
    context.look = look;
    // The time limit of a script holds for what it calls, too: regular expressions included.
    script.runInContext(context, { timeout: PATIENCE_MS });
  } catch (cause) {
    // The error is one of the script's context: no instance of ours.
    const isOver = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    if (isOver) throw new SchemaTooCostly(`checking it takes longer than ${PATIENCE_MS} ms`, { cause });
    if (cause instanceof RangeError) throw new SchemaTooCostly("checking it doesn't end", { cause });
    throw cause;
  } finally {
    delete context.look;
  }
}

const sizeOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0;

function isPlain(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return true;
  return Object.entries(schema).every(([keyword, value]) => {
    if (keyword === "properties") return Object.values(Object(value)).every(isPlain);
    if (keyword === "items" || keyword === "additionalProperties") return isPlain(value);
    return PLAIN.has(keyword);
  });
}

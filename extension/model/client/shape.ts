import { RunwrightError } from "../../../engine/core/errors.ts";

type Word = "string" | "number" | "boolean" | "object" | "array";
/** Members that the extension relies on; `?` may be null or missing. Others pass unseen. */
export type Shape<Value> = { readonly [Member in keyof Value]?: Word | `${Word}?` };

/**
 * What came over the network, as what it claims to be: a proxy's page, another program or a damaged answer is told as such instead of as a TypeError somewhere.
 * @param what for people, such as `job`
 * @throws NOT_AN_ENGINE
 */
export function shaped<Value>(value: unknown, shape: Shape<Value>, what: string): Value {
  const fault = faultOf(value, shape);
  if (fault !== undefined) throw garbage(`${what} ${fault}`);
  // Proven above for all members that are used.
  return value as Value;
}

/** For where one thing that is wrong doesn't spoil the others. */
export const isShaped = <Value>(value: unknown, shape: Shape<Value>): value is Value => faultOf(value, shape) === undefined;

function faultOf<Value>(value: unknown, shape: Shape<Value>): string | undefined {
  if (!isObject(value)) return "isn't an object";
  for (const [member, word] of Object.entries<string | undefined>(shape)) {
    if (word === undefined) continue;
    const found = value[member];
    const isOptional = word.endsWith("?");
    if (isOptional && (found === undefined || found === null)) continue;
    const expected = isOptional ? word.slice(0, -1) : word;
    if (wordOf(found) !== expected) return `has ${found === undefined ? "no" : "a wrong"} ${member}`;
  }
  return undefined;
}

export const garbage = (what: string) =>
  new RunwrightError(
    "NOT_AN_ENGINE",
    `what answers at this address isn't a Runwright engine, or something on the way has changed its answer (${what}); check the address`,
  );

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const wordOf = (value: unknown): string => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

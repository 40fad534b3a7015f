import { isSameJson, type Json } from "./json.ts";

/**
 * The value that a JSON Pointer (RFC 6901) names, such as `/body/pull_request/number`; undefined when there is none. Only a value's own members count:
 * whoever sends a document reaches nothing else with it.
 */
export function atPointer(document: Json, pointer: string): Json | undefined {
  if (pointer === "") return document;
  let value: Json | undefined = document;
  for (const part of pointer.slice(1).split("/").map(unescaped)) {
    if (value === null || typeof value !== "object") return undefined;
    if (Array.isArray(value)) {
      value = /^(0|[1-9]\d{0,8})$/.test(part) ? value[Number(part)] : undefined;
    } else value = Object.hasOwn(value, part) ? (value as Readonly<Record<string, Json>>)[part] : undefined;
  }
  return value;
}

/** `""`, or `/` before each part, with `~0` for `~` and `~1` for `/`. */
export const JSON_POINTER = /^(\/([^~/]|~[01])*)*$/;
const unescaped = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** One part of a pointer, escaped. */
export const pointerPart = (key: string | number): string => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** What a document must be like for a trigger to fire: all of its members hold. */
export interface Condition {
  /** JSON Pointer. */
  at: string;
  equals?: Json;
  /** One of these. */
  in?: readonly Json[];
  startsWith?: string;
  /** Whether there is such a value at all; null counts as one. */
  exists?: boolean;
}

/** @returns the first condition that doesn't hold, in words; undefined: all do */
export function firstUnmet(document: Json, conditions: readonly Condition[]): string | undefined {
  for (const condition of conditions) {
    const value = atPointer(document, condition.at);
    const same = (wanted: Json) => value !== undefined && isSameJson(wanted, value);
    const { equals, in: several, startsWith, exists, at } = condition;
    if (exists !== undefined && (value !== undefined) !== exists) return `${at} ${exists ? "isn't there" : "is there"}`;
    if (equals !== undefined && !same(equals)) return `${at} isn't ${JSON.stringify(equals)}`;
    if (several !== undefined && !several.some(same)) return `${at} is none of ${JSON.stringify(several)}`;
    if (startsWith !== undefined && !(typeof value === "string" && value.startsWith(startsWith)))
      return `${at} doesn't begin with ${JSON.stringify(startsWith)}`;
  }
  return undefined;
}

/** Parameters of a run: what is mapped from a document, then what is fixed. What a pointer doesn't find is left out. */
export function mappedParameters(document: Json, map: Readonly<Record<string, string>>, fixed: Readonly<Record<string, Json>>): Record<string, Json> {
  const found = Object.entries(map).flatMap(([name, pointer]) => {
    const value = atPointer(document, pointer);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(found), ...fixed };
}

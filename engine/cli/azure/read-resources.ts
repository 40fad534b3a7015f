import { RunwrightError } from "../../core/errors.ts";
import { isRecord } from "../../core/schedule/problem.ts";

/** One resource of the file, without members that are null: Azure writes those for what isn't set. */
export type AzureResource = Record<string, unknown>;

export interface ReadResources {
  resources: AzureResource[];
  /** The file is one page of a list: Azure has more. */
  hasMore: boolean;
}

const DEEPEST = 50;

/** One resource, a list of them, `{ value: [...] }`, or a list of such pages. @throws BAD_REQUEST */
export function readResources(text: string, shown: string): ReadResources {
  const root = withoutNulls(parsed(text, shown), shown, 0);
  const pages = Array.isArray(root) ? root : [root];
  const resources: AzureResource[] = [];
  let hasMore = false;
  for (const one of pages) {
    if (!isRecord(one)) throw new RunwrightError("BAD_REQUEST", `${shown} doesn't hold resources of Azure, but ${describe(one)}; ${HOW}`);
    if (isRecord(one.error) && one.properties === undefined)
      throw new RunwrightError(
        "BAD_REQUEST",
        `${shown} holds an error that Azure has answered with, not a configuration: ${String(one.error.message ?? one.error.code)}`,
      );
    if (!("value" in one) || "properties" in one) resources.push(one);
    else if (!Array.isArray(one.value) || !one.value.every(isRecord))
      throw new RunwrightError("BAD_REQUEST", `${shown}: value must be a list of resources; ${HOW}`);
    else {
      resources.push(...one.value);
      hasMore ||= typeof one.nextLink === "string" && one.nextLink !== "";
    }
  }
  if (resources.length === 0) throw new RunwrightError("BAD_REQUEST", `${shown} holds no resource; ${HOW}`);
  return { resources, hasMore };
}

const HOW = "docs/azure.md says how to get them";
const describe = (value: unknown): string => (value === undefined ? "null" : Array.isArray(value) ? "a list of lists" : `a ${typeof value}`);

function parsed(text: string, shown: string): unknown {
  if (text.trim() === "") throw new RunwrightError("BAD_REQUEST", `${shown} is empty; ${HOW}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    const [, position] = /at position (\d+)/.exec(reason) ?? [];
    if (/end of JSON|Unterminated/i.test(reason) || Number(position) >= text.trimEnd().length)
      throw new RunwrightError("BAD_REQUEST", `${shown} ends in the middle of its JSON: it was cut off; get it again`, { cause });
    // The parser quotes the text around it, which may be long.
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(reason) ?? [];
    throw new RunwrightError("BAD_REQUEST", `${shown}${line === undefined ? "" : `:${line}:${column}`}: isn't JSON; ${HOW}`, { cause });
  }
}

function withoutNulls(value: unknown, shown: string, depth: number): unknown {
  if (depth > DEEPEST) throw new RunwrightError("BAD_REQUEST", `${shown} nests deeper than ${DEEPEST} levels, as no resource of Azure does`);
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((one) => withoutNulls(one, shown, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const kept = withoutNulls(one, shown, depth + 1);
      return kept === undefined ? [] : [[key, kept]];
    }),
  );
}

import type { TestEvent } from "../../../engine/protocol/test-events.ts";

type Word = "string" | "number" | "object" | "array";
/** Members on which we rely, of each event that we know. */
const EVENTS: { readonly [Type in TestEvent["type"]]: Readonly<Record<string, Word>> } = {
  start: { files: "array" },
  began: { file: "string", path: "array", line: "number" },
  test: { file: "string", path: "array", line: "number", result: "string" },
  output: { file: "string", text: "string" },
  broken: { file: "string", error: "object" },
  debugger: { file: "string", url: "string" },
  coverage: { file: "string", lines: "array", covered: "number", total: "number" },
  end: { passed: "number", failed: "number" },
};

/** One line of what `runwright runbook test --reporter json` prints. @returns undefined for what isn't an event, or one that a newer `runwright` has */
export function testEventIn(line: string): TestEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined; // a program of the workspace has written to the same place
  }
  const { type } = Object(event);
  if (typeof type !== "string" || !Object.hasOwn(EVENTS, type)) return undefined;
  const shape = EVENTS[type as TestEvent["type"]];
  const isWhole = Object.entries(shape).every(([member, word]) => wordOf(Object(event)[member]) === word);
  // Proven above for what is used.
  return isWhole ? (event as TestEvent) : undefined;
}

const wordOf = (value: unknown): string => (Array.isArray(value) ? "array" : typeof value);

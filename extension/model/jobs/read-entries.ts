import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";
import { isShaped, type Shape } from "../client/shape.ts";

const COMMON = { seq: "number", at: "string" } as const;
const KINDS: Readonly<Record<string, Shape<Record<string, unknown>>>> = {
  output: COMMON,
  log: { ...COMMON, level: "string", message: "string" },
  progress: { ...COMMON, fraction: "number", message: "string?" },
};

/** Entries of a stream as they came over the network. What isn't understood is left out: a newer engine may write more. */
export const readEntries = (values: readonly unknown[]): StreamedEntry[] => values.filter(isEntry);

function isEntry(value: unknown): value is StreamedEntry {
  const { kind } = Object(value);
  const shape = typeof kind === "string" && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  return shape !== undefined && isShaped(value, shape);
}

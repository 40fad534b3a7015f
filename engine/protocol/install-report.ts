import { Type } from "typebox";
import { Compile } from "typebox/compile";
import type { InstallReport } from "../core/install.ts";
import { InstallReportSchema, installReport } from "./agent.ts";

const { updates, ...rest } = InstallReportSchema.properties;
const oneUpdate = Compile(updates.items);
const outline = Compile(Type.Object({ updates: Type.Array(Type.Unknown(), { maxItems: 20_000 }) }));
/** What is known of a report that doesn't say so. */
const UNKNOWN: Omit<InstallReport, "updates"> = { packageManager: "", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "" };
const FIELDS = Object.keys(UNKNOWN).map((name) => [name, Compile(rest[name as keyof typeof rest])] as const);
/** Of the schema. */
const [WORD, SENTENCE] = [256, 4_096];

/**
 * What an agent answers to `install`, as far as it can be understood: one odd word must not lose what became of a hundred updates. Words that are too long are cut, what isn't an update
 * is left out, and a member that isn't what it should be counts as not told.
 * @returns undefined when it tells of no update
 */
export function readInstallReport(value: unknown): InstallReport | undefined {
  if (installReport.Check(value)) return value;
  if (!outline.Check(value)) return undefined;
  const given = value as Record<string, unknown>;
  const told = FIELDS.flatMap(([name, field]) => {
    const found = cut(given[name], SENTENCE);
    return field.Check(found) ? [[name, found] as const] : [];
  });
  const understood = value.updates.map(cutUpdate).filter((update) => oneUpdate.Check(update));
  const report: unknown = { ...UNKNOWN, ...Object.fromEntries(told), updates: understood };
  return understood.length > 0 && installReport.Check(report) ? report : undefined;
}

function cutUpdate(update: unknown): unknown {
  if (typeof update !== "object" || update === null) return update;
  return Object.fromEntries(Object.entries(update).map(([name, value]) => [name, cut(value, name === "message" ? SENTENCE : WORD)]));
}

function cut(value: unknown, length: number): unknown {
  if (typeof value === "string") return value.slice(0, length);
  return Array.isArray(value) ? value.slice(0, 100).map((one) => cut(one, length)) : value;
}

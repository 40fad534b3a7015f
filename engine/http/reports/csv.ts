import type { MachineFigures } from "../../core/compliance/report.ts";
import { toTimeOrNull } from "../../protocol/http/shapes.ts";

const COLUMNS = [
  ...(["machine", "scope", "compliance", "missing", "critical", "security", "overdue"] as const),
  ...(["rebootPending", "bucket", "oldestSecurityFirstSeenAt", "assessedAt"] as const),
] as const satisfies readonly (keyof MachineFigures)[];

/** RFC 4180: a row for each machine. */
export const machinesCsv = (machines: readonly MachineFigures[]): string =>
  [COLUMNS.join(","), ...machines.map((machine) => COLUMNS.map((column) => cellOf(cellValue(machine, column))).join(","))]
    .map((line) => `${line}\r\n`)
    .join("");

const cellValue = (machine: MachineFigures, column: (typeof COLUMNS)[number]): string | number | boolean | null =>
  column === "oldestSecurityFirstSeenAt" || column === "assessedAt" ? toTimeOrNull(machine[column]) : machine[column];

/** A cell that begins like a formula would be one in a spreadsheet: it gets an apostrophe before it. */
function cellOf(value: string | number | boolean | null): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Row } from "./main.ts";

const FILE = join(import.meta.dirname, "../../docs/performance.md");
const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

/** Replaces the table between the marks in docs/performance.md. */
export async function writePerformance(rows: readonly Row[], measuredOn: string): Promise<void> {
  const text = await readFile(FILE, "utf8");
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${FILE} lacks the marks ${BEGIN} and ${END}`);
  const lines = rows.map(
    (row) => `| ${row.what} | ${row.figure} | ${row.floor} | ${row.ratio} | ${row.goal} | ${row.reached === null ? "" : row.reached ? "yes" : "no"} |`,
  );
  const table = ["| What | Figure | Floor, same run | Ratio | Goal | Reached |", "|---|---|---|---|---|---|", ...lines].join("\n");
  await writeFile(FILE, `${text.slice(0, before)}${BEGIN}\nMeasured on ${measuredOn}.\n\n${table}\n${text.slice(after)}`);
}

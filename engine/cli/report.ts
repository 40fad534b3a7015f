import { writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import type { Command } from "commander";
import type { ComplianceReport } from "../core/compliance/report.ts";
import { RunwrightError } from "../core/errors.ts";
import { REPORT_FORMATS, type ReportFormat } from "../protocol/http/reports.ts";
import { type Context, withClient } from "./command.ts";
import { oneOf, wholeNumberWithin } from "./options.ts";
import { reportText } from "./report-text.ts";

interface ReportOptions {
  format?: ReportFormat;
  days?: number;
  out?: string;
  json?: boolean;
}

const PATH = "/api/v1/reports/compliance";

export function addReport(program: Command, context: Context): void {
  const { terminal, cwd, signal } = context;
  const report = program.command("report").description("Reports to hand on");
  report
    .command("compliance [selector]")
    .description("How machines comply: by scope, classification and age, what is overdue, installs, trend; a selector such as scope=/prod chooses machines")
    .option("--format <name>", `${REPORT_FORMATS.join(", ")}; default: what --out ends with, else a summary`, oneOf(REPORT_FORMATS))
    .option("--days <number>", "the last so many, for installs and the trend; default 30", wholeNumberWithin({ lowest: 1, highest: 180 }))
    .option("--out <file>", "write it there instead of printing it")
    .option("--json", "print JSON")
    .action((selector: string | undefined, { format, days, out, json }: ReportOptions) =>
      withClient(context, async (client) => {
        const wanted = format ?? (json ? "json" : formatOf(out));
        const query = { selector, days, ...(wanted === undefined ? {} : { format: wanted }) };
        if (wanted === undefined) {
          for (const line of reportText(await client.request<ComplianceReport>("GET", PATH, { query, signal }), terminal)) terminal.print(line);
          return;
        }
        const text =
          wanted === "json" ? `${JSON.stringify(await client.request("GET", PATH, { query, signal }), null, 2)}\n` : await client.text(PATH, { query, signal });
        if (out === undefined) return terminal.print(text.trimEnd());
        await writeFile(resolve(cwd, out), text);
        if (json) terminal.printJson({ file: out, format: wanted });
        else terminal.note(`wrote ${out}`);
      }),
    );
}

/** @throws BAD_REQUEST for a file of which nobody can tell */
function formatOf(out: string | undefined): ReportFormat | undefined {
  if (out === undefined) return undefined;
  const ending = extname(out).slice(1).toLowerCase();
  const found = REPORT_FORMATS.find((format) => format === ending || (format === "html" && ending === "htm"));
  if (found === undefined) throw new RunwrightError("BAD_REQUEST", `${out} doesn't end with .json, .csv or .html; say which with --format`);
  return found;
}

import type { Command } from "commander";
import { CLASSIFICATIONS, SEVERITIES } from "../core/update.ts";
import { VERDICTS } from "../core/update-policy.ts";
import type { Update } from "../protocol/http/machines.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { cveNumber, oneOf, wholeNumber } from "./options.ts";
import { relativeTime } from "./terminal.ts";

interface ListOptions {
  machine?: string;
  classification?: string;
  severity?: string;
  cve?: string;
  verdict?: string;
  exploited?: boolean;
  limit: number;
  json?: boolean;
}

const URGENT = new Set<string>(["critical", "security"]);
const SEVERITY_STYLES = { critical: "red", important: "yellow", moderate: undefined, low: "gray", unspecified: "gray" } as const;

/** @param update the command `update` */
export function addUpdateList(update: Command, context: Context): void {
  update
    .command("list [selector]")
    .description('List missing updates by machine; a selector such as "os=linux tag:role=web" chooses machines')
    .option("--machine <name>", "of one machine")
    .option("--classification <name>", "critical, security, updates …", oneOf(CLASSIFICATIONS))
    .option("--severity <name>", "critical, important, moderate, low, unspecified", oneOf(SEVERITIES))
    .option("--cve <id>", "that mend this vulnerability, such as CVE-2024-3094", cveNumber)
    .option("--verdict <name>", "that policies judge so: approved, deferred, excluded …", oneOf(VERDICTS))
    .option("--exploited", "that mend what is known to be exploited")
    .option("--limit <number>", "at most so many", wholeNumber(1), 1_000)
    .option("--json", "print JSON")
    .action((selector: string | undefined, { limit, json, ...filter }: ListOptions) =>
      withClient(context, (client) =>
        listed(context, client.pages<Update>("/api/v1/updates", { selector, ...filter, limit: Math.min(limit, 500) }), {
          json: json === true,
          most: limit,
          empty: "No missing updates are known that fit; `runwright machine list` says when each machine was assessed.",
          columns: [
            { title: "machine", value: (row) => row.machine },
            { title: "update", value: (row) => row.name },
            { title: "installed", value: (row) => row.installedVersion ?? "" },
            { title: "candidate", value: (row) => row.candidateVersion },
            {
              title: "classification",
              value: (row) => row.classification + (row.held ? " (held)" : row.phased ? " (phased)" : ""),
              style: (row) => (URGENT.has(row.classification) ? "yellow" : undefined),
            },
            { title: "severity", value: severityOf, style: (row) => (row.exploitedSince ? "red" : SEVERITY_STYLES[row.severity]) },
            { title: "verdict", value: (row) => row.verdict, style: (row) => (row.verdict === "approved" ? undefined : "gray") },
            { title: "cves", value: cvesOf, spare: 2 },
            { title: "origin", value: (row) => row.origin, spare: 3 },
            { title: "first seen", value: (row) => relativeTime(row.firstSeenAt, context.now()), spare: 1 },
          ],
        }),
      ),
    );
}

const severityOf = ({ severity, exploitedSince }: Update): string =>
  `${severity === "unspecified" ? "" : severity}${exploitedSince ? `${severity === "unspecified" ? "" : ", "}exploited` : ""}`;

const cvesOf = ({ cves }: Update): string => {
  const [first, ...more] = cves;
  return first === undefined ? "" : `${first}${more.length > 0 ? ` and ${more.length} more` : ""}`;
};

import type { ComplianceReport } from "../core/compliance/report.ts";
import { counted } from "../core/counted.ts";
import { clean, type Terminal, table } from "./terminal.ts";

/** What a person reads of a report at a terminal. */
export function reportText(report: ComplianceReport, terminal: Pick<Terminal, "colour" | "isTty" | "columns">): string[] {
  const { machines, byScope, byClassification, bySecurityAge, sla, installs } = report;
  const title = `${clean(report.scopes.join(", "))}, machines ${clean(report.selector)}, ${report.at.slice(0, 16).replace("T", " ")} UTC`;
  if (machines.total === 0) return [title, "No machine matches: there is nothing to report on."];
  const ages = bySecurityAge.filter((one) => one.machines > 0).map(({ bucket, machines }) => `${machines} ${bucket}`);
  return [
    title,
    "",
    `${share(machines.compliantShare)} compliant: ${machines.byCompliance.compliant} of ${counted(machines.total, "machine")}; ${machines.byCompliance.noncompliant} noncompliant, ${machines.byCompliance.stale} stale, ${machines.byCompliance.notassessed} not assessed`,
    terminal.colour(
      sla.overdue > 0 ? "red" : "green",
      `${counted(sla.overdue, "update")} overdue on ${counted(sla.machines, "machine")}; ${sla.dueSoon} more due within 7 days`,
    ),
    `oldest missing security update, by machines: ${ages.join(", ")}`,
    `installs of ${report.days} days: ${share(installs.successShare)} succeeded on ${counted(installs.machines, "machine")}`,
    "",
    ...table(terminal, byScope, [
      { title: "scope", value: (row) => row.scope },
      { title: "compliant", value: (row) => `${row.byCompliance.compliant} of ${row.total}` },
      { title: "missing", value: (row) => row.missing },
      { title: "security", value: (row) => row.security },
      { title: "overdue", value: (row) => row.overdue },
      { title: "oldest security", value: (row) => row.oldestSecurityFirstSeenAt?.slice(0, 10) ?? "", spare: 1 },
    ]),
    ...(byClassification.length === 0
      ? []
      : [
          "",
          ...table(terminal, byClassification, [
            { title: "classification", value: (row) => row.classification },
            { title: "missing", value: (row) => row.missing },
            { title: "machines", value: (row) => row.machines },
            { title: "overdue", value: (row) => row.overdue },
          ]),
        ]),
  ];
}

const share = (value: number | null): string => (value === null ? "none" : `${Math.floor(value * 1_000) / 10} %`);

/**
 * Reports the missing updates of machines, by machine and by classification. Changes nothing: it reads what the agents have reported.
 *
 *     runwright run missing-updates -p selector="os=linux tag:role=web"
 */
import { type MachineUpdates, runbook, Type } from "runwright";

export default runbook({
  summary: "Report the missing updates of machines by classification",
  parameters: Type.Object({ selector: Type.String({ default: "all", minLength: 1, description: "Which machines, such as os=linux tag:role=web" }) }),
  permissions: { machines: { select: "all", actions: ["read"] } },
  limits: { timeout: "10m" },
  async run({ params, machines, log, output, progress }) {
    const targets = await machines.select(params.selector);
    if (targets.length === 0) log.warning(`no machine matches "${params.selector}"`);
    const rows: Row[] = [];
    for (const [i, machine] of targets.entries()) {
      const found = await machine.updates();
      const row = rowOf(machine.name, found, Date.now());
      rows.push(row);
      if (row.listsAge === null || found.compliance === "notassessed" || found.compliance === "stale") log.warning(sentence(row, found));
      else log.info(sentence(row, found));
      progress((i + 1) / targets.length, machine.name);
    }
    output({ rows, totals: totalsOf(rows) });
  },
});

interface Row {
  machine: string;
  critical: number;
  security: number;
  other: number;
  /** Of all these, how many are held back on the machine. */
  held: number;
  rebootPending: boolean;
  compliance: MachineUpdates["compliance"];
  /** Age of the machine's package lists in seconds; null: never fetched or unknown. */
  listsAge: number | null;
}

function rowOf(machine: string, { updates, rebootPending, compliance, listsUpdatedAt }: MachineUpdates, now: number): Row {
  const critical = updates.filter((update) => update.classification === "critical").length;
  const security = updates.filter((update) => update.classification === "security").length;
  return {
    machine,
    critical,
    security,
    other: updates.length - critical - security,
    held: updates.filter((update) => update.held).length,
    rebootPending,
    compliance,
    listsAge: listsUpdatedAt === null ? null : Math.max(0, Math.round((now - listsUpdatedAt) / 1_000)),
  };
}

function totalsOf(rows: readonly Row[]) {
  const sum = (key: "critical" | "security" | "other" | "held") => rows.reduce((total, row) => total + row[key], 0);
  return {
    machines: rows.length,
    critical: sum("critical"),
    security: sum("security"),
    other: sum("other"),
    held: sum("held"),
    rebootPending: rows.filter((row) => row.rebootPending).length,
    notAssessed: rows.filter((row) => row.compliance === "notassessed").length,
  };
}

function sentence(row: Row, found: MachineUpdates): string {
  if (found.compliance === "notassessed") return `${row.machine}: not assessed yet`;
  const total = row.critical + row.security + row.other;
  const parts = [`${total} missing: ${row.critical} critical, ${row.security} security, ${row.other} other`];
  if (row.held > 0) parts.push(`${row.held} held`);
  if (row.rebootPending) parts.push("reboot pending");
  parts.push(row.listsAge === null ? "package lists of unknown age" : `package lists ${age(row.listsAge)} old`);
  if (found.compliance === "stale") parts.push("the assessment is stale");
  return `${row.machine}: ${parts.join(", ")}`;
}

function age(seconds: number): string {
  if (seconds < 60) return "less than a minute";
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/**
 * Has machines fetch their package lists and report what they miss, and says how the fleet stands. Changes nothing but package lists.
 *
 *     runwright run assess -p select="tag:role=web"
 *
 * Agents report by themselves every hour or so, by the package lists that they have. This is for lists that nothing else refreshes, and for a summary at a fixed time.
 */
import { type KnownUpdate, type Machine, type MachineUpdates, runbook, Type } from "runwright";

/** Named in the output; the log has all. */
const MOST_NAMED = 200;

export default runbook({
  summary: "Refresh package lists, assess machines and report how the fleet stands",
  parameters: Type.Object({
    select: Type.String({ default: "all", minLength: 1, description: "Which machines, such as tag:role=web" }),
    refresh: Type.Boolean({ default: true, description: "Fetch package lists first" }),
    atOnce: Type.Integer({ default: 20, minimum: 1, maximum: 200, description: "Machines at a time: each of them asks its package mirrors" }),
    timeout: Type.String({ default: "15m", description: "How long one machine may take" }),
    failAbove: Type.Number({ default: 0.2, minimum: 0, maximum: 1, description: "The job fails when a larger share of the machines couldn't be assessed" }),
  }),
  permissions: { machines: { select: "os=linux,windows,macos", actions: ["inventory"] } },
  limits: { timeout: "12h", hostCalls: 50_000 },
  concurrency: { limit: 1, overflow: "skip" },
  async run({ params, machines, log, output, progress }) {
    const targets = await machines.select(params.select);
    if (targets.length === 0) log.warning(`no machine matches "${params.select}"`);
    const rows: Row[] = [];
    const failures: Failure[] = [];
    let ended = 0;

    async function assess(machine: Machine<"inventory">): Promise<void> {
      try {
        const row = rowOf(machine.name, await machine.assess({ refresh: params.refresh, timeout: params.timeout }), Date.now());
        rows.push(row);
        if (row.overdue > 0 || row.exploited > 0) log.warning(sentence(row));
        else log.info(sentence(row));
      } catch (error) {
        const { message, code = null } = error as Error & { code?: string };
        failures.push({ machine: machine.name, error: message, code });
        log.warning(`${machine.name}: ${message}`);
      }
      progress(++ended / targets.length, machine.name);
    }

    const left = [...targets];
    async function work(): Promise<void> {
      for (let machine = left.shift(); machine !== undefined; machine = left.shift()) await assess(machine);
    }
    await Promise.all(Array.from({ length: params.atOnce }, work));

    const byName = <One extends { machine: string }>(list: readonly One[]) => list.toSorted((a, b) => (a.machine < b.machine ? -1 : 1)).slice(0, MOST_NAMED);
    const urgent = rows.filter((row) => row.overdue > 0 || row.exploited > 0);
    output({ totals: totalsOf(rows, failures), urgent: byName(urgent), failures: byName(failures) });
    if (failures.length > targets.length * params.failAbove)
      throw new Error(`${failures.length} of ${targets.length} machines couldn't be assessed; the first: ${failures[0]?.machine}: ${failures[0]?.error}`);
  },
});

interface Row {
  machine: string;
  compliance: MachineUpdates["compliance"];
  critical: number;
  security: number;
  other: number;
  /** Of all these: held back on the machine; allowed by policy; beyond their due time; of which a vulnerability is known to be exploited. */
  held: number;
  approved: number;
  overdue: number;
  exploited: number;
  rebootPending: boolean;
}

interface Failure {
  machine: string;
  error: string;
  code: string | null;
}

function rowOf(machine: string, { updates, rebootPending, compliance }: MachineUpdates, now: number): Row {
  const count = (matches: (update: KnownUpdate) => boolean) => updates.filter(matches).length;
  const critical = count((update) => update.classification === "critical" || update.severity === "critical");
  const security = count((update) => update.classification === "security" && update.severity !== "critical");
  return {
    ...{ machine, compliance, critical, security, other: updates.length - critical - security },
    held: count((update) => update.held),
    approved: count((update) => update.verdict === "approved"),
    overdue: count((update) => update.dueAt !== null && update.dueAt < now),
    exploited: count((update) => update.exploitedSince !== null),
    rebootPending,
  };
}

function totalsOf(rows: readonly Row[], failures: readonly Failure[]) {
  const sum = (key: "critical" | "security" | "other" | "held" | "approved" | "overdue" | "exploited") => rows.reduce((total, row) => total + row[key], 0);
  const of = (compliance: Row["compliance"]) => rows.filter((row) => row.compliance === compliance).length;
  return {
    ...{ machines: rows.length + failures.length, failed: failures.length },
    ...{ compliant: of("compliant"), noncompliant: of("noncompliant"), notAssessed: of("notassessed"), stale: of("stale") },
    ...{ critical: sum("critical"), security: sum("security"), other: sum("other"), held: sum("held") },
    ...{ approved: sum("approved"), overdue: sum("overdue"), exploited: sum("exploited") },
    rebootPending: rows.filter((row) => row.rebootPending).length,
  };
}

function sentence({ machine, compliance, critical, security, other, held, overdue, exploited, rebootPending }: Row): string {
  const counts = [
    [critical, "critical"],
    [security, "security"],
    [other, "other"],
    [held, "held"],
    [overdue, "overdue"],
    [exploited, "exploited"],
  ] as const;
  const missing = counts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : []));
  return `${machine}: ${[compliance, ...missing, ...(rebootPending ? ["reboot pending"] : [])].join(", ")}`;
}

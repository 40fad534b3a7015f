import type { ComplianceReport } from "../../core/compliance/report.ts";
import { createReportSum, reportedSet } from "../../core/compliance/sum.ts";
import type { MachineSummary, MachineUpdates } from "../../sandbox/ports.ts";

/** The report on machines of a test, added up as the engine does. Nothing was installed before it, and no day was counted. */
export function fakeReport(
  machines: readonly (MachineSummary & { updates: MachineUpdates })[],
  { now, selector, scope, days }: { now: number; selector: string; scope: string; days: number },
): ComplianceReport {
  const sum = createReportSum(now);
  for (const { name, scope, updates } of machines) {
    const { compliance, rebootPending, assessedAt } = updates;
    sum.add({ name, scope, compliance, rebootPending, assessedAt }, reportedSet(updates.updates));
  }
  const installs = { byStatus: {}, successShare: null, machines: 0, byDay: [], failures: [] };
  return { at: new Date(now).toISOString(), selector, scopes: [scope], days, ...sum.done(), installs, trend: [] };
}

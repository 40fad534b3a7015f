import type { ComplianceReport } from "../../core/compliance/report.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../store/store.ts";

const DAY_MS = 86_400_000;
const MOST_NAMED = 10;

type Installs = ComplianceReport["installs"];

/** What became of installs on these machines, day by day; a day without any is there too. @param from midnight of the first day, Unix milliseconds */
export async function sumInstalls(
  { read }: Pick<Store, "read">,
  { scopes, from, names, now }: { scopes: readonly Scope[]; from: number; names: ReadonlySet<string>; now: number },
): Promise<Installs> {
  const [outcomes, failed] = await Promise.all([read.installs.outcomes({ scopes, from }), read.installs.failures({ scopes, from })]);
  const byStatus: Installs["byStatus"] = {};
  const machines = new Set<string>();
  const first = from / DAY_MS;
  const days = Array.from({ length: Math.floor(now / DAY_MS) - first + 1 }, (_, i) => ({ day: dayText(first + i), succeeded: 0, failed: 0, other: 0 }));
  for (const { machine, day, status, count } of outcomes) {
    if (!names.has(machine)) continue;
    machines.add(machine);
    byStatus[status] = (byStatus[status] ?? 0) + count;
    const row = days[day - first];
    if (row) row[status === "Succeeded" ? "succeeded" : status === "Failed" ? "failed" : "other"] += count;
  }
  const failures = new Map<string, number>();
  for (const { machine, name, count } of failed) if (names.has(machine)) failures.set(name, (failures.get(name) ?? 0) + count);
  const [good, bad] = [byStatus.Succeeded ?? 0, byStatus.Failed ?? 0];
  return {
    byStatus,
    successShare: good + bad === 0 ? null : good / (good + bad),
    machines: machines.size,
    byDay: days,
    failures: [...failures]
      .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
      .slice(0, MOST_NAMED)
      .map(([name, count]) => ({ name, count })),
  };
}

const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

import type { Clock } from "../../core/clock.ts";
import type { ComplianceReport, MachineFigures } from "../../core/compliance/report.ts";
import { createReportSum, type ReportedMachine, reportedSet } from "../../core/compliance/sum.ts";
import { createNextAnswers } from "../../core/next-answer.ts";
import type { Scope } from "../../core/scope.ts";
import { parseSelector } from "../../core/selector.ts";
import type { Store } from "../../store/store.ts";
import { createOfferShelf } from "../fleet/offers.ts";
import type { StandingKeeper } from "../fleet/standing-keeper.ts";
import { type Standing, standings } from "../fleet/standings.ts";
import type { Trend } from "../fleet/trend.ts";
import { sumInstalls } from "./install-sums.ts";

const NOTHING_MISSING = reportedSet([]);
const DAY_MS = 86_400_000;

export interface ReportQuestion {
  scopes: readonly Scope[];
  /** Only machines that match it. */
  selector: string;
  /** Length of the period that installs and the trend are about. */
  days: number;
}

/** A report, and the machines that it is about, by name. */
export interface FullReport {
  report: ComplianceReport;
  machines: MachineFigures[];
}

export interface ReportParts {
  store: Pick<Store, "read">;
  clock: Clock;
  keeper: Pick<StandingKeeper, "ready">;
  trend: Pick<Trend, "days">;
}

/** Reports on compliance. Each reads what is packed of the machines that it is about, and is made once for all who ask for the same at the same time. */
export function createComplianceReports({ store, clock, keeper, trend }: ReportParts) {
  const offers = createOfferShelf({ store });
  const answers = createNextAnswers<FullReport>();

  async function make({ scopes, selector, days }: ReportQuestion): Promise<FullReport> {
    const now = clock.now();
    const from = (Math.floor(now / DAY_MS) - days + 1) * DAY_MS;
    const sum = createReportSum(now);
    const machines: MachineFigures[] = [];
    for await (const page of standings({ store, clock }, { scopes, selector, with: { updates: true } })) {
      const some = page.map((standing) => ({ standing, missing: standing.machine.missing }));
      await offers.each(some, ({ standing }, set) => machines.push(sum.add(toReported(standing), set)));
      for (const { standing, missing } of some) if (missing === null) machines.push(sum.add(toReported(standing), NOTHING_MISSING));
    }
    const names = new Set(machines.map(({ machine }) => machine));
    const installs = await sumInstalls(store, { scopes, from, names, now });
    const report = {
      ...{ at: new Date(now).toISOString(), selector, scopes: [...new Set(scopes)].sort(), days },
      ...sum.done(),
      installs,
      trend: await trendOf({ scopes, selector, days }),
    };
    return { report, machines: machines.sort((a, b) => (a.machine < b.machine ? -1 : 1)) };
  }

  /** Figures of days are kept for scopes. */
  async function trendOf({ scopes, selector, days }: ReportQuestion): Promise<ComplianceReport["trend"]> {
    if (parseSelector(selector).some(({ key }) => key !== "scope")) return null;
    const found = await trend.days({ scopes, days, selector });
    return found.map(({ day, compliance, missing, overdue }) => ({
      ...{ day, byCompliance: compliance, overdue, security: missing.security + missing.critical },
      missing: Object.values(missing).reduce((all, count) => all + count, 0),
    }));
  }

  return {
    /** @throws SELECTOR_INVALID */
    async of(question: ReportQuestion): Promise<FullReport> {
      await keeper.ready();
      const { scopes, selector, days } = question;
      return answers(JSON.stringify([[...new Set(scopes)].sort(), selector, days]), () => make(question));
    },
  };
}
export type ComplianceReports = ReturnType<typeof createComplianceReports>;

const toReported = ({ machine: { name, scope, figures }, compliance }: Standing): ReportedMachine => ({
  ...{ name, scope, compliance, rebootPending: figures?.rebootPending ?? false, assessedAt: figures?.receivedAt ?? null },
});

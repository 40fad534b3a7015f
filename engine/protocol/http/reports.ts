import { Type } from "typebox";
import { type ComplianceReport as Report, SECURITY_AGES } from "../../core/compliance/report.ts";
import { INSTALL_STATUSES } from "../../core/install.ts";
import { CLASSIFICATIONS, COMPLIANCE_STATES, SEVERITIES } from "../../core/update.ts";
import { SelectorText } from "./overview.ts";
import { Closed, Nullable, OneOf, Time } from "./shapes.ts";

export const REPORT_FORMATS = ["json", "csv", "html"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export const ReportQuery = Closed({
  selector: Type.Optional(SelectorText),
  format: Type.Optional({ ...OneOf(REPORT_FORMATS), description: "csv: a row for each machine; html: one page without scripts. Default: json" }),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 180, description: "Up to today, in UTC: what installs and the trend are about. Default: 30" })),
});

const Count = Type.Integer();
const Share = (description: string) => Nullable(Type.Number({ minimum: 0, maximum: 1, description }));
const Day = Type.String({ description: "In UTC, such as 2026-03-01" });
const counted = { missing: Count, machines: Count, overdue: Count };
const byCompliance = Type.Object(
  Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, Count])) as Record<(typeof COMPLIANCE_STATES)[number], typeof Count>,
);

export const ComplianceReport = Type.Unsafe<Report>(
  Type.Object(
    {
      ...{ at: Time, selector: Type.String(), days: Count },
      scopes: Type.Array(Type.String(), { description: "Trees that it covers: what its reader may see" }),
      machines: Type.Object({ total: Count, byCompliance, compliantShare: Share("Of all machines; null: there are none"), rebootPending: Count }),
      byScope: Type.Array(
        Type.Object({ scope: Type.String(), total: Count, byCompliance, ...counted, security: Count, oldestSecurityFirstSeenAt: Nullable(Time) }),
        {
          description: "200 at most",
        },
      ),
      moreScopes: Count,
      byClassification: Type.Array(Type.Object({ classification: OneOf(CLASSIFICATIONS), ...counted })),
      bySeverity: Type.Array(Type.Object({ severity: OneOf(SEVERITIES), ...counted })),
      bySecurityAge: Type.Array(Type.Object({ bucket: OneOf(SECURITY_AGES.map(({ bucket }) => bucket)), fromDays: Nullable(Count), machines: Count }), {
        description: "Machines by the age of the oldest missing security update, since it was first seen there",
      }),
      oldestSecurityFirstSeenAt: Nullable(Time),
      sla: Type.Object({
        ...{ overdue: Count, machines: Count, dueSoon: Type.Integer({ description: "Within seven days" }) },
        updates: Type.Array(Type.Object({ name: Type.String(), machines: Count, since: Time })),
        worst: Type.Array(Type.Object({ machine: Type.String(), scope: Type.String(), overdue: Count, since: Time })),
      }),
      installs: Type.Object({
        byStatus: Type.Object(Object.fromEntries(INSTALL_STATUSES.map((status) => [status, Type.Optional(Count)]))),
        ...{ successShare: Share("Succeeded of what succeeded or failed; null: nothing was tried"), machines: Count },
        byDay: Type.Array(Type.Object({ day: Day, succeeded: Count, failed: Count, other: Count })),
        failures: Type.Array(Type.Object({ name: Type.String(), count: Count })),
      }),
      trend: Nullable(Type.Array(Type.Object({ day: Day, byCompliance, missing: Count, security: Count, overdue: Count }))),
    },
    { description: "How machines comply. trend is null when the selector goes by something else than scopes" },
  ),
);

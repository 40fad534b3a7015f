import { allowedScopes } from "../../core/role.ts";
import { ComplianceReport, ReportQuery } from "../../protocol/http/reports.ts";
import { machinesCsv } from "../reports/csv.ts";
import { reportPage } from "../reports/page.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const DAYS = 30;
/** Nothing is loaded, run or sent, whatever the page holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

/** What one hands on to others. */
export function reportRoutes(app: App, { reports }: Pick<RouteParts, "reports">): void {
  app.get(
    "/api/v1/reports/compliance",
    {
      config: { door: "update.read" },
      schema: {
        summary: "How machines comply: by scope, classification and age, what is overdue, installs and trend; as JSON, CSV or a page",
        tags: ["reports"],
        produces: ["application/json", "text/csv", "text/html"],
        querystring: ReportQuery,
        response: { 200: ComplianceReport },
      },
    },
    async (request, reply) => {
      const { selector = "all", days = DAYS, format = "json" } = request.query;
      const { report, machines } = await reports.of({ scopes: allowedScopes(callerOf(request).actor, "update.read"), selector, days });
      if (format === "json") return report;
      const name = `compliance-${report.at.slice(0, 10)}.${format}`;
      const isPage = format === "html";
      return reply
        .header("content-type", isPage ? "text/html; charset=utf-8" : "text/csv; charset=utf-8; header=present")
        .header("content-disposition", `${isPage ? "inline" : "attachment"}; filename="${name}"`)
        .header("cache-control", "no-store")
        .header("content-security-policy", POLICY)
        .serializer((text: string) => text)
        .send((isPage ? reportPage(report) : machinesCsv(machines)) as never);
    },
  );
}

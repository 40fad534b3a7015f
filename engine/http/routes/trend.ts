import { allowedScopes } from "../../core/role.ts";
import { toTime } from "../../protocol/http/shapes.ts";
import { Trend, TrendQuery } from "../../protocol/http/trend.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const DAYS = 90;

/** How it has been going. */
export function trendRoutes(app: App, { trend }: Pick<RouteParts, "trend">): void {
  app.get(
    "/api/v1/trend",
    {
      config: { door: "update.read" },
      schema: {
        summary: "Machines by compliance, and missing updates by classification, day by day",
        tags: ["overview"],
        querystring: TrendQuery,
        response: { 200: Trend },
      },
    },
    async (request) => {
      const { days = DAYS, selector } = request.query;
      const found = await trend.days({ scopes: allowedScopes(callerOf(request).actor, "update.read"), days, ...(selector === undefined ? {} : { selector }) });
      return { items: found.map(({ takenAt, compliance, ...same }) => ({ ...same, takenAt: toTime(takenAt), machines: compliance })) };
    },
  );
}

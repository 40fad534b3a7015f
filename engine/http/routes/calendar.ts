import { RunwrightError } from "../../core/errors.ts";
import { allowedScopes } from "../../core/role.ts";
import { Calendar, CalendarQuery } from "../../protocol/http/calendar.ts";
import { toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import { readRange } from "../range.ts";
import { type App, callerOf } from "../request.ts";
import { shownOpening } from "./overview.ts";
import type { RouteParts } from "./parts.ts";

const LONGEST_MS = 62 * 86_400_000;

/** What happens when. */
export function calendarRoutes(app: App, { calendar }: Pick<RouteParts, "calendar">): void {
  app.get(
    "/api/v1/calendar",
    {
      config: { door: "window.read" },
      schema: {
        summary: "Openings of windows, freezes, and how often schedules run, in at most 62 days",
        tags: ["overview"],
        querystring: CalendarQuery,
        response: { 200: Calendar },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { from = 0, to = 0 } = readRange(request.query);
      if (to - from > LONGEST_MS) throw new RunwrightError("BAD_REQUEST", "ask for at most 62 days at once");
      const scopes = {
        windows: allowedScopes(actor, "window.read"),
        deployments: allowedScopes(actor, "deployment.read"),
        freezes: allowedScopes(actor, "freeze.read"),
        schedules: allowedScopes(actor, "schedule.read"),
      };
      const { windows, freezes, cutAt, ...same } = await calendar({ from, to, scopes });
      return {
        ...{ from: toTime(from), to: toTime(to), ...same, cutAt: toTimeOrNull(cutAt), windows: windows.map(shownOpening) },
        freezes: freezes.map(({ holds, ...freeze }) => ({ ...freeze, holds: [...holds], from: toTime(freeze.from), to: toTime(freeze.to) })),
      };
    },
  );
}

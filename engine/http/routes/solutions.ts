import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import { allowedScopes, isAllowed } from "../../core/role.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import { Solution } from "../../protocol/http/solutions.ts";
import type { SolutionView } from "../../resources/solution-view.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

/** What is installed. Installing and removing are plans: `POST /api/v1/plan` and `apply`, with `solution` or `removeSolution`. */
export function solutionRoutes(app: App, { store, planner }: Pick<RouteParts, "store" | "planner">): void {
  const tags = ["solutions"];

  app.get(
    "/api/v1/solutions",
    { config: { door: "solution.read" }, schema: { summary: "List solutions that are installed, by name", tags, response: { 200: PageOf(Solution) } } },
    async (request) => {
      const { actor } = callerOf(request);
      const items: Solution[] = [];
      for (const record of await store.read.solutions.list(allowedScopes(actor, "solution.read"))) items.push(shown(await planner.solution(record, actor)));
      return { items, next: null };
    },
  );

  app.get(
    "/api/v1/solutions/:name",
    {
      config: { door: "solution.read" },
      schema: {
        summary: "Show one, and which of what it has brought was changed since",
        tags,
        params: Type.Object({ name: Type.String() }),
        response: { 200: Solution },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { name } = request.params;
      const found = await store.read.solutions.byName(name);
      if (!found || !isAllowed(actor, "solution.read", found.scope))
        throw new RunwrightError("NOT_FOUND", `there is no solution "${name}"; \`runwright solution list\` shows what there is`);
      return shown(await planner.solution(found, actor));
    },
  );
}

const shown = ({ record: { name, scope, version, summary, revision, updatedAt, updatedBy }, members }: SolutionView): Solution => ({
  ...{ name, scope, version, summary, revision, members },
  ...{ installedAt: toTime(updatedAt), installedBy: updatedBy },
});

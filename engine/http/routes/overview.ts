import { PENDING, UNDER_WAY } from "../../core/deploy/status.ts";
import { type Action, allowedScopes } from "../../core/role.ts";
import type { Scope } from "../../core/scope.ts";
import { Overview, OverviewQuery, type WindowOpening } from "../../protocol/http/overview.ts";
import { toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { WindowOpening as Opening } from "../../updates/window-openings.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const DAY_MS = 86_400_000;
const MOST_HALTED = 20;
const MOST_WINDOWS = 10;

/** What somebody sees who has just come. */
export function overviewRoutes(
  app: App,
  { store, clock, views, nextWindows, triggers }: Pick<RouteParts, "store" | "clock" | "views" | "nextWindows" | "triggers">,
): void {
  const { read } = store;

  async function deployments(scopes: readonly Scope[]): Promise<Overview["deployments"]> {
    const [counts, halted] = await Promise.all([
      read.deployments.countByStatus(scopes, [...PENDING, ...UNDER_WAY]),
      read.deployments.list({ scopes, statuses: ["halted"], limit: MOST_HALTED }),
    ]);
    return {
      open: Object.values(counts).reduce((sum, count) => sum + count, 0),
      awaitingApproval: counts.awaitingApproval ?? 0,
      haltedInAll: counts.halted ?? 0,
      halted: halted.map(({ id, window, reason, haltedAt, startedAt, createdAt }) => ({
        id,
        window,
        reason,
        since: toTime(haltedAt ?? startedAt ?? createdAt),
      })),
    };
  }

  async function jobs(scopes: readonly Scope[], now: number): Promise<Overview["jobs"]> {
    const { failed, completed, ...open } = await read.jobs.counts({ scopes, endedSince: now - DAY_MS });
    return { ...open, failedLastDay: failed, completedLastDay: completed };
  }

  app.get(
    "/api/v1/overview",
    {
      config: { door: "signedIn" },
      schema: { summary: "How machines, updates, jobs and deployments stand now", tags: ["overview"], querystring: OverviewQuery, response: { 200: Overview } },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const now = clock.now();
      const { selector } = request.query;
      const ifAllowed = <Part>(actions: readonly Action[], ask: (scopes: readonly Scope[]) => Promise<Part>): Promise<Part | null> => {
        const [scopes = [], ...others] = actions.map((action) => allowedScopes(actor, action));
        return [scopes, ...others].every((one) => one.length > 0) ? ask(scopes) : Promise.resolve(null);
      };
      const [fleet, ofJobs, approvalsOpen, ofDeployments, windows] = await Promise.all([
        ifAllowed(["machine.read", "update.read"], (scopes) => views.overview({ scopes, ...(selector === undefined ? {} : { selector }) })),
        ifAllowed(["job.read"], (scopes) => jobs(scopes, now)),
        ifAllowed(["approval.read"], (scopes) => read.approvals.countOpen({ scopes, now })),
        ifAllowed(["deployment.read"], deployments),
        ifAllowed(["window.read"], async (windows) => {
          const scopes = { windows, deployments: allowedScopes(actor, "deployment.read") };
          return nextWindows({ scopes, freezes: await triggers.freezes.all(), limit: MOST_WINDOWS });
        }),
      ]);
      return {
        at: toTime(now),
        machines: fleet?.machines ?? null,
        updates: fleet && { ...fleet.updates, oldestSecurityFirstSeenAt: toTimeOrNull(fleet.updates.oldestSecurityFirstSeenAt) },
        jobs: ofJobs,
        approvalsOpen,
        deployments: ofDeployments,
        nextWindows: windows?.map(shownOpening) ?? null,
        staleMachines: fleet?.staleMachines.map(({ name, lastSeenAt }) => ({ name, lastSeenAt: toTime(lastSeenAt) })) ?? null,
      };
    },
  );
}

export const shownOpening = ({ opensAt, closesAt, ...same }: Opening): WindowOpening => ({ ...same, opensAt: toTime(opensAt), closesAt: toTime(closesAt) });

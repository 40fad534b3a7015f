import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import { type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import {
  Deployment,
  DeploymentDetail,
  DeploymentMachine,
  DeploymentMachineQuery,
  DeploymentProgress,
  DeploymentQuery,
} from "../../protocol/http/deployments.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { Store } from "../../store/store.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, callerOf } from "../request.ts";
import { shownDeployment, shownMachine } from "./deployment-shape.ts";
import type { RouteParts } from "./parts.ts";

export const deploymentById = Type.Object({ id: Type.String() });
const tags = ["deployments"];
/** Of machines that run, and of those that have ended last: what people can read. */
const MOST_RUNNING = 100;
const LAST_ENDED = 20;

/** What there is to know of deployments. */
export function deploymentRoutes(app: App, { store, clock }: Pick<RouteParts, "store" | "clock">): void {
  const { read } = store;
  const shown = async (found: DeploymentRecord): Promise<Deployment> => shownDeployment(found, await read.deployments.counts(found.id));

  app.get(
    "/api/v1/deployments",
    {
      config: { door: "deployment.read" },
      schema: { summary: "List deployments, newest first", tags, querystring: DeploymentQuery, response: { 200: PageOf(Deployment) } },
    },
    async (request) => {
      const { cursor, limit = 50, window, status } = request.query;
      const found = await read.deployments.list({
        scopes: allowedScopes(callerOf(request).actor, "deployment.read"),
        limit: limit + 1,
        ...(window === undefined ? {} : { window }),
        ...(status === undefined ? {} : { statuses: [status] }),
        ...(cursor ? { before: readCursor("deployments", "string", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: await Promise.all(items.map(shown)), next: found.length > limit && last ? makeCursor("deployments", last.id) : null };
    },
  );

  app.get(
    "/api/v1/deployments/:id",
    {
      config: { door: "deployment.read" },
      schema: { summary: "Show a deployment with what was decided about its plan", tags, params: deploymentById, response: { 200: DeploymentDetail } },
    },
    async (request) => detailOf(store, await visibleDeployment(store, callerOf(request).actor, request.params.id)),
  );

  app.get(
    "/api/v1/deployments/:id/machines",
    {
      config: { door: "deployment.read" },
      schema: {
        summary: "List its machines in the order of the plan: what is planned for each, and what became of it; at the end those that it leaves alone",
        ...{ tags, params: deploymentById, querystring: DeploymentMachineQuery, response: { 200: PageOf(DeploymentMachine) } },
      },
    },
    async (request) => {
      const { cursor, limit = 100, status } = request.query;
      const { id } = await visibleDeployment(store, callerOf(request).actor, request.params.id);
      const found = await read.deployments.machinesPage(id, {
        limit: limit + 1,
        ...(status === undefined ? {} : { statuses: [status] }),
        ...(cursor ? { after: readCursor("deploymentMachines", "number", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(shownMachine), next: found.length > limit && last ? makeCursor("deploymentMachines", last.place) : null };
    },
  );

  app.get(
    "/api/v1/deployments/:id/progress",
    {
      config: { door: "deployment.read" },
      schema: { summary: "How far it is: waves, what runs, what has ended last", tags, params: deploymentById, response: { 200: DeploymentProgress } },
    },
    async (request) => {
      const found = await visibleDeployment(store, callerOf(request).actor, request.params.id);
      const [progress, running, ended, deployment] = await Promise.all([
        read.deployments.progress(found.id),
        read.deployments.machinesPage(found.id, { statuses: ["InProgress"], limit: MOST_RUNNING }),
        read.deployments.lastEnded(found.id, LAST_ENDED),
        shown(found),
      ]);
      const waves = [...Map.groupBy(progress, ({ wave }) => wave)].filter(([wave]) => wave >= 0);
      return {
        at: toTime(clock.now()),
        deployment,
        waves: waves.map(([wave, rows]) => ({ wave, machines: Object.fromEntries(rows.map(({ status, count }) => [status, count])) })),
        running: running.map(({ name, wave, startedAt, message, rebootState }) => ({ name, wave, startedAt: toTimeOrNull(startedAt), message, rebootState })),
        ended: ended.map(({ name, wave, status, message, endedAt }) => ({ name, wave, status, message, endedAt: toTimeOrNull(endedAt) })),
      };
    },
  );
}

export async function detailOf({ read }: Pick<Store, "read">, found: DeploymentRecord): Promise<DeploymentDetail> {
  const [counts, decisions] = await Promise.all([read.deployments.counts(found.id), read.deployments.decisions(found.id)]);
  return {
    ...shownDeployment(found, counts),
    decisions: decisions.map(({ principalName: by, decision, planHash, reason, at }) => ({ by, decision, planHash, reason, at: toTime(at) })),
    hooks: found.hooks.map((hook) => ({ ...hook })),
  };
}

/** What the actor may not see doesn't exist for it. @throws NOT_FOUND */
export async function visibleDeployment({ read }: Pick<Store, "read">, actor: Actor, id: string): Promise<DeploymentRecord> {
  const found = await read.deployments.get(id);
  if (!found || !isAllowed(actor, "deployment.read", found.scope))
    throw new RunwrightError("NOT_FOUND", `there is no deployment ${id.slice(0, 64)}; see \`runwright deployment list\``);
  return found;
}

import { requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import {
  Deployment,
  DeploymentDetail,
  PlanDecisionRequest,
  RetryRequest,
  RollbackRequest,
  RollbackStarted,
  SteerRequest,
} from "../../protocol/http/deployments.ts";
import type { WindowRecord } from "../../updates/window-record.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { shownDeployment } from "./deployment-shape.ts";
import { deploymentById, detailOf, visibleDeployment } from "./deployments.ts";
import type { RouteParts } from "./parts.ts";

const tags = ["deployments"];

/** What people do with deployments. */
export function deploymentMoveRoutes(app: App, { store, clock, deployments }: Pick<RouteParts, "store" | "clock" | "deployments">): void {
  for (const [verb, decision, summary] of [
    ["approve", "approved", "Approve exactly this plan"],
    ["reject", "rejected", "Refuse this plan; another one may be made, and approved"],
  ] as const) {
    app.post(
      `/api/v1/deployments/:id/${verb}`,
      {
        config: { door: "deployment.approve", operation: `deployment.${verb}` },
        schema: { summary, tags, params: deploymentById, body: PlanDecisionRequest, response: { 200: DeploymentDetail } },
      },
      async (request) => {
        const caller = callerOf(request);
        const { id, scope } = await visibleDeployment(store, caller.actor, request.params.id);
        requireAction(caller.actor, "deployment.approve", scope);
        const { planHash, reason = "" } = request.body;
        const audit = auditOf(clock, caller);
        const decided = await deployments.decide({
          ...{ deploymentId: id, actor: caller.actor, decision, planHash, reason },
          also: (tx, now) =>
            audit(tx, { operation: `deployment.${verb}`, target: `deployment:${id}`, scope, details: { planHash: now.planHash, status: now.status, reason } }),
        });
        return detailOf(store, decided);
      },
    );
  }

  for (const [verb, summary] of [
    ["halt", "Let nothing new begin; what runs on machines is let finish"],
    ["continue", "Let a halted one go on"],
    ["abort", "End it: nothing new begins, and what runs on machines is let finish"],
  ] as const) {
    app.post(
      `/api/v1/deployments/:id/${verb}`,
      {
        config: { door: "deployment.steer", operation: `deployment.${verb}` },
        schema: { summary, tags, params: deploymentById, body: SteerRequest, response: { 200: DeploymentDetail } },
      },
      async (request) => {
        const caller = callerOf(request);
        const { id, scope } = await visibleDeployment(store, caller.actor, request.params.id);
        requireAction(caller.actor, "deployment.steer", scope);
        const { reason = "" } = request.body;
        const audit = auditOf(clock, caller);
        const moved = await deployments[verb]({
          ...{ deploymentId: id, by: caller.actor.name, reason },
          also: (tx, { status }) => audit(tx, { operation: `deployment.${verb}`, target: `deployment:${id}`, scope, details: { status, reason } }),
        });
        return detailOf(store, moved);
      },
    );
  }

  app.post(
    "/api/v1/deployments/:id/rollback",
    {
      config: { door: "deployment.steer", operation: "deployment.rollback" },
      schema: {
        summary: "Start a job that takes back what it has installed, as far as package managers can",
        ...{ tags, params: deploymentById, body: RollbackRequest, response: { 202: RollbackStarted } },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id, scope } = await visibleDeployment(store, caller.actor, request.params.id);
      requireAction(caller.actor, "deployment.steer", scope);
      const { reason = "", machines = [], plan = false } = request.body;
      const audit = auditOf(clock, caller);
      const jobId = await deployments.rollback({
        ...{ deploymentId: id, actor: caller.actor, correlationId: caller.correlationId, reason, machines, plan },
        also: (tx, job) => audit(tx, { operation: "deployment.rollback", target: `deployment:${id}`, scope, details: { job, reason, machines, plan } }),
      });
      return reply.code(202).send({ jobId });
    },
  );

  app.post(
    "/api/v1/deployments/:id/retry",
    {
      config: { door: "deployment.steer", operation: "deployment.retry" },
      schema: {
        summary: "Plan a new one with the machines that failed or weren't reached",
        ...{ tags, params: deploymentById, body: RetryRequest, response: { 201: Deployment } },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const before = await visibleDeployment(store, caller.actor, request.params.id);
      requireAction(caller.actor, "deployment.steer", before.scope);
      const window = (await store.read.resources.get(before.windowId)) as WindowRecord | undefined;
      if (!window)
        throw new RunwrightError("NOT_FOUND", `the window ${before.window} of ${before.id} is gone: nothing says how its machines are to be changed`);
      requireAction(caller.actor, "deployment.steer", window.scope);
      const { reason, duration } = request.body;
      const audit = auditOf(clock, caller);
      const done = await deployments.retry(
        {
          ...{ window, requester: caller.actor, reason },
          ...(duration === undefined ? {} : { duration }),
          also: (tx, { id, scope, planHash }) =>
            audit(tx, { operation: "deployment.retry", target: `deployment:${before.id}`, scope, details: { deployment: id, planHash, reason } }),
        },
        before,
      );
      return reply.code(201).send(shownDeployment(done, await store.read.deployments.counts(done.id)));
    },
  );
}

import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import type { MaintenanceWindowSpec } from "../../core/deploy/spec.ts";
import { type Actor, isAllowed } from "../../core/role.ts";
import {
  Deployment,
  ExceptRequest,
  OpenNowRequest,
  SkipRequest,
  WindowException,
  WindowExceptions,
  WindowPreview,
  WindowPreviewQuery,
  WindowPreviewRequest,
} from "../../protocol/http/deployments.ts";
import { toTime } from "../../protocol/http/shapes.ts";
import { refuse } from "../../resources/resources.ts";
import type { WindowException as ExceptionRecord } from "../../store/records/deployments.ts";
import type { WindowRecord } from "../../updates/window-record.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { placeOf } from "./assets.ts";
import { shownDeployment } from "./deployment-shape.ts";
import type { RouteParts } from "./parts.ts";
import { visible } from "./resources.ts";

const KIND = "MaintenanceWindow";
const byName = Type.Object({ name: Type.String() });
const tags = ["windows"];

/** What maintenance windows have besides being resources. */
export function windowRoutes(
  app: App,
  { store, clock, resources, deployments, outlooks }: Pick<RouteParts, "store" | "clock" | "resources" | "deployments" | "outlooks">,
): void {
  const rules = resources.ofKind(KIND);
  const find = async (actor: Actor, name: string): Promise<WindowRecord> => visible(rules, actor, await resources.get(KIND, name)) as WindowRecord;
  const shown = async (id: string) => {
    const [found, machines] = await Promise.all([store.read.deployments.get(id), store.read.deployments.counts(id)]);
    return shownDeployment(found, machines);
  };

  async function previewed(
    actor: Actor,
    window: { name: string; scope: string; spec: MaintenanceWindowSpec },
    count: number | undefined,
  ): Promise<WindowPreview> {
    const maySee = (scope: string) => isAllowed(actor, "window.read", scope);
    const { items, ...figures } = await outlooks.outlook(store.read, window, { maySee, ...(count === undefined ? {} : { count }) });
    return { enabled: window.spec.enabled !== false, ...figures, items };
  }

  app.get(
    "/api/v1/windows/:name/preview",
    {
      config: { door: "window.read" },
      schema: {
        summary: "List coming occurrences, with clock changes, freezes, exceptions and clashes",
        ...{ tags, params: byName, querystring: WindowPreviewQuery, response: { 200: WindowPreview } },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      return previewed(actor, await find(actor, request.params.name), request.query.count);
    },
  );

  app.post(
    "/api/v1/windows/preview",
    {
      config: { door: "window.read" },
      schema: {
        summary: "The same for a window that isn't stored",
        ...{ tags, querystring: WindowPreviewQuery, body: WindowPreviewRequest, response: { 200: WindowPreview } },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const scope = placeOf(actor, "window.read", request.body.scope);
      // How many machines there are is for those to know who may see them.
      requireAction(actor, "machine.read", scope);
      const document = { kind: KIND, name: "preview", scope, spec: request.body.spec } as const;
      // What it would start may not be there yet; when it opens is what is asked for.
      refuse(
        document,
        (await resources.problemsOf(store.read, document, { actor })).filter(({ path }) => !/^(\/hooks\/\d+)?\/runbook$/.test(path)),
      );
      return previewed(actor, { ...document, spec: document.spec as MaintenanceWindowSpec }, request.query.count);
    },
  );

  app.post(
    "/api/v1/windows/:name/plan",
    {
      config: { door: "deployment.steer", operation: "deployment.plan" },
      schema: { summary: "Plan the occurrence that is open or comes next, for the first time or anew", tags, params: byName, response: { 200: Deployment } },
    },
    async (request) => {
      const caller = callerOf(request);
      const window = await find(caller.actor, request.params.name);
      requireAction(caller.actor, "deployment.steer", window.scope);
      const audit = auditOf(clock, caller);
      const done = await deployments.plan(window, caller.actor, (tx, { id, scope, planHash }) =>
        audit(tx, { operation: "deployment.plan", target: `deployment:${id}`, scope, details: { window: window.name, planHash } }),
      );
      return shown(done.id);
    },
  );

  app.post(
    "/api/v1/windows/:name/run",
    {
      config: { door: "window.run" },
      schema: { summary: "Open it now", tags, params: byName, body: OpenNowRequest, response: { 201: Deployment } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const window = await find(caller.actor, request.params.name);
      requireAction(caller.actor, "window.run", window.scope);
      const { reason, duration } = request.body;
      const audit = auditOf(clock, caller);
      const done = await deployments.runNow({
        ...{ window, requester: caller.actor, reason },
        ...(duration === undefined ? {} : { duration }),
        also: (tx, { id, scope, planHash }) =>
          audit(tx, { operation: "window.run", target: `${KIND}:${window.name}`, scope, details: { deployment: id, planHash, reason, duration } }),
      });
      return reply.code(201).send(await shown(done.id));
    },
  );

  app.post(
    "/api/v1/windows/:name/skip",
    {
      config: { door: "window.run", operation: "window.skip" },
      schema: { summary: "Leave one coming occurrence out", tags, params: byName, body: SkipRequest, response: { 200: WindowException } },
    },
    async (request) => {
      const { name } = request.params;
      const { occurrence, reason } = request.body;
      const asked = await exceptionAsked(callerOf(request), name, reason, "window.skip");
      return toException(await deployments.skip(asked, occurrence));
    },
  );

  app.post(
    "/api/v1/windows/:name/unskip",
    {
      config: { door: "window.run", operation: "window.unskip" },
      schema: {
        summary: "Take back that an occurrence was left out: it is planned anew. Answers with what holds no more",
        ...{ tags, params: byName, body: SkipRequest, response: { 200: WindowException } },
      },
    },
    async (request) => {
      const { name } = request.params;
      const { occurrence, reason } = request.body;
      return toException(await deployments.unskip(await exceptionAsked(callerOf(request), name, reason, "window.unskip"), occurrence));
    },
  );

  app.post(
    "/api/v1/windows/:name/cancel",
    {
      config: { door: "window.run", operation: "window.cancel" },
      schema: {
        summary: "Close all that is open of it: nothing new begins",
        ...{ tags, params: byName, body: ExceptRequest, response: { 200: WindowExceptions } },
      },
    },
    async (request) => {
      const asked = await exceptionAsked(callerOf(request), request.params.name, request.body.reason, "window.cancel");
      return { items: (await deployments.cancel(asked)).map(toException) };
    },
  );

  async function exceptionAsked(caller: ReturnType<typeof callerOf>, name: string, reason: string, operation: string) {
    const window = await find(caller.actor, name);
    requireAction(caller.actor, "window.run", window.scope);
    const audit = auditOf(clock, caller);
    return {
      ...{ window, by: caller.actor.name, reason },
      also: (tx: Parameters<typeof audit>[0], { occurrence }: ExceptionRecord) =>
        audit(tx, { operation, target: `${KIND}:${window.name}`, scope: window.scope, details: { occurrence, reason } }),
    };
  }
}

const toException = ({ occurrence, kind, reason, by, at }: ExceptionRecord): WindowException => ({ occurrence, kind, reason, by, at: toTime(at) });

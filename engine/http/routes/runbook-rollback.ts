import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import { Published, RollbackRequest } from "../../protocol/http/runbooks.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { refuseBroken } from "./broken.ts";
import type { RouteParts } from "./parts.ts";
import { INSTEAD, receive, toVersion, visibleRunbook } from "./runbooks.ts";

/** An earlier version becomes the newest one: it passes the same doors as one that is published, since what they look at may have changed in between. */
export function rollbackRoutes(
  app: App,
  { store, clock, assets, receiver, catalogue, triggers }: Pick<RouteParts, "store" | "clock" | "assets" | "receiver" | "catalogue" | "triggers">,
): void {
  app.post(
    "/api/v1/runbooks/:name/rollback",
    {
      config: { door: "runbook.publish", operation: "runbook.rollback" },
      schema: {
        summary: "Publish an earlier version again, as the newest",
        tags: ["runbooks"],
        params: Type.Object({ name: Type.String() }),
        body: RollbackRequest,
        response: { 200: Published, 201: Published },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { version: number, message = `Back to version ${request.body.version}`, expectedVersion, breakTriggers = false } = request.body;
      const runbook = await visibleRunbook(store, caller.actor, request.params.name);
      const { name, scope } = runbook;
      requireAction(caller.actor, "runbook.publish", scope);
      const earlier = await store.read.runbooks.version(runbook.id, number);
      if (!earlier) throw new RunwrightError("VERSION_NOT_FOUND", `runbook "${name}" has no version ${number}; its newest is ${runbook.latestVersion}`);
      const bundle = await store.read.runbooks.bundle(earlier.bundleHash);
      if (!bundle)
        throw new RunwrightError("BUNDLE_DAMAGED", `the bundle of ${name} version ${number} is missing in the store; publish it from its sources again`);
      const upload = { name, bundle: bundle.text, bundleHash: earlier.bundleHash, sourceMap: bundle.sourceMap, sources: [...earlier.sources] };
      const received = await receive({ assets, receiver }, caller.actor, scope, upload);
      if (!breakTriggers)
        refuseBroken(caller.actor, {
          change: `version ${number} of ${name}`,
          instead: INSTEAD,
          broken: await triggers.brokenBy(name, received.manifest.parameters),
        });
      const audit = auditOf(clock, caller);
      const { version, isNew } = await catalogue.publish(name, scope, received, {
        by: caller.actor.name,
        message,
        ...(expectedVersion === undefined ? {} : { expectedVersion }),
        also: (tx, _, made) =>
          audit(tx, { operation: "runbook.rollback", target: `runbook:${name}`, scope, details: { version: made, from: number, message } }),
      });
      return reply.code(isNew ? 201 : 200).send({ isNew, version: toVersion(version) });
    },
  );
}

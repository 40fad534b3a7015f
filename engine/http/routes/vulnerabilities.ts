import type { Readable } from "node:stream";
import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { ROOT_SCOPE } from "../../core/scope.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import { ImportQuery, VulnerabilityImport } from "../../protocol/http/vulnerabilities.ts";
import type { ImportRecord } from "../../store/records/vulnerabilities.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

/** Data that operators import as files. It holds for all machines: whoever changes it is an administrator of all of them. A scope of its own, as it reads bodies as they come. */
export function vulnerabilityRoutes(app: App, { store, clock, imports, stopping }: Pick<RouteParts, "store" | "clock" | "imports" | "stopping">): void {
  app.get(
    "/api/v1/vulnerabilities/imports",
    {
      config: { door: "update.read" },
      schema: { summary: "List what vulnerability data was imported, by source", tags: ["updates"], response: { 200: PageOf(VulnerabilityImport) } },
    },
    async () => ({ items: (await store.read.vulnerabilities.imports("valid")).map(toImport), next: null }),
  );

  app.register(async (files: App) => {
    files.removeAllContentTypeParsers();
    files.addContentTypeParser("*", (_request, body, done) => done(null, body));
    files.post(
      "/api/v1/vulnerabilities/imports",
      {
        config: { door: "update.import" },
        schema: {
          summary: "Import a file of vulnerability data in the place of its source's; gzip and zstd are unpacked",
          tags: ["updates"],
          querystring: ImportQuery,
          response: { 200: VulnerabilityImport },
        },
      },
      async (request) => {
        const caller = callerOf(request);
        requireAction(caller.actor, "update.import", ROOT_SCOPE);
        const { format, platform = null, source = null, file = "" } = request.query;
        const audit = auditOf(clock, caller);
        const done = await imports.import({
          ...{ format, platform, source, file, by: caller.actor.name, signal: stopping },
          body: request.body as Readable,
          also: (tx, { edition, source: name, fixes, vulnerabilities, skipped }) =>
            audit(tx, {
              ...{ operation: "update.import", target: `vulnerabilities:${name}`, scope: ROOT_SCOPE },
              details: { edition, format, file, fixes, vulnerabilities, skipped },
            }),
        });
        return toImport(done);
      },
    );
  });

  app.delete(
    "/api/v1/vulnerabilities/imports/:source",
    {
      config: { door: "update.import" },
      schema: {
        summary: "Forget the vulnerability data of a source",
        tags: ["updates"],
        params: Type.Object({ source: Type.String() }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      requireAction(caller.actor, "update.import", ROOT_SCOPE);
      const { source } = request.params;
      const audit = auditOf(clock, caller);
      await imports.remove(source, (tx) =>
        audit(tx, { operation: "update.import", target: `vulnerabilities:${source}`, scope: ROOT_SCOPE, details: { removed: true } }),
      );
      return reply.code(204).send(null);
    },
  );
}

function toImport({ source, file, importedAt, importedBy, fixes, vulnerabilities, skipped, startedAt }: ImportRecord): VulnerabilityImport {
  return { source, file, importedAt: toTime(importedAt ?? startedAt), importedBy, fixes, vulnerabilities, skipped };
}
